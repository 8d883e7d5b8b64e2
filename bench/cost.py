"""Write units per event and modelled dollars per million events, for the fixed workload.

The real handlers run in this process on the emulator's DynamoDB; what they write, read, log and
publish is counted, and the counts are priced. Counts repeat exactly from run to run; the time that
a call takes on Lambda is an assumption (bench/prices.py). Mail is left
out: what `trigger` does with a fact is taken from that page too, `send` is not counted at all.
"""

import base64
import contextlib
import gzip
import io
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from uuid import uuid4

import boto3

from bench import prices
from bench.feeds import Feed
from bench.meter import Meter
from bench.workload import Workload
from infra.stages import STAGES
from local import tables
from rapport.adapters.dynamo import models
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.domain.event import Trust
from rapport.door import WriteKey
from rapport.events import FACTS, VIEW_PREFIX
from rapport.settings import ArchiveSettings, EnrichSettings, PublishSettings, TrackSettings

WRITE_KEY = "wk_bench"
STREAM_BATCH = 100
ARCHIVE_BATCH = 1000
MILLION = 1_000_000
TABLES = ("log", "people", "book", "vault")


@dataclass(kw_only=True)
class Counts:
    """What one run of the workload took."""

    events: int = 0
    requests: int = 0
    invocations: Counter[str] = field(default_factory=Counter)
    log_bytes: Counter[str] = field(default_factory=Counter)
    facts: int = 0
    objects: int = 0
    writes: Counter[str] = field(default_factory=Counter)
    reads: dict[str, float] = field(default_factory=dict)

    @property
    def write_units_per_event(self) -> float:
        """Through all tables, the units of setting a newcomer up included."""
        return sum(self.writes.values()) / self.events


def measure(url: str, workload: Workload, *, batch: int) -> Counts:
    """Run the workload in requests of `batch` messages on fresh tables of the emulator."""
    run = uuid4().hex[:8]
    names = {table: f"{table}-{run}" for table in TABLES}
    _create(url, names, f"archive-{run}")
    _environment(names, archive=f"archive-{run}")
    models.disconnect()
    DynamoConfig(names["book"]).put_write_key(
        WriteKey(key=WRITE_KEY, source="site", brand="bench", trust=Trust.ASSERTED)
    )
    counts = Counts()
    meter = Meter()
    handlers = {name: _handler(name) for name in ("track", "enrich", "publish", "archive")}
    feeds = {table: Feed(url, names[table]) for table in ("log", "people")}
    archived: list[dict[str, Any]] = []

    def invoke(name: str, event: Mapping[str, Any]) -> Any:
        counts.invocations[name] += 1
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            answer = handlers[name](event, object())
        counts.log_bytes[name] += len(out.getvalue().encode())
        return answer

    for messages in workload.rounds:
        for start in range(0, len(messages), batch):
            answer = invoke("track", request(messages[start : start + batch]))
            if answer["statusCode"] != 200:  # noqa: PLR2004
                raise RuntimeError(answer["body"])
            counts.requests += 1
        counts.events += len(messages)
        records = feeds["log"].records()
        archived += records
        for part in _chunks(records, STREAM_BATCH):
            _whole(invoke("enrich", {"Records": part}))
            views = [r for r in feeds["people"].records() if _is_view(r)]
            counts.facts += sum(_facts(record) for record in views)
            for each in _chunks(views, STREAM_BATCH):
                _whole(invoke("publish", {"Records": each}))
    for part in _chunks(archived, ARCHIVE_BATCH):
        _whole(invoke("archive", {"Records": part}))
    counts.objects = _objects(url, f"archive-{run}")
    counts.invocations["trigger"] = counts.facts
    counts.writes, counts.reads = meter.writes, meter.reads
    models.disconnect()
    return counts


def dollars(counts: Counts, *, batch: int) -> dict[str, float]:
    """Dollars per million events, by component."""
    stage = STAGES["prod"]
    lambdas = 0.0
    for name, calls in counts.invocations.items():
        ms = prices.ASSUMED_MS[f"track/{batch}" if name == "track" else name]
        gb_seconds = stage.size(name).memory_mb / 1024 * ms / 1000
        lambdas += calls * (prices.LAMBDA_REQUEST + gb_seconds * prices.LAMBDA_GB_SECOND_ARM64)
    # Lambda's own START, END and REPORT lines are switched off in infra, so these are all.
    log_gb = sum(counts.log_bytes.values()) / 1e9
    parts = {
        "gateway": counts.requests * prices.HTTP_API_REQUEST,
        "lambda": lambdas,
        "writes": sum(counts.writes.values()) * prices.DYNAMODB_WRITE_UNIT,
        "reads": (sum(counts.reads.values()) + counts.facts * prices.READ_UNITS_PER_FACT)
        * prices.DYNAMODB_READ_UNIT,
        "queue": counts.facts * prices.SQS_REQUEST,
        "bus": counts.facts * prices.EVENTBRIDGE_EVENT,
        "archive": counts.objects * prices.S3_PUT,
        "logs": log_gb * prices.LOGS_GB,
    }
    return {name: value * MILLION / counts.events for name, value in parts.items()}


def _handler(name: str) -> Any:
    """A function's handler, composed anew for this run's environment."""
    module = import_module(f"functions.{name}.handler")
    for cached in ("_track", "_flow"):
        if hasattr(module, cached):
            getattr(module, cached).cache_clear()
    return module.lambda_handler


def request(messages: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """Messages as the gateway hands them to the tracking door."""
    single = len(messages) == 1
    body = messages[0] if single else {"batch": list(messages)}
    path = f"/v1/{messages[0]['type']}" if single else "/v1/batch"
    token = base64.b64encode(f"{WRITE_KEY}:".encode()).decode()
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"authorization": f"Basic {token}", "content-type": "application/json"},
        "requestContext": {"requestId": "bench", "http": {"method": "POST", "path": path}},
        "body": json.dumps(body, separators=(",", ":")),
        "isBase64Encoded": False,
    }


def _environment(names: Mapping[str, str], *, archive: str) -> None:
    log, people, vault = names["log"], names["people"], names["vault"]
    told = (
        TrackSettings(
            log_table=log,
            book_table=names["book"],
            vault_table=vault,
            quarantine_bucket=archive,
        ),
        EnrichSettings(
            log_table=log, people_table=people, vault_table=vault, book_table=names["book"]
        ),
        PublishSettings(bus_name="default", people_table=people),
        ArchiveSettings(archive_bucket=archive),
    )
    for settings in told:
        os.environ.update(settings.to_env())
    os.environ.update(POWERTOOLS_SERVICE_NAME="bench", POWERTOOLS_METRICS_NAMESPACE="Rapport")


def _create(url: str, names: Mapping[str, str], bucket: str) -> None:
    tables.create(boto3.client("dynamodb", region_name="us-east-1", endpoint_url=url), names)
    boto3.client("s3", region_name="us-east-1", endpoint_url=url).create_bucket(Bucket=bucket)


def _objects(url: str, bucket: str) -> int:
    s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=url)
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    for each in found:
        gzip.decompress(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read())
    return len(found)


def _chunks(records: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(records), size):
        yield records[start : start + size]


def _is_view(record: Mapping[str, Any]) -> bool:
    return str(record["dynamodb"]["NewImage"]["pk"]["S"]).startswith(VIEW_PREFIX)


def _facts(record: Mapping[str, Any]) -> int:
    raw = record["dynamodb"]["NewImage"].get("f", {}).get("S", "[]")
    return sum(1 for fact in json.loads(raw) if fact[0] in FACTS)


def _whole(answer: Mapping[str, Any] | None) -> None:
    if answer and answer.get("batchItemFailures"):
        msg = f"a batch failed: {answer}"
        raise RuntimeError(msg)
