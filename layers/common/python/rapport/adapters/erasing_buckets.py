"""Forgetting a person in the buckets, object by object.

What is somebody's alone is taken away; a file of many people's rows is written again without
theirs. What cannot be read row by row is taken away whole, for nobody could look at it later and
tell. Objects that do not open are bound by the time after which their bucket forgets them.
"""

import csv
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from rapport.adapters import aws
from rapport.adapters.dynamo.erasure import words_in
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.adapters.import_shelf import RING as IMPORTS_RING
from rapport.adapters.quarantine import PREFIX as QUARANTINE
from rapport.adapters.quarantine import RING as QUARANTINE_RING
from rapport.adapters.rosters import KID, RING
from rapport.adapters.rosters import PREFIX as ROSTERS
from rapport.domain.event import Json
from rapport.domain.spellings import Needles
from rapport.domain.tombstones import Gone, Traces
from rapport.errors import RetryableError
from rapport.forgetting import Eraser
from rapport.settings import (
    DROP_PREFIX,
    EXPORTS_PREFIX,
    IMPORTS_PREFIX,
    INBOX_PREFIX,
    POOL_FILES_PREFIX,
    RESUMES_PREFIX,
)

# Where Lambda keeps batches that no retry could process.
FAILED = "aws/lambda/"
EVIDENCE = "/evidence"
_FORMAT = b"\x01"
_NONCE_BYTES = 12
_MOST_BYTES = 256 * 1024 * 1024
# What is left of an object: its bytes, changed or not; None when it is to be taken away.
Forget: TypeAlias = "Callable[[str, bytes, Traces, Needles], bytes | None]"


class S3Forgets:
    """An `Eraser` of the objects of a bucket whose names begin so."""

    def __init__(
        self, store: str, bucket: str, prefix: str, forget: Forget, s3: Callable[[], Any]
    ) -> None:
        """Go over the bucket of that name; `s3` gives the client."""
        self.store = store
        self._bucket, self._prefix = bucket, prefix
        self._forget = forget
        self._s3 = s3

    def erase(self, traces: Traces, needles: Needles) -> Gone:
        """Take away what is theirs; the objects in which a word of theirs is left."""
        gone = items = evidence = named = 0
        hits: list[str] = []
        for name in self._names():
            items += 1
            if EVIDENCE in name:
                evidence += 1
                continue
            body = self._read(name)
            if body is None:
                continue
            after = self._forget(name, body, traces, needles)
            if after is None:
                self._s3().delete_object(Bucket=self._bucket, Key=name)
                gone += 1
            elif after != body:
                self._s3().put_object(Bucket=self._bucket, Key=name, Body=after)
                gone += 1
            if after is not None and needles.found_in(after):
                hits.append("object")
            named += after is not None and needles.named_in(after)
        stays = {"evidence": evidence} if evidence else {}
        return Gone(erased=gone, items=items, stays=stays, hits=tuple(hits), named=named)

    def _names(self) -> Iterator[str]:
        pages = self._s3().get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
            for each in page.get("Contents", []):
                yield each["Key"]

    def _read(self, name: str) -> bytes | None:
        """An object; None when somebody took it away meanwhile."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            body: bytes = self._s3().get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            raise RetryableError(type(error).__name__) from error
        except BotoCoreError as error:
            raise RetryableError(type(error).__name__) from error
        return body


def whole(name: str, body: bytes, traces: Traces, needles: Needles) -> bytes | None:
    """An object that is one person's: taken away if it is theirs, by its name or by its words."""
    named = not words_in([name.encode()]).isdisjoint(traces.tokens)
    return None if named or needles.found_in(body) else body


def by_rows(name: str, body: bytes, traces: Traces, needles: Needles) -> bytes | None:
    """A file of rows without theirs: lines of CSV, lines or a list of JSON, else taken whole."""
    if not needles.found_in(body):
        return body
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    start = text.lstrip()[:1]
    if start == "<":
        return None
    if start == "[":
        return _list(text, needles)
    left = "".join(line for line in _records(text) if not needles.found_in(line.encode()))
    mark = body[:3] if body.startswith(b"\xef\xbb\xbf") else b""
    return mark + left.encode() if left.strip() else None


def _list(text: str, needles: Needles) -> bytes | None:
    try:
        rows = json.loads(text)
    except ValueError:
        return None
    left = [row for row in rows if not needles.found_in(json.dumps(row).encode())]
    return json.dumps(left, ensure_ascii=False).encode()


def _records(text: str) -> Iterator[str]:
    """The records of a CSV as they are written; a quoted field may hold ends of lines."""
    lines = io.StringIO(text, newline="")
    kept: list[str] = []

    def fed() -> Iterator[str]:
        for line in lines:
            kept.append(line)
            yield line

    for _ in csv.reader(fed()):
        yield "".join(kept)
        kept.clear()
    if kept:
        yield "".join(kept)


class Sealed:
    """Objects that a key of the vault opens: refused messages, and ids of an ATS."""

    def __init__(self, vault: DynamoVault) -> None:
        """Open and seal with the keys of that vault."""
        self._vault = vault

    def refused(self, name: str, body: bytes, traces: Traces, needles: Needles) -> bytes | None:
        """A refused request without their messages; taken away if nothing is left of it."""
        key = self._vault.ring_key(QUARANTINE_RING, name.split("/")[1])
        plain = _opened(body, key, name)
        if key is None or plain is None or not needles.found_in(plain):
            return body
        content = json.loads(plain)
        messages = _without(content.get("messages"), needles)
        left = {**content, "messages": messages, "cut": _without(content.get("cut"), needles)}
        packed = json.dumps(left).encode()
        if "body" in content or not messages or needles.found_in(packed):
            return None
        return self._sealed(packed, key, name)

    def roster(self, name: str, body: bytes, traces: Traces, needles: Needles) -> bytes | None:
        """The ids of what an ATS had, without theirs."""
        key = self._vault.ring_key(RING, KID)
        plain = _opened(body, key, name)
        if key is None or plain is None:
            return body
        ids = plain.decode().split("\n")
        left = [each for each in ids if each not in needles.exact]
        return body if left == ids else self._sealed("\n".join(left).encode(), key, name)

    def imported(self, name: str, body: bytes, traces: Traces, needles: Needles) -> bytes | None:
        """A page of an import without their rows; the page stays, for its import counts pages."""
        key = self._vault.ring_key(IMPORTS_RING, name.split("/")[1])
        plain = _opened(body, key, name)
        if key is None or plain is None or not needles.found_in(plain):
            return body
        left = _list(plain.decode(), needles)
        return None if left is None else self._sealed(left, key, name)

    def _sealed(self, plain: bytes, key: bytes, name: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = self._vault.random(_NONCE_BYTES)
        packed = zlib.compress(plain, 6)
        return _FORMAT + nonce + AESGCM(key).encrypt(nonce, packed, name.encode())


def _without(kept: Json, needles: Needles) -> Json:
    """Messages by reason without those that name them."""
    if not isinstance(kept, dict):
        return {}
    left: Mapping[str, list[Json]] = {
        reason: [
            each
            for each in (messages if isinstance(messages, list) else [])
            if not needles.found_in(json.dumps(each, ensure_ascii=False).encode())
        ]
        for reason, messages in kept.items()
    }
    return {reason: messages for reason, messages in left.items() if messages}


def _opened(body: bytes, key: bytes | None, name: str) -> bytes | None:
    """What was sealed; None if it does not open."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if key is None or body[:1] != _FORMAT:
        return None
    nonce, secret = body[1 : 1 + _NONCE_BYTES], body[1 + _NONCE_BYTES :]
    try:
        packed = AESGCM(key).decrypt(nonce, secret, name.encode())
        return zlib.decompressobj().decompress(packed, _MOST_BYTES)
    except (InvalidTag, zlib.error):
        return None


def buckets(*, failed: str, inbox: str, drop: str, vault: DynamoVault) -> list[Eraser]:
    """The erasers of the buckets, in order."""
    sealed = Sealed(vault)
    places: Sequence[tuple[str, str, str, Forget]] = (
        ("quarantine", failed, QUARANTINE, sealed.refused),
        ("failed batches", failed, FAILED, whole),
        ("inbox", inbox, INBOX_PREFIX, whole),
        ("dropped files", drop, DROP_PREFIX, by_rows),
        ("rosters", drop, ROSTERS, sealed.roster),
        ("pool files", drop, POOL_FILES_PREFIX, by_rows),
        ("resumes", drop, RESUMES_PREFIX, whole),
        ("exports", drop, EXPORTS_PREFIX, whole),
        ("imports", drop, IMPORTS_PREFIX, sealed.imported),
    )
    # One client for all of them, made when the first is asked.
    s3 = cache(lambda: aws.client("s3"))
    return [S3Forgets(*place, s3) for place in places]
