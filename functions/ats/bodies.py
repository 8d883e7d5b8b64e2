"""Bytes of a delivery become one JSON object; what may be read in two ways is refused.

The signature was over the bytes, so they are looked at as they came; a byte order mark is passed
over. The reasons are words for logs and figures, and tell nothing of what a body holds.
"""

import json
from typing import NoReturn

import msgspec

from rapport.domain.event import Json
from rapport.errors import PoisonError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NOT_UTF8, NO_JSON, NO_OBJECT = "not_utf8", "no_json", "no_object"
TOO_DEEP, DUPLICATE_KEYS = "too_deep", "duplicate_keys"


class _TwiceError(ValueError):
    """A key stands twice in one object."""


def read_object(raw: bytes) -> dict[str, Json]:
    """The object; PoisonError with the reason as its text when there is none to be read."""
    text = raw.removeprefix(_BYTE_ORDER_MARK)
    try:
        text.decode()
    except UnicodeDecodeError:
        _refuse(NOT_UTF8)
    try:
        # Stricter than Python's own reader, which takes NaN and halves of surrogate pairs.
        found: Json = msgspec.json.decode(text)
        json.loads(text, object_pairs_hook=_once_each)
    except _TwiceError:
        _refuse(DUPLICATE_KEYS)
    except RecursionError:
        _refuse(TOO_DEEP)
    except ValueError:
        _refuse(NO_JSON)
    if not isinstance(found, dict):
        _refuse(NO_OBJECT)
    return found


def _once_each(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _TwiceError
    return made


def _refuse(reason: str) -> NoReturn:
    raise PoisonError(reason) from None
