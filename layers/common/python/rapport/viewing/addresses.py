"""Addresses as `book` knows them: whether confirmed, consents, what is held back, mails counted."""

from rapport.domain.address import AddressState
from rapport.domain.event import Json
from rapport.viewing.moments import iso, iso_or_none


def to_json(state: AddressState) -> dict[str, Json]:
    """An address for programs."""
    return {
        "ref": state.ref,
        "confirmed_at": iso_or_none(state.confirmed_at),
        "confirmation_asked_at": iso_or_none(state.confirmation_asked_at),
        "consents": {
            topic: {
                "status": c.status.value,
                "at": iso(c.at),
                "statement": c.statement,
                "event_id": c.event_id,
            }
            for topic, c in sorted(state.consents.items())
        },
        "suppressions": {
            scope: {"reason": s.reason, "at": iso(s.at)}
            for scope, s in sorted(state.suppressions.items())
        },
        "mails": len(state.ledger),
    }
