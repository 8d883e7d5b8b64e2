"""A token bucket that is one instant."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.rate import Empty, Rate, Spent, spend

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEN = Rate(per_second=2, burst=10)


def test_a_full_bucket_hands_out_its_burst_and_then_as_much_as_comes_back() -> None:
    until: datetime | None = None
    for _ in range(10):
        found = spend(until, 1, TEN, NOON)
        assert isinstance(found, Spent)
        until = found.until
    assert spend(until, 1, TEN, NOON) == Empty(wait=timedelta(seconds=0.5), left=0)
    assert spend(until, 4, TEN, NOON) == Empty(wait=timedelta(seconds=2), left=0)
    later = NOON + timedelta(seconds=2)
    assert isinstance(spend(until, 4, TEN, later), Spent)
    assert spend(until, 5, TEN, later) == Empty(wait=timedelta(seconds=0.5), left=4)


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    long_ago = NOON - timedelta(days=1)
    full = spend(long_ago, 10, TEN, NOON)
    assert full == spend(None, 10, TEN, NOON) == Spent(until=NOON + TEN.span)


def test_more_than_a_full_bucket_holds_takes_all_of_it() -> None:
    assert spend(None, 2_500, TEN, NOON) == Spent(until=NOON + TEN.span)


@given(
    asks=st.lists(
        st.tuples(st.floats(0, 5, allow_nan=False), st.integers(1, 25)), min_size=1, max_size=60
    ),
    per_second=st.floats(0.1, 500),
    burst=st.integers(1, 1_000),
)
def test_nobody_gets_more_than_the_burst_and_what_came_back(
    asks: list[tuple[float, int]], per_second: float, burst: int
) -> None:
    rate, now, until, got = Rate(per_second=per_second, burst=burst), NOON, None, 0
    for pause, tokens in asks:
        now += timedelta(seconds=pause)
        found = spend(until, tokens, rate, now)
        if isinstance(found, Spent):
            until, got = found.until, got + min(tokens, burst)
        elapsed = (now - NOON).total_seconds()
        assert got <= burst + per_second * elapsed * (1 + 1e-3) + 1
