"""Why a mail was sent or held: the closed list. Every member says what it means to a person."""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """One reason, its wire name and its meaning in a plain sentence."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Attach the sentence to the wire name."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    # Sent
    CONSENTED = "consented", "The candidate agreed to this kind of mail and every gate passed."
    CONFIRMATION = (
        "confirmation",
        "The address came from a browser only: it is asked to confirm, alone or within this mail.",
    )
    # Held
    STALE = "stale", "The event that would start this mail is older than the playbook allows."
    NOT_LIVE = "not_live", "The event came from an import, a rebuild or a rules change."
    CONDITION_NOT_MET = (
        "condition_not_met",
        "The playbook's condition does not hold for this candidate.",
    )
    APPLICATION_SUBMITTED = (
        "application_submitted",
        "The application was submitted: nobody is reminded of what is done.",
    )
    IDENTITY_IN_DOUBT = (
        "identity_in_doubt",
        "This candidate and another may be one person, and nobody has looked at it yet.",
    )
    JOB_CLOSED = "job_closed", "The job is no longer open."
    JOB_UNKNOWN = (
        "job_unknown",
        "The job of the application is in no feed, so nothing is told of it.",
    )
    REMINDED_RECENTLY = (
        "reminded_recently",
        "The candidate was reminded of an application less than 7 days ago.",
    )
    TOO_MANY_WAITING = (
        "too_many_waiting",
        "As many reminders as one person may have wait for this candidate already.",
    )
    PROGRAM_UNKNOWN = "program_unknown", "The playbook is no longer part of the published bundle."
    ADDRESS_MISSING = "address_missing", "No e-mail address of this candidate is known."
    SENDING_OFF = "sending_off", "Sending is switched off for this brand."
    TEST_MODE = (
        "test_mode",
        "The brand sends only to its allow-list, and this address is not on it.",
    )
    SUPPRESSED = (
        "suppressed",
        "The address is suppressed: it bounced, complained or asked for no mail.",
    )
    CONSENT_WITHDRAWN = "consent_withdrawn", "The candidate withdrew consent to this kind of mail."
    NO_CONSENT = (
        "no_consent",
        "The address is confirmed, but consent to this kind of mail is not recorded.",
    )
    CONFIRMATION_RECENT = (
        "confirmation_recent",
        "The address was asked to confirm less than 24 hours ago and has not answered yet.",
    )
    ALREADY_SENT = "already_sent", "This mail was already sent for this occasion."
    RENDER_FAILED = "render_failed", "The content could not be put together without gaps."
    REJECTED = "rejected", "SES refused the mail for good."
