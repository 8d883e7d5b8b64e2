"""Memberships: on which static lists a candidate is, by the last word on each.

Whoever is put on a list or taken off it, by an operator, a form or an import, is so by an event.
Two words of one time: whoever is off the list is not mailed by it, so that one holds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rapport.domain import names
from rapport.domain.capping import capped
from rapport.domain.consents import Word, merge_words
from rapport.domain.event import Event, Trust
from rapport.domain.statements import section, text_of

MAX_LIST_CHARS: Final = 64
# Lists that somebody is on or ever was; beyond that a profile does not know all.
MOST: Final = 64


def memberships_of(event: Event) -> dict[str, Word]:
    """The word that an event is on a list; only what Rapport itself wrote down is one."""
    if event.type not in {names.LIST_JOINED, names.LIST_LEFT} or event.trust is not Trust.VERIFIED:
        return {}
    key = text_of(section(event.body, "properties"), "list")[:MAX_LIST_CHARS]
    return {key: Word(event.at, withdrawn=event.type == names.LIST_LEFT)} if key else {}


def joined_words(
    mine: Mapping[str, Word], theirs: Mapping[str, Word], *, overflow: bool
) -> tuple[dict[str, Word], bool]:
    """Per list the word that holds, of at most 64 lists; and whether there are more."""
    return capped(merge_words(mine, theirs), overflow=overflow, most=MOST)


def on_lists(words: Mapping[str, Word]) -> dict[str, datetime]:
    """The lists that somebody is on, and since when."""
    return {key: word.at for key, word in words.items() if not word.withdrawn}
