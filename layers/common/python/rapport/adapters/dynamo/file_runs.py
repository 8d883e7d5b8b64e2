"""How far dropped files have come, in DynamoDB: a row per mapping, written over its own version."""

from dataclasses import replace

import msgspec

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import FileRunRow, bind, store_errors
from rapport.filedrop.ports import FileRun


class DynamoFileRuns:
    """The port `FileRuns`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def get(self, connection: str, pattern: str) -> FileRun:
        """The run; version 0 when there was none yet."""
        with store_errors():
            try:
                row = FileRunRow.get(*keys.file_run_key(connection, pattern), consistent_read=True)
            except FileRunRow.DoesNotExist:
                return FileRun(connection=connection, pattern=pattern)
        return replace(msgspec.json.decode(row.state, type=FileRun), version=int(row.version))

    def put(self, run: FileRun) -> FileRun:
        """Store it over the version that it was read at; ConflictError when that is not there."""
        moved = replace(run, version=run.version + 1)
        row = FileRunRow(
            *keys.file_run_key(run.connection, run.pattern),
            version=moved.version,
            state=msgspec.json.encode(moved).decode(),
        )
        fresh = FileRunRow.pk.does_not_exist()
        with store_errors():
            row.save(condition=FileRunRow.version == run.version if run.version else fresh)
        return moved
