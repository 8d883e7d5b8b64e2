"""A candidate of Rapport's → a prospect in the employer's ATS, at most once.

1. Whether they may be: the connection is set to take prospects, the person agreed to what the
   employer names, and nothing stops writing to them.
2. A claim, one row with each of the person's identifiers, so that a merge finds it too.
3. One call for each step, never repeated; what came of it is recorded together with the event.

A call of which nobody can tell what came of it is `unknown` and is never made again by itself:
somebody looks into the ATS and `settle`s it. Our own prospect comes back by webhook and by pull;
`Echoes` knows it again, so that it starts nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from rapport.ats import Connection
from rapport.domain import names
from rapport.domain.decision import digest
from rapport.domain.event import Event
from rapport.domain.identifiers import Namespace, identifier
from rapport.domain.profile import Profile
from rapport.errors import ConflictError
from rapport.ports import Book, Pseudonyms
from rapport.pushes import (
    Gateway,
    Made,
    Outcome,
    Prospect,
    Push,
    Pushes,
    PushState,
    Refused,
    Shown,
    prospect_of,
    withheld,
)
from rapport.records import ID_CHARS, engine_event

# A worker that did not come back for so long is dead.
LEASE = timedelta(minutes=2)
# Of somebody with more identifiers the first are claimed, the address before all others.
MAX_REFS = 24


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """What came of it; `code` says why, `shown` are the requests of a dry run."""

    state: PushState
    code: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pusher:
    """The flow, on its ports; `gateway` is None for a connection that nothing can be put into."""

    pushes: Pushes
    book: Book
    pseudonyms: Pseudonyms
    gateway: Callable[[Connection], Gateway | None]
    now: Callable[[], datetime]

    def push_prospect(
        self,
        connection: Connection,
        person: Profile,
        job: str,
        *,
        source: str = "",
        note: str = "",
        dry_run: bool = False,
    ) -> Pushed:
        """Put somebody into an ATS, for a job of its own id, or for none.

        Whoever was put there for that job is not put there again. `dry_run` makes no call and
        stores nothing.
        """
        gateway = self.gateway(connection)
        email = identifier(Namespace.EMAIL, person.attribute("email"))
        if gateway is None or email is None:
            code = "no_access" if gateway is None else "no_address"
            return Pushed(state=PushState.WITHHELD, code=code)
        address = self.pseudonyms.ref(Namespace.EMAIL, email.value)
        state = self.book.address(address)
        if reason := withheld(connection, person, state, self.now()):
            return Pushed(state=PushState.WITHHELD, code=reason)
        said = {"email": email.value, "source": source, "note": note}
        key = digest("push", connection.name, job, address)[:ID_CHARS]
        prospect = prospect_of(connection, person, said, key=key, job=job)
        if dry_run:
            steps = range(gateway.steps(prospect))
            shown = tuple(gateway.shown(step, prospect, _PLACES) for step in steps)
            return Pushed(state=PushState.SHOWN, shown=shown)
        refs = tuple(dict.fromkeys((address, *person.members)))[:MAX_REFS]
        push = self.pushes.of(connection.name, job, refs) or Push(
            connection=connection.name, job=job, refs=refs, since=self.now()
        )
        try:
            return self._pushed(connection, gateway, push, prospect)
        except ConflictError:
            return Pushed(state=PushState.UNDER_WAY)

    def settle(self, connection: Connection, push: Push, *, made: bool) -> Pushed:
        """Somebody looked into the ATS: it was `made`, or it may be tried again."""
        state = PushState.DONE if made else PushState.REFUSED
        if push.state is not PushState.UNKNOWN:
            return _told(push)
        return _told(self._recorded(connection, replace(push, state=state, code="settled")))

    def _pushed(
        self, connection: Connection, gateway: Gateway, push: Push, prospect: Prospect
    ) -> Pushed:
        if push.version and push.state is PushState.CALLING:
            if self.now() < push.since + LEASE:
                return Pushed(state=PushState.UNDER_WAY)
            # Whoever made the call did not come back to say what it came to.
            push = replace(push, state=PushState.UNKNOWN, code="died")
            return _told(self._recorded(connection, push))
        if push.state in {PushState.DONE, PushState.UNKNOWN}:
            return _told(push)
        while push.step < gateway.steps(prospect):
            push = self.pushes.put(replace(push, state=PushState.CALLING, since=self.now()))
            outcome = gateway.call(push.step, prospect, push.ids)
            push = self._recorded(connection, _after(push, outcome, gateway.steps(prospect)))
            if not isinstance(outcome, Made):
                break
        return _told(push)

    def _recorded(self, connection: Connection, push: Push) -> Push:
        """What a call came to, in one transaction with the event that tells of it."""
        named = {
            "candidate": connection.candidate,
            "contact": connection.contact,
            "application": connection.application,
        }
        given = (named[what](ident) for what, ident in push.ids.items() if what in named)
        refs = (self.pseudonyms.ref(each.ns, each.value) for each in given if each is not None)
        push = replace(push, named=tuple(sorted({*refs})))
        return self.pushes.put(push, None if push.state is PushState.STEPPED else self._event(push))

    def _event(self, push: Push) -> Event:
        return engine_event(
            names.PROSPECT_PUSHED,
            subject=push.refs[0],
            message_id=f"p_{digest(push.connection, push.job, *push.refs, str(push.version))[:32]}",
            cause_at=push.since,
            now=self.now(),
            properties={
                "connection": push.connection,
                "state": push.state.value,
                "prospect": push.ids.get("candidate", ""),
                "job_id": push.job,
            },
        )


# What stands in a dry run where an id comes from the call before.
_PLACES = MappingProxyType({"candidate": "CANDIDATE", "application": "APPLICATION"})


def _after(push: Push, outcome: Outcome, steps: int) -> Push:
    """The push after a call."""
    if isinstance(outcome, Made):
        step = push.step + 1
        state = PushState.DONE if step >= steps else PushState.STEPPED
        return replace(push, state=state, step=step, ids={**push.ids, **outcome.ids}, code="")
    if isinstance(outcome, Refused):
        # What an earlier call made is there; only the rest may be tried again.
        state = PushState.STEPPED if push.step else PushState.REFUSED
        return replace(push, state=state, code=outcome.code)
    return replace(push, state=PushState.UNKNOWN, code=outcome.code)


def _told(push: Push) -> Pushed:
    return Pushed(state=push.state, code=push.code, ids=push.ids)
