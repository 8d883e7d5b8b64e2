"""The rooms behind the door in this process, on the emulator's stores: what each step takes.

Real handlers, real rows, queues and bus; what Lambda does between them is done here, one by one.
Every call to AWS is counted, by the step during which it was made.
"""

import contextlib
import io
import json
import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import boto3

from bench.feeds import Feed
from bench.meter import Meter
from bench.steps import Step
from local import tables
from rapport import observability, settings
from rapport.adapters import aws
from rapport.adapters.dynamo import models
from rapport.events import OF_JOBS, VIEW_PREFIX

REGION = "us-east-1"
PUBLIC_URL = "https://door.example"
STREAM_BATCH = 100
SLOWLY = timedelta(seconds=1)
ROLE_ARN = "arn:aws:iam::000000000000:role/WakeRole"
TABLES = ("log", "people", "book", "vault")
ROOMS = (
    *("track", "enrich", "publish", "trigger", "send", "engage", "receive", "settle"),
    *("ats", "sync"),
)
_LINK = re.compile(r"https://door\.example/[^\s\"<>]+")


@dataclass(frozen=True, kw_only=True)
class Mailed:
    """A mail as SES got it."""

    to: str
    send_key: str
    reply_to: str
    links: tuple[str, ...]

    def link(self, path: str) -> str:
        """The path of its first link that begins so."""
        return next(link for link in self.links if link.startswith(path))


class Rooms:
    """Fresh stores, and the handlers composed for them. `later` moves their clock."""

    def __init__(self, url: str, sender_domain: str) -> None:
        run = uuid4().hex[:8]
        self.names = {table: f"{table}-{run}" for table in TABLES}
        self.bundles = f"bundles-{run}"
        self.inbox = f"inbox-{run}"
        self.secrets = f"rapport-{run}/ats/"
        self.later = timedelta()
        self.mails: list[Mailed] = []
        self._made: Counter[str] = Counter()
        aws.session.cache_clear()
        models.disconnect()
        self._make(url, run, sender_domain)
        self._compose(run)
        aws.session().events.register("provide-client-params", self._asked)
        self._meter = Meter()
        self._feeds = {table: Feed(url, self.names[table]) for table in ("log", "people")}
        self._step = Step(times=1)

    def now(self) -> datetime:
        """The clock of the rooms that decide on mail."""
        return datetime.now(UTC) + self.later

    @contextlib.contextmanager
    def step(self, times: int) -> Iterator[Step]:
        """Count what happens meanwhile."""
        self._step = step = Step(times=times)
        meter = self._meter
        before = Counter(meter.writes), Counter(meter.reads), self._calls()
        yield step
        step.writes = Counter(meter.writes) - before[0]
        step.reads = Counter(meter.reads) - before[1]
        step.calls = self._calls() - before[2]
        self._step = Step(times=1)

    def call(self, room: str, event: Mapping[str, Any]) -> Any:
        """Invoke a room; what it prints is counted and not shown."""
        self._step.invocations[room] += 1
        out = io.StringIO()
        handler = import_module(f"functions.{room}.handler").lambda_handler
        for printed in observability.logger().handlers:
            if isinstance(printed, logging.StreamHandler):
                printed.setStream(out)
        with contextlib.redirect_stdout(out):
            answer = handler(event, _Context())
        self._step.log_bytes += len(out.getvalue().encode())
        if isinstance(answer, dict) and answer.get("batchItemFailures"):
            msg = f"{room} gave a batch back: {out.getvalue()[-2000:]}"
            raise RuntimeError(msg)
        return answer

    def request(self, room: str, method: str, path: str, body: str = "") -> None:
        """A request of a reader through the gateway, of which nothing else is looked at."""
        path, _, query = path.partition("?")
        asked = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "queryStringParameters": dict([query.split("=", 1)]) if query else {},
            "headers": {
                "content-type": "application/x-www-form-urlencoded",
                "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0.0.0",
            },
            "requestContext": {
                "requestId": "bench",
                "stage": "$default",
                "http": {"method": method, "path": path, "sourceIp": "198.51.100.23"},
            },
            "body": body,
            "isBase64Encoded": False,
        }
        self._made["gateway.Request"] += 1
        answer = self.call(room, asked)
        if answer["statusCode"] >= 400:  # noqa: PLR2004
            msg = f"{room} answered {answer['statusCode']} to {method} {path[:4]}"
            raise RuntimeError(msg)

    def _calls(self) -> Counter[str]:
        stored = {f"dynamodb.{name}": calls for name, calls in self._meter.calls.items()}
        return self._made + Counter(stored)

    def came(self, call: str) -> None:
        """Count what AWS does by itself."""
        self._made[call] += 1

    def put(self, name: str, body: bytes) -> None:
        """A message in the inbox."""
        boto3.client("s3", region_name=REGION).put_object(Bucket=self.inbox, Key=name, Body=body)

    def follow(self) -> None:
        """What the events in the log come to: profiles, and facts on the bus."""
        for _ in range(8):
            records = self._feeds["log"].records()
            views = [r for r in self._feeds["people"].records() if _is_view(r)]
            if not records and not views:
                return
            for part in _parts(records):
                self.call("enrich", {"Records": part})
            for part in _parts(views):
                self.call("publish", {"Records": part})

    def facts(self) -> None:
        """Let `trigger` answer the facts that lie on the bus."""
        for body in self._take("facts"):
            self.call("trigger", json.loads(body))

    def intents(self) -> None:
        """Let `send` carry out what `trigger` wants, no faster than SES takes it."""
        for body in self._take("intents"):
            self.say("send", body)
            self.later += SLOWLY

    def work(self) -> None:
        """Let `sync` do what it was asked for, until nobody asks for more."""
        for body in self._take("sync"):
            self.say("sync", body)

    def say(self, room: str, body: str) -> None:
        """One message of a queue to a room."""
        self.call(room, {"Records": [{"messageId": "m", "body": body}]})

    def _take(self, queue: str) -> Iterator[str]:
        sqs = boto3.client("sqs", region_name=REGION)
        url = self._urls[queue]
        while True:
            got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not got:
                return
            for message in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                yield message["Body"]

    def _asked(self, params: dict[str, Any], model: Any, **_: object) -> None:
        operation = str(model.name)
        service = model.service_model.signing_name
        if service != "dynamodb":
            # The bus is paid by the event, not by the request.
            self._made[f"{service}.{operation}"] += len(params.get("Entries", ("one",)))
        tags = {tag["Name"]: tag["Value"] for tag in params.get("EmailTags", [])}
        if operation == "SendEmail" and "send_id" in tags and tags["class"] != "forward":
            content = params["Content"]["Simple"]
            said = f"{content['Body']['Text']['Data']} {content['Body']['Html']['Data']}"
            told = {h["Name"]: h["Value"] for h in content.get("Headers", [])}
            links = _LINK.findall(f"{said} {told.get('List-Unsubscribe', '')}".replace(",", " "))
            self.mails.append(
                Mailed(
                    to=params["Destination"]["ToAddresses"][0],
                    send_key=tags["send_id"],
                    reply_to=next(iter(params.get("ReplyToAddresses", [])), ""),
                    links=tuple(link.removeprefix(PUBLIC_URL) for link in links),
                )
            )

    def _make(self, url: str, run: str, sender_domain: str) -> None:
        def client(service: str) -> Any:
            return boto3.client(service, region_name=REGION, endpoint_url=url)  # type: ignore[call-overload]

        tables.create(client("dynamodb"), self.names)
        for bucket in (self.bundles, self.inbox):
            client("s3").create_bucket(Bucket=bucket)
        sqs, events = client("sqs"), client("events")
        self._urls = {
            queue: sqs.create_queue(QueueName=f"{queue}-{run}")["QueueUrl"]
            for queue in ("facts", "intents", "wakes", "judged", "sync")
        }
        events.create_event_bus(Name=f"bus-{run}")
        # As in infra, where `trigger` gets the facts that playbooks are about, which no job's is.
        pattern = {"detail-type": [{"anything-but": [fact.name for fact in OF_JOBS]}]}
        events.put_rule(Name=run, EventBusName=f"bus-{run}", EventPattern=json.dumps(pattern))
        arn = sqs.get_queue_attributes(QueueUrl=self._urls["facts"], AttributeNames=["QueueArn"])
        target = {"Id": "facts", "Arn": arn["Attributes"]["QueueArn"]}
        events.put_targets(Rule=run, EventBusName=f"bus-{run}", Targets=[target])
        client("scheduler").create_schedule_group(Name=f"wakes-{run}")
        ses = client("sesv2")
        with contextlib.suppress(ses.exceptions.AlreadyExistsException):
            ses.create_email_identity(EmailIdentity=sender_domain)
        ses.create_configuration_set(ConfigurationSetName=f"mails-{run}")

    def _compose(self, run: str) -> None:
        told = {f"{table}_table": name for table, name in self.names.items()} | {
            "bundle_bucket": self.bundles,
            "inbox_bucket": self.inbox,
            "quarantine_bucket": self.inbox,
            "drop_bucket": self.inbox,
            "secrets_prefix": self.secrets,
            "sync_queue_url": self._urls["sync"],
            "bus_name": f"bus-{run}",
            "send_queue_url": self._urls["intents"],
            "judge_queue_url": self._urls["judged"],
            "wake_queue_url": self._urls["wakes"],
            "wake_queue_arn": "arn:aws:sqs:us-east-1:000000000000:wakes",
            "wake_dead_letters_arn": "arn:aws:sqs:us-east-1:000000000000:dead",
            "schedule_role_arn": ROLE_ARN,
            "schedule_group": f"wakes-{run}",
            "configuration_set": f"mails-{run}",
            "public_url": PUBLIC_URL,
        }
        os.environ.update({settings.PREFIX + name.upper(): value for name, value in told.items()})
        os.environ.update(POWERTOOLS_SERVICE_NAME="bench", POWERTOOLS_METRICS_NAMESPACE="Rapport")
        for room in ROOMS:
            module = import_module(f"functions.{room}.handler")
            for each in vars(module).values():
                clear: Callable[[], None] | None = getattr(each, "cache_clear", None)
                if clear is not None:
                    clear()
            if hasattr(module, "_now"):
                module._now = self.now  # type: ignore[attr-defined]  # noqa: SLF001


class _Context:
    """What Lambda tells of a call."""

    function_name = "bench"
    aws_request_id = "bench"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        # No less than `sync` keeps in reserve: it begins no page, and reads no board, after that.
        return 180_000


def _parts(records: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(records), STREAM_BATCH):
        yield records[start : start + STREAM_BATCH]


def _is_view(record: Mapping[str, Any]) -> bool:
    return str(record["dynamodb"]["NewImage"]["pk"]["S"]).startswith(VIEW_PREFIX)
