"""The tables of a deployment, opened by the person at the keyboard.

On a laptop every client is pointed at the local AWS and the credentials of that person are put
aside, so that nothing here can reach a real account by mistake. A process opens one deployment.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from cli.config import Config
from rapport.domain.address import SendRecord
from rapport.domain.event import LogKey, from_millis
from rapport.domain.identifiers import Ref
from rapport.domain.names import DECISION
from rapport.domain.profile import Profile, from_json
from rapport.domain.resolve import Alike
from rapport.domain.rules import Rules
from rapport.outcomes import Fates, Funnel, Links
from rapport.ports import SealedEvent
from rapport.viewing import stores as viewing


class Fared(Fates, Funnel, Links, Protocol):
    """How mails fared."""


@dataclass(frozen=True, kw_only=True)
class Stores(viewing.Stores):
    """What the commands read. `finder` knows the rows that no key leads to.

    `rules` are the live ones of who is one person, `alike` whether two names can be one person's.
    """

    rules: Callable[[], Rules]
    alike: Alike
    fates: "Fared"
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

    def places(self) -> list[Ref]:
        """Every partition of the log, in order."""
        from rapport.adapters.dynamo.models import EventRow, store_errors

        with store_errors():
            rows = EventRow.scan(attributes_to_get=["pk", "sk", "k"])
            return sorted({Ref(row.pk) for row in rows})

    def sealed(self, event_type: str) -> Iterator[SealedEvent]:
        """The rows of all stored events of a type, in no order; `Log.open` opens them."""
        from base64 import b64encode

        from rapport.adapters.dynamo.models import EventRow, store_errors

        with store_errors():
            for row in EventRow.scan(EventRow.type == event_type):
                image = {
                    name: {"B": b64encode(value["B"]).decode()} if "B" in value else value
                    for name, value in row.serialize().items()
                }
                yield SealedEvent(
                    key=LogKey(row.pk, row.sk),
                    sequence="",
                    received_at=from_millis(int(row.received_at)),
                    row=image,
                )

    def sends(self) -> Iterator[SendRecord]:
        """All mails that were ever claimed, in no order."""
        from rapport.adapters.dynamo.book_rows import read_send
        from rapport.adapters.dynamo.models import SendRow, store_errors

        with store_errors():
            for row in SendRow.scan():
                yield read_send(row)

    def profiles(self) -> Iterator[Profile]:
        """All stored profiles, those of browsers among them, as far as their first row tells."""
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
    from rapport.adapters.dynamo.ats_rows import DynamoAtsRows
    from rapport.adapters.dynamo.book import DynamoBook
    from rapport.adapters.dynamo.clusters import DynamoClusters
    from rapport.adapters.dynamo.fates import DynamoFates
    from rapport.adapters.dynamo.log import DynamoLog
    from rapport.adapters.dynamo.occasions import DynamoOccasions
    from rapport.adapters.dynamo.people import DynamoPeople
    from rapport.adapters.dynamo.runs import DynamoRuns
    from rapport.adapters.dynamo.suggestions import DynamoSuggestions
    from rapport.adapters.dynamo.tasks import DynamoTasks
    from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
    from rapport.adapters.dynamo.wishes import DynamoPreferences
    from rapport.extraction import owner_of
    from rapport.identity_rules import LiveRules
    from rapport.likeness import alike

    vault = DynamoVault(config.tables["vault"])
    pseudonyms = Pseudonymiser(vault)
    log = DynamoLog(config.tables["log"], vault, owner_of=owner_of(pseudonyms))
    book = DynamoBook(config.tables["book"], log=log)
    return Stores(
        log=log,
        people=DynamoPeople(config.tables["people"]),
        clusters=DynamoClusters(config.tables["people"]),
        suggestions=DynamoSuggestions(config.tables["people"]),
        rules=LiveRules(book, pseudonyms),
        alike=alike,
        book=book,
        preferences=DynamoPreferences(book, log),
        runs=DynamoRuns(config.tables["book"]),
        fates=DynamoFates(config.tables["book"]),
        tasks=DynamoTasks(config.tables["book"]),
        ats_rows=DynamoAtsRows(config.tables["book"], log=log),
        pseudonyms=pseudonyms,
        occasions=DynamoOccasions(config.tables["book"], log),
        finder=Finder(),
    )
