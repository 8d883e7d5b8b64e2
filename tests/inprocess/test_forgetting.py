"""An erasure by the deployed wiring: nothing is left, and who may not be erased is told."""

import json

import boto3

from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.certificates import is_clean, is_genuine
from rapport.tasks import ERASURE, HELD
from tests.inprocess.forgetting import GRO, HULDA, WORDS, erasures, ref
from tests.inprocess.stores import BUCKETS, REGION, TABLES
from tests.inprocess.story import Story
from tests.support.remains import contents, left_of


def lines(story: Story) -> list[tuple[str, bytes]]:
    told = story.engine.recorder.lines.items()
    return [("log lines", json.dumps(line).encode()) for _, all_ in told for line in all_]


def test_nothing_is_left_in_any_store_nor_in_what_the_functions_logged(story: Story) -> None:
    dynamo, s3 = boto3.client("dynamodb", REGION), boto3.client("s3", REGION)
    held = [*contents(dynamo, TABLES, s3, BUCKETS), *lines(story)]
    found, stores, items = left_of(WORDS, held)
    print(f"residual strings {len(found)} over {stores} stores, {items} items")
    assert found == []
    assert ("log lines", b"x") not in held
    # So it would look if a function had logged who it was.
    canary = ("log lines", json.dumps({"to": GRO.upper()}).encode())
    assert left_of(WORDS, [*held, canary])[0] == ["log lines"]


def test_the_certificate_is_signed_and_tells_how_much_was_looked_at(story: Story) -> None:
    [stone] = erasures().tombstones([ref(GRO)]).values()
    erasure = erasures().get(stone.erasure)
    assert erasure is not None
    assert erasure.certificate is not None
    assert is_genuine(erasure.certificate, DynamoVault(TABLES["vault"]))
    assert is_clean(erasure.certificate)
    assert erasure.certificate["names_looked_for"] == 1
    looked = {store: gone.items for store, gone in erasure.done.items()}
    assert looked["log lines"] > len(looked)
    files = {store: erasure.total[store] for store in ("inbox", "failed batches", "exports")}
    assert files == {"inbox": 1, "failed batches": 1, "exports": 2}
    dropped = boto3.client("s3", REGION).get_object(Bucket=BUCKETS["drop"], Key="drop/gh/two.csv")
    assert dropped["Body"].read().decode() == f"id,email\n2,{HULDA}\n"


def test_they_were_told_all_that_was_held_as_data_and_as_a_page(story: Story) -> None:
    told = story.answers["exported"]
    assert {each["value"] for each in json.loads(told["json"])["identifiers"]} >= {GRO}
    assert GRO in told["html"]


def test_whoever_is_held_stays_and_somebody_is_asked_to_tell_them(story: Story) -> None:
    kinds = {t.kind: t for t in DynamoTasks(TABLES["book"]).all() if t.opened.pk == ref(HULDA)}
    assert ERASURE in kinds
    tasks = [task for task in DynamoTasks(TABLES["book"]).all() if task.kind == HELD]
    assert len(tasks) == 1
    figures = [line for line in story.engine.recorder.lines["privacy"] if "_aws" in line]
    assert sum(line["PeopleHeld"][0] for line in figures) == 1
    assert sum(line["PeopleErased"][0] for line in figures) == 1
    assert erasures().tombstones([ref(HULDA)]) == {}
