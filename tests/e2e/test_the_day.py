"""The demo day, by two unmodified SDKs through the public endpoints."""

from local import run
from local.progress import Teller
from tests.e2e.conftest import Live


def test_the_demo_day_comes_to_what_it_must(live: Live) -> None:
    teller = Teller()
    fell_short = run.play(live.place, live.described, teller)
    assert not fell_short
