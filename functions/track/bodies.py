"""Bytes of a request become JSON: unpacked, cut into messages, each read on its own.

1. base64 when flagged, gzip when the header or the first two bytes say so, a byte order mark is
   overlooked. `Content-Type` is ignored: SDKs send JSON under several names.
2. One JSON object. A batch is cut into its messages by the decoder or, when that fails, by
   `outline`; only what is broken between messages costs them all.
3. Each message by itself. One that some JSON library writes and no strict one reads (NaN, 1e999, a
   lone surrogate, bytes that are no UTF-8, brackets without end) is `Unreadable`. One that is no
   JSON at all means that the sender is broken, and is told so.
"""

import json
import zlib
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import msgspec

from functions.track import outline
from functions.track.delivery import Raw, Unreadable
from functions.track.outline import Piece, UncutError
from functions.track.problems import (
    BAD_ENCODING,
    BAD_JSON,
    NO_BATCH,
    TOO_LARGE,
    TOO_MANY,
    Problem,
)
from rapport.domain.event import Json
from rapport.domain.limits import MAX_REQUEST_BYTES, MAX_UNPACKED_BYTES
from rapport.domain.wire import MAX_BATCH, MAX_DEPTH, MAX_MESSAGE_BYTES, Refusal, with_context
from rapport.routes import BATCH

# A message within its limit may be this long as sent: six bytes for an escaped letter, and spaces.
MAX_SENT_BYTES = 8 * MAX_MESSAGE_BYTES
# Where refusing messages one by one ends.
MAX_ITEMS = 10 * MAX_BATCH
# An object of Python may take fifty times the room of its two brackets. Four megabytes of events as
# SDKs make them have fewer commas and brackets than this.
MAX_MARKS = 200_000
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_FORMAT = 31
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NULL = msgspec.Raw(b"null")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a body says. `problem`: what is wrong with it as a whole; then it has no messages."""

    write_key: Json = None
    sent_at: Json = None
    messages: tuple[Raw, ...] = ()
    problem: Problem | None = None


class _Envelope(msgspec.Struct):
    writeKey: msgspec.Raw = _NULL  # noqa: N815  (as on the wire)
    sentAt: msgspec.Raw = _NULL  # noqa: N815
    context: msgspec.Raw = _NULL
    batch: msgspec.Raw = _NULL


_FIELDS = frozenset(_Envelope.__struct_fields__)


def received(body: str, *, flagged: bool) -> bytes | Problem:
    """The bytes that were sent."""
    try:
        # Half a surrogate pair is the trouble of the message that it stands in.
        return b64decode(body, validate=True) if flagged else body.encode("utf-8", "surrogatepass")
    except ValueError:
        return BAD_ENCODING


def unpacked(sent: bytes, encoding: str) -> bytes | Problem:
    """The body without gzip; stops as soon as it grows over the limit."""
    if len(sent) > MAX_REQUEST_BYTES:
        return TOO_LARGE
    if encoding.strip().lower() != "gzip" and not sent.startswith(_GZIP_MAGIC):
        return sent.removeprefix(_BYTE_ORDER_MARK)
    stream = zlib.decompressobj(_GZIP_FORMAT)
    try:
        plain = stream.decompress(sent, MAX_UNPACKED_BYTES + 1)
    except zlib.error:
        return BAD_ENCODING
    if len(plain) > MAX_UNPACKED_BYTES:
        return TOO_LARGE
    whole = stream.eof and not stream.unused_data
    return plain.removeprefix(_BYTE_ORDER_MARK) if whole else BAD_ENCODING


def read_letter(body: bytes, *, call: str) -> Letter:
    """What a body says; `call` is `batch`, or the kind of its only message."""
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_MARKS:
        return Letter(problem=TOO_LARGE)
    try:
        envelope, depth = _opened(body)
    except UncutError:
        return Letter(problem=BAD_JSON if _is_utf8(body) else BAD_ENCODING)
    head = Letter(write_key=_value(envelope.writeKey), sent_at=_value(envelope.sentAt))
    messages: tuple[Raw, ...] | Problem
    try:
        messages = _batch(envelope) if call == BATCH else (_message(Piece(text=body, depth=depth)),)
    except UncutError:
        messages = BAD_JSON
    if isinstance(messages, Problem):
        return replace(head, problem=messages)
    return replace(head, messages=messages)


def _opened(body: bytes) -> tuple[_Envelope, int]:
    """The members of a body that matter, and how deep it is if the decoder cannot read it."""
    try:
        return msgspec.json.decode(body, type=_Envelope), 0
    except msgspec.ValidationError:
        raise UncutError from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        found = outline.members(body)
    for name, piece in found.items():
        if name != "batch":
            _message(piece)
    known = {name: msgspec.Raw(each.text) for name, each in found.items() if name in _FIELDS}
    return _Envelope(**known), 1 + max((each.depth for each in found.values()), default=0)


def _batch(envelope: _Envelope) -> tuple[Raw, ...] | Problem:
    text = bytes(envelope.batch)
    if not text.lstrip().startswith(b"["):
        return NO_BATCH
    pieces = _pieces(text)
    context_text = bytes(envelope.context)
    if len(pieces) > MAX_ITEMS:
        return TOO_MANY
    if len(text) + len(pieces) * len(context_text) > MAX_UNPACKED_BYTES:
        return TOO_LARGE
    context = _message(Piece(text=context_text, depth=0))
    if isinstance(context, Unreadable):
        return BAD_JSON
    return tuple(_with(_message(piece), context) for piece in pieces)


def _pieces(text: bytes) -> Sequence[Piece]:
    """The messages of a batch, cut."""
    try:
        cut = msgspec.json.decode(text, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return outline.items(text, most=MAX_ITEMS)
    return [Piece(text=bytes(each), depth=0) for each in cut]


def _message(piece: Piece) -> Raw:
    """One message; UncutError when it is no JSON to anybody."""
    if len(piece.text) > MAX_SENT_BYTES:
        return _unreadable(piece, Refusal.TOO_LARGE)
    try:
        return cast("Json", msgspec.json.decode(piece.text))
    except msgspec.ValidationError:
        return _unreadable(piece, Refusal.UNREADABLE)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _unreadable(piece, _reason(piece))


def _reason(piece: Piece) -> Refusal:
    """Why a strict decoder does not take a message; UncutError when nobody would."""
    if piece.depth > MAX_DEPTH:
        return Refusal.TOO_DEEP
    try:
        # Tolerant of what it writes itself: NaN, Infinity, halves of surrogate pairs.
        json.loads(piece.text.decode("utf-8", "replace"), parse_int=float)
    except ValueError:
        raise UncutError from None
    except RecursionError:
        return Refusal.TOO_DEEP
    return Refusal.UNREADABLE


def _value(raw: msgspec.Raw) -> Json:
    """A small value of the envelope; what cannot be read is absent."""
    try:
        found = _message(Piece(text=bytes(raw), depth=0))
    except UncutError:
        return None
    return None if isinstance(found, Unreadable) else found


def _with(message: Raw, context: Json) -> Raw:
    return message if isinstance(message, Unreadable) else with_context(message, context)


def _unreadable(piece: Piece, refusal: Refusal) -> Unreadable:
    return Unreadable(text=piece.text.decode("utf-8", "backslashreplace"), refusal=refusal)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
