"""The ids of what a vendor had when it was last read whole, in S3, sealed.

An object is the ids in order, one a line, packed and sealed with a key of the vault, for the ids of
candidates are personal data. Names: `rosters/<connection>/<kind>` of the last time, and
`rosters/<connection>/<kind>.<run>.<window>/<page>` of a run that is under way. The bucket forgets
objects by itself; a roster that is gone, or does not open, is no roster, and nothing is missing.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from rapport.adapters import aws
from rapport.adapters.dynamo.calls import side_by_side
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.errors import RetryableError
from rapport.pulls import Pull
from rapport.settings import ROSTERS_PREFIX

PREFIX = ROSTERS_PREFIX
RING, KID = "rosters", "1"
FORMAT = b"\x01"
NONCE_BYTES = 12
AT_ONCE = 16


class S3Rosters:
    """The port `Rosters`."""

    def __init__(self, bucket: str, vault: DynamoVault, *, client: Any = None) -> None:
        """Work on the bucket of that name."""
        self._bucket = bucket
        self._vault = vault
        self._client = client
        self._key: bytes | None = None

    def ids(self, connection: str, kind: str) -> frozenset[str] | None:
        """Those of the last whole reading; None when there was none, or it cannot be opened."""
        return self._read(f"{PREFIX}{connection}/{kind}")

    def put(self, connection: str, kind: str, ids: frozenset[str]) -> None:
        """Keep them instead of those of the last time."""
        self._write(f"{PREFIX}{connection}/{kind}", ids)

    def note(self, pull: Pull, ids: Sequence[str]) -> None:
        """Keep those of the page that the run is at; harmless to repeat."""
        self._write(_page(pull, pull.page), ids)

    def noted(self, pull: Pull) -> frozenset[str]:
        """Those of all pages of the kind; RetryableError when one of them is not to be had."""
        names = [_page(pull, page) for page in range(pull.page + 1)]
        found = side_by_side(self._read, names, at_once=AT_ONCE)
        if None in found:
            msg = "a page that was read is not there any more"
            raise RetryableError(msg)
        return frozenset[str]().union(*(ids for ids in found if ids))

    def _read(self, name: str) -> frozenset[str] | None:
        from botocore.exceptions import BotoCoreError, ClientError

        s3 = self._s3()
        try:
            body: bytes = s3.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error
        return _opened(body, self._secret(), name)

    def _write(self, name: str, ids: Iterable[str]) -> None:
        from botocore.exceptions import BotoCoreError, ClientError
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        packed = zlib.compress("\n".join(sorted(ids)).encode(), 6)
        nonce = self._vault.random(NONCE_BYTES)
        body = FORMAT + nonce + AESGCM(self._secret()).encrypt(nonce, packed, name.encode())
        try:
            self._s3().put_object(Bucket=self._bucket, Key=name, Body=body)
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error

    def _secret(self) -> bytes:
        if self._key is None:
            self._key = self._vault.ring_key(RING, KID, create=True)
        return self._key or b""

    def _s3(self) -> Any:
        self._client = self._client or aws.client("s3")
        return self._client


def _page(pull: Pull, page: int) -> str:
    return f"{PREFIX}{pull.connection}/{pull.kind}.{pull.id}.{pull.window}/{page:06d}"


def _opened(body: bytes, key: bytes, name: str) -> frozenset[str] | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, secret = body[1 : 1 + NONCE_BYTES], body[1 + NONCE_BYTES :]
    try:
        plain = zlib.decompress(AESGCM(key).decrypt(nonce, secret, name.encode())).decode()
    except (InvalidTag, zlib.error, ValueError):
        return None
    return frozenset(plain.split("\n")) - {""}
