"""Waits of people who are merged or split while they wait."""

from dataclasses import replace

from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.ports import View
from tests.support.applicant import WAIT_HOURS, Applicant
from tests.support.mailroom import Mailroom

SECOND = "ana.second@inbox.halden.example"


def merge(room: Mailroom, root: Ref, *others: Ref) -> None:
    """Let them be one person, with the profile of the last until now."""
    room.one_person(root, *others)
    known = room.people.views[person_id(others[-1])].profile
    members = tuple(sorted((root, *others)))
    _show(room, replace(known, root=root, members=members))
    for other in others:
        _show(room, replace(known, root=other, members=(), attributes={}, moved_to=root))


def _show(room: Mailroom, profile: object) -> None:
    view = View(profile=profile, version=9)  # type: ignore[arg-type]
    room.people.views[view.profile.person] = view


def test_a_wait_that_began_under_an_address_is_ended_by_whoever_has_the_address_now() -> None:
    ana = Applicant()
    ana.start()
    user = ana.room.ref("u-1", Namespace.USER)
    merge(ana.room, user, ana.root)
    ana.root, ana.person = user, person_id(user)
    assert ana.submit().holds == ("application_submitted",)
    assert ana.states == ["cancelled"]


def test_a_wait_is_judged_by_the_person_that_it_leads_to_when_it_is_due() -> None:
    ana = Applicant(confirmed=True)
    ana.start()
    began = ana.root
    user = ana.room.ref("u-1", Namespace.USER)
    merge(ana.room, user, began)
    ana.room.clock.forward(hours=WAIT_HOURS)
    [intent] = ana.room.trigger.wake(began).intents
    assert intent.person == person_id(began)
    ana.room.send.deliver(intent)
    assert [decision.subject for decision in ana.room.decisions] == [user]
    assert len(ana.room.mails) == 1


def test_one_application_that_is_started_before_and_after_a_merge_waits_once() -> None:
    ana = Applicant()
    ana.start()
    user = ana.room.ref("u-1", Namespace.USER)
    merge(ana.room, user, ana.root)
    ana.root, ana.person = user, person_id(user)
    ana.start()
    assert ana.states == ["waiting"]


def test_after_a_split_a_wait_is_theirs_whom_its_fact_leads_to() -> None:
    ana = Applicant()
    room, first, second = ana.room, ana.root, ana.room.ref(SECOND)
    fact = ana.started()
    room.person(SECOND)
    merge(room, second, first)
    room.trigger.start(fact)  # told of one, stored under the other, who is the same person
    assert [run.subject for run in room.runs.rows.values()] == [second]
    room.person(SECOND)
    ana.person = room.person()
    bo = Applicant(room)
    bo.root, bo.person = second, person_id(second)
    bo.submit()
    assert ana.states == ["waiting"]
    room.clock.forward(hours=WAIT_HOURS)
    room.trigger.wake(second)
    assert [intent.person for intent in room.intents.queue] == [person_id(first)]
