"""In-memory twins of the ports. They pass the contract suite that the real stores pass.

What is stored goes through its JSON form, so a value that does not survive storing shows up here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from rapport.domain.event import Event, Json, LogKey, millis
from rapport.domain.identifiers import PersonId, Ref, is_strong, person_id
from rapport.domain.profile import Occurrence, from_json, to_json
from rapport.domain.tally import Partition, tally_from_json, tally_to_json
from rapport.errors import ErasedError, PoisonError
from rapport.ports import SealedEvent, View

_SEQUENCE_DIGITS = 40


def sequence(number: int) -> str:
    """A stream position as the flows see it: padded, so that it compares as text."""
    return str(number).zfill(_SEQUENCE_DIGITS)


class FakeLog:
    """The port `Log`, with the stream it feeds. `erase` and `spoil` do what their names say."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.rows: dict[LogKey, Event] = {}
        self.stream: list[SealedEvent] = []
        self._erased: set[Ref] = set()
        self._spoiled: set[LogKey] = set()
        self.append(list(events))

    def append(self, events: Sequence[Event]) -> list[bool]:
        return [self._put(event) for event in events]

    def _put(self, event: Event) -> bool:
        key = event.key
        if key in self.rows:
            return False
        self.rows[key] = event
        self.stream.append(
            SealedEvent(
                key=key,
                sequence=sequence(len(self.stream) + 1),
                received_at=event.received_at,
                row={
                    "pk": {"S": key.pk},
                    "sk": {"S": key.sk},
                    "tr": {"N": str(millis(event.received_at))},
                },
            )
        )
        return True

    def erase(self, home: Ref) -> None:
        self._erased.add(home)

    def spoil(self, key: LogKey) -> None:
        self._spoiled.add(key)

    def get(self, key: LogKey) -> Event | None:
        event = self.rows.get(key)
        if event is None:
            return None
        opened = self._opened(event)
        if opened is None:
            msg = f"the body of {key.sk} was erased"
            raise ErasedError(msg)
        return opened

    def partition(self, ref: Ref) -> list[Event]:
        rows = sorted((key, event) for key, event in self.rows.items() if key.pk == ref)
        return [opened for _, event in rows if (opened := self._opened(event)) is not None]

    def open(self, rows: Sequence[SealedEvent]) -> list[Event | None]:
        return [self._opened(self.rows[row.key]) for row in rows]

    def _opened(self, event: Event) -> Event | None:
        if event.home in self._erased:
            return None
        if event.key in self._spoiled:
            msg = f"row {event.key.sk} does not open"
            raise PoisonError(msg)
        return event


class FakePeople:
    """The port `People`. `writes` lists every view written, with the occurrences it carried."""

    def __init__(self) -> None:
        self.writes: list[tuple[View, tuple[Occurrence, ...]]] = []
        self._strongs: dict[Ref, set[Ref]] = {}
        self._links: dict[Ref, set[Ref]] = {}
        self._months: dict[Ref, dict[str, tuple[str, str]]] = {}
        self._views: dict[PersonId, tuple[str, View]] = {}
        self._roots: dict[PersonId, Ref] = {}

    def partition(self, ref: Ref) -> tuple[Partition, Mapping[str, str]]:
        tallies = {}
        positions = {}
        for month, (position, text) in self._months.get(ref, {}).items():
            positions[month] = position
            owners = cast("dict[str, dict[str, Json]]", json.loads(text))
            for owner, raw in owners.items():
                tallies[(month, owner)] = tally_from_json(raw)
        strongs = tuple(sorted(self._strongs.get(ref, set())))
        return Partition(ref=ref, strongs=strongs, tallies=tallies), positions

    def save_month(
        self, partition: Partition, month: str, *, sequence: str, after: str | None
    ) -> bool:
        stored = self._months.setdefault(partition.ref, {})
        if stored.get(month, (None, ""))[0] != after:
            return False
        stored[month] = (sequence, _owners(partition, month))
        return True

    def replace(self, partition: Partition, *, sequence: str) -> None:
        stored = self._months.setdefault(partition.ref, {})
        for month in {month for month, _ in partition.tallies} | set(stored):
            if stored.get(month, ("", ""))[0] <= sequence:
                stored[month] = (sequence, _owners(partition, month))

    def add_strong(self, partition: Ref, strong: Ref, at: datetime) -> None:
        self._roots[person_id(strong)] = strong
        if partition != strong:
            self._links.setdefault(strong, set()).add(partition)
        self._strongs.setdefault(partition, set()).add(strong)

    def partitions_of(self, root: Ref) -> list[Ref]:
        return [root, *sorted(self._links.get(root, set()))] if is_strong(root) else [root]

    def view(self, person: PersonId) -> View | None:
        if person not in self._views:
            return None
        text, view = self._views[person]
        return replace(view, profile=from_json(text))

    def save_view(self, view: View, occurrences: Sequence[Occurrence], *, now: datetime) -> bool:
        stored = self._views.get(view.profile.person)
        if (0 if stored is None else stored[1].version) != view.version - 1:
            return False
        self._views[view.profile.person] = (to_json(view.profile), view)
        self.writes.append((view, tuple(occurrences)))
        return True

    def root_of(self, person: PersonId) -> Ref | None:
        if person in self._roots:
            return self._roots[person]
        return self._views[person][1].profile.root if person in self._views else None


def _owners(partition: Partition, month: str) -> str:
    owners = {
        owner: tally_to_json(tally)
        for (when, owner), tally in partition.tallies.items()
        if when == month
    }
    return json.dumps(owners, sort_keys=True)
