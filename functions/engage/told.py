"""The events that the page of preferences writes. Their ids follow from the link and from what was
in force, so that the same form, however often it is sent, is one event.
"""

import json
from typing import TYPE_CHECKING

from rapport import events
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json, millis
from rapport.records import ID_CHARS, engine_event

if TYPE_CHECKING:
    from datetime import datetime

    from rapport.bundle import Statement
    from rapport.domain.address import SendRecord
    from rapport.domain.person import Wishes


def granted_event(
    record: "SendRecord", statement: "Statement", *, after: str, now: "datetime"
) -> Event:
    """The owner's yes to the words beside a box. `after` is the event of the word before it."""
    return engine_event(
        events.ConsentGranted.event,
        subject=record.subject,
        message_id=f"g_{digest(record.send_key, statement.topic, after)[:ID_CHARS]}",
        cause_at=record.claimed_at,
        now=now,
        properties={
            "topic": statement.topic,
            "statement": statement.id,
            "statement_hash": statement.hash,
        },
    )


def wished_event(
    record: "SendRecord", before: "Wishes", wishes: "Wishes", *, now: "datetime"
) -> Event:
    """What the owner wishes from now on."""
    until, since = wishes.paused_until, before.changed_at
    told: dict[str, Json] = {
        "per_year": wishes.per_year or 0,
        "paused_until": "" if until is None else until.isoformat(),
        "topics_off": [*sorted(wishes.topics_off)],
        "language": wishes.language,
    }
    said = json.dumps(told, sort_keys=True)
    asked = "" if since is None else str(millis(since))
    return engine_event(
        events.PreferencesChanged.event,
        subject=record.subject,
        message_id=f"p_{digest(record.send_key, said, asked)[:ID_CHARS]}",
        cause_at=record.claimed_at,
        now=now,
        properties=told,
    )
