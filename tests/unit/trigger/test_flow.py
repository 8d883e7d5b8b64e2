"""From a fact to an intent for every playbook that listens, or a hold that is stored."""

import msgspec
import pytest

from functions.trigger import handler
from rapport.bundle import OCCURRENCE_EVENT
from rapport.domain.identifiers import Namespace
from rapport.domain.profile import Profile
from rapport.domain.reasons import Reason
from rapport.errors import MisconfiguredError, PoisonError
from rapport.ports import View
from tests.support.mailroom import ANA, WELCOME, Mailroom


def test_a_fact_becomes_an_intent_of_the_playbook_that_listens() -> None:
    room = Mailroom()
    fact = room.fact(room.person())
    started = room.trigger.start(fact)
    [intent] = room.intents.queue
    assert started.intents == (intent,)
    assert (intent.program, intent.occurrence, intent.fact) == (WELCOME, "ever", fact)
    assert intent.bundle == room.live
    assert not room.decisions


def test_a_fact_that_is_delivered_again_is_the_same_intent() -> None:
    room = Mailroom()
    fact = room.fact(room.person())
    room.trigger.start(fact)
    room.clock.forward(minutes=5)
    room.trigger.start(fact)
    assert len({intent.id for intent in room.intents.queue}) == 1


def test_a_fact_that_nobody_listens_to_costs_nothing() -> None:
    room = Mailroom()
    started = room.trigger.start(room.fact(room.person(), name="Unsubscribed"))
    assert (started.intents, started.holds) == ((), ())
    assert not room.calls.names


@pytest.mark.parametrize("origin", ["import", "backfill", "merge", "rebuild", "rules"])
def test_only_live_events_start_a_mail(origin: str) -> None:
    room = Mailroom()
    started = room.trigger.start(room.fact(room.person(), origin=origin))
    assert started.holds == (Reason.NOT_LIVE,)
    assert not room.intents.queue
    [held] = room.decisions
    assert held.subject == room.ref(ANA)
    assert [gate.gate for gate in held.gates] == ["program", "live"]


def test_old_news_start_nothing() -> None:
    room = Mailroom()
    fact = room.fact(room.person())
    room.clock.forward(days=2, minutes=1)
    assert room.trigger.start(fact).holds == (Reason.STALE,)


def test_a_hold_is_stored_once_however_often_the_fact_comes() -> None:
    room = Mailroom()
    fact = room.fact(room.person(), origin="import")
    for _ in range(3):
        room.trigger.start(fact)
        room.clock.forward(minutes=1)
    assert room.reasons == ["not_live"]


def test_a_condition_chooses_whom_a_playbook_is_for() -> None:
    room = Mailroom()
    wanted = 'person.attributes["job_category"] == "nursing"'
    room.playbook(lambda p: msgspec.structs.replace(p, when=wanted))
    nurse = room.person("n@inbox.halden.example", job_category="nursing")
    clerk = room.person("c@inbox.halden.example", job_category="administration")
    nobody = room.person("x@inbox.halden.example")
    assert room.trigger.start(room.fact(nurse)).intents
    assert room.trigger.start(room.fact(clerk)).holds == (Reason.CONDITION_NOT_MET,)
    assert room.trigger.start(room.fact(nobody)).holds == (Reason.CONDITION_NOT_MET,)


def test_a_playbook_per_event_names_the_event_as_its_occasion() -> None:
    room = Mailroom()
    room.playbook(lambda p: msgspec.structs.replace(p, occurrence=OCCURRENCE_EVENT))
    fact = room.fact(room.person())
    room.trigger.start(fact)
    assert room.intents.queue[0].occurrence == fact.event_id


def test_a_cookie_that_became_a_person_is_judged_as_the_person() -> None:
    room = Mailroom()
    room.playbook(lambda p: msgspec.structs.replace(p, when='"first_name" in person.attributes'))
    room.confirmed()
    cookie = Profile(root=room.ref("browser", Namespace.ANON), moved_to=room.ref(ANA))
    room.people.views[cookie.person] = View(profile=cookie, version=2)
    assert room.trigger.start(room.fact(cookie.person)).intents


def test_a_playbook_published_a_moment_ago_is_the_one_that_counts() -> None:
    room = Mailroom()
    room.publish(msgspec.structs.replace(room.bundle, playbooks=()))
    assert not room.trigger.start(room.fact(room.person())).intents


def test_without_a_published_bundle_the_fact_is_kept_for_later() -> None:
    room = Mailroom()
    room.live = "never published"
    with pytest.raises(MisconfiguredError):
        room.trigger.start(room.fact(room.person()))


@pytest.mark.parametrize("event", [{}, {"detail": None}, {"detail": {"fact": "X"}}])
def test_what_is_no_fact_is_set_aside(event: dict[str, object]) -> None:
    with pytest.raises(PoisonError):
        handler.lambda_handler(event, None)
