"""Résumés: how much two are one text, told by signatures; nothing can be read from one."""

import re
import unicodedata
from hashlib import blake2b

SIGNATURE_BINS = 64
MIN_SHINGLES = 24
MAX_TEXT_CHARS = 65_536
_SHINGLE_WORDS = 3
_WORD = re.compile(r"[^\W\d_]+")


def signature(text: str) -> str:
    """128 hex characters that tell how much two texts share; empty for too short a text.

    A MinHash of its runs of three words, in one permutation of 64 bins, a byte each. What it was
    made of cannot be read from it.
    """
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:MAX_TEXT_CHARS]).casefold())
    runs = {" ".join(words[i : i + _SHINGLE_WORDS]) for i in range(len(words) - 2)}
    if len(runs) < MIN_SHINGLES:
        return ""
    least: dict[int, int] = {}
    for run in runs:
        value = int.from_bytes(blake2b(run.encode(errors="replace"), digest_size=8).digest(), "big")
        place, value = value % SIGNATURE_BINS, value // SIGNATURE_BINS
        least[place] = min(value, least.get(place, value))
    return bytes(_bin(least, place) for place in range(SIGNATURE_BINS)).hex()


def _bin(least: dict[int, int], place: int) -> int:
    """The byte of a bin; an empty one borrows from the next that is not."""
    for step in range(SIGNATURE_BINS):
        found = least.get((place + step) % SIGNATURE_BINS)
        if found is not None:
            return (found + step * 0x9E3779B1) % 251
    return 0


def similarity(one: str, other: str) -> float:
    """How much of two texts is common, 0 to 1, as their signatures tell; 0 if one has none."""
    if len(one) != 2 * SIGNATURE_BINS or len(other) != len(one):
        return 0.0
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    equal = sum(a == b for a, b in pairs) / SIGNATURE_BINS
    return max(0.0, (equal - 1 / 251) / (1 - 1 / 251))
