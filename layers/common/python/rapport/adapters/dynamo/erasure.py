"""Forgetting a person in `people` and `book`: all rows are gone over, each by the rule of its kind.

A row is about somebody if a word of theirs (`Traces.tokens`) stands in it, also in what is packed.
Going over everything costs half a read unit for 4 KB, some cents for a million people, and finds
what no key leads to. Whatever writes a new kind of row says here what becomes of it.
"""

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from rapport.adapters.dynamo.calls import TABLE_NAMES, Item, TakenError, ThroughModels
from rapport.adapters.dynamo.packing import dumps, packed, unpacked
from rapport.domain.spellings import Needles
from rapport.domain.tombstones import Gone, Traces
from rapport.forgetting import STAYS
from rapport.observability import logger

_WORD = re.compile(r"[A-Za-z0-9_-]{12,}")
_INFLATED_AT_MOST = 8 * 1024 * 1024
_NUMBER = "N"


class Fate(StrEnum):
    """What becomes of a row that a person's words stand in."""

    # It is theirs: taken away.
    WHOLE = "whole"
    # Taken away if its key is theirs; else what names them is nothing but a keyed hash.
    OWN = "own"
    # A set of many people's: theirs is taken out of it.
    PART = "part"
    # A list of many people's, as JSON: theirs is taken out of it.
    LISTED = "listed"
    # Its columns that name them are taken out.
    STRIPPED = "stripped"
    # A month of a browser that others used too: their label is taken out.
    MONTH = "month"
    # It stays, and the certificate says why.
    STAYS = "stays"
    # It is about no person.
    NOBODY = "nobody"


# Kind of row → what becomes of it; of those that stay, under which name the certificate tells why.
RULES: Mapping[str, Mapping[str, Fate]] = {
    "people": {
        "head": Fate.PART,
        "month": Fate.MONTH,
        "node": Fate.STAYS,
        "link": Fate.WHOLE,
        "cluster": Fate.OWN,
        "view": Fate.OWN,
        "detail": Fate.OWN,
        "finder": Fate.OWN,
        "alike": Fate.PART,
        "filed": Fate.OWN,
        "suggestion": Fate.WHOLE,
    },
    "book": {
        "address": Fate.OWN,
        "suppression": Fate.STAYS,
        "word": Fate.OWN,
        "send": Fate.WHOLE,
        "unsettled": Fate.WHOLE,
        "fate": Fate.WHOLE,
        "signs": Fate.WHOLE,
        "links": Fate.WHOLE,
        "near": Fate.PART,
        "intended": Fate.STRIPPED,
        "intent": Fate.WHOLE,
        "task": Fate.WHOLE,
        "known": Fate.WHOLE,
        "push": Fate.WHOLE,
        "import_kept": Fate.LISTED,
        "run": Fate.WHOLE,
        "place": Fate.WHOLE,
        "alert": Fate.OWN,
        "turn": Fate.WHOLE,
        "audit": Fate.STAYS,
        "chunk": Fate.STAYS,
        "sheet": Fate.STAYS,
        "tombstone": Fate.STAYS,
        "hold": Fate.STAYS,
        "erasure": Fate.STAYS,
        # Keys of these are hashes of deliveries and answers, and no word of a person.
        "forward": Fate.NOBODY,
        "hall": Fate.NOBODY,
        "list": Fate.NOBODY,
        "once": Fate.NOBODY,
        "count": Fate.NOBODY,
        "launch": Fate.NOBODY,
        "spent": Fate.NOBODY,
        "rehearsal": Fate.NOBODY,
        "program": Fate.NOBODY,
        "operator": Fate.NOBODY,
        "write_key": Fate.NOBODY,
        "allowance": Fate.NOBODY,
        "pace": Fate.NOBODY,
        "pointer": Fate.NOBODY,
        "sending": Fate.NOBODY,
        "rules": Fate.NOBODY,
        "feed": Fate.NOBODY,
        "job": Fate.NOBODY,
        "posting": Fate.NOBODY,
        "version": Fate.NOBODY,
        "untold": Fate.NOBODY,
        "board": Fate.NOBODY,
        "pull": Fate.NOBODY,
        "file_run": Fate.NOBODY,
        "pulled": Fate.NOBODY,
        "import": Fate.NOBODY,
        "import_columns": Fate.NOBODY,
    },
}
NAMED: Mapping[str, str] = {
    "node": "tombstone",
    "tombstone": "tombstone",
    "suppression": "suppression",
    "audit": "audit",
    "chunk": "audience",
    "sheet": "audience",
    "hold": "erasure",
    "erasure": "erasure",
}
# Columns by which a row of a funnel leads to somebody.
_LEADING = ("s", "p")


class DynamoSweep:
    """An `Eraser` of one table."""

    def __init__(self, room: str) -> None:
        """Go over the table of that name: `people` or `book`."""
        self.store = room
        self._calls = ThroughModels()

    def erase(self, traces: Traces, needles: Needles) -> Gone:
        """Take away what is theirs, row by row; what stays, and where their words still stand."""
        erased = items = named = 0
        stays: dict[str, int] = {}
        hits: list[str] = []
        for item in scanned(self.store):
            items += 1
            kind = str(item["k"]["S"])
            texts = [*texts_of(item)]
            if words_in(texts).isdisjoint(traces.tokens):
                if needles.found_in(b"\n".join(texts)):
                    hits.append(f"{kind} row")
                named += needles.named_in(b"\n".join(texts))
                continue
            came = self._one(item, kind, traces)
            erased += came == ""
            if came in STAYS:
                stays[came] = stays.get(came, 0) + 1
            elif came:
                hits.append(came)
            said = b"\n".join(texts)
            if came and (needles.found_in(said) or needles.named_in(said)):
                hits.append(f"{kind} row that stays")
        if hits:
            logger().warning("something is left of somebody who was erased", kinds=hits)
        return Gone(erased=erased, items=items, stays=stays, hits=tuple(hits), named=named)

    def _one(self, item: Item, kind: str, traces: Traces) -> str:
        """Apply a kind's rule: nothing if it is gone, else under which name it stays."""
        fate = RULES[self.store].get(kind)
        if fate in {Fate.WHOLE, Fate.OWN} or _is_own(item, traces, fate):
            if fate is Fate.OWN and not _key_names(item, traces):
                # A keyed hash in somebody else's row leads to nobody any more.
                return "tombstone"
            self._delete(item)
            return ""
        if fate is Fate.STAYS:
            return NAMED[kind]
        after = _CHANGED[fate](item, traces) if fate in _CHANGED else None
        if after is None:
            return f"{kind} row that no rule is for"
        if after == item:
            return "intended" if fate is Fate.STRIPPED else "tombstone"
        self._replace(item, after)
        return ""

    def _delete(self, item: Item) -> None:
        key = {"pk": item["pk"], "sk": item["sk"]}
        self._calls("DeleteItem", {"TableName": TABLE_NAMES[self.store], "Key": key})

    def _replace(self, before: Item, after: Item) -> None:
        """Put a row in place of the one read; another round finds one that changed meanwhile."""
        names = {f"#{n}": name for n, name in enumerate(sorted(before))}
        place = {name: short for short, name in names.items()}
        same = " AND ".join(f"{place[name]} = :{place[name][1:]}" for name in sorted(before))
        request = {
            "TableName": TABLE_NAMES[self.store],
            "Item": after,
            "ConditionExpression": same,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {
                f":{place[name][1:]}": value for name, value in before.items()
            },
        }
        try:
            self._calls("PutItem", request)
        except TakenError:
            return


def scanned(room: str) -> Iterator[Item]:
    """All rows of a table, strongly consistent."""
    request: dict[str, Any] = {"TableName": TABLE_NAMES[room], "ConsistentRead": True}
    asked = ThroughModels()
    while True:
        answer = asked("Scan", request)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def texts_of(item: Item) -> Iterator[bytes]:
    """All that a row says, keys and what is packed included, as far as it opens."""
    for value in item.values():
        yield from _texts(value)


def _texts(value: Mapping[str, Any]) -> Iterator[bytes]:
    for form, content in value.items():
        match form:
            case "S" | "N":
                yield str(content).encode()
            case "B":
                yield from opened(bytes(content))
            case "SS":
                yield from (str(each).encode() for each in content)
            case "L":
                for each in content:
                    yield from _texts(each)
            case "M":
                for each in content.values():
                    yield from _texts(each)


def opened(content: bytes) -> Iterator[bytes]:
    """Bytes as they are, and inflated if they were deflated in a way of ours."""
    yield content
    # With a header, without one, and without one behind a byte that tells of what.
    for skip, wbits in ((0, zlib.MAX_WBITS), (0, -zlib.MAX_WBITS), (1, -zlib.MAX_WBITS)):
        try:
            yield zlib.decompressobj(wbits).decompress(content[skip:], _INFLATED_AT_MOST)
        except zlib.error:
            continue


def words_in(texts: list[bytes]) -> set[str]:
    """The words that a token could be: of refs what stands behind the namespace."""
    found: set[str] = set()
    for text in texts:
        found.update(_WORD.findall(text.decode("latin-1")))
    return found


def _key_names(item: Item, traces: Traces) -> bool:
    key = f"{item['pk']['S']}\n{item['sk']['S']}".encode()
    return not words_in([key]).isdisjoint(traces.tokens)


def _is_own(item: Item, traces: Traces, fate: Fate | None) -> bool:
    """Whether a row of tallies is of a partition that is theirs alone."""
    in_question = fate in {Fate.PART, Fate.MONTH}
    whose = words_in([item["pk"]["S"].encode()])
    return in_question and not whose.isdisjoint(traces.tokens)


def _without_elements(item: Item, traces: Traces) -> Item:
    after: Item = {}
    for name, value in item.items():
        if "SS" not in value:
            after[name] = value
            continue
        left = [e for e in value["SS"] if words_in([e.encode()]).isdisjoint(traces.tokens)]
        if left:
            after[name] = {"SS": left}
    return after


def _without_columns(item: Item, traces: Traces) -> Item:
    return {name: value for name, value in item.items() if name not in _LEADING}


def _without_listed(item: Item, traces: Traces) -> Item:
    homes = json.loads(item["homes"]["S"])
    left = [home for home in homes if words_in([home.encode()]).isdisjoint(traces.tokens)]
    return {**item, "homes": {"S": dumps(left)}}


def _without_labels(item: Item, traces: Traces) -> Item:
    """The month without what is counted of them, by label; the stream position stays."""
    labels: dict[str, Any] = json.loads(unpacked(bytes(item["t"]["B"])))
    left = {
        label: tally
        for label, tally in labels.items()
        if words_in([label.encode()]).isdisjoint(traces.tokens)
    }
    if left == labels:
        return item
    return {**item, "t": {"B": packed(dumps(left))}}


_CHANGED: Mapping[Fate | None, Callable[[Item, Traces], Item]] = {
    Fate.PART: _without_elements,
    Fate.LISTED: _without_listed,
    Fate.STRIPPED: _without_columns,
    Fate.MONTH: _without_labels,
}
