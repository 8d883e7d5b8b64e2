"""What somebody signed up for: places at events, and job alerts, as they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rapport.alerts import Alert
from rapport.domain import names
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


class KeptAlerts(Protocol):
    """Job alerts."""

    def get(self, address: Ref) -> Alert | None:
        """The alert of an address."""
        ...


@dataclass(frozen=True, kw_only=True)
class Signups:
    """Of one person; the alerts by address."""

    places: tuple[Place, ...] = ()
    alerts: tuple[tuple[Ref, Alert], ...] = ()


def signups(
    places: Places, alerts: KeptAlerts, addresses: Sequence[Ref], events: Iterable[Event]
) -> Signups:
    """What these addresses have, at the events that somebody registered for by these."""
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
    kept = [(address, alerts.get(address)) for address in addresses]
    return Signups(
        places=tuple(sorted(held, key=lambda each: (each.since, each.occasion))),
        alerts=tuple((address, alert) for address, alert in kept if alert is not None),
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
            {"ref": ref, "values": dict(alert.values), "at": iso(alert.at), "own": alert.own}
            for ref, alert in told.alerts
        ],
    }
