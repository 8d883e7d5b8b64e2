"""Segments and forms, saved without a file; what is live, and what changed in it."""

import re
from typing import Annotated, TypeVar

import msgspec

from functions.desk.answers import NOT_FOUND, UNFIT, Answer, ProblemError
from functions.desk.calls import Call, Desk, Over, Served
from rapport.asking import condition, parts_of
from rapport.bundle import Bundle
from rapport.campaigns import Campaign
from rapport.conditions import ConditionError
from rapport.domain.event import Json
from rapport.domain.operators import Action
from rapport.editing import Kind, Remove, Save
from rapport.forms import Form
from rapport.saving import Thing, thing_of, version_of
from rapport.segments import MAX_WHEN_CHARS, Segment

_HASH = re.compile(r"[0-9a-f]{64}")
_Thing = TypeVar("_Thing", bound=Form | Segment | Campaign)
KINDS: tuple[Kind, ...] = ("forms", "segments", "campaigns")


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition that somebody is writing."""

    when: Annotated[str, msgspec.Meta(max_length=2 * MAX_WHEN_CHARS)]


def thing(desk: Desk, call: Call, kind: Kind) -> Thing:
    """What the path names, as it is live; ProblemError when there is no such thing."""
    found = thing_of(desk.saving.live()[0], kind, key_of(call, kind))
    if found is None:
        raise ProblemError(NOT_FOUND)
    return found


def key_of(call: Call, kind: Kind) -> str:
    """The key of what the path names: `{form}`, `{segment}`, `{campaign}`."""
    return call.request.path.get(kind.removesuffix("s"), "")


def read_version(call: Call) -> str:
    """The version that somebody read, if they tell it."""
    return call.request.header("if-match").removeprefix("W/").strip('"')


def tagged(body: dict[str, Json], version: str, about: str) -> Answer:
    """An answer with its version."""
    return Answer(body=body, headers={"etag": f'"{version}"'}, about=about)


def stated(call: Call, kind: type[_Thing], **fixed: object) -> _Thing:
    """What the body says, with what the path and the deployment say of it.

    What is left out is as usual; ProblemError for what is not described.
    """
    said = call.body(dict)
    known = {field.encode_name for field in msgspec.structs.fields(kind)} - {*fixed}
    if unknown := {*said} - known:
        raise ProblemError(UNFIT, f"There is no field of these: {len(unknown)} are unknown.")
    try:
        return msgspec.convert({**said, **fixed}, kind)
    except msgspec.ValidationError as error:
        raise ProblemError(UNFIT, str(error)) from None


def saved(desk: Desk, call: Call, what: Thing) -> Bundle:
    """The bundle once it is saved."""
    return desk.saving.save(Save(what=what), by=call.operator.subject, read=read_version(call))


def removed(desk: Desk, call: Call, kind: Kind) -> Answer:
    """Take away what the path names."""
    key = thing(desk, call, kind).key
    change = Remove(kind=kind, key=key)
    desk.saving.save(change, by=call.operator.subject, read=read_version(call))
    return Answer(body={"key": key, "removed": True}, about=f"{kind}/{key}")


def segments(desk: Desk, _call: Call) -> Answer:
    """All of them."""
    items: list[Json] = [_segment_json(each) for each in desk.saving.live()[0].segments]
    return Answer(body={"items": items, "next": None})


def segment(desk: Desk, call: Call) -> Answer:
    """One of them."""
    return _one_segment(thing(desk, call, "segments"))


def save_segment(desk: Desk, call: Call) -> Answer:
    """Checked as its file would be; in force within 10 s."""
    brand = desk.saving.live()[0].brand.key
    what = stated(call, Segment, key=key_of(call, "segments"), brand=brand)
    saved(desk, call, what)
    return _one_segment(what)


def remove_segment(desk: Desk, call: Call) -> Answer:
    """Unless something names it."""
    return removed(desk, call, "segments")


def check(_desk: Desk, call: Call) -> Answer:
    """The first part of a condition that is wrong, and where it begins."""
    when = call.body(Condition).when
    whole = _wrong(when)
    if not whole:
        return Answer(body={"ok": True, "message": "", "part": "", "at": None})
    for part in parts_of(when):
        if len(part) < len(when) and (message := _wrong(part)):
            told: dict[str, Json] = {"message": message, "part": part, "at": when.find(part)}
            return Answer(body={"ok": False, **told})
    return Answer(body={"ok": False, "message": whole, "part": when, "at": 0})


def _wrong(when: str) -> str:
    try:
        condition(when)
    except ConditionError as error:
        return str(error)
    return ""


def _one_segment(found: Thing) -> Answer:
    return tagged(_segment_json(found), version_of(found), f"segments/{found.key}")


def _segment_json(found: Thing) -> dict[str, Json]:
    return {**msgspec.to_builtins(found), "version": version_of(found)}


def forms(desk: Desk, _call: Call) -> Answer:
    """All of them."""
    items: list[Json] = [_form_json(desk, each) for each in desk.saving.live()[0].forms]
    return Answer(body={"items": items, "next": None})


def form(desk: Desk, call: Call) -> Answer:
    """One of them, with where it is shown."""
    return _one_form(desk, thing(desk, call, "forms"))


def save_form(desk: Desk, call: Call) -> Answer:
    """Checked as its file would be; shown within 10 s."""
    brand = desk.saving.live()[0].brand.key
    what = stated(call, Form, key=key_of(call, "forms"), brand=brand)
    saved(desk, call, what)
    return _one_form(desk, what)


def remove_form(desk: Desk, call: Call) -> Answer:
    """Its page is gone within 10 s; what was filled in stays."""
    return removed(desk, call, "forms")


def _one_form(desk: Desk, found: Thing) -> Answer:
    return tagged(_form_json(desk, found), version_of(found), f"forms/{found.key}")


def _form_json(desk: Desk, found: Thing) -> dict[str, Json]:
    url = f"{desk.site}/f/{found.key}"
    embed = f'<script async src="{url}/embed.js"></script>'
    version = version_of(found)
    return {**msgspec.to_builtins(found), "version": version, "url": url, "embed": embed}


def bundle(desk: Desk, call: Call) -> Answer:
    """What of it people choose from, and which of the three kinds changed since another bundle."""
    live, live_hash = desk.saving.live()
    since = call.query("since", most=64)
    if since and not _HASH.fullmatch(since):
        raise ProblemError(UNFIT, "since is the hash of a bundle, as it was told before.")
    told: dict[str, Json] = {
        "hash": live_hash,
        "brand": live.brand.key,
        "languages": [*(live.brand.languages or (live.brand.language,))],
        "topics": [*sorted({each.topic for each in live.statements})],
        "statements": [
            {"id": each.id, "topic": each.topic, "text": each.text} for each in live.statements
        ],
        "templates": [*sorted({each.name for each in live.templates})],
        "blocks": [each.key for each in live.blocks],
        "approve_over": live.policy.approve_over,
        "since": _since(live, desk.saving.bundles.get(since)) if since else None,
    }
    return Answer(body=told)


def _since(live: Bundle, before: Bundle) -> dict[str, Json]:
    told: dict[str, Json] = {}
    for kind in KINDS:
        now = {each.key: each for each in getattr(live, kind)}
        then = {each.key: each for each in getattr(before, kind)}
        told[kind] = [k for k in sorted({*now, *then}) if now.get(k) != then.get(k)]
    same = msgspec.structs.replace(
        before, forms=live.forms, segments=live.segments, campaigns=live.campaigns
    )
    return {**told, "others": same != live}


def files(desk: Desk, _call: Call) -> Answer:
    """The three kinds whole; `rapport content pull` writes them as files."""
    live, live_hash = desk.saving.live()
    kinds: dict[str, Json] = {kind: msgspec.to_builtins(getattr(live, kind)) for kind in KINDS}
    return Answer(body={"hash": live_hash, **kinds})


_SEGMENT, _FORM = "/desk/v1/segments/{segment}", "/desk/v1/forms/{form}"
SERVED = (
    Served(key="GET /desk/v1/segments", action=Action.SEGMENTS_SEE, over=Over.COMMON, run=segments),
    Served(key=f"GET {_SEGMENT}", action=Action.SEGMENTS_SEE, over=Over.COMMON, run=segment),
    Served(
        key="POST /desk/v1/segments/check",
        action=Action.SEGMENTS_SEE,
        over=Over.COMMON,
        run=check,
    ),
    Served(key=f"PUT {_SEGMENT}", action=Action.SEGMENTS_CHANGE, over=Over.BRAND, run=save_segment),
    Served(
        key=f"DELETE {_SEGMENT}",
        action=Action.SEGMENTS_CHANGE,
        over=Over.BRAND,
        run=remove_segment,
    ),
    Served(key="GET /desk/v1/forms", action=Action.FORMS_SEE, over=Over.COMMON, run=forms),
    Served(key=f"GET {_FORM}", action=Action.FORMS_SEE, over=Over.COMMON, run=form),
    Served(key=f"PUT {_FORM}", action=Action.FORMS_CHANGE, over=Over.BRAND, run=save_form),
    Served(key=f"DELETE {_FORM}", action=Action.FORMS_CHANGE, over=Over.BRAND, run=remove_form),
    Served(key="GET /desk/v1/bundle", action=Action.SEGMENTS_SEE, over=Over.COMMON, run=bundle),
    Served(
        key="GET /desk/v1/bundle/files", action=Action.CAMPAIGNS_SEE, over=Over.BRAND, run=files
    ),
)
