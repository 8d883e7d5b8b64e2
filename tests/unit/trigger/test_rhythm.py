"""Playbooks that come back: one rhythm per person, one mail per period, whoever dies when."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from rapport.bundle import Playbook
from rapport.domain.decide import decide
from rapport.domain.decision import FactRef, Outcome
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.run import RHYTHM, Run, RunState, next_due
from rapport.ports import View
from tests.support.fakes import START, CrashError
from tests.support.mailroom import ANA, WELCOME, Mailroom

EVERY = timedelta(days=30)
BEN = "ben@inbox.halden.example"


def _monthly(playbook: Playbook) -> Playbook:
    if playbook.program != WELCOME:
        return playbook
    return msgspec.structs.replace(
        playbook,
        every_seconds=int(EVERY.total_seconds()),
        wait_seconds=int(EVERY.total_seconds()),
        facts=("AddressConfirmed",),
        exits_on=("Unsubscribed",),
    )


class Subscriber:
    """Somebody with a rhythm that mails every thirty days."""

    def __init__(self, room: Mailroom | None = None) -> None:
        self.room = room or Mailroom()
        self.room.playbook(_monthly)
        self.room.alone()
        self.person: PersonId = self.room.confirmed()
        self.began: FactRef = self.room.fact(self.person, name="AddressConfirmed")
        self.root: Ref = self.room.ref(ANA)

    def begin(self) -> None:
        self.room.trigger.start(self.began)

    def days_later(self, days: float) -> None:
        self.room.clock.forward(hours=days * 24)
        self.room.trigger.wake(self.root)

    @property
    def occasions(self) -> list[str]:
        return [intent.occurrence for intent in self.room.intents.queue]

    @property
    def run(self) -> Run:
        [run] = self.room.runs.of(self.root)
        return run


def test_a_rhythm_mails_once_a_period_for_as_long_as_nobody_ends_it() -> None:
    ana = Subscriber()
    ana.begin()
    assert ana.occasions == []
    for _ in range(12):
        ana.days_later(30)
    assert ana.occasions == [f"every:{n}" for n in range(12)]
    assert len({intent.id for intent in ana.room.intents.queue}) == 12
    assert ana.room.schedules.at[ana.root] == START + 13 * EVERY


def test_a_fact_that_comes_again_begins_no_second_rhythm() -> None:
    ana = Subscriber()
    ana.begin()
    ana.begin()
    ana.days_later(30)
    ana.begin()
    ana.room.trigger.start(ana.room.fact(ana.person, name="AddressConfirmed"))
    assert (ana.occasions, ana.run.period) == (["every:0"], 1)


def test_what_was_missed_is_not_made_up_for() -> None:
    ana = Subscriber()
    ana.begin()
    ana.days_later(100)
    assert (ana.occasions, ana.room.reasons) == ([], ["stale"])
    assert ana.run.due == START + 4 * EVERY
    assert next_due(START, EVERY, START - timedelta(days=3)) == START + EVERY


def test_a_wake_up_that_dies_after_the_intent_repeats_it_and_goes_on() -> None:
    ana = Subscriber()
    ana.begin()
    ana.room.clock.forward(hours=30 * 24)
    ana.room.calls.fail_after = len(ana.room.calls.names) + _calls_until("runs.move_on")
    with pytest.raises(CrashError):
        ana.room.trigger.wake(ana.root)
    ana.room.calls.fail_after = None
    ana.room.trigger.wake(ana.root)
    ana.room.trigger.wake(ana.root)
    assert ana.occasions == ["every:0", "every:0"]
    assert len({intent.id for intent in ana.room.intents.queue}) == 1
    assert ana.run.period == 1


def _calls_until(name: str) -> int:
    """How many calls a wake-up makes before that one."""
    ana = Subscriber()
    ana.begin()
    before = len(ana.room.calls.names)
    ana.days_later(30)
    return ana.room.calls.names[before:].index(name)


def test_an_event_ends_a_rhythm_and_a_later_one_begins_it_again_where_it_was() -> None:
    ana = Subscriber()
    ana.begin()
    ana.days_later(30)
    ana.room.trigger.start(ana.room.fact(ana.person, name="Unsubscribed"))
    assert ana.run.state is RunState.CANCELLED
    ana.days_later(60)
    assert ana.occasions == ["every:0"]
    ana.begin()  # the old fact, delivered once more
    assert ana.run.state is RunState.CANCELLED
    ana.room.trigger.start(ana.room.fact(ana.person, name="AddressConfirmed"))
    ana.days_later(30)
    assert ana.occasions == ["every:0", "every:2"]


def test_a_rhythm_that_was_ended_in_the_same_moment_stays_ended() -> None:
    ana = Subscriber()
    ana.begin()
    due = ana.run
    ana.room.runs.end(due, RunState.CANCELLED, by="e-9")
    assert not ana.room.runs.move_on(due, due.due + EVERY, period=1)
    assert not ana.room.runs.hold(replace(due, occurrence=RHYTHM))
    assert ana.run.state is RunState.CANCELLED


class Couple:
    """Ana and Ben, each with a rhythm, who turn out to be one person and then two after all."""

    def __init__(self, *, ben_is_ahead: int = 0) -> None:
        self.ana = Subscriber()
        self.room, self.both = self.ana.room, (self.ana.root, self.ana.room.ref(BEN))
        self.ana.begin()
        self.ben = self.room.confirmed(BEN)
        self.room.trigger.start(self.room.fact(self.ben, name="AddressConfirmed"))
        [run] = self.room.runs.of(self.both[1])
        self.room.runs.hold(replace(run, period=ben_is_ahead))
        self.views = {who: self.room.people.views[who] for who in (self.ana.person, self.ben)}

    def merge(self) -> None:
        self.room.one_person(*self.both)
        one, other = (self.views[who].profile for who in (self.ana.person, self.ben))
        one = replace(one, members=tuple(sorted(self.both)))
        other = replace(other, moved_to=self.ana.root, members=())
        for profile in (one, other):
            self.room.people.views[profile.person] = View(profile=profile, version=2)

    def split(self) -> None:
        for root in self.both:
            self.room.one_person(root)
        self.room.people.views.update(self.views)

    def both_due(self) -> list[str]:
        """What a month later is due, with both awake in the same moment."""
        before = len(self.ana.occasions)
        self.room.clock.forward(hours=30 * 24)
        one, other = self.both
        # Ben is woken while Ana's wake-up has read what there is and written nothing yet.
        self.room.runs.after_reading = lambda: self._wake(other)
        self._wake(one)
        self._wake(other)
        return self.ana.occasions[before:]

    def _wake(self, root: Ref) -> None:
        self.room.trigger.wake(root)


def test_of_two_rhythms_of_one_person_one_mails_whichever_is_due_first() -> None:
    couple = Couple()
    couple.merge()
    assert [couple.both_due() for _ in range(4)] == [[f"every:{n}"] for n in range(4)]


def test_a_rhythm_that_is_behind_the_other_of_its_person_repeats_no_period() -> None:
    couple = Couple(ben_is_ahead=30)
    couple.merge()
    assert [couple.both_due() for _ in range(3)] == [["every:30"], ["every:31"], ["every:32"]]


def test_after_a_split_both_rhythms_mail_again() -> None:
    couple = Couple()
    couple.merge()
    couple.both_due()
    couple.split()
    assert len(couple.both_due()) == 2
    assert len({intent.person for intent in couple.room.intents.queue[-2:]}) == 2


def test_a_rhythm_whose_playbook_was_away_for_a_while_begins_again_with_a_later_fact() -> None:
    ana = Subscriber()
    ana.begin()
    there = ana.room.bundle
    ana.room.alone("nothing")
    ana.days_later(30)
    assert ana.run.state is RunState.WOKEN
    ana.room.publish(there)
    ana.room.trigger.start(ana.room.fact(ana.person, name="AddressConfirmed"))
    ana.days_later(30)
    assert ana.occasions == ["every:1"]


def test_what_matters_most_goes_first_and_the_rest_a_little_later() -> None:
    room = Mailroom()
    reminder = next(p for p in room.bundle.playbooks if p.about_job)
    room.playbook(lambda p: msgspec.structs.replace(p, priority=9) if p.program == WELCOME else p)
    person = room.confirmed()
    room.jobs("Ward Nurse")
    for name, program, job in (
        ("ApplicationStarted", reminder.program, "1"),
        ("AddressConfirmed", WELCOME, ""),
    ):
        fact = room.fact(person, name=name, job=job)
        room.runs.put(
            Run(
                subject=room.ref(ANA),
                program=program,
                occurrence=f"application:{job}" if job else fact.event_id,
                fact=fact,
                due=START,
            )
        )
    room.trigger.wake(room.ref(ANA))
    assert [intent.program for intent in room.intents.queue] == [WELCOME, reminder.program]
    assert room.intents.delays == [0, 2]


def test_a_held_mail_is_judged_again_when_it_may_go_out_and_not_before() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    until = START + timedelta(days=1)
    judged = decide(room.send.reader.snapshot(intent).case, now=START)
    held = replace(judged, outcome=Outcome.HOLD, until=until)
    room.holds.hold(held)
    room.holds.hold(held)
    assert room.schedules.at == {room.ref(ANA): until}
    room.clock.forward(hours=23)
    assert not room.trigger.wake(room.ref(ANA)).intents
    room.clock.forward(hours=1)
    assert [each.id for each in room.trigger.wake(room.ref(ANA)).intents] == [intent.id]
    assert not room.schedules.at
