"""How far imports have come, the columns of each source, who came without proof: in DynamoDB."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import msgspec

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.book import DynamoBook, until_settled
from rapport.adapters.dynamo.book_conditions import address_is
from rapport.adapters.dynamo.book_rows import address_row
from rapport.adapters.dynamo.models import (
    ImportColumnsRow,
    ImportRow,
    KeptRow,
    WordRow,
    bind,
    store_errors,
    transaction,
)
from rapport.adapters.dynamo.words import read_word
from rapport.domain.identifiers import Ref
from rapport.domain.unsaying import unsaid
from rapport.importing.columns import Columns
from rapport.importing.ports import Import, Kept

MOST_DUE = 100


class DynamoImports:
    """The port `ImportRows`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def get(self, import_id: str) -> Import | None:
        """An import."""
        with store_errors():
            try:
                row = ImportRow.get(*keys.import_key(import_id), consistent_read=True)
            except ImportRow.DoesNotExist:
                return None
        return _import(row)

    def all(self) -> Sequence[Import]:
        """Every import, the newest first."""
        with store_errors():
            rows = [*ImportRow.query(keys.IMPORTS, consistent_read=True)]
        return sorted(map(_import, rows), key=lambda each: each.started_at, reverse=True)

    def put(self, moved: Import) -> Import:
        """Store it over the version that it was read at; ConflictError when that is not there."""
        after = replace(moved, version=moved.version + 1)
        row = ImportRow(
            *keys.import_key(moved.id),
            version=after.version,
            state=msgspec.json.encode(after).decode(),
        )
        fresh = ImportRow.pk.does_not_exist()
        with store_errors():
            row.save(condition=ImportRow.version == moved.version if moved.version else fresh)
        return after

    def columns(self, source: str) -> Columns | None:
        """The columns that a person confirmed for a source."""
        with store_errors():
            try:
                row = ImportColumnsRow.get(*keys.import_columns_key(source), consistent_read=True)
            except ImportColumnsRow.DoesNotExist:
                return None
        return msgspec.json.decode(row.state, type=Columns)

    def put_columns(self, source: str, columns: Columns) -> None:
        """Keep them for the next file of that source."""
        state = msgspec.json.encode(columns).decode()
        with store_errors():
            ImportColumnsRow(*keys.import_columns_key(source), state=state).save()

    def keep(self, kept: Kept) -> None:
        """Remember when they are to be forgotten; harmless to repeat."""
        place = keys.import_kept_key(kept.until, kept.import_id, kept.page)
        with store_errors():
            KeptRow(*place, homes=json.dumps([*kept.homes])).save()

    def due(self, day: date) -> Sequence[Kept]:
        """Those whose day has passed, the longest overdue first; at most a hundred pages."""
        with store_errors():
            rows = KeptRow.query(
                keys.IMPORTS_KEPT,
                KeptRow.sk < day.isoformat(),
                consistent_read=True,
                limit=MOST_DUE,
            )
            return [_kept(row) for row in rows]

    def release(self, import_id: str, page: int, until: date) -> None:
        """Nobody of a page is to be forgotten any more; harmless to repeat."""
        with store_errors():
            KeptRow(*keys.import_kept_key(until, import_id, page)).delete()


class DynamoTakesBack:
    """The port `TakesBack`, on the rows of a book."""

    def __init__(self, book: DynamoBook) -> None:
        self._book = book

    def unsay(self, address: Ref, topic: str, event_id: str) -> bool:
        """Let the word before it hold again; False when its owner has spoken since.

        The word leaves the consent ledger either way: it proves nothing.
        """
        done: list[bool] = []

        def attempt() -> None:
            state = self._book.address(address)
            rows = list(WordRow.query(f"{keys.WORD_PREFIX}{address}", consistent_read=True))
            after = unsaid(state, topic, event_id, [read_word(row) for row in rows])
            mine = [row for row in rows if (row.event_id, row.topic) == (event_id, topic)]
            done[:] = [after is not None]
            if after is None and not mine:
                return
            with transaction() as write:
                if after is not None:
                    write.save(address_row(after), condition=address_is(state.version))
                for row in mine:
                    write.delete(row)

        until_settled(attempt)
        return done[-1]


def _import(row: ImportRow) -> Import:
    return replace(msgspec.json.decode(row.state, type=Import), version=int(row.version))


def _kept(row: KeptRow) -> Kept:
    until, import_id, page = row.sk.split("#")
    homes = tuple(Ref(each) for each in json.loads(row.homes))
    return Kept(until=date.fromisoformat(until), import_id=import_id, page=int(page), homes=homes)
