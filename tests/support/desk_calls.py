"""A good call of every route of the operators' API: its body, its query, its path."""

from collections.abc import Mapping

import msgspec

from rapport.bundle import Bundle
from rapport.domain.event import Json
from rapport.launching import print_of
from tests.support.agency import KEY

D = "/desk/v1"
PERSON = f"{D}/people/{{person}}"
CAMPAIGN = f"{D}/campaigns/{{campaign}}"
BODIES: dict[str, Json] = {
    f"POST {PERSON}/stop": {"why": "asked on the phone"},
    f"POST {PERSON}/notes": {"text": "called"},
    f"POST {PERSON}/messages": {"subject": "Hello", "text": "Are you well?"},
    f"PUT {D}/sending": {"stopped": True},
    f"POST {D}/segments/check": {"when": 'person.country == "NO"'},
    f"PUT {D}/segments/{{segment}}": {"name": "Nurses", "when": 'person.country == "NO"'},
    f"POST {D}/lists/{{list}}/people": {"when": "true", "dry_run": True},
    f"POST {D}/lists/{{list}}/removals": {"when": "true", "dry_run": True},
    f"POST {D}/tables": {"when": "true"},
    f"POST {D}/uploads": {"bytes": 1000},
    f"POST {D}/uploads/{{upload}}/look": {"source": "fair"},
    f"POST {D}/uploads/{{upload}}/start": {"source": "fair"},
    f"POST {CAMPAIGN}/pause": {"why": "a mistake"},
}
QUERIES: dict[str, dict[str, str]] = {
    f"GET {D}/people": {"when": "true"},
    f"GET {D}/count": {"when": "true"},
    f"GET {D}/audit": {"day": "2026-11-23"},
    f"GET {D}/report/people": {"step": "intended"},
}


def path_of(named: Mapping[str, str], person: str) -> dict[str, str]:
    """The names in the paths of routes."""
    return {
        **named,
        "person": person,
        "erasure": "e_00000000",
        "export": f"{person}.{0:032x}",
    }


def body_of(key: str, person: str, live: Bundle) -> Json:
    """The body of a good call about a person; None for a route that takes none."""
    if key == f"POST {PERSON}/erasure":
        return {"confirm": f"erase {person}", "why": "they asked"}
    if key == f"PUT {D}/forms/{{form}}":
        return _without(msgspec.to_builtins(live.forms[0]), "key", "brand")
    if key == f"PUT {CAMPAIGN}":
        (found,) = (each for each in live.campaigns if each.key == KEY)
        return _without(msgspec.to_builtins(found), "key", "brand", "authors")
    if key == f"POST {CAMPAIGN}/approve":
        return {"seen": seen_of(live)}
    return BODIES.get(key)


def seen_of(live: Bundle) -> str:
    """The fingerprint of the campaign as it is live."""
    (found,) = (each for each in live.campaigns if each.key == KEY)
    return print_of(live, found)[0]


def _without(told: dict[str, Json], *names: str) -> dict[str, Json]:
    return {name: value for name, value in told.items() if name not in names}
