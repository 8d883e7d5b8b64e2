"""The intake on the stores of the account."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from rapport.adapters.dynamo.ats_rows import DynamoAtsRows
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.job_tellings import DynamoJobTellings
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.pushes import DynamoPushes
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.ats_jobs import JobIntake
from rapport.intake import AtsIntake
from rapport.pushes import Echoes


class Stores(Protocol):
    """Names of tables, as the settings of a function tell them."""

    @property
    def log_table(self) -> str:
        """What happened."""
        ...

    @property
    def people_table(self) -> str:
        """Who is whom."""
        ...

    @property
    def book_table(self) -> str:
        """What is known of an ATS's entities; suppressions; tasks."""
        ...


def composed(stores: Stores, vault: DynamoVault, *, now: Callable[[], datetime]) -> AtsIntake:
    """The intake that works on those tables."""
    log = DynamoLog(stores.log_table, vault)
    refs = Pseudonymiser(vault)
    return AtsIntake(
        rows=DynamoAtsRows(stores.book_table, log=log),
        log=log,
        book=DynamoBook(stores.book_table, log=log),
        clusters=DynamoClusters(stores.people_table),
        tasks=DynamoTasks(stores.book_table),
        refs=refs,
        now=now,
        jobs=JobIntake(store=DynamoJobTellings(stores.book_table), now=now),
        echo=Echoes(DynamoPushes(stores.book_table, log), refs, now=now),
    )
