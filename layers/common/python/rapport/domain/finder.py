"""The finder row: of one known person what segments ask for most, in at most 208 bytes.

A row is a function of the profile alone. `known_of` is all that it could tell, whole; `packed` is
what fits. Words (topics, lists, stages, jobs …) stand in it as 32 bits of their SHA-256, each
set in order of the hash; of what does not fit the row says that there is more, and then the view
has to be asked.

A row is written when it changes, and nearly every visit would change a day. So times stand in it as
periods of four weeks (day number // 28): whether something was within 30 days it often can tell,
and how often it can when the answer is never.

Bytes, big-endian
    1   version
    2   flags: whom the person is to mail and to the ATS, and which sets tell less than there is
    2   country (ISO 3166 alpha-2), 3 language, both padded with zeros
    2   UTC day of the first activity; 0: none
    2   period of their last activity, 2 of when the score has run out, 2 of the last thing that
        happened at all; 0: never
    then each set of `SETS`: one byte for how many, 4 for each
    then activities: one byte for how many; each a byte for its place in `ACTIVITIES` and one for
    how many periods before the last thing of all it was last
"""

import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from rapport.domain import names
from rapport.domain.ats import Status
from rapport.domain.attributes import TRAIT_PREFIX
from rapport.domain.candidacy import HIRED
from rapport.domain.identifiers import Namespace, PersonId, namespace_of
from rapport.domain.profile import Profile
from rapport.domain.recency import ACTIVITIES, CODES, day_number

SHARDS: Final = 32
MAX_BYTES: Final = 208
_VERSION = 1
_HEAD = struct.Struct(">BH2s3sHHHH")
_HASH_BYTES = 4
_REACHABLE, _CONFIRMED, _HIRED, _HALTED, _COUNTRY_UNTOLD = (1 << n for n in range(5))
# What has a set, how many of it a row holds at most, and the flag that there are more.
SETS: Final[Mapping[str, int]] = {
    "consents": 6,
    "withdrawn": 6,
    "lists": 6,
    "stages": 4,
    "sources": 2,
    "interests": 3,
    "jobs": 6,
    "traits": 24,
}
RECENT: Final = "recent"
INTERESTS: Final = "interests"
_MORE = {name: 1 << (5 + n) for n, name in enumerate((*SETS, RECENT))}
# What every visit leaves is no news to a row.
IN_ROWS: Final = frozenset(ACTIVITIES) - {"page", "identify", "track"}
PERIOD_DAYS: Final = 28
_SPOKEN = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_OF_A_PERSON = (Namespace.EMAIL, Namespace.PHONE, Namespace.ATS)
_LAST_DAY = 0xFFFF
_LONGEST_AGO = 0xFF


@dataclass(frozen=True, kw_only=True)
class Known:
    """What segments may ask of a person without their view. Days are numbers (`recency`), 0: never.

    `sets` has the words of each of `SETS`; interests are in order, the most shown first.
    """

    country: str = ""
    language: str = ""
    reachable: bool = False
    confirmed: bool = False
    hired: bool = False
    halted: bool = False
    first_day: int = 0
    last_day: int = 0
    zero_day: int = 0
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recent: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a row tells. `country` None: the view knows it. `more`: sets that tell less than all.

    `sets` holds hashes, `recent` the last period of each activity; periods 0: never.
    """

    country: str | None
    language: str
    reachable: bool
    confirmed: bool
    hired: bool
    halted: bool
    first_day: int
    last_period: int
    zero_period: int
    sets: Mapping[str, frozenset[bytes]]
    recent: Mapping[str, int]
    more: frozenset[str]


def shard_of(person: PersonId) -> int:
    """The partition (0…31) that a person's row stands in."""
    return sha256(person.encode()).digest()[0] % SHARDS


@lru_cache(maxsize=4096)
def hash_of(kind: str, word: str) -> bytes:
    """What stands for a word of a set."""
    return sha256(f"{kind}\x00{word}".encode()).digest()[:_HASH_BYTES]


def finder_row(profile: Profile) -> bytes | None:
    """The row of a person; None of somebody who has none: a browser, or part of another person."""
    if profile.moved_to is not None or not profile.totals:
        return None
    if not any(namespace_of(member) in _OF_A_PERSON for member in profile.members):
        return None
    return packed(known_of(profile))


def known_of(profile: Profile) -> Known:
    """What segments may ask of a person, from the profile."""
    candidacies = [c for _, c in sorted(profile.recruiting.candidacies.items())]
    records = profile.recruiting.records.values()
    touch = profile.first_touch
    zero = profile.score_zero_at
    country = profile.attribute("country").strip()
    spoken = _SPOKEN.match(profile.attribute("locale"))
    sets = {
        "consents": (topic for topic, word in profile.consents.items() if not word.withdrawn),
        "withdrawn": (topic for topic, word in profile.consents.items() if word.withdrawn),
        "lists": profile.lists,
        "stages": (
            c.stage.stage for c in candidacies if c.status in {"", Status.ACTIVE} and c.stage
        ),
        "sources": (
            *((touch.source or touch.referrer,) if touch else ()),
            *(c.came_from.name for c in candidacies if c.came_from),
        ),
        "jobs": (*profile.applications, *(job for c in candidacies for job in c.applied_for)),
        "traits": (
            f"{name.removeprefix(TRAIT_PREFIX)}={register.value}"
            for name, register in profile.attributes.items()
            if name.startswith(TRAIT_PREFIX) and register.value
        ),
    }
    shown = sorted(profile.interests, key=lambda each: (-profile.interests[each], each))
    return Known(
        country=country.upper() if _is_code(country) else country,
        language=spoken.group().lower() if spoken else "",
        reachable=bool(profile.attribute("email")),
        confirmed=profile.totals.get(names.ADDRESS_CONFIRMED, 0) > 0,
        hired=any(c.status == HIRED for c in candidacies),
        halted=any(r.can_email is False or r.is_private or r.gone for r in records),
        first_day=_day(profile.first),
        last_day=_day(profile.last),
        zero_day=_day(zero),
        sets={kind: _words(words) for kind, words in sets.items()} | {INTERESTS: tuple(shown)},
        recent=profile.recent,
    )


def packed(known: Known) -> bytes:
    """What fits of what is known; equal for equal persons."""
    flags = sum(
        flag
        for flag, holds in (
            (_REACHABLE, known.reachable),
            (_CONFIRMED, known.confirmed),
            (_HIRED, known.hired),
            (_HALTED, known.halted),
        )
        if holds
    )
    country = known.country.encode() if _is_code(known.country) else b""
    if known.country and not country:
        flags |= _COUNTRY_UNTOLD
    last = known.last_day // PERIOD_DAYS
    newest = max([last, *(days[0] // PERIOD_DAYS for days in known.recent.values())])
    # Every set and the activities have a byte for how many.
    room = MAX_BYTES - _HEAD.size - len(SETS) - 1
    acts, whole = _activities(known.recent, newest, room)
    flags |= 0 if whole else _MORE[RECENT]
    room -= len(acts)
    parts: list[bytes] = []
    for kind, most in SETS.items():
        words = known.sets.get(kind, ())
        fits = min(most, room // _HASH_BYTES)
        # The most shown interests stay; of all others chance decides, the same for everybody.
        kept = sorted(
            hash_of(kind, word) for word in (words[:fits] if kind == INTERESTS else words)
        )
        flags |= _MORE[kind] if len(words) > fits else 0
        parts.append(bytes([len(kept[:fits])]) + b"".join(kept[:fits]))
        room -= len(kept[:fits]) * _HASH_BYTES
    head = _HEAD.pack(
        *(_VERSION, flags, country, known.language.encode()),
        *(known.first_day, last, known.zero_day // PERIOD_DAYS, newest),
    )
    return head + b"".join(parts) + bytes([len(acts) // 2]) + acts


def row_from_bytes(raw: bytes) -> Row:
    """What a stored row tells."""
    _, flags, country, language, first, last, zero, newest = _HEAD.unpack_from(raw)
    at = _HEAD.size
    sets: dict[str, frozenset[bytes]] = {}
    for kind in SETS:
        end = at + 1 + raw[at] * _HASH_BYTES
        sets[kind] = frozenset(raw[n : n + _HASH_BYTES] for n in range(at + 1, end, _HASH_BYTES))
        at = end
    acts = raw[at + 1 :]
    return Row(
        country=None if flags & _COUNTRY_UNTOLD else country.rstrip(b"\0").decode(),
        language=language.rstrip(b"\0").decode(),
        reachable=bool(flags & _REACHABLE),
        confirmed=bool(flags & _CONFIRMED),
        hired=bool(flags & _HIRED),
        halted=bool(flags & _HALTED),
        first_day=first,
        last_period=last,
        zero_period=zero,
        sets=sets,
        recent={ACTIVITIES[acts[n]]: newest - acts[n + 1] for n in range(0, len(acts), 2)},
        more=frozenset(kind for kind, flag in _MORE.items() if flags & flag),
    )


def _activities(
    recent: Mapping[str, tuple[int, ...]], newest: int, room: int
) -> tuple[bytes, bool]:
    """Two bytes for each activity; whether that is all of them."""
    told = bytearray()
    whole = True
    for kind, days in recent.items():
        if kind not in IN_ROWS:
            continue
        ago = newest - days[0] // PERIOD_DAYS
        if ago > _LONGEST_AGO or len(told) + 2 > room:
            whole = False
            continue
        told += bytes([CODES[kind], ago])
    return bytes(told), whole


def _is_code(country: str) -> bool:
    return len(country) == 2 and country.isascii() and country.isalpha()  # noqa: PLR2004  (alpha-2)


def _day(moment: datetime | None) -> int:
    return 0 if moment is None else min(max(day_number(moment), 0), _LAST_DAY)


def _words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in words if word}))
