"""Gro is erased, Hulda may not be: by the queue and by the clock, as a deployment does it."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import boto3

from cli.store import open_stores
from rapport.adapters.dynamo.erasures import DynamoErasures
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.domain.event import Json, LogKey
from rapport.domain.identifiers import Namespace, PersonId, Ref, person_id
from rapport.domain.tombstones import Hold
from rapport.tasks import ERASURE, REPLY, Task
from tests.inprocess.engine import LOG_GROUP
from tests.inprocess.stores import BUCKETS, REGION, TABLES
from tests.inprocess.story import CONFIG, Story, track

GRO, GRO_ID, GRO_NAME = "gro.aas@inbox.halden.example", "u-gro-551", "Gro Aas Lunde"
HULDA = "hulda.moe@inbox.halden.example"
WORDS = (GRO, GRO_ID, GRO_NAME)
EXPORT = "export-1"


def forgotten(story: Story) -> None:
    """Both are known; each is asked to be erased, and Gro to be told what is held of her first."""
    for cookie, address, user, name in (
        ("c-60", GRO, GRO_ID, GRO_NAME),
        ("c-61", HULDA, "u-hulda-552", "Hulda Moe"),
    ):
        traits: Json = {"email": address, "name": name}
        known = {**track(cookie, "", 1), "type": "identify", "userId": user, "traits": traits}
        story.visit(f"{name} is known", known, {**known, "messageId": f"{cookie}-2"})
    place = erasures()
    place.set_hold([ref(HULDA)], Hold(reason="a lawsuit", by="dpo", at=datetime.now(UTC)))
    due = Task(
        id="t_erasure_hulda",
        kind=ERASURE,
        send_id="",
        due=datetime.now(UTC),
        opened=LogKey(ref(HULDA), "asked"),
    )
    reply = replace(due, id="t_reply_gro", kind=REPLY, opened=LogKey(ref(GRO), "answered"))
    for each in (due, reply):
        DynamoTasks(TABLES["book"]).add(each)
    logged(story)
    ask(story, {"do": "export", "person": gro(), "name": EXPORT})
    story.answers["exported"] = {
        kind: boto3.client("s3", REGION)
        .get_object(Bucket=BUCKETS["drop"], Key=f"exports/{EXPORT}.{kind}")["Body"]
        .read()
        .decode()
        for kind in ("json", "html")
    }
    _kept_elsewhere()
    ask(story, {"do": "erase", "person": gro(), "why": "asked by mail", "by": "dpo"})
    story.engine.call("privacy", {"do": "due"})
    [stone] = place.tombstones([ref(GRO)]).values()
    ask(story, {"do": "again", "erasure": stone.erasure})


def erasures() -> DynamoErasures:
    return DynamoErasures(TABLES["book"], DynamoVault(TABLES["vault"]), BUCKETS["archive"])


def ref(address: str) -> Ref:
    return open_stores(CONFIG).pseudonyms.ref(Namespace.EMAIL, address)


def gro() -> PersonId:
    return person_id(open_stores(CONFIG).pseudonyms.ref(Namespace.USER, GRO_ID))


def ask(story: Story, message: dict[str, Json]) -> None:
    """What the desk puts into the queue."""
    boto3.client("sqs", REGION).send_message(
        QueueUrl=story.engine.url_of("PrivacyWorkQueue"), MessageBody=json.dumps(message)
    )
    story.engine.settle()


def logged(story: Story) -> None:
    """Every line that any function printed, where Lambda would have put it."""
    logs = boto3.client("logs", REGION)
    logs.create_log_group(logGroupName=LOG_GROUP)
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName="calls")
    lines = [line for told in story.engine.recorder.lines.values() for line in told]
    at = int(time.time() * 1000)
    told = [{"timestamp": at, "message": json.dumps(line)} for line in lines]
    for start in range(0, len(told), 1000):
        part = told[start : start + 1000]
        logs.put_log_events(logGroupName=LOG_GROUP, logStreamName="calls", logEvents=part)  # type: ignore[arg-type]


def _kept_elsewhere() -> None:
    """What others left of her in buckets: a mail, a batch that failed, a file of two."""
    put = boto3.client("s3", REGION).put_object
    put(Bucket=BUCKETS["inbox"], Key="inbox/gro", Body=f"From: <{GRO}>\n\nHi".encode())
    put(Bucket=BUCKETS["failed"], Key="aws/lambda/gro", Body=json.dumps([GRO_ID]).encode())
    two = f"id,email\n1,{GRO}\n2,{HULDA}\n".encode()
    put(Bucket=BUCKETS["drop"], Key="drop/gh/two.csv", Body=two)
