"""Refused messages in S3, sealed, one object per request.

Name: `quarantine/<day>/<HHMMSSmmm>-<source>-<reason>-<count>-<id>`, so that a listing tells who is
refused why, when and how often, without opening anything. Body, format 1: one byte 0x01, 12 bytes
nonce, then AES-256-GCM over the zlib stream of the JSON, bound to the name, under a key of that day
in the vault: without it, or without the object, nothing is left. The bucket forgets objects by
itself.

Whoever floods the door with refusals must not fill a bucket: a worker keeps a share a minute. Of
what is only kept because its key could not be checked, the bytes are counted alone: an outage is no
reason to lose what a page will not send again.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rapport.adapters import aws
from rapport.adapters.dynamo.calls import RefusedCallError
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.domain.event import Json, day_of
from rapport.door import Refused
from rapport.errors import PoisonError, RetryableError

PREFIX = "quarantine/"
RING = "quarantine"
FORMAT = b"\x01"
NONCE_BYTES = 12
# What one worker keeps in a minute.
MINUTE = timedelta(minutes=1)
OBJECTS_A_MINUTE = 60
BYTES_A_MINUTE = 8 * 1024 * 1024
# After a failure nobody waits for S3 for so long.
PAUSE = timedelta(seconds=10)
# The largest content that the limits of a request let through, escaped; more is no object of ours.
MAX_CONTENT_BYTES = 64 * 1024 * 1024
_PARTS = 5


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One object, as its name tells."""

    name: str
    at: datetime
    source: str
    reason: str
    count: int
    id: str


class S3Quarantine:
    """The port `Quarantine` of one worker; and what the command line does with what was kept."""

    def __init__(
        self,
        bucket: str,
        vault: DynamoVault,
        *,
        client: Callable[[], Any] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Work on the bucket of that name; `client` makes one for S3 when it is needed."""
        self._bucket = bucket
        self._vault = vault
        self._make = client or (lambda: aws.light_client("s3"))
        self._made: Any = None
        self._now = now
        # Since when, and how many objects and bytes since.
        self._window = (datetime.min.replace(tzinfo=UTC), 0, 0)
        self._shut_until: datetime | None = None

    def keep(self, refused: Refused) -> bool:
        """Keep it, sealed; False when more than this minute's share would be kept."""
        now = self._now()
        if self._shut_until is not None and now < self._shut_until:
            msg = "the quarantine was out of reach a moment ago"
            raise RetryableError(msg)
        # A flood of refusals is not packed first and thrown away then.
        if not self._room(now, good=refused.good):
            return False
        packed = zlib.compress(msgspec.json.encode(refused.content), 6)
        if not self._fits(len(packed)):
            return False
        day = day_of(refused.at)
        clock = refused.at.astimezone(UTC).strftime("%H%M%S%f")[:-3]
        told = f"{refused.source}-{refused.reason}-{refused.count}"
        name = f"{PREFIX}{day}/{clock}-{told}-{self._vault.random(6).hex()}"
        try:
            key = self._vault.ring_key(RING, day, create=True)
            self._put(name, _sealed(packed, key or b"", name, self._vault.random(NONCE_BYTES)))
        except (RetryableError, RefusedCallError) as error:
            # From when it gave up, which may be long after it was asked.
            self._shut_until = self._now() + PAUSE
            msg = f"the quarantine is out of reach: {type(error).__name__}"
            raise RetryableError(msg) from error
        return True

    def names(self, day: str = "") -> Iterator[Kept]:
        """What was kept, by day and time; of one day only when one is named."""
        pages = self._s3().get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=f"{PREFIX}{day}"):
            for each in page.get("Contents", []):
                kept = parsed(each["Key"])
                if kept is not None:
                    yield kept

    def read(self, kept: Kept) -> Mapping[str, Json]:
        """What was kept, opened; PoisonError when it does not open."""
        body: bytes = self._s3().get_object(Bucket=self._bucket, Key=kept.name)["Body"].read()
        key = self._vault.ring_key(RING, kept.name.split("/")[1])
        if key is None:
            msg = f"the key of {kept.id} was destroyed"
            raise PoisonError(msg)
        return _opened(body, key, kept.name)

    def drop(self, kept: Kept) -> None:
        """Forget it."""
        self._s3().delete_object(Bucket=self._bucket, Key=kept.name)

    def _room(self, now: datetime, *, good: bool) -> bool:
        """Whether the minute has room for anything at all; what may be good is not numbered."""
        if now - self._window[0] >= MINUTE:
            self._window = (now, 0, 0)
        _, objects, spent = self._window
        return (good or objects < OBJECTS_A_MINUTE) and spent < BYTES_A_MINUTE

    def _fits(self, size: int) -> bool:
        """Whether the minute has room for so much; if so the room is taken."""
        since, objects, spent = self._window
        if spent + size > BYTES_A_MINUTE:
            return False
        self._window = (since, objects + 1, spent + size)
        return True

    def _s3(self) -> Any:
        if self._made is None:
            self._made = self._make()
        return self._made

    def _put(self, name: str, body: bytes) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._s3().put_object(Bucket=self._bucket, Key=name, Body=body)
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error


def parsed(name: str) -> Kept | None:
    """What an object's name tells; None when it is not ours."""
    folder, _, last = name.removeprefix(PREFIX).partition("/")
    stamp, _, rest = last.partition("-")
    parts = [stamp, *rest.rsplit("-", _PARTS - 2)]
    try:
        at = datetime.strptime(f"{folder} {stamp}000", "%Y-%m-%d %H%M%S%f").replace(tzinfo=UTC)
        _, source, reason, count, ident = parts
        return Kept(name=name, at=at, source=source, reason=reason, count=int(count), id=ident)
    except ValueError:
        return None


def _sealed(packed: bytes, key: bytes, name: str, nonce: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return FORMAT + nonce + AESGCM(key).encrypt(nonce, packed, name.encode())


def _opened(body: bytes, key: bytes, name: str) -> dict[str, Json]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if body[:1] != FORMAT:
        msg = f"{name} is sealed in a format that this version does not know"
        raise PoisonError(msg)
    nonce, secret = body[1 : 1 + NONCE_BYTES], body[1 + NONCE_BYTES :]
    try:
        packed = AESGCM(key).decrypt(nonce, secret, name.encode())
        plain = zlib.decompressobj().decompress(packed, MAX_CONTENT_BYTES)
        found: dict[str, Json] = msgspec.json.decode(plain, type=dict)
    except Exception as error:  # cryptography, zlib and msgspec each have their own
        msg = f"{name} cannot be opened: {type(error).__name__}"
        raise PoisonError(msg) from error
    return found
