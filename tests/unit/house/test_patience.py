"""A profile that is behind for a moment is waited for; one that stays behind is told of."""

from collections.abc import Callable

import pytest

from rapport.errors import BehindError, RetryableError
from rapport.profiles import PAUSES_S, patiently


def work(behind: int, error: type[Exception] = BehindError) -> Callable[[], str]:
    """Work that fails so many times first."""
    left = [behind]

    def once() -> str:
        if left[0]:
            left[0] -= 1
            msg = "behind"
            raise error(msg)
        return "done"

    return once


def test_what_is_behind_for_a_moment_is_done_after_it() -> None:
    pauses: list[float] = []
    assert patiently(work(3), pauses.append) == "done"
    assert pauses == list(PAUSES_S[:3])


def test_what_stays_behind_is_given_back_within_four_seconds() -> None:
    pauses: list[float] = []
    with pytest.raises(BehindError):
        patiently(work(99), pauses.append)
    assert sum(pauses) == sum(PAUSES_S) < 4


def test_no_other_trouble_is_waited_for() -> None:
    pauses: list[float] = []
    with pytest.raises(RetryableError):
        patiently(work(1, RetryableError), pauses.append)
    assert not pauses
