"""Waking: early, late, doubled, beside one another, and dying anywhere on the way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count

import msgspec
import pytest

from rapport.domain.identifiers import Namespace
from rapport.domain.profile import Profile
from rapport.domain.run import Run, RunState
from rapport.errors import RetryableError
from rapport.ports import View
from tests.support.applicant import WAIT_HOURS, Applicant
from tests.support.fakes import START, CrashError
from tests.support.mailroom import ANA, Mailroom

DUE = START + timedelta(hours=WAIT_HOURS)


def test_a_wake_up_that_comes_early_sets_the_schedule_anew() -> None:
    ana = Applicant()
    ana.start()
    ana.room.schedules.at.clear()  # it fired, and deleted itself
    assert not ana.wait(WAIT_HOURS - 1).intents
    assert (ana.states, ana.alarm) == (["waiting"], DUE)


def test_a_wake_up_that_comes_twice_reminds_once() -> None:
    ana = Applicant()
    ana.start()
    ana.wait()
    ana.wake()
    assert len({intent.id for intent in ana.room.intents.queue}) == 1
    assert len(ana.deliver()) == 1
    assert not ana.room.schedules.at


def test_a_wake_up_judges_what_is_due_and_lets_the_others_wait() -> None:
    ana = Applicant()
    ana.start("1")
    ana.room.clock.forward(hours=5)
    ana.start("2")
    assert ana.alarm == DUE
    ana.room.schedules.at.clear()
    woken = ana.wait(WAIT_HOURS - 5)
    assert [intent.occurrence for intent in woken.intents] == ["application:1"]
    assert ana.alarm == DUE + timedelta(hours=5)


def test_whoever_is_left_waiting_is_looked_at_again_for_the_schedule_may_delete_itself_late() -> (
    None
):
    ana = Applicant()
    ana.start("1")
    ana.room.clock.forward(hours=5)
    ana.start("2")
    ana.wait(WAIT_HOURS - 5)
    assert ana.room.schedules.looks == [ana.root]
    ana.room.schedules.at.clear()  # deleted by the one that had fired
    ana.room.trigger.wake(ana.root, again=True)
    assert ana.alarm == DUE + timedelta(hours=5)
    assert ana.room.schedules.looks == [ana.root]


def test_a_wake_up_for_nobody_changes_nothing() -> None:
    room = Mailroom()
    assert not room.trigger.wake(room.ref("nobody@inbox.halden.example")).intents


# Two at once


def second(room: Mailroom, hours: float) -> Run:
    """A run of another application of Ana that is due some hours after the first."""
    fact = room.fact(room.person(), name="ApplicationStarted", job="2")
    return Run(
        subject=room.ref(ANA),
        program="application-reminder",
        occurrence="application:2",
        fact=fact,
        due=DUE + timedelta(hours=hours),
    )


@pytest.mark.parametrize("hours", [-2, 3], ids=["the other is earlier", "the other is later"])
@pytest.mark.parametrize("reading", range(1, 4), ids=lambda n: f"after reading {n}")
def test_of_two_applications_at_once_the_earlier_time_stands(reading: int, hours: float) -> None:
    """Another invocation does all of its work between two calls of this one."""
    ana = Applicant()
    room = ana.room
    other = second(room, hours)

    def intrude() -> None:
        room.runs.put(other)
        room.trigger.waits.aim(ana.root)

    after(room, "runs.of", reading, intrude)
    ana.start()
    assert ana.alarm == min(DUE, other.due)


@pytest.mark.parametrize("hours", [-2, 3])
def test_one_that_only_stored_its_run_and_one_that_aims_leave_the_earlier_time(
    hours: float,
) -> None:
    """The other stored its run and goes on when this one is done, with what it read before."""
    ana = Applicant()
    other = second(ana.room, hours)
    after(ana.room, "schedules.set", 1, lambda: ana.room.runs.put(other) and None)
    ana.start()
    assert ana.alarm == min(DUE, other.due)
    ana.room.schedules.set(ana.root, max(DUE, other.due))  # late, from an old reading …
    ana.room.trigger.waits.aim(ana.root)  # … and its own second reading
    assert ana.alarm == min(DUE, other.due)


def test_an_application_that_begins_while_another_ends_is_not_forgotten() -> None:
    ana = Applicant()
    ana.start()
    other = second(ana.room, 3)
    after(ana.room, "schedules.clear", 1, lambda: ana.room.runs.put(other) and None)
    ana.submit()
    assert ana.alarm == other.due


def test_runs_that_never_stop_changing_are_looked_at_again_later() -> None:
    ana = Applicant()
    numbers = count(1)

    def always() -> None:
        number = next(numbers)
        other = second(ana.room, -number / 100)
        ana.room.runs.put(replace(other, occurrence=f"application:x{number}"))
        after(ana.room, "schedules.set", 1, always)

    after(ana.room, "schedules.set", 1, always)
    with pytest.raises(RetryableError):
        ana.start()


def after(room: Mailroom, call: str, times: int, do: Callable[[], object]) -> None:
    """Do something right after the n-th call of that name from now on."""
    calls, touch = room.calls, room.calls.touch
    wanted = calls.count(call) + times
    done: list[str] = []

    def watch(name: str) -> None:
        touch(name)
        if name == call and calls.count(call) == wanted and not done:
            done.append(name)
            calls.touch = touch  # type: ignore[method-assign]
            do()

    calls.touch = watch  # type: ignore[method-assign]


# Dying


def die_after(room: Mailroom, calls: int, work: Callable[[], object]) -> bool:
    """Work, and die in the n-th call; whether it came to that."""
    room.calls.names.clear()
    room.calls.fail_after = calls
    try:
        work()
    except CrashError:
        return True
    finally:
        room.calls.fail_after = None
    return False


def test_a_start_that_dies_anywhere_and_is_delivered_again_ends_as_one_that_lived() -> None:
    for step in count():
        ana = Applicant()
        fact = ana.started()
        died = die_after(ana.room, step, partial(ana.room.trigger.start, fact))
        ana.room.trigger.start(fact)
        assert (ana.states, ana.alarm) == (["waiting"], DUE)
        if not died:
            break
    assert step > 5


def test_a_submission_that_dies_anywhere_and_is_delivered_again_ends_the_wait() -> None:
    for step in count():
        ana = Applicant()
        ana.start()
        fact = ana.submitted()
        died = die_after(ana.room, step, partial(ana.room.trigger.start, fact))
        ana.room.trigger.start(fact)
        assert (ana.states, ana.room.schedules.at) == (["cancelled"], {})
        assert ana.room.reasons == ["application_submitted"]
        if not died:
            break
    assert step > 5


def test_a_wake_up_that_dies_anywhere_and_is_delivered_again_reminds_once() -> None:
    for step in count():
        ana = Applicant()
        ana.start("1")
        ana.room.clock.forward(hours=1)
        ana.start("2")
        ana.room.clock.forward(hours=WAIT_HOURS - 1)
        died = die_after(ana.room, step, ana.wake)
        ana.wake()
        assert sorted(ana.states) == ["waiting", "woken"]
        assert ana.alarm == DUE + timedelta(hours=1)
        assert ana.root in ana.room.schedules.looks
        assert len(ana.deliver()) == 1
        if not died:
            break
    assert step > 5


# Browsers that become people


def test_a_browser_that_says_who_it_is_goes_on_waiting_once() -> None:
    ana = Applicant()
    cookie = ana.browse_as("browser")
    ana.start()
    ana.say_who()
    ana.start()
    assert (ana.states, ana.room.schedules.at) == (["waiting"], {cookie: DUE})
    ana.room.clock.forward(hours=WAIT_HOURS)
    assert ana.room.trigger.wake(cookie).intents
    [mail] = ana.deliver()
    assert mail.to == ANA


def test_a_submission_that_a_server_tells_ends_what_the_browser_began() -> None:
    ana = Applicant()
    cookie = ana.browse_as("browser")
    ana.start()
    ana.say_who()
    ana.room.trigger.start(replace(ana.submitted(), log_pk=ana.root))
    assert (ana.states, ana.room.schedules.at) == (["cancelled"], {})
    [held] = ana.room.decisions
    assert held.subject == ana.root
    assert cookie not in ana.room.schedules.at


def test_somebody_else_at_the_same_browser_neither_ends_nor_inherits_a_wait() -> None:
    ana = Applicant()
    kiosk = ana.browse_as("kiosk")
    ana.start()
    bo = Applicant(ana.room)
    view = ana.room.people.views[bo.person]
    ana.room.people.views[bo.person] = View(
        profile=replace(view.profile, cookies=(kiosk,)), version=view.version + 1
    )
    bo.start()
    assert ana.states == ["waiting", "waiting"]
    assert set(ana.room.schedules.at) == {kiosk, bo.root}
    bo.submit()
    assert [run.state for run in ana.room.runs.of(kiosk)] == [RunState.WAITING]


def test_a_wait_is_found_by_the_browser_of_its_fact_where_the_profile_lists_others() -> None:
    ana = Applicant()
    cookie = ana.browse_as("browser")
    fact = ana.started()
    ana.room.trigger.start(fact)
    ana.say_who()
    view = ana.room.people.views[ana.room.person(ANA)]
    others = tuple(ana.room.ref(f"other-{n}", Namespace.ANON) for n in range(8))
    ana.room.people.views[view.profile.person] = View(
        profile=replace(view.profile, cookies=others), version=3
    )
    ana.room.trigger.start(replace(ana.submitted(), log_pk=cookie))
    assert ana.states == ["cancelled"]


def test_who_began_and_ended_very_much_at_a_browser_is_not_looked_for_once_for_each() -> None:
    ana = Applicant()
    cookie = ana.browse_as("browser")
    for number in range(40):
        ana.start(f"x{number}")
        ana.submit(f"x{number}")
    ana.start("2")
    ana.say_who()
    before = ana.room.calls.count("people.view")
    fact = replace(ana.started(), log_pk=cookie)
    ana.room.trigger.start(fact)
    ana.room.trigger.start(replace(ana.submitted(), log_pk=cookie))
    assert ana.room.calls.count("people.view") - before < 10
    assert ana.states.count("waiting") == 1


def test_a_profile_that_is_gone_is_woken_to_nothing() -> None:
    ana = Applicant()
    ana.start()
    ana.room.people.views[ana.person] = View(
        profile=Profile(root=ana.root, members=(ana.root,)), version=2
    )
    ana.wait()
    assert not ana.deliver()
    assert ana.room.reasons == ["address_missing"]


def test_what_a_stranger_s_wait_came_to_keeps_no_mail_from_whoever_confirms() -> None:
    room = Mailroom()
    room.alone()
    room.playbook(lambda p: msgspec.structs.replace(p, wait_seconds=3600))
    person, root = room.person(ANA), room.ref(ANA)
    room.jobs("Ward Nurse")

    def waited(name: str) -> list[str]:
        room.trigger.start(room.fact(person, name=name))
        room.clock.forward(hours=1)
        room.trigger.wake(root)
        room.send.deliver(room.intents.queue.pop(0))
        return room.reasons

    assert waited("TalentNetworkJoined") == ["confirmation"]
    room.confirmed(ANA)
    assert waited("AddressConfirmed") == ["confirmation", "consented"]
    assert waited("TalentNetworkJoined")[2:] == ["already_sent"]
