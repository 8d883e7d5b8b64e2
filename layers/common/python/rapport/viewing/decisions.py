"""The decisions about a person, as they were stored: nothing is judged again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from rapport.domain.decision import Decision, from_body
from rapport.domain.event import Event, Json
from rapport.domain.explain import verdict
from rapport.domain.names import DECISION
from rapport.viewing.moments import clock, iso


@dataclass(frozen=True, kw_only=True)
class Told:
    """One stored decision and the event that holds it."""

    event: Event
    decision: Decision

    @property
    def headline(self) -> str:
        """The decision in a line."""
        decision = self.decision
        at, verb = clock(decision.decided_at), verdict(decision)
        return f"{at}  {verb}  {decision.intent.program}: {decision.reason.meaning}"

    def summary(self) -> dict[str, Json]:
        """The decision in short, for programs."""
        decision = self.decision
        return {
            "id": self.event.message_id,
            "at": iso(decision.decided_at),
            "outcome": decision.outcome.value,
            "until": None if decision.until is None else iso(decision.until),
            "reason": decision.reason.value,
            "meaning": decision.reason.meaning,
            "program": decision.intent.program,
            "send_id": decision.send_id,
        }


def told(event: Event) -> Told:
    """The decision inside a `Decision` event."""
    return Told(event=event, decision=from_body(properties(event)))


def decisions(events: Iterable[Event]) -> list[Told]:
    """The decisions among some events, the oldest first."""
    found = [told(event) for event in events if event.type == DECISION]
    return sorted(found, key=lambda each: (each.decision.decided_at, each.event.message_id))


def properties(event: Event) -> Mapping[str, Json]:
    """An event's properties; empty when it has none."""
    found = event.body.get("properties")
    return cast("Mapping[str, Json]", found) if isinstance(found, dict) else {}
