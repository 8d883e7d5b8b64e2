"""What the commands about applicant tracking systems work on, opened by who is at the keyboard."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cli import clock
from cli.config import Config
from cli.errors import CommandError
from cli.store import use
from rapport.adapters import aws
from rapport.adapters.ats import VENDORS, adapter_for
from rapport.adapters.ats.connections import SecretConnections
from rapport.adapters.ats.intake import composed as intake_on
from rapport.adapters.ats.kept import KeptInQuarantine
from rapport.adapters.dynamo.ats_runs import DynamoPulls
from rapport.adapters.dynamo.once import DynamoOnce
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.adapters.http import Http
from rapport.adapters.quarantine import Kept, S3Quarantine
from rapport.adapters.refetches import SqsRefetches, SqsWork
from rapport.ats import Connection
from rapport.routes import ROUTES
from rapport.settings import DROP_PREFIX, SyncSettings, secrets_prefix

if TYPE_CHECKING:
    from functions.ats.flow import Door
    from functions.sync.flow import Sync

_OLD = "The stack is of before the sync with applicant tracking systems; deploy it again."
[_DOOR] = [route.path for route in ROUTES if route.function == "ats"]


@dataclass(frozen=True)
class Desk:
    """The connections of a deployment, and what is known of each."""

    config: Config

    def __post_init__(self) -> None:
        use(self.config)

    @cached_property
    def connections(self) -> SecretConnections:
        """The secrets."""
        return SecretConnections(
            secrets_prefix(self.config.stage),
            lambda: aws.client("secretsmanager"),
            now=clock.now,
        )

    def connection(self, name: str) -> Connection:
        """The connection of that name as it is now; CommandError when there is none."""
        found = self.connections.get(name, fresh=True)
        if found is None:
            known = ", ".join(self.connections.names()) or "none yet"
            msg = f"There is no connection {name}; known: {known}. `rapport ats connect` makes one."
            raise CommandError(msg)
        return found

    def address(self, name: str) -> str:
        """Where the vendor delivers to."""
        return self.config.api_url.rstrip("/") + _DOOR.format(connection=name)

    def drop(self, name: str) -> str:
        """Where files are dropped."""
        return f"s3://{self._of(self.config.buckets, 'drop')}/{DROP_PREFIX}{name}/"

    @cached_property
    def pulls(self) -> DynamoPulls:
        """How far the reading has come."""
        return DynamoPulls(self.config.tables["book"])

    @cached_property
    def work(self) -> SqsWork:
        """The queue of what `sync` has to do."""
        return SqsWork(self.queue)

    @property
    def queue(self) -> str:
        """The URL of that queue."""
        return self._of(self.config.queues, "sync")

    @cached_property
    def http(self) -> Http:
        """Calls of others."""
        return Http()

    @cached_property
    def shelf(self) -> S3Quarantine:
        """What nobody could read."""
        return S3Quarantine(self.config.buckets["failed"], self._vault)

    def kept(self, name: str) -> list[Kept]:
        """What of a connection is kept, the oldest first."""
        return [each for each in self.shelf.names() if each.source == f"ats-{name}"]

    def waiting(self) -> tuple[int, int]:
        """How many messages wait for `sync`, and how many it gave up; of all connections."""
        sqs = aws.client("sqs")
        here = _attributes(sqs, self.queue)
        names = ("", "NotVisible", "Delayed")
        waiting = sum(int(here.get(f"ApproximateNumberOfMessages{name}", 0)) for name in names)
        dead = here.get("RedrivePolicy", "").partition("deadLetterTargetArn")[2]
        place = dead.lstrip('": ').partition('"')[0].rpartition(":")[2]
        if not place:
            return waiting, 0
        there = _attributes(sqs, sqs.get_queue_url(QueueName=place)["QueueUrl"])
        return waiting, int(there.get("ApproximateNumberOfMessages", 0))

    @cached_property
    def sync(self) -> "Sync":
        """The flow of `functions/sync`, in this process."""
        from functions.sync.composing import composed

        tables, buckets = self.config.tables, self.config.buckets
        settings = SyncSettings(
            log_table=tables["log"],
            people_table=tables["people"],
            book_table=tables["book"],
            vault_table=tables["vault"],
            secrets_prefix=secrets_prefix(self.config.stage),
            sync_queue_url=self.queue,
            bus_name=self.config.bus,
            bundle_bucket=buckets["bundle"],
            drop_bucket=self._of(buckets, "drop"),
            quarantine_bucket=buckets["failed"],
            privacy_queue_url=self.config.queues.get("privacy", ""),
        )
        return composed(settings, now=clock.now)

    @cached_property
    def door(self) -> "Door":
        """The flow of `functions/ats`, in this process."""
        from functions.ats.flow import Door

        return Door(
            connections=self.connections,
            adapters=lambda vendor: adapter_for(vendor) if vendor in VENDORS else None,
            intake=intake_on(_Tables(self.config), self._vault, now=clock.now),
            refetches=SqsRefetches(self.work, now=clock.now),
            once=DynamoOnce(self.config.tables["book"]),
            kept=KeptInQuarantine(self.shelf),
            now=clock.now,
        )

    @cached_property
    def _vault(self) -> DynamoVault:
        return DynamoVault(self.config.tables["vault"])

    @staticmethod
    def _of(places: Any, name: str) -> str:
        found = str(places.get(name, ""))
        if not found:
            raise CommandError(_OLD)
        return found


class _Tables:
    """The names of tables, as the intake asks for them."""

    def __init__(self, config: Config) -> None:
        self.log_table = config.tables["log"]
        self.people_table = config.tables["people"]
        self.book_table = config.tables["book"]


def _attributes(sqs: Any, url: str) -> dict[str, str]:
    found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
        "Attributes"
    ]
    return found
