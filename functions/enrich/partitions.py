"""One log partition: the records of a batch are added to its stored tallies, exactly once.

1. Read the stored tallies and, per month, the stream position applied. Records at or below it are
   in there already.
2. Fewer than two strong identifiers: the other records are added, each under the owner that it
   names itself or under NOBODY. Two or more: who owns an event depends on the logins around it, so
   the whole partition is folded again from the log. So it is when a message may be a copy of one
   that is counted, under another key because its timestamp differs: 24 bits of each id tell. The
   log may be ahead of the stream; rows folded early are folded again when their record comes.
3. Strong identifiers are noted before the months that count them. Only a month that counts one
   proves that it was noted: a crash between the two is mended by the next delivery.
4. Changed months are written on the condition that their position is still the one read.

A partition has one shard and is applied in order, so the positions only tell repeats apart, and
keep a late twin of this very invocation from writing over its successor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport.domain import names, tally
from rapport.domain.event import Event, LogKey, month_of
from rapport.domain.identifiers import Ref
from rapport.domain.jobs import job_ref
from rapport.domain.profile import Occurrence
from rapport.domain.statements import section
from rapport.domain.tally import NOBODY, Partition, Tally, add, fold_partition, owned
from rapport.errors import ConflictError
from rapport.events import fact_of
from rapport.ports import Log, People

ATTEMPTS = 8


@dataclass(frozen=True, kw_only=True)
class Record:
    """An opened log row and its position in the stream."""

    sequence: str
    event: Event


@dataclass(frozen=True, kw_only=True)
class News:
    """An occurrence of this batch. `certain`: its owner can never become another one."""

    partition: Ref
    sequence: str
    certain: bool
    occurrence: Occurrence


@dataclass(frozen=True, kw_only=True)
class Applied:
    """How many records were new, and whose views to look at, each with the news for it."""

    count: int
    touched: Mapping[Ref, Sequence[News]]


@dataclass(frozen=True, kw_only=True)
class _Fold:
    """A partition with the batch in it, what named its strong identifiers, and who owns what.

    `owners` is None when every event is its own owner's, or else the only one's there is.
    """

    partition: Partition
    events: Sequence[Event]
    owners: Mapping[LogKey, str] | None = None


def apply(ref: Ref, records: Sequence[Record], *, log: Log, people: People) -> Applied:
    """Bring a partition up to these records, which are in order; afterwards they are counted once.

    Raises ConflictError when somebody else kept writing to the same partition.
    """
    count: int | None = None
    for _ in range(ATTEMPTS):
        stored, positions = people.partition(ref)
        fresh = [r for r in records if r.sequence > positions.get(month_of(r.event.at), "")]
        count = len(fresh) if count is None else count
        fold = _fold(stored, records, fresh, log)
        for strong, at in _unproven(stored, fold.events).items():
            people.add_strong(ref, strong, at)
        if _save(stored, fold.partition, positions, records[-1].sequence, people):
            repeated = any(position >= records[0].sequence for position in positions.values())
            touched: dict[Ref, list[News]] = {
                owner: [] for owner in sorted(_changed(stored, fold.partition, everyone=repeated))
            }
            for owner, news in _news(records, fold):
                touched.setdefault(owner, []).append(news)
            return Applied(count=count, touched=touched)
    msg = f"partition {ref} was written by others {ATTEMPTS} times in a row"
    raise ConflictError(msg)


def _fold(stored: Partition, records: Sequence[Record], fresh: Sequence[Record], log: Log) -> _Fold:
    events = [record.event for record in records]
    strongs = {*stored.strongs, *(e.owner for e in events if e.owner is not None)}
    if len(strongs) > 1 or _may_repeat(stored, fresh):
        rows = log.partition(stored.ref)
        return _Fold(
            partition=fold_partition(stored.ref, rows),
            events=rows,
            owners={event.key: owner for event, owner in owned(rows)},
        )
    tallies, marks = dict(stored.tallies), dict(stored.marks)
    seen: dict[str, set[int]] = {}
    for record in fresh:
        month = month_of(record.event.at)
        slot = (month, record.event.owner or NOBODY)
        tallies[slot] = add(tallies.get(slot, Tally()), record.event)
        seen.setdefault(month, set()).add(tally.mark_of(record.event))
    if stored.counted <= tally.MAX_SEARCHED:
        marks |= {month: marks.get(month, frozenset()) | new for month, new in seen.items()}
    after = Partition(ref=stored.ref, strongs=tuple(sorted(strongs)), tallies=tallies, marks=marks)
    return _Fold(partition=after, events=events)


def _may_repeat(stored: Partition, fresh: Sequence[Record]) -> bool:
    """Whether a message may be counted already, or comes twice in this batch.

    Where copies are not told apart any more nothing is; it takes one fold to come there.
    """
    if stored.counted > tally.MAX_SEARCHED:
        return False
    if stored.counted + len(fresh) > tally.MAX_SEARCHED:
        return True
    marks = {tally.mark_of(record.event) for record in fresh}
    return len(marks) < len(fresh) or any(stored.may_have(record.event) for record in fresh)


def _proven(stored: Partition) -> tuple[Ref, ...]:
    return tuple(sorted({Ref(owner) for _, owner in stored.tallies if owner != NOBODY}))


def _unproven(stored: Partition, events: Sequence[Event]) -> dict[Ref, datetime]:
    """The strong identifiers that no stored month counts yet, each with when it first showed."""
    known = _proven(stored)
    first: dict[Ref, datetime] = {}
    for event in events:
        if event.owner is not None and event.owner not in known:
            first[event.owner] = min(event.at, first.get(event.owner, event.at))
    return first


def _save(
    stored: Partition,
    after: Partition,
    positions: Mapping[str, str],
    sequence: str,
    people: People,
) -> bool:
    slots = stored.tallies.keys() | after.tallies.keys()
    changed = {month for month, who in slots if _differs(stored, after, month, who)}
    return all(
        people.save_month(
            after,
            month,
            sequence=max(sequence, positions.get(month, "")),
            after=positions.get(month),
        )
        for month in sorted(changed)
    )


def _differs(stored: Partition, after: Partition, month: str, owner: str) -> bool:
    """Whether a month has to be written; one of an older version has no marks."""
    slot = (month, owner)
    same = stored.tallies.get(slot) == after.tallies.get(slot)
    return not same or stored.marks.get(month) != after.marks.get(month)


def _changed(stored: Partition, after: Partition, *, everyone: bool) -> set[Ref]:
    """Whose share of the partition is another one than before this batch.

    `everyone` when the batch may have been here before and stopped half-way: then what is stored
    does not tell any more what the views have seen.
    """
    before = Partition(ref=stored.ref, strongs=_proven(stored), tallies=stored.tallies)
    owners = {stored.ref, *stored.strongs, *after.strongs}
    if everyone:
        return owners
    changed = {owner for owner in owners if before.of(owner) != after.of(owner)}
    # The cookie's own view says where its history went.
    return changed | ({stored.ref} if before.strongs != after.strongs else set())


def _news(records: Sequence[Record], fold: _Fold) -> list[tuple[Ref, News]]:
    found = []
    for record in records:
        event, fact = record.event, fact_of(record.event.type)
        if fact is None:
            continue
        if fold.owners is not None and event.key not in fold.owners:
            # A copy of what is counted under another key, or erased in the meantime.
            continue
        owner = (event.owner or NOBODY) if fold.owners is None else fold.owners[event.key]
        occurrence = Occurrence(
            name=fact.name,
            event_id=event.message_id,
            origin=event.origin,
            occurred_at=event.at,
            received_at=event.received_at,
            log_pk=event.key.pk,
            log_sk=event.key.sk,
            job=_job(event),
        )
        news = News(
            partition=event.partition,
            sequence=record.sequence,
            certain=event.owner is not None or len(fold.partition.strongs) <= 1,
            occurrence=occurrence,
        )
        found.append((fold.partition.keeper if owner == NOBODY else Ref(owner), news))
    return found


def _job(event: Event) -> str:
    """The job that an application is for; a machine's, too: what it submits ends a wait as well."""
    about = {names.APPLICATION_STARTED, names.APPLICATION_SUBMITTED}
    properties = section(event.body, "properties")
    return job_ref(properties.get("job_id")) if event.type in about else ""
