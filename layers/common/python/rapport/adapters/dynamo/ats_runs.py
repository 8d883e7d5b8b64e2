"""Runs that read an ATS, in DynamoDB: a row per connection and name, written over its own version
alone, and a row for each connection that the clock has read.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import PulledRow, PullRow, bind, store_errors
from rapport.pulls import PULL, Pull


class DynamoPulls:
    """The port `Pulls`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def get(self, connection: str, name: str = PULL) -> Pull | None:
        """The run of that name that is under way, or else the last one."""
        with store_errors():
            try:
                row = PullRow.get(*keys.pull_key(connection, name), consistent_read=True)
            except PullRow.DoesNotExist:
                return None
        return replace(msgspec.json.decode(row.state, type=Pull), version=int(row.version))

    def put(self, pull: Pull) -> Pull:
        """Store it over the version that it was read at; ConflictError when that is not there."""
        moved = replace(pull, version=pull.version + 1)
        row = PullRow(
            *keys.pull_key(pull.connection, pull.name),
            version=moved.version,
            state=msgspec.json.encode(moved).decode(),
        )
        fresh = PullRow.pk.does_not_exist()
        with store_errors():
            row.save(condition=PullRow.version == pull.version if pull.version else fresh)
        return moved

    def connections(self) -> Sequence[str]:
        """Those that the clock has read, sorted."""
        with store_errors():
            return [str(row.sk) for row in PulledRow.query(keys.PULLED, consistent_read=True)]

    def enrol(self, connection: str) -> None:
        """Have it read by the clock from now on."""
        with store_errors():
            PulledRow(*keys.pulled_key(connection)).save()

    def retire(self, connection: str) -> None:
        """Have it read no more."""
        with store_errors():
            PulledRow(*keys.pulled_key(connection)).delete()
