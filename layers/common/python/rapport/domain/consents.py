"""Consents as a profile tells them: the last word on each topic, as the log has it.

Whether a mail may go out is for the address in `book` to say. This is the person's side of it: of
all their addresses the last word, and a withdrawal on a tie. A withdrawal from all marketing is a
word on every topic that was granted before.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, cast

from rapport.domain import names
from rapport.domain.address import SCOPE_MARKETING, ConsentStatus
from rapport.domain.event import Event, Json, Trust, from_millis, millis
from rapport.domain.statements import section, text_of

MAX_TOPIC_CHARS = 64


class Word(NamedTuple):
    """Yes or no, and when it was received. The greater of two is the one that holds."""

    at: datetime
    withdrawn: bool

    @property
    def status(self) -> ConsentStatus:
        """The word as an address has it."""
        return ConsentStatus.WITHDRAWN if self.withdrawn else ConsentStatus.GRANTED


def words_of(event: Event) -> dict[str, Word]:
    """The word that an event is, by topic; only what Rapport itself wrote down is one."""
    if event.trust is not Trust.VERIFIED:
        return {}
    properties = section(event.body, "properties")
    if event.type in {names.ADDRESS_CONFIRMED, names.CONSENT_GRANTED}:
        topic = text_of(properties, "topic")[:MAX_TOPIC_CHARS]
        return {topic: Word(event.received_at, withdrawn=False)} if topic else {}
    if event.type == names.UNSUBSCRIBED:
        topic = text_of(properties, "scope")[:MAX_TOPIC_CHARS] or SCOPE_MARKETING
        return {topic: Word(event.received_at, withdrawn=True)}
    return {}


def merge_words(mine: Mapping[str, Word], theirs: Mapping[str, Word]) -> dict[str, Word]:
    """Per topic the word that holds."""
    merged = dict(mine)
    for topic, word in theirs.items():
        merged[topic] = max(word, merged.get(topic, word))
    return merged


def holding(words: Mapping[str, Word]) -> dict[str, Word]:
    """Per topic the word that holds when a withdrawal from all of them is one on each."""
    wide = words.get(SCOPE_MARKETING)
    if wide is None or not wide.withdrawn:
        return dict(words)
    return {topic: max(word, wide) for topic, word in words.items()}


def words_to_json(words: Mapping[str, Word]) -> dict[str, Json]:
    """Per topic `[yes or no as 1 or 0, ms]`."""
    return {topic: [int(not word.withdrawn), millis(word.at)] for topic, word in words.items()}


def words_from_json(raw: Json) -> dict[str, Word]:
    """The inverse of `words_to_json`."""
    told = cast("dict[str, tuple[int, int]]", raw)
    return {t: Word(from_millis(at), withdrawn=not yes) for t, (yes, at) in told.items()}
