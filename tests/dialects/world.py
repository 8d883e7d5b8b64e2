"""The real `track` on the real engine, and one case per SDK and fault: a port of its own, a write
key of its own, and what came of it in the log.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3

from functions.track import handler
from local import layout
from local.layout import REPO, aws_env
from local.tables import create
from rapport import observability
from rapport.adapters.dynamo import models
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.domain.event import Event, Trust
from rapport.domain.identifiers import Ref
from rapport.door import WriteKey
from tests.support import wiring
from tests.support.door_server import Gateway
from tests.support.faults import PREFIX, SCRIPTS, Arrival, Faulty

HERE = Path(__file__).parent
_NUMBERS = count()
# Far more than it takes, also on a machine that is busy with other things.
PATIENCE_SECONDS = 180
# What every player sends, by the marks in the messages; an alias is known by its kind.
MARKS = ("page", "viewed", "identify", "group", "alias", "saved")


@dataclass(kw_only=True)
class World:
    """Tables, a gateway with `track` behind it, and the way to read what was stored."""

    tables: Mapping[str, str]
    bucket: str
    gateway: Gateway

    def kept(self) -> list[str]:
        """What lies in quarantine, by name."""
        client = boto3.client("s3", "us-east-1")
        told = client.list_objects_v2(Bucket=self.bucket, Prefix="quarantine/")
        return [each["Key"] for each in told.get("Contents", [])]

    def publish(self, key: str, *, source: str, trust: Trust) -> None:
        """Make a write key known, as `rapport publish` would."""
        config = DynamoConfig(self.tables["book"])
        config.put_write_key(WriteKey(key=key, source=source, brand="halden", trust=trust))

    def stored(self) -> dict[str, list[Event]]:
        """Every event of the log, by source."""
        client = boto3.client("dynamodb", "us-east-1")
        pages = client.get_paginator("scan").paginate(
            TableName=self.tables["log"], ProjectionExpression="pk", ConsistentRead=True
        )
        partitions = {row["pk"]["S"] for page in pages for row in page["Items"]}
        log = DynamoLog(self.tables["log"], DynamoVault(self.tables["vault"]))
        found: dict[str, list[Event]] = {}
        for partition in sorted(partitions):
            for event in log.partition(Ref(partition)):
                found.setdefault(event.source, []).append(event)
        return found

    def read(self, cases: Iterable["Case"]) -> None:
        """Give each case what the log has of it."""
        stored = self.stored()
        for case in cases:
            case.events = stored.get(case.name, [])


@contextmanager
def built(engine: str, *, via: str = "") -> Iterator[World]:
    """Fresh tables on the engine, `track` composed on them with the environment of its stack.

    `via`: where `track` reaches the engine, if something stands in between.
    """
    told = wiring.committed()
    tables = {name: f"{name}-{uuid4().hex[:8]}" for name in ("log", "people", "book", "vault")}
    client = boto3.client("dynamodb", "us-east-1", endpoint_url=engine)
    create(client, tables)
    real = {name.title(): table for name, table in tables.items()}
    environment = {
        name: real.get(value, value)
        for name, value in told["functions"]["track"]["environment"].items()
    }
    bucket = f"failed-{uuid4().hex[:8]}"
    environment["RAPPORT_QUARANTINE_BUCKET"] = bucket
    boto3.client("s3", "us-east-1", endpoint_url=engine).create_bucket(Bucket=bucket)
    before = dict(os.environ)
    reached = via or engine
    os.environ.update(environment | {"AWS_ENDPOINT_URL": reached, "AWS_ENDPOINT_URL_S3": reached})
    renewed()
    gateway = Gateway(
        routes=told["routes"], cors=told["cors"], handlers={"track": handler.lambda_handler}
    )
    try:
        yield World(tables=tables, bucket=bucket, gateway=gateway)
    finally:
        os.environ.clear()
        os.environ.update(before)
        renewed()


def renewed() -> None:
    """What a new copy of the function starts with: nothing of the one before."""
    models.disconnect()
    observability.logger.cache_clear()
    observability.metrics.cache_clear()
    for each in vars(handler).values():
        if hasattr(each, "cache_clear"):
            each.cache_clear()


@dataclass(kw_only=True)
class Case:
    """One SDK that meets one fault. `gives_up`: it is known not to try again after that one;
    `by_luck`: it does not either, but the browser may.

    `lost` are the marks of the events that it gave up, as it says itself or as the page saw.
    """

    sdk: str
    fault: str
    door: Faulty
    key: str
    url: str = ""
    calls: Sequence[str] = MARKS
    gives_up: bool = False
    by_luck: bool = False
    lost: Sequence[str] = ()
    code: int | None = None
    events: Sequence[Event] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.sdk}-{self.fault.replace(' ', '-')}-{self.key[-6:]}"

    @property
    def rows(self) -> Counter[str]:
        """How often each event stands in the log, by its mark."""
        return Counter(mark_of(event.body) for event in self.events)

    @property
    def met(self) -> list[str]:
        """The marks of what met the fault."""
        return [mark for a in self.door.arrivals if a.faulty for mark in marks_of(a)]

    @property
    def doubled(self) -> list[str]:
        return [mark for mark, count in self.rows.items() if count > 1]

    @property
    def missing(self) -> list[str]:
        return [mark for mark in self.calls if mark not in self.rows]


def cases_of(
    world: World, sdks: Iterable[str], *, trust: Trust, faults: Iterable[str] = SCRIPTS
) -> list[Case]:
    """A case per SDK and fault, its write key published; each comes from an address of its own."""
    made: list[Case] = []
    for sdk in sdks:
        for fault in faults:
            key = f"wk_{uuid4().hex}"
            number = next(_NUMBERS)
            ip = f"203.{number // 250}.{number % 250}.7"
            door = Faulty(door=world.gateway, script=SCRIPTS[fault], source_ip=ip)
            case = Case(sdk=sdk, fault=fault, door=door, key=key)
            world.publish(key, source=case.name, trust=trust)
            made.append(case)
    return made


def at(case: Case, url: str) -> None:
    """Where the case is played: behind a path of its own, if that is what it is about."""
    case.url = f"{url}/prod" if case.fault == PREFIX else url


def mark_of(message: Mapping[str, Any]) -> str:
    """The mark of a message, on the wire or in the log; an alias carries none of its own."""
    kind = message.get("call") or message.get("type")
    if kind == "alias":
        return "alias"
    traits = message.get("traits") or (message.get("context") or {}).get("traits") or {}
    return str({**traits, **(message.get("properties") or {})}.get("mark"))


def marks_of(arrival: Arrival) -> list[str]:
    """The marks of what came in one request."""
    return [mark_of(message) for message in arrival.messages]


def play(sdk: str, cases: Sequence[Case], *, retries: int = 10) -> dict[str, list[str]]:
    """Play some cases with a server's SDK, in a process of its own; what it gave up, by case."""
    program = (
        [sys.executable, str(HERE / "play.py")]
        if sdk.endswith("-python")
        else [layout.node(), str(HERE / "play.mjs")]
    )
    wanted = [
        {"case": case.name, "url": case.url, "key": case.key, "retries": retries} for case in cases
    ]
    done = subprocess.run(
        [*program, sdk],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        cwd=REPO,
        env=aws_env(""),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.stdout, done.stderr
    lost: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    for case in cases:
        case.lost = lost[case.name]
        case.code = done.returncode
    return lost


def matrix(cases: Sequence[Case]) -> str:
    """SDK × fault: how many were sent, stored, stored twice, lost."""
    faults = list(dict.fromkeys(case.fault for case in cases))
    width = max(len(case.sdk) for case in cases) + 1
    lines = ["sent/stored/doubled/lost", " " * width + "".join(f"{each:>11}" for each in faults)]
    cells = {
        (c.sdk, c.fault): f"{len(c.calls)}/{c.rows.total()}/{len(c.doubled)}/{len(c.missing)}"
        for c in cases
    }
    for sdk in dict.fromkeys(case.sdk for case in cases):
        told = (cells.get((sdk, fault), "-") for fault in faults)
        lines.append(f"{sdk:<{width}}" + "".join(f"{each:>11}" for each in told))
    return "\n".join(lines)
