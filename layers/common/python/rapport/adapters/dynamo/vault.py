"""The vault: random keys that seal event bodies, and the rings of secret keys.

Destroying a seal key is how an identifier's events are erased, so whoever opens bodies reads the
keys each time: nothing opens from that moment on. Whoever only seals may remember keys for a
while, for what is sealed with a key that no longer exists is erased from the start
(docs/decisions/0006).
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from time import monotonic

from rapport.adapters.dynamo import calls, keys
from rapport.adapters.dynamo.calls import Calls, Item
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Namespace, Ref, keyed_digest, keyed_ref
from rapport.errors import RetryableError
from rapport.sealing import KEY_BYTES

PEPPER_RING = "pepper"
TOKEN_RING = "tokens"  # noqa: S105  (the ring's name, not a secret)
RING_SECONDS = 60.0
SEALER_SECONDS = 60.0
REMEMBERED_KEYS = 4096
_FIRST_KID = "k1"


class DynamoVault:
    """KeyRings, and the seal keys for DynamoLog. Rings are cached for 60 s."""

    def __init__(
        self,
        table: str,
        *,
        random: Callable[[int], bytes] = secrets.token_bytes,
        clock: Callable[[], float] = monotonic,
        sealer_seconds: float = 0.0,
        through: Calls | None = None,
    ) -> None:
        """Work on the vault table of that name; `random` makes keys and nonces.

        `sealer_seconds`: for how long a key may seal without being read again, by `clock`.
        """
        self.random = random
        calls.bind(vault=table)
        self._table = table
        self._clock = clock
        self._sealer_seconds = sealer_seconds
        self._calls = through or calls.ThroughModels()
        self._rings: dict[str, tuple[float, Mapping[str, bytes]]] = {}
        self._sealers: dict[Ref, tuple[float, bytes]] = {}

    def ring(self, name: str) -> Mapping[str, bytes]:
        """All keys of a ring by id; the first key is made by whoever asks first."""
        cached = self._rings.get(name)
        if cached is not None and self._clock() - cached[0] < RING_SECONDS:
            return cached[1]
        found = self._read_ring(name)
        if not found:
            # If somebody else made it in between, theirs is read.
            row = key_item(keys.ring_key(name, _FIRST_KID), "ring_key", self.random(KEY_BYTES))
            calls.put_if_absent(self._calls, self._table, row)
            found = self._read_ring(name)
        self._rings[name] = (self._clock(), found)
        return found

    def ring_key(self, name: str, kid: str, *, create: bool = False) -> bytes | None:
        """One key of a ring whose ids are the caller's; made when asked and absent."""
        place = keys.ring_key(name, kid)
        row = calls.get(self._calls, self._table, place)
        if row is None and create:
            made = key_item(place, "ring_key", self.random(KEY_BYTES))
            calls.put_if_absent(self._calls, self._table, made)
            # If somebody else made it in between, theirs is read.
            row = calls.get(self._calls, self._table, place)
        if row is None:
            return None
        found: bytes = row["key"]["B"]
        return found

    def _read_ring(self, name: str) -> Mapping[str, bytes]:
        rows = calls.query(self._calls, self._table, keys.ring_key(name, "").pk)
        return {row["sk"]["S"]: row["key"]["B"] for row in rows}

    def seal_keys(self, homes: Iterable[Ref], *, create: bool = False) -> dict[Ref, bytes]:
        """The keys of some identifiers. Absent ones are made when asked, else left out.

        A key that is there is read at half the price, a moment old at most. Whoever opens bodies
        must not take a key for destroyed that was just made, so those that the read misses are read
        once more, strongly consistent. For whoever seals they are found by the conditional put that
        would make them.
        """
        wanted = {*homes}
        found = self._remembered(wanted) if create else {}
        now = self._clock()
        read = self._read_keys(sorted(wanted - found.keys()), consistent=False)
        if not create:
            read |= self._read_keys(sorted(wanted - read.keys()), consistent=True)
        absent = sorted(wanted - found.keys() - read.keys()) if create else []
        made = calls.side_by_side(self._create, absent, at_once=self._calls.at_once)
        read |= dict(zip(absent, made, strict=True))
        if create and self._sealer_seconds:
            self._remember(read, now)
        return found | read

    def _read_keys(self, homes: list[Ref], *, consistent: bool) -> dict[Ref, bytes]:
        places = {keys.seal_key(home): home for home in homes}
        parts = [homes[at : at + calls.BATCH] for at in range(0, len(homes), calls.BATCH)]

        def read(part: list[Ref]) -> list[Item]:
            wanted = [keys.seal_key(home) for home in part]
            return calls.get_many(self._calls, self._table, wanted, consistent=consistent)

        rows = calls.side_by_side(read, parts, at_once=self._calls.at_once)
        return {
            places[LogKey(row["pk"]["S"], row["sk"]["S"])]: row["key"]["B"]
            for part in rows
            for row in part
        }

    def _remembered(self, homes: Iterable[Ref]) -> dict[Ref, bytes]:
        now = self._clock()
        found = {home: self._sealers[home] for home in homes if home in self._sealers}
        return {
            home: key for home, (since, key) in found.items() if now - since < self._sealer_seconds
        }

    def _remember(self, read: Mapping[Ref, bytes], now: float) -> None:
        """Keep what was read at `now`; the oldest go first."""
        for home, key in read.items():
            self._sealers.pop(home, None)
            self._sealers[home] = (now, key)
        while len(self._sealers) > REMEMBERED_KEYS:
            del self._sealers[next(iter(self._sealers))]

    def destroy(self, home: Ref) -> None:
        """Make every event that hangs on an identifier unreadable, for ever."""
        from rapport.adapters.dynamo.models import SealKeyRow, store_errors

        self._sealers.pop(home, None)
        with store_errors():
            SealKeyRow(*keys.seal_key(home)).delete()

    def _create(self, home: Ref) -> bytes:
        place = keys.seal_key(home)
        key = self.random(KEY_BYTES)
        if calls.put_if_absent(self._calls, self._table, key_item(place, "seal_key", key)):
            return key
        row = calls.get(self._calls, self._table, place)
        if row is None:
            msg = "a seal key was destroyed while it was being made"
            raise RetryableError(msg)
        found: bytes = row["key"]["B"]
        return found


def key_item(place: LogKey, kind: str, key: bytes) -> Item:
    """A row of the vault, as `SealKeyRow` and `RingKeyRow` would write it."""
    return {**calls.place(place), "k": {"S": kind}, "key": {"B": key}}


class Pseudonymiser:
    """Pseudonyms by the deployment's pepper."""

    def __init__(self, vault: DynamoVault) -> None:
        """Take the pepper from this vault at first use."""
        self._vault = vault

    def ref(self, ns: Namespace, value: str) -> Ref:
        """The ref of a normalised value. The pepper never rotates: refs are stored keys."""
        return keyed_ref(self._vault.ring(PEPPER_RING)[_FIRST_KID], ns, value)

    def digest(self, purpose: str, value: str) -> str:
        """What stands for a value that is no identifier, by purpose."""
        return keyed_digest(self._vault.ring(PEPPER_RING)[_FIRST_KID], purpose, value)
