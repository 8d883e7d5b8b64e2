"""Events per second of the warm door, held against a handler that only puts what it is sent.

Both run in this process, on the same engine and through the same kind of client, in blocks in turn.
Compared is the processor time of asker and engine together, which bounds what a machine can take
and does not change with what else it does; the clock's ratio is told beside it. Medians of blocks.
The plain handler reads the request as JSON and puts each message if its id is new, in a row of the
same attributes: no key, limit, pseudonym, seal or vault.

Visitors come back, as visitors do: each leaves several messages in a row, alone or in a batch with
others'. Newcomers, for each of whose messages a seal key has to be made, are measured too.
"""

import contextlib
import gc
import io
import json
import os
import subprocess
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import boto3

from bench import door, workload
from bench.stub import WRITE_KEY
from local.tables import create
from rapport.adapters.dynamo import calls, models
from rapport.adapters.dynamo.direct import Direct
from rapport.adapters.dynamo.write_keys import DynamoWriteKeys
from rapport.domain.event import Trust
from rapport.domain.rate import Rate
from rapport.door import WriteKey

BLOCKS = 11
EVENTS_A_BLOCK = 200
WARM_UP = 2
# Requests come from that many networks, since one alone has a limit.
NETWORKS = 200
_TABLES = ("log", "book", "vault", "plain")
Handler = Callable[[dict[str, Any], object], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Block:
    """Seconds of one block: of both processors, and by the clock."""

    cpu: float
    clock: float


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Blocks of the door and of the plain handler, each of as many events."""

    door: tuple[Block, ...]
    plain: tuple[Block, ...]

    @property
    def ratio(self) -> float:
        """Events per second of processor time, as a part of the plain handler's."""
        return median(b.cpu for b in self.plain) / median(b.cpu for b in self.door)

    @property
    def clock_ratio(self) -> float:
        """The same by the clock."""
        return median(b.clock for b in self.plain) / median(b.clock for b in self.door)


class Plain:
    """The yardstick: one conditional put per message."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._calls = Direct()

    def __call__(self, event: dict[str, Any], context: object) -> Mapping[str, Any]:
        """Put what the request carries."""
        document = json.loads(b64decode(event["body"]))
        messages = document.get("batch", [document])
        items = [_row(message) for message in messages]
        calls.side_by_side(self._put, items, at_once=self._calls.at_once)
        return {"statusCode": 200, "body": '{"success":true}'}

    def _put(self, item: calls.Item) -> bool:
        return calls.put_if_absent(self._calls, self._table, item)


def _row(message: Mapping[str, Any]) -> calls.Item:
    """As many attributes as an event of the log has, for the engine's work is part of both."""
    return {
        **calls.place((message["anonymousId"], message["messageId"])),
        **{name: {"S": message["type"]} for name in ("k", "t", "w", "o", "h")},
        **{name: {"N": "1795421412000"} for name in ("v", "ta", "tr", "tc")},
        "b": {"B": json.dumps(message).encode()},
    }


def measure(
    url: str, engine: int, *, batch: int, newcomers: bool = False, blocks: int = BLOCKS
) -> Rates:
    """Both handlers in turn, with requests of `batch` messages, on fresh tables of the engine.

    `engine` is the process id of the one that listens at `url`.
    """
    tables = {name: f"{name}-{uuid4().hex[:8]}" for name in _TABLES}
    dynamo = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=url)
    create(dynamo, tables)
    dynamo.close()
    with _lambdas_environment(url, tables), contextlib.redirect_stdout(io.StringIO()):
        from functions.track import handler

        handler._track.cache_clear()  # noqa: SLF001  (composed anew for this environment)
        handlers: dict[str, Handler] = {
            "door": handler.lambda_handler,
            "plain": Plain(tables["plain"]),
        }
        # What this program has loaded is no function's heap, and nothing to search for garbage.
        gc.collect()
        gc.freeze()
        taken: dict[str, list[Block]] = {name: [] for name in handlers}
        for block in range(WARM_UP + blocks):
            requests = list(_requests(batch, newcomers=newcomers, block=block))
            # Who goes first has the warmer engine: they take turns.
            for name in sorted(handlers, reverse=block % 2 == 1):
                began, spent = time.perf_counter(), time.process_time() + cpu_of(engine)
                _send(handlers[name], requests)
                if block >= WARM_UP:
                    cpu = time.process_time() + cpu_of(engine) - spent
                    taken[name].append(Block(cpu=cpu, clock=time.perf_counter() - began))
        gc.unfreeze()
        handler._track.cache_clear()  # noqa: SLF001  (nobody else works on these tables)
    return Rates(door=tuple(taken["door"]), plain=tuple(taken["plain"]))


def cpu_of(pid: int) -> float:
    """Seconds of processor time that another process has used."""
    told = Path(f"/proc/{pid}/stat")
    if told.exists():
        fields = told.read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    command = ("ps", "-o", "time=", "-p", str(pid))
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = 0.0
    for part in shown.stdout.strip().split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def _send(handle: Handler, requests: list[dict[str, Any]]) -> None:
    for request in requests:
        answer = handle(request, None)
        if answer["statusCode"] != 200:  # noqa: PLR2004
            raise RuntimeError(answer["body"])


def _requests(batch: int, *, newcomers: bool, block: int) -> Iterator[dict[str, Any]]:
    """The workload's first events, under ids of this block."""
    told = [message for each in workload.load().rounds for message in each][:EVENTS_A_BLOCK]
    messages = []
    for n, message in enumerate(told):
        anew = {"messageId": f"bench-{block}-{n}"}
        if newcomers:
            anew["anonymousId"] = f"newcomer-{block}-{n}"
        messages.append({**message, **anew})
    for number, start in enumerate(range(0, len(messages), batch)):
        part = messages[start : start + batch]
        body = part[0] if batch == 1 else {"batch": part}
        path = f"/v1/{part[0]['type']}" if batch == 1 else "/v1/batch"
        request = door.delivered(json.dumps(body), path=path)
        network = (block * EVENTS_A_BLOCK + number) % NETWORKS
        request["requestContext"]["http"]["sourceIp"] = f"198.18.{network}.7"
        yield request


@contextlib.contextmanager
def _lambdas_environment(url: str, tables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    named = {f"{name}_table": tables[name] for name in ("log", "book", "vault")}
    os.environ.update(door.environment(url))
    os.environ.update({f"RAPPORT_{name.upper()}": value for name, value in named.items()})
    models.disconnect()
    key = WriteKey(
        key=WRITE_KEY,
        source="site",
        brand="bench",
        trust=Trust.ASSERTED,
        rate=Rate(per_second=100_000, burst=1_000_000),
    )
    DynamoWriteKeys(tables["book"]).put_write_key(key)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        models.disconnect()
