"""A person in every store of a deployment, and another one who shares a browser with them."""

import json
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3

from functions.enrich.flow import Result
from local.tables import create
from rapport.adapters.dynamo import keys, models
from rapport.adapters.dynamo.ats_rows import DynamoAtsRows
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.erasers import stores
from rapport.adapters.dynamo.erasures import DynamoErasures
from rapport.adapters.dynamo.fates import DynamoFates
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.occasions import DynamoOccasions
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.runs import DynamoRuns
from rapport.adapters.dynamo.suggestions import DynamoSuggestions
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.adapters.erasing_buckets import buckets
from rapport.adapters.import_shelf import S3Shelf
from rapport.adapters.looking import DeadLetters, LogLines
from rapport.adapters.quarantine import RING as QUARANTINE_RING
from rapport.adapters.quarantine import S3Quarantine
from rapport.adapters.rosters import S3Rosters
from rapport.ats_rows import KnownCandidate
from rapport.domain.decision import FactRef
from rapport.domain.event import Event, Json, LogKey, Trust, millis
from rapport.domain.fate import Fate, Said
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.domain.occasions import Room
from rapport.domain.run import Run, RunState
from rapport.door import Refused
from rapport.extraction import observe, owner_of
from rapport.forgetting import Forgetting
from rapport.identity import Group, groups_of
from rapport.outcomes import Link
from rapport.ports import SealedEvent
from rapport.suggestions import Suggestion
from rapport.tasks import Task
from rapport.tracing import Tracing
from tests.contract.examples import NOW, TOPIC, claimed, event, yes
from tests.support.histories import composed
from tests.support.waits import FakeSchedules

EMAIL, OTHER_EMAIL = "ana.lindqvist@inbox.halden.example", "bo.strand@inbox.halden.example"
USER, PHONE, CANDIDATE = "u-ana-471199", "+4722334455", "9900471188"
NAME = "Ana Lindqvist"
WORDS = (EMAIL, USER, PHONE, CANDIDATE, NAME)
BUCKETS = ("archive", "failed", "inbox", "drop")
# An evening with one place.
OPEN_DAY = Room(occasion="open-day", capacity=1)
GROUPS = ("track", "enrich", "send")
LETTERS = ("intents", "wakes")


@dataclass
class Life:
    """A deployment's stores on the engine, and what is asked of them."""

    tables: Mapping[str, str]
    buckets: Mapping[str, str]
    dynamo: Any
    s3: Any
    logs: Any
    sqs: Any
    groups: Sequence[str] = ()
    letters: Sequence[str] = ()
    now: datetime = NOW + timedelta(days=1)
    applied: int = 0

    def __post_init__(self) -> None:
        self.vault = DynamoVault(self.tables["vault"])
        self.refs = Pseudonymiser(self.vault)
        self.log = DynamoLog(self.tables["log"], self.vault, owner_of=owner_of(self.refs))
        self.people = DynamoPeople(self.tables["people"])
        self.clusters = DynamoClusters(self.tables["people"])
        self.book = DynamoBook(
            self.tables["book"], log=self.log, people_table=self.tables["people"]
        )
        self.schedules = FakeSchedules()
        self.occasions = DynamoOccasions(self.tables["book"], self.log)
        self.erasures = DynamoErasures(
            self.tables["book"], self.vault, self.buckets["archive"], client=self.s3
        )
        self.enrich = composed(
            self.log,  # type: ignore[arg-type]
            self.people,  # type: ignore[arg-type]
            self.clusters,  # type: ignore[arg-type]
            now=lambda: self.now,
            observed=lambda e: observe(e, self.refs),
        )

    def watched(self) -> None:
        """Log groups and dead-letter queues of its own, empty."""
        suffix = uuid4().hex[:8]
        self.groups = [f"{name}-{suffix}" for name in GROUPS]
        for group in self.groups:
            self.logs.create_log_group(logGroupName=group)
            self.logs.create_log_stream(logGroupName=group, logStreamName="calls")
        names = [f"{name}-{suffix}" for name in LETTERS]
        self.letters = [self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in names]

    def logged(self, group: str, line: str) -> None:
        """A line that a function of theirs wrote."""
        at = int(time.time() * 1000)
        self.logs.put_log_events(
            logGroupName=group,
            logStreamName="calls",
            logEvents=[{"timestamp": at, "message": line}],
        )

    def ref(self, value: str, ns: Namespace = Namespace.EMAIL) -> Ref:
        return self.refs.ref(ns, value)

    def told(self, *events: Event) -> Result:
        """Put events into the log, and let the stream deliver them."""
        self.log.append(events)
        return self.delivered(*events)

    def delivered(self, *events: Event) -> Result:
        """What the stream delivers of them, also of those that are not there any more."""
        rows = []
        for each in events:
            row = self.log.sealed_row(each)
            image = {
                name: {"B": b64encode(value["B"]).decode()} if "B" in value else value
                for name, value in row.serialize().items()
            }
            self.applied += 1
            sequence = str(self.applied).zfill(40)
            rows.append(
                SealedEvent(
                    key=each.key, sequence=sequence, received_at=each.received_at, row=image
                )
            )
        return self.enrich.batch(rows)

    def group(self, value: str = EMAIL) -> Group:
        return groups_of(self.clusters, [self.ref(value)])[self.ref(value)]

    @property
    def tracing(self) -> Tracing:
        return Tracing(
            log=self.log,
            people=self.people,
            clusters=self.clusters,
            book=self.book,
            holds=self.erasures,
            now=lambda: self.now,
        )

    @property
    def forgetting(self) -> Forgetting:
        tables = stores(
            vault=self.vault,
            log=self.log,
            book=self.book,
            people=self.people,
            clusters=self.clusters,
            schedules=self.schedules,
            occasions=self.occasions,
        )
        of_buckets = buckets(
            failed=self.buckets["failed"],
            inbox=self.buckets["inbox"],
            drop=self.buckets["drop"],
            vault=self.vault,
        )
        return Forgetting(
            erasers=[*tables, *of_buckets],
            lookers=[
                LogLines(self.groups, client=lambda _: self.logs),
                DeadLetters(self.letters, client=lambda _: self.sqs, wait_seconds=0),
            ],
            erasures=self.erasures,
            clusters=self.clusters,
            rings=self.vault,
            now=lambda: self.now,
        )


def begun(endpoint: str) -> Life:
    """Empty stores on the engine."""
    suffix = uuid4().hex[:8]
    dynamo = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=endpoint)
    s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=endpoint)
    tables = {name: f"{name}-{suffix}" for name in ("log", "people", "book", "vault")}
    create(dynamo, tables)
    made = {name: f"{name}-{suffix}" for name in BUCKETS}
    for bucket in made.values():
        s3.create_bucket(Bucket=bucket)
    logs = boto3.client("logs", region_name="us-east-1", endpoint_url=endpoint)
    sqs = boto3.client("sqs", region_name="us-east-1", endpoint_url=endpoint)
    life = Life(tables=tables, buckets=made, dynamo=dynamo, s3=s3, logs=logs, sqs=sqs)
    life.watched()
    return life


def visit(partition: Ref, home: Ref, minute: int, name: str, body: Mapping[str, Json]) -> Event:
    """An event a minute after another, at the door."""
    at = NOW + timedelta(minutes=minute)
    made = event(partition, home=home, message_id=f"m-{minute}", name=name, at=at, body=body)
    return replace(made, trust=Trust.VERIFIED if "userId" in body else Trust.ASSERTED)


def lived(life: Life) -> None:
    """Ana and Bo, in every store."""
    ana, bo = life.ref(EMAIL), life.ref(OTHER_EMAIL)
    user = life.ref(USER, Namespace.USER)
    own, kiosk, phone = (life.ref(f"browser-{n}", Namespace.ANON) for n in ("own", "kiosk", "bo"))
    told: dict[str, Json] = {"email": EMAIL, "phone": PHONE, "name": NAME, "category": "nursing"}
    known: Mapping[str, Json] = {
        "userId": USER,
        "traits": {"email": EMAIL, "name": NAME},
        "context": {"externalIds": [{"type": "ats:greenhouse:halden", "id": CANDIDATE}]},
    }
    life.told(
        visit(own, own, 0, "page", {"name": "start"}),
        visit(own, ana, 1, "Talent Network Joined", {"properties": told}),
        visit(own, user, 2, "identify", known),
        visit(kiosk, kiosk, 3, "page", {"name": "before"}),
        visit(kiosk, ana, 4, "identify", {"traits": {"email": EMAIL}}),
        visit(kiosk, kiosk, 5, "page", {"name": "after ana"}),
        visit(kiosk, bo, 60, "identify", {"traits": {"email": OTHER_EMAIL, "name": "Bo Strand"}}),
        visit(kiosk, kiosk, 61, "page", {"name": "after bo"}),
        visit(phone, bo, 62, "Job Alert Created", {"properties": {"email": OTHER_EMAIL}}),
        visit(user, user, 63, "identify", known),
    )
    _mailed(life, ana)
    _of_both(life, ana, bo)
    _dropped(life, ana)


def _mailed(life: Life, ana: Ref) -> None:
    group = life.group()
    record = claimed(ana, visit(ana, ana, 70, "Decision", {}))
    body: dict[str, Json] = {
        "properties": {"to": EMAIL, "send_key": record.send_key, "subject": ana}
    }
    decision = replace(visit(ana, ana, 70, "Decision", body), source="engine", message_id="d_i1_x")
    mark = group.cluster
    record = replace(
        record,
        subject=group.root,
        person=group.person,
        decision=decision.key,
        intent="i1" * 16,
        cluster=mark.id,
        cluster_version=mark.version,
    )
    asked = replace(visit(ana, ana, 71, "Address Confirmed", {}), source="engine")
    life.book.grant(ana, TOPIC, yes("c-1"), asked, confirmed_at=NOW)
    life.book.claim(record, life.book.address(ana), decision)
    fates = DynamoFates(life.tables["book"])
    key = record.send_key
    fates.learn(key, Fate(at={Said.DELIVERED: NOW}))
    fates.keep(key, [Link(url=f"https://jobs.halden.example/?e={EMAIL}", block="")])
    late = millis(NOW + timedelta(days=900)) // 1000
    models.FateRow(*keys.fate_key(key), version=9, facts="{}").save()
    models.SignsRow(*keys.signs_key(key), signs={"1 open"}, expires=late).save()
    models.NearRow(
        *keys.near_key("net", "2026-03-02T09"), clicks={f"1 {key[:16]}", "2 other"}, expires=late
    ).save()
    models.IntendedRow(
        *keys.intended_key("welcome", "2026-03-02", record.intent or ""),
        outcome="send",
        reason="consented",
        at=1,
        send_key=key,
        subject=ana,
        expires=late,
    ).save()


def _of_both(life: Life, ana: Ref, bo: Ref) -> None:
    table = life.tables["book"]
    group = life.group()
    opened = LogKey(group.root, "2026-03-02T09#engine#t_reply_1")
    DynamoTasks(table).add(Task(id="t_reply_1", kind="reply", send_id="", due=NOW, opened=opened))
    fact = FactRef(
        name="TalentNetworkJoined",
        event_id="m-1",
        person=group.person,
        origin="live",
        occurred_at=NOW,
        received_at=NOW,
        log_pk=ana,
        log_sk="x",
    )
    for who in (group.root, bo):
        run = Run(
            subject=who,
            program="welcome",
            occurrence="ever",
            fact=replace(fact, person=person_id(who)),
            due=NOW + timedelta(days=2),
            state=RunState.WAITING,
        )
        DynamoRuns(table).put(run)
        life.schedules.set(who, run.due)
    queue = DynamoSuggestions(life.tables["people"])
    pair = (min(group.root, bo), max(group.root, bo))
    queue.put([Suggestion(pair=pair, score=80, evidence=("same town",), at=NOW)])
    queue.file(group.root, ["town#oslo"])
    queue.file(bo, ["town#oslo"])
    ats = life.ref(f"greenhouse:halden:{CANDIDATE}", Namespace.ATS)
    rows = DynamoAtsRows(table, log=life.log)
    rows.settle([KnownCandidate(ref=ats, version=1, addresses=(ana,))], [], [])
    for who in (ana, bo):
        with models.transaction() as write:
            life.occasions.take(write, OPEN_DAY, who, visit(who, who, 80, "Event Registered", {}))
    models.PushRow(*keys.push_key(ana, "gh", "4105"), version=1, state="{}").save()
    models.AuditRow(
        "AUDIT#2026-03-02",
        "1",
        at=1,
        id="a1",
        who="op",
        action="look",
        ended="done",
        about=group.person,
    ).save()


def _dropped(life: Life, ana: Ref) -> None:
    held = life.buckets
    refused = Refused(
        at=NOW,
        source="site",
        reason="mixed",
        count=2,
        content={
            "messages": {
                "bad_time": [{"traits": {"email": EMAIL}}, {"traits": {"email": OTHER_EMAIL}}]
            },
            "cut": {},
        },
        good=False,
    )
    S3Quarantine(held["failed"], life.vault, client=lambda: life.s3).keep(refused)
    S3Rosters(held["drop"], life.vault, client=life.s3).put(
        "gh", "candidates", frozenset({CANDIDATE, "9900471189"})
    )
    csv = f'id,email,note\n1,{EMAIL},"two\nlines"\n2,{OTHER_EMAIL},\n'
    put = life.s3.put_object
    put(Bucket=held["drop"], Key="drop/gh/people.csv", Body=csv.encode())
    shelf = S3Shelf(held["drop"], life.vault, client=life.s3)
    shelf.put("i1", "page", json.dumps([{"email": EMAIL}, {"email": OTHER_EMAIL}]).encode())
    shelf.put("i1", "evidence", csv.encode())
    models.KeptRow("IMPORTS#KEPT", "i1", homes=json.dumps([ana, life.ref(OTHER_EMAIL)])).save()
    put(Bucket=held["drop"], Key=f"resumes/new/{ana.partition('#')[2]}.pdf", Body=b"%PDF")
    put(Bucket=held["inbox"], Key="inbox/1", Body=f"From: Ana <{EMAIL.upper()}>\n\nHi".encode())
    put(Bucket=held["inbox"], Key="inbox/2", Body=f"From: Bo <{OTHER_EMAIL}>\n\nHi".encode())
    put(Bucket=held["failed"], Key="aws/lambda/1", Body=f'{{"b": "{EMAIL}"}}'.encode())


def refused_left(life: Life) -> Sequence[Mapping[str, Json]]:
    """What the quarantine holds, opened."""
    shelf = S3Quarantine(life.buckets["failed"], life.vault, client=lambda: life.s3)
    assert QUARANTINE_RING
    return [shelf.read(kept) for kept in shelf.names()]
