"""Why mails were sent, wait or were not, as stored when decided; and what waits.

The sentences are `rapport.domain.explain`'s. This module finds what they are made of: the event
that started it, the mail's record, and what became of the mail afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.address import SendRecord
from rapport.domain.event import Event, Json, LogKey
from rapport.domain.explain import Line, explain
from rapport.errors import ErasedError
from rapport.records import report_of
from rapport.viewing.decisions import Told, decisions
from rapport.viewing.finding import Found
from rapport.viewing.moments import iso
from rapport.viewing.stores import Stores
from rapport.viewing.waits import Wait, waiting_for


@dataclass(frozen=True, kw_only=True)
class Story:
    """One decision with everything that is known of it."""

    told: Told
    started_by: Event | None
    record: SendRecord | None
    lines: tuple[Line, ...]


def stories(stores: Stores, found: Found) -> list[Story]:
    """The decision asked for, else every decision about the person; the oldest first."""
    events = own_events(stores, found)
    made = decisions(events)
    if found.decision is not None:
        made = [each for each in made if each.event.key == found.decision]
    return [_story(stores, each, events) for each in made]


def still_waiting(stores: Stores, found: Found, *, now: datetime) -> tuple[Wait, ...]:
    """What waits for the person and is not decided yet; nothing if one decision was asked for."""
    return () if found.decision is not None else waiting_for(stores, found, now=now)


def own_events(stores: Stores, found: Found) -> list[Event]:
    """What hangs on the person's identifiers themselves, decisions and reports among it."""
    return [event for ref in found.members for event in stores.log.partition(ref)]


def _story(stores: Stores, told: Told, events: Sequence[Event]) -> Story:
    decision = told.decision
    started_by = _started_by(stores, told)
    record = stores.book.send(decision.send_id) if decision.send_id else None
    reports = [report_of(event, decision.send_id) for event in events] if decision.send_id else []
    lines = explain(
        decision,
        event=started_by,
        record=record,
        reports=[report for report in reports if report is not None],
    )
    return Story(told=told, started_by=started_by, record=record, lines=lines)


def _started_by(stores: Stores, told: Told) -> Event | None:
    fact = told.decision.intent.fact
    try:
        return stores.log.get(LogKey(fact.log_pk, fact.log_sk))
    except ErasedError:
        return None


def to_json(story: Story) -> dict[str, Json]:
    """A story for programs: the decision in full, and the sentences by part."""
    decision, record = story.told.decision, story.record
    return {
        **story.told.summary(),
        "person": decision.intent.person,
        "to": decision.to,
        "template": decision.template,
        "class": decision.mail_class.value,
        "topic": decision.topic,
        "bundle": decision.bundle,
        "playbook": dict(decision.playbook),
        "fact": {
            "name": decision.intent.fact.name,
            "event_id": decision.intent.fact.event_id,
            "origin": decision.intent.fact.origin,
            "occurred_at": iso(decision.intent.fact.occurred_at),
        },
        "gates": [{"gate": g.gate, "passed": g.passed, "detail": g.detail} for g in decision.gates],
        "state": None if record is None else record.state.value,
        "message_id": None if record is None else record.message_id,
        "story": [{"part": line.part, "text": line.text} for line in story.lines],
    }
