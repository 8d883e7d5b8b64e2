"""Clocks say anything; an event still happens at a time that can be, and never in the future."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.event import LONGEST_WAIT, corrected_time, from_millis, millis

TOLERANCE = timedelta(seconds=30)
wild = st.datetimes(timezones=st.just(UTC))
ours = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2199, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.just(UTC),
)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def corrected(original: datetime | None, sent: datetime | None, received: datetime) -> datetime:
    return corrected_time(
        original_at=original, sent_at=sent, received_at=received, tolerance=TOLERANCE
    )


@given(original=wild | st.none(), sent=wild | st.none(), received=ours)
def test_a_time_is_as_told_or_within_the_longest_wait_before_its_receipt(
    original: datetime | None, sent: datetime | None, received: datetime
) -> None:
    at = corrected(original, sent, received)
    assert at <= received
    assert at == original or at >= received - LONGEST_WAIT
    assert from_millis(millis(at)) <= at


@given(
    wrong=st.timedeltas(timedelta(days=-15_000), timedelta(days=15_000)),
    waited=st.integers(0, 86_400),
)
def test_a_clock_may_be_wrong_by_any_time(wrong: timedelta, waited: int) -> None:
    left = NOW + wrong
    at = corrected(left - timedelta(seconds=waited), left, NOW)
    if abs(wrong) > TOLERANCE:
        assert at == NOW - timedelta(seconds=waited)


def test_a_wait_of_centuries_corrects_nothing() -> None:
    first = datetime(1970, 1, 1, tzinfo=UTC)
    assert corrected(first, datetime(2199, 12, 31, tzinfo=UTC), NOW) == first
    assert corrected(datetime(2199, 12, 31, tzinfo=UTC), first, NOW) == NOW
    assert corrected(NOW - timedelta(days=9), first, NOW) == NOW - timedelta(days=9)
