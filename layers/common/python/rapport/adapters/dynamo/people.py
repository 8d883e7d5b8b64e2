"""Identifiers, partitions and views in DynamoDB."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.calls import side_by_side
from rapport.adapters.dynamo.models import (
    DetailRow,
    FinderRow,
    HeadRow,
    LinkRow,
    MonthRow,
    PeopleTable,
    ViewRow,
    bind,
    store_errors,
    transaction,
)
from rapport.adapters.dynamo.packing import dumps, packed, unpacked
from rapport.adapters.dynamo.view_rows import read_view, rows_of
from rapport.domain.copies import MARK_BYTES
from rapport.domain.event import Json, millis
from rapport.domain.identifiers import PersonId, Ref, is_strong
from rapport.domain.occurrence import Occurrence
from rapport.domain.profile import from_json
from rapport.domain.tally import Partition, tally_from_json, tally_to_json
from rapport.errors import ConflictError, RetryableError
from rapport.ports import View

_TRIES = 8
# Of a person's identifiers, read side by side.
_AT_ONCE = 8


class DynamoPeople:
    """The ports `People` and `PeopleEraser`."""

    def __init__(self, table: str) -> None:
        """Work on the people table of that name."""
        bind(people=table)

    def partition(self, ref: Ref) -> tuple[Partition, Mapping[str, str]]:
        """A stored partition, and per month the last stream position applied to it."""
        with store_errors():
            rows = list(PeopleTable.query(keys.head_key(ref).pk, consistent_read=True))
        return _partition(ref, rows)

    def save_month(
        self, partition: Partition, month: str, *, sequence: str, after: str | None
    ) -> bool:
        """Replace one month's tallies if the stored position is still `after`."""
        if after is None and is_strong(partition.ref):
            # Before the month, so that what counts something is found. Few have one.
            _link(partition.ref, partition.ref, millis(_first(partition)))
        expected = MonthRow.pk.does_not_exist() if after is None else MonthRow.sequence == after
        try:
            with store_errors():
                _month_row(partition, month, sequence).save(condition=expected)
        except ConflictError:
            return False
        return True

    def add_strong(self, partition: Ref, strong: Ref, at: datetime) -> None:
        """Note that a strong identifier was seen in a partition: idempotent, both directions."""
        if partition != strong:
            _link(strong, partition, millis(at))
        head = HeadRow(*keys.head_key(partition))
        with store_errors():
            head.update(actions=[HeadRow.strongs.add({strong}), HeadRow.kind.set(HeadRow)])

    def partitions_of(self, members: Sequence[Ref]) -> list[Ref]:
        """The partitions that may hold events of a person, or of a cookie: their own first."""
        linked = self.counted_with([member for member in members if is_strong(member)])
        return [*members, *sorted(set(linked).difference(members))]

    def counted_with(self, strong: Sequence[Ref]) -> list[Ref]:
        """Those of `partitions_of` that are known to count something of these identifiers."""
        linked = side_by_side(_linked, strong, at_once=_AT_ONCE)
        return sorted({ref for refs in linked for ref in refs})

    def view(self, person: PersonId) -> View | None:
        """A stored view."""
        for _ in range(_TRIES):
            with store_errors():
                try:
                    hot: Any = ViewRow.get(*keys.view_key(person), consistent_read=True)
                except ViewRow.DoesNotExist:
                    return None
            view = read_view(hot, None if hot.detail_version is None else _detail(person))
            if view is not None:
                return view
        msg = f"the view of {person} is written again and again while it is read"
        raise RetryableError(msg)

    def save_view(self, view: View, occurrences: Sequence[Occurrence], *, now: datetime) -> bool:
        """Write a view if the stored version is `view.version - 1`; False when it is not."""
        before = view.version - 1
        expected = ViewRow.version == before if before else ViewRow.pk.does_not_exist()
        rows = rows_of(view, occurrences, now=now)
        try:
            with store_errors():
                if rows.detail is None and rows.gone is None:
                    rows.hot.save(condition=expected)
                    return True
                with transaction() as write:
                    write.save(rows.hot, condition=expected)
                    if rows.detail is not None:
                        write.save(rows.detail)
                    if rows.gone is not None:
                        write.delete(rows.gone)
        except ConflictError:
            return False
        return True

    def root_of(self, person: PersonId) -> Ref | None:
        """The identifier that a person id was made from."""
        with store_errors():
            try:
                row = ViewRow.get(*keys.view_key(person), consistent_read=True)
            except ViewRow.DoesNotExist:
                return None
        return from_json(row.profile).root

    def erase_partition(self, ref: Ref) -> None:
        """Remove what is counted of a log partition, and every mention of it as seen somewhere."""
        with store_errors():
            rows = list(PeopleTable.query(keys.head_key(ref).pk, consistent_read=True))
            strongs = {s for row in rows if isinstance(row, HeadRow) for s in row.strongs or ()}
            for strong in sorted(strongs):
                LinkRow(*keys.link_key(Ref(strong), ref)).delete()
            if is_strong(ref):
                LinkRow(*keys.link_key(ref, ref)).delete()
            # The head last: it says which links there are, should this be cut short.
            for row in sorted(rows, key=lambda row: isinstance(row, HeadRow)):
                row.delete()

    def unlink(self, strong: Ref) -> None:
        """Forget in which partitions a strong identifier was seen, there as well as with it."""
        for partition in {strong, *_linked(strong)}:
            head = HeadRow(*keys.head_key(partition))
            with contextlib.suppress(ConflictError), store_errors():
                head.update(
                    actions=[HeadRow.strongs.delete({strong})], condition=HeadRow.pk.exists()
                )
            if partition != strong:  # that link goes with the partition itself
                with store_errors():
                    LinkRow(*keys.link_key(strong, partition)).delete()

    def erase_view(self, person: PersonId) -> None:
        """Remove a profile; its id resolves no more, and nobody finds it."""
        with store_errors(), transaction() as write:
            write.delete(FinderRow(*keys.finder_key(person)))
            write.delete(ViewRow(*keys.view_key(person)))
            write.delete(DetailRow(*keys.detail_key(person)))


def _detail(person: PersonId) -> DetailRow | None:
    with store_errors():
        try:
            return DetailRow.get(*keys.detail_key(person), consistent_read=True)
        except DetailRow.DoesNotExist:
            return None


def _link(strong: Ref, partition: Ref, at: int) -> None:
    """Note where a strong identifier was seen, or that it has a partition of its own."""
    place = keys.link_key(strong, partition)
    link = LinkRow(place.pk, place.sk, partition=partition, first_seen=at)
    with contextlib.suppress(ConflictError), store_errors():
        link.save(condition=LinkRow.pk.does_not_exist())


def _first(partition: Partition) -> datetime:
    """When the person was first there; of one who never was, when their first month began."""
    seen = [tally.first for tally in partition.tallies.values() if tally.first is not None]
    month = min(month for month, _ in partition.tallies)
    return min(seen, default=datetime.fromisoformat(f"{month}-01T00:00:00+00:00"))


def _linked(strong: Ref) -> list[Ref]:
    """The partitions that a strong identifier was seen in, and its own if that counts anything."""
    pk = keys.node_key(strong).pk
    with store_errors():
        rows = list(
            LinkRow.query(pk, LinkRow.sk.startswith(keys.LINK_PREFIX), consistent_read=True)
        )
    return [Ref(row.partition) for row in rows]


def _partition(ref: Ref, rows: Sequence[Any]) -> tuple[Partition, Mapping[str, str]]:
    strongs: set[Ref] = set()
    tallies = {}
    positions = {}
    marks = {}
    for row in rows:
        if isinstance(row, HeadRow):
            strongs |= {Ref(s) for s in row.strongs or ()}
        elif isinstance(row, MonthRow):
            month = row.sk.removeprefix(keys.MONTH_PREFIX)
            positions[month] = str(row.sequence)
            owners = cast("dict[str, dict[str, Json]]", json.loads(unpacked(bytes(row.tallies))))
            for owner, raw in owners.items():
                tallies[(month, owner)] = tally_from_json(raw)
            if row.marks is not None:
                marks[month] = _marks(bytes(row.marks))
    partition = Partition(ref=ref, strongs=tuple(sorted(strongs)), tallies=tallies, marks=marks)
    return partition, positions


def _marks(packed: bytes) -> frozenset[int]:
    starts = range(0, len(packed), MARK_BYTES)
    return frozenset(int.from_bytes(packed[at : at + MARK_BYTES], "big") for at in starts)


def _month_row(partition: Partition, month: str, sequence: str) -> MonthRow:
    labels = {
        label: tally_to_json(tally)
        for (when, label), tally in partition.tallies.items()
        if when == month
    }
    marks = partition.marks.get(month, frozenset())
    return MonthRow(
        *keys.month_key(partition.ref, month),
        sequence=sequence,
        tallies=packed(dumps(labels)),
        marks=b"".join(mark.to_bytes(MARK_BYTES, "big") for mark in sorted(marks)) or None,
    )
