"""Nodes and clusters in DynamoDB: read by key, changed in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.calls import BATCH, TABLE_NAMES, ThroughModels, get_many
from rapport.adapters.dynamo.cluster_rows import pack, unpack
from rapport.adapters.dynamo.models import (
    ClusterRow,
    NodeRow,
    PeopleTable,
    bind,
    store_errors,
    transaction,
)
from rapport.domain.event import LogKey, from_millis, millis
from rapport.domain.identifiers import Ref
from rapport.erasing import remaining
from rapport.errors import ConflictError, RetryableError
from rapport.identity import Change, Cluster, Mark, Pointer

# The bigger cluster takes the smaller, so a chain of redirects is as long as the logarithm of the
# largest; a longer one is being changed while it is followed.
_MAX_HOPS = 12
_TRIES = 8


class DynamoClusters:
    """The ports `Clusters` and `ClusterEraser`."""

    def __init__(self, table: str) -> None:
        """Work on the people table of that name."""
        bind(people=table)

    def pointers(self, refs: Iterable[Ref]) -> Mapping[Ref, Pointer]:
        """Where identifiers stand; those never seen are left out."""
        place = {keys.node_key(ref): ref for ref in refs}
        return {place[LogKey(row.pk, row.sk)]: _pointer(row) for row in _rows(place)}

    def clusters(self, ids: Iterable[str]) -> Mapping[str, Cluster]:
        """Clusters by the ids asked for, redirects followed; an id of none is left out."""
        ahead = {asked: asked for asked in ids}
        found: dict[str, Cluster] = {}
        for _ in range(_MAX_HOPS):
            unread = {keys.cluster_key(id_): id_ for id_ in ahead.values() if id_ not in found}
            if not unread:
                return {asked: found[id_] for asked, id_ in ahead.items()}
            moved: dict[str, str] = {}
            for row in _rows(unread):
                id_ = unread[LogKey(row.pk, row.sk)]
                if row.moved_to is None:
                    found[id_] = _cluster(id_, row)
                else:
                    moved[id_] = row.moved_to
            there = found.keys() | moved.keys()
            ahead = {asked: moved.get(id_, id_) for asked, id_ in ahead.items() if id_ in there}
        msg = "clusters move on while they are looked for"
        raise RetryableError(msg)

    def commit(self, change: Change) -> bool:
        """All of a change, or nothing and False when somebody else was faster."""
        rows: list[tuple[ClusterRow | NodeRow, Condition]] = [
            *((_cluster_row(cluster), _is_at(before)) for cluster, before in change.write),
            *(
                (ClusterRow(*keys.cluster_key(mark.id), moved_to=to), _is_at(mark.version))
                for mark, to in change.redirect.items()
            ),
            *(
                (_node_row(ref, pointer), _points(before, pointer.erased_at))
                for ref, (pointer, before) in change.point.items()
            ),
        ]
        try:
            with store_errors():
                if len(rows) == 1:
                    # Half the price of a transaction.
                    rows[0][0].save(condition=rows[0][1])
                    return True
                with transaction() as write:
                    for row, condition in rows:
                        write.save(row, condition=condition)
        except ConflictError:
            return False
        return True

    def settle(self, mark: Mark) -> None:
        """Note that the views of a cluster are up to date, if it still stands at that version."""
        row = ClusterRow(*keys.cluster_key(mark.id))
        try:
            with store_errors():
                row.update(
                    actions=[ClusterRow.unsettled.remove()],
                    condition=(ClusterRow.version == mark.version) & ClusterRow.unsettled.exists(),
                )
        except ConflictError:
            return

    def every(self) -> Iterator[Cluster]:
        """All clusters, in no order, redirects left out."""
        with store_errors():
            for row in ClusterRow.scan(ClusterRow.state.exists(), consistent_read=True):
                yield _cluster(row.pk.partition("#")[2], row)

    def erase(self, ref: Ref, at: datetime) -> str | None:
        """Leave of an identifier only that it was erased; the id of its cluster, if one is left."""
        for _ in range(_TRIES):
            pointer = self.pointers([ref]).get(ref)
            if pointer is not None and not pointer.cluster and _erased_by(pointer, at):
                return None
            try:
                return self._erase(ref, pointer, at)
            except ConflictError:
                continue
        msg = f"the cluster of {ref} was written by others {_TRIES} times in a row"
        raise ConflictError(msg)

    def _erase(self, ref: Ref, pointer: Pointer | None, at: datetime) -> str | None:
        was = Pointer() if pointer is None else pointer
        stood = self.clusters([was.cluster] if was.cluster else []).get(was.cluster)
        tombstone = Pointer(erased_at=max(at, was.erased_at or at))
        unchanged = _points(None if pointer is None else was.cluster, was.erased_at)
        with store_errors(), transaction() as write:
            write.save(_node_row(ref, tombstone), condition=unchanged)
            if stood is None:
                return None
            left = remaining(stood, ref)
            if left.state.nodes:
                write.save(_cluster_row(left), condition=_is_at(stood.version))
            else:
                gone = ClusterRow(*keys.cluster_key(stood.id))
                write.delete(gone, condition=_is_at(stood.version))
        return stood.id if left.state.nodes else None


def _erased_by(pointer: Pointer, at: datetime) -> bool:
    return pointer.erased_at is not None and pointer.erased_at >= at


def _rows(place: Iterable[LogKey]) -> Iterator[Any]:
    """The rows of distinct keys, those absent left out."""
    asked: Sequence[LogKey] = [*place]
    for start in range(0, len(asked), BATCH):
        found = get_many(
            ThroughModels(),
            TABLE_NAMES[PeopleTable.table],
            asked[start : start + BATCH],
            consistent=True,
        )
        yield from (PeopleTable.from_raw_data(item) for item in found)


def _is_at(version: int) -> Condition:
    return ClusterRow.version == version if version else ClusterRow.pk.does_not_exist()


def _points(cluster: str | None, erased_at: datetime | None) -> Condition:
    """A node as it was read: without a row, erased, or pointing there."""
    if cluster is None:
        return NodeRow.pk.does_not_exist()
    there: Condition = NodeRow.pk.exists()
    there &= NodeRow.cluster == cluster if cluster else NodeRow.cluster.does_not_exist()
    if erased_at is None:
        there &= NodeRow.erased_at.does_not_exist()
    else:
        there &= NodeRow.erased_at == millis(erased_at)
    return there


def _node_row(ref: Ref, pointer: Pointer) -> NodeRow:
    return NodeRow(
        *keys.node_key(ref),
        cluster=pointer.cluster or None,
        crowd=pointer.crowd or None,
        hub=pointer.hub or None,
        fenced=pointer.fenced or None,
        closed=pointer.closed or None,
        erased_at=None if pointer.erased_at is None else millis(pointer.erased_at),
    )


def _pointer(row: Any) -> Pointer:
    return Pointer(
        cluster=row.cluster or "",
        crowd=bool(row.crowd),
        hub=bool(row.hub),
        fenced=bool(row.fenced),
        closed=bool(row.closed),
        erased_at=None if row.erased_at is None else from_millis(int(row.erased_at)),
    )


def _cluster_row(cluster: Cluster) -> ClusterRow:
    return ClusterRow(
        *keys.cluster_key(cluster.id),
        version=cluster.version,
        state=pack(cluster),
        rules=cluster.rules or None,
        unsettled=cluster.unsettled or None,
    )


def _cluster(id_: str, row: Any) -> Cluster:
    return unpack(
        bytes(row.state),
        Mark(id_, int(row.version)),
        rules=row.rules or "",
        unsettled=bool(row.unsettled),
    )
