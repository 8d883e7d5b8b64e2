"""How the times of a message are read."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rapport.domain.clocks import instant
from rapport.domain.wire import Message, Refusal, read_message

Moment = tuple[int, int, int, int, int, int, int]


def read(raw: Any, **rest: Any) -> Message:
    message = read_message(raw, **rest)
    assert isinstance(message, Message), message
    return message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T23:33:54Z", (2026, 11, 22, 23, 33, 54, 0)),
        ("2026-11-22T23:33:54.532Z", (2026, 11, 22, 23, 33, 54, 532000)),
        ("2026-11-22T23:33:54.532871Z", (2026, 11, 22, 23, 33, 54, 532000)),
        ("2026-11-22T23:33:54.532871999Z", (2026, 11, 22, 23, 33, 54, 532000)),
        ("2026-11-22T23:33:54.5Z", (2026, 11, 22, 23, 33, 54, 500000)),
        ("2026-11-22T23:33:54.732520+00:00", (2026, 11, 22, 23, 33, 54, 732000)),
        ("2026-11-22T23:33:54+05:30", (2026, 11, 22, 18, 3, 54, 0)),
        ("2026-11-22T23:33:54-0330", (2026, 11, 23, 3, 3, 54, 0)),
        ("2026-11-22T23:33:54+01", (2026, 11, 22, 22, 33, 54, 0)),
        ("2026-11-22T23:33:54.532", (2026, 11, 22, 23, 33, 54, 532000)),
        ("2026-11-22 23:33:54", (2026, 11, 22, 23, 33, 54, 0)),
        (" 2026-11-22T23:33z ", (2026, 11, 22, 23, 33, 0, 0)),
        ("2015-2-02T00:30:08.276Z", (2015, 2, 2, 0, 30, 8, 276000)),
        ("2026-11-22", (2026, 11, 22, 0, 0, 0, 0)),
        ("2099-01-01T00:00:00Z", (2099, 1, 1, 0, 0, 0, 0)),
    ],
)
def test_times_are_read_however_they_are_written(text: str, expected: Moment) -> None:
    assert instant(text) == datetime(*expected, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "now",
        "2026-02-30T00:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T23:59:60Z",
        "2026-11-22T23:33:54+99:99",
        "2026-11-22Z",
        "20261122T233354Z",
        "٢٠٢٦-11-22T23:33:54Z",
        "1795390433",
        1795390434,
        1795390434.7,
        True,
        {},
        [],
    ],
)
def test_what_is_no_time_refuses_the_message_rather_than_look_like_news(text: Any) -> None:
    assert instant(text) is None
    page = {"type": "page", "anonymousId": "a-1"}
    if text:
        assert read_message(page | {"timestamp": text}) is Refusal.BAD_TIMESTAMP
        good = {"timestamp": "2026-11-22T23:33:54Z", "originalTimestamp": text}
        assert read_message(page | good) is Refusal.BAD_TIMESTAMP
    assert read(page | {"sentAt": text}).sent_at is None


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "1969-12-31T23:59:59Z"]
)
def test_a_time_that_nobody_can_believe_is_kept_as_a_word_and_used_for_nothing(text: str) -> None:
    assert instant(text) is None
    message = read({"type": "page", "anonymousId": "a-1", "timestamp": text, "sentAt": text})
    assert (message.original_at, message.sent_at) == (None, None)
    assert message.unbelievable == text


def test_the_original_time_stands_before_the_timestamp_and_may_be_absent() -> None:
    page = {"type": "page", "anonymousId": "a-1", "timestamp": "2026-11-22T10:00:00Z"}
    assert read(page).original_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    page |= {"originalTimestamp": "2026-11-22T09:00:00Z"}
    assert read(page).original_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert read({"type": "page", "anonymousId": "a-1", "timestamp": None}).original_at is None


def test_a_message_was_sent_when_it_says_else_when_its_batch_says() -> None:
    page = {"type": "page", "anonymousId": "a-1"}
    assert read(page, batch_sent_at="2026-11-22T10:00:00Z").sent_at is not None
    own = read(page | {"sentAt": "2026-11-22T11:00:00Z"}, batch_sent_at="2026-11-22T10:00:00Z")
    assert own.sent_at == datetime(2026, 11, 22, 11, tzinfo=UTC)
