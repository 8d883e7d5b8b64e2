"""`Sync` on the account's own stores, as the settings name them."""

from collections.abc import Callable
from datetime import datetime

from functions.sync.flow import Sync
from functions.sync.pulls import Puller
from rapport.adapters.ats.apis import pages_for
from rapport.adapters.ats.connections import SecretConnections
from rapport.adapters.dynamo.ats_runs import DynamoPulls
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.adapters.http import Http
from rapport.adapters.refetches import SqsRefetches, SqsWork
from rapport.adapters.rosters import S3Rosters
from rapport.ats import Connection, Intake, Pages
from rapport.settings import SyncSettings


def composed(settings: SyncSettings, *, now: Callable[[], datetime]) -> Sync:
    """Everything that a message may need; clients are made when they are first asked."""
    vault = DynamoVault(settings.vault_table)
    work = SqsWork(settings.sync_queue_url)
    http = Http()
    known: dict[str, tuple[Connection, Pages | None]] = {}

    def pages(connection: Connection) -> Pages | None:
        # The same object as long as its secret is the same, so that a token serves several calls.
        if known.get(connection.name, (None, None))[0] != connection:
            known[connection.name] = (connection, pages_for(connection, http=http, now=now))
        return known[connection.name][1]

    puller = Puller(
        pulls=DynamoPulls(settings.book_table),
        rosters=S3Rosters(settings.drop_bucket, vault),
        intake=_intake(settings, vault, now),
        refetches=SqsRefetches(work, now=now),
        work=work,
        now=now,
    )
    return Sync(
        connections=SecretConnections(settings.secrets_prefix, now=now),
        pages_for=pages,
        puller=puller,
    )


def _intake(settings: SyncSettings, vault: DynamoVault, now: Callable[[], datetime]) -> Intake:
    from rapport.intake import AtsIntake

    return AtsIntake(settings, vault, now)
