"""What is refused, as the quarantine keeps it, and a delivery again for a replay.

Messages stand by reason. One that can never be taken is cut to its beginning; a whole body that
could not be read is kept as it came.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from functions.track.delivery import Broken, Delivery, PresentedKey, Raw, Sender, Unreadable
from rapport.domain.event import Json, millis
from rapport.domain.limits import MAX_UNPACKED_BYTES
from rapport.domain.privacy import network
from rapport.domain.size import Excess, excess
from rapport.domain.wire import MAX_DEPTH, Refusal
from rapport.door import Refused

CUT_BYTES = 2_048
# So many beginnings tell what is wrong with all of them.
MAX_CUT = 100
MIXED = "mixed"
NO_SOURCE = "unknown"
# What can never be taken as it is, whatever the configuration: its beginning is kept, as text.
_HOPELESS = frozenset(
    {
        Refusal.TOO_LARGE.value,
        Refusal.TOO_DEEP.value,
        Refusal.TOO_MANY_KEYS.value,
        Refusal.LONG_TEXT.value,
        Refusal.UNREADABLE.value,
    }
)


def refused(
    delivery: Delivery,
    bad: Mapping[str, Sequence[Raw]],
    *,
    at: datetime,
    source: str,
    key: str,
) -> Refused:
    """The messages of a delivery that are not stored, by reason. `key` is what they came with."""
    whole: dict[str, list[Json]] = {}
    cut: dict[str, list[Json]] = {}
    for reason, messages in bad.items():
        for each in messages:
            hopeless = reason if reason in _HOPELESS else _hopeless(each)
            if not hopeless:
                whole.setdefault(reason, []).append(cast("Json", each))
            elif len(cut.setdefault(hopeless, [])) < MAX_CUT:
                cut[hopeless].append(_cut(_text(each)))
    return Refused(
        at=at,
        source=source or NO_SOURCE,
        reason=next(iter(bad)) if len(bad) == 1 else MIXED,
        count=sum(map(len, bad.values())),
        content={
            "call": delivery.call,
            "sent_at": delivery.sent_at,
            "key": key,
            "places": [each.place for each in delivery.keys],
            "received_at": millis(at),
            "sender": _sender(delivery.sender),
            "messages": cast("Json", whole),
            "cut": cast("Json", cut),
        },
    )


def broken(request: Broken, *, at: datetime, source: str, key: str) -> Refused:
    """A body that nobody could read, as it came."""
    return Refused(
        at=at,
        source=source or NO_SOURCE,
        reason=request.problem.code,
        count=1,
        content={
            "key": key,
            "received_at": millis(at),
            "sender": _sender(request.sender),
            "body": b64encode(request.body).decode(),
        },
    )


def delivery_of(content: Mapping[str, Json]) -> Delivery | None:
    """The delivery that was kept, with those of its messages that could be taken some day."""
    kept = content.get("messages")
    if not isinstance(kept, dict):
        return None
    told = cast("dict[str, Json]", content["sender"])
    messages = [each for group in kept.values() for each in cast("list[Json]", group)]
    places = cast("list[str]", content["places"])
    return Delivery(
        call=str(content["call"]),
        messages=tuple(messages),
        sent_at=content["sent_at"],
        keys=tuple(
            PresentedKey(value=str(content["key"]), place="query" if p == "query" else "header")
            for p in places
        ),
        sender=Sender(
            source_ip=str(told["network"]),
            origin=None if told["origin"] is None else str(told["origin"]),
            user_agent=str(told["user_agent"]),
            gpc=told["gpc"] is True,
            dnt=told["dnt"] is True,
            request_id=str(told["request_id"]),
        ),
    )


def _hopeless(raw: Raw) -> str:
    """Why a message that was refused for another reason can never be taken, if so.

    What was turned away unread may be so deep that no encoder takes what the decoder just took.
    """
    if isinstance(raw, Unreadable):
        return raw.refusal.value
    deep = excess(raw, depth=MAX_DEPTH, size=MAX_UNPACKED_BYTES) is Excess.DEPTH
    return Refusal.TOO_DEEP.value if deep else ""


def _text(raw: Raw) -> str:
    """JSON text of what may be no JSON: half characters, numbers that are none, no bottom."""
    if isinstance(raw, Unreadable):
        return raw.text
    try:
        return json.dumps(raw, separators=(",", ":"))
    except (RecursionError, ValueError):
        return ""


def _cut(text: str) -> dict[str, Json]:
    whole = text.encode(errors="backslashreplace")
    return {"bytes": len(whole), "begins": whole[:CUT_BYTES].decode(errors="replace")}


def _sender(sender: Sender) -> dict[str, Json]:
    return {
        "network": network(sender.source_ip),
        "origin": sender.origin,
        "user_agent": sender.user_agent,
        "gpc": sender.gpc,
        "dnt": sender.dnt,
        "request_id": sender.request_id,
    }
