"""Pages of an import → the log, consents, lists; each row once, whoever dies in between.

1. A page's plan is made and kept before anything of the page is written. Whoever comes again does
   what the plan says, so a row counts as it was first judged, and what is to be taken back is known
   whatever was written.
2. Events are put if absent; consents are granted with theirs, in one transaction each. A row that
   stands in the file twice finds the event of the first, and counts as repeated.
3. The homes of those who came without proof are remembered, with the day until which they stay.
4. The import's row moves on, if nobody else moved it; then the page of rows is forgotten.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.errors import ErasedError, PoisonError
from rapport.importing.judging import ERASED, REPEATED, Judge, Judged
from rapport.importing.people import Candidate
from rapport.importing.ports import Import, ImportRows, Kept, Planned, Shelf, Stage
from rapport.importing.proof import agreed
from rapport.importing.telling import granted_event, joined_event, named, row_of, told_event
from rapport.ports import Book, Log

PAGE_ROWS = 250
# Written together, and so together in the stream: a profile is folded once for all that a row says.
PART_ROWS = 25


@dataclass(frozen=True, kw_only=True)
class Applying:
    """Applies pages, on its ports. `spread` does a piece of work for many, as the store allows."""

    rows: ImportRows
    shelf: Shelf
    log: Log
    book: Book
    judge: Judge
    now: Callable[[], datetime]
    spread: Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]] = field(
        default=lambda work, each: [work(one) for one in each]
    )

    def page(self, by: Import) -> Import:
        """Apply the next page; the import as it then stands. ConflictError: somebody else did."""
        if by.stage is not Stage.RUNNING:
            return by
        page, name = by.page, rows_name(by.page)
        content = self.shelf.get(by.id, name)
        if content is None:
            msg = f"page {page + 1} of import {by.id} is not there any more; undo the import"
            raise PoisonError(msg)
        candidates = read_rows(content)
        plans = self._plan(by, candidates)
        repeated = self._write_all(by, candidates, plans)
        counts = Counter(name for plan in plans.values() for name in plan.counts)
        for number in repeated:
            counts.subtract(plans[number].counts)
        counts[REPEATED] += len(repeated)
        kept = tuple(p.home for p in plans.values() if p.keep and p.number not in repeated)
        if kept:
            self.rows.keep(Kept(until=by.keep_until, import_id=by.id, page=page, homes=kept))
        moved = self.rows.put(by.moved({n: c for n, c in counts.items() if c}, self.now()))
        self.shelf.remove(by.id, name)
        return moved

    def _plan(self, by: Import, candidates: Sequence[Candidate]) -> dict[int, Planned]:
        content = self.shelf.get(by.id, plan_name(by.page))
        if content is None:
            plans = [planned(each, by, now=self.now()) for each in self.judge.page(candidates, by)]
            self.shelf.put(by.id, plan_name(by.page), msgspec.json.encode(plans))
        else:
            plans = self._still_there(read_plans(content))
        return {plan.number: plan for plan in plans}

    def _still_there(self, plans: Sequence[Planned]) -> list[Planned]:
        """Plans of before, without what was to be written of those who were erased since."""
        gone = self.judge.erased({ref for plan in plans for ref in plan.members})
        return [
            plan
            if gone.isdisjoint(plan.members)
            else replace(plan, keys=(), counts=(ERASED,), event_id="", ask=False, keep=False)
            for plan in plans
        ]

    def _write_all(
        self, by: Import, candidates: Sequence[Candidate], plans: Mapping[int, Planned]
    ) -> frozenset[int]:
        """Write what is planned, part by part; the numbers of rows that the file had before."""
        starts = range(0, len(candidates), PART_ROWS)
        parts = (candidates[start : start + PART_ROWS] for start in starts)
        return frozenset().union(*(self._write(by, part, plans) for part in parts))

    def _write(
        self, by: Import, candidates: Iterable[Candidate], plans: Mapping[int, Planned]
    ) -> frozenset[int]:
        """Write what is planned; the numbers of rows that stand in the file before already."""
        now, bundle = self.now(), self.judge.bundle()
        told: list[tuple[int, Event]] = []
        lists: list[tuple[int, Event]] = []
        grants: list[tuple[int, Callable[[], None]]] = []
        for who in candidates:
            plan = plans[who.number]
            if not plan.keys:
                continue
            known, claim = named(who, self.judge.refs), by.claim.of(who)
            told.append((who.number, told_event(known, by, claim.basis, now=now)))
            if by.list:
                lists.append((who.number, joined_event(plan.home, by, by.list, now=now)))
            word = agreed(claim, bundle, now)
            if plan.event_id and plan.address is not None and not isinstance(word, tuple):
                event = granted_event(known, by, word, plan.address, now=now)
                consent = word.consent(event.message_id, who.country)
                grants.append(
                    (who.number, _Grant(self.book, plan.address, word.topic, consent, event))
                )
        repeated = self._append(told)
        self.log.append([event for number, event in lists if number not in repeated])
        self.spread(_done, [grant for number, grant in grants if number not in repeated])
        return repeated

    def _append(self, told: Sequence[tuple[int, Event]]) -> frozenset[int]:
        first: dict[Any, int] = {}
        for number, event in told:
            first.setdefault(event.key, number)
        mine = [(number, event) for number, event in told if first[event.key] == number]
        fresh = self.log.append([event for _, event in mine]) if mine else []
        old = [each for each, new in zip(mine, fresh, strict=True) if not new]
        others = {number for number, event in old if self._row(event) != number}
        others |= {n for n, event in told if first[event.key] in others or first[event.key] != n}
        return frozenset(others)

    def _row(self, event: Event) -> Any:
        """The number of the row whose event stands there."""
        try:
            stored = self.log.get(event.key)
        except ErasedError:
            return None
        return None if stored is None else row_of(stored)


class _Grant:
    """A consent to be written."""

    def __init__(self, book: Book, address: Ref, topic: str, consent: Any, event: Event) -> None:
        self._book, self._address, self._topic = book, address, topic
        self._consent, self._event = consent, event

    def __call__(self) -> None:
        at = self._consent.at
        self._book.grant(self._address, self._topic, self._consent, self._event, confirmed_at=at)


def _done(work: Callable[[], None]) -> None:
    work()


def planned(judged: Judged, by: Import, *, now: datetime) -> Planned:
    """What is to be written for a row."""
    known, home = judged.known, judged.known.home
    number, members = known.who.number, known.refs
    if judged.fate == ERASED:
        return Planned(number=number, home=home, members=members, keys=(), counts=judged.counts)
    keys = [judged.event.key]
    keys += [joined_event(home, by, by.list, now=now).key] if by.list else []
    event_id = ""
    if judged.word is not None and known.address is not None:
        event = granted_event(known, by, judged.word, known.address, now=now)
        keys.append(event.key)
        event_id = event.message_id
    return Planned(
        number=number,
        home=home,
        members=members,
        keys=tuple(keys),
        counts=judged.counts,
        address=known.address,
        topic="" if judged.word is None else judged.word.topic,
        event_id=event_id,
        ask=judged.askable,
        keep=bool(judged.lacks),
    )


def rows_name(page: int) -> str:
    """Under which name a page of rows is kept until it is applied."""
    return f"rows/{page:06d}"


def plan_name(page: int) -> str:
    """Under which name the plan of a page is kept, for as long as the import can be undone."""
    return f"plans/{page:06d}"


def read_rows(content: bytes) -> tuple[Candidate, ...]:
    """The rows of a page."""
    return msgspec.json.decode(content, type=tuple[Candidate, ...])


def read_plans(content: bytes) -> list[Planned]:
    """The plans of a page."""
    return msgspec.json.decode(content, type=list[Planned])
