"""The gates that a mail passes on its way to a candidate: one pure function each.

A gate looks at the case and answers with a reason to hold, or None, and in either case with the
sentence that tells what it saw. Their order stands in `decide`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_MARKETING,
    AddressState,
    ConsentStatus,
    SendRecord,
    SendState,
    reclaimable,
)
from rapport.domain.decision import Delivery, GateResult, Intent, MailClass
from rapport.domain.event import Origin
from rapport.domain.identifiers import Ref
from rapport.domain.person import UNKNOWN_ACCOUNT, Account, Rival, Slate, Zone
from rapport.domain.policy import USUAL, Policy
from rapport.domain.reasons import Reason

ASK_AGAIN_AFTER = timedelta(hours=24)
# Applications can be started in anybody's name: whoever agreed to mail is not reminded of each.
REMIND_AGAIN_AFTER = timedelta(days=7)


class JobsWish(StrEnum):
    """What a mail wants of jobs."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class SendMode(StrEnum):
    """How far a brand's mail may reach."""

    OFF = "off"
    ALLOW_LIST = "allow-list"
    LIVE = "live"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the published bundle says about one program.

    `ends` are the facts that end its wait. `about_job`: it mails about the job of an application.
    `carries`: to an address that nobody confirmed its own mail goes, with the request in it.
    `priority`: who gets the last slot, 9 first. `asked`: the person asked for these mails.
    """

    program: str
    meaning: str
    template: str
    topic: str
    stale_after: timedelta
    confirm_program: str
    confirm_template: str
    send_mode: SendMode
    allow_list: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    about_job: bool = False
    carries: bool = False
    mail_class: MailClass = MailClass.MARKETING
    delivery: Delivery = Delivery.STRICT
    priority: int = 5
    asked: bool = False
    # Whether the mail must have jobs that fit, may have some, or has none.
    jobs: JobsWish = JobsWish.NONE
    # Whether it tells about working here rather than about jobs.
    education: bool = False
    policy: Policy = USUAL


class Standing(StrEnum):
    """How a job stands."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a playbook's condition came to; `detail` is a sentence."""

    holds: bool
    detail: str


ALWAYS = Verdict(holds=True, detail="The playbook has no condition.")


@dataclass(frozen=True, kw_only=True)
class Case:
    """The snapshot that one decision is made from. `terms` is None for a program that is gone.

    `earlier` is the record of the mail that this case would come to, if one was claimed before.
    `others` are the person's other addresses, `elsewhere` the records of the same mail to them.
    `submitted_at` and `job` tell of the application that it is about. `identity` says whether it is
    certain enough who the person is; None when the rules let nobody ask. `zone` and `country` say
    where the person lives, `account` how SES stands, `rivals` what else waits for the person,
    `slate` which jobs fit, `blocks` what the mail tells (block keys), so far as it is known.
    `halted` is what stops the person altogether: hired, employed, anonymised, do not contact.
    """

    intent: Intent
    bundle: str
    subject: Ref
    terms: Terms | None
    condition: Verdict = ALWAYS
    submitted_at: datetime | None = None
    job: Standing = Standing.UNKNOWN
    to: str = ""
    address: AddressState | None = None
    earlier: SendRecord | None = None
    others: tuple[AddressState, ...] = ()
    elsewhere: tuple[SendRecord, ...] = ()
    identity: Verdict | None = None
    zone: Zone | None = None
    country: str = ""
    account: Account = UNKNOWN_ACCOUNT
    rivals: tuple[Rival, ...] = ()
    slate: Slate | None = None
    blocks: tuple[str, ...] = ()
    halted: Verdict | None = None


Found: TypeAlias = "tuple[Reason | None, str]"
Gate: TypeAlias = "Callable[[Case, Terms, datetime], Found]"


def program(case: Case, gates: list[GateResult]) -> Reason | None:
    """The first gate; it stands apart because without terms there is nothing to ask the others."""
    there = case.terms is not None
    detail = (
        f"The playbook {case.intent.program} is part of the published bundle."
        if there
        else f"The published bundle has no playbook {case.intent.program}."
    )
    gates.append(GateResult(gate="program", passed=there, detail=detail))
    return None if there else Reason.PROGRAM_UNKNOWN


def _live(case: Case, terms: Terms, now: datetime) -> Found:
    origin = case.intent.fact.origin
    if origin == Origin.LIVE:
        return None, "The event happened now."
    return Reason.NOT_LIVE, f"The event's origin is {origin}; only live events start a mail."


def _fresh(case: Case, terms: Terms, now: datetime) -> Found:
    age = max(now - case.intent.fact.occurred_at, timedelta())
    detail = (
        f"The event is {span(age)} old; the playbook takes events up to {span(terms.stale_after)}."
    )
    return (None if age <= terms.stale_after else Reason.STALE), detail


def _condition(case: Case, terms: Terms, now: datetime) -> Found:
    return (None if case.condition.holds else Reason.CONDITION_NOT_MET), case.condition.detail


def exit_gate(case: Case, terms: Terms, now: datetime) -> Found:
    """Whether what the mail would ask for was done meanwhile."""
    if case.submitted_at is None:
        return None, "No submission of this application is known."
    return Reason.APPLICATION_SUBMITTED, f"It was submitted on {day(case.submitted_at)}."


def _job(case: Case, terms: Terms, now: datetime) -> Found:
    job = case.intent.fact.job
    if case.job is Standing.OPEN:
        return None, f"The job {job} is open."
    if case.job is Standing.CLOSED:
        return Reason.JOB_CLOSED, f"The job {job} is closed."
    told = f"No feed had the job {job}." if job else "The event does not say for which job."
    return Reason.JOB_UNKNOWN, told


def _identity(case: Case, terms: Terms, now: datetime) -> Found:
    if case.identity is None:
        return None, "The rules hold no mail for a doubt about who somebody is."
    return (None if case.identity.holds else Reason.IDENTITY_IN_DOUBT), case.identity.detail


def _address(case: Case, terms: Terms, now: datetime) -> Found:
    if case.address is None or not case.to:
        return Reason.ADDRESS_MISSING, "No e-mail address that mail can be sent to is known."
    return None, "An e-mail address is known."


def _send_mode(case: Case, terms: Terms, now: datetime) -> Found:
    if terms.send_mode is SendMode.OFF:
        return Reason.SENDING_OFF, "The brand's send mode is off."
    if terms.send_mode is SendMode.LIVE:
        return None, "The brand sends to everybody."
    address = case.to.lower()
    domain = address.rpartition("@")[2]
    if {address, domain} & {entry.lower() for entry in terms.allow_list}:
        return None, "The brand sends to its allow-list, and the address is on it."
    return Reason.TEST_MODE, "The brand sends to its allow-list only, and the address is not on it."


def _suppression(case: Case, terms: Terms, now: datetime) -> Found:
    held = {} if case.address is None else case.address.suppressions
    for scope in (SCOPE_ALL, SCOPE_MARKETING, terms.topic):
        if scope in held:
            word = held[scope]
            return (
                Reason.SUPPRESSED,
                f"The address is closed for {_scope(scope)} since {day(word.at)}: {word.reason}.",
            )
    return None, "The address is not suppressed."


def _confirmation(case: Case, terms: Terms, now: datetime) -> Found:
    at = None if case.address is None else case.address.confirmed_at
    if at is None:
        may = "a mail that carries the request" if terms.carries else "a request"
        return None, f"Nobody confirmed the address yet: only {may} to confirm may go to it."
    return None, f"The owner confirmed the address on {day(at)}."


def _consent(case: Case, terms: Terms, now: datetime) -> Found:
    word = None if case.address is None else case.address.consents.get(terms.topic)
    if word is None:
        return Reason.NO_CONSENT, f"No consent to {_scope(terms.topic)} is recorded."
    if word.status is ConsentStatus.WITHDRAWN:
        return (
            Reason.CONSENT_WITHDRAWN,
            f"Consent to {_scope(terms.topic)} was withdrawn on {day(word.at)}.",
        )
    detail = f"Consent to {_scope(terms.topic)} was given on {day(word.at)} ({word.statement})."
    return None, detail


def _repeat(case: Case, terms: Terms, now: datetime) -> Found:
    earlier = case.earlier
    if earlier is not None and earlier.state is SendState.FAILED:
        return Reason.REJECTED, f"SES refused this mail for good on {day(earlier.claimed_at)}."
    if earlier is not None and not reclaimable(earlier, now):
        return Reason.ALREADY_SENT, f"This mail to the address {_stand(earlier)}."
    for record in case.elsewhere:
        if record.state is not SendState.FAILED and not reclaimable(record, now):
            return (
                Reason.ALREADY_SENT,
                f"This mail to another address of the candidate {_stand(record)}.",
            )
    if earlier is not None:
        return None, "An earlier attempt ended before anything was submitted; it is taken up again."
    whom = "any address of the candidate" if case.others else "the address"
    return None, f"This mail was not sent to {whom} before, for this occasion."


def _stand(record: SendRecord) -> str:
    return f"was claimed on {day(record.claimed_at)} and stands at {record.state.value}"


def _asked(case: Case, terms: Terms, now: datetime) -> Found:
    asked = None if case.address is None else case.address.confirmation_asked_at
    if asked is None:
        return None, "The address was not asked to confirm before."
    if case.earlier is not None and asked <= case.earlier.claimed_at:
        return None, "The request that counts for this address is this one, which never left."
    detail = f"The address was last asked to confirm {span(now - asked)} ago."
    return (Reason.CONFIRMATION_RECENT if now - asked < ASK_AGAIN_AFTER else None), detail


def _pause(case: Case, terms: Terms, now: datetime) -> Found:
    """Over all addresses of the person: whoever has two is not reminded twice as often."""
    tried = (*(() if case.earlier is None else (case.earlier,)), *case.elsewhere)
    own = {record.send_key for record in tried}
    states = (*(() if case.address is None else (case.address,)), *case.others)
    entries = [entry for state in states for entry in state.ledger]
    last = max(
        (e.at for e in entries if e.program == terms.program and e.send_key not in own),
        default=None,
    )
    if last is None:
        return None, "The candidate was not reminded of another application."
    detail = f"The candidate was reminded of another application {span(now - last)} ago."
    return (Reason.REMINDED_RECENTLY if now - last < REMIND_AGAIN_AFTER else None), detail


def day(moment: datetime) -> str:
    """`2026-11-23 01:05 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def span(length: timedelta) -> str:
    """`3 days`, `5 hours`, `40 seconds`: the greatest unit that fits, rounded down."""
    seconds = max(int(length.total_seconds()), 0)
    for unit, size in _UNITS:
        count = seconds // size
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "0 seconds"


def _scope(scope: str) -> str:
    words = {SCOPE_ALL: "all mail", SCOPE_MARKETING: "all marketing mail"}
    return words.get(scope, f"the topic {scope}")


def early(terms: Terms) -> tuple[tuple[str, Gate], ...]:
    """The gates that need no address and that time does not open."""
    ending: tuple[tuple[str, Gate], ...] = (("exit", exit_gate),) if terms.ends else ()
    return (("live", _live), ("fresh", _fresh), ("condition", _condition), *ending)


def of_job(terms: Terms) -> tuple[tuple[str, Gate], ...]:
    """The gate that is asked when the mail is due: a job may be loaded, or closed, until then."""
    return (("job", _job),) if terms.about_job else ()


def of_identity(case: Case) -> tuple[tuple[str, Gate], ...]:
    """The gate that is asked when the mail is due, if the rules want it: doubts may be settled."""
    return () if case.identity is None else (("identity", _identity),)


def pause(terms: Terms) -> tuple[tuple[str, Gate], ...]:
    """The gate that keeps reminders rare, however many applications were started."""
    return (("pause", _pause),) if terms.about_job else ()


ADDRESSED: tuple[tuple[str, Gate], ...] = (
    ("address", _address),
    ("send mode", _send_mode),
    ("suppression", _suppression),
    ("confirmation", _confirmation),
)
REQUEST: tuple[tuple[str, Gate], ...] = (("repeat", _repeat), ("asked", _asked))
MAIL: tuple[tuple[str, Gate], ...] = (("consent", _consent), ("repeat", _repeat))
