"""Stored profiles in the table's own order, which is that of a hash."""

from collections.abc import Iterator
from random import Random

from rapport.adapters.dynamo.models import ViewRow, bind, store_errors
from rapport.domain.identifiers import Ref
from rapport.domain.profile import from_json
from rapport.events import VIEW_PREFIX

# A scan is begun in one of so many parts: a part of a table of a million profiles is read in
# seconds, and a small table is read whole.
SEGMENTS = 256


class DynamoSample:
    """Profiles from a part of the table that chance picks, then from the next, and so on round."""

    def __init__(self, table: str, *, random: Random) -> None:
        """Read the people table of that name."""
        bind(people=table)
        self._random = random

    def roots(self) -> Iterator[Ref]:
        """The root of each profile that holds something; one that moved on holds nothing."""
        first = self._random.randrange(SEGMENTS)
        for step in range(SEGMENTS):
            with store_errors():
                rows = ViewRow.scan(
                    ViewRow.pk.startswith(VIEW_PREFIX),
                    segment=(first + step) % SEGMENTS,
                    total_segments=SEGMENTS,
                )
                for row in rows:
                    profile = from_json(row.profile)
                    if profile.moved_to is None:
                        yield profile.root
