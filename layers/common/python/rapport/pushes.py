"""What is put into an ATS, by whose leave, and how our own prospect is known again.

Ports as in `rapport.ports`. What `api` of a connection says of it: `push` is `prospects` where
candidates may be put into that ATS, `push_topic` the topic that they must have agreed to,
`push_fields` what of them may be told, `push_as` the ATS's user who it is done for.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, TypeAlias

from rapport.ats import Connection
from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_ERASED,
    SCOPE_MARKETING,
    AddressState,
    Consent,
    ConsentStatus,
)
from rapport.domain.ats import AtsEvent, Kind
from rapport.domain.decision import FactRef
from rapport.domain.event import Event, Origin
from rapport.domain.identifiers import Identifier, Namespace, PersonId, Ref, identifier
from rapport.domain.profile import Profile
from rapport.ports import Pseudonyms
from rapport.reach import halted

PROSPECTS = "prospects"
TOPIC = "talent-network"
# What an ATS tells of a prospect within this time may be nothing but our own push.
ECHO = timedelta(days=1)
FIELDS = ("name", "email", "phone", "linkedin", "source", "note")
# Who has the last word on a field, and whether it is pushed.
ATS, RAPPORT = "ATS", "Rapport"
OWNERS: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        "name": (ATS, True),
        "e-mail address": (ATS, True),
        "phone number": (ATS, True),
        "LinkedIn profile": (ATS, True),
        "source": (ATS, True),
        "note": (ATS, True),
        "stage, status, reasons": (ATS, False),
        "job, requisition": (ATS, False),
        "private, may be e-mailed": (ATS, False),
        "consent, suppressions, wishes": (RAPPORT, False),
        "visits, opens, clicks, interest": (RAPPORT, False),
        "ledger of mails, decisions": (RAPPORT, False),
    }
)


# No fact starts a push, so none is excepted from what stops writing to somebody.
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_NO_FACT = FactRef(
    name="",
    event_id="",
    person=PersonId(""),
    origin=Origin.LIVE,
    occurred_at=_EVER,
    received_at=_EVER,
    log_pk="",
    log_sk="",
)


class PushState(StrEnum):
    """Where a push stands; the last three are only ever told, not stored."""

    CALLING = "calling"
    STEPPED = "stepped"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    WITHHELD = "withheld"
    SHOWN = "shown"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """All that is ever pushed. `key` names the push towards the ATS; `job` is the ATS's own id."""

    key: str
    first: str
    last: str
    email: str = ""
    phone: str = ""
    linkedin: str = ""
    job: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Push:
    """A push as it is stored. `refs` are the person's identifiers, `named` those that the ATS gave.

    `step` is the one that comes next; `ids` are the ATS's (`candidate`, `application`, `contact`).
    """

    connection: str
    job: str
    refs: tuple[Ref, ...]
    since: datetime
    version: int = 0
    state: PushState = PushState.CALLING
    step: int = 0
    ids: Mapping[str, str] = field(default_factory=dict)
    named: tuple[Ref, ...] = ()
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Made:
    """The ATS did it; ids by what they name."""

    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The ATS says that it did nothing."""

    code: str


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """Nobody can tell whether it was done."""

    code: str


Outcome: TypeAlias = Made | Refused | Unclear


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A request as it would be made, without what it is signed or authorised with."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Gateway(Protocol):
    """How a vendor takes a prospect: one or more calls, each made once."""

    def steps(self, prospect: Prospect) -> int:
        """How many calls it takes."""
        ...

    def shown(self, step: int, prospect: Prospect, ids: Mapping[str, str]) -> Shown:
        """The request of a step."""
        ...

    def call(self, step: int, prospect: Prospect, ids: Mapping[str, str]) -> Outcome:
        """Make the call of a step, once."""
        ...


class Pushes(Protocol):
    """The rows. RetryableError when the store is out of reach."""

    def of(self, connection: str, job: str, refs: Iterable[Ref]) -> Push | None:
        """The push of somebody with one of these identifiers, for that job."""
        ...

    def into(self, connection: str, refs: Iterable[Ref]) -> list[Push]:
        """All pushes of these identifiers into a connection."""
        ...

    def put(self, push: Push, event: Event | None = None) -> Push:
        """Store it with each of its identifiers in place of the version read, and the event.

        One transaction; ConflictError, and nothing stored, when somebody else was faster.
        """
        ...


def withheld(connection: Connection, person: Profile, address: AddressState, now: datetime) -> str:
    """Why somebody must not be put into an ATS; empty when they may."""
    if connection.api.get("push") != PROSPECTS:
        return "policy"
    verdict = halted(person, _NO_FACT)
    if verdict is not None and not verdict.holds:
        return "halted"
    closed = address.suppressions.items()
    if any(_closes(scope) and (no.until is None or now < no.until) for scope, no in closed):
        return "suppressed"
    consent = address.consents.get(connection.api.get("push_topic", TOPIC))
    if consent is None or not _holds(consent, now):
        return "consent"
    if address.confirmed_at is None:
        return "unconfirmed"
    return "" if person.attribute("last_name") and person.attribute("first_name") else "no_name"


def _closes(scope: str) -> bool:
    """Whether a no of that scope is one to all that the employer does with the address."""
    return scope in {SCOPE_ALL, SCOPE_ERASED, SCOPE_MARKETING} or scope.startswith("ats:")


def _holds(consent: Consent, now: datetime) -> bool:
    granted = consent.status is ConsentStatus.GRANTED
    return granted and (consent.expires_at is None or now < consent.expires_at)


def prospect_of(
    connection: Connection, person: Profile, said: Mapping[str, str], *, key: str, job: str
) -> Prospect:
    """What is pushed of somebody: the fields that the employer chose, and never any other."""
    chosen = connection.api.get("push_fields", ",".join(FIELDS)).replace(" ", "").split(",")
    told = {"phone": person.attribute("phone"), "linkedin": person.attribute("linkedin"), **said}
    return Prospect(
        key=key,
        first=person.attribute("first_name"),
        last=person.attribute("last_name"),
        job=job,
        **{name: told[name] for name in told if name in chosen},
    )


class Echoes:
    """Knows what comes back from an ATS because Rapport put it there; it starts nothing."""

    def __init__(
        self, pushes: Pushes, pseudonyms: Pseudonyms, *, now: Callable[[], datetime]
    ) -> None:
        self._pushes = pushes
        self._pseudonyms = pseudonyms
        self._now = now

    def pushed(self, connection: Connection, event: AtsEvent) -> bool:
        """Whether an event of a connection tells nothing but that a push of ours arrived.

        That somebody was created is an echo whenever it comes; what else is told of them may be
        one for a day. Of another job it is none: they applied for that one themselves.
        """
        if connection.api.get("push") != PROSPECTS or event.kind not in _CREATED | _UPDATED:
            return False
        named = {self._pseudonyms.ref(each.ns, each.value) for each in _named(connection, event)}
        jobs = {ident for job in event.jobs for ident in (job.id, job.post, job.requisition)}
        for push in self._pushes.into(connection.name, sorted(named)):
            about = not push.job or not event.jobs or push.job in jobs
            young = event.kind in _CREATED or self._now() < push.since + ECHO
            if about and young and push.state is not PushState.REFUSED:
                return True
        return False


_CREATED = frozenset({Kind.CANDIDATE_CREATED, Kind.APPLICATION_CREATED})
_UPDATED = frozenset({Kind.CANDIDATE_UPDATED, Kind.APPLICATION_UPDATED})


def _named(connection: Connection, event: AtsEvent) -> list[Identifier]:
    """Everything by which the event's candidate may be known."""
    found: list[Identifier | None] = []
    if event.application is not None:
        ids = (event.application.id, *event.application.also)
        found += [connection.application(ident) for ident in ids]
    if event.candidate is not None:
        found += [connection.candidate(event.candidate.id)] if event.candidate.id else []
        found += [connection.contact(event.candidate.contact)]
        found += [identifier(Namespace.EMAIL, each.value) for each in event.candidate.emails]
    return [each for each in found if each is not None]
