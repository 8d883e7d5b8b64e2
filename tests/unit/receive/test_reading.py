"""What is read in answers as mail programs write them, and that no message can do harm."""

import time

import pytest

from functions.receive.reading import MAX_TEXT_BYTES, Kind, read
from functions.receive.text import own_words
from rapport.domain.mailboxes import found_in
from rapport.domain.tokens import Purpose
from tests.support.mailbox.shapes import DOMAIN, KEY, RING, TO, Shape, mime, shapes

SHAPES = shapes()


def fault(shape: Shape) -> str:
    """What was read wrongly in a message, or an empty string."""
    reading = read(shape.raw)
    whose = [found_in(RING, each, DOMAIN) for each in reading.addresses]
    if reading.kind is not shape.kind:
        return f"{shape.name}: taken for {reading.kind.value}"
    if ((Purpose.REPLY, KEY) in whose) is not shape.addressed:
        return f"{shape.name}: not known whose it is"
    if shape.kind is Kind.REPLY and reading.text != shape.words:
        return f"{shape.name}: the words are {reading.text!r}"
    if shape.kind is Kind.REPLY and reading.attachments != shape.attachments:
        return f"{shape.name}: {reading.attachments} attachments"
    return ""


def test_messages_of_mail_programs_are_read_as_a_person_would_read_them() -> None:
    faults = [found for found in map(fault, SHAPES) if found]
    print(f"messages read {len(SHAPES) - len(faults)}/{len(SHAPES)}")
    assert len(SHAPES) >= 40
    assert not faults, "\n".join(faults)


HOSTILE = {
    "one long line": "On " + "x " * 32_000,
    "empty lines": "\n" * 64_000,
    "quotes in quotes": "> " * 32_000,
    "headers": "From: a\n" * 8_000,
    "headers in quotes": "> > > > From: x\n" * 4_000,
    "introductions": "On a\n" * 12_000,
    "underscores": "_" * 64_000,
    "closings": "viele liebe " * 5_000,
    "open tags": "<div class=x>" * 5_000,
    "open quotes": "<blockquote>" * 5_000,
    "entities": "&#x" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_message_takes_long_to_read(name: str) -> None:
    for kind in ("text/plain", "text/html"):
        began = time.process_time()
        read(mime(HOSTILE[name], kind=f"{kind}; charset=utf-8"))
        assert time.process_time() - began < 1


def test_headers_without_end_cost_nothing_either() -> None:
    many = "\n".join(f"Received: by mx for <r+{n:058d}@{DOMAIN}>" for n in range(5_000))
    began = time.process_time()
    reading = read(mime("Hello", headers=many))
    assert time.process_time() - began < 1
    assert len(reading.addresses) < 100


@pytest.mark.parametrize(
    "raw", [b"", b"\x00" * 1000, b"\xff\xfe" * 500, b":\r\n\r\n", b"Subject: " * 99]
)
def test_what_is_no_message_is_read_as_one_that_is_nobodys(raw: bytes) -> None:
    assert read(raw).addresses == ()


def test_of_a_long_text_sixteen_kilobytes_are_kept_and_no_letter_is_cut_in_two() -> None:
    text = read(mime("ø" * 40_000)).text
    assert len(text.encode()) <= MAX_TEXT_BYTES
    assert set(text) == {"ø"}


def test_what_ses_calls_a_virus_or_spam_is_told_and_only_its_own_word_counts() -> None:
    for what in ("Spam", "Virus"):
        forged = f"X-SES-{what}-Verdict: PASS"
        raw = mime("x", received=f"X-SES-{what}-Verdict: FAIL\r\n", headers=forged)
        assert read(raw).unsafe
    assert not read(mime("x")).unsafe


def test_a_subject_that_only_speaks_of_being_away_is_a_persons() -> None:
    for subject in ("Re: Out of office hours", "Re: Autosvar", "My absence", "Urlaub im Mai"):
        assert read(mime("x", headers=f"Subject: {subject}")).kind is Kind.REPLY


def test_words_are_kept_when_nothing_says_that_they_are_a_quote() -> None:
    for words in (
        "From Monday on I am free.",
        "On Monday.",
        "Best, I think, is Tuesday.",
        "To: do",
    ):
        assert own_words(words) == words
    assert TO.partition("@")[0].isascii()
