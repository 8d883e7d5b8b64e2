"""Reading what other people's systems send. Every reader here is total.

A value of a type that was not expected reads as absent (an empty text, None, an empty tuple): what
came is a stranger's JSON, and vendors change it without a word. Only an adapter says which values
it cannot do without.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TypeAlias

from rapport.domain.ats import Contact
from rapport.domain.event import Json
from rapport.errors import PoisonError

Node: TypeAlias = Mapping[str, Json]
# What a reader is given: a value of a body, or an object that another reader found.
Value: TypeAlias = "Json | Node"

# The longest text that is kept, in characters: what is longer was no name and no address.
_TEXT = 1000
# No id of any vendor has more digits; Python refuses to write integers of thousands of them.
_LARGEST_ID = 10**40
_EVENT_NAME = 64
_LAST_MS = 253_402_300_799_999  # the end of the year 9999
_DATE = len("2026-01-31")
# What is deeper than this in a body tells no time that we know of.
_DEEPEST = 12


def part(node: Value, *keys: str) -> Node:
    """The object at a path of keys; an empty one if there is none."""
    here: Value = node
    for key in keys:
        here = here.get(key) if isinstance(here, Mapping) else None
    return here if isinstance(here, Mapping) else {}


def parts(value: Json) -> tuple[Node, ...]:
    """The objects of an array; whatever else stands in it is passed over."""
    return (
        tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
    )


def text(value: Json) -> str:
    """A text as it was typed, without the space around it; a whole number as its digits."""
    if isinstance(value, str):
        # Half of a pair of surrogates can be written in JSON, and in no other place.
        return value.encode("utf-8", "replace").decode().replace("\0", "").strip()[:_TEXT]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_ID:
        return str(value)
    return ""


def first_text(node: Node, *keys: str) -> str:
    """The first of these that is a text with something in it: vendors rename their fields."""
    return next((said for key in keys if (said := text(node.get(key)))), "")


def texts(value: Json) -> tuple[str, ...]:
    """The texts of an array, without the empty ones and the repeats, in their order."""
    items = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(said for item in items if (said := text(item))))


def flag(value: Json) -> bool | None:
    """True or false; None for anything else, which is unknown and neither of them."""
    return value if isinstance(value, bool) else None


def number(value: Json) -> int | None:
    """A whole number, be it written as one or as a text."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) <= len(str(_LARGEST_ID)):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(value: Json, *, zone: tzinfo | None = None) -> datetime | None:
    """A time of ISO 8601, in UTC. A day alone is no time.

    `zone` is what a vendor's times are in that name none; without it, such a time is unknown.
    """
    if not isinstance(value, str) or len(value) <= _DATE or value[_DATE] not in "Tt ":
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        if at.tzinfo is None:
            at = at.replace(tzinfo=zone)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def moment_ms(value: Json) -> datetime | None:
    """A time in milliseconds since 1970, in UTC."""
    ms = number(value)
    if ms is None or not 0 <= ms <= _LAST_MS:
        return None
    whole, rest = divmod(ms, 1000)
    return datetime.fromtimestamp(whole, UTC).replace(microsecond=rest * 1000)


def latest(value: Value, *keys: str) -> datetime | None:
    """The latest time under any of these keys, at any depth; a body is no older than that.

    Name only keys of what has happened: a start of work or an interview lies in the future.
    """
    return max(_moments(value, frozenset(keys), _DEEPEST), default=None)


def _moments(value: Value, keys: frozenset[str], deepest: int) -> Iterator[datetime]:
    if not deepest:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in keys and (at := moment(inner)):
                yield at
            elif key != "custom_fields":
                yield from _moments(inner, keys, deepest - 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _moments(inner, keys, deepest - 1)


def contact(value: Value, *, primary: bool | None = None) -> Contact | None:
    """An address or a number as `{value, type, isPrimary?}`, or as a text alone."""
    node = part(value)
    said = text(node.get("value")) if node else text(value) if isinstance(value, str) else ""
    if not said:
        return None
    chief = flag(node.get("isPrimary")) if primary is None else primary
    return Contact(value=said, kind=text(node.get("type")).lower(), primary=bool(chief))


def contacts(value: Json) -> tuple[Contact, ...]:
    """The addresses or numbers of an array, in their order, each once."""
    items = value if isinstance(value, list) else []
    first: dict[str, Contact] = {}
    for found in filter(None, map(contact, items)):
        first.setdefault(found.value, found)
    return tuple(first.values())


def event_name(value: Json) -> str:
    """A vendor's word for an event, fit to stand in a log.

    PoisonError without one: that is no delivery of a vendor that names its events.
    """
    name = text(value)
    if not name:
        message = "the delivery does not say which event it is"
        raise PoisonError(message)
    kept = "".join(
        sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "_" for sign in name
    )
    return kept[:_EVENT_NAME]


def wanted(value: str, what: str) -> str:
    """A value that an event is nothing without; PoisonError, which names it, if it is empty."""
    if not value:
        message = f"the delivery has no {what}"
        raise PoisonError(message)
    return value


# What a vendor writes for "there is none".
_NONE: tuple[Value, ...] = (None, "", [], {})
# What a reader answers when it could read nothing.
_UNREAD: tuple[object, ...] = (None, "", (), {})


@dataclass(frozen=True, kw_only=True)
class Mask:
    """Which pointers of a canonical event a body really carried; grows while the body is read.

    A value that is there, but of a type that nobody can read, was not carried: it must not pass
    for one that was emptied.
    """

    pointers: set[str] = field(default_factory=set)

    def told(self, pointer: str, read: object, node: Node, *keys: str) -> None:
        """Note a pointer if one of the vendor's keys is there and was read, or says "none"."""
        there = [node[key] for key in keys if key in node]
        if there and (read not in _UNREAD or all(value in _NONE for value in there)):
            self.pointers.add(pointer)

    def fields(self, prefix: str, read: object, node: Node, names: Mapping[str, str]) -> None:
        """Note the fields of what was read: vendor's key → our name, several keys for one too."""
        for ours in set(names.values()):
            keys = [key for key, name in names.items() if name == ours]
            self.told(f"{prefix}/{ours}", getattr(read, ours), node, *keys)

    @property
    def present(self) -> frozenset[str]:
        """What `AtsEvent.present` is to be."""
        return frozenset(self.pointers)
