"""Playbooks on what an ATS tells: which stage, how often, and what stops them."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from rapport.bundle import OCCURRENCE_STAGE
from rapport.domain.candidacy import Candidacy, Move, Turn
from rapport.domain.capping import MOST
from rapport.domain.decision import FactRef
from rapport.domain.event import millis
from rapport.domain.identifiers import PersonId
from rapport.domain.reasons import Reason
from rapport.domain.record import AtsRecord, Closed
from rapport.domain.recruiting import Recruiting
from rapport.ports import View
from tests.support.mailroom import ANA, WELCOME, Mailroom

APPLICATION, OTHER = "p" * 22, "q" * 22
CHANGED, REJECTED = "ApplicationStageChanged", "ApplicationRejected"


def room(*stages: str, wait: int = 0, every: int = 0, exits: tuple[str, ...] = ()) -> Mailroom:
    """One playbook, which listens to an ATS."""
    found = Mailroom()
    found.alone(WELCOME)
    found.playbook(
        lambda p: msgspec.structs.replace(
            p,
            facts=(CHANGED, REJECTED, "CandidateHired"),
            stages=stages,
            occurrence="ever" if every else OCCURRENCE_STAGE,
            wait_seconds=wait,
            every_seconds=every,
            exits_on=exits,
        )
    )
    return found


def known(
    room: Mailroom, person: PersonId, *, stage: str, status: str = "active", **records: AtsRecord
) -> None:
    """Let the profile say where the application is now."""
    now = millis(room.clock())
    both = Candidacy(moves=(Move(now, stage),), stands=Turn(now, status))
    recruiting = Recruiting(candidacies={APPLICATION: both, OTHER: both}, records=records)
    view = room.people.views[person]
    profile = replace(view.profile, recruiting=recruiting)
    room.people.views[person] = View(profile=profile, version=view.version + 1)


def went(room: Mailroom, person: PersonId, stage: str, **more: str) -> FactRef:
    """A fact of an ATS that leaves the mail to Rapport."""
    name = {"rejected": REJECTED, "hired": "CandidateHired"}.get(stage, CHANGED)
    fact = room.fact(person, name=name)
    about = {"application": APPLICATION, "stage": stage, "speaks": "rapport", **more}
    return replace(fact, **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(("stage", "starts"), [("interview", True), ("phone", False), ("", False)])
def test_a_playbook_of_a_stage_listens_to_that_stage_alone(stage: str, *, starts: bool) -> None:
    world = room("interview")
    person = world.confirmed()
    known(world, person, stage=stage)
    answer = world.trigger.start(went(world, person, stage))
    assert (bool(answer.intents), answer.holds) == (starts, ())


def test_an_application_that_comes_back_to_a_stage_is_mailed_once_and_two_are_mailed_twice() -> (
    None
):
    world = room("interview")
    person = world.confirmed()
    known(world, person, stage="interview")
    facts = [went(world, person, "interview") for _ in range(2)]
    facts.append(went(world, person, "interview", application=OTHER))
    first, again, other = (world.trigger.start(fact).intents[0] for fact in facts)
    assert first.occurrence == again.occurrence == f"stage:{APPLICATION}:interview"
    assert other.occurrence == f"stage:{OTHER}:interview"


@pytest.mark.parametrize(
    ("speaks", "reason"),
    [("ats", Reason.ATS_SPEAKS), ("rapport", None), ("both", None), ("", None)],
)
def test_where_the_ats_speaks_rapport_holds(speaks: str, reason: Reason | None) -> None:
    world = room("interview")
    person = world.confirmed()
    known(world, person, stage="interview")
    answer = world.trigger.start(went(world, person, "interview", speaks=speaks))
    assert answer.holds == (() if reason is None else (reason,))
    assert len(answer.intents) == (reason is None)


@pytest.mark.parametrize(
    ("stage", "status"), [("offer", "active"), ("interview", "rejected"), ("interview", "deleted")]
)
def test_a_mail_that_waited_is_dropped_when_the_application_has_moved_on(
    stage: str, status: str
) -> None:
    world = room("interview", wait=3600)
    person = world.confirmed()
    known(world, person, stage="interview")
    (run,) = world.trigger.start(went(world, person, "interview")).waits
    world.clock.forward(minutes=61)
    known(world, person, stage=stage, status=status)
    assert world.trigger.wake(run.subject).holds == (Reason.STAGE_MOVED_ON,)
    assert "moved on to" in world.decisions[-1].gates[-1].detail


def test_of_an_application_that_nobody_knows_nothing_is_told() -> None:
    world = room("interview")
    person = world.confirmed()
    assert world.trigger.start(went(world, person, "interview")).holds == (Reason.STAGE_MOVED_ON,)


def test_a_rhythm_goes_on_whatever_became_of_the_application_that_began_it() -> None:
    world = room("rejected", every=33 * 86_400)
    person = world.confirmed()
    known(world, person, stage="offer", status="rejected")
    assert world.trigger.start(went(world, person, "rejected", speaks="ats")).intents
    world.clock.forward(minutes=33 * 24 * 60)
    known(world, person, stage="phone")
    assert world.trigger.wake(world.ref(ANA)).intents
    assert world.reasons == []


def test_what_ends_one_application_ends_the_waits_of_that_application_alone() -> None:
    world = room("interview", wait=3600, exits=(REJECTED,))
    world.playbook(lambda p: msgspec.structs.replace(p, facts=(CHANGED,)))
    person = world.confirmed()
    known(world, person, stage="interview")
    for application in (APPLICATION, OTHER):
        world.trigger.start(went(world, person, "interview", application=application))
    answer = world.trigger.start(went(world, person, "rejected", application=OTHER))
    assert answer.holds == (Reason.STAGE_MOVED_ON,)
    assert world.decisions[-1].intent.fact.application == OTHER
    world.clock.forward(minutes=61)
    subject = world.decisions[-1].subject
    assert [i.fact.application for i in world.trigger.wake(subject).intents] == [APPLICATION]


@pytest.mark.parametrize(
    ("record", "stage", "halted"),
    [
        (AtsRecord(forbidden=Closed(1, True)), "interview", True),
        (AtsRecord(forbidden=Closed(1, False)), "interview", False),
        (AtsRecord(private=Closed(1, True)), "interview", True),
        (AtsRecord(deleted=1), "interview", True),
        (AtsRecord(anonymized=1), "interview", True),
        (AtsRecord(), "interview", False),
        (AtsRecord(), "hired", False),
    ],
    ids=["must not", "may", "private", "deleted", "anonymised", "nothing", "the hire itself"],
)
def test_one_note_of_an_ats_is_enough_to_stop_all_mail(
    record: AtsRecord, stage: str, *, halted: bool
) -> None:
    world = room()
    person = world.confirmed()
    status = "hired" if stage == "hired" else "active"
    known(world, person, stage=stage, status=status, open=AtsRecord(), noted=record)
    answer = world.trigger.start(went(world, person, stage))
    assert answer.holds == ((Reason.HALTED,) if halted else ())
    assert len(answer.intents) == (not halted)


def test_where_not_all_notes_are_kept_nobody_can_tell_that_none_forbids_it() -> None:
    world = room()
    person = world.confirmed()
    known(world, person, stage="interview", one=AtsRecord())
    assert world.trigger.start(went(world, person, "interview")).intents
    view = world.people.views[person]
    secret = Recruiting(records={f"p{n}": AtsRecord(private=Closed(1, True)) for n in range(40)})
    none = Recruiting(records={f"c{n}": AtsRecord() for n in range(40)})
    for more in (secret, none):
        both = view.profile.recruiting | more
        assert len(both.records) == MOST
        profile = replace(view.profile, recruiting=both)
        world.people.views[person] = View(profile=profile, version=view.version + 1)
        assert world.trigger.start(went(world, person, "interview")).holds == (Reason.HALTED,)


def test_whoever_was_hired_gets_nothing_else_and_gets_it_again_when_that_is_taken_back() -> None:
    world = room()
    person = world.confirmed()
    known(world, person, stage="interview", status="hired")
    halted = world.trigger.start(went(world, person, "interview"))
    assert halted.holds == (Reason.HALTED,)
    world.clock.forward(minutes=timedelta(hours=1) // timedelta(minutes=1))
    known(world, person, stage="interview")
    assert world.trigger.start(went(world, person, "interview")).intents
