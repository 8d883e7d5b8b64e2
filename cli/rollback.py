"""Making an earlier bundle the live one again.

The consent statements of today stay: people agreed to them, and their words are shown to whoever
asks. So the bundle that comes back is the earlier one with those that were added since; where none
were it is the very same, by the same hash.
"""

import getpass
from collections.abc import Iterator
from datetime import datetime

import msgspec

from cli import clock
from cli.changes import changes
from cli.config import Config
from cli.errors import CommandError
from cli.store import use
from rapport.brake import live_by_a_file
from rapport.bundle import Bundle
from rapport.launching import mark_changed
from rapport.occasions import tell_moved

SHORT = 12
_MIN_CHARS = 6


def published(config: Config) -> list[tuple[str, datetime]]:
    """Every published bundle's hash, and when it was stored, the newest first."""
    use(config)
    from rapport.adapters.bundles import S3Bundles

    return S3Bundles(config.buckets["bundle"]).published()


def live(config: Config) -> str:
    """The hash of the live bundle; an empty string while there is none."""
    use(config)
    from rapport.adapters.dynamo.config import DynamoConfig

    return DynamoConfig(config.tables["book"]).live_bundle() or ""


def rollback(config: Config, asked: str) -> Iterator[str]:
    """Go back to the bundle whose hash begins so; yields what changes, then what is live.

    CommandError when no bundle, or more than one, begins so, and for one that would let mail reach
    everybody while its brand never went live.
    """
    wanted = _named(config, asked)
    from rapport.adapters.bundles import S3Bundles
    from rapport.adapters.dynamo.brake import DynamoSendings
    from rapport.adapters.dynamo.campaigns import DynamoLaunches
    from rapport.adapters.dynamo.config import DynamoConfig
    from rapport.adapters.schedule import SqsWakes

    bundles, book = S3Bundles(config.buckets["bundle"]), DynamoConfig(config.tables["book"])
    now_live = live(config)
    if wanted == now_live:
        yield f"Bundle {wanted[:SHORT]} is live already."
        return
    before = bundles.get(now_live) if now_live else None
    after = _with_statements(bundles.get(wanted), before)
    if live_by_a_file(after, DynamoSendings(config.tables["book"]).sending()):
        msg = (
            f"Bundle {wanted[:SHORT]} says send_mode: live, and its brand never went live. Go back"
            " to another one; `rapport golive` checks what is in the way of live."
        )
        raise CommandError(msg)
    yield from changes(before, after)
    back = bundles.put(after)
    mark_changed(DynamoLaunches(config.tables["book"]), before, after, by=getpass.getuser())
    tell_moved(SqsWakes(config.queues.get("wake", "")), before, after)
    book.set_live_bundle(back, now=clock.now())
    yield f"Bundle {back[:SHORT]} is live; `rapport publish` brings the files of this disk back."


def _named(config: Config, asked: str) -> str:
    found = [bundle_hash for bundle_hash, _ in published(config) if bundle_hash.startswith(asked)]
    if len(asked) < _MIN_CHARS or len(found) != 1:
        msg = (
            f"{len(found)} bundles begin with {asked!r}; `rapport content list` tells them:"
            f" give {_MIN_CHARS} characters or more."
        )
        raise CommandError(msg)
    return found[0]


def _with_statements(earlier: Bundle, today: Bundle | None) -> Bundle:
    if today is None:
        return earlier
    now = {statement.id: statement for statement in today.statements}
    # A statement may have learned a language since, and people agreed in it.
    kept = [
        msgspec.structs.replace(s, others=now[s.id].others) if s.id in now else s
        for s in earlier.statements
    ]
    known = {statement.id for statement in kept}
    added = [s for s in today.statements if s.id not in known]
    return msgspec.structs.replace(earlier, statements=(*kept, *added))
