"""A yes with its proof, and the events that the page of preferences writes.

Their ids follow from the link and from what was in force, so that the same form, however often it
is sent, is one event.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport import events
from rapport.bundle import Brand, Statement, Wording
from rapport.domain.address import Consent, ConsentStatus
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json, millis
from rapport.domain.granting import expiry
from rapport.records import ID_CHARS, engine_event

if TYPE_CHECKING:
    from datetime import datetime

    from rapport.domain.address import SendRecord
    from rapport.domain.person import Wishes


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """A yes: to which statement, in which words, by which way."""

    statement: Statement
    wording: Wording
    way: str

    def consent(self, brand: Brand, record: "SendRecord", event: Event, now: "datetime") -> Consent:
        """The yes with its proof, good for as long as the statement says."""
        return yes_to(
            self.statement,
            self.wording,
            way=self.way,
            event_id=event.message_id,
            countries=(record.contents.country, brand.country),
            now=now,
        )


def yes_to(
    statement: Statement,
    wording: Wording,
    *,
    way: str,
    event_id: str,
    countries: tuple[str, ...],
    now: "datetime",
) -> Consent:
    """The word of somebody who lives in the first of these countries that is known.

    Its law is that of the first that the statement may be asked for in: where the person lives
    counts; where nobody knew, the employer's country, which stands last.
    """
    lands = statement.jurisdictions
    fit = (land for land in countries if land and (not lands or land in lands))
    return Consent(
        status=ConsentStatus.GRANTED,
        at=now,
        statement=statement.id,
        statement_hash=wording.hash,
        event_id=event_id,
        source=way,
        jurisdiction=next(fit, lands[0] if lands else ""),
        expires_at=expiry(now, statement.expires_after_seconds),
        language=wording.language,
    )


def granted_event(record: "SendRecord", agreed: Agreed, *, after: str, now: "datetime") -> Event:
    """The owner's yes to the words beside a box. `after` is the event of the word before it."""
    return engine_event(
        events.ConsentGranted.event,
        subject=record.subject,
        message_id=f"g_{digest(record.send_key, agreed.statement.topic, after)[:ID_CHARS]}",
        cause_at=record.claimed_at,
        now=now,
        properties={
            "topic": agreed.statement.topic,
            "statement": agreed.statement.id,
            "statement_hash": agreed.wording.hash,
            "language": agreed.wording.language,
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
