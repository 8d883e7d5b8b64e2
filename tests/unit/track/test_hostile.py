"""Whatever is sent, the answer is ours: never a 5xx, and the good messages beside it are stored."""

import json
from typing import Any

import pytest

from bench import corpus
from bench.corpus import Hostile
from bench.stub import WRITE_KEY
from functions.track import handler
from rapport.domain.event import Trust
from rapport.door import WriteKey
from tests.support.door import Door
from tests.support.hostile import hostile_requests

CASES = hostile_requests()


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    made = Door()
    key = WriteKey(key=WRITE_KEY, source="site", brand="halden", trust=Trust.ASSERTED)
    made.book.write_keys[WRITE_KEY] = key
    monkeypatch.setattr(handler, "_track", lambda: made.track)
    return made


def sent(event: dict[str, Any]) -> tuple[int, str]:
    answer = handler.lambda_handler(event, None)
    return answer["statusCode"], answer["body"]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_hostile_request_is_answered_and_costs_its_neighbours_nothing(
    door: Door, case: Hostile
) -> None:
    status, body = sent(case.event)
    assert status < 500
    if "query" not in case.name:  # which asks for an image
        assert json.loads(body)["success"] is (status == 200)
    if case.storable == corpus.ORDINARY_BATCH:
        assert status == 200
        assert len(door.events) >= corpus.ORDINARY_BATCH - 1


def test_the_corpus_can_tell_a_fault(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "_track", lambda: None)
    assert sent(corpus.ordinary())[0] == 500
