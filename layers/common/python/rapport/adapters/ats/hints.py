"""What a delivery that only names something comes to: it has to be read from the vendor's API.

A hint carries nothing (`present` is empty) and no clock: nothing of it may be taken for the state
of an entity, or for newer than what reading the entity will show. So its kind is one of `…updated`
or `…deleted`, never a transition. A hint without an id says that something of that kind changed,
and not what: all that changed lately is to be read.
"""

from collections.abc import Iterable, Mapping

from rapport.domain.ats import AtsApplication, AtsCandidate, AtsEvent, AtsJob, Kind

NO_NOTES: Mapping[str, str] = {}


def hint(
    kind: Kind,
    vendor_event: str,
    *,
    ident: str = "",
    candidate: AtsCandidate | None = None,
    application: AtsApplication | None = None,
    jobs: Iterable[AtsJob] = (),
    notes: Mapping[str, str] = NO_NOTES,
) -> AtsEvent:
    """That something is to be read. Of the entities, give no more than their ids."""
    return AtsEvent(
        kind=kind,
        vendor_event=vendor_event,
        vendor_event_id=ident,
        candidate=candidate,
        application=application,
        jobs=tuple(jobs),
        needs_refetch=True,
        notes=notes,
    )


def bare(kind: Kind, vendor_event: str, ident: str = "") -> AtsEvent:
    """PING, which is about nothing, or UNKNOWN, of which nothing is understood."""
    return AtsEvent(kind=kind, vendor_event=vendor_event, vendor_event_id=ident)
