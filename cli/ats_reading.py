"""`rapport ats backfill|drift NAME`: an ATS read whole, watched while it is; and what was missed.

The run is `functions/sync`'s, told by its queue; its row says how far it is. With --here it is done
in this process. Killed anywhere, it goes on from there: ask for it again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from cli import clock, output
from cli.ats_store import Desk
from cli.errors import CommandError
from functions.sync.pulls import Came
from functions.sync.steps import asked
from rapport.ats import Connection
from rapport.domain.event import Json
from rapport.errors import ConflictError
from rapport.pulls import DRY_RUN, PULL, Pull, run_name

POLL_S = 2.0
# So long without a page, and nobody is at it: the queue's own waits are shorter.
STUCK = timedelta(minutes=20)
# In this process a run has all the time that it needs.
_FOREVER = timedelta(days=30)
_DRIFT = "drift "
Tell = Callable[[Pull], None]


def message(connection: str, *, dry: bool, kind: str, now: datetime) -> dict[str, Json]:
    """What `sync` is told: a run that is under way goes on, else one begins."""
    told = asked(connection, now, whole=True)
    told |= {"kind": kind} if kind else {}
    return told | ({"dry_run": True} if dry else {})


def begin(desk: Desk, connection: Connection, *, dry: bool, kind: str) -> Pull | None:
    """Look whether it can be read at all; the run as it stood, to be gone on with or repeated."""
    pages = desk.sync.pages_for(connection)
    if pages is None:
        msg = (
            f"{connection.name} has no API that is read here: `rapport ats show {connection.name}`"
            " tells what is lacking. Files are read when they are dropped."
        )
        raise CommandError(msg)
    if kind and kind not in pages.kinds:
        msg = f"--kind is one of {', '.join(pages.kinds)}."
        raise CommandError(msg)
    before = desk.pulls.get(connection.name, run_name(dry=dry, only=kind))
    if not dry and not kind:
        # From now on every hour reads what changed.
        desk.pulls.enrol(connection.name)
    return before


def told_before(before: Pull | None, *, dry: bool) -> str:
    """A line on what is about to happen."""
    if before is not None and before.finished_at is None:
        at = f"{before.kind}, page {before.page + 1}" if before.kind else "the start"
        busy = before.rest_until > clock.now()
        when = f" when nobody has it any more, {before.rest_until:%H:%M:%S}" if busy else ""
        return f"A run of {output.clock(before.started_at)} goes on{when}, at {at}."
    if dry:
        return "A dry run: everything is read, nothing is written."
    if before is not None and before.watermark is not None:
        return (
            f"It was read to the end on {output.clock(before.finished_at)}; it is read whole once"
            " more, and what differs counts as drift."
        )
    return "Everything is read; nothing of it starts a mail."


def watched(desk: Desk, told: Mapping[str, Json], since: datetime, tell: Tell) -> Pull:
    """Follow the run until its end; CommandError when it stands still for long."""
    name, run = str(told["connection"]), _run_of(told)
    while True:
        pull = desk.pulls.get(name, run)
        if pull is not None:
            tell(pull)
            if pull.finished_at is not None and pull.finished_at >= since:
                return pull
        _check_alive(pull, since)
        clock.pause(POLL_S)


def _check_alive(pull: Pull | None, since: datetime) -> None:
    last = since if pull is None else max(since, pull.progressed_at, pull.rest_until)
    if clock.now() - last >= STUCK:
        msg = (
            f"No page came for {STUCK.seconds // 60} minutes: the log of the function `sync` says"
            " why. `rapport ats test` tries the API; --here reads it in this process."
        )
        raise CommandError(msg)


def here(desk: Desk, told: Mapping[str, Json], tell: Tell) -> Pull:
    """Do the run in this process, with its rests; what it wants read again is still queued."""
    name, run, work = str(told["connection"]), _run_of(told), _Agenda()
    puller = replace(desk.sync.puller, work=work, pulls=_Seen(desk, tell))
    sync = replace(desk.sync, puller=puller)
    work.put(told)
    while work.due:
        at, wanted = work.due.pop(0)
        clock.pause(max(0.0, (at - clock.now()).total_seconds()))
        try:
            result = sync.do(wanted, until=clock.now() + _FOREVER)
        except KeyboardInterrupt:
            _let_go(desk, name, run)
            raise
        if result.came in {Came.REFUSED, Came.NO_ACCESS}:
            msg = f"The API of {name} refuses: `rapport ats test {name}` says what to mend."
            raise CommandError(msg)
    pull = desk.pulls.get(name, run)
    if pull is None or pull.finished_at is None:
        msg = "Somebody else goes on with this run; without --here it can be watched."
        raise CommandError(msg)
    return pull


def _let_go(desk: Desk, name: str, run: str) -> None:
    """Whoever goes on with it need not wait until we are thought to be dead."""
    pull = desk.pulls.get(name, run)
    if pull is not None and pull.finished_at is None:
        with suppress(ConflictError):
            desk.pulls.put(replace(pull, rest_until=clock.now()))


def _run_of(told: Mapping[str, Json]) -> str:
    return run_name(dry=told.get("dry_run") is True, only=str(told.get("kind", "")))


class _Agenda:
    """The port `Work` of a run in this process."""

    def __init__(self) -> None:
        self.due: list[tuple[datetime, Mapping[str, Json]]] = []

    def put(self, told: Mapping[str, Json], *, after_s: float = 0) -> None:
        """Have that done, at once or later."""
        self.due.append((clock.now() + timedelta(seconds=after_s), told))


class _Seen:
    """The port `Pulls`, each step of a run told as it is stored."""

    def __init__(self, desk: Desk, tell: Tell) -> None:
        self._rows = desk.pulls
        self._tell = tell
        self.connections, self.enrol = self._rows.connections, self._rows.enrol
        self.retire = self._rows.retire

    def get(self, connection: str, name: str = PULL) -> Pull | None:
        """The run as it stands."""
        return self._rows.get(connection, name)

    def put(self, pull: Pull) -> Pull:
        """Store it, and tell."""
        stored = self._rows.put(pull)
        self._tell(stored)
        return stored


@contextmanager
def display(connection: str, since: datetime) -> Iterator[Tell]:
    """A line that moves on a terminal; elsewhere a line for each kind that begins."""
    out = output.console()
    if not out.is_terminal:
        said: set[str] = set()

        def tell_once(pull: Pull) -> None:
            if _is_old(pull, since) or pull.kind in said:
                return
            said.add(pull.kind)
            output.line(f"{pull.kind} …")

        yield tell_once
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        task: TaskID = progress.add_task(f"{connection}: waits for a worker", total=None)

        def tell(pull: Pull) -> None:
            if not _is_old(pull, since):
                progress.update(task, description=f"{connection}: {_where(pull)}")

        yield tell


def _is_old(pull: Pull, since: datetime) -> bool:
    return pull.finished_at is not None and pull.finished_at < since


def _where(pull: Pull) -> str:
    seen = ", ".join(f"{count} {kind}" for kind, count in pull.seen.items()) or "nothing yet"
    if pull.tries:
        return f"{seen}; no answer {pull.tries} times, again at {pull.rest_until:%H:%M:%S}"
    return f"{seen}; {pull.kind}, page {pull.page + 1}"


def show_done(pull: Pull) -> None:
    """What a run came to."""
    took = (pull.finished_at or pull.progressed_at) - pull.started_at
    how = "Dry run, nothing was written" if pull.dry else "Read to the end"
    output.line(f"{how}; {took.total_seconds():.0f} s.", "bold")
    for kind, count in pull.seen.items():
        output.line(f"{count:>8} {kind}")
    came = pull.came
    if pull.dry:
        output.line(f"{came.get('news', 0):>8} events would be new, none of which starts a mail")
        output.line(f"{came.get('merges', 0):>8} candidates share an address with somebody known")
        output.line(f"{came.get('conflicts', 0):>8} of their attributes are known otherwise")
        if not pull.only:
            output.line(f"Next: rapport ats backfill {pull.connection}")
        return
    output.line(f"{came.get('news', 0):>8} events are new")
    output.line(f"{came.get('repeated', 0):>8} were told before")
    for kind, count in sorted(_drift(pull).items()):
        output.line(f"{count:>8} {kind}: no webhook had told it")


def _drift(pull: Pull) -> Counter[str]:
    return Counter(
        {
            name.removeprefix(_DRIFT): count
            for name, count in pull.came.items()
            if name.startswith(_DRIFT)
        }
    )


def show_drift(desk: Desk, connection: Connection) -> None:
    """The last runs, what the webhooks had missed, what waits."""
    name = connection.name
    pull, dry = desk.pulls.get(name), desk.pulls.get(name, DRY_RUN)
    if pull is None:
        read = f"`rapport ats backfill {name}` reads it" if connection.can_be_asked else "no API"
        output.line(f"{name} was never read: {read}.")
    else:
        _show_run(pull, name, desk)
    if dry is not None:
        state = "to its end" if dry.finished_at else f"as far as {dry.kind}, page {dry.page + 1}"
        output.line(f"dry run    {output.clock(dry.started_at)}, {state}")
    waiting, dead = desk.waiting()
    output.line(f"waits      {waiting} pieces of work of all connections")
    if dead:
        output.line(
            f"given up   {dead} pieces of work: the dead-letter queue of `sync` has them; its log"
            " says why. Redrive them when that is mended.",
            "yellow",
        )
    kept = Counter(each.reason for each in desk.kept(name))
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(kept.items()))
    output.line(f"kept       {told or 'no body that nobody could read'}")
    if kept:
        output.line(f"           `rapport ats replay {name}` lists them", "yellow")


def _show_run(pull: Pull, name: str, desk: Desk) -> None:
    what = "everything" if pull.full else f"what changed since {output.clock(pull.since)}"
    state = "to its end" if pull.finished_at else f"under way: {_where(pull)}"
    output.line(f"last run   {output.clock(pull.started_at)}, {what}, {state}", "bold")
    seen = ", ".join(f"{count} {kind}" for kind, count in pull.seen.items())
    output.line(f"read       {seen or 'nothing'}; {pull.came.get('news', 0)} events were new")
    missed = ", ".join(f"{count} {kind}" for kind, count in sorted(_drift(pull).items()))
    output.line(f"missed     {missed or 'nothing'} by the webhooks")
    output.line(f"watermark  {output.clock(pull.watermark)}; whole {output.clock(pull.whole_at)}")
    if name not in desk.pulls.connections():
        output.line(f"           the clock does not read it: rapport ats backfill {name}", "yellow")
    elif pull.tries:
        output.line(f"           no answer {pull.tries} times: rapport ats test {name}", "yellow")
    elif clock.now() - pull.progressed_at >= timedelta(days=1):
        output.line(f"           nothing for a day: rapport ats test {name}", "yellow")
