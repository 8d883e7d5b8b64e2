"""Words of a person in every spelling in which a store may hold them, to look for them there.

Looked for are: the word as it is, in lower and upper case, escaped for URLs and for JSON, in base64
at each of the three places of a group where it can begin, and its unkeyed hashes, which anybody who
has a list of addresses can turn back. A word of fewer than `SHORTEST` characters says nothing about
anybody by itself, and is found all over: it is not looked for.
"""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from functools import cached_property
from hashlib import md5, sha1, sha256
from urllib.parse import quote, quote_plus

SHORTEST = 6
_GROUP = 3


class Needles:
    """What is looked for, and whether it is there.

    `words` are one person's alone: identifiers. `names` are those of namesakes too: where they are
    found says nothing by itself, but where nobody's name may stand.
    """

    def __init__(self, words: Iterable[str], names: Iterable[str] = ()) -> None:
        """Look for these, those that are long enough; `exact` are all of the words."""
        self.exact = frozenset(word.strip() for word in words) - {""}
        self.words = tuple(sorted(word for word in self.exact if len(word) >= SHORTEST))
        long = {name.strip() for name in names if len(name.strip()) >= SHORTEST}
        self.names = tuple(sorted(long - self.exact))

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.words or self.names)

    @cached_property
    def spelled(self) -> frozenset[bytes]:
        """All spellings of all words."""
        return frozenset(each for word in self.words for each in spellings(word))

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return _any_of(self.spelled)

    @cached_property
    def _named(self) -> re.Pattern[bytes]:
        return _any_of(each for name in self.names for each in spellings(name))

    def found_in(self, content: bytes) -> bool:
        """Whether any spelling of any word stands in the bytes, in whatever case."""
        if not self.words:
            return False
        return bool(self._pattern.search(content) or self._pattern.search(content.lower()))

    def named_in(self, content: bytes) -> bool:
        """Whether any spelling of any name does; a namesake's is found too."""
        if not self.names:
            return False
        return bool(self._named.search(content) or self._named.search(content.lower()))


def _any_of(spelled: Iterable[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, sorted(spelled, key=len, reverse=True))))


def spellings(word: str) -> frozenset[bytes]:
    """The spellings of one word."""
    plain = {word, word.lower(), word.upper()}
    texts = set(plain)
    for each in plain:
        texts |= {quote(each), quote(each, safe=""), quote_plus(each)}
        texts |= {json.dumps(each)[1:-1], json.dumps(each, ensure_ascii=False)[1:-1]}
    texts |= {each.lower() for each in texts}
    found = {each.encode() for each in texts}
    for each in plain:
        found |= _hashes(each.encode()) | _in_base64(each.encode())
    return frozenset(found)


def _hashes(word: bytes) -> set[bytes]:
    digests = (
        sha256(word),
        sha1(word, usedforsecurity=False),
        md5(word, usedforsecurity=False),
    )
    return {digest.hexdigest().encode() for digest in digests}


def _in_base64(word: bytes) -> set[bytes]:
    """What of the word's base64 does not depend on what stands before and behind it."""
    found = set()
    for before in range(_GROUP):
        # The first characters carry bits of what stands before, the last ones of what follows.
        skip = (before * 8 + 5) // 6
        whole = (before + len(word)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            found.add(encode(bytes(before) + word)[skip:whole])
    return found
