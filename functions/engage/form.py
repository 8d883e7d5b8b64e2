"""The body of a POST, as mail programs and browsers send it.

RFC 8058 asks for `List-Unsubscribe=One-Click`, as a form or as multipart; the gateway hands over
multipart bodies in base64.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from email.parser import BytesParser
from urllib.parse import parse_qsl

from functions.engage.centre import OFTEN, PAUSES, Wanted

MAX_BYTES = 16_384
# Of names and values: no page of ours has as many.
MAX_FIELDS = 1_000
ONE_CLICK = ("List-Unsubscribe", "One-Click")
# The fields of the page of preferences. A topic has a field of its own, for a box that is not
# ticked is not sent.
SAVE = ("do", "save")
TOPIC = "topic."


def fields(body: str, *, content_type: str, is_base64: bool) -> Mapping[str, str]:
    """The form's fields, the first of each name; empty for whatever is no form."""
    every = all_fields(body, content_type=content_type, is_base64=is_base64)
    return {name: values[0] for name, values in every.items()}


def all_fields(
    body: str, *, content_type: str, is_base64: bool, most: int = MAX_BYTES
) -> Mapping[str, tuple[str, ...]]:
    """The form's fields with all values of each name; empty for whatever is no form.

    `most` is how many bytes it may have.
    """
    raw = _bytes(body, is_base64=is_base64)
    if len(raw) > most:
        return {}
    if content_type.lower().strip().startswith("multipart/form-data"):
        pairs = _multipart(raw, content_type)
    else:
        pairs = _pairs(raw)
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found


def is_one_click(form: Mapping[str, str]) -> bool:
    """Whether a mail program asks to unsubscribe at once."""
    name, value = ONE_CLICK
    return form.get(name, "").strip() == value


def wanted(form: Mapping[str, str]) -> Wanted | None:
    """What the page of preferences asks for; None for a form that is not wholly of that page."""
    name, value = SAVE
    often = {str(number): number for number in OFTEN}.get(form.get("often", ""))
    pause = form.get("pause", "")
    if form.get(name) != value or often is None or pause not in PAUSES:
        return None
    ticks = {name.removeprefix(TOPIC): form[name] for name in form if name.startswith(TOPIC)}
    return Wanted(
        topics=ticks,
        per_year=often,
        pause=pause,
        language=form.get("language", ""),
    )


def _bytes(body: str, *, is_base64: bool) -> bytes:
    if not is_base64:
        return body.encode("utf-8", "replace")
    try:
        return b64decode(body)
    except (binascii.Error, ValueError):
        return b""


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    text = raw.decode("utf-8", "replace")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return []


def _multipart(raw: bytes, content_type: str) -> list[tuple[str, str]]:
    head = " ".join(content_type.split()).encode("ascii", "replace")
    message = BytesParser().parsebytes(b"Content-Type: " + head + b"\r\n\r\n" + raw)
    pairs = []
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            pairs.append((name, value.decode("utf-8", "replace").strip()))
    return pairs
