"""The rows of `people` and `book` that are about somebody, as JSON: all of them are gone over."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from rapport.adapters.dynamo.erasure import RULES, Fate, opened, scanned, texts_of, words_in
from rapport.domain.event import Json
from rapport.domain.tombstones import Traces
from rapport.exporting import Held

ROOMS = ("people", "book")
# Rows of one person or browser: those of others may name this one beside what is theirs.
_OF_ONE = frozenset({Fate.OWN, Fate.MONTH})
# Rows that lead to many people: of them nothing but that they name this one is told.
_OF_MANY = frozenset({"near", "alike", "chunk", "sheet", "head", "import_kept", "suggestion"})


class DynamoHoldings:
    """The port `Holdings`."""

    def of(self, traces: Traces) -> Iterator[Held]:
        """All rows that a word of theirs stands in."""
        for room in ROOMS:
            for item in scanned(room):
                if words_in([*texts_of(item)]).isdisjoint(traces.tokens):
                    continue
                kind = str(item["k"]["S"])
                content: dict[str, Json] = {"pk": item["pk"]["S"], "sk": item["sk"]["S"]}
                named = not words_in([f"{item['pk']['S']} {item['sk']['S']}".encode()]).isdisjoint(
                    traces.tokens
                )
                of_others = RULES[room].get(kind) in _OF_ONE and not named
                if kind not in _OF_MANY and not of_others:
                    content = {name: _plain(value) for name, value in item.items() if name != "k"}
                yield Held(room, kind, content)


def _plain(value: Mapping[str, Any]) -> Json:
    [(form, content)] = value.items()
    match form:
        case "N":
            return float(content) if "." in content else int(content)
        case "B":
            return _unpacked(bytes(content))
        case "SS":
            return [*sorted(content)]
        case "L":
            return [_plain(each) for each in content]
        case _:
            found: Json = None if form == "NULL" else content
            return found


def _unpacked(content: bytes) -> Json:
    """What was packed, as JSON if it is any; else the bytes in base64."""
    for each in opened(content):
        try:
            found: Json = json.loads(each)
        except ValueError:
            continue
        return found
    return b64encode(content).decode()
