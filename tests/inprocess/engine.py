"""The deployed engine in one process: the real handlers, moto for AWS, the templates' own wiring.

What Lambda and EventBridge do between the functions is done here, in order and one by one:

    routes          a request goes to the function that its route names, and waits for the answer
    stream mappings batches of records from the streams, filtered, to the function of the mapping
    rules           moto matches the pattern; a function as target is fed from a queue in its place
    queue mappings  messages, in batches; those reported as failed are not deleted

`settle()` goes round until nothing moves. Failures are not retried: they raise.
"""

import importlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

import pytest
from moto import mock_aws

from rapport import observability
from tests.inprocess import gateway
from tests.inprocess.recorder import Recorder
from tests.inprocess.stores import (
    BUCKETS,
    REGION,
    SCHEDULE_GROUP,
    Stream,
    client,
    make_stores,
    matches,
)
from tests.support import wiring
from tests.support.on_moto import forget_clients

PUBLIC_URL = "https://door.example"
ROLE_ARN = "arn:aws:iam::123456789012:role/WakeRole"
MOST_ROUNDS = 20
# In place of the log groups of all functions, and of the dead letters of all queues.
LOG_GROUP, DEAD_LETTERS = "Logs", "DeadLettersQueue"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What Lambda tells a function about its call."""

    function_name: str
    aws_request_id: str = "call-1"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:f"

    def get_remaining_time_in_millis(self) -> int:
        """As much as a short call has; these two begin nothing that they may not end."""
        return 300_000 if self.function_name in {"sync", "privacy"} else 60_000


@dataclass(kw_only=True)
class Engine:
    """The running engine. `stopped` holds functions that get nothing for the time being."""

    recorder: Recorder
    told: Mapping[str, Any] = field(default_factory=wiring.committed)
    stopped: set[str] = field(default_factory=set)
    _read: dict[tuple[str, str], int] = field(default_factory=dict)
    _urls: dict[str, str] = field(default_factory=dict)
    _streams: dict[str, Stream] = field(default_factory=dict)

    def request(
        self,
        method: str,
        url: str,
        *,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """One request through the public door."""
        path = url.removeprefix(PUBLIC_URL)
        function, event = gateway.request(
            self.told["routes"], method, path, body=body, headers=headers, claims=claims
        )
        answer: dict[str, Any] = self.call(function, event)
        return answer

    def environment(self, function: str) -> dict[str, str]:
        """What the template tells a function."""
        told = self.told["functions"][function]["environment"]
        return {key: self._real(value) for key, value in told.items()}

    def call(self, function: str, event: Any) -> Any:
        """Invoke a function in the environment that the template gives it."""
        told = self.told["functions"][function]
        module, _, name = told["handler"].rpartition(".")
        with _environment(self.environment(function)):
            handler = getattr(importlib.import_module(module), name)
            observability.logger.cache_clear()
            observability.metrics.cache_clear()
            observability.logger()
            with self.recorder.inside(function):
                return handler(event, Context(function_name=function))

    def night(self) -> None:
        """What the rules of the clock call every night."""
        self._tick("nightly")

    def minute(self) -> None:
        """What they call every minute."""
        self._tick("minutely")

    def _tick(self, clock: str) -> None:
        for targets in self.told[clock].values():
            for function in targets:
                self.call(function, self.told["asked"].get(function, {}))

    def settle(self) -> None:
        """Let everything that was set off come to its end."""
        for _ in range(MOST_ROUNDS):
            if not any([self._mapping(m) for m in self.told["mappings"]] + [self._rules()]):
                return
        message = f"still moving after {MOST_ROUNDS} rounds"
        raise AssertionError(message)

    def report(self, event: Mapping[str, Any]) -> None:
        """An event of SES on the default bus, through the rules there."""
        for rule in self.told["rules"].values():
            if rule["bus"] == "default" and matches(rule["pattern"], event):
                for target in rule["targets"]:
                    client("sqs").send_message(
                        QueueUrl=self._urls[target.removesuffix(".Arn")],
                        MessageBody=json.dumps(event),
                    )

    def _mapping(self, mapping: Mapping[str, Any]) -> bool:
        resource, _, kind = mapping["source"].partition(".")
        if mapping["function"] in self.stopped:
            return False
        if kind == "StreamArn":
            return self._stream(resource, mapping)
        return self._queue(self._urls[resource], mapping["function"], mapping["records"])

    def _stream(self, table: str, mapping: Mapping[str, Any]) -> bool:
        function = mapping["function"]
        if table not in self._streams:
            self._streams[table] = Stream(table)
        records = self._streams[table].records()
        start = self._read.get((table, function), 0)
        self._read[table, function] = len(records)
        wanted = iter(
            record
            for record in records[start:]
            if not mapping["filters"] or any(matches(f, record) for f in mapping["filters"])
        )
        moved = False
        while batch := list(islice(wanted, mapping["records"])):
            moved = True
            answer = self.call(function, {"Records": batch})
            assert answer == {"batchItemFailures": []}, (function, answer)
        return moved

    def _queue(self, url: str, function: str, size: int) -> bool:
        sqs = client("sqs")
        taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=size).get("Messages", [])
        if not taken:
            return False
        answer = self.call(
            function,
            {
                "Records": [
                    {
                        "messageId": message["MessageId"],
                        "receiptHandle": message["ReceiptHandle"],
                        "body": message["Body"],
                        "attributes": {"ApproximateReceiveCount": "1"},
                        "messageAttributes": {},
                        "eventSource": "aws:sqs",
                        "awsRegion": REGION,
                    }
                    for message in taken
                ]
            },
        )
        assert answer == {"batchItemFailures": []}, (function, answer, self.recorder.lines)
        for message in taken:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return True

    def _rules(self) -> bool:
        """Give the functions that rules aim at what stands in the queues in their place."""
        sqs = client("sqs")
        moved = False
        for function in set(self.told["functions"]) - self.stopped:
            url = self._urls.get(f"rule-{function}", "")
            taken = sqs.receive_message(QueueUrl=url).get("Messages", []) if url else []
            for message in taken:
                moved = True
                self.call(function, json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return moved

    def _real(self, value: str) -> str:
        """What a name of the template is here; of many of a kind, one for all."""
        if "," in value:
            return self._urls[DEAD_LETTERS] if "DeadLetters" in value else LOG_GROUP
        return self._names.get(value, value)

    @cached_property
    def _names(self) -> dict[str, str]:
        return {
            "Archive": BUCKETS["archive"],
            "Bundle": BUCKETS["bundle"],
            "Failed": BUCKETS["failed"],
            "Inbox": BUCKETS["inbox"],
            "Drop": BUCKETS["drop"],
            "DoorApi.ApiEndpoint": PUBLIC_URL,
            **self._urls,
            "WakeDueQueue.Arn": self._arn("WakeDueQueue"),
            "WakeDueDeadLettersQueue.Arn": self._arn("WakeDueQueue") + "-dead",
            "WakeRole.Arn": ROLE_ARN,
        }

    def url_of(self, queue: str) -> str:
        """The URL of a queue by its name in the templates."""
        return self._urls[queue]

    def left(self, url: str) -> int:
        """How many messages there are in a queue, delayed ones too."""
        sqs = client("sqs")
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return sum(int(n) for name, n in told.items() if name.startswith("ApproximateNumber"))

    def schedules(self) -> list[dict[str, Any]]:
        """The schedules that wait to fire, by time."""
        scheduler = client("scheduler")
        listed = scheduler.list_schedules(GroupName=SCHEDULE_GROUP)["Schedules"]
        found = [
            dict(scheduler.get_schedule(GroupName=SCHEDULE_GROUP, Name=each["Name"]))
            for each in listed
        ]
        return sorted(found, key=lambda each: str(each["ScheduleExpression"]))

    @contextmanager
    def later(self, by: timedelta) -> Iterator[datetime]:
        """Let the functions that decide on mail, and see it answered, live that much later."""

        def now() -> datetime:
            return datetime.now(UTC) + by

        with pytest.MonkeyPatch.context() as patch:
            for function in ("trigger", "send", "engage", "campaign"):
                patch.setattr(f"functions.{function}.handler._now", now)
            _forget_flows(self)
            yield now()
        _forget_flows(self)

    def fire(self, now: datetime) -> None:
        """What EventBridge Scheduler does when a time has come: moto keeps schedules, no clock."""
        for schedule in self.schedules():
            if schedule["ScheduleExpression"] <= f"at({now:%Y-%m-%dT%H:%M:%S})":
                assert schedule["Target"]["Arn"] == self._arn("WakeDueQueue")
                assert schedule["Target"]["RoleArn"] == ROLE_ARN
                client("sqs").send_message(
                    QueueUrl=self._urls["WakeDueQueue"], MessageBody=schedule["Target"]["Input"]
                )
                assert schedule["ActionAfterCompletion"] == "DELETE"
                client("scheduler").delete_schedule(GroupName=SCHEDULE_GROUP, Name=schedule["Name"])

    def build(self) -> None:
        """Make what the data stack and the engine stack make, in moto."""
        make_stores()
        events, sqs = client("events"), client("sqs")
        queues = [
            m["source"].removesuffix(".Arn")
            for m in self.told["mappings"]
            if "Queue" in m["source"]
        ]
        aimed = {t for rule in self.told["rules"].values() for t in rule["targets"]}
        functions = [f"rule-{f}" for f in self.told["functions"] if f in aimed]
        for name in (*queues, *functions, DEAD_LETTERS):
            self._urls[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
        for name, rule in self.told["rules"].items():
            if rule["bus"] == "default":
                continue
            if rule["bus"] not in {b["Name"] for b in events.list_event_buses()["EventBuses"]}:
                events.create_event_bus(Name=rule["bus"])
            events.put_rule(
                Name=name, EventBusName=rule["bus"], EventPattern=json.dumps(rule["pattern"])
            )
            places: Any = [
                {"Id": target, "Arn": self._arn(f"rule-{target}")} for target in rule["targets"]
            ]
            events.put_targets(Rule=name, EventBusName=rule["bus"], Targets=places)

    def _arn(self, queue: str) -> str:
        sqs = client("sqs")
        told = sqs.get_queue_attributes(QueueUrl=self._urls[queue], AttributeNames=["QueueArn"])
        return str(told["Attributes"]["QueueArn"])


@contextmanager
def running(recorder: Recorder) -> Iterator[Engine]:
    """An engine with empty stores."""
    with mock_aws():
        forget_clients()
        engine = Engine(recorder=recorder)
        engine.build()
        _forget_flows(engine)
        try:
            yield engine
        finally:
            forget_clients()
            _forget_flows(engine)


def _forget_flows(engine: Engine) -> None:
    """Functions keep what they composed; a new deployment starts with new processes."""
    handlers = [told["handler"].rpartition(".")[0] for told in engine.told["functions"].values()]
    for module in filter(None, map(sys.modules.get, handlers)):
        for each in vars(module).values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
