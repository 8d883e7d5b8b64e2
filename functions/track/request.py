"""A gateway event (HTTP API, payload 2.0) read into a `Delivery`, or the `Problem` with it.

1. The path: anything may stand before `/v1/`, what follows names the call.
2. The body: base64 when flagged, gzip when the header or its first two bytes say so, strict UTF-8,
   one JSON object. `Content-Type` is ignored: SDKs send JSON under several names.
3. The write keys presented: by Basic authorization and in the body.
"""

import binascii
import re
import zlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from functions.track.problems import (
    BAD_AUTHORIZATION,
    BAD_ENCODING,
    BAD_JSON,
    BATCH,
    MAX_DECOMPRESSED_BYTES,
    NO_BATCH,
    NOT_FOUND,
    TOO_DEEP,
    TOO_LARGE,
    Problem,
)
from rapport.domain.event import Json
from rapport.domain.wire import with_context
from rapport.events import CALLS

_PATH = re.compile(rf"(?:/[^/]+)*/v1/(?P<call>{'|'.join((BATCH, *CALLS))})")
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_FORMAT = 31


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One request as its sender meant it. `call` is `batch` or the kind of its only message.

    `messages` are not looked into yet, but have the batch's context; `sent_at` is the batch's.
    `write_keys` are all keys presented; `source_ip` is the caller's, as the gateway saw it.
    """

    call: str
    messages: tuple[Json, ...]
    sent_at: Json
    write_keys: frozenset[str]
    source_ip: str


def read_request(event: Mapping[str, Any]) -> Delivery | Problem:
    """The delivery that a gateway event carries, or what is wrong with it."""
    http = event["requestContext"]["http"]
    path = _PATH.fullmatch(event["rawPath"])
    if path is None or http["method"] != "POST":
        return NOT_FOUND
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    raw = _bytes(event.get("body") or "", flagged=bool(event.get("isBase64Encoded")))
    body = raw if isinstance(raw, Problem) else _unpacked(raw, headers.get("content-encoding", ""))
    document = body if isinstance(body, Problem) else _document(body)
    if isinstance(document, Problem):
        return document
    messages = _messages(path["call"], document)
    presented = _presented(headers.get("authorization"), document)
    if isinstance(presented, Problem):
        return presented
    if isinstance(messages, Problem):
        return messages
    return Delivery(
        call=path["call"],
        messages=messages,
        sent_at=document.get("sentAt"),
        write_keys=presented,
        source_ip=http.get("sourceIp", ""),
    )


def _bytes(body: str, *, flagged: bool) -> bytes | Problem:
    try:
        return b64decode(body, validate=True) if flagged else body.encode()
    except (binascii.Error, UnicodeError):
        return BAD_ENCODING


def _unpacked(raw: bytes, encoding: str) -> bytes | Problem:
    """The body without gzip; stops as soon as it grows over the limit."""
    if encoding.strip().lower() != "gzip" and not raw.startswith(_GZIP_MAGIC):
        return raw
    stream = zlib.decompressobj(_GZIP_FORMAT)
    try:
        plain = stream.decompress(raw, MAX_DECOMPRESSED_BYTES + 1)
    except zlib.error:
        return BAD_ENCODING
    if len(plain) > MAX_DECOMPRESSED_BYTES:
        return TOO_LARGE
    return plain if stream.eof and not stream.unused_data else BAD_ENCODING


def _document(body: bytes) -> dict[str, Json] | Problem:
    try:
        document = msgspec.json.decode(body.decode())
    except UnicodeError:
        return BAD_ENCODING
    except msgspec.DecodeError:
        return BAD_JSON
    except RecursionError:
        return TOO_DEEP
    return cast("dict[str, Json]", document) if isinstance(document, dict) else BAD_JSON


def _messages(call: str, document: dict[str, Json]) -> tuple[Json, ...] | Problem:
    if call != BATCH:
        return (document,)
    batch, context = document.get("batch"), document.get("context")
    if not isinstance(batch, list):
        return NO_BATCH
    return tuple(with_context(message, context) for message in batch)


def _presented(authorization: str | None, document: Mapping[str, Json]) -> frozenset[str] | Problem:
    keys = [document.get("writeKey")]
    if authorization:
        scheme, _, credentials = authorization.strip().partition(" ")
        if scheme.lower() != "basic":
            return BAD_AUTHORIZATION
        try:
            user = b64decode(credentials.strip(), validate=True).decode()
        except ValueError:
            return BAD_AUTHORIZATION
        keys.append(user.partition(":")[0])
    return frozenset(key for key in keys if isinstance(key, str) and key)
