"""The finder in memory, as the table has it: rows by person, guarded by the view's version."""

from rapport.domain.finder import shard_of
from rapport.domain.identifiers import PersonId
from rapport.errors import RetryableError
from rapport.finder_rows import Rows
from rapport.ports import FinderChange

OVERHEAD = 48


class FakeListNames:
    """The port `ListNames` in a set."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def note(self, key: str) -> None:
        self.names.add(key)

    def all(self) -> list[str]:
        return sorted(self.names)


class FakeFinder:
    """The ports `Finder` and `FinderRows`. `page_rows`: of how many rows a page is at most."""

    def __init__(self, *, page_rows: int = 1000) -> None:
        self.stored: dict[PersonId, tuple[int, bytes]] = {}
        self.page_rows = page_rows
        self.refuse: set[PersonId] = set()
        self.puts = 0

    def put(self, change: FinderChange) -> None:
        if change.person in self.refuse:
            raise RetryableError
        self.puts += 1
        stands = self.stored.get(change.person, (0, b""))[0]
        if change.version is None:
            self.stored.pop(change.person, None)
        elif stands < change.version:
            if change.row is None:
                self.stored.pop(change.person, None)
            else:
                self.stored[change.person] = (change.version, change.row)

    def page(self, shard: int, *, after: PersonId | None) -> Rows:
        mine = sorted(p for p in self.stored if shard_of(p) == shard and p > (after or ""))
        found = [(person, self.stored[person][1]) for person in mine[: self.page_rows]]
        size = sum(len(row) + OVERHEAD for _, row in found)
        more = len(mine) > len(found)
        return Rows(
            rows=found,
            read_units=0.5 * max(1, -(-size // 4096)),
            after=found[-1][0] if more else None,
        )

    def row(self, person: PersonId) -> bytes | None:
        return self.stored[person][1] if person in self.stored else None
