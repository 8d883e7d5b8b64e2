"""The funnel sums up: every intent stands in one place, and each step divides the one before."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from cli.funnel import COUNTS_FOR, Funnel, Step, funnel, has_applied, parts, show, to_json
from rapport.domain.address import SendRecord, SendState
from rapport.domain.decision import Outcome
from rapport.domain.fate import Fate, Said
from rapport.domain.identifiers import Ref
from rapport.domain.jobs import Application
from rapport.domain.profile import Profile
from rapport.domain.reasons import Reason
from rapport.outcomes import Intended
from tests.support.fakes import START
from tests.support.mailroom import WELCOME, Mailroom, a_record

HISTORIES = 300
REASONS = [reason.value for reason in Reason]


def a_history(random: Random, room: Mailroom) -> Funnel:
    """Some intents with whatever may have become of them."""
    intents: list[tuple[Intended, SendRecord | None, Fate]] = []
    for number in range(random.randrange(1, 40)):
        intended = Intended(
            intent=f"i{number}",
            outcome=random.choice(list(Outcome)).value,
            reason=random.choice(REASONS),
            at=START,
            send_key="k",
        )
        record = None
        if random.random() < 0.7:
            state = random.choice(list(SendState))
            whose = random.choice([intended.intent, intended.intent, "somebody else's"])
            record = _of(a_record(room, state=state), whose)
        said = random.sample(list(Said), random.randrange(len(Said)))
        intents.append((intended, record, Fate(at=dict.fromkeys(said, START))))

    def applied(_: SendRecord, __: datetime) -> bool:
        return random.random() < 0.5

    return funnel(WELCOME, START.date(), intents, applied)


def _of(record: SendRecord, intent: str) -> SendRecord:

    return replace(record, intent=intent)


def test_each_step_s_parts_add_up_to_it_whatever_happened() -> None:
    room, random = Mailroom(), Random(7)
    intents = 0
    for _ in range(HISTORIES):
        told = a_history(random, room)
        intents += told.intended
        sums: Counter[str] = Counter()
        for step, count in told.counts.items():
            sums[step.of] += count
        for name, total in sums.items():
            assert total == told.of(name), name
        if told.of("delivered"):
            assert sums["delivered"] == told.of("delivered")
    print(f"funnels that sum to 100 %: {HISTORIES} of {HISTORIES}, over {intents} intents")


def test_a_mail_that_left_is_sent_whatever_was_said_later() -> None:
    room = Mailroom()
    later = Intended(intent="i", outcome="drop", reason="stale", at=START, send_key="k")
    record = _of(a_record(room, state=SendState.ACCEPTED), "i")
    told = funnel(WELCOME, START.date(), [(later, record, Fate())], lambda *_: False)
    assert dict(told.counts) == {
        Step(of="intended", name="sent"): 1,
        Step(of="sent", name="accepted"): 1,
        Step(of="accepted", name="no word yet"): 1,
    }


def test_what_is_told_goes_step_by_step() -> None:
    room = Mailroom()
    record = _of(a_record(room, state=SendState.ACCEPTED), "i")
    sent = Intended(intent="i", outcome="send", reason="consented", at=START, send_key="k")
    fate = Fate(at={Said.DELIVERED: START, Said.CLICKED: START})
    held = Intended(intent="j", outcome="hold", reason="quiet_hours", at=START)
    told = funnel(
        WELCOME, START.date(), [(sent, record, fate), (held, None, Fate())], lambda *_: True
    )
    names = [(step.of, step.name) for step, _ in parts(told)]
    assert names == [
        ("intended", "held now"),
        ("intended", "sent"),
        ("sent", "accepted"),
        ("accepted", "delivered"),
        ("delivered", "clicked by a person"),
        ("clicked by a person", "applied"),
    ]
    assert to_json(told)["intended"] == 2


def test_the_flow_tells_every_intent_once() -> None:
    room = Mailroom()
    for number in range(4):
        person = room.confirmed(f"p{number}@inbox.halden.example")
        intent = room.intent(person, origin="live" if number % 2 else "import")
        for _ in range(2):
            room.send.deliver(intent)
    rows = room.fates.intended(WELCOME, START.date().isoformat())
    assert Counter(row.outcome for row in rows) == {"send": 2, "drop": 2}
    records = [room.book.sends.get(row.send_key) for row in rows]
    intents = zip(rows, records, (Fate() for _ in rows), strict=True)
    told = funnel(WELCOME, START.date(), intents, lambda *_: False)
    assert (told.intended, told.of("sent"), told.of("dropped")) == (4, 2, 2)
    # An intent that comes again is decided on again, unless its mail left.
    assert room.fates.tells == len(room.decisions) + 2
    print(f"funnel: {room.fates.tells} decisions, one row written by each")


def test_an_application_counts_for_thirty_days_after_the_click() -> None:
    def person(after: timedelta) -> Profile:
        applied = {"4105": Application(submitted=START + after)}
        return Profile(root=Ref("email#a"), applications=applied)

    assert has_applied(person(timedelta(0)), START)
    assert has_applied(person(COUNTS_FOR), START)
    assert not has_applied(person(COUNTS_FOR + timedelta(seconds=1)), START)
    assert not has_applied(person(-timedelta(seconds=1)), START)


def test_a_program_that_nobody_knows_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    show(funnel("no-such", START.date(), [], lambda *_: False))
    assert "No playbook of that name" in capsys.readouterr().out
