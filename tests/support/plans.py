"""Forms, segments and campaigns with whatever they may have: nothing of it is as usual."""

import msgspec

from rapport.bundle import Bundle
from rapport.campaigns import ASKED, TEMPLATE, Campaign
from rapport.editing import Save, complaints, edited
from rapport.forms import Form
from rapport.segments import Segment

JOBS_TEMPLATE = "campaign-with-jobs"
PLANS = (Campaign, Form, Segment)


def furnished(bundle: Bundle, *, by: str = "kari.holm") -> Bundle:
    """A bundle with such ones beside its own, by one author; all of them pass its checks."""
    with_jobs = (
        msgspec.structs.replace(each, name=JOBS_TEMPLATE, jobs=3)
        for each in bundle.templates
        if each.name == TEMPLATE
    )
    bundle = msgspec.structs.replace(bundle, templates=(*bundle.templates, *with_jobs))
    [campaign] = bundle.campaigns
    letter = campaign.letters["en"]
    odd = msgspec.structs.replace(letter, text=f"\n\n{letter.text}\n\n")
    whole = msgspec.structs.replace(
        campaign,
        key="whole",
        name="With all that there is",
        segment=bundle.segments[0].key,
        list="",
        template=JOBS_TEMPLATE,
        jobs="optional",
        letters={"nb": campaign.letters["nb"], "en": odd},
        sender_name="Kari at Halden",
        owner="kari@halden.example",
        at="2027-03-01T09:00:30+09:00",
        local_hour=7,
        stale_after_seconds=3_601,
        priority=7,
        most_mails=77,
        most_usd=1.234,
        seeds=("a@inbox.halden.example", "b@inbox.halden.example"),
    )
    asking = msgspec.structs.replace(
        whole, key="asking", segment="", list=f"{ASKED}i-0a1b2c3d4e5f", asks=True
    )
    [fair] = [form for form in bundle.forms if form.occasion is not None]
    assert fair.occasion is not None
    field = msgspec.structs.replace(
        fair.fields[-1], most_chars=33, help={"en": "Why we ask", "nb": "Derfor"}
    )
    event = msgspec.structs.replace(
        fair,
        key="whole-event",
        fields=(*fair.fields[:-1], field),
        occasion=msgspec.structs.replace(
            fair.occasion,
            id="whole-event",
            capacity=3,
            waiting_list=False,
            remind_before_seconds=5_401,
            sequence=4,
            called_off=True,
            starts="2027-03-04T16:00:30+01:00",
        ),
        lists=("nurses", "fair-2027"),
        frames=("https://halden.example",),
        resume=True,
        opt_in="new-device",
        open=False,
    )
    [step] = [form for form in bundle.forms if form.kind == "application-step"]
    second = msgspec.structs.replace(step, key="second-step", job="j-7", step=2, steps=3)
    segment = Segment(
        key="whole", name="Whole", when="  person.reachable\n&& true ", brand=bundle.brand.key
    )
    things: tuple[Campaign | Form | Segment, ...] = (
        campaign,
        whole,
        asking,
        event,
        second,
        segment,
    )
    for each in things:
        bundle = edited(bundle, Save(what=each), by=by)
    assert not [*complaints(bundle)]
    return bundle


def unsaid(bundle: Bundle) -> set[str]:
    """The fields, as `Form.job`, in which no thing of a bundle is other than usual."""
    things = [*bundle.campaigns, *bundle.forms, *bundle.segments]
    return {
        f"{kind.__name__}.{field.name}"
        for kind in PLANS
        for field in msgspec.structs.fields(kind)
        if not field.required
        and all(getattr(e, field.name) == field.default for e in things if isinstance(e, kind))
    }
