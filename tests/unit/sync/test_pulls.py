"""An ATS is read page by page: killed anywhere, slowed down, forgotten, by several at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.sync.pulls import LEASE, Came
from rapport.ats import Connection, CursorGoneError, SlowDown, Taken
from rapport.domain.ats import AtsEvent
from rapport.domain.event import Origin, millis
from rapport.errors import MisconfiguredError, PoisonError, RetryableError
from rapport.intake import AtsIntake
from rapport.pulls import DRY_RUN, PULL
from tests.support.ats.syncing import ASKED, Entity, World, application, candidate, job
from tests.support.fakes import START, CrashError

LONG_AGO = START - timedelta(days=40)
DAY = timedelta(days=1)


def some(count: int = 5) -> list[Entity]:
    """Jobs, candidates and their applications, last changed long ago."""
    at = [LONG_AGO + timedelta(minutes=n) for n in range(count)]
    return [
        *(job(f"j{n}", at[n]) for n in range(count)),
        *(candidate(f"1{n}", at[n]) for n in range(count)),
        *(application(f"a{n}", f"1{n}", at[n]) for n in range(count)),
    ]


def done(entities: list[Entity]) -> World:
    """A world in which all was read once."""
    world = World(entities)
    world.deliver(ASKED)
    assert world.pull.finished_at is not None
    return world


def test_the_first_run_reads_everything_as_a_backfill_and_the_next_what_changed_since() -> None:
    world = done(some())
    assert {event.origin for event in world.log.rows.values()} == {Origin.BACKFILL}
    assert world.pull.seen == {"jobs": 5, "candidates": 5, "applications": 5}
    assert world.pull.watermark == world.pull.started_at - timedelta(hours=1)
    first, before = world.pull, world.told()
    world.clock.forward(hours=2)
    world.pages.entities[6] = candidate("11", world.clock(), email="new@mail.example")
    world.pages.asked.clear()
    world.deliver(ASKED)
    assert {since for _, _, since, _ in world.pages.asked} == {first.watermark}
    assert world.pull.seen == {"jobs": 0, "candidates": 1, "applications": 0}
    (new,) = set(world.told()) - set(before)
    assert world.log.rows.keys()
    assert [e.origin for e in world.log.rows.values() if e.message_id == new[1]] == [Origin.LIVE]


def test_a_run_that_is_killed_after_any_call_is_finished_by_the_next_and_says_nothing_twice() -> (
    None
):
    whole = done(some())
    steps = len(whole.calls.names)
    lost = doubled = 0
    wish = {**ASKED, "asked": millis(START)}
    for passed in range(steps):
        world = World(some())
        world.calls.fail_after = passed
        with pytest.raises(CrashError):
            world.deliver(wish)
        # The queue hands the message out again when its visibility ends; the rest had been put.
        world.calls.fail_after = None
        world.clock.forward(minutes=18)
        world.deliver(wish)
        told = world.told()
        lost += len(set(whole.told()) - set(told))
        doubled += len(told) - len(set(told)) + len(set(told) - set(whole.told()))
        assert world.pull.finished_at is not None, passed
        assert world.pull.seen == whole.pull.seen, passed
        assert world.rosters.stored == whole.rosters.stored, passed
    print(f"pulls killed after each of {steps} calls: lost {lost}, doubled {doubled}")
    assert (lost, doubled) == (0, 0)


def test_a_run_without_time_goes_on_by_a_message_to_itself_from_where_it_was() -> None:
    world = World(some())
    world.work.waiting.append((world.clock(), dict(ASKED)))
    came = world.settle(for_=timedelta(seconds=-1))
    assert [each.came for each in came] == [Came.GOING_ON] * 8 + [Came.FINISHED]
    assert len(world.pages.asked) == 9
    assert world.told() == done(some()).told()


def test_the_watermark_does_not_move_before_the_last_page() -> None:
    world = done(some())
    mark = world.pull.watermark
    world.clock.forward(hours=3)
    world.do(ASKED, for_=timedelta(seconds=-1))
    assert world.pull.finished_at is None
    assert world.pull.watermark == mark
    world.settle()
    assert world.pull.watermark == world.clock() - timedelta(hours=1)


def test_a_connection_is_read_by_one_worker_at_a_time() -> None:
    world = World(some())
    other: list[Came] = []
    asked = world.pages.page

    def page(kind: str, cursor: str, *, since: datetime | None, token: str = "") -> object:
        if not other:
            other.append(world.do(ASKED).came)
        return asked(kind, cursor, since=since, token=token)

    world.pages.page = page  # type: ignore[method-assign, assignment]
    world.do(ASKED)
    assert other == [Came.RESTING]
    (left,) = world.work.waiting
    assert left[0] == START + LEASE
    assert [came.came for came in world.settle()] == [Came.FINISHED] or world.pull.finished_at


def test_a_worker_that_died_holds_its_connection_for_its_lease_and_no_longer() -> None:
    world = World(some())
    world.calls.fail_after = 6
    with pytest.raises(CrashError):
        world.do(ASKED)
    world.calls.fail_after = None
    world.clock.forward(seconds=LEASE.total_seconds() - 1)
    assert world.do(ASKED).came is Came.RESTING
    world.clock.forward(seconds=1)
    assert world.do(ASKED).came is Came.FINISHED


def test_who_lost_the_row_to_somebody_else_leaves_the_run_to_them() -> None:
    world = World(some())
    world.do(ASKED, for_=timedelta(seconds=-1))
    row = world.pull

    def stolen() -> None:
        world.pulls.rows["main", PULL] = replace(world.pull, version=world.pull.version + 1)

    world.rows.before_settle = stolen
    world.pulls.rows["main", PULL] = replace(row, kind="candidates", cursor="", page=0)
    assert world.do(ASKED).came is Came.RESTING


def test_a_vendor_who_wants_a_rest_is_not_asked_before_it_is_over_whoever_comes() -> None:
    world = World(some())
    world.pages.troubles = [None, None, SlowDown(seconds=2000)]
    world.do(ASKED)
    asked = len(world.pages.asked)
    until = world.clock() + timedelta(seconds=2000)
    moments = []
    for _ in range(4):
        world.clock.forward(seconds=499)
        assert world.do(ASKED).came is Came.RESTING
        moments.append(world.clock())
    assert len(world.pages.asked) == asked
    world.settle()
    assert world.clock() >= until
    assert world.pull.finished_at is not None
    print(f"asked to rest for 2000 s: {len(moments)} came too early, 0 asked")


def test_a_cursor_that_is_gone_begins_its_kind_anew_and_nothing_is_told_twice() -> None:
    world = World(some())
    world.pages.troubles = [None, None, None, None, CursorGoneError()]
    world.deliver(ASKED)
    assert world.pull.window == 1
    assert world.pull.seen == {"jobs": 5, "candidates": 5, "applications": 5}
    assert world.told() == done(some()).told()
    assert world.rosters.stored["main", "candidates"] == {"10", "11", "12", "13", "14"}


def test_a_cursor_that_leads_to_itself_is_gone_and_one_that_is_gone_for_ever_ends_the_try() -> None:
    world = World(some())
    world.pages.troubles = [CursorGoneError()] * 400
    world.do(ASKED)
    assert world.pull.window == 20
    assert world.pull.tries == 1
    assert world.pull.finished_at is None


def test_a_token_that_is_gone_is_given_up_and_the_kind_read_from_its_start() -> None:
    world = done(some())
    token = world.pull.tokens["candidates"]
    world.clock.forward(hours=2)
    world.pages.gone = {token}
    world.pages.asked.clear()
    world.deliver(ASKED)
    tokens = [token for kind, _, _, token in world.pages.asked if kind == "candidates"]
    assert tokens == [token, ""]
    assert world.pull.tokens["candidates"] not in ("", token)


def test_trouble_is_tried_again_later_and_later_and_a_page_forgets_it() -> None:
    world = World(some())
    world.pages.troubles = [RetryableError("torn")] * 4
    waits = []
    world.work.waiting.append((world.clock(), dict(ASKED)))
    for _ in range(4):
        due, message = world.work.waiting.pop()
        world.clock.moment = due
        assert world.do(message).came is Came.TROUBLED
        waits.append((world.pull.rest_until - world.clock()).total_seconds())
    assert waits == [30, 60, 120, 240]
    world.settle()
    assert world.pull.finished_at is not None
    assert world.pull.tries == 0


def test_while_a_vendor_is_down_for_days_messages_do_not_pile_up() -> None:
    world = done(some())
    world.pages.troubles = [RetryableError("torn")] * 999
    most = handed_out = 0
    for _ in range(72):
        world.clock.forward(hours=1)
        now = world.clock()
        world.work.waiting.append((now, {**ASKED, "asked": millis(now)}))
        # What a vendor tells without saying of whom has all read that changed.
        world.work.waiting.append((now, {**ASKED, "asked": millis(now)}))
        while due := [each for each in world.work.waiting if each[0] <= now]:
            world.work.waiting.remove(due[0])
            world.do(due[0][1])
            handed_out += 1
        most = max(most, len(world.work.waiting))
    assert most <= 12, most
    asked = len(world.pages.asked)
    world.pages.troubles = []
    world.settle(most=100)
    assert len(world.pages.asked) > asked
    assert world.pull.finished_at is not None
    print(f"3 days without an answer: at most {most} messages wait, {handed_out} were handed out")


def test_a_vendor_who_wants_a_rest_from_many_is_asked_less_and_less() -> None:
    world = done(some())
    world.pages.troubles = [SlowDown(seconds=1)] * 5
    began = world.clock()
    world.deliver({"do": "refetch", "connection": "main", "kind": "candidates", "id": "13"})
    waited = (world.clock() - began).total_seconds()
    assert waited == 1 + 120 + 240 + 480 + 960


@pytest.mark.parametrize("error", [MisconfiguredError("no key"), PoisonError("404")])
def test_what_no_other_try_mends_waits_for_the_next_tick(error: Exception) -> None:
    world = World(some())
    world.pages.troubles = [error]
    assert world.do(ASKED).came is Came.REFUSED
    assert world.work.waiting == []
    assert world.do(ASKED).came is Came.FINISHED


def test_one_run_is_enough_for_all_who_asked_before_it_began() -> None:
    world = World(some())
    message = {**ASKED, "asked": millis(START)}
    world.deliver(message)
    asked = len(world.pages.asked)
    assert world.do(message).came is Came.DONE_BEFORE
    assert len(world.pages.asked) == asked


def test_what_deliveries_had_not_told_is_counted_as_drift_but_not_in_the_first_run() -> None:
    world = done(some())
    assert not [name for name in world.pull.came if name.startswith("drift")]
    world.clock.forward(hours=2)
    world.pages.entities[10] = application("a0", "10", world.clock(), stage="offer")
    result = world.do(ASKED)
    assert result.figures["Drift"] >= 1
    print(f"drift of one missed stage change: {result.figures['Drift']}")
    assert {n: c for n, c in world.pull.came.items() if n.startswith("drift")}


def test_what_is_missing_is_asked_for_one_by_one_and_absence_alone_deletes_nothing() -> None:
    world = done(some())
    world.clock.forward(days=1)
    # It is not in the list, and yet the vendor still has it.
    here = list(world.pages.entities)
    world.pages.entities = [e for e in here if (e.kind, e.id) != ("candidates", "13")]
    world.do({**ASKED, "full": True})
    assert [(each.kind, each.id) for each in world.refetches.wanted] == [("candidates", "13")]
    deleted = [told for told, _ in world.told() if told == "Candidate Deleted"]
    assert deleted == []
    world.pages.entities = here
    world.settle()
    assert [told for told, _ in world.told() if told == "Candidate Deleted"] == []
    # It is in the list again, so the next day it is missed no more.
    world.refetches.wanted.clear()
    world.clock.forward(days=1)
    world.deliver({**ASKED, "full": True})
    assert world.refetches.wanted == []


def test_when_more_than_half_is_missing_nothing_follows_but_an_alarm() -> None:
    world = done(some())
    stored = dict(world.rosters.stored)
    world.clock.forward(days=1)
    world.pages.entities = [e for e in world.pages.entities if e.id in {"10", "11"}]
    result = world.do({**ASKED, "full": True})
    assert result.figures["RosterFaults"] == 3
    assert world.refetches.wanted == []
    assert world.rosters.stored == stored


def test_the_clock_has_each_connection_read_once_a_day_whole_and_tells_which_is_late() -> None:
    world = World(some())
    world.pulls.enrol("main")
    assert world.do({"do": "tick"}).figures == {"PullsLate": 0}
    world.settle()
    whole = []
    for hour in range(1, 49):
        world.clock.moment = START + timedelta(hours=hour)
        world.pages.asked.clear()
        assert world.do({"do": "tick"}).figures == {"PullsLate": 0}
        world.settle()
        whole += [hour] * (world.pages.asked[0][2] is None)
    assert whole == [23, 46]
    world.pages.troubles = [MisconfiguredError("no key")] * 50
    late = []
    for hour in range(49, 75):
        world.clock.moment = START + timedelta(hours=hour)
        late.append(world.do({"do": "tick"}).figures["PullsLate"])
        world.settle()
    assert late[:23] == [0] * 23
    assert late[-1] == 1


def test_a_dry_run_says_what_would_come_and_writes_nothing() -> None:
    world = World([*some(), candidate("19", LONG_AGO, email="c11@mail.example")])
    world.deliver({**ASKED, "dry_run": True})
    report = world.pulls.rows["main", DRY_RUN]
    assert report.seen == {"jobs": 5, "candidates": 6, "applications": 5}
    print(f"dry run: {dict(report.came)} of {dict(report.seen)}")
    assert report.came["news"] >= 11
    assert report.watermark is None
    assert world.log.rows == {}
    assert world.rows.rows == {}
    assert world.rosters.stored == {}
    assert ("main", PULL) not in world.pulls.rows


def test_an_entity_that_is_read_again_and_is_gone_is_told_to_be_deleted() -> None:
    world = done(some())
    world.pages.entities = [e for e in world.pages.entities if e.id != "13"]
    message = {"do": "refetch", "connection": "main", "kind": "candidates", "id": "13"}
    assert world.do(message).came is Came.FETCHED
    assert [told for told, _ in world.told() if told == "Candidate Deleted"] == [
        "Candidate Deleted"
    ]


def test_an_entity_is_not_asked_for_before_the_vendor_has_rested_and_trouble_is_tried_again() -> (
    None
):
    world = done(some())
    world.pages.asked.clear()
    world.pages.troubles = [SlowDown(seconds=2000), RetryableError("torn"), RetryableError("torn")]
    began = world.clock()
    world.deliver({"do": "refetch", "connection": "main", "kind": "candidates", "id": "13"})
    assert len(world.pages.asked) == 4
    assert world.clock() - began == timedelta(seconds=2000 + 60 + 120)
    world.pages.troubles = [RetryableError("torn")] * 99
    with pytest.raises(RetryableError):
        world.deliver({"do": "refetch", "connection": "main", "kind": "candidates", "id": "13"})
    assert len(world.pages.asked) == 4 + 7


def test_one_entity_that_can_never_be_taken_in_does_not_keep_the_others_out() -> None:
    world = World(some())
    take = AtsIntake.take

    class Picky(AtsIntake):
        """An intake that finds one candidate impossible."""

        def take(self, connection: Connection, events: Sequence[AtsEvent], **how: Any) -> Taken:
            if any(each.candidate and each.candidate.id == "13" for each in events):
                msg = "too large for a row"
                raise PoisonError(msg)
            return take(self, connection, events, **how)

    picky = Picky(**vars(world.intake))
    puller = replace(world.sync.puller, intake=picky)
    world.sync = replace(world.sync, puller=puller)
    result = world.do(ASKED)
    assert result.came is Came.FINISHED
    assert result.figures["EntitiesUnreadable"] == 2
    whole = done(some())
    assert len(whole.told()) - len(world.told()) == 2


def test_a_message_that_says_nothing_is_refused_and_one_of_nobody_is_left() -> None:
    world = World(some())
    assert world.do({"do": "pull", "connection": "other"}).came is Came.NO_ACCESS
    for message in ({}, {"do": "dance"}, {"do": "pull"}, {"do": "refetch", "connection": "main"}):
        with pytest.raises(PoisonError):
            world.do(message)
