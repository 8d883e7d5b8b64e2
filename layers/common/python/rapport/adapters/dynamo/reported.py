"""What reports read in bulk: mails and profiles by their keys, and all profiles there are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.book_rows import read_send
from rapport.adapters.dynamo.calls import BATCH, side_by_side
from rapport.adapters.dynamo.fates import read_fate
from rapport.adapters.dynamo.models import (
    BookTable,
    DetailRow,
    FateRow,
    PeopleTable,
    SendRow,
    ViewRow,
    bind,
    store_errors,
)
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.view_rows import read_view
from rapport.domain.address import SendRecord
from rapport.domain.event import LogKey
from rapport.domain.fate import NOTHING_KNOWN, Fate
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.events import VIEW_PREFIX

# Of a mail, and of a profile, two rows are read.
_TOGETHER = BATCH // 2
_AT_ONCE = 8
_Key = TypeVar("_Key", bound=str)


class DynamoReported:
    """The port `Reported`."""

    def __init__(self, *, book: str, people: str) -> None:
        """Read the tables of these names."""
        bind(book=book)
        self._people = DynamoPeople(people)

    def mails(self, send_keys: Iterable[str]) -> Mapping[str, tuple[SendRecord, Fate]]:
        """The claimed ones of some mails, and what is known of each."""
        found: dict[str, tuple[SendRecord, Fate]] = {}
        for mails in side_by_side(_mails, _lots(send_keys), at_once=_AT_ONCE):
            found |= mails
        return found

    def profiles(self, persons: Iterable[PersonId]) -> Mapping[PersonId, Profile]:
        """The stored ones of some profiles."""
        found: dict[PersonId, Profile] = {}
        for views in side_by_side(self._profiles, _lots(persons), at_once=_AT_ONCE):
            found |= views
        return found

    def everybody(self) -> Iterator[Profile]:
        """All profiles but those that moved on, in no order: a scan of `people`."""
        split: list[PersonId] = []
        with store_errors():
            for row in ViewRow.scan(ViewRow.pk.startswith(VIEW_PREFIX), consistent_read=True):
                view = read_view(row, None)
                if view is None:
                    split.append(PersonId(row.pk.removeprefix(VIEW_PREFIX)))
                elif view.profile.moved_to is None:
                    yield view.profile
        for lot in _lots(split):
            yield from (p for p in self._profiles(lot).values() if p.moved_to is None)

    def _profiles(self, persons: Sequence[PersonId]) -> dict[PersonId, Profile]:
        wanted = [key(p) for p in persons for key in (keys.view_key, keys.detail_key)]
        with store_errors():
            rows = [*PeopleTable.batch_get(wanted, consistent_read=True)]
        details = {row.pk: row for row in rows if isinstance(row, DetailRow)}
        hot = {LogKey(row.pk, row.sk): row for row in rows if isinstance(row, ViewRow)}
        found = {}
        for person in persons:
            row = hot.get(keys.view_key(person))
            if row is None:
                continue
            # Written while it was read, its two rows are read again, one by one.
            view = read_view(row, details.get(keys.detail_key(person).pk))
            view = view or self._people.view(person)
            if view is not None:
                found[person] = view.profile
        return found


def _mails(send_keys: Sequence[str]) -> dict[str, tuple[SendRecord, Fate]]:
    wanted = [k(key) for key in send_keys for k in (keys.send_record_key, keys.fate_key)]
    with store_errors():
        rows = [*BookTable.batch_get(wanted, consistent_read=True)]
    fates = {row.pk: read_fate(row) for row in rows if isinstance(row, FateRow)}
    records = [(row.pk, read_send(row)) for row in rows if isinstance(row, SendRow)]
    return {r.send_key: (r, fates.get(pk, NOTHING_KNOWN)) for pk, r in records}


def _lots(each: Iterable[_Key]) -> list[list[_Key]]:
    every: list[_Key] = [*dict.fromkeys(each)]
    return [every[at : at + _TOGETHER] for at in range(0, len(every), _TOGETHER)]
