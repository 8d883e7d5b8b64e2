"""Erasing one person on a real engine: nothing is left anywhere, whoever dies on the way."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from rapport.adapters.dynamo import models
from rapport.adapters.dynamo.erasure import texts_of
from rapport.adapters.dynamo.holdings import DynamoHoldings
from rapport.adapters.import_shelf import S3Shelf
from rapport.adapters.uploads import S3Resumes
from rapport.certificates import is_clean, is_genuine
from rapport.domain.event import Json, Origin
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.domain.occasions import Standing
from rapport.exporting import Exporting, page
from rapport.forgetting import Erasure, State
from tests.contract.examples import NOW
from tests.contract.test_send_on_the_engine import dies_after
from tests.support.fakes import CrashError
from tests.support.lives import (
    EMAIL,
    NAME,
    OTHER_EMAIL,
    USER,
    WORDS,
    Life,
    begun,
    lived,
    refused_left,
    visit,
)
from tests.support.remains import contents, left_of, objects, rows

# One address as it is told to a store, in three of its spellings.
SPELLED = (EMAIL, EMAIL.upper(), EMAIL.replace("@", "%40"))


@dataclass(frozen=True)
class Before:
    """One life for all tests, and what stood in its stores before anybody was erased."""

    life: Life
    tables: dict[str, list[dict[str, Any]]]
    files: dict[str, dict[str, bytes]]
    schedules: dict[Ref, datetime]


@pytest.fixture(scope="module")
def before(engine: str) -> Iterator[Before]:
    models.disconnect()
    life = begun(engine)
    lived(life)
    files = {name: objects(life.s3, bucket) for name, bucket in life.buckets.items()}
    yield Before(life, snapshot(life), files, dict(life.schedules.at))
    for client in (life.dynamo, life.s3, life.logs, life.sqs):
        client.close()
    models.disconnect()


@pytest.fixture
def life(before: Before) -> Life:
    """Everything as it was, and in this process nobody who remembers what was done since."""
    put_back(before.life, before.tables)
    put_files_back(before)
    life = replace(before.life)
    life.schedules.at = dict(before.schedules)
    life.watched()
    return life


def put_files_back(before: Before) -> None:
    s3 = before.life.s3
    for name, held in before.files.items():
        now = objects(s3, before.life.buckets[name])
        for key in now.keys() - held.keys():
            s3.delete_object(Bucket=before.life.buckets[name], Key=key)
        for key, body in held.items():
            if now.get(key) != body:
                s3.put_object(Bucket=before.life.buckets[name], Key=key, Body=body)


def remains(life: Life) -> tuple[list[str], int, int]:
    return left_of(WORDS, contents(life.dynamo, life.tables, life.s3, life.buckets))


def forgotten(life: Life) -> Erasure:
    plan = life.tracing.plan(life.group())
    begun = life.forgetting.begin(plan, why="asked by mail", by="dpo")
    return life.forgetting.run(begun.id)


def places(life: Life) -> set[tuple[str, str, str]]:
    """Table, key and kind of every row, but those that are random or the erasure's own."""
    return {
        (table, item["pk"]["S"], item["sk"]["S"])
        for table, name in life.tables.items()
        for item in rows(life.dynamo, name)
        if not item["pk"]["S"].startswith(("E#", "R#", "C#"))
    }


def snapshot(life: Life) -> dict[str, list[dict[str, Any]]]:
    return {table: rows(life.dynamo, name) for table, name in life.tables.items()}


def put_back(life: Life, before: dict[str, list[dict[str, Any]]]) -> None:
    """What a restore does: the tables are those of the snapshot; buckets stay as they are."""

    def key(item: dict[str, Any]) -> dict[str, Any]:
        return {"pk": item["pk"], "sk": item["sk"]}

    for table, name in life.tables.items():
        kept = {(i["pk"]["S"], i["sk"]["S"]) for i in before[table]}
        now = {(i["pk"]["S"], i["sk"]["S"]): i for i in rows(life.dynamo, name)}
        asked = [{"DeleteRequest": {"Key": key(i)}} for at, i in now.items() if at not in kept]
        asked += [
            {"PutRequest": {"Item": item}}
            for item in before[table]
            if now.get((item["pk"]["S"], item["sk"]["S"])) != item
        ]
        for start in range(0, len(asked), 25):
            life.dynamo.batch_write_item(RequestItems={name: asked[start : start + 25]})


def test_nothing_is_left_of_somebody_erased_and_another_visitor_of_their_browser_stays(
    life: Life,
) -> None:
    bo = life.ref(OTHER_EMAIL)
    before = life.people.view(person_id(bo))
    assert before is not None
    assert len(remains(life)[0]) > 5
    erasure = forgotten(life)
    found, stores, items = remains(life)
    print(f"residual strings {len(found)} over {stores} stores, {items} items")
    assert found == []
    after = life.people.view(person_id(bo))
    assert after is not None
    assert (after.profile, after.version) == (before.profile, before.version)
    kiosk = life.ref("browser-kiosk", Namespace.ANON)
    left = [e.message_id for e in life.log.partition(kiosk)]
    assert left == ["m-60", "m-61"]
    assert life.people.partition(kiosk)[0].strongs == (bo,)
    certificate = erasure.certificate
    assert certificate is not None
    assert erasure.state is State.DONE
    assert is_genuine(certificate, life.vault)
    assert is_clean(certificate)
    assert not is_genuine({**certificate, "person": "p_other"}, life.vault)
    assert "evidence" in certificate["stays"]  # type: ignore[operator]
    assert not life.erasures.needles(erasure.id)
    assert set(life.schedules.at) == {bo}
    hall, place = life.occasions.hall("open-day"), life.occasions.place("open-day", bo)
    assert (hall.taken, hall.waiting) == (1, 0)
    assert place is not None
    assert place.standing is Standing.SEATED, "whoever waited has the place that became free"
    print(f"rounds {erasure.round}, erased {sum(erasure.total.values())} rows and objects")
    files_of_many_lost_one_persons_rows_alone(life)


def files_of_many_lost_one_persons_rows_alone(life: Life) -> None:
    drop = objects(life.s3, life.buckets["drop"])
    assert drop["drop/gh/people.csv"].decode() == f"id,email,note\n2,{OTHER_EMAIL},\n"
    shelf = S3Shelf(life.buckets["drop"], life.vault, client=life.s3)
    page = shelf.get("i1", "page")
    assert page is not None
    assert json.loads(page) == [{"email": OTHER_EMAIL}]
    assert not any(name.startswith("resumes/") for name in drop)
    assert list(objects(life.s3, life.buckets["inbox"])) == ["inbox/2"]
    (refused,) = refused_left(life)
    assert refused["messages"] == {"bad_time": [{"traits": {"email": OTHER_EMAIL}}]}


def test_whoever_dies_at_whichever_call_the_erasure_ends_the_same(
    life: Life, before: Before
) -> None:
    forgotten(life)
    should = places(life)
    deaths = 0
    for calls in (17, 60, 110):
        put_back(life, before.tables)
        put_files_back(before)
        plan = life.tracing.plan(life.group())
        try:
            with dies_after(calls):
                life.forgetting.begin(plan, why="asked", by="dpo")
                life.forgetting.run(plan.traces.id)
        except CrashError:
            deaths += 1
        life.forgetting.begin(plan, why="asked", by="dpo")
        life.forgetting.run(plan.traces.id)
        assert places(life) == should, calls
        assert remains(life)[0] == []
    print(f"killed {deaths} times: residual strings 0")
    assert deaths == 3


def test_after_a_restore_the_erasure_is_done_again_from_its_copy(
    life: Life, before: Before
) -> None:
    erasure = forgotten(life)
    put_back(life, before.tables)
    assert len(remains(life)[0]) > 2
    done = life.forgetting.reapply()
    assert [each.id for each in done] == [erasure.id]
    found, stores, items = remains(life)
    print(f"after a restore: residual strings {len(found)} over {stores} stores, {items} items")
    assert found == []


def test_what_machines_tell_of_somebody_erased_brings_nobody_back_and_their_own_wish_does(
    life: Life,
) -> None:
    ana, user = life.ref(EMAIL), life.ref(USER, Namespace.USER)
    other = life.ref("browser-new", Namespace.ANON)
    late = visit(ana, ana, 1, "Talent Network Joined", {"properties": {"email": EMAIL}})
    forgotten(life)
    day = 2 * 24 * 60
    known: dict[str, Json] = {"traits": {"email": EMAIL}}
    told = [
        late,
        visit(other, ana, day, "identify", known),
        visit(user, user, day + 1, "identify", {"userId": USER, **known}),
        replace(visit(ana, ana, day + 2, "identify", known), origin=Origin.IMPORT),
        replace(
            visit(ana, ana, day + 3, "Talent Network Joined", {"properties": {"email": EMAIL}}),
            origin=Origin.IMPORT,
        ),
        visit(ana, ana, day + 4, "Candidate Recorded", {"properties": {"email": EMAIL}}),
    ]
    for each in told:
        life.told(each)
    assert life.people.view(person_id(ana)) is None
    assert life.people.view(person_id(user)) is None
    assert remains(life)[0] == []
    print(f"told by machines after the erasure {len(told)}: profiles 0")
    back = visit(other, ana, day + 9, "Talent Network Joined", {"properties": {"email": EMAIL}})
    life.told(back)
    view = life.people.view(person_id(ana))
    assert view is not None
    assert view.profile.totals == {"Talent Network Joined": 1}
    # What is done again later leaves who came back alone.
    (erasure,) = life.erasures.copies()
    life.forgetting.again(erasure.id)
    assert life.people.view(person_id(ana)) == view
    assert [e.key for e in life.log.partition(other)] == [back.key]


def test_the_scan_finds_what_is_planted_in_any_store(life: Life) -> None:
    forgotten(life)
    planted = found = 0
    for number, (table, name) in enumerate(life.tables.items()):
        planted += 1
        item = {"pk": {"S": "J#planted"}, "sk": {"S": "X"}, "k": {"S": "posting"}}
        life.dynamo.put_item(
            TableName=name, Item={**item, "note": {"S": f"see {SPELLED[number % 3]}"}}
        )
        found += remains(life)[0] == [table]
        key = {"pk": item["pk"], "sk": item["sk"]}
        life.dynamo.delete_item(TableName=name, Key=key)
    for store, bucket in life.buckets.items():
        planted += 1
        life.s3.put_object(Bucket=bucket, Key="planted", Body=f"x{EMAIL}x".encode())
        found += remains(life)[0] == [f"bucket {store}"]
        life.s3.delete_object(Bucket=bucket, Key="planted")
    print(f"canaries {found}/{planted}")
    assert found == planted == 8


def test_a_certificate_tells_of_each_place_that_holds_a_word_nobody_takes_away(life: Life) -> None:
    """A row of no person, a line of each function, a letter of each queue, and a namesake."""
    life.logged(life.groups[0], f'{{"message": "refused", "was": "{SPELLED[2]}"}}')
    life.logged(life.groups[1], json.dumps({"message": "mail to", "name": NAME.upper()}))
    life.logged(life.groups[2], json.dumps({"message": "done", "person": "p_1"}))
    letters = (json.dumps({"to": EMAIL}), json.dumps({"name": NAME}))
    for url, body in zip(life.letters, letters, strict=True):
        life.sqs.send_message(QueueUrl=url, MessageBody="{}")
        life.sqs.send_message(QueueUrl=url, MessageBody=body)
    row = {"pk": {"S": "J#planted"}, "sk": {"S": "X"}, "k": {"S": "posting"}}
    for table in ("people", "book"):
        item = {**row, "note": {"S": f"ask {SPELLED[1]}, or {NAME}"}}
        life.dynamo.put_item(TableName=life.tables[table], Item=item)
    namesake = f"From: {NAME} <{OTHER_EMAIL}>\n\nHi".encode()
    life.s3.put_object(Bucket=life.buckets["inbox"], Key="inbox/3", Body=namesake)
    certificate = forgotten(life).certificate
    assert certificate is not None
    assert not is_clean(certificate)
    stores: Any = certificate["stores"]
    hits = sorted(hit.partition("-")[0] for each in stores for hit in each["hits"])
    assert hits == [
        *("letters of intents", "letters of wakes", "lines of enrich", "lines of track"),
        *["posting row"] * 2,
    ]
    named = {each["store"]: each["named"] for each in stores if each["named"]}
    assert named == {"people": 1, "book": 1, "inbox": 1}
    assert EMAIL not in json.dumps(certificate)
    # They were looked at, and are there: for whoever sends them back.
    counts = [
        life.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for url in life.letters
    ]
    waiting = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    assert [sum(int(each[name]) for name in waiting) for each in counts] == [2, 2]
    print(f"canaries {len(hits)}/6, namesakes told apart {len(named)}")


def test_a_hold_and_what_an_ats_may_yet_tell_stop_an_erasure(life: Life) -> None:
    from rapport.domain.tombstones import Hold
    from rapport.forgetting import HeldError

    group = life.group()
    life.erasures.set_hold(group.members, Hold(reason="a lawsuit", by="dpo", at=NOW))
    held = life.tracing.plan(group)
    with pytest.raises(HeldError, match="a lawsuit"):
        life.forgetting.begin(held, why="asked", by="dpo")
    life.erasures.set_hold(group.members, None)
    plan = replace(life.tracing.plan(group), not_before=life.now + timedelta(days=1))
    with pytest.raises(HeldError, match="merged"):
        life.forgetting.begin(plan, why="", by="clock")
    assert life.forgetting.begin(plan, why="they asked", by="dpo").state is State.RUNNING
    kept = life.erasures.needles(plan.traces.id)
    assert kept.words
    assert kept.names == (NAME,)


def test_the_export_holds_every_row_that_a_store_has_of_a_person(life: Life) -> None:
    exporting = Exporting(
        tracing=life.tracing,
        log=life.log,
        holdings=DynamoHoldings(),
        resumes=S3Resumes(life.buckets["drop"]),
        words=lambda said, language: f"{said} in {language}",
        now=lambda: life.now,
    )
    export: Any = exporting.export(life.group())
    text = json.dumps(export, ensure_ascii=False)
    traces = life.tracing.plan(life.group()).traces
    reference = {
        (item["pk"]["S"], item["sk"]["S"])
        for table in ("people", "book")
        for item in rows(life.dynamo, life.tables[table])
        if any(word.encode() in b"\n".join(texts_of(item)) for word in traces.tokens)
    }
    told = {
        (item["pk"], item["sk"])
        for each in export["classes"]
        for item in each["items"]
        if "pk" in item
    }
    assert told >= reference
    mine = life.ref(EMAIL)
    for event in life.log.partition(mine):
        assert event.message_id in text
    assert all(word in text for word in WORDS)
    assert OTHER_EMAIL not in text
    assert "talent-network/1 in nb" in text
    shown = page({**export, "made_at": "<script>"})
    assert "<script>" not in shown
    assert EMAIL in shown
    print(f"rows exported {len(told)} of {len(reference)}, events and all")
