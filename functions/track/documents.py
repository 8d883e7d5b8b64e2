"""What the door gives to read: the tracker, the schemas of the vocabulary, the word on privacy.

These are the same for everybody and may be kept by every cache on the way for an hour. Who has the
newest copy already is told so with 304.
"""

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from functions.track.dialects import Goal, Way
from functions.track.http import Request
from functions.track.problems import NO_SUCH_SCHEMA, Problem, answer
from rapport.domain.event import Json
from rapport.headers import SAFE

FOLDER = Path(__file__).parent / "documents"
KEEP_SECONDS = 3_600
SCRIPT_TYPE = "text/javascript; charset=utf-8"
SCHEMA_TYPE = "application/schema+json"
JSON_TYPE = "application/json"
# https://www.w3.org/TR/gpc/#gpc-support-resource; the day from which this door has honoured it.
PRIVACY: Mapping[str, Json] = {"gpc": True, "lastUpdate": "2026-11-23"}
# Smaller than what a gateway adds in headers.
WORTH_PACKING_BYTES = 1_000


@dataclass(frozen=True, kw_only=True)
class Document:
    """A text and what it is. `tag` names the text: another text, another tag."""

    text: bytes
    kind: str

    @property
    def tag(self) -> str:
        """A strong validator, without quotes."""
        return sha256(self.text).hexdigest()[:20]


def document_answer(request: Request, way: Way) -> dict[str, Any]:
    """The gateway's answer for one who wants to read."""
    found = _document(way)
    return answer(found) if isinstance(found, Problem) else _served(request, found)


def _document(way: Way) -> Document | Problem:
    match way.goal:
        case Goal.SCRIPT:
            return _script()
        case Goal.SCHEMAS:
            return _schema(*way.parts)
        case _:
            return _json(dict(PRIVACY), JSON_TYPE)


@cache
def _script() -> Document:
    return Document(text=(FOLDER / "rapport.js").read_bytes(), kind=SCRIPT_TYPE)


def _schema(name: str = "", version: str | None = None) -> Document | Problem:
    from rapport import schemas

    if not name:
        return _json(schemas.index(), JSON_TYPE)
    found = schemas.schema(name, version)
    return NO_SUCH_SCHEMA if found is None else _json(found, SCHEMA_TYPE)


def _json(value: Json, kind: str) -> Document:
    return Document(text=json.dumps(value, ensure_ascii=False, indent=1).encode(), kind=kind)


def _served(request: Request, document: Document) -> dict[str, Any]:
    packing = _takes_gzip(request) and len(document.text) >= WORTH_PACKING_BYTES
    tag = f'"{document.tag}{"-gzip" if packing else ""}"'
    headers = {
        **SAFE,
        "cache-control": f"public, max-age={KEEP_SECONDS}",
        "content-type": document.kind,
        # Any page may load them, also one that keeps out what does not say so.
        "cross-origin-resource-policy": "cross-origin",
        "etag": tag,
        "vary": "accept-encoding",
    }
    if _has(request, tag):
        return {"statusCode": 304, "headers": headers, "body": ""}
    if not packing:
        return {"statusCode": 200, "headers": headers, "body": document.text.decode()}
    # Without the time of packing, so that one text has one form.
    packed = b64encode(gzip.compress(document.text, mtime=0)).decode()
    headers["content-encoding"] = "gzip"
    return {"statusCode": 200, "headers": headers, "body": packed, "isBase64Encoded": True}


def _has(request: Request, tag: str) -> bool:
    """Whether the caller's copy is this one; `W/` makes no difference for a GET."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or tag in {
        each.strip().removeprefix("W/") for each in known.split(",")
    }


def _takes_gzip(request: Request) -> bool:
    for each in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = (part.strip() for part in each.partition(";"))
        if coding in {"gzip", "*"} and not weight.replace(" ", "").startswith(("q=0;", "q=0.0")):
            return weight.replace(" ", "") != "q=0"
    return False
