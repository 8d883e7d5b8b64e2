"""What the gates of a mail look at, and what they answer with.

A gate is a pure function of the case: it lets the mail pass, or gives the reason why not, and in
either case the sentence that tells what it saw. The gates stand by concern in `eligibility`,
`permission`, `frequency`, `quiet` and `fitness`; their order stands in `decide`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from rapport.domain.address import AddressState, LedgerEntry, SendRecord
from rapport.domain.decision import Delivery, Intent, MailClass, send_key
from rapport.domain.event import Json
from rapport.domain.granting import must_ask
from rapport.domain.identifiers import Ref
from rapport.domain.launch import Stand
from rapport.domain.person import UNKNOWN_ACCOUNT, Account, Rival, Slate, Wishes, Zone
from rapport.domain.policy import USUAL, Policy
from rapport.domain.reasons import Reason
from rapport.domain.stopping import Stop

ASK_AGAIN_AFTER = timedelta(hours=24)
# Whoever is known may have said no: anybody can join in their name, and they are not asked about
# the same topic each day.
ASK_WHO_LEFT_AFTER = timedelta(days=7)
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
    paused: bool = False
    # It asks whether to go on: the one mail that somebody who has gone silent still gets.
    asks_to_go_on: bool = False
    # How often it comes back by itself; zero: it does not.
    every: timedelta = timedelta()
    # Whether an address that nobody confirmed is asked to be, by whatever mails it first.
    confirms: bool = True


class Standing(StrEnum):
    """How a job stands."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A question that was answered elsewhere: mail may go on if it `holds`; `detail` says why."""

    holds: bool
    detail: str


ALWAYS = Verdict(holds=True, detail="The playbook has no condition.")


@dataclass(frozen=True, kw_only=True)
class Case:
    """The snapshot that one decision is made from. `terms` is None for a program that is gone.

    `unsupported`: an address is stated, and SES cannot send to it; `to` is empty then. `vouched`:
    the ATS that tells of the application states it, so it is known from more than browsers.
    `earlier` is the record of the mail that this case would come to, if one was claimed before.
    `others` are the person's other addresses, `elsewhere` the records of the same mail to them.
    `submitted_at` and `job` tell of the application that it is about. `identity` says whether it is
    certain enough who the person is; None when the rules let nobody ask. `zone` and `country` say
    where the person lives, `account` how SES stands, `rivals` what else waits for the person,
    `slate` which jobs fit, `blocks` what the mail tells (block keys), so far as it is known.
    `halted` says whether anything stops mail to the person altogether (hired, employed, anonymised,
    do not contact): as with the condition, what does not hold stops it. None: nothing does. `still`
    says whether the application of a fact from an ATS is where it went by it; None: of any other.
    `campaign` is how the campaign stands that it is part of; None: it is part of none.
    `stop`: all mail is stopped; None: it is not.
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
    unsupported: bool = False
    vouched: bool = False
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
    still: Verdict | None = None
    stop: Stop | None = None
    campaign: Stand | None = None

    # Several gates ask each of these: it is found out once for a case.

    @cached_property
    def aim(self) -> "Target | None":
        """The mail that the case comes to; None without a program, or without an address."""
        if self.terms is None or self.address is None:
            return None
        return target(self.intent, self.terms, self.address, vouched=self.vouched)

    @cached_property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """The other mails to the person, at whichever address, each once; the newest first.

        The keys of this very mail are left out, to whichever address it was tried.
        """
        tried = (*(() if self.earlier is None else (self.earlier,)), *self.elsewhere)
        own = {record.send_key for record in tried}
        if self.aim is not None:
            own.add(self.aim.send_key)
        found: dict[str, LedgerEntry] = {}
        for state in self.states:
            for entry in state.ledger:
                known = found.get(entry.send_key)
                if entry.send_key not in own and (known is None or known.at < entry.at):
                    found[entry.send_key] = entry
        return tuple(sorted(found.values(), key=lambda e: (e.at, e.send_key), reverse=True))

    @cached_property
    def wishes(self) -> Wishes:
        """What the person wishes at all addresses together: of each the strictest."""
        wishes = [state.wishes for state in self.states]
        pauses = [w.paused_until for w in wishes if w.paused_until is not None]
        return Wishes(
            per_year=min((w.per_year for w in wishes if w.per_year), default=None),
            paused_until=max(pauses, default=None),
            topics_off=frozenset().union(*(w.topics_off for w in wishes)),
        )

    @property
    def states(self) -> tuple[AddressState, ...]:
        """What is known of all the person's addresses."""
        return (*(() if self.address is None else (self.address,)), *self.others)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A gate's answer: no reason, and the mail may pass. `detail` is a sentence.

    `numbers` are the same for machines. `until` is when the gate opens by itself, if time opens it.
    """

    detail: str
    reason: Reason | None = None
    numbers: Mapping[str, Json] = field(default_factory=dict)
    until: datetime | None = None


Gate: TypeAlias = "Callable[[Case, Terms, datetime], Found]"
Gates: TypeAlias = "tuple[tuple[str, Gate], ...]"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which mail a case comes to: the playbook's own, or the request to confirm before it.

    The two have keys of their own. A mail that carries the request has the playbook's: whoever
    confirms later does not get it a second time.
    """

    program: str
    occurrence: str
    template: str
    mail_class: MailClass
    send_key: str

    def key_to(self, address: Ref) -> str:
        """The key of the same mail to another address."""
        return send_key(self.program, self.occurrence, address)


def target(intent: Intent, terms: Terms, address: AddressState, *, vouched: bool = False) -> Target:
    """The mail to judge, named by the key under which it can go out once.

    Whatever a playbook sends, to an address that nobody confirmed it is a confirmation; so is the
    request to somebody who asks for marketing again without a consent that holds. What an ATS tells
    of an application nobody made up: mail about it goes to the address that is `vouched` for.
    """
    own = MailClass.MARKETING
    if terms.mail_class is MailClass.TRANSACTIONAL:
        own = MailClass.TRANSACTIONAL
    vouched = vouched and own is MailClass.TRANSACTIONAL
    confirmed = address.confirmed_at is not None or vouched
    asks = confirmed and own is MailClass.MARKETING and must_ask(address, terms.topic, intent.fact)
    if terms.confirms and (asks or not (confirmed or terms.carries)):
        return Target(
            program=terms.confirm_program,
            occurrence=intent.fact.event_id,
            template=terms.confirm_template,
            mail_class=MailClass.CONFIRMATION,
            send_key=send_key(terms.confirm_program, intent.fact.event_id, address.ref),
        )
    return Target(
        program=terms.program,
        occurrence=intent.occurrence,
        template=terms.template,
        mail_class=own if confirmed or not terms.confirms else MailClass.CONFIRMATION,
        send_key=send_key(terms.program, intent.occurrence, address.ref),
    )


def day(moment: datetime) -> str:
    """`2026-11-23 01:05 UTC`."""
    return f"{moment.isoformat(' ', 'minutes')[:16]} UTC"


_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def span(length: timedelta) -> str:
    """`3 days`, `5 hours`, `40 seconds`: the greatest unit that fits, rounded down."""
    seconds = max(int(length.total_seconds()), 0)
    for unit, size in _UNITS:
        count = seconds // size
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "0 seconds"
