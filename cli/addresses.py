"""Addresses as `book` knows them, for people."""

from collections.abc import Sequence

from cli import output
from rapport.domain.address import AddressState


def show(states: Sequence[AddressState]) -> None:
    """A person's addresses for people."""
    if not states:
        output.heading("Address")
        output.line("No e-mail address is known.")
    for state in states:
        _show_address(state)


def _show_address(state: AddressState) -> None:
    output.heading("Address")
    if state.confirmed_at is not None:
        output.line(f"Confirmed {output.clock(state.confirmed_at)}.")
    elif state.confirmation_asked_at is not None:
        asked = output.clock(state.confirmation_asked_at)
        output.line(f"Not confirmed; it was asked to confirm {asked}.")
    else:
        output.line("Not confirmed, and never asked to confirm.")
    for topic, consent in sorted(state.consents.items()):
        output.line(f"Consent to {topic}: {consent.status.value} {output.clock(consent.at)}.")
    for scope, stop in sorted(state.suppressions.items()):
        output.line(f"Suppressed for {scope}: {stop.reason}, {output.clock(stop.at)}.")
    output.line(f"{len(state.ledger)} mails count in its ledger.")
