"""What campaigns would come to: pages of people to judge, and what they came to, for two days."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import (
    RehearsalRow,
    SheetRow,
    bind,
    store_errors,
    transaction,
)
from rapport.adapters.dynamo.packing import packed, unpacked
from rapport.domain.identifiers import PersonId
from rapport.errors import ConflictError
from rapport.rehearsing import Rehearsal, Tally

_KEPT = timedelta(days=2)


class DynamoRehearsals:
    """The port `Rehearsals`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def last(self, campaign: str) -> Rehearsal | None:
        """The last one that somebody asked for."""
        with store_errors():
            try:
                row = RehearsalRow.get(*keys.rehearsal_key(campaign), consistent_read=True)
            except RehearsalRow.DoesNotExist:
                return None
        return msgspec.json.decode(unpacked(row.body), type=Rehearsal)

    def save(self, rehearsal: Rehearsal, page: Sequence[PersonId] = ()) -> bool:
        """Store it, with the page that it counts last, unless another version is stored."""
        expires = int((rehearsal.at + _KEPT).timestamp())
        row = RehearsalRow(
            *keys.rehearsal_key(rehearsal.campaign),
            body=packed(msgspec.json.encode(rehearsal).decode()),
            run=rehearsal.run,
            version=rehearsal.version,
            expires=expires,
        )
        follows = None
        if rehearsal.version > 1:
            before = RehearsalRow.version == rehearsal.version - 1
            follows = (RehearsalRow.run == rehearsal.run) & before
        try:
            with store_errors(), transaction() as write:
                write.save(row, condition=follows)
                if page:
                    place = keys.sheet_key(rehearsal.campaign, rehearsal.run, rehearsal.pages - 1)
                    people = packed(msgspec.json.encode(list(page)).decode())
                    write.save(SheetRow(*place, people=people, expires=expires))
        except ConflictError:
            return False
        return True

    def page(self, campaign: str, run: str, page: int) -> Sequence[PersonId]:
        """Whom to judge; nobody if the page is gone."""
        with store_errors():
            try:
                row = SheetRow.get(*keys.sheet_key(campaign, run, page), consistent_read=True)
            except SheetRow.DoesNotExist:
                return ()
        return tuple(map(PersonId, msgspec.json.decode(unpacked(row.people), type=list[str])))

    def judged(self, campaign: str, run: str, page: int, tally: Tally) -> None:
        """Keep what they came to; harmless to repeat."""
        counts = packed(msgspec.json.encode(tally).decode())
        with store_errors():
            SheetRow(*keys.sheet_key(campaign, run, page)).update(
                actions=[SheetRow.counts.set(counts)]
            )

    def tallies(self, campaign: str, run: str) -> Sequence[Tally | None]:
        """What each page came to; None for one that is not judged yet."""
        first = keys.sheet_key(campaign, run, 0)
        with store_errors():
            rows = SheetRow.query(
                first.pk,
                SheetRow.sk.startswith(first.sk.rpartition("#")[0] + "#"),
                consistent_read=True,
                attributes_to_get=["pk", "sk", "k", "c"],
            )
            return [_counts(row) for row in rows]


def _counts(row: SheetRow) -> Tally | None:
    stored: bytes | None = row.counts
    return None if stored is None else msgspec.json.decode(unpacked(stored), type=Tally)
