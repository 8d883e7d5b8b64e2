"""Forty spellings of one employer → one name: told in the report, and never in silence.

Two writings are one if they are the same but for case, signs and the form of the company; or but
for a slip of the hand, where both are long enough that a slip is likelier than another company. The
writing that most rows have is the name. What somebody wrote into the mapping holds before all.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from jellyfish import damerau_levenshtein_distance

MAX_SPELLINGS = 5_000
# Shorter names that differ by a letter are mostly two companies'.
_SURE_CHARS = 8
_FORMS = frozenset(
    """
    ab ag and aps as asa bv co company corp corporation eg gmbh group gruppen holding inc kg limited
    llc llp ltd nv og oy oyj plc sa sarl sas se spa srl the und
    """.split()  # noqa: SIM905  (a word a line would be a page)
)
_WORD = re.compile(r"[^\W_]+")


def key_of(name: str) -> str:
    """What two writings of one name share: letters and digits, without the form of a company."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    # `A/S` and `A.S.` are one word of the form.
    words = _WORD.findall(re.sub(r"\b(\w)[./](?=\w\b)", r"\1", plain.replace("\u0301", "")))
    kept = [word for word in words if word not in _FORMS]
    return "".join(kept or words)


def united(counted: Mapping[str, int], aliases: Mapping[str, str]) -> dict[str, str]:
    """Writing → name, for those that get another name than their own."""
    by_key: dict[str, Counter[str]] = {}
    for name, count in counted.items():
        by_key.setdefault(key_of(name), Counter())[name] = count
    order = sorted(by_key, key=lambda key: (-by_key[key].total(), key))
    heads: dict[str, str] = {}
    near: dict[tuple[str, int], list[str]] = {}
    for key in order:
        head = next((each for each in _close(key, near) if _slip(key, each)), key)
        heads[key] = head
        if head == key and len(key) >= _SURE_CHARS:
            near.setdefault((key[0], len(key)), []).append(key)
    names = {key: by_key[key].most_common(1)[0][0] for key in order}
    told = {key_of(spelling): name for spelling, name in aliases.items()}
    found = {
        name: told.get(key) or told.get(heads[key]) or names[heads[key]]
        for key, spellings in by_key.items()
        for name in spellings
    }
    return {name: to for name, to in sorted(found.items()) if name != to}


def _close(key: str, near: Mapping[tuple[str, int], list[str]]) -> list[str]:
    """The keys that a slip could have come from: of the same first letter and nearly as long."""
    if len(key) < _SURE_CHARS:
        return []
    return [each for n in (-1, 0, 1) for each in near.get((key[0], len(key) + n), ())]


def _slip(key: str, other: str) -> bool:
    return damerau_levenshtein_distance(key, other) <= 1
