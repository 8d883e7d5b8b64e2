"""Identifiers, partitions and views in DynamoDB."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import (
    ClusterRow,
    HeadRow,
    LinkRow,
    MonthRow,
    NodeRow,
    PeopleTable,
    PersonRow,
    ViewRow,
    bind,
    store_errors,
    transaction,
)
from rapport.domain.event import Json, Origin, from_millis, millis
from rapport.domain.identifiers import PersonId, Ref, is_strong, person_id
from rapport.domain.profile import Occurrence, from_json, to_json
from rapport.domain.tally import MARK_BYTES, Partition, tally_from_json, tally_to_json
from rapport.errors import ConflictError
from rapport.ports import View

_FIRST_VERSION = 1


def cluster_of(root: Ref) -> str:
    """The id of the cluster that a strong identifier starts."""
    return person_id(root).removeprefix("p_")


def _dumps(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class DynamoPeople:
    """The port `People`."""

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
        expected = MonthRow.pk.does_not_exist() if after is None else MonthRow.sequence == after
        try:
            with store_errors():
                _month_row(partition, month, sequence).save(condition=expected)
        except ConflictError:
            return False
        return True

    def add_strong(self, partition: Ref, strong: Ref, at: datetime) -> None:
        """Note that a strong identifier was seen in a partition: idempotent, both directions."""
        self._ensure_node(strong, at)
        if partition != strong:
            place = keys.link_key(strong, partition)
            link = LinkRow(place.pk, place.sk, partition=partition, first_seen=millis(at))
            try:
                with store_errors():
                    link.save(condition=LinkRow.pk.does_not_exist())
            except ConflictError:
                link = LinkRow(place.pk, place.sk)  # seen before: the row stands
        head = HeadRow(*keys.head_key(partition))
        with store_errors():
            head.update(actions=[HeadRow.strongs.add({strong}), HeadRow.kind.set(HeadRow)])

    def _ensure_node(self, strong: Ref, at: datetime) -> None:
        place = keys.node_key(strong)
        with store_errors():
            if NodeRow.count(place.pk, NodeRow.sk == place.sk, consistent_read=True):
                return
        person, cluster = person_id(strong), cluster_of(strong)
        try:
            with store_errors(), transaction() as write:
                write.save(
                    NodeRow(*place, cluster=cluster, person=person, first_seen=millis(at)),
                    condition=NodeRow.pk.does_not_exist(),
                )
                write.save(
                    ClusterRow(
                        *keys.cluster_key(cluster), version=_FIRST_VERSION, nodes=[str(strong)]
                    ),
                    condition=ClusterRow.pk.does_not_exist(),
                )
                write.save(PersonRow(*keys.person_key(person), root=strong))
        except ConflictError:
            with store_errors():
                NodeRow.get(*place, consistent_read=True)  # made by somebody else, or fail

    def partitions_of(self, root: Ref) -> list[Ref]:
        """The partitions that may hold events of the person rooted there, its own first."""
        if not is_strong(root):
            return [root]
        pk = keys.node_key(root).pk
        with store_errors():
            rows = list(
                LinkRow.query(pk, LinkRow.sk.startswith(keys.LINK_PREFIX), consistent_read=True)
            )
        return [root, *(Ref(row.partition) for row in rows)]

    def view(self, person: PersonId) -> View | None:
        """A stored view."""
        with store_errors():
            try:
                row = ViewRow.get(*keys.view_key(person), consistent_read=True)
            except ViewRow.DoesNotExist:
                return None
        seen = cast("dict[Ref, str]", json.loads(row.seen or "{}"))
        return View(profile=from_json(row.profile), version=int(row.version), seen=seen)

    def save_view(self, view: View, occurrences: Sequence[Occurrence], *, now: datetime) -> bool:
        """Write a view if the stored version is `view.version - 1`; False when it is not."""
        before = view.version - 1
        expected = ViewRow.version == before if before else ViewRow.pk.does_not_exist()
        row = ViewRow(
            *keys.view_key(view.profile.person),
            version=view.version,
            profile=to_json(view.profile),
            seen=_dumps(dict(view.seen)) if view.seen else None,
            facts=_dumps([_occurrence_to_json(o) for o in occurrences]) if occurrences else None,
            written_at=millis(now),
        )
        try:
            with store_errors():
                row.save(condition=expected)
        except ConflictError:
            return False
        return True

    def cluster(self, root: Ref) -> int:
        """The version of the cluster that a strong identifier belongs to; 0 for an unknown one."""
        with store_errors():
            try:
                row = ClusterRow.get(*keys.cluster_key(cluster_of(root)), consistent_read=True)
            except ClusterRow.DoesNotExist:
                return 0
        return int(row.version)

    def root_of(self, person: PersonId) -> Ref | None:
        """The identifier behind a person id; that of a cookie's person stands in the view."""
        with store_errors():
            try:
                return Ref(PersonRow.get(*keys.person_key(person), consistent_read=True).root)
            except PersonRow.DoesNotExist:
                view = self.view(person)
                return None if view is None else view.profile.root


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
            owners = cast("dict[str, dict[str, Json]]", json.loads(row.tallies))
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
    owners = {
        owner: tally_to_json(tally)
        for (when, owner), tally in partition.tallies.items()
        if when == month
    }
    marks = partition.marks.get(month, frozenset())
    return MonthRow(
        *keys.month_key(partition.ref, month),
        sequence=sequence,
        tallies=_dumps(owners),
        marks=b"".join(mark.to_bytes(MARK_BYTES, "big") for mark in sorted(marks)) or None,
    )


def _occurrence_to_json(occurrence: Occurrence) -> list[Json]:
    return [
        occurrence.name,
        occurrence.event_id,
        occurrence.origin.value,
        millis(occurrence.occurred_at),
        millis(occurrence.received_at),
        occurrence.log_pk,
        occurrence.log_sk,
        *([occurrence.job] if occurrence.job else []),
    ]


def occurrences_from_json(text: str) -> list[Occurrence]:
    """The occurrences that a view write carries."""
    raw = cast("list[tuple[str, str, str, int, int, str, str, *tuple[str, ...]]]", json.loads(text))
    return [
        Occurrence(
            name=name,
            event_id=event_id,
            origin=Origin(origin),
            occurred_at=from_millis(occurred),
            received_at=from_millis(received),
            log_pk=pk,
            log_sk=sk,
            job=job[0] if job else "",
        )
        for name, event_id, origin, occurred, received, pk, sk, *job in raw
    ]
