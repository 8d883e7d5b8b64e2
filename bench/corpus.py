"""Requests that somebody might make who means harm, or whose program is broken.

Each within what the gateway lets through. `storable` is how many messages of it may be stored.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.door import delivered
from rapport.domain.limits import MAX_REQUEST_BYTES, MAX_UNPACKED_BYTES

GZIP = {"content-encoding": "gzip"}
ORDINARY_BATCH = 20
MOST_MESSAGES = 2500


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """One request, as the gateway hands it over."""

    name: str
    event: dict[str, Any]
    storable: int = 0


def page(n: int, **fields: Any) -> dict[str, Any]:
    """An ordinary message, all but `fields`."""
    return {
        "type": "page",
        "name": "Job list",
        "anonymousId": f"visitor-{n}",
        "messageId": f"m-{n}",
        "timestamp": "2026-11-22T10:00:00.000Z",
        "properties": {"path": "/jobs", "url": "https://careers.halden.example/jobs"},
        "context": {"page": {"path": "/jobs"}, "locale": "en-GB"},
        **fields,
    }


def batch(messages: list[Any], **around: Any) -> str:
    """A batch as SDKs write it."""
    return json.dumps({"batch": messages, **around}, separators=(",", ":"))


def ordinary(n: int = 0, messages: int = ORDINARY_BATCH) -> dict[str, Any]:
    """A batch with nothing wrong; of other visitors with each `n`."""
    return delivered(batch([page(n * messages + each) for each in range(messages)]))


def refused() -> dict[str, Any]:
    """A batch with one message that is refused: it warms the way to the quarantine up."""
    return delivered(batch([page(0), {"type": "nonsense"}]))


def corpus() -> Iterator[Hostile]:
    """All of them."""
    for name, body in _whole_bodies():
        packed = body if len(body) <= MAX_REQUEST_BYTES else gzip.compress(body)
        yield Hostile(name=name, event=delivered(packed))
    for name, message in _messages():
        text = json.dumps(message, separators=(",", ":"))
        yield _in_a_batch(name, text)
    for name, text in _texts():
        yield _in_a_batch(name, text)
    many = [page(n) for n in range(MOST_MESSAGES + 1)]
    yield _large("2 501 messages", batch(many), MOST_MESSAGES)
    heavy = {"page": {"path": "x" * 1500}}
    shared = batch([page(n) for n in range(MOST_MESSAGES)], context=heavy)
    yield _large("2 500 messages that share a large context", shared, MOST_MESSAGES)
    bomb = gzip.compress(b'{"batch":["' + b"0" * (120 * MAX_UNPACKED_BYTES))
    yield Hostile(name="a gzip bomb of 480 MB", event=delivered(bomb, headers=GZIP))
    deep_path = "/" + "a/" * 5000 + "v1/track"
    yield Hostile(name="a path of 10 KB", event=delivered("{}", path=deep_path))
    query = "writeKey=" + "%41" * 2700
    pixel = delivered("", path="/pixel/v1/track", query=query)
    pixel["requestContext"]["http"]["method"] = "GET"
    yield Hostile(name="a query of 8 KB", event=pixel, storable=1)


def _large(name: str, text: str, storable: int) -> Hostile:
    event = delivered(gzip.compress(text.encode()), headers=GZIP)
    return Hostile(name=name, event=event, storable=storable)


def _in_a_batch(name: str, text: str) -> Hostile:
    """The text as one message among good ones."""
    good = [json.dumps(page(n)) for n in range(ORDINARY_BATCH - 1)]
    body = f'{{"batch":[{",".join([*good[:9], text, *good[9:]])}]}}'.encode()
    packed = body if len(body) <= MAX_REQUEST_BYTES else gzip.compress(body)
    return Hostile(name=name, event=delivered(packed), storable=ORDINARY_BATCH)


def _whole_bodies() -> Iterator[tuple[str, bytes]]:
    most = MAX_UNPACKED_BYTES - 64
    yield "an empty body", b""
    yield "no JSON", b"\xff\xfe" * 1000
    yield "gzip that breaks off", gzip.compress(b"{}" * 5000)[:40]
    yield "brackets to the limit", b"[" * most
    yield "objects to the limit", b'{"a":' * (most // 5)
    yield "empty arrays to the limit", b'{"batch":[' + b"[]," * (most // 3) + b"[]]}"
    yield "empty objects to the limit", b'{"batch":[' + b"{}," * (most // 3) + b"{}]}"
    yield "one string to the limit", b'{"batch":"' + b"x" * most + b'"}'
    yield "a string that never ends", b'{"batch":["' + b"x" * most
    yield "backslashes to the limit", b'{"batch":["' + b"\\\\" * (most // 2) + b'"]}'
    yield "quotes to the limit", b'{"batch":[' + b'"",' * (most // 3) + b"NaN]}"
    yield "keys to the limit", b'{"' + b'":0,"'.join(b"%d" % n for n in range(330_000)) + b'":0}'


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "100 000 keys", page(1, properties={f"k{n}": n for n in range(100_000)})
    yield "a key of 64 KB", page(1, properties={"k" * 65_536: 1})
    yield "a string of 64 KB", page(1, properties={"k": "x" * 65_536})
    yield "400 combining marks", page(1, userId="a" + "\u0301" * 400, name="e" + "\u0301" * 400)
    yield "an address of 10 KB", page(1, traits={"email": "a." * 5000 + "@b.example"})
    yield "a time of 8 KB", page(1, timestamp="2026-11-22T10:00:00." + "0" * 8000)
    yield "an array as a user id", page(1, userId=["u"] * 1000)


def _texts() -> Iterator[tuple[str, str]]:
    deep = "[" * 100_000 + "]" * 100_000
    yield "100 000 levels", f'{{"type":"page","anonymousId":"a","properties":{deep}}}'
    for digits in (4300, 5000, 30_000):
        number = "9" * digits
        text = f'{{"type":"page","anonymousId":"a","properties":{{"n":{number}}}}}'
        yield f"a number of {digits} digits", text
    yield "1e999", '{"type":"page","anonymousId":"a","properties":{"n":1e999}}'
    yield "NaN", '{"type":"page","anonymousId":"a","properties":{"n":NaN}}'
    yield (
        "lone surrogates",
        '{"type":"page","anonymousId":"a","name":"' + "\\ud800" * 2000 + '"}',
    )
