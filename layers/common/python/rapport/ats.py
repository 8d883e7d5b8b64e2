"""What the sync with applicant tracking systems needs from the world: ports and what passes them.

Ports as in `rapport.ports`, with the same promise about RetryableError.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from rapport.domain.ats import AtsEvent, Kind, Speaks
from rapport.domain.event import Json, Origin
from rapport.domain.identifiers import Identifier, Namespace, Ref, identifier

# Who speaks about a transition that a connection does not list.
ANY = "*"
# The transitions that are no stage, under which `Connection.speaks` may list them.
RECEIVED, REJECTED, WITHDRAWN, HIRED = "received", "rejected", "withdrawn", "hired"
# The vendors whose API is read, with `rapport.adapters.ats.apis`.
READABLE = ("greenhouse", "ashby", "lever")


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One ATS of the employer, as its secret has it; `name` is in its webhook's address.

    `secrets`: what deliveries are signed with, the current first, then the previous.
    `event_secrets`: the same per vendor event, where each event has a webhook of its own (Lever).
    `api`: what its API wants (`base_url`, `key`, `client_id`, `client_secret` …); empty: no access.
    `stages`: vendor's stage id → the stage as playbooks know it, of `a-z0-9-`.
    `speaks`: stage (or `received`, `rejected`, `withdrawn`, `hired`, `*`) → who writes about it.
    `custom_fields`: slugs of those that may be kept. `mapping`: how its files are read (file drop).
    `boards`: sources of the job boards that show the same jobs; what they show, the ATS closes.
    """

    name: str
    vendor: str
    brand: str = ""
    secrets: tuple[str, ...] = ()
    event_secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    api: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    speaks: Mapping[str, Speaks] = field(default_factory=dict)
    mail_private: bool = False
    custom_fields: tuple[str, ...] = ()
    boards: tuple[str, ...] = ()
    # JSON of any form; msgspec, which reads it, knows no type that contains itself.
    mapping: Mapping[str, Any] = field(default_factory=dict)

    def speaker(self, transition: str) -> Speaks:
        """Who writes to the candidate about it: the ATS, unless it is said otherwise."""
        return self.speaks.get(transition, self.speaks.get(ANY, Speaks.ATS))

    @property
    def kind(self) -> str:
        """`<vendor>:<connection>`: begins the values of its identifiers, as in `externalIds`."""
        return f"{self.vendor}:{self.name}"

    @property
    def can_be_asked(self) -> bool:
        """Whether its API can be read: `api` may also say no more than which account it is."""
        return self.vendor in READABLE and bool(self.api)

    @property
    def source(self) -> str:
        """Under which source its events stand in the log."""
        return f"ats-{self.name}"

    def candidate(self, ident: str) -> Identifier | None:
        """The identifier of one of its candidates; None for an id that names nobody."""
        return identifier(Namespace.ATS, f"{self.kind}:{ident}")

    def contact(self, ident: str) -> Identifier | None:
        """The identifier of the person behind several candidacies."""
        return identifier(Namespace.ATS, f"{self.kind}:contact/{ident}") if ident else None

    def application(self, ident: str) -> Identifier | None:
        """The name of a candidacy. It leads to a person, and ties nobody to anybody."""
        return identifier(Namespace.ATS, f"{self.kind}:application/{ident}") if ident else None


class Connections(Protocol):
    """The connections of this deployment, by name."""

    def get(self, name: str, *, fresh: bool = False) -> Connection | None:
        """A connection as it was at most 60 s ago, or (`fresh`) as it is; None: there is none.

        RetryableError while the store of secrets is out of reach.
        """
        ...

    def names(self) -> Sequence[str]:
        """All of them, sorted."""
        ...


class Outcome(StrEnum):
    """What came of looking at a delivery's signature."""

    GENUINE = "genuine"
    # Answered before a secret is known: a handshake, the test that some vendors save a hook with.
    HANDSHAKE = "handshake"
    # Proven wrong: 401.
    FORGED = "forged"
    # The connection has no secret to look with: 503, for somebody is still setting it up.
    UNPROVEN = "unproven"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a delivery is the vendor's. `reason`: of what is not, a word of `a-z_`.

    `once`: a token that is good for one delivery alone; who brings it again changes nothing.
    """

    outcome: Outcome
    reason: str = ""
    once: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The answer that the vendor expects."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Adapter(Protocol):
    """What a vendor's webhooks are like. `headers` have lower-case names.

    Each is a module-level object `ADAPTER` in `rapport.adapters.ats.<vendor>`.
    """

    vendor: str
    # How long a vendor may take to deliver again; what came is remembered for longer.
    retries_for_s: int

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        """Look at the raw bytes, before anything is parsed."""
        ...

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        """The canonical events of a payload; UNKNOWN for what it has no name for.

        PoisonError for a body that cannot be of that vendor.
        """
        ...

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        """What to answer to a delivery that was taken, or to a handshake."""
        ...


@dataclass(frozen=True, kw_only=True)
class Refetch:
    """An entity that has to be read from the vendor's API; `kind` as in `Pages`.

    Without an `id`: something of that kind changed, and it was not said what.
    """

    connection: str
    kind: str
    id: str


def asked_for(connection: Connection, event: AtsEvent) -> Refetch | None:
    """What a hint asks for; None for an event that says something itself.

    A hint carries nothing and has no clock: that it came is no news of anybody, however often.
    """
    if not event.needs_refetch or event.present or event.clock is not None:
        return None
    who, what = event.candidate, event.application
    match event.kind:
        case Kind.APPLICATION_UPDATED:
            ident = "" if what is None else what.id
            return Refetch(connection=connection.name, kind="applications", id=ident)
        case Kind.CANDIDATE_UPDATED:
            ident = "" if who is None else who.id or who.contact
            return Refetch(connection=connection.name, kind="candidates", id=ident)
        case _:
            return None


class Refetches(Protocol):
    """The queue of what `sync` has to do."""

    def put(self, refetch: Refetch, *, after_s: int = 0) -> None:
        """Have an entity read, at once or after so many seconds (up to 900)."""
        ...


class Kept(Protocol):
    """Bodies of deliveries that could not be normalised, sealed, until somebody looks."""

    def keep(self, connection: str, reason: str, at: datetime, content: Mapping[str, Json]) -> None:
        """Keep one; the same key of the vault that seals it is its path to erasure."""
        ...


class Once(Protocol):
    """Tokens that are good for one delivery alone, remembered for longer than any is repeated."""

    def claim(
        self, connection: str, token: str, digest: str, now: datetime, *, keep: timedelta
    ) -> bool:
        """Whether the delivery with that digest may be taken in.

        False when another one came with the token, or this very one and was settled. A delivery
        that was claimed and not settled may have been lost on the way: it may come again.
        """
        ...

    def settle(self, connection: str, token: str) -> None:
        """What came with that token is taken in: from now on nothing more comes of it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What canonical events came to. `news`: log rows written, `repeated`: told before.

    `drift`: differences that a pull found and no delivery had told, by canonical kind.
    """

    news: int = 0
    repeated: int = 0
    refetches: tuple[Refetch, ...] = ()
    drift: Mapping[str, int] = field(default_factory=dict)
    # Stages that the connection does not map yet, by the vendor's id.
    unmapped: frozenset[str] = frozenset()
    # Stored jobs that changed.
    jobs: int = 0
    # Whom it was about, so far as they have an id.
    candidates: tuple[Ref, ...] = ()


class Intake(Protocol):
    """Canonical events → the log, and what is known of the ATS's entities (`rapport.intake`)."""

    def take(
        self,
        connection: Connection,
        events: Sequence[AtsEvent],
        *,
        origin: Origin,
        pulled: bool = False,
        dry_run: bool = False,
    ) -> Taken:
        """Take them in; durable when it returns, and harmless to repeat.

        `pulled`: they are what an entity looks like now and not what a delivery told to have
        happened. RetryableError, and whatever was taken is taken, when the store is out of reach.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of an API: canonical events, and how to get the next; an empty `cursor` is the last.

    `token`: what the vendor wants to hear at the next run (Ashby's `syncToken`).
    """

    events: tuple[AtsEvent, ...]
    cursor: str = ""
    token: str = ""


@dataclass(frozen=True, kw_only=True)
class SlowDown(Exception):  # noqa: N818  (it is an answer, not a failure)
    """The vendor wants a rest of so many seconds."""

    seconds: float


class CursorGoneError(Exception):
    """The vendor does not know the cursor any more: the window is read again from its start."""


class Pages(Protocol):
    """A vendor's API, read page by page. SlowDown, CursorGoneError or RetryableError, else pages.

    `kinds` are what it can read, in the order in which they are best read: `jobs`, `candidates`,
    `applications`.
    """

    kinds: tuple[str, ...]

    def page(self, kind: str, cursor: str, *, since: datetime | None, token: str = "") -> Page:
        """The first page (no cursor) of what changed since then, or the page of a cursor."""
        ...

    def one(self, kind: str, id: str) -> Page:  # noqa: A002  (the vendor's own word)
        """One entity as it is now; a DELETED event when there is none of that id."""
        ...
