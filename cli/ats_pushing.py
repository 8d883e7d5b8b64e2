"""`rapport ats push|settle WHO --to NAME`: a candidate put into an ATS, at most once."""

from cli import clock, output
from cli.ats_store import Desk
from cli.errors import CommandError
from cli.store import Stores
from rapport.adapters.ats.push import gateway_of
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.pushes import DynamoPushes
from rapport.ats import Connection
from rapport.domain.profile import Profile
from rapport.pushes import PushState
from rapport.pushing import Pushed, Pusher
from rapport.viewing.finding import Found

# Why somebody is not pushed → what to do about it.
MENDS = {
    "policy": "`rapport ats connect NAME --api push=prospects` turns pushing on",
    "no_access": "the connection has no key or address for it: docs/ats-push.md names them",
    "halted": "a system of yours says never to contact them: `rapport who` tells which",
    "suppressed": "their address is closed: `rapport consent` tells why",
    "consent": "they did not agree to it: `rapport consent` shows to what they did",
    "unconfirmed": "nobody confirmed their address yet",
    "no_address": "no e-mail address of theirs is known",
    "no_name": "their first or last name is not known",
}
_DEFAULT = "look into the log of the ATS"


def push(
    stores: Stores,
    desk: Desk,
    found: Found,
    connection: Connection,
    *,
    job: str,
    note: str,
    source: str,
    dry: bool,
) -> Pushed:
    """Put them there, or show the requests that would do it."""
    return _pusher(stores, desk).push_prospect(
        connection, _profile(stores, found), job, source=source, note=note, dry_run=dry
    )


def settle(
    stores: Stores, desk: Desk, found: Found, connection: Connection, *, job: str, made: bool
) -> Pushed:
    """Somebody looked into the ATS, for a push of which nobody can tell what came of it."""
    pusher = _pusher(stores, desk)
    known = pusher.pushes.of(connection.name, job, found.members)
    if known is None:
        msg = f"Nobody put them into {connection.name} for that job; --job is the one of the push."
        raise CommandError(msg)
    return pusher.settle(connection, known, made=made)


def _profile(stores: Stores, found: Found) -> Profile:
    view = stores.people.view(found.person)
    if view is None:
        msg = f"{found.asked} has no profile yet; try again in a minute."
        raise CommandError(msg)
    return view.profile


def _pusher(stores: Stores, desk: Desk) -> Pusher:
    if not isinstance(stores.log, DynamoLog):
        msg = "Prospects are pushed from a deployment's own tables."
        raise CommandError(msg)
    return Pusher(
        pushes=DynamoPushes(desk.config.tables["book"], stores.log),
        book=stores.book,
        pseudonyms=stores.pseudonyms,
        gateway=lambda connection: gateway_of(connection, http=desk.http, now=clock.now),
        now=clock.now,
    )


def show(done: Pushed, connection: Connection) -> bool:
    """What came of it; whether it is as it was wanted."""
    named = ", ".join(f"{what} {ident}" for what, ident in sorted(done.ids.items()))
    where = f"{connection.name}{f': {named}' if named else ''}"
    match done.state:
        case PushState.SHOWN:
            output.line("A dry run: these requests would be made, and nothing was.", "bold")
            for shown in done.shown:
                output.line(f"POST {shown.url}")
                for name, value in sorted(shown.headers.items()):
                    output.line(f"  {name}: {value}")
                output.line(f"  {shown.body.decode()}")
        case PushState.DONE:
            output.line(f"They are in {where}.")
        case PushState.STEPPED:
            output.line(f"They are in {where}; the rest was refused ({done.code}). Ask again.")
        case PushState.WITHHELD:
            mend = MENDS.get(done.code, _DEFAULT).replace("NAME", connection.name)
            output.line(f"Not pushed ({done.code}): {mend}.")
        case PushState.UNDER_WAY:
            output.line("Somebody else is pushing them at this moment; look again in a minute.")
        case PushState.REFUSED:
            output.line(f"{connection.name} did nothing ({done.code}); it may be asked again.")
        case PushState.UNKNOWN | PushState.CALLING:
            output.line(
                f"Nobody can tell whether they are in {where} ({done.code}). Look there, then"
                " `rapport ats settle` with --made or --not-made."
            )
    return done.state in {PushState.SHOWN, PushState.DONE}
