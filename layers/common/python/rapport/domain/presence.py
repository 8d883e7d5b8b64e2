"""Presence: whether an event shows that somebody was there themselves."""

from rapport.domain import names
from rapport.domain.event import Event, Origin
from rapport.domain.statements import is_bot

# What Rapport, the mail servers and the employer's systems do. What people do has other events.
_DONE_TO_THEM = frozenset(
    {
        *(names.DECISION, names.MAIL_SUBMITTED, names.MAIL_REPORTED, names.TASK_OPENED),
        *(names.AUTO_REPLY_RECEIVED, names.MESSAGE_WRITTEN, names.IDENTITY_DECREED),
        *(names.TASK_CLOSED, names.PROFILE_MERGED, names.PROFILE_SPLIT),
        *(names.CANDIDATE_RECORDED, names.CANDIDATE_MERGED, names.CANDIDATE_DELETED),
        *(names.CANDIDATE_ANONYMIZED, names.APPLICATION_UPDATED, names.APPLICATION_DELETED),
        *(names.APPLICATION_STAGE_CHANGED, names.APPLICATION_REJECTED, names.CANDIDATE_HIRED),
        *(names.HIRE_UNDONE, names.APPLICATION_REOPENED, names.RECRUITING_NOTED),
        *(names.ERASURE_REQUESTED, names.PROSPECT_PUSHED),
    }
)
# What people do themselves, unless an employer imported it.
_IMPORTED = frozenset({"identify", names.CONSENT_GRANTED, names.LIST_JOINED})


def is_of_a_person(event: Event) -> bool:
    """Whether an event shows that somebody was there; not what is done to them, or by machines."""
    if event.origin is Origin.IMPORT and event.type in _IMPORTED:
        return False
    return event.type not in _DONE_TO_THEM and not is_bot(event)
