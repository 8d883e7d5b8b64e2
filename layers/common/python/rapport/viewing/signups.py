"""What somebody signed up for: places at events, and job alerts, as they stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rapport.domain import names
from rapport.domain.alerts import ON, PAUSED, JobAlert
from rapport.domain.event import Event, Json
from rapport.domain.identifiers import Ref
from rapport.domain.occasions import Place
from rapport.viewing.decisions import properties
from rapport.viewing.moments import iso, iso_or_none


class Places(Protocol):
    """Places at events."""

    def place(self, occasion: str, address: Ref) -> Place | None:
        """What one address has there."""
        ...


@dataclass(frozen=True, kw_only=True)
class Signups:
    """Of one person; the alerts with their ids."""

    places: tuple[Place, ...] = ()
    alerts: tuple[tuple[str, JobAlert], ...] = ()


def signups(
    places: Places,
    alerts: Mapping[str, JobAlert] | None,
    addresses: Sequence[Ref],
    events: Iterable[Event],
) -> Signups:
    """What these addresses have at the events that somebody registered for, and their alerts."""
    occasions = {
        str(properties(event).get("event_id", ""))
        for event in events
        if event.type == names.EVENT_REGISTERED
    }
    held = [
        place
        for occasion in sorted(occasions - {""})
        for address in addresses
        if (place := places.place(occasion, address)) is not None
    ]
    return Signups(
        places=tuple(sorted(held, key=lambda each: (each.since, each.occasion))),
        alerts=tuple(sorted((alerts or {}).items(), key=lambda each: (each[1].at, each[0]))),
    )


def to_json(told: Signups) -> dict[str, Json]:
    """For programs."""
    return {
        "places": [
            {
                "event": place.occasion,
                "ref": place.address,
                "standing": place.standing.value,
                "since": iso(place.since),
                "arrived_at": iso_or_none(place.arrived_at),
            }
            for place in told.places
        ],
        "alerts": [
            {
                "id": key,
                "name": alert.name,
                "values": {name: [*entries] for name, entries in alert.values.items()},
                "state": PAUSED if alert.paused else ON,
                "at": iso(alert.at),
                "own": alert.own,
            }
            for key, alert in told.alerts
        ],
    }
