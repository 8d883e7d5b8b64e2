"""The report of the week: in its hour where the employer is, once, and to the employer's own."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from functions.report.flow import Result, Weekly
from rapport.bundle import Bundle
from rapport.domain.policy import WeeklyReport
from rapport.ports import Unknown
from rapport.report_mail import NotTheirsError
from rapport.reports import Asked, Report
from tests.support.fakes import Calls, Clock, CrashError, FakeMailer
from tests.support.mailroom import shipped

HOUR = timedelta(hours=1)
BOSS = "boss@halden.example"
MONDAY = date(2026, 11, 23)


@dataclass
class FakeWeeks:
    """The port `Weeks`."""

    calls: Calls
    days: set[date] = field(default_factory=set)

    def begun(self, week: date) -> bool:
        self.calls.touch("weeks.begun")
        return week in self.days

    def claim(self, week: date, *, now: datetime) -> bool:
        fresh = week not in self.days
        self.days.add(week)
        self.calls.touch("weeks.claim")
        return fresh


def bundle_of(when: WeeklyReport, *, zone: str = "Europe/Oslo") -> Bundle:
    bundle = shipped()
    brand = msgspec.structs.replace(bundle.brand, allow_list=(BOSS,))
    policy = replace(bundle.policy, report=when, home_zone=zone)
    return msgspec.structs.replace(bundle, brand=brand, policy=policy)


class Room:
    """The flow, and what it did."""

    def __init__(self, when: WeeklyReport, *, at: datetime, zone: str = "Europe/Oslo") -> None:
        self.calls, self.clock = Calls(), Clock(at)
        self.mailer, self.weeks = FakeMailer(self.calls), FakeWeeks(self.calls)
        self.asked: list[Asked] = []
        self.bundle: Bundle | None = bundle_of(when, zone=zone)

    def tick(self) -> Result:
        flow = Weekly(
            bundle=lambda: self.bundle,
            report=self._report,
            weeks=self.weeks,
            mailer=self.mailer,
            now=self.clock,
        )
        return flow.tick()

    def hours(self, count: int) -> list[datetime]:
        """After which ticks, one each hour, something had been mailed."""
        found = []
        for _ in range(count):
            if self.tick().mailed:
                found.append(self.clock())
            self.clock.forward(hours=1)
        return found

    def _report(self, asked: Asked) -> Report:
        self.calls.touch("report")
        self.asked.append(asked)
        return Report(asked=asked, at=self.clock(), mails={})


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_nobody_is_mailed_as_long_as_nobody_is_named_or_nothing_is_published() -> None:
    room = Room(WeeklyReport(), at=utc(2026, 11, 23))
    assert shipped().policy.report.to == ()
    assert room.hours(24 * 7) == []
    room = Room(WeeklyReport(to=(BOSS,)), at=utc(2026, 11, 23))
    room.bundle = None
    assert room.hours(24) == []


def test_it_is_mailed_in_its_hour_each_week_and_is_of_the_seven_days_before() -> None:
    room = Room(WeeklyReport(to=(BOSS,), hour=8), at=utc(2026, 11, 23, 0, 17))
    assert room.hours(24 * 14) == [utc(2026, 11, 23, 7, 17), utc(2026, 11, 30, 7, 17)]
    [first, second] = room.asked
    assert (first.first, first.last) == (date(2026, 11, 16), date(2026, 11, 22))
    assert second.first == MONDAY
    assert [mail.to for mail in room.mailer.accepted] == [BOSS, BOSS]


@pytest.mark.parametrize(
    ("begins", "zone", "hour", "mailed"),
    [
        # In March the clocks of Oslo leave 02:00 to 03:00 out: the hour after it.
        (utc(2026, 3, 28, 22, 17), "Europe/Oslo", 2, utc(2026, 3, 29, 1, 17)),
        # In October 02:00 comes twice: the first.
        (utc(2026, 10, 24, 22, 17), "Europe/Oslo", 2, utc(2026, 10, 25, 0, 17)),
        # In summer and winter at eight by the clock on the wall.
        (utc(2026, 10, 17, 22, 17), "Europe/Oslo", 8, utc(2026, 10, 18, 6, 17)),
        (utc(2026, 10, 31, 22, 17), "Europe/Oslo", 8, utc(2026, 11, 1, 7, 17)),
        # Clocks that leave half an hour out, and the last hour of the day.
        (utc(2026, 10, 3, 14, 17), "Australia/Lord_Howe", 2, utc(2026, 10, 3, 16, 17)),
        (utc(2026, 3, 28, 22, 17), "Europe/Oslo", 23, utc(2026, 3, 29, 21, 17)),
    ],
)
def test_over_a_change_of_the_clocks_it_is_mailed_once(
    begins: datetime, zone: str, hour: int, mailed: datetime
) -> None:
    sunday = WeeklyReport(to=(BOSS,), weekday=6, hour=hour)
    room = Room(sunday, at=begins, zone=zone)
    assert room.hours(26) == [mailed]


def test_killed_after_any_call_it_leaves_at_most_once() -> None:
    wish = WeeklyReport(to=(BOSS, "hr@halden.example"))
    at, doubled, lost = utc(2026, 11, 23, 7, 17), 0, 0
    whole = Room(wish, at=at)
    whole.bundle = _with(whole.bundle, "hr@halden.example")
    whole.tick()
    for dies_after in range(len(whole.calls.names)):
        room = Room(wish, at=at)
        room.bundle = _with(room.bundle, "hr@halden.example")
        room.calls.fail_after = dies_after
        with pytest.raises(CrashError):
            room.tick()
        room.calls.fail_after = None
        began = bool(room.weeks.days)
        room.tick()
        room.clock.forward(hours=1)
        room.tick()
        to = [mail.to for mail in room.mailer.accepted]
        doubled += len(to) - len({*to})
        # What dies before it claims its week loses nothing.
        lost += (not began) and len(to) < 2
    print(f"reports killed: {len(whole.calls.names)}, doubled: {doubled}, lost before: {lost}")
    assert (doubled, lost) == (0, 0)


def _with(bundle: Bundle | None, *more: str) -> Bundle:
    assert bundle is not None
    brand = msgspec.structs.replace(bundle.brand, allow_list=(*bundle.brand.allow_list, *more))
    return msgspec.structs.replace(bundle, brand=brand)


def test_what_ses_does_not_say_is_told_and_never_submitted_again() -> None:
    room = Room(WeeklyReport(to=(BOSS,)), at=utc(2026, 11, 23, 7, 17))
    room.mailer.answers = [Unknown(detail="timeout")]
    assert room.tick() == Result(week=MONDAY, mailed=0, unsure=1)
    assert room.tick() == Result()
    assert not room.mailer.accepted


def test_it_goes_to_nobody_else_and_then_to_none() -> None:
    room = Room(WeeklyReport(to=(BOSS, "boss@elsewhere.example")), at=utc(2026, 11, 23, 7, 17))
    with pytest.raises(NotTheirsError, match="1 of the addresses"):
        room.tick()
    assert not room.mailer.accepted
    assert not room.weeks.days
