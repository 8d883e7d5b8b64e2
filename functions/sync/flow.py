"""Messages that say what to do → who does it; and the clock, which puts messages into the queue.

tick      every hour: each connection that is read by the clock is pulled, once a day whole
pull      a connection is read on from where it stands
refetch   one entity is read, for a delivery said little of it, or somebody misses it
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.sync.pulls import Came, Puller, Result
from functions.sync.steps import asked, late_since
from rapport.ats import Connection, Connections, Pages, Refetch, SlowDown
from rapport.domain.event import Json, Origin, millis
from rapport.errors import PoisonError, RetryableError

# A connection that did not come forward for so long is told by an alarm.
LATE = timedelta(days=1)
# A little less than a day, so that it does not wander through the day hour by hour.
WHOLE_EVERY = timedelta(hours=23)
# An entity may lead to others, which may lead to others; there it ends.
MOST_HOPS = 3
# A vendor or a store that is out of reach is tried again, from a minute to an hour later.
MOST_TRIES = 6
FIRST_WAIT_S = 30

Doing = Callable[[Mapping[str, Json], datetime], Result]


@dataclass(frozen=True, kw_only=True)
class Sync:
    """The flow on its ports.

    `others`: who does what else there is, by the word after `do`. `hourly`: what else each tick
    puts into the queue.
    """

    connections: Connections
    pages_for: Callable[[Connection], Pages | None]
    puller: Puller
    others: Mapping[str, Doing] = field(default_factory=dict)
    hourly: tuple[Mapping[str, Json], ...] = ()

    def do(self, message: Mapping[str, Json], *, until: datetime) -> Result:
        """Do what a message says, as far as the time reaches; PoisonError for anything else."""
        match message.get("do"):
            case "tick":
                return self._tick()
            case "pull":
                return self._pull(message, until)
            case "refetch":
                return self._refetch(message)
            case str() as other if other in self.others:
                return self.others[other](message, until)
            case _:
                msg = "this message says nothing that can be done"
                raise PoisonError(msg)

    def _tick(self) -> Result:
        now, work = self.puller.now(), self.puller.work
        late = 0
        for name in self.puller.pulls.connections():
            pull = self.puller.pulls.get(name)
            late += pull is not None and now - late_since(pull) >= LATE
            whole = pull is not None and now - (pull.whole_at or pull.started_at) >= WHOLE_EVERY
            work.put(asked(name, now, whole=whole))
        for message in self.hourly:
            work.put(message)
        return Result(came=Came.QUEUED, figures={"PullsLate": late})

    def _pull(self, message: Mapping[str, Json], until: datetime) -> Result:
        connection, pages = self._opened(message)
        if connection is None or pages is None:
            return Result(came=Came.NO_ACCESS)
        return self.puller.run(connection, pages, message, until=until)

    def _refetch(self, message: Mapping[str, Json]) -> Result:
        connection, pages = self._opened(message)
        if connection is None or pages is None:
            return Result(came=Came.NO_ACCESS)
        kind, ident = _text(message, "kind"), _text(message, "id")
        early = _number(message, "not_before") / 1000 - self.puller.now().timestamp()
        if early > 0:
            return self._later(message, early, Came.RESTING)
        try:
            page = pages.one(kind, ident)
            taken = self.puller.intake.take(
                connection, page.events, origin=Origin.LIVE, pulled=True
            )
        except SlowDown as wanted:
            # Many may wait for one vendor: each leaves it alone for longer and longer.
            slowed = min(_number(message, "slowed") + 1, MOST_TRIES)
            rest = max(wanted.seconds, FIRST_WAIT_S * 2**slowed if slowed > 1 else 0)
            return self._later({**message, "slowed": slowed}, rest, Came.RESTING)
        except RetryableError:
            tries = _number(message, "tries") + 1
            if tries > MOST_TRIES:
                raise
            return self._later({**message, "tries": tries}, FIRST_WAIT_S * 2**tries, Came.TROUBLED)
        hops = _number(message, "hops") + 1
        for more in taken.refetches if hops <= MOST_HOPS else ():
            if (more.kind, more.id) != (kind, ident):
                self.puller.work.put(_message(more, hops))
        return Result(came=Came.FETCHED, figures={"Drift": sum(taken.drift.values())})

    def _later(self, message: Mapping[str, Json], seconds: float, came: Came) -> Result:
        """Put it back: the queue may deliver it before its time, and then it is put back again."""
        due = millis(self.puller.now() + timedelta(seconds=seconds))
        self.puller.work.put({**message, "not_before": due}, after_s=seconds)
        return Result(came=came)

    def _opened(self, message: Mapping[str, Json]) -> tuple[Connection | None, Pages | None]:
        connection = self.connections.get(_text(message, "connection"))
        return connection, self.pages_for(connection) if connection else None


def _text(message: Mapping[str, Json], name: str) -> str:
    found = message.get(name)
    if not isinstance(found, str) or not found:
        msg = f"this message has no {name}"
        raise PoisonError(msg)
    return found


def _number(message: Mapping[str, Json], name: str) -> int:
    found = message.get(name)
    return found if isinstance(found, int) else 0


def _message(refetch: Refetch, hops: int) -> dict[str, Json]:
    return {
        "do": "refetch",
        "connection": refetch.connection,
        "kind": refetch.kind,
        "id": refetch.id,
        "hops": hops,
    }
