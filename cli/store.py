"""The tables of a deployment, opened for reading by the person at the keyboard.

On a laptop every client is pointed at the local AWS and the credentials of that person are put
aside, so that nothing here can reach a real account by mistake. A process opens one deployment.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from cli.config import Config
from rapport.domain.event import LogKey
from rapport.domain.names import DECISION
from rapport.domain.profile import Profile, from_json
from rapport.ports import Book, Log, People, Pseudonyms
from rapport.waiting import Runs


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What the commands read. `finder` knows the rows that no key leads to."""

    log: Log
    people: People
    book: Book
    runs: Runs
    pseudonyms: Pseudonyms
    finder: "Finder"


class Finder:
    """Answers that need a scan of a whole table: for operators, never for a function.

    A scan reads every row once: half a read unit per 4 KB, about 1 cent per million events.
    """

    def decision(self, asked: str) -> LogKey | None:
        """Where the decision of that id stands in the log."""
        if not asked.startswith("d_"):
            return None
        return next((key for key in self.decisions() if key.sk.endswith(f"#{asked}")), None)

    def decisions(self) -> Iterator[LogKey]:
        """The keys of all stored decisions."""
        from rapport.adapters.dynamo.models import EventRow, store_errors

        with store_errors():
            for row in EventRow.scan(
                EventRow.type == DECISION, attributes_to_get=["pk", "sk", "k"]
            ):
                yield LogKey(row.pk, row.sk)

    def profiles(self) -> Iterator[Profile]:
        """All stored profiles, those of browsers among them."""
        from rapport.adapters.dynamo.models import ViewRow, store_errors

        with store_errors():
            for row in ViewRow.scan():
                yield from_json(row.profile)


def use(config: Config) -> None:
    """Point every AWS client of this process at the deployment."""
    if config.is_local:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(
            AWS_ENDPOINT_URL=config.emulator_url,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",  # noqa: S106  (the local AWS takes any)
            AWS_EC2_METADATA_DISABLED="true",
        )
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = config.region


def open_stores(config: Config) -> Stores:
    """The tables of the deployment."""
    use(config)
    from rapport.adapters.dynamo.book import DynamoBook
    from rapport.adapters.dynamo.log import DynamoLog
    from rapport.adapters.dynamo.people import DynamoPeople
    from rapport.adapters.dynamo.runs import DynamoRuns
    from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser

    vault = DynamoVault(config.tables["vault"])
    log = DynamoLog(config.tables["log"], vault)
    return Stores(
        log=log,
        people=DynamoPeople(config.tables["people"]),
        book=DynamoBook(config.tables["book"], log=log),
        runs=DynamoRuns(config.tables["book"]),
        pseudonyms=Pseudonymiser(vault),
        finder=Finder(),
    )
