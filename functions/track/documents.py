"""What the door gives to read: the tracker, the schemas of the vocabulary, the word on privacy.

These are the same for everybody and may be kept by every cache on the way for an hour. Who has the
newest copy already is told so with 304.
"""

import json
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
from rapport.packing import served

FOLDER = Path(__file__).parent / "documents"
KEEP_SECONDS = 3_600
SCRIPT_TYPE = "text/javascript; charset=utf-8"
SCHEMA_TYPE = "application/schema+json"
JSON_TYPE = "application/json"
# https://www.w3.org/TR/gpc/#gpc-support-resource; the day from which this door has honoured it.
PRIVACY: Mapping[str, Json] = {"gpc": True, "lastUpdate": "2026-11-23"}


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
    headers = {
        **SAFE,
        "cache-control": f"public, max-age={KEEP_SECONDS}",
        "content-type": document.kind,
        # Any page may load them, also one that keeps out what does not say so.
        "cross-origin-resource-policy": "cross-origin",
    }
    return served(document.text, tag=document.tag, asked=request.headers, headers=headers)
