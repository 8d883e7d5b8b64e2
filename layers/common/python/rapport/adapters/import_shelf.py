"""What imports keep, in S3, sealed: pages of rows, plans of pages, evidence.

Objects are named `imports/<import>/<name>`. Each import has a key of its own in the ring `imports`,
so that destroying it forgets all of an import wherever copies of objects are. Rows are removed when
they are applied. The bucket forgets what nobody fetches; the plans last as long as the bucket keeps
them, and so long an import can be undone.
"""

import zlib
from typing import Any

from rapport.adapters import aws
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.errors import RetryableError
from rapport.settings import IMPORTS_PREFIX

RING = "imports"
FORMAT = b"\x01"
NONCE_BYTES = 12


class S3Shelf:
    """The port `Shelf`."""

    def __init__(self, bucket: str, vault: DynamoVault, *, client: Any = None) -> None:
        """Work on the bucket of that name."""
        self._bucket = bucket
        self._vault = vault
        self._client = client
        self._keys: dict[str, bytes] = {}

    def put(self, import_id: str, name: str, content: bytes) -> None:
        """Keep it; written over if it is there."""
        from botocore.exceptions import BotoCoreError, ClientError
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, place = self._key(import_id, create=True), _place(import_id, name)
        nonce = self._vault.random(NONCE_BYTES)
        packed = zlib.compress(content, 6)
        body = FORMAT + nonce + AESGCM(key or b"").encrypt(nonce, packed, place.encode())
        try:
            self._s3().put_object(Bucket=self._bucket, Key=place, Body=body)
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error

    def get(self, import_id: str, name: str) -> bytes | None:
        """What is kept; None when nothing is, or its key was destroyed."""
        from botocore.exceptions import BotoCoreError, ClientError
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        s3, place = self._s3(), _place(import_id, name)
        try:
            body: bytes = s3.get_object(Bucket=self._bucket, Key=place)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error
        key = self._key(import_id)
        if key is None or body[:1] != FORMAT:
            return None
        nonce, secret = body[1 : 1 + NONCE_BYTES], body[1 + NONCE_BYTES :]
        try:
            return zlib.decompress(AESGCM(key).decrypt(nonce, secret, place.encode()))
        except (InvalidTag, zlib.error):
            return None

    def remove(self, import_id: str, name: str) -> None:
        """Forget it; harmless to repeat."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._s3().delete_object(Bucket=self._bucket, Key=_place(import_id, name))
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error

    def _key(self, import_id: str, *, create: bool = False) -> bytes | None:
        if import_id not in self._keys:
            found = self._vault.ring_key(RING, import_id, create=create)
            if found is None:
                return None
            self._keys[import_id] = found
        return self._keys[import_id]

    def _s3(self) -> Any:
        self._client = self._client or aws.client("s3")
        return self._client


def _place(import_id: str, name: str) -> str:
    return f"{IMPORTS_PREFIX}{import_id}/{name}"
