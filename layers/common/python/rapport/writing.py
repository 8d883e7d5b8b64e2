"""A mail that a person of the employer writes to one candidate, as an event of the engine.

Its text stands sealed in the log and nowhere else. The event becomes a fact, the fact an intent
like any other, so that the same gates, the same budget and the same record hold for it.
"""

from datetime import datetime

from rapport.domain import names
from rapport.domain.decision import digest
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.records import ID_CHARS, engine_event

MAX_SUBJECT_CHARS = 200
MAX_TEXT_CHARS = 8_000


def written_event(
    to: Ref,
    *,
    subject: str,
    text: str,
    block: str,
    sender_name: str,
    owner: str,
    by: str,
    now: datetime,
) -> Event:
    """A message to the person rooted at `to`. `owner` is the address that replies are forwarded to.

    Its id follows from what is written and the minute in which it is, so that a command that is
    given twice in a row writes once.
    """
    minute = now.replace(second=0, microsecond=0)
    told = digest("write", to, subject, text, block, owner, minute.isoformat())
    return engine_event(
        names.MESSAGE_WRITTEN,
        subject=to,
        message_id=f"w_{told[:ID_CHARS]}",
        cause_at=minute,
        now=now,
        properties={
            "subject": subject,
            "text": text,
            "block": block,
            "sender_name": sender_name,
            "owner": owner,
            "by": by,
        },
    )
