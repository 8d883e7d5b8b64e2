"""The stores of tables that forget by key: marks, keys, log rows, tallies and profiles.

Each is an `Eraser`; in which order they come is what `stores()` says: marks first, then the keys,
so that from then on nothing opens and nothing brings anybody back.
"""

from typing import Protocol

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.book_conditions import suppression_is
from rapport.adapters.dynamo.book_rows import suppression_row
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.erasure import DynamoSweep
from rapport.adapters.dynamo.models import (
    EventRow,
    MonthRow,
    PeopleTable,
    store_errors,
)
from rapport.adapters.dynamo.occasions import DynamoOccasions
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.domain.event import LogKey, millis
from rapport.domain.identifiers import Namespace, Ref, namespace_of, person_id
from rapport.domain.spellings import Needles
from rapport.domain.tally import fold_partition
from rapport.domain.tombstones import Gone, Traces, suppression
from rapport.errors import ConflictError, PoisonError
from rapport.forgetting import Eraser
from rapport.ports import Book, Log

_TRIES = 8


class _Schedules(Protocol):
    """Wake-ups; what `rapport.waiting` has of them."""

    def clear(self, subject: Ref) -> None:
        """Let somebody sleep."""
        ...


class DynamoMarks:
    """Every identifier says that it was erased, every address that nothing is mailed to it."""

    store = "marks"

    def __init__(self, clusters: DynamoClusters, book: Book) -> None:
        """Mark in these."""
        self._clusters, self._book = clusters, book

    def erase(self, traces: Traces, needles: Needles) -> Gone:
        """Mark those that are not marked yet."""
        before = self._clusters.pointers(traces.strong)
        fresh = 0
        for ref in traces.strong:
            known = before.get(ref)
            # Whoever came back since is not erased once more.
            if known is None or known.erased_at is None or known.erased_at < traces.at:
                self._clusters.erase(ref, traces.at)
                fresh += 1
            if namespace_of(ref) is Namespace.EMAIL and self._close(ref, traces):
                fresh += 1
        return Gone(erased=fresh, items=len(traces.strong), stays={"tombstone": len(traces.strong)})

    def _close(self, address: Ref, traces: Traces) -> bool:
        """Whether the address was open to anything."""
        for _ in range(_TRIES):
            state = self._book.address(address)
            new = suppression(traces)
            back = state.confirmed_at is not None and state.confirmed_at > traces.at
            if back or new.keys() <= state.suppressions.keys():
                return False
            version = state.suppression_version
            row = suppression_row(address, {**state.suppressions, **new}, version + 1)
            try:
                with store_errors():
                    row.save(condition=suppression_is(version))
            except ConflictError:
                continue
            return True
        msg = "the suppressions of an address were written by others at every look"
        raise ConflictError(msg)


class DynamoKeys:
    """The keys that open what they did."""

    store = "vault"

    def __init__(self, vault: DynamoVault, log: Log) -> None:
        """Destroy keys of that vault, if that log holds nothing but what is to be forgotten."""
        self._vault, self._log = vault, log

    def erase(self, traces: Traces, needles: Needles) -> Gone:
        """Destroy the keys of all homes, but of a browser that was used since."""
        gone = 0
        for home in traces.own:
            if home in self._vault.seal_keys([home]) and not _came_anew(self._log, home, traces):
                self._vault.destroy(home)
                gone += 1
        return Gone(erased=gone, items=len(traces.own))


class DynamoLogRows:
    """The rows of the log."""

    store = "log"

    def __init__(self, log: Log) -> None:
        """Remove from that log."""
        self._log = log

    def erase(self, traces: Traces, needles: Needles) -> Gone:
        """Take away what came before the erasure, and what came since and does not open."""
        items = 0
        late: list[LogKey] = []
        for ref in traces.own:
            with store_errors():
                rows = list(EventRow.query(ref, consistent_read=True))
            items += len(rows)
            for row in rows:
                key = LogKey(row.pk, row.sk)
                if int(row.received_at) <= millis(traces.at) or not self._stands(key):
                    late.append(key)
        there = [key for key in traces.events if self._stands(key, unread=True)]
        self._log.remove([*late, *there])
        return Gone(erased=len(late) + len(there), items=items, stays={"archive": 1})

    def _stands(self, key: LogKey, *, unread: bool = False) -> bool:
        """Whether a row is there and opens; `unread`: whether it is there."""
        try:
            return self._log.get(key) is not None
        except PoisonError:
            return unread


class DynamoProfiles:
    """What is folded from their rows, and what would wake them."""

    store = "profiles"

    def __init__(self, people: DynamoPeople, log: Log, schedules: _Schedules) -> None:
        """Forget in these."""
        self._people, self._log, self._schedules = people, log, schedules

    def erase(self, traces: Traces, needles: Needles) -> Gone:
        """Take away tallies, links, profiles and wake-ups. Who else used a browser keeps theirs."""
        gone = 0
        for ref in traces.own:
            if _came_anew(self._log, ref, traces):
                gone += self._fold_again(ref)
                continue
            with store_errors():
                gone += len(list(PeopleTable.query(keys.head_key(ref).pk, consistent_read=True)))
            self._people.erase_partition(ref)
            self._schedules.clear(ref)
            person = person_id(ref)
            gone += self._people.root_of(person) is not None
            self._people.erase_view(person)
        for strong in traces.strong:
            self._people.unlink(strong)
        for cookie in traces.shared:
            gone += self._fold_again(cookie)
        return Gone(erased=gone, items=len(traces.own) + len(traces.shared))

    def _fold_again(self, cookie: Ref) -> int:
        """Make a browser's tallies what is left of its log; how many months changed."""
        whole = fold_partition(cookie, self._log.partition(cookie))
        stored, positions = self._people.partition(cookie)
        gone = 0
        for month, sequence in positions.items():
            mine = {slot: t for slot, t in stored.tallies.items() if slot[0] == month}
            left = {slot: t for slot, t in whole.tallies.items() if slot[0] == month}
            if mine == left:
                continue
            if left:
                gone += self._people.save_month(whole, month, sequence=sequence, after=sequence)
            else:
                with store_errors():
                    MonthRow(*keys.month_key(cookie, month)).delete()
                gone += 1
        return gone


class DynamoPlaces:
    """Places at events, and turns on waiting lists: what becomes free goes to who waits."""

    store = "events"

    def __init__(self, occasions: DynamoOccasions) -> None:
        """Forget in these."""
        self._occasions = occasions

    def erase(self, traces: Traces, needles: Needles) -> Gone:
        """Give up every place of their addresses, without a word of whose it was."""
        addresses = [ref for ref in traces.strong if namespace_of(ref) is Namespace.EMAIL]
        halls = self._occasions.halls()
        gone = sum(
            self._occasions.forget(occasion, address, traces.at)
            for occasion in halls
            for address in addresses
        )
        return Gone(erased=gone, items=len(halls))


def _came_anew(log: Log, ref: Ref, traces: Traces) -> bool:
    """Whether a partition holds what came after the erasure, and nothing else."""
    events = log.partition(ref)
    return bool(events) and all(event.received_at > traces.at for event in events)


def stores(
    *,
    vault: DynamoVault,
    log: Log,
    book: Book,
    people: DynamoPeople,
    clusters: DynamoClusters,
    schedules: _Schedules,
    occasions: DynamoOccasions,
) -> list[Eraser]:
    """The erasers of the tables, in order."""
    return [
        DynamoMarks(clusters, book),
        DynamoKeys(vault, log),
        DynamoLogRows(log),
        DynamoProfiles(people, log, schedules),
        DynamoPlaces(occasions),
        DynamoSweep("people"),
        DynamoSweep("book"),
    ]
