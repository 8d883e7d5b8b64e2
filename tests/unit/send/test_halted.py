"""Whom the employer's own systems say not to write to, and who may not say it."""

from dataclasses import replace

import pytest

from functions.send.flow import Done
from rapport.domain.event import Event, Origin, Trust
from rapport.domain.identifiers import Ref
from rapport.domain.statements import registers_of
from rapport.ports import View
from tests.support.fakes import START
from tests.support.mailroom import Mailroom


def told(trust: Trust, traits: dict[str, str], *, hours: int = 0) -> Event:
    at = START.replace(hour=START.hour + hours)
    return Event(
        partition=Ref("user#1"),
        home=Ref("user#1"),
        type="identify",
        source="server",
        message_id=f"m-{trust}-{hours}",
        trust=trust,
        origin=Origin.LIVE,
        original_at=None,
        sent_at=None,
        received_at=at,
        at=at,
        body={"traits": dict(traits)},
    )


def someone(*events: Event) -> tuple[Mailroom, Done, list[str]]:
    room = Mailroom()
    person = room.confirmed()
    view = room.people.views[person]
    known = dict(view.profile.attributes)
    for event in events:
        known |= registers_of(event)
    room.people.views[person] = View(
        profile=replace(view.profile, attributes=known), version=view.version
    )
    done = room.send.deliver(room.intent(person)).done
    return room, done, room.reasons


@pytest.mark.parametrize(
    "traits",
    [
        {"contact": "never"},
        {"contact": " Never "},
        {"status": "hired"},
        {"status": "Employee"},
        {"status": "anonymised"},
        {"status": "anonymized"},
    ],
    ids=lambda traits: "-".join(str(traits[name]) for name in traits),
)
def test_whom_the_employers_systems_know_as_out_of_reach_is_not_mailed(
    traits: dict[str, str],
) -> None:
    room, done, reasons = someone(told(Trust.VERIFIED, traits))
    assert (done, reasons, room.mails) == (Done.DROPPED, ["halted"], [])
    assert room.trigger.start(room.fact(room.decisions[0].intent.person)).intents == ()


@pytest.mark.parametrize(
    "events",
    [
        (told(Trust.ASSERTED, {"contact": "never", "status": "hired"}),),
        (told(Trust.VERIFIED, {"contact": "by mail", "status": "candidate"}),),
        (told(Trust.VERIFIED, {"status": "hired"}), told(Trust.VERIFIED, {"status": "left"})),
    ],
    ids=["said by a browser", "said to be within reach", "not any more"],
)
def test_nobody_else_is_put_out_of_reach(events: tuple[Event, ...]) -> None:
    room, done, reasons = someone(*events)
    assert (done, reasons, len(room.mails)) == (Done.ACCEPTED, ["consented"], 1)
