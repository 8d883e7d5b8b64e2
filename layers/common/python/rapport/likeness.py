"""Likeness: whether two names can be one person's, and two short texts one but for a slip.

`alike` is a veto, not a proof. It holds for whatever one person may go by: another case, order,
spelling or script, initials, nicknames, a name more or less, a slip of the hand. It does not hold
for names that are clearly two people's; so a brother and a sister on one mailbox stay two.

1. What is no name is taken out: titles, particles, what forms send when a field was empty.
2. Nothing left on one side, or the two in scripts that are not compared: alike.
3. Every part of the shorter name has a part of the longer that agrees with it: alike.
4. Else, if both have three parts or more: what stands first must agree, and a family name. So a
   person may have another second name, or have kept one of two family names.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from rapport.personal_names import (
    MAX_NAME_CHARS,
    REMEMBERED,
    parsed,
    short_forms,
    spelled,
)

# Written in front of a name, or left out.
_PREFIXES = frozenset(
    {
        "al",
        "el",
        "de",
        "di",
        "da",
        "du",
        "la",
        "le",
        "van",
        "vanden",
        "vander",
        "von",
        "mac",
        "mc",
        "o",
    }
)
_ENDS_OF_HE_AND_SHE = re.compile(r"/(in)?[ae]|/s|a/(o|os|us|i)|e/o|er/ra")
_NUMBER = re.compile(r"\d+")
# Of parts, in letters: up to `SHORT` only sound may differ; from `LONG` on two slips are forgiven,
# from `VERY_LONG` on three.
SHORT = 3
LONG = 8
VERY_LONG = 13
SLIPS_OF_KNOWN = 3
CLOSE = 0.8


def alike(a: str, b: str) -> bool:
    """Whether two full names can be one person's; total on any text, the same both ways."""
    one, other = sorted((a[:MAX_NAME_CHARS], b[:MAX_NAME_CHARS]))
    return one == other or _alike(one, other)


def parts_of(name: str) -> tuple[str, ...]:
    """The parts of a name as they are compared: folded, given name first where that is told."""
    return parsed(name[:MAX_NAME_CHARS]).parts


def same_part(one: str, other: str) -> bool:
    """Whether two parts, as `parts_of` gives them, are one and the same name."""
    return _near(*sorted((one, other)), given=True)


def agree(one: str, other: str) -> bool:
    """Whether two short texts, as `plain` gives them, are one but for slips; numbers must be."""
    import jellyfish

    mine, theirs = one.replace(" ", ""), other.replace(" ", "")
    if mine == theirs:
        return True
    if _NUMBER.findall(one) != _NUMBER.findall(other):
        return False
    slips = jellyfish.damerau_levenshtein_distance(mine, theirs)
    return slips <= max(len(mine), len(theirs)) // LONG


@lru_cache(maxsize=REMEMBERED)
def _alike(a: str, b: str) -> bool:
    one, other = parsed(a), parsed(b)
    if one.generation and other.generation and one.generation != other.generation:
        return False
    mine, theirs = _comparable(one.parts, other.parts)
    if not mine or not theirs:
        return True
    if not _is_latin(mine[0]):
        return _alike_elsewhere(mine, theirs)
    mine, theirs = _together(mine, theirs), _together(theirs, mine)
    if len(mine) > len(theirs):
        mine, theirs = theirs, mine
    agreeing = _agreeing(mine, theirs)
    if agreeing == len(mine):
        return True
    return (
        len(mine) > 2  # noqa: PLR2004  (a given and a family name are not enough to spare one)
        and _near(*sorted((mine[0], theirs[0])), given=True)
        and _share_a_family(mine, theirs, one.given | other.given)
    )


def _share_a_family(mine: tuple[str, ...], theirs: tuple[str, ...], given: frozenset[str]) -> bool:
    """Whether a name besides the first agrees that stands last in one, or is no given name."""
    known = short_forms()
    return any(
        len(one) > 1
        and len(other) > 1
        and one not in given
        and (one == mine[-1] or other == theirs[-1] or one not in known)
        and _near(*sorted((one, other)), given=False)
        for one in mine[1:]
        for other in theirs[1:]
    )


def _alike_elsewhere(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Scripts that are compared as they are: whatever the order, one name has all of the other."""
    short, long = sorted(("".join(mine), "".join(theirs)), key=len)
    return not Counter(short) - Counter(long)


def _comparable(
    one: tuple[str, ...], other: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parts of both that are in one script, Latin before others."""
    for latin in (True, False):
        mine = tuple(w for w in one if _is_latin(w) is latin)
        theirs = tuple(w for w in other if _is_latin(w) is latin)
        if mine and theirs and (latin or _script(mine[0]) == _script(theirs[0])):
            return mine, theirs
    return (), ()


def _is_latin(word: str) -> bool:
    return word.isascii()


def _script(word: str) -> str:
    return unicodedata.name(word[0], "").partition(" ")[0]


def _together(mine: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    """My parts, two that the other side writes as one word joined: Anne Marie, Mc Donald."""
    joined: list[str] = []
    for word in mine:
        both = spelled(joined[-1] + word) if joined else ""
        if both in theirs and both:
            joined[-1] = both
        else:
            joined.append(word)
    return tuple(joined)


def _agreeing(mine: tuple[str, ...], theirs: tuple[str, ...]) -> int:
    """How many of my parts can each be told as another one of theirs."""
    taken: dict[int, int] = {}

    def place(i: int, tried: set[int]) -> bool:
        for j, word in enumerate(theirs):
            if j in tried or not _near(*sorted((mine[i], word)), given=not (i and j)):
                continue
            tried.add(j)
            if j not in taken or place(taken[j], tried):
                taken[j] = i
                return True
        return False

    return sum(place(i, set()) for i in range(len(mine)))


@lru_cache(maxsize=REMEMBERED)
def _near(one: str, other: str, *, given: bool) -> bool:
    """Whether two parts can be one name; in order. `given`: one of them stands first."""
    if one == other:
        return True
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    names = short_forms()
    if other in names.get(one, ()):
        return True
    known = one in names and other in names
    if (given or known) and _he_and_she(one, other):
        return False
    return _misspelled(one, other, known=known and given)


def _misspelled(one: str, other: str, *, known: bool) -> bool:
    """Whether one is a slip or a shortening of the other; two known names rarely are."""
    import jellyfish

    short, long = sorted((one, other), key=len)
    if _shortened(short, long):
        # Jan is not short for Janet.
        return not known or len(short) < SHORT
    sounds_equal = jellyfish.metaphone(one) == jellyfish.metaphone(other)
    if len(short) <= SHORT:
        # Tim and Tom are two; Jon and John are one.
        return len(short) == SHORT and len(long) > SHORT and sounds_equal and one[0] == other[0]
    slips = jellyfish.damerau_levenshtein_distance(one, other)
    if known:
        return sounds_equal and slips <= SLIPS_OF_KNOWN
    if slips <= 1 + (len(long) >= LONG) + (len(long) >= VERY_LONG):
        return True
    return sounds_equal and jellyfish.jaro_winkler_similarity(one, other) >= CLOSE


def _shortened(short: str, long: str) -> bool:
    """Whether one is the beginning of the other, or lacks what is written in front of it."""
    return long.startswith(short) or (
        len(short) > SHORT and long.endswith(short) and long.removesuffix(short) in _PREFIXES
    )


def _he_and_she(one: str, other: str) -> bool:
    """Paul and Paula, Mario and Maria, Andrea and Andreas, Alexander and Alexandra."""
    stem = 0
    while stem < min(len(one), len(other)) and one[stem] == other[stem]:
        stem += 1
    ends = "/".join(sorted((one[stem:], other[stem:])))
    return stem >= SHORT and _ENDS_OF_HE_AND_SHE.fullmatch(ends) is not None
