"""Which write keys open the door, and how long they are remembered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.track.keys import REMEMBER
from functions.track.problems import KEYS_DISAGREE, NO_KEY, UNKNOWN_KEY
from tests.support.door import BROWSER, NOON, Door, page
from tests.support.gateway import posted


@pytest.mark.parametrize(
    ("header", "body", "problem"),
    [
        (None, None, NO_KEY),
        ("", "", NO_KEY),
        ("nobody", None, UNKNOWN_KEY),
        (None, "nobody", UNKNOWN_KEY),
        ("old", None, UNKNOWN_KEY),
        ("wk", "sk", KEYS_DISAGREE),
        ("wk", "nobody", KEYS_DISAGREE),
        ("wk", "wk", None),
        ("wk", None, None),
        (None, "wk", None),
    ],
)
def test_only_one_known_key_opens_the_door(
    header: str | None, body: str | None, problem: object
) -> None:
    door = Door()
    outcome = door.receive(posted("/v1/page", page(writeKey=body), key=header))
    assert outcome.problem == problem
    assert len(door.events) == (problem is None)
    if outcome.problem is not None:
        assert outcome.problem.status == 401


def test_a_known_key_is_read_once_a_minute_and_its_revocation_then_holds() -> None:
    door = Door()
    for _ in range(3):
        door.batch(page())
    assert door.book.calls.count("book.write_key") == 1
    door.book.write_keys["wk"] = replace(BROWSER, enabled=False)
    door.clock.moment = NOON + REMEMBER - timedelta(milliseconds=1)
    assert door.batch(page()).problem is None
    door.clock.moment = NOON + REMEMBER
    assert door.batch(page()).problem == UNKNOWN_KEY
    del door.book.write_keys["wk"]
    door.clock.forward(seconds=60)
    assert door.batch(page()).problem == UNKNOWN_KEY


def test_a_key_just_published_works_at_once() -> None:
    door = Door()
    assert door.batch(page(), key="new").problem == UNKNOWN_KEY
    door.book.write_keys["new"] = replace(BROWSER, key="new")
    assert door.batch(page(), key="new").accepted == 1
