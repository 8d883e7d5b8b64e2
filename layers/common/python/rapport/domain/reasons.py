"""Why a mail was sent or not: the closed list. Every member says what it means to a person."""

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
    TRANSACTIONAL = (
        "transactional",
        "The mail is part of what the candidate set going themselves, and every gate passed.",
    )
    CONFIRMATION = (
        "confirmation",
        "The address came from a browser only: it is asked to confirm, alone or within this mail.",
    )
    # Switched off
    SENDING_OFF = "sending_off", "Sending is switched off for this brand."
    STOPPED = "stopped", "All mail is stopped by hand."
    OUTREACH_PAUSED = "outreach_paused", "All outreach but transactional mail is paused."
    PLAYBOOK_PAUSED = "playbook_paused", "The playbook is paused."
    SES_PAUSED = "ses_paused", "SES takes no mail from this account at the moment."
    CAMPAIGN_PAUSED = "campaign_paused", "The campaign is paused."
    CAMPAIGN_CHANGED = (
        "campaign_changed",
        "The campaign, or something that it names, is other than what was agreed to.",
    )
    CAMPAIGN_SPENT = "campaign_spent", "The campaign has sent as many mails as it may."
    CAMPAIGN_CANCELLED = "campaign_cancelled", "The campaign was cancelled, or never launched."
    # Nothing to tell, or not to this person
    PROGRAM_UNKNOWN = "program_unknown", "The playbook is no longer part of the published bundle."
    NOT_LIVE = "not_live", "The event came from an import, a rebuild or a rules change."
    STALE = "stale", "The event that would start this mail is older than the playbook allows."
    CONDITION_NOT_MET = (
        "condition_not_met",
        "The playbook's condition does not hold for this candidate.",
    )
    HALTED = (
        "halted",
        "The candidate was hired, works here, was anonymised or must not be contacted.",
    )
    ATS_SPEAKS = (
        "ats_speaks",
        "The applicant tracking system writes to the candidate about this itself.",
    )
    STAGE_MOVED_ON = (
        "stage_moved_on",
        "The application is no longer where the event that starts this mail put it.",
    )
    APPLICATION_SUBMITTED = (
        "application_submitted",
        "The application was submitted: nobody is reminded of what is done.",
    )
    REPLIED = "replied", "The candidate answered: a person talks to them now, and no clock."
    PLACE_GIVEN_UP = "place_given_up", "The candidate gave their place at the event up."
    EVENT_BEGUN = "event_begun", "The event has begun by now: nobody is reminded of it."
    JOB_CLOSED = "job_closed", "The job is no longer open."
    JOB_UNKNOWN = (
        "job_unknown",
        "The job of the application is in no feed, so nothing is told of it.",
    )
    IDENTITY_IN_DOUBT = (
        "identity_in_doubt",
        "This candidate and another may be one person, and nobody has looked at it yet.",
    )
    TOO_MANY_WAITING = (
        "too_many_waiting",
        "As many mails as may wait for one person wait for this candidate already.",
    )
    # The address, and what its owner allows
    ADDRESS_MISSING = "address_missing", "No e-mail address of this candidate is known."
    ADDRESS_UNSUPPORTED = (
        "address_unsupported",
        "The address that is known is none that SES can send to.",
    )
    TEST_MODE = (
        "test_mode",
        "The brand sends only to its allow-list, and this address is not on it.",
    )
    ADDRESS_UNCONFIRMED = (
        "address_unconfirmed",
        "Nobody confirmed the address, and a campaign asks nobody to.",
    )
    CONFIRMATION_RECENT = (
        "confirmation_recent",
        "The address was asked to confirm a short time ago (24 hours; confirmed: 7 days a topic).",
    )
    NO_CONSENT = (
        "no_consent",
        "The address is confirmed, but consent to this kind of mail is not recorded.",
    )
    CONSENT_WITHDRAWN = "consent_withdrawn", "The candidate withdrew consent to this kind of mail."
    CONSENT_EXPIRED = "consent_expired", "Consent to this kind of mail was given too long ago."
    CONSENT_UNPROVEN = (
        "consent_unproven",
        "Which words the candidate agreed to is not recorded, and their country wants proof.",
    )
    TOPIC_OFF = "topic_off", "The candidate switched this kind of mail off."
    PAUSED_BY_CANDIDATE = "paused_by_candidate", "The candidate asked for no mail for a while."
    SUPPRESSED = (
        "suppressed",
        "The address is suppressed: it bounced, complained or asked for no mail.",
    )
    HOLDOUT = (
        "holdout",
        "The candidate belongs to those who get no marketing mail, so that its effect can be told.",
    )
    # How much, and when
    REMINDED_RECENTLY = (
        "reminded_recently",
        "The candidate was reminded of an application less than 7 days ago.",
    )
    GONE_SILENT = (
        "gone_silent",
        "The candidate answered none of the last mails in any way: nothing is sent unasked.",
    )
    FREQUENCY = "frequency", "The candidate has had as many mails as one person gets for now."
    OWN_LIMIT = "own_limit", "The candidate has had as many mails as they asked for."
    OUTRANKED = "outranked", "A mail that matters more is about to go to the candidate."
    RAMP = "ramp", "The sending domain is new and has sent as many mails as it may today."
    QUOTA = "quota", "SES has taken as many mails of this kind as it may within 24 hours."
    QUIET_HOURS = "quiet_hours", "It is not a time of day to write to the candidate."
    # What the mail tells
    ALREADY_SENT = "already_sent", "This mail was already sent for this occasion."
    REJECTED = "rejected", "SES refused the mail for good."
    CONTENT_REPEATED = "content_repeated", "The candidate was told the same not long ago."
    JOBS_REPEATED = "jobs_repeated", "The candidate was shown these jobs before."
    NOT_RELEVANT_ENOUGH = "not_relevant_enough", "Too few open jobs fit the candidate."
    TOO_MANY_JOBS = (
        "too_many_jobs",
        "The candidate is not looking for a job now, and the last mails were about jobs.",
    )
    RENDER_FAILED = "render_failed", "The content could not be put together without gaps."


SENT = frozenset({Reason.CONSENTED, Reason.TRANSACTIONAL, Reason.CONFIRMATION})
# What time opens: such a mail waits, unless the playbook's patience ends before.
OPENS_LATER = frozenset(
    {
        Reason.STOPPED,
        Reason.SES_PAUSED,
        Reason.CAMPAIGN_PAUSED,
        Reason.CAMPAIGN_CHANGED,
        Reason.CAMPAIGN_SPENT,
        Reason.CONFIRMATION_RECENT,
        Reason.PAUSED_BY_CANDIDATE,
        Reason.SUPPRESSED,
        Reason.FREQUENCY,
        Reason.OWN_LIMIT,
        Reason.OUTRANKED,
        Reason.RAMP,
        Reason.QUOTA,
        Reason.QUIET_HOURS,
    }
)
