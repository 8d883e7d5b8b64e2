"""Words of titles, categories and headlines: what they mean, in any language that is listed.

A `Vocabulary` turns an editable table (meaning → words) into answers about texts. Phrases win over
single words. German and Norwegian write compounds: a word that begins or ends with a listed one of
at least five letters means what that one means (`Intensivkrankenpfleger`, `spesialsykepleier`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

LEVELS = ("student", "trainee", "junior", "experienced", "senior", "lead", "head")
_LETTERS = {"ø": "o", "æ": "ae", "đ": "d", "ł": "l"}
_SHORTEST_PART = 5
_LONGEST_PHRASE = 4
# Titles, towns and kinds of employment come again and again in a feed.
_KEPT = 4_096
_WORD = re.compile(r"[a-z0-9]+[+#]*")
# `(m/w/d)`, `(f/m/x)`, `(all genders)`: whom a title invites is no part of it.
_INVITED = re.compile(
    r"\((?:[a-z]{1,5}\s*[/|,]\s*)+[a-z*]{1,5}\)|\(all genders\)|\b[mwf]/[mwf]/[dx]\b"
)
# `Pfleger/in`, `Pfleger:innen`, `Pfleger*in`, `Pfleger(in)`: one word for everybody.
_EVERYBODY = re.compile(r"(?<=[a-z])(?:[/:*_]-?|\()in(?:nen)?\b\)?")
_PARTS = re.compile(r"[,;:|()–—]|\s-\s|\b(?:in|im|for|fur|bei|ved|pa|at|with|mit|med|til)\b")
_EITHER = re.compile(r"[/&+]|\b(?:and|or|und|oder|og|eller)\b")
_COMMON = frozenset(
    {
        *("a", "all", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have"),
        *("in", "is", "it", "its", "of", "on", "or", "our", "that", "the", "their", "they"),
        *("this", "to", "we", "who", "will", "with", "you", "your", "years", "year", "work"),
        *("working", "experience", "experienced", "job", "team", "new", "one", "two", "three"),
        *("und", "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "im"),
        *("mit", "fur", "von", "zu", "zur", "zum", "auf", "bei", "als", "am", "an", "wir", "sie"),
        *("ist", "sind", "oder", "auch", "nach", "uber", "jahre", "jahren", "erfahrung", "arbeit"),
        *("og", "i", "pa", "til", "av", "en", "et", "er", "som", "med", "vi", "du", "ved", "fra"),
        *("om", "det", "de", "ar", "arbeid", "erfaring", "eller", "har", "kan", "vil"),
    }
)


def plain(text: str) -> str:
    """Lower case without accents; `ø` becomes `o`, `ß` becomes `ss`."""
    lower = "".join(_LETTERS.get(char, char) for char in text.casefold())
    apart = unicodedata.normalize("NFKD", lower)
    return "".join(char for char in apart if not unicodedata.combining(char))


@lru_cache(maxsize=_KEPT)
def tidy(text: str) -> str:
    """`plain`, without the marks that say whom a title invites."""
    return _EVERYBODY.sub("", _INVITED.sub(" ", plain(text)))


def words(text: str) -> list[str]:
    """The words of a text in order, plain; `C++` and `C#` are words."""
    return _WORD.findall(tidy(text))


def telling(text: str) -> Iterator[str]:
    """The words that tell a text apart: no common ones, no single letters, no bare numbers."""
    return (w for w in words(text) if len(w) > 1 and w not in _COMMON and not w.isdigit())


class Vocabulary:
    """What words mean. `table`: meaning → its words and phrases; a meaning is a word of itself."""

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        single: dict[str, set[str]] = {}
        phrases: dict[tuple[str, ...], set[str]] = {}
        for meaning, aliases in table.items():
            for alias in (meaning, *aliases):
                parts = tuple(words(alias))
                if len(parts) == 1:
                    single.setdefault(parts[0], set()).add(meaning)
                elif parts:
                    phrases.setdefault(parts[:_LONGEST_PHRASE], set()).add(meaning)
        self._single = {word: frozenset(found) for word, found in single.items()}
        self._phrases = {phrase: frozenset(found) for phrase, found in phrases.items()}
        # The longest part of a compound tells most.
        parts_first = sorted(self._single, key=lambda word: (-len(word), word))
        self._parts = tuple(word for word in parts_first if len(word) >= _SHORTEST_PART)
        self._seen: dict[str, frozenset[str]] = {}
        # Per vocabulary, so that they go with it.
        self.within = lru_cache(maxsize=_KEPT)(self._within)
        self.head = lru_cache(maxsize=_KEPT)(self._head)

    def of_word(self, word: str) -> frozenset[str]:
        """What one plain word means; empty when nothing is listed."""
        found = self._seen.get(word)
        if found is None:
            found = self._single.get(word) or self._compound(word)
            self._seen[word] = found
        return found

    def _compound(self, word: str) -> frozenset[str]:
        if len(word) <= _SHORTEST_PART:
            return frozenset()
        # The end of a compound is what it is, its beginning what it is about.
        for part in self._parts:
            if word.endswith((part, f"{part}in", f"{part}innen", f"{part}e", f"{part}en")):
                return self._single[part]
        for part in self._parts:
            if word.startswith(part):
                return self._single[part]
        return frozenset()

    def _within(self, text: str) -> tuple[frozenset[str], ...]:
        """What is meant by each word or phrase of a text that is listed, in order."""
        tokens = words(text)
        found: list[frozenset[str]] = []
        at = 0
        while at < len(tokens):
            for length in range(min(_LONGEST_PHRASE, len(tokens) - at), 0, -1):
                if length > 1:
                    meant = self._phrases.get(tuple(tokens[at : at + length]), frozenset())
                else:
                    meant = self.of_word(tokens[at])
                if meant:
                    found.append(meant)
                    at += length - 1
                    break
            at += 1
        return tuple(found)

    def every(self, texts: Iterable[str]) -> frozenset[str]:
        """Everything that is meant anywhere in texts."""
        return frozenset(
            meaning for text in texts for each in self.within(text) for meaning in each
        )

    def _head(self, title: str) -> frozenset[str]:
        """What a title is the title of: the last listed word before a comma, `in`, `for` and such.

        `Medical Secretary, Laboratory` is a secretary; `Nurse / Midwife` is both.
        """
        for part in _PARTS.split(tidy(title)):
            heads = [self.within(each)[-1:] for each in _EITHER.split(part)]
            meant = frozenset(meaning for found in heads for each in found for meaning in each)
            if meant:
                return meant
        return frozenset()


def core(title: str, levels: Vocabulary) -> str:
    """A title without place, ward and level, by which the same job on two wards is recognised."""
    first = next((part for part in _PARTS.split(tidy(title)) if part.strip()), "")
    kept = [word for word in words(first) if not levels.of_word(word)]
    return " ".join(kept) or first.strip()


def level(text: str, levels: Vocabulary) -> int | None:
    """The level of seniority that a text tells, the highest of several; see `LEVELS`."""
    told = (LEVELS.index(m) for each in levels.within(text) for m in each if m in LEVELS)
    return max(told, default=None)
