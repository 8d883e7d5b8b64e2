"""What the door refused, at a terminal: the real handler refuses, the commands find and mend."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from functions.track import handler
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.models import EventRow
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.adapters.quarantine import (
    BYTES_A_MINUTE,
    OBJECTS_A_MINUTE,
    PAUSE,
    PREFIX,
    S3Quarantine,
    parsed,
)
from rapport.domain.event import Trust
from rapport.door import Refused, WriteKey
from rapport.errors import PoisonError, RetryableError
from tests.support import on_moto
from tests.support.fakes import Clock
from tests.support.gateway import posted
from tests.unit.cli.conftest import Desk

KEY = WriteKey(key="wk_old_site", source="career-site", brand="halden", trust=Trust.ASSERTED)
BUCKET = on_moto.CONFIG.buckets["failed"]
WORD = "a word that only the sender knows"


def page(message_id: str, **fields: Any) -> dict[str, Any]:
    return {"type": "page", "messageId": message_id, "anonymousId": "a-1", **fields}


@pytest.fixture
def door(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoConfig]:
    """The door of that deployment; what it knows of keys."""
    for name in ("log", "book", "vault"):
        monkeypatch.setenv(f"RAPPORT_{name.upper()}_TABLE", on_moto.TABLES[name])
    monkeypatch.setenv("RAPPORT_QUARANTINE_BUCKET", BUCKET)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "track")
    boto3.client("s3", "us-east-1").create_bucket(Bucket=BUCKET)
    handler._track.cache_clear()
    book = DynamoConfig(on_moto.TABLES["book"])
    book.put_write_key(KEY)
    yield book
    handler._track.cache_clear()


def knock(*messages: Any, key: str = KEY.key, **headers: str) -> int:
    event = posted("/v1/batch", {"batch": [*messages]}, key=key, headers=headers)
    return int(handler.lambda_handler(event, None)["statusCode"])


def objects() -> list[str]:
    listed = boto3.client("s3", "us-east-1").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [each["Key"] for each in listed]


def stored() -> list[tuple[str, str]]:
    return sorted((row.sk.rpartition("#")[2], row.origin) for row in EventRow.scan())


def the_id(desk: Desk, *args: str) -> str:
    told = desk.run("quarantine", "list", *args)
    assert told.code == 0, told.err
    found = re.findall(r"\b[0-9a-f]{12}$", told.out, re.MULTILINE)
    assert len(found) == 1, told.out
    return str(found[0])


@pytest.mark.usefixtures("door")
def test_what_was_refused_is_listed_and_shown_and_stands_nowhere_in_clear(desk: Desk) -> None:
    assert knock(page("m-1"), page("m-2", timestamp="soon", name=WORD)) == 200
    [name] = objects()
    assert re.fullmatch(
        r"quarantine/\d{4}-\d\d-\d\d/\d{9}-career-site-bad_timestamp-1-[0-9a-f]{12}", name
    )
    body = boto3.client("s3", "us-east-1").get_object(Bucket=BUCKET, Key=name)["Body"].read()
    assert WORD.encode() not in body
    shown = json.loads(desk.run("quarantine", "show", the_id(desk)).out)
    assert shown["messages"] == {"bad_timestamp": [page("m-2", timestamp="soon", name=WORD)]}
    assert KEY.key not in json.dumps(shown), "a key may be a secret one"
    assert "Nothing is in" in desk.run("quarantine", "list", "--source", "server").out
    assert "Nothing is in" in desk.run("quarantine", "list", "--reason", "fault").out
    assert "Nothing is in" in desk.run("quarantine", "list", "--day", "2019-01-01").out
    assert the_id(desk, "--source", "career-site", "--reason", "bad_timestamp")


def test_a_replay_stores_what_can_be_taken_now_and_starts_nothing(
    desk: Desk, door: DynamoConfig
) -> None:
    door.put_write_key(replace(KEY, origins=("https://careers.halden.example",)))
    assert knock(page("m-1"), page("m-2"), origin="https://new.halden.example") == 403
    asked = the_id(desk)
    again = desk.run("quarantine", "replay", asked)
    assert "0 stored" in again.out
    assert "2 refused again: origin_not_allowed." in again.out
    assert stored() == []
    door.put_write_key(replace(KEY, origins=("https://new.halden.example",)))
    told = desk.run("quarantine", "replay", asked)
    assert "2 stored, 0 were stored already." in told.out
    assert stored() == [("m-1", "backfill"), ("m-2", "backfill")]
    assert "0 stored, 2 were stored already." in desk.run("quarantine", "replay", asked).out
    assert f"drop {asked}" in told.out
    assert desk.run("quarantine", "drop", asked).code == 0
    assert objects() == []


def test_a_replay_may_be_live(desk: Desk, door: DynamoConfig) -> None:
    door.put_write_key(replace(KEY, enabled=False))
    assert knock(page("m-1")) == 401
    door.put_write_key(KEY)
    assert "1 stored" in desk.run("quarantine", "replay", the_id(desk), "--live").out
    assert stored() == [("m-1", "live")]


def test_what_came_with_a_revoked_key_is_delivered_with_the_sources_key_of_now(
    desk: Desk, door: DynamoConfig
) -> None:
    secret = replace(KEY, key="sk_new_site", trust=Trust.VERIFIED)
    for key in (replace(KEY, enabled=False), secret, replace(KEY, key="wk_other", source="other")):
        door.put_write_key(key)
    assert knock(page("m-1")) == 401
    asked = the_id(desk)
    told = desk.run("quarantine", "replay", asked).out
    assert "1 refused again: unknown_write_key." in told, "no key is worth more than it was"
    door.put_write_key(replace(KEY, key="wk_new_site"))
    assert "1 stored" in desk.run("quarantine", "replay", asked).out
    [row] = list(EventRow.scan())
    assert row.trust == "a"


@pytest.mark.usefixtures("door")
def test_what_can_never_be_taken_is_told_so(desk: Desk) -> None:
    assert knock(page("m-1", a=["x" * 8_000] * 5)) == 200
    asked = the_id(desk)
    told = desk.run("quarantine", "replay", asked)
    assert (told.code, stored()) == (1, [])
    assert "too large or no JSON" in told.err
    assert "bytes" in desk.run("quarantine", "show", asked).out


@pytest.mark.usefixtures("door")
def test_an_id_that_is_not_there_is_told(desk: Desk) -> None:
    for verb in ("show", "replay", "drop"):
        told = desk.run("quarantine", verb, "abc")
        assert (told.code, "the id abc" in told.err) == (1, True)


def refused(clock: Clock, content: Any = None) -> Refused:
    return Refused(
        at=clock(), source="site", reason="mixed", count=3, content=content or {"call": "batch"}
    )


@pytest.mark.usefixtures("door")
def test_without_the_key_of_its_day_nothing_opens() -> None:
    clock = Clock()
    shelf = S3Quarantine(BUCKET, DynamoVault(on_moto.TABLES["vault"]), now=clock)
    assert shelf.keep(refused(clock))
    [kept] = list(shelf.names())
    assert (kept.source, kept.reason, kept.count, kept.at) == ("site", "mixed", 3, clock())
    assert shelf.read(kept) == {"call": "batch"}
    s3 = boto3.client("s3", "us-east-1")
    body = s3.get_object(Bucket=BUCKET, Key=kept.name)["Body"].read()
    moved = replace(kept, name=kept.name.replace("-mixed-", "-fault-"))
    s3.put_object(Bucket=BUCKET, Key=moved.name, Body=body)
    with pytest.raises(PoisonError):
        shelf.read(moved)
    vault = boto3.client("dynamodb", "us-east-1")
    day = f"{clock():%Y-%m-%d}"
    place = {"pk": {"S": "R#quarantine"}, "sk": {"S": day}}
    vault.delete_item(TableName=on_moto.TABLES["vault"], Key=place)
    with pytest.raises(PoisonError, match="was destroyed"):
        shelf.read(kept)


@pytest.mark.usefixtures("door")
def test_a_flood_of_refusals_fills_no_bucket() -> None:
    clock = Clock()
    shelf = S3Quarantine(BUCKET, DynamoVault(on_moto.TABLES["vault"]), now=clock)
    kept = [shelf.keep(refused(clock)) for _ in range(OBJECTS_A_MINUTE + 5)]
    assert kept.count(True) == len(objects()) == OBJECTS_A_MINUTE
    good = replace(refused(clock), good=True)
    assert shelf.keep(good), "what nobody refused yet is not lost in the flood"
    # Nor is it looked at any more: what is no JSON would be told.
    assert not shelf.keep(refused(clock, {"call": object()}))
    clock.forward(minutes=1)
    noise = {"call": "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(BYTES_A_MINUTE // 2))}
    assert [shelf.keep(refused(clock, noise)) for _ in range(3)].count(True) <= 2
    assert shelf.keep(refused(clock))


def test_a_bucket_out_of_reach_is_not_asked_again_at_once() -> None:
    class Gone:
        asked = 0

        def put_object(self, **_: object) -> None:
            from botocore.exceptions import EndpointConnectionError

            self.asked += 1
            clock.forward(seconds=8)
            raise EndpointConnectionError(endpoint_url="https://bucket.example")

    clock, gone = Clock(), Gone()
    with on_moto.tables():
        vault = DynamoVault(on_moto.TABLES["vault"])
        shelf = S3Quarantine(BUCKET, vault, client=lambda: gone, now=clock)
        for _ in range(5):
            with pytest.raises(RetryableError):
                shelf.keep(refused(clock))
        assert gone.asked == 1
        clock.moment += PAUSE
        with pytest.raises(RetryableError):
            shelf.keep(refused(clock))
        assert gone.asked == 2


@pytest.mark.parametrize(
    "name",
    [
        f"{PREFIX}2026-11-23/x",
        f"{PREFIX}2026-13-23/101112000-site-mixed-1-abc",
        f"{PREFIX}2026-11-23/101112000-site-mixed-one-abc",
        "aws/lambda/x/y",
    ],
)
def test_an_object_of_another_name_is_not_ours(name: str) -> None:
    assert parsed(name) is None
