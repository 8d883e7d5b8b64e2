"""Our own prospect comes back by webhook and by pull: it is known again, and starts nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from rapport.ats import Connection, Intake, Taken
from rapport.domain.ats import AtsEvent, Kind
from rapport.domain.event import Origin
from rapport.domain.identifiers import Identifier, Namespace, identifier
from rapport.ports import Pseudonyms
from rapport.pushes import PROSPECTS, Pushes, PushState

# What an ATS tells of a prospect within this time may be nothing but our own push.
ECHO = timedelta(days=1)


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
        if event.kind not in _CREATED | _UPDATED:
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


@dataclass(frozen=True, kw_only=True)
class Unechoed:
    """The port `Intake`, before the one that it passes everything on to.

    An echo of a push is taken in like all else, as an import: it is known, and starts nothing.
    """

    intake: Intake
    echoes: Echoes

    def take(
        self,
        connection: Connection,
        events: Sequence[AtsEvent],
        *,
        origin: Origin,
        pulled: bool = False,
        dry_run: bool = False,
    ) -> Taken:
        """Take them in, in their order; durable when it returns, and harmless to repeat."""
        if origin is not Origin.LIVE or connection.api.get("push") != PROSPECTS:
            return self.intake.take(
                connection, events, origin=origin, pulled=pulled, dry_run=dry_run
            )
        whole = Taken()
        for echo, run in groupby(events, key=lambda each: self.echoes.pushed(connection, each)):
            taken = self.intake.take(
                connection,
                list(run),
                origin=Origin.IMPORT if echo else Origin.LIVE,
                pulled=pulled,
                dry_run=dry_run,
            )
            whole = _both(whole, taken)
        return whole


def _both(one: Taken, other: Taken) -> Taken:
    drift = {
        kind: one.drift.get(kind, 0) + other.drift.get(kind, 0)
        for kind in (*one.drift, *other.drift)
    }
    return Taken(
        news=one.news + other.news,
        repeated=one.repeated + other.repeated,
        refetches=(*one.refetches, *other.refetches),
        drift=drift,
        unmapped=one.unmapped | other.unmapped,
        candidates=tuple(dict.fromkeys((*one.candidates, *other.candidates))),
    )
