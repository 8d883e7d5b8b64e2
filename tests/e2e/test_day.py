"""The demo day, by two unmodified SDKs through the public endpoints.

It compares totals, so it comes first, while the stack is fresh: suites run in order of file names.
"""

from local import run
from local.progress import Teller
from tests.e2e.conftest import Live


def test_the_demo_day_comes_to_what_it_must(live: Live) -> None:
    fell_short = run.play(live.place, live.described, Teller())
    assert not fell_short
