"""Job alerts as they are folded from the log: whoever asks, in whatever order it is heard."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import permutations
from random import Random

from rapport.domain import names
from rapport.domain.alerts import (
    MOST,
    NOTHING_ASKED,
    AlertWords,
    JobAlert,
    alert_words,
    criteria_in,
    named_by,
    standing,
)
from rapport.domain.event import ENGINE, Event, Json, Origin, Trust
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.profile import Profile, fold_profile, from_json, to_json
from rapport.domain.tally import fold_partition, tally_from_json, tally_to_json
from rapport.records import engine_event
from tests.support.fakes import START, FakePseudonyms

REFS = FakePseudonyms()
ANA, ANA_TOO = (REFS.ref(Namespace.EMAIL, f"{who}@people.example") for who in ("ana", "ana.two"))
HOUR = timedelta(hours=1)


def asked(hours: int, who: Ref = ANA, *, source: str = "site", **told: Json) -> Event:
    at = START + hours * HOUR
    return Event(
        partition=who,
        home=who,
        type=names.JOB_ALERT_CREATED,
        source=source,
        message_id=f"{source}-{hours}",
        trust=Trust.ASSERTED,
        origin=Origin.LIVE,
        original_at=at,
        sent_at=None,
        received_at=at,
        at=at,
        body={"properties": told},
        owner=who,
    )


def said(hours: int, kind: str, who: Ref = ANA, **told: Json) -> Event:
    at = START + hours * HOUR
    return engine_event(
        kind, subject=who, message_id=f"a-{hours}", cause_at=at, now=at, properties=told
    )


def switched(hours: int, alert: str, state: str, **told: Json) -> Event:
    return said(hours, names.JOB_ALERT_CHANGED, ANA, alert=alert, state=state, **told)


def of(*events: Event) -> dict[str, JobAlert]:
    return standing(folded(events)) or {}


def folded(events: Iterable[Event]) -> AlertWords:
    words = NOTHING_ASKED
    for event in events:
        words |= alert_words(event)
    return words


def towns(alerts: dict[str, JobAlert]) -> set[str]:
    return {alert.first("city") for alert in alerts.values()}


def key(**told: Json) -> str:
    return named_by(criteria_in(told))


def test_the_same_wishes_are_one_alert_and_others_another_one() -> None:
    same = (
        asked(1, category="Nursing", city="Bodø", query="Night  ÅPEN"),
        asked(2, job_category=["nursing"], location="BODO", query="apen night"),
    )
    [alert] = of(*same).values()
    assert (alert.own, alert.at) == (False, START + 2 * HOUR)
    assert len(of(*same, asked(3, category="nursing", city="Moss"))) == 2
    # A site's own id: its last word on it is that alert.
    moved = of(asked(1, alert_id="17", city="Bodø"), asked(2, alert_id="17", city="Moss"))
    assert towns(moved) == {"Moss"}
    assert standing(folded([])) is None


def test_what_its_owner_says_holds_and_a_form_takes_none_of_it_back() -> None:
    first, halden = (
        asked(1, category="nursing", city="Halden"),
        key(category="nursing", city="Halden"),
    )
    edited = said(2, names.JOB_ALERT_CREATED, alert=halden, city="Oslo", alert_name="Mine")
    oslo = key(city="Oslo")
    [alert] = of(first, edited).values()
    assert (alert.first("city"), alert.name, alert.own) == ("Oslo", "Mine", True)
    # Asked for again as it was at first, it is an alert beside the one that was changed.
    again = asked(3, category="nursing", city="Halden")
    assert towns(of(first, edited, again)) == {"Oslo", "Halden"}
    paused = switched(4, oslo, "paused", city="Oslo")
    assert of(first, edited, paused, asked(5, city="Oslo"))[oslo].paused
    gone = switched(6, oslo, "deleted")
    assert of(first, edited, paused, gone) == {}
    assert towns(of(first, edited, paused, gone, asked(7, city="Oslo"))) == {"Oslo"}
    # A site that repeats the ids it has brings none of them back.
    site = asked(1, alert_id="17", city="Moss")
    [theirs] = of(site)
    assert of(site, switched(2, theirs, "deleted"), asked(3, alert_id="17", city="Moss")) == {}
    # Nobody but the engine says an owner's word.
    forged = asked(8, alert=oslo, state="deleted", source=ENGINE)
    assert oslo in of(first, edited, paused, forged)


def test_what_was_changed_when_there_was_one_alert_is_the_one_alert_that_there_was() -> None:
    old = [
        asked(1, city="Halden"),
        said(2, names.JOB_ALERT_CREATED, city="Moss"),
        said(3, names.JOB_ALERT_CREATED, city="Oslo"),
    ]
    for order in permutations(old):
        assert towns(of(*order)) == {"Oslo"}
    assert towns(of(*old, asked(4, city="Bergen"))) == {"Oslo", "Bergen"}


def test_over_the_bound_the_oldest_goes_that_its_owner_never_changed() -> None:
    many = [asked(n, city=f"town {n}") for n in range(1, 15)]
    kept = of(*many, switched(20, key(city="town 1"), "on", city="town 1"))
    assert len(kept) == MOST
    assert towns(kept) == {"town 1", *(f"town {n}" for n in range(6, 15))}


def history(dice: Random) -> list[Event]:
    """Words of a site and of an owner on few alerts and on many, some at one time."""
    towns = [f"t{n}" for n in range(dice.choice((3, 40)))]
    found = []
    for number in range(60):
        hours, town = dice.randrange(40), dice.choice(towns)
        one = dice.choice(
            (
                asked(hours, source=f"s{number}", city=town),
                asked(hours, source=f"s{number}", city=town, alert_id=dice.choice("ab")),
                switched(hours, key(city=town), dice.choice(("on", "paused", "deleted"))),
                said(hours, names.JOB_ALERT_CREATED, alert=key(city=town), city=dice.choice(towns)),
            )
        )
        found.append(one)
    return found


def test_in_any_order_grouping_and_with_repeats_it_is_the_same() -> None:
    counted = 0
    for seed in range(60):
        dice = Random(seed)
        events = history(dice)
        whole = folded(events)
        shuffled = [*events, *dice.sample(events, 10)]
        dice.shuffle(shuffled)
        cut = dice.randrange(len(shuffled))
        apart = folded(shuffled[:cut]) | folded(shuffled[cut:])
        assert (apart, standing(apart)) == (whole, standing(whole))
        counted += len(standing(whole) or {})
    print(f"60 histories of 60 words each: {counted} alerts stand")


def profile_of(*events: Event) -> Profile:
    refs = sorted({event.partition for event in events})
    folds = [fold_partition(ref, [e for e in events if e.partition == ref]) for ref in refs]
    for fold in folds:
        for tally in fold.tallies.values():
            assert tally_from_json(tally_to_json(tally)) == tally
    return fold_profile(refs[0], folds, members=refs)


def test_a_merge_keeps_the_alerts_of_both_and_apart_each_has_its_own_again() -> None:
    mine, theirs = asked(1, city="Halden"), asked(2, ANA_TOO, city="Moss")
    both = profile_of(mine, theirs)
    assert towns(dict(both.alerts or {})) == {"Halden", "Moss"}
    assert [towns(dict(profile_of(e).alerts or {})) for e in (mine, theirs)] == [
        {"Halden"},
        {"Moss"},
    ]
    gone = profile_of(mine, switched(3, key(city="Halden"), "deleted"))
    assert gone.alerts == {}
    for profile in (both, gone):
        assert from_json(to_json(profile)) == profile
