"""Where the public door leads: the path and method of a request, in every dialect of the SDKs.

Segment posts to `/v1/<call>` by the long name or, from browsers, by its first letter; RudderStack
beacons to `/beacon/v1/batch`; Jitsu posts to `/api/s/<call>`, servers of it to `/api/s/s2s/<call>`.
Anything may stand before such a path, slashes may be doubled or stand at the end.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from functions.track.problems import NOT_ALLOWED, NOT_FOUND, Problem
from rapport.routes import ALL_CALLS, READ, SHORT, methods_at

_PIXELS = ("page", "track")


class Goal(StrEnum):
    """What is behind a path."""

    CALL = "call"
    PIXEL = "pixel"
    SETTINGS = "settings"
    SOURCE_CONFIG = "source config"
    SCRIPT = "script"
    SCHEMAS = "schemas"
    PRIVACY = "privacy"


@dataclass(frozen=True, kw_only=True)
class Way:
    """A goal. `parts` are the rest of the path: the call's long name, a key, a schema.

    `prefix` is what stood before the path that we know, `/crm` of `/crm/v1/track`.
    """

    goal: Goal
    parts: tuple[str, ...] = ()
    prefix: str = ""


def way_to(method: str, path: str, *, base: str = "") -> Way | Problem:
    """The way that a request goes, or what is wrong with its path or method."""
    parts = tuple(part for part in path.split("/") if part)
    own = parts[1:] if base else parts
    # A document is at one path only, so it goes before what may stand behind any prefix: a schema
    # may have any name.
    reading, posting = _document(own) or _read(parts), _posted(parts)
    way = reading if method in READ else posting if method == "POST" else None
    if way is not None:
        return way
    allowed = (READ if reading else ()) + (("POST",) if posting else ())
    allowed = allowed or methods_at("/" + "/".join(own))
    if not allowed or method in allowed:
        return NOT_FOUND
    return replace(NOT_ALLOWED, allow=allowed)


def _posted(parts: tuple[str, ...]) -> Way | None:
    match parts:
        case (*before, "beacon", "v1", call) if call in ALL_CALLS:
            pass
        case (*before, "api", "s", "s2s", call) if call in ALL_CALLS:
            pass
        case (*before, "api", "s", call) if call in ALL_CALLS:
            pass
        case (*before, "v1", call) if call in ALL_CALLS:
            pass
        case _:
            return None
    return Way(goal=Goal.CALL, parts=(SHORT.get(call, call),), prefix=_joined(before))


def _read(parts: tuple[str, ...]) -> Way | None:
    match parts:
        case (*before, "v1", "projects", key, "settings"):
            return Way(goal=Goal.SETTINGS, parts=(key,), prefix=_joined(before))
        case (*before, "sourceConfig"):
            return Way(goal=Goal.SOURCE_CONFIG, prefix=_joined(before))
        case (*before, "pixel", "v1", call) if call in _PIXELS:
            return Way(goal=Goal.PIXEL, parts=(call,), prefix=_joined(before))
    return None


def _document(parts: tuple[str, ...]) -> Way | None:
    match parts:
        case ("rapport.js",):
            return Way(goal=Goal.SCRIPT)
        case ("schemas",) | ("schemas", _) | ("schemas", _, _):
            return Way(goal=Goal.SCHEMAS, parts=parts[1:])
        case (".well-known", "gpc.json"):
            return Way(goal=Goal.PRIVACY)
    return None


def _joined(parts: list[str]) -> str:
    return "".join(f"/{part}" for part in parts)
