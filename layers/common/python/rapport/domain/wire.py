"""The wire: one message of a tracking SDK, read into what an event is made of.

0. Its size, depth and number of keys: what is refused here is not looked into any further.
1. The kind of call: the message's `type`, else the path it was posted to.
2. What that kind of call must carry (`NEEDS`); a message without it is refused with a reason.
3. Identifiers, garbage left out. Home is the user id, else the e-mail address, else the cookie.
   An alias without a cookie may have one for its previous id: it stands in the log where that
   cookie's events do, which so learns who it was.
4. Times: `originalTimestamp`, else `timestamp`, as the client's clock said; both at millisecond
   precision, as they are stored. A time that cannot be read refuses the message: taken as absent,
   a broken import of history would look like news. One that can be read but lies outside of all
   believable years is kept as the sender's word (`unbelievable`) and used for nothing.
5. The message's id. It stands in clear in keys, logs and on the bus, so one that could be anything
   else than an id, an address say, is to be replaced by its keyed hash; repeats still land on
   themselves.
6. The body: the message without what belongs to the transport.

Everything that becomes part of the log's key is a function of the message alone: neither the time
of receipt, nor `sentAt`, nor anything else that differs from one delivery to the next.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from rapport.domain.clocks import beyond_belief, instant
from rapport.domain.event import Json
from rapport.domain.homes import cookie_of, given, home_of
from rapport.domain.identifiers import Identifier
from rapport.domain.size import Excess, excess

# The documented contract of the SDKs, some of which refuse a larger event themselves. It counts
# compact UTF-8 JSON, the context of the batch included: what is stored.
MAX_MESSAGE_BYTES = 32 * 1024
# The fields of SDKs take a handful; the decoder gives up at about a thousand.
MAX_DEPTH = 32
# In all objects of a message together, and characters of one text or key.
MAX_KEYS = 1_000
MAX_STRING_CHARS = 8_192
# The documented contract again; the messages beyond are refused one by one.
MAX_BATCH = 2_500
MAX_MESSAGE_ID_CHARS = 99

# Per kind of call: alternatives, each of which must be met by at least one field.
_SOMEBODY = ("userId", "anonymousId")
NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "identify": (_SOMEBODY,),
    "track": (_SOMEBODY, ("event",)),
    "page": (_SOMEBODY,),
    "screen": (_SOMEBODY,),
    "alias": (("previousId",), ("userId",)),
    "group": (_SOMEBODY, ("groupId",)),
}
# What only concerns the way here, stands in the event's own fields, or is ours to say.
_TRANSPORT = frozenset(
    {
        "bot",
        "privacy",
        "unbelievable_time",
        "_metadata",
        "integrations",
        "messageId",
        "originalTimestamp",
        "receivedAt",
        "sentAt",
        "timestamp",
        "type",
        "writeKey",
    }
)
# What may differ between two deliveries of a message, and so stays out of its hash.
_DELIVERY = frozenset({"_metadata", "receivedAt", "sentAt", "writeKey"})
# All that SDKs make: UUIDs, counters, prefixes. No address or name with a space passes.
_PLAIN_ID = re.compile(rf"[A-Za-z0-9._:-]{{1,{MAX_MESSAGE_ID_CHARS}}}")


class Refusal(StrEnum):
    """Why one message is not stored: its code on the wire and what to do, in a sentence."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Attach the sentence to the code."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    @classmethod
    def of(cls, code: str) -> "Refusal":
        """The refusal of that code."""
        return next(refusal for refusal in cls if refusal.value == code)

    NOT_AN_OBJECT = "not_an_object", "A message must be a JSON object."
    TOO_LARGE = (
        "message_too_large",
        f"A message, with the context of its batch, must be at most {MAX_MESSAGE_BYTES} bytes.",
    )
    TOO_DEEP = "too_deep", f"Objects and arrays must be nested at most {MAX_DEPTH} deep."
    TOO_MANY_KEYS = "too_many_keys", f"The objects of a message must have at most {MAX_KEYS} keys."
    LONG_TEXT = (
        "text_too_long",
        f"A text or key must have at most {MAX_STRING_CHARS} characters.",
    )
    TOO_MANY = "too_many_messages", f"A batch must have at most {MAX_BATCH} messages."
    UNREADABLE = (
        "invalid_message",
        "A message must be JSON: whole characters, and numbers that are numbers.",
    )
    FAULT = "fault", "The message met a fault of ours, which was logged; it is kept for a replay."
    UNKNOWN_TYPE = "unknown_type", f"type must be one of {', '.join(NEEDS)}."
    NO_IDENTIFIER = "no_user_anon_id", "A message needs a userId or an anonymousId."
    NO_EVENT_NAME = "no_event_name", "A track call needs the name of the event, as text."
    NO_GROUP = "no_group_id", "A group call needs a groupId."
    NO_ALIAS = "no_alias_ids", "An alias call needs a previousId and a userId."
    IDENTIFIERS_BLOCKED = (
        "identifiers_blocked",
        "No identifier of the message names anybody: null, undefined, zeros and the like.",
    )
    BAD_MESSAGE_ID = "bad_message_id", "messageId must be text or a whole number."
    BAD_TIMESTAMP = "bad_timestamp", "timestamp must be ISO 8601, an instant or a day."


_BROKEN: Mapping[Excess, Refusal] = {
    Excess.SIZE: Refusal.TOO_LARGE,
    Excess.DEPTH: Refusal.TOO_DEEP,
    Excess.KEYS: Refusal.TOO_MANY_KEYS,
    Excess.STRING: Refusal.LONG_TEXT,
}
_WITHOUT: Mapping[str, Refusal] = {
    "event": Refusal.NO_EVENT_NAME,
    "groupId": Refusal.NO_GROUP,
    "previousId": Refusal.NO_ALIAS,
}


class Naming(StrEnum):
    """How a message got its id: the prefix under which its keyed hash stands, if it needs one."""

    PLAIN = ""
    GIVEN = "m_"
    CONTENT = "h_"


@dataclass(frozen=True, kw_only=True)
class Message:
    """One valid message. `anon` is its cookie, `home` its best-ranked identifier.

    `message_id` may stand in keys only when `naming` is PLAIN; else its keyed hash does.
    `unbelievable` is the time that it told, when that is none that can be believed.
    """

    call: str
    name: str
    anon: Identifier | None
    home: Identifier
    message_id: str
    naming: Naming
    original_at: datetime | None
    sent_at: datetime | None
    body: Mapping[str, Json]
    unbelievable: str = ""


def read_message(raw: Json, *, call: str = "", batch_sent_at: Json = None) -> Message | Refusal:
    """The message that `raw` holds, or why it is refused.

    `call` is the kind of call that the path named, for a message that does not say itself;
    `batch_sent_at` the `sentAt` of the batch around it.
    """
    if not isinstance(raw, dict):
        return Refusal.NOT_AN_OBJECT
    too_much = _too_much(raw)
    if too_much is not None:
        return too_much
    kind = raw.get("type") or call
    if not isinstance(kind, str) or kind not in NEEDS:
        return Refusal.UNKNOWN_TYPE
    return _missing(kind, raw) or _message(kind, raw, batch_sent_at)


def _message(kind: str, raw: Mapping[str, Json], batch_sent_at: Json) -> Message | Refusal:
    anon = cookie_of(kind, raw)
    home = home_of(kind, raw, anon)
    if home is None:
        return Refusal.IDENTIFIERS_BLOCKED
    named = _message_id(kind, raw)
    if named is None:
        return Refusal.BAD_MESSAGE_ID
    said = raw.get("originalTimestamp") or raw.get("timestamp")
    original_at = instant(said)
    doubted = said if original_at is None and beyond_belief(said) else ""
    if original_at is None and said is not None and said != "" and not doubted:
        return Refusal.BAD_TIMESTAMP
    naming, message_id = named
    name = raw.get("event")
    return Message(
        call=kind,
        name=name if isinstance(name, str) else "",
        anon=anon,
        home=home,
        message_id=message_id,
        naming=naming,
        original_at=original_at,
        sent_at=instant(raw.get("sentAt")) or instant(batch_sent_at),
        body={**{k: v for k, v in raw.items() if k not in _TRANSPORT}, "call": kind},
        unbelievable=str(doubted),
    )


def with_context(raw: Json, context: Json) -> Json:
    """A message of a batch with the batch's context in it; what the message itself says wins."""
    if not isinstance(raw, dict) or not isinstance(context, dict) or not context:
        return raw
    own = raw.get("context")
    return {**raw, "context": {**context, **own} if isinstance(own, dict) else context}


def _too_much(raw: Json) -> Refusal | None:
    try:
        text = json.dumps(raw, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        if _surely_small(text):
            text.encode()
            return None
        size = len(text.encode())
    except ValueError:
        # Half a surrogate pair, a number that is none, or one of thousands of digits.
        size = None
    except RecursionError:
        return Refusal.TOO_DEEP
    broken = excess(
        raw, depth=MAX_DEPTH, size=MAX_MESSAGE_BYTES, keys=MAX_KEYS, string=MAX_STRING_CHARS
    )
    if broken is not None:
        return _BROKEN[broken]
    if size is None:
        return Refusal.UNREADABLE
    return Refusal.TOO_LARGE if size > MAX_MESSAGE_BYTES else None


def _surely_small(text: str) -> bool:
    """Whether a message need not be looked into, for its text is too short to break a limit.

    An ordinary one is; looking into it would be a tenth of what it takes.
    """
    return (
        len(text) <= min(MAX_STRING_CHARS, MAX_MESSAGE_BYTES // 4)
        and text.count("{") + text.count("[") <= MAX_DEPTH
        and text.count('":') <= MAX_KEYS
    )


def _missing(kind: str, raw: Mapping[str, Json]) -> Refusal | None:
    for fields in NEEDS[kind]:
        if not any(given(raw.get(field)) for field in fields):
            if kind == "alias":
                return Refusal.NO_ALIAS
            return _WITHOUT.get(fields[0], Refusal.NO_IDENTIFIER)
    if kind == "track" and not isinstance(raw.get("event"), str):
        return Refusal.NO_EVENT_NAME
    return None


def _message_id(kind: str, raw: Mapping[str, Json]) -> tuple[Naming, str] | None:
    """The message's own id, or what all deliveries of it have in common."""
    given = raw.get("messageId")
    if given is None or given == "":
        same = {k: v for k, v in raw.items() if k not in _DELIVERY} | {"type": kind}
        return Naming.CONTENT, json.dumps(same, sort_keys=True, separators=(",", ":"))
    if isinstance(given, bool) or not isinstance(given, str | int):
        return None
    return Naming.PLAIN if _PLAIN_ID.fullmatch(str(given)) else Naming.GIVEN, str(given)
