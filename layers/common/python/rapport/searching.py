"""Who is in a segment or on a list now: counted, listed by page, gone through.

Everybody's row of the finder is read, 32 partitions side by side; where a row cannot tell, the
person's view is read. What that took is told with each answer. A segment is stored nowhere, so
nothing of it can be out of date but the rows, by the second or two that `publish` is behind.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from heapq import nsmallest
from itertools import islice
from typing import Final, TypeVar

from rapport.asking import condition, parts_of
from rapport.cursors import CursorError, cursor_to, place_of
from rapport.domain.event import Json
from rapport.domain.finder import SHARDS, Row, row_from_bytes, shard_of
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.domain.recency import day_number
from rapport.errors import RapportError
from rapport.finder_rows import FinderRows, Sight, Took
from rapport.segments import LIST_KEY, Segment

# At most: both rows of a view, strongly consistent.
VIEW_UNITS: Final = 2.0
MAX_PAGE: Final = 500
# The newest first; people of one value by their id.
BY_ID, BY_LAST_SEEN, BY_SCORE = "id", "last-seen", "score"
SORTS: Final = (BY_ID, BY_LAST_SEEN, BY_SCORE)
_AT_ONCE = 16
_In = TypeVar("_In")
_Out = TypeVar("_Out")


class NoSuchSegmentError(RapportError):
    """There is no segment or list of that name."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many people, and what it took to know."""

    people: int
    rows_read: int
    views_read: int
    read_units: float
    usd: float

    def to_json(self) -> dict[str, Json]:
        """For programs."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One person on a page. `last_seen` in days ago, None: never; `score` in days of interest."""

    person: PersonId
    last_seen: int | None
    score: int
    profile: Profile

    def to_json(self) -> dict[str, Json]:
        """For programs."""
        return {"person": self.person, "last_seen": self.last_seen, "score": self.score}


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some people of a segment. `cursor` leads to the next ones; empty: these were the last."""

    persons: tuple[Listed, ...]
    cursor: str
    took: Took = field(default_factory=Took)

    def to_json(self) -> dict[str, Json]:
        """For programs."""
        return {"persons": [each.to_json() for each in self.persons], "cursor": self.cursor}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a condition, and whether it holds for somebody."""

    text: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class _Match:
    """Somebody in a segment, and by what pages are sorted, the smallest first."""

    person: PersonId
    order: tuple[int, int, str]


def of_list(key: str, *, brand: str = "") -> Segment:
    """The people on a static list, as a segment."""
    if not LIST_KEY.fullmatch(key):
        msg = f"{key!r} is no name of a list; use up to 64 of a-z, 0-9 and -"
        raise NoSuchSegmentError(msg)
    return Segment(key=f"list:{key}", name=key, when=f'"{key}" in person.lists', brand=brand)


@dataclass(frozen=True, kw_only=True)
class Segments:
    """Answers on its ports. `profile` reads a view; `ring` has the keys that sign cursors.

    With a `sight` there is nobody for these answers but whom it shows.

    Every method takes a segment, `of_list` for a list; it raises ConditionError for a condition
    that is none.
    """

    rows: FinderRows
    profile: Callable[[PersonId], Profile | None]
    ring: Callable[[], Mapping[str, bytes]]
    now: Callable[[], datetime]
    sight: Sight | None = None

    def count(self, of: Segment) -> Count:
        """How many people are in it now."""
        took = Took()
        people = sum(1 for _ in self._matches(of, BY_ID, took))
        return Count(
            people=people,
            rows_read=took.rows_read,
            views_read=took.views_read,
            read_units=took.read_units,
            usd=took.usd,
        )

    def every(self, of: Segment, *, after: PersonId | None = None) -> Iterator[PersonId]:
        """Everybody in it, in an order that stays; behind somebody, to go on from there."""
        took = Took()
        for shard in range(0 if after is None else shard_of(after), SHARDS):
            behind = after if after is not None and shard == shard_of(after) else None
            for match in self._of_shard(of, shard, BY_ID, took, after=behind):
                yield match.person

    def profiles(self, people: Iterable[PersonId]) -> Iterator[Profile]:
        """Their views, but of those who are gone or not shown; read some at a time."""
        each = iter(people)
        while part := [*islice(each, _AT_ONCE)]:
            for profile in side_by_side(self.profile, part):
                if profile is not None and self._is_shown(profile):
                    yield profile

    def seen_by(self, sight: Sight | None) -> "Segments":
        """The same with nobody but whom a sight shows; None shows everybody."""
        return replace(self, sight=sight)

    def people(self, of: Segment, *, cursor: str = "", limit: int = 50, sort: str = BY_ID) -> Page:
        """A page of it. CursorError for a cursor that is not one of this segment and order.

        By last activity or by score people are in order of four weeks, and exactly within a page.
        """
        if sort not in SORTS:
            msg = f"people are sorted by {', '.join(SORTS)}"
            raise CursorError(msg)
        most = max(1, min(limit, MAX_PAGE))
        took = Took()
        behind = _order(place_of(cursor, self.ring(), _what(of, sort)))
        if sort == BY_ID:
            page = [*islice(self._from(of, behind, took), most + 1)]
        else:
            matches = self._matches(of, sort, took)
            later = (each for each in matches if behind is None or each.order > behind)
            page = nsmallest(most + 1, later, key=lambda each: each.order)
        shown = [*side_by_side(self.profile, [each.person for each in page[:most]])]
        took.views_read += len(shown)
        took.read_units += VIEW_UNITS * len(shown)
        today = day_number(self.now())
        listed = [_listed(p, today) for p in shown if p is not None and self._is_shown(p)]
        if sort == BY_LAST_SEEN:
            listed.sort(key=lambda each: (each.last_seen is None, each.last_seen))
        elif sort == BY_SCORE:
            listed.sort(key=lambda each: -each.score)
        more = len(page) > most
        last = json.dumps([*page[most - 1].order]) if more else ""
        following = cursor_to(last, self.ring(), _what(of, sort)) if more else ""
        return Page(persons=tuple(listed), cursor=following, took=took)

    def finder_row(self, person: PersonId) -> Row | None:
        """What the finder tells of one person; None of somebody whom it does not have."""
        raw = self.rows.row(person)
        return None if raw is None else row_from_bytes(raw)

    def explain(self, of: Segment, person: PersonId) -> tuple[Part, ...]:
        """Which parts of the condition hold for one person, by their view; none: no such person."""
        profile = self.profile(person)
        if profile is None or profile.moved_to is not None:
            return ()
        today = day_number(self.now())
        return tuple(
            Part(text=text, holds=condition(text).of_profile(profile, today=today))
            for text in parts_of(of.when)
        )

    def _matches(self, of: Segment, sort: str, took: Took) -> list[_Match]:
        """Everybody in it; all partitions side by side."""

        def read(shard: int) -> tuple[list[_Match], Took]:
            mine = Took()
            return [*self._of_shard(of, shard, sort, mine)], mine

        found = side_by_side(read, range(SHARDS))
        for _, mine in found:
            took.add(mine)
        return [match for matches, _ in found for match in matches]

    def _from(
        self, of: Segment, behind: tuple[int, int, str] | None, took: Took
    ) -> Iterator[_Match]:
        first = 0 if behind is None else behind[1]
        for shard in range(first, SHARDS):
            after = PersonId(behind[2]) if behind is not None and shard == first else None
            yield from self._of_shard(of, shard, BY_ID, took, after=after)

    def _of_shard(
        self, of: Segment, shard: int, sort: str, took: Took, *, after: PersonId | None = None
    ) -> Iterator[_Match]:
        asked = condition(of.when)
        today = day_number(self.now())
        while True:
            page = self.rows.page(shard, after=after)
            took.rows_read += len(page.rows)
            took.read_units += page.read_units
            for person, raw in page.rows:
                row = row_from_bytes(raw)
                holds = _both(asked.of_row(person, row, today=today), self._shown(row))
                if holds is None:
                    took.views_read += 1
                    took.read_units += VIEW_UNITS
                    profile = self.profile(person)
                    holds = (
                        profile is not None
                        and self._is_shown(profile)
                        and asked.of_profile(profile, today=today)
                    )
                if holds:
                    by = {BY_LAST_SEEN: row.last_period, BY_SCORE: row.zero_period}
                    yield _Match(person=person, order=(-by.get(sort, 0), shard, person))
            after = page.after
            if after is None:
                return

    def _is_shown(self, profile: Profile) -> bool:
        # Rows hold short hashes, and are a moment behind.
        return profile.moved_to is None and (self.sight is None or self.sight.of_profile(profile))

    def _shown(self, row: Row) -> bool | None:
        return True if self.sight is None else self.sight.of_row(row)


def _both(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001  (None: unknown)
    """Whether both hold; None when that cannot be told."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _order(place: str) -> tuple[int, int, str] | None:
    """The place that a cursor leads behind, as people are in order."""
    if not place:
        return None
    value, shard, person = json.loads(place)
    return value, shard, person


def side_by_side(work: Callable[[_In], _Out], each: Sequence[_In]) -> list[_Out]:
    """`work` for each, in order, several under way together; raises what one of them raised."""
    if len(each) <= 1:
        return [work(one) for one in each]
    with ThreadPoolExecutor(min(_AT_ONCE, len(each))) as pool:
        return [*pool.map(work, each)]


def _listed(profile: Profile, today: int) -> Listed:
    zero = profile.score_zero_at
    return Listed(
        person=profile.person,
        last_seen=None if profile.last is None else today - day_number(profile.last),
        score=0 if zero is None else max(0, day_number(zero) - today),
        profile=profile,
    )


def _what(of: Segment, sort: str) -> str:
    """What a cursor is bound to."""
    return f"{sort}\x00{of.key}\x00{of.when}"
