"""The vault: random keys that seal event bodies, and the rings of secret keys.

Destroying a seal key is how an identifier's events are erased, so seal keys are never cached
across calls: a warm function would go on opening, and sealing, with a key that no longer exists.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from time import monotonic

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import RingKeyRow, SealKeyRow, VaultTable, bind, store_errors
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Namespace, Ref, keyed_ref
from rapport.errors import ConflictError, RetryableError
from rapport.sealing import KEY_BYTES

PEPPER_RING = "pepper"
TOKEN_RING = "tokens"  # noqa: S105  (the ring's name, not a secret)
RING_SECONDS = 60.0
_FIRST_KID = "k1"
_BATCH = 100


class DynamoVault:
    """KeyRings, and the seal keys for DynamoLog. Rings are cached for 60 s."""

    def __init__(self, table: str, *, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Work on the vault table of that name; `random` makes keys and nonces."""
        bind(vault=table)
        self.random = random
        self._rings: dict[str, tuple[float, Mapping[str, bytes]]] = {}

    def ring(self, name: str) -> Mapping[str, bytes]:
        """All keys of a ring by id; the first key is made by whoever asks first."""
        cached = self._rings.get(name)
        if cached is not None and monotonic() - cached[0] < RING_SECONDS:
            return cached[1]
        found = self._read_ring(name)
        if not found:
            at = keys.ring_key(name, _FIRST_KID)
            try:
                with store_errors():
                    RingKeyRow(at.pk, at.sk, key=self.random(KEY_BYTES)).save(
                        condition=RingKeyRow.pk.does_not_exist()
                    )
            except ConflictError:
                found = {}  # somebody else made it in between; theirs is read below
            found = self._read_ring(name)
        self._rings[name] = (monotonic(), found)
        return found

    def _read_ring(self, name: str) -> Mapping[str, bytes]:
        with store_errors():
            rows = list(VaultTable.query(keys.ring_key(name, "").pk, consistent_read=True))
        return {str(r.sk): bytes(r.key) for r in rows if isinstance(r, RingKeyRow)}

    def seal_keys(self, homes: Iterable[Ref], *, create: bool = False) -> dict[Ref, bytes]:
        """The keys of some identifiers. Absent ones are made when asked, else left out.

        Whoever opens bodies must not take a key for destroyed that was just made, so that read is
        strongly consistent. Whoever seals reads at half the price: a key that the read misses is
        found by the conditional put that would make it.
        """
        wanted = {keys.seal_key(home): home for home in homes}
        places = list(wanted)
        found: dict[Ref, bytes] = {}
        with store_errors():
            for start in range(0, len(places), _BATCH):
                part = [tuple(place) for place in places[start : start + _BATCH]]
                for row in SealKeyRow.batch_get(part, consistent_read=not create):
                    found[wanted[LogKey(row.pk, row.sk)]] = bytes(row.key)
        if create:
            for place, home in wanted.items():
                if home not in found:
                    found[home] = self._create(place)
        return found

    def destroy(self, home: Ref) -> None:
        """Make every event that hangs on an identifier unreadable, for ever."""
        with store_errors():
            SealKeyRow(*keys.seal_key(home)).delete()

    def _create(self, place: LogKey) -> bytes:
        key = self.random(KEY_BYTES)
        try:
            with store_errors():
                SealKeyRow(place.pk, place.sk, key=key).save(
                    condition=SealKeyRow.pk.does_not_exist()
                )
        except ConflictError:
            with store_errors():
                try:
                    return bytes(SealKeyRow.get(place.pk, place.sk, consistent_read=True).key)
                except SealKeyRow.DoesNotExist as error:
                    msg = "a seal key was destroyed while it was being made"
                    raise RetryableError(msg) from error
        return key


class Pseudonymiser:
    """Pseudonyms by the deployment's pepper."""

    def __init__(self, vault: DynamoVault) -> None:
        """Take the pepper from this vault at first use."""
        self._vault = vault

    def ref(self, ns: Namespace, value: str) -> Ref:
        """The ref of a normalised value. The pepper never rotates: refs are stored keys."""
        return keyed_ref(self._vault.ring(PEPPER_RING)[_FIRST_KID], ns, value)
