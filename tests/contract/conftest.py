"""Two stores for every test: the in-memory twins, and DynamoDB on the emulator."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from local import emulator
from local.layout import Place, Ports
from local.tables import create
from rapport.adapters.dynamo import models
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.fates import DynamoFates
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.identity import Clusters
from rapport.ports import Book, Log, People, Pseudonyms
from tests.support.clusters import FakeClusters
from tests.support.fakes import FakeBook, FakeLog, FakePeople, FakePseudonyms
from tests.support.fates import FakeFates

TABLES = ("log", "people", "book", "vault")


@dataclass(frozen=True, kw_only=True)
class Stores:
    """One of each port that holds data."""

    name: str
    log: Log
    people: People
    clusters: Clusters
    book: Book
    pseudonyms: Pseudonyms
    fates: DynamoFates | FakeFates
    vault: DynamoVault | None = None


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running emulator's URL; it is stopped by pid."""
    state: Path = tmp_path_factory.mktemp("contract")
    place = Place(ports=Ports.ephemeral(), state=state)
    process = emulator.start(place)
    before = {n: os.environ.get(n) for n in ("AWS_ENDPOINT_URL",)}
    os.environ["AWS_ENDPOINT_URL"] = place.emulator_url
    models.disconnect()
    yield place.emulator_url
    models.disconnect()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    os.kill(process.pid, signal.SIGTERM)
    process.wait(timeout=20)


def create_tables(url: str, suffix: str) -> dict[str, str]:
    """Four fresh tables; logical name → table name."""
    client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=url)
    names = {table: f"{table}-{suffix}" for table in TABLES}
    create(client, names)
    client.close()
    return names


@pytest.fixture
def dynamo(engine: str) -> Stores:
    """Rapport's adapters on fresh tables of the emulator."""
    names = create_tables(engine, uuid4().hex[:8])
    vault = DynamoVault(names["vault"])
    log = DynamoLog(names["log"], vault)
    return Stores(
        name="dynamo",
        log=log,
        people=DynamoPeople(names["people"]),
        clusters=DynamoClusters(names["people"]),
        book=DynamoBook(names["book"], log=log, people_table=names["people"]),
        pseudonyms=Pseudonymiser(vault),
        fates=DynamoFates(names["book"]),
        vault=vault,
    )


@pytest.fixture(params=["fake", "dynamo"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """Both stores, one after the other."""
    if request.param == "dynamo":
        found: Stores = request.getfixturevalue("dynamo")
        return found
    log = FakeLog()
    people, clusters = FakePeople(), FakeClusters()
    book = FakeBook(log, clusters)
    return Stores(
        name="fake",
        log=log,
        people=people,
        clusters=clusters,
        book=book,
        pseudonyms=FakePseudonyms(),
        fates=FakeFates(book),
    )
