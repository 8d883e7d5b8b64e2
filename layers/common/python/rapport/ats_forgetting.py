"""Requests to forget somebody whom an ATS deleted or anonymised, and requests that are taken back.

Some vendors tell of a merge as if somebody was deleted, and a webhook that was lost on the way
comes days later. So nobody is to be forgotten for a deletion before a merge had time to be told;
when it is told, the request is done with.
"""

from datetime import datetime, timedelta

from rapport.ats_events import ErasureRequested
from rapport.ats_telling import Telling
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json, millis
from rapport.domain.identifiers import Ref
from rapport.records import engine_event
from rapport.tasks import ERASURE, Task, closed_event, task_event

DELETED, ANONYMIZED = "deleted", "anonymized"
# How long an employer has to answer a request: a month (GDPR, article 12).
_ERASED_WITHIN = timedelta(days=30)
# A merge may be told so much later: longer than any vendor of webhooks tries again by itself.
HELD_BACK = timedelta(days=4)
_ID_CHARS = 32


def request(told: Telling, subject: Ref, because: str) -> tuple[list[Event], Task]:
    """That somebody is to be forgotten, as it stands in the log, and the task for it."""
    said: dict[str, Json] = {"by": told.connection.source, "because": because}
    if because == DELETED:
        said["not_before"] = millis(told.received_at + HELD_BACK)
    asked = engine_event(
        ErasureRequested.event,
        subject=subject,
        message_id=f"x_{_about(subject, because)}",
        cause_at=told.at,
        now=told.received_at,
        properties=said,
    )
    opened, task = _task(told, subject, because, told.received_at + _ERASED_WITHIN)
    return [asked, opened], task


def taken_back(told: Telling, subject: Ref) -> tuple[Event, Task]:
    """That nobody was deleted after all: the word that the task is done, and which it is."""
    _, task = _task(told, subject, DELETED, told.received_at)
    return closed_event(task, by=told.connection.source, now=told.received_at), task


def _task(told: Telling, subject: Ref, because: str, due: datetime) -> tuple[Event, Task]:
    opened = task_event(
        subject, ERASURE, _about(subject, because), cause_at=told.at, due=due, now=told.received_at
    )
    task = Task(id=opened.message_id, kind=ERASURE, send_id="", due=due, opened=opened.key)
    return opened, task


def _about(subject: Ref, because: str) -> str:
    """Nobody is asked to be forgotten twice for one cause."""
    return digest("erasure", subject, because)[:_ID_CHARS]
