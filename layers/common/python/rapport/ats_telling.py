"""One canonical event as it is told to us: of whom it is, when it happened, how its rows are named.

Everything here follows from the event and the time of receipt alone, so that a delivery that comes
again makes the same keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from rapport.ats import Connection
from rapport.ats_body import body, emails_of, of_event
from rapport.domain import names
from rapport.domain.ats import AtsApplication, AtsEvent, Kind, Status, Told
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import Identifier, Namespace, Ref, identifier
from rapport.domain.series import Point
from rapport.ports import Pseudonyms

_ID_CHARS = 32
_MARK_CHARS = 12
# How far the clock of a vendor may be ahead of ours.
_AHEAD = timedelta(minutes=10)
# Each is a transaction of its own, and a vendor waits for seconds. Nobody has more applications;
# beyond, a candidate who was deleted is closed by that alone.
_MAX_ENDED = 100
OF_CANDIDATES = frozenset(
    {
        Kind.CANDIDATE_CREATED,
        Kind.CANDIDATE_UPDATED,
        Kind.CANDIDATE_MERGED,
        Kind.CANDIDATE_DELETED,
        Kind.CANDIDATE_ANONYMIZED,
    }
)
# Kinds that tell that an application went somewhere, and to which status.
TO_STATUS: Mapping[Kind, Status] = {
    Kind.APPLICATION_REJECTED: Status.REJECTED,
    Kind.APPLICATION_WITHDRAWN: Status.WITHDRAWN,
    Kind.APPLICATION_HIRED: Status.HIRED,
    Kind.APPLICATION_UNHIRED: Status.ACTIVE,
    Kind.APPLICATION_REOPENED: Status.ACTIVE,
    Kind.APPLICATION_DELETED: Status.DELETED,
}
NOTED: Mapping[Kind, str] = {Kind.OFFER: "offer", Kind.INTERVIEW: "interview"}
OF_APPLICATIONS = frozenset(
    {
        *TO_STATUS,
        *NOTED,
        Kind.APPLICATION_CREATED,
        Kind.APPLICATION_UPDATED,
        Kind.APPLICATION_STAGE_CHANGED,
    }
)


@dataclass(frozen=True, kw_only=True)
class Telling:
    """A canonical event, received. `at`: its time, never in the future; ours if it told none.

    `mark` is of all that it says, `shown` of all but its time.
    """

    connection: Connection
    event: AtsEvent
    origin: Origin
    pulled: bool
    received_at: datetime
    candidate: Ref | None
    winner: Ref | None
    application: Ref | None
    also: tuple[Ref, ...]
    mark: str
    shown: str

    @property
    def at(self) -> datetime:
        """When it happened."""
        clock = self.event.clock
        return self.received_at if clock is None else min(clock, self.received_at)

    @property
    def stage_point(self) -> Point | None:
        """Where it says that the application was then, or went to."""
        stage = self.event.stage
        if stage is None or not stage.id:
            return None
        said = self.event.kind is Kind.APPLICATION_STAGE_CHANGED
        return Point(at=self.at, value=stage.id, said=said)

    @property
    def status_point(self) -> Point | None:
        """How it says that the application stood then, or came to stand."""
        if self.deletes:
            return None
        went = TO_STATUS.get(self.event.kind)
        if went is not None:
            return Point(at=self.at, value=went.value, said=True)
        told = None if self.event.application is None else self.event.application.status
        if self.event.kind is Kind.APPLICATION_CREATED:
            told = told or Status.ACTIVE
        return None if told is None else Point(at=self.at, value=told.value)

    @property
    def deletes(self) -> bool:
        """Whether it says that the application is in the ATS no more."""
        told = None if self.event.application is None else self.event.application.status
        return self.event.kind is Kind.APPLICATION_DELETED or told is Status.DELETED

    def row(
        self,
        kind: str,
        ident: Sequence[str],
        *,
        owner: Ref,
        properties: Mapping[str, Json],
        at: datetime | None = None,
    ) -> Event:
        """One event for the log: this delivery's own, or (`at`) what it brought to light."""
        own = at is None
        clock = self.event.clock if own else at
        capped = None if clock is None else min(clock, self.received_at)
        # What it says of the candidate it says for its own time, and for no other.
        who = self.event.candidate
        bare = None if who is None else replace(who, can_email=None, private=None)
        told = self.event if own else replace(self.event, candidate=bare, present=frozenset())
        said = of_event(self.connection, told, clock=capped, pulled=self.pulled)
        if self.candidate is not None:
            said["candidate"] = self.candidate.partition("#")[2]
        return Event(
            partition=owner,
            home=owner,
            type=kind,
            source=self.connection.source,
            message_id=f"a_{digest(self.connection.kind, *ident)[:_ID_CHARS]}",
            trust=Trust.VERIFIED,
            origin=self.origin,
            original_at=clock,
            sent_at=None,
            received_at=self.received_at,
            at=capped or self.received_at,
            body=body(self.connection, told, {**said, **properties}),
        )


def telling(
    connection: Connection,
    event: AtsEvent,
    refs: Pseudonyms,
    *,
    origin: Origin,
    pulled: bool,
    now: datetime,
) -> Telling:
    """The event with the refs of all that it names, and what of its marks may be believed."""
    event = _apart_from_others(event if pulled else _guarded(event, now))

    def ref(who: Identifier | None) -> Ref | None:
        return None if who is None else refs.ref(who.ns, who.value)

    who, what = event.candidate, event.application
    candidate = winner = application = None
    if who is not None:
        candidate = ref(connection.candidate(who.id) if who.id else connection.contact(who.contact))
        winner = ref(connection.candidate(who.merged_into)) if who.merged_into else None
    if what is not None:
        application = ref(connection.application(what.id))
    also = [ref(connection.application(each)) for each in (() if what is None else what.also)]
    bare = replace(event, vendor_event_id="")
    return Telling(
        connection=connection,
        event=event,
        origin=origin,
        pulled=pulled,
        received_at=now,
        candidate=candidate,
        winner=winner,
        application=application,
        also=tuple(dict.fromkeys(r for r in also if r is not None and r != application)),
        mark=_digest(bare) + ("p" if pulled else ""),
        shown=_digest(replace(bare, clock=None, told=Told.RECEIVED)),
    )


def _apart_from_others(event: AtsEvent) -> AtsEvent:
    """Only a merge makes two candidates one; whatever else names another one is about one alone."""
    who = event.candidate
    if who is None or (event.kind is Kind.CANDIDATE_MERGED and who.merged_into != who.id):
        return event
    return replace(event, candidate=replace(who, merged_into="")) if who.merged_into else event


def _guarded(event: AtsEvent, now: datetime) -> AtsEvent:
    """A delivery of which nobody knows when it was written, without the marks that would open.

    Whoever sends it again years later must not lift what was closed since.
    """
    who, clock = event.candidate, event.clock
    if who is None or (clock is not None and clock <= now + _AHEAD):
        return event
    can_email = False if who.can_email is False else None
    return replace(event, candidate=replace(who, can_email=can_email, private=who.private or None))


def mailboxes(event: AtsEvent, refs: Pseudonyms) -> tuple[Ref, ...]:
    """The addresses that an event tells, the best to write to first."""
    found = (identifier(Namespace.EMAIL, typed) for typed in emails_of(event))
    return tuple(dict.fromkeys(refs.ref(who.ns, who.value) for who in found if who is not None))


def apart(event: AtsEvent) -> list[AtsEvent]:
    """The event, and one for each application that ended with its candidate."""
    ended = () if event.application is None else event.application.deleted[:_MAX_ENDED]
    if event.kind not in OF_CANDIDATES or not ended:
        return [event]
    who = event.candidate
    return [
        replace(event, application=None),
        *(
            replace(
                event,
                kind=Kind.APPLICATION_DELETED,
                candidate=who,
                application=AtsApplication(id=each, status=Status.DELETED),
                present=frozenset({"/application/status"}),
            )
            for each in ended
        ),
    ]


def moved_to(status: str, before: str) -> str:
    """The name of the event that tells that an application came to a status."""
    match status:
        case Status.REJECTED:
            return names.APPLICATION_REJECTED
        case Status.WITHDRAWN:
            return names.APPLICATION_WITHDRAWN
        case Status.HIRED:
            return names.CANDIDATE_HIRED
        case Status.ACTIVE:
            return names.HIRE_UNDONE if before == Status.HIRED else names.APPLICATION_REOPENED
    return names.APPLICATION_UPDATED


def _digest(event: AtsEvent) -> str:
    return digest(msgspec.json.encode(event, order="deterministic").decode())[:_MARK_CHARS]
