"""How fast mails may leave."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.pace import LATEST_S, LEAST, ON_THE_WAY, delay_s, pace_of, part_now, slower
from rapport.domain.rate import Spent, spend
from tests.support.depth import rounds

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("per_second", [14, 50])
def test_no_second_has_more_mails_than_ses_takes_and_most_seconds_nearly_as_many(
    per_second: int,
) -> None:
    random, until, left = Random(1), None, []
    for step in range(20 * per_second):
        now = NOON + step * SECOND / (2 * per_second)
        pace = pace_of(per_second, None, now, waited_for=random.random() < 0.5)
        found = spend(until, 1, pace.bucket, now)
        if isinstance(found, Spent):
            until = found.until
            left.append(now + pace.wait(until, now))
    busiest = max(sum(at <= each < at + SECOND for each in left[n:]) for n, at in enumerate(left))
    assert busiest <= per_second
    assert len(left) >= 0.78 * per_second * 10


def test_what_somebody_waits_for_has_a_turn_while_marketing_has_none() -> None:
    marketing = pace_of(14, None, NOON, waited_for=False)
    until = NOON + marketing.bucket.span
    assert not isinstance(spend(until, 1, marketing.bucket, NOON), Spent)
    awaited = pace_of(14, None, NOON, waited_for=True)
    found = spend(until, 1, awaited.bucket, NOON)
    assert isinstance(found, Spent)
    assert SECOND / 2 < awaited.wait(found.until, NOON) < 1.2 * SECOND


def test_a_refusal_halves_the_pace_and_a_tenth_of_it_comes_back_every_minute() -> None:
    slowed = slower(None, NOON)
    assert slowed is not None
    minutes = [part_now(slowed, NOON + timedelta(minutes=n)) for n in (0, 1, 3, 5, 60)]
    assert minutes == pytest.approx([0.5, 0.6, 0.8, 1.0, 1.0])
    again = slower(slowed, NOON + timedelta(minutes=1))
    assert again is not None
    assert again.part == pytest.approx(0.3)


def test_refusals_of_one_moment_halve_the_pace_once_and_it_never_stands_still() -> None:
    slowed = slower(None, NOON)
    assert slower(slowed, NOON + ON_THE_WAY / 2) is None
    for n in range(1, 20):
        slowed = slower(slowed, NOON + n * ON_THE_WAY)
    assert slowed is not None
    assert slowed.part == LEAST


@settings(max_examples=rounds(50))
@given(st.integers(-10, 100_000), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_whoever_waits_asks_again_within_a_minute_and_within_twice_its_wait(
    waited: int, chance: float
) -> None:
    seconds = delay_s(timedelta(seconds=waited), chance)
    assert 1 <= seconds <= min(LATEST_S, max(2, waited))
