"""What the condition of a segment asks, and who of many people it holds for.

    person.country == "NO" && "nurse-pool" in person.lists && person.times("Job Viewed", 30) >= 2

A condition is CEL over `person` (docs/segments.md lists all that it may ask). It is judged by the
row of the finder first. What a row cannot tell is left out of `person` there, so that asking for it
is an error; CEL gives `false && error` as false and `true || error` as true, so whatever comes out
as yes or no holds whatever the rest is. An error means: ask the view. What would break this is
refused: `has(…)`, which turns what is missing into a no, and `person` without a field. Of sets a
row only has hashes, which can tell whether a word that stands in the condition is in them; who asks
otherwise is answered by the view.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from rapport.conditions import ConditionError, compiled, person_data, value_of
from rapport.domain.finder import (
    IN_ROWS,
    PERIOD_DAYS,
    RECENT,
    SETS,
    Row,
    hash_of,
    known_of,
)
from rapport.domain.profile import Profile
from rapport.domain.recency import ACTIVITIES
from rapport.segments import MAX_WHEN_CHARS

# Asked with an activity and days, or with days alone.
DID, TIMES, SEEN = "did", "times", "seen"
_CALLS = {DID: True, TIMES: True, SEEN: False}
PLAIN: Final = (
    *("id", "country", "language", "reachable", "confirmed", "hired", "halted"),
    *("known_days", "score"),
)
# What only the view knows.
OF_VIEWS: Final = ("attributes", "totals", "applications", "candidacies")
FIELDS: Final = (*PLAIN, *SETS, *_CALLS, *OF_VIEWS)
_TOKEN = re.compile(r""""[^"\\\n]*"|'[^'\\\n]*'|[A-Za-z_]\w*|\d[\w.]*|\S""")
_PREFIX = re.compile(r"[rRbB]{1,2}")
_DAYS = re.compile(r"\d{1,5}")
# What may stand before and behind `"word" in person.set` for it to be asked as it stands there.
_BEFORE = frozenset({"", "(", "&", "|", "?", ":"})
_BEHIND = frozenset({"", ")", "&", "|", "?", ":"})
# A segment, and whether they are on a list.
_MAX_CHARS = MAX_WHEN_CHARS + 150
_QUOTES = frozenset("\"'")


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A condition that was read. `source` is what CEL is given.

    `words`: per set the words asked for; a set that is asked otherwise is not in it. `asked`: the
    activities and days asked for, by the key that they have in `source`.
    """

    when: str
    source: str
    words: Mapping[str, frozenset[str]]
    asked: Mapping[str, Mapping[str, tuple[str, int]]]

    def of_row(self, person: str, row: Row, *, today: int) -> bool | None:
        """Whether it holds, by a row; None when the row cannot tell. `today`: a day number."""
        return self._holds(self._row_data(person, row, today))

    def of_profile(self, profile: Profile, *, today: int) -> bool:
        """Whether it holds, by the view. What cannot be told of the person does not hold."""
        return bool(self._holds(self.data(profile, today=today)))

    def data(self, profile: Profile, *, today: int) -> dict[str, object]:
        """All that the condition may ask of a person."""
        known = known_of(profile)
        recent = {kind: [today - day for day in days] for kind, days in known.recent.items()}
        seen = today - known.last_day if known.last_day else None
        return {
            **person_data(profile),
            **{kind: list(known.sets[kind]) for kind in SETS if kind != "interests"},
            "country": known.country,
            "language": known.language,
            "reachable": known.reachable,
            "confirmed": known.confirmed,
            "hired": known.hired,
            "halted": known.halted,
            "known_days": today - known.first_day if known.first_day else 0,
            "score": max(0, known.zero_day - today) if known.zero_day else 0,
            DID: {
                key: any(ago <= days for ago in recent.get(kind, ()))
                for key, (kind, days) in self.asked[DID].items()
            },
            TIMES: {
                key: sum(ago <= days for ago in recent.get(kind, ()))
                for key, (kind, days) in self.asked[TIMES].items()
            },
            SEEN: {
                key: seen is not None and seen <= days
                for key, (_, days) in self.asked[SEEN].items()
            },
        }

    def _row_data(self, person: str, row: Row, today: int) -> dict[str, object]:
        data: dict[str, object] = {
            "id": person,
            "language": row.language,
            "reachable": row.reachable,
            "confirmed": row.confirmed,
            "hired": row.hired,
            "halted": row.halted,
            "known_days": today - row.first_day if row.first_day else 0,
        }
        if row.country is not None:
            data["country"] = row.country
        if not row.zero_period or _end(row.zero_period) <= today:
            data["score"] = 0
        for kind, words in self.words.items():
            there = [word for word in words if hash_of(kind, word) in row.sets[kind]]
            if len(there) == len(words) or kind not in row.more:
                data[kind] = there
        did: dict[str, bool] = {}
        for key, (kind, days) in self.asked[DID].items():
            within = _within(self._period(row, kind), today - days)
            if within is not None:
                did[key] = within
        times = {
            key: 0
            for key, (kind, days) in self.asked[TIMES].items()
            if _within(self._period(row, kind), today - days) is False
        }
        seen: dict[str, bool] = {}
        for key, (_, days) in self.asked[SEEN].items():
            within = _within(row.last_period, today - days)
            if within is not None:
                seen[key] = within
        return {**data, DID: did, TIMES: times, SEEN: seen}

    @staticmethod
    def _period(row: Row, kind: str) -> int | None:
        """The last period of an activity, 0 for never; None when the row does not know."""
        if kind not in IN_ROWS or (RECENT in row.more and kind not in row.recent):
            return None
        return row.recent.get(kind, 0)

    def _holds(self, data: Mapping[str, object]) -> bool | None:
        from cel_expr_python import cel

        value = value_of(compiled(self.source, ("person",)), {"person": data})
        told = value is not None and value.type() == cel.Type.BOOL
        return bool(value.value()) if told else None


def _end(period: int) -> int:
    """The last day of a period."""
    return period * PERIOD_DAYS + PERIOD_DAYS - 1


def _within(period: int | None, since: int) -> bool | None:
    """Whether a time within a period (0: never) is on a day or later; None: nobody can tell."""
    if period is None:
        return None
    if not period or _end(period) < since:
        return False
    return True if period * PERIOD_DAYS >= since else None


@lru_cache(maxsize=256)
def condition(when: str) -> Condition:
    """What a condition asks; ConditionError if it is no condition, or asks for what there is not.

    It holds for everybody when it is empty.
    """
    if len(when) > _MAX_CHARS:
        msg = f"it is longer than {MAX_WHEN_CHARS} characters"
        raise ConditionError(msg)
    tokens = [*_TOKEN.finditer(when)]
    for before, behind in pairwise(tokens):
        prefixed = before.end() == behind.start() and behind.group()[0] in _QUOTES
        if prefixed and _PREFIX.fullmatch(before.group()):
            msg = "it has text in another form than plain quotes"
            raise ConditionError(msg)
    words = ["", *(token.group() for token in tokens), "", "", "", "", ""]
    _check(when, words)
    asked: dict[str, dict[str, tuple[str, int]]] = {name: {} for name in _CALLS}
    sets: dict[str, set[str]] = {}
    otherwise: set[str] = set()
    parts: list[str] = []
    done = 0
    for at, token in enumerate(tokens, start=1):
        if token.group() != "person":
            continue
        field = _field(words, at)
        if field in _CALLS:
            key, last = _call(words, at + 3, field, asked[field])
            parts.append(f'{when[done : token.start()]}person.{field}["{key}"]')
            done = tokens[last - 1].end()
        elif field in SETS:
            asked_for = _asked_word(words, at)
            if asked_for is None:
                otherwise.add(field)
            else:
                sets.setdefault(field, set()).add(asked_for)
    source = "".join(parts) + when[done:] or "true"
    compiled(source, ("person",))
    return Condition(
        when=when,
        source=source,
        words={kind: frozenset(found) for kind, found in sets.items() if kind not in otherwise},
        asked=asked,
    )


def _check(when: str, words: Sequence[str]) -> None:
    """Refuse what could hide from this reading."""
    for before, word, behind in zip(words, words[1:], words[2:], strict=False):
        if word == "has" and behind == "(":
            msg = "it asks has(…); every field of a person is there, and sets are asked with in"
            raise ConditionError(msg)
        if word == "person" and before == ".":
            msg = "person stands at the beginning: person.country"
            raise ConditionError(msg)
    if "\\" in when or '"""' in when or "'''" in when:
        msg = "it has a backslash, or text in another form than plain quotes"
        raise ConditionError(msg)
    if any(pair == ("/", "/") for pair in pairwise(words)):
        msg = "it has a comment; leave it out"
        raise ConditionError(msg)


def _field(words: Sequence[str], at: int) -> str:
    """The field of `person` that is asked for at a place."""
    field = words[at + 2]
    if words[at + 1] != "." or not field.isidentifier():
        msg = "person is asked for a field: person.country"
        raise ConditionError(msg)
    if field not in FIELDS:
        msg = f"there is no person.{field}; there are {', '.join(FIELDS)}"
        raise ConditionError(msg)
    return field


def _call(
    words: Sequence[str], at: int, field: str, asked: dict[str, tuple[str, int]]
) -> tuple[str, int]:
    """The key of what is asked with an activity and days, and the place of its last word."""
    kind = ""
    place = at
    if _CALLS[field]:
        kind = words[at + 1][1:-1]
        if words[at + 2] != "," or kind not in ACTIVITIES:
            msg = f'person.{field} is asked as person.{field}("Job Viewed", 30), with one of: '
            raise ConditionError(msg + ", ".join(ACTIVITIES))
        place += 2
    days = words[place + 1]
    if words[at] != "(" or words[place + 2] != ")" or not _DAYS.fullmatch(days):
        kinds = '"Job Viewed", ' if _CALLS[field] else ""
        msg = f"person.{field} is asked as person.{field}({kinds}30), in days"
        raise ConditionError(msg)
    key = f"{kind}/{int(days)}"
    asked[key] = (kind, int(days))
    return key, place + 2


def _asked_word(words: Sequence[str], at: int) -> str | None:
    """The word of `"word" in person.set`, if that is how a set is asked; `at` is `person`."""
    if words[at - 1] != "in" or at < 3:  # noqa: PLR2004  (a word and `in` stand before)
        return None
    quoted = words[at - 2]
    if quoted[:1] not in _QUOTES:
        return None
    as_it_stands = words[at - 3] in _BEFORE and words[at + 3] in _BEHIND
    return quoted[1:-1] if as_it_stands else None


def parts_of(when: str) -> tuple[str, ...]:
    """The parts of a condition of which all have to hold, or else one; itself if it has none."""
    cuts: dict[str, list[int]] = {"|": [], "&": []}
    depth = 0
    quote = ""
    for at, sign in enumerate(when):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif not depth and sign == "?":
            return (when,)
        elif not depth and sign in cuts and when[at : at + 2] == 2 * sign:
            cuts[sign].append(at)
    found = cuts["|"] or cuts["&"]
    edges = [-2, *found, len(when)]
    return tuple(when[a + 2 : b].strip() for a, b in pairwise(edges))
