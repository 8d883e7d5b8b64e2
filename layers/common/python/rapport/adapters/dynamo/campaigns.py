"""How far campaigns have come, and their audiences: a partition for each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
from pynamodb.expressions.condition import Condition

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import (
    ChunkRow,
    LaunchRow,
    SpentRow,
    bind,
    store_errors,
    transaction,
)
from rapport.adapters.dynamo.packing import packed, unpacked
from rapport.domain.event import from_millis, millis
from rapport.domain.identifiers import PersonId
from rapport.domain.launch import Launch
from rapport.errors import ConflictError
from rapport.launching import Chunk, chunk_time


class DynamoLaunches:
    """The port `Launches`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def get(self, campaign: str) -> Launch:
        """A campaign's way; a draft of version 0 for one that nobody touched."""
        with store_errors():
            try:
                row = LaunchRow.get(*keys.launch_key(campaign), consistent_read=True)
            except LaunchRow.DoesNotExist:
                return Launch(campaign=campaign)
        told = msgspec.json.decode(unpacked(row.body), type=Launch)
        return replace(told, version=int(row.version))

    def save(self, launch: Launch, chunks: Sequence[Chunk] = ()) -> bool:
        """Store it with chunks of its audience; False if the stored version is another."""
        body = packed(msgspec.json.encode(launch).decode())
        row = LaunchRow(*keys.launch_key(launch.campaign), body=body, version=launch.version)
        try:
            with store_errors():
                if not chunks:
                    row.save(condition=_follows(launch.version))
                    return True
                with transaction() as write:
                    write.save(row, condition=_follows(launch.version))
                    for chunk in chunks:
                        write.save(_chunk(launch.campaign, chunk))
        except ConflictError:
            return False
        return True

    def chunks(self, campaign: str, *, since: str, until: datetime, limit: int) -> Sequence[Chunk]:
        """The chunks from the one of that name on, that one too, which are due by then."""
        first = keys.chunk_key(campaign, since)
        # Names go on after the time: `~` sorts behind all of them.
        last = keys.chunk_key(campaign, f"{chunk_time(until)}~")
        if first.sk > last.sk:
            return []
        with store_errors():
            rows = ChunkRow.query(
                first.pk, ChunkRow.sk.between(first.sk, last.sk), limit=limit, consistent_read=True
            )
            return [_read(row) for row in rows]

    def next_due(self, campaign: str, *, after: str) -> datetime | None:
        """When the chunk after the one of that name is due; None if there is none."""
        first = keys.chunk_key(campaign, f"{after}~" if after else "")
        end = keys.chunk_key(campaign, "~")
        with store_errors():
            rows = ChunkRow.query(
                first.pk, ChunkRow.sk.between(first.sk, end.sk), limit=1, consistent_read=True
            )
            return next((from_millis(int(row.due)) for row in rows), None)

    def spent(self, campaign: str) -> int:
        """How many mails of it have left that its bound counts."""
        with store_errors():
            try:
                row = SpentRow.get(*keys.spent_key(campaign), consistent_read=True)
            except SpentRow.DoesNotExist:
                return 0
        return int(row.mails)

    def spend(self, campaign: str, *, most: int) -> bool:
        """Count one more unless there were `most` already; whether it was counted."""
        if most < 1:
            return False
        free: Condition = SpentRow.mails.does_not_exist() | (SpentRow.mails < most)
        try:
            with store_errors():
                SpentRow(*keys.spent_key(campaign)).update(
                    actions=[SpentRow.kind.set(SpentRow), SpentRow.mails.add(1)], condition=free
                )
        except ConflictError:
            return False
        return True


def _follows(version: int) -> Condition:
    if version == 1:
        return LaunchRow.pk.does_not_exist()
    return LaunchRow.version == version - 1


def _chunk(campaign: str, chunk: Chunk) -> ChunkRow:
    return ChunkRow(
        *keys.chunk_key(campaign, chunk.name),
        due=millis(chunk.due),
        page=chunk.page,
        people=packed(msgspec.json.encode(chunk.people).decode()),
    )


def _read(row: ChunkRow) -> Chunk:
    people = msgspec.json.decode(unpacked(row.people), type=list[str])
    return Chunk(
        due=from_millis(int(row.due)), page=int(row.page), people=tuple(map(PersonId, people))
    )
