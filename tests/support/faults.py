"""What can go wrong between a client and the door, each a step that one delivery meets.

`Faulty` stands in front of a door. The first deliveries that come by each go through the whole
script, one step per attempt; all others, and every attempt after the script's end, pass.
A delivery is known by the id of its first message, so that a repeat is told from the next one.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Condition, Event
from time import monotonic
from typing import Any, Protocol

from tests.support.depth import rounds
from tests.support.door_server import Asked, Door, Gateway, Reply, own_error

# How many deliveries of a case meet its fault.
REACH = 2


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One attempt: its messages as they came, and the status that the client got (0: none)."""

    path: str
    messages: tuple[Mapping[str, Any], ...]
    status: int
    retry_after: str
    faulty: bool

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(str(message.get("messageId", "")) for message in self.messages)


class Step(Protocol):
    """One thing that goes wrong."""

    def __call__(self, door: Door, asked: Asked, line: "Line") -> Reply | None: ...


class Line:
    """How many deliveries the door has answered: what a request that is held waits for."""

    def __init__(self) -> None:
        self._answered = 0
        self._changed = Condition()

    def answered(self) -> None:
        with self._changed:
            self._answered += 1
            self._changed.notify_all()

    def wait_for_another(self, seconds: float) -> None:
        with self._changed:
            before = self._answered
            self._changed.wait_for(lambda: self._answered > before, timeout=seconds)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Another answer than the door's; with `stored` the door had its delivery all the same."""

    status: int
    stored: bool = False
    retry_after: int | None = None

    def __call__(self, door: Door, asked: Asked, line: Line) -> Reply:
        if self.stored:
            door(asked)
        if self.retry_after is None:
            return own_error(self.status, "Internal Server Error")
        document = {"success": False, "code": "later", "message": "Send the same again, later."}
        return Reply(
            status=self.status,
            headers={"content-type": "application/json", "retry-after": str(self.retry_after)},
            body=json.dumps(document).encode(),
        )


@dataclass(frozen=True, kw_only=True)
class Reset:
    """No answer: the connection is reset, before the door heard of it or after it answered."""

    stored: bool

    def __call__(self, door: Door, asked: Asked, line: Line) -> None:
        if self.stored:
            door(asked)


class Twice:
    """The door gets the same bytes two times."""

    def __call__(self, door: Door, asked: Asked, line: Line) -> Reply | None:
        door(asked)
        return door(asked)


@dataclass(frozen=True, kw_only=True)
class Held:
    """The request waits until a later one has overtaken it, or for so long; or its answer does."""

    seconds: float
    stored: bool = False

    def __call__(self, door: Door, asked: Asked, line: Line) -> Reply | None:
        if not self.stored:
            line.wait_for_another(self.seconds)
            return door(asked)
        answer = door(asked)
        line.wait_for_another(self.seconds)
        return answer


@dataclass(frozen=True, kw_only=True)
class Told:
    """Another step's answer, which the client gets only when the test says that it may."""

    step: Step
    may: Event
    seconds: float = 60.0

    def __call__(self, door: Door, asked: Asked, line: Line) -> Reply | None:
        reply = self.step(door, asked, line)
        assert self.may.wait(self.seconds), "nobody let the answer go"
        return reply


NONE = "none"
PREFIX = "prefix"
SCRIPTS: Mapping[str, tuple[Step, ...]] = {
    NONE: (),
    PREFIX: (),
    "500": (Answer(status=500), Answer(status=500)),
    "500 stored": (Answer(status=500, stored=True), Answer(status=500, stored=True)),
    "503": (Answer(status=503, retry_after=1),),
    "503 stored": (Answer(status=503, retry_after=1, stored=True),),
    "429": (Answer(status=429, retry_after=1),),
    "429 stored": (Answer(status=429, retry_after=1, stored=True),),
    "lost ack": (Reset(stored=True),),
    "dropped": (Reset(stored=False),),
    "doubled": (Twice(),),
    "overtaken": (Held(seconds=1.0),),
}


@dataclass(kw_only=True)
class Faulty:
    """A door behind a network that goes wrong by a script."""

    door: Gateway
    script: Sequence[Step]
    source_ip: str = "198.51.100.23"
    reach: int = REACH
    arrivals: list[Arrival] = field(default_factory=list)
    last_at: float = field(default_factory=monotonic)
    underway: int = 0
    _attempts: dict[str, int] = field(default_factory=dict)
    _line: Line = field(default_factory=Line)
    _lock: Condition = field(default_factory=Condition)

    def __call__(self, asked: Asked) -> Reply | None:
        asked = replace(asked, source_ip=self.source_ip)
        if asked.method != "POST":
            return self.door(asked)
        messages = messages_of(asked)
        with self._lock:
            self.underway += 1
            step = self._next_step(messages)
        try:
            reply = self._through(asked) if step is None else step(self._through, asked, self._line)
        finally:
            with self._lock:
                self.underway -= 1
                self.last_at = monotonic()
        if step is not None and reply is not None:
            reply = replace(reply, headers={**reply.headers, **self.door.cors(asked)})
        arrival = Arrival(
            path=asked.path,
            messages=messages,
            status=0 if reply is None else reply.status,
            retry_after="" if reply is None else reply.headers.get("retry-after", ""),
            faulty=step is not None,
        )
        with self._lock:
            self.arrivals.append(arrival)
        return reply

    def _through(self, asked: Asked) -> Reply | None:
        reply = self.door(asked)
        self._line.answered()
        return reply

    def _next_step(self, messages: Sequence[Mapping[str, Any]]) -> Step | None:
        name = str(messages[0].get("messageId", "")) if messages else ""
        if name not in self._attempts and len(self._attempts) >= self.reach:
            return None
        attempt = self._attempts.get(name, 0)
        self._attempts[name] = attempt + 1
        return self.script[attempt] if attempt < len(self.script) else None

    def quiet_for(self) -> float:
        """Seconds since the last answer to a delivery; none while one is under way."""
        with self._lock:
            return 0.0 if self.underway else monotonic() - self.last_at


def messages_of(asked: Asked) -> tuple[Mapping[str, Any], ...]:
    """The messages of a delivery."""
    packed = asked.body.startswith(b"\x1f\x8b")
    document = json.loads(gzip.decompress(asked.body) if packed else asked.body)
    return tuple(document["batch"]) if "batch" in document else (document,)


def share_of(faults: Sequence[str], place: int) -> tuple[str, ...]:
    """The faults that the SDK at a place among its like meets in this run: in `make proof` all.

    Otherwise none, the prefix, and three others or a quarter of them. Neighbours begin where the
    one before them ended, so that four SDKs meet every fault among themselves.
    """
    faulty = [fault for fault in faults if fault not in {NONE, PREFIX}]
    few = max(rounds(len(faulty)), min(3, len(faulty)))
    met = {faulty[(place * few + n) % len(faulty)] for n in range(few)}
    return tuple(fault for fault in faults if fault in met | {NONE, PREFIX})
