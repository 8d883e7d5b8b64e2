"""In-memory twins of the ports. Each keeps its port's promises and nothing more."""

from collections.abc import Iterable, Sequence

from rapport.domain.event import Event, LogKey
from rapport.domain.identifiers import Namespace, Ref, keyed_ref
from rapport.errors import ErasedError, RetryableError
from rapport.ports import SealedEvent, WriteKey


class FakePseudonyms:
    """`Pseudonyms` with a pepper of its own; remembers every value that it was asked for."""

    def __init__(self, pepper: bytes = b"pepper") -> None:
        self._pepper = pepper
        self.asked: set[tuple[Namespace, str]] = set()

    def ref(self, ns: Namespace, value: str) -> Ref:
        self.asked.add((ns, value))
        return keyed_ref(self._pepper, ns, value)


class FakeLog:
    """`Log`. `rows` keeps the order of puts; `dies_before` makes the n-th put of a call fail."""

    def __init__(self, *, dies_before: int | None = None) -> None:
        self.rows: dict[LogKey, Event] = {}
        self.erased: set[Ref] = set()
        self.dies_before = dies_before

    def append(self, events: Sequence[Event]) -> list[bool]:
        new = []
        for position, event in enumerate(events):
            if position == self.dies_before:
                msg = "the log is out of reach"
                raise RetryableError(msg)
            new.append(event.key not in self.rows)
            self.rows.setdefault(event.key, event)
        return new

    def get(self, key: LogKey) -> Event | None:
        event = self.rows.get(key)
        if event is not None and event.home in self.erased:
            msg = f"the body of {key.sk} was erased"
            raise ErasedError(msg)
        return event

    def partition(self, ref: Ref) -> list[Event]:
        mine = sorted((e for e in self.rows.values() if e.partition == ref), key=lambda e: e.key)
        return [event for event in mine if event.home not in self.erased]

    def open(self, rows: Sequence[SealedEvent]) -> list[Event | None]:
        opened = [self.rows[row.key] for row in rows]
        return [None if event.home in self.erased else event for event in opened]


class FakeWriteKeys:
    """The write keys of a book; `reads` counts how often it was asked."""

    def __init__(self, keys: Iterable[WriteKey] = ()) -> None:
        self.stored = {key.key: key for key in keys}
        self.reads = 0

    def write_key(self, key: str) -> WriteKey | None:
        self.reads += 1
        return self.stored.get(key)
