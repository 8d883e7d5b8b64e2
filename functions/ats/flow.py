"""What becomes of a delivery: whose is it, is it genuine, what does it say, and is it stored.

An answer of success is a promise: what the delivery told is in the log, or, where nobody could read
it, its body is kept. Vendors stop delivering where they are refused, and some never deliver again
what was answered with 4xx, so trouble of ours is always 5xx, and 401 is for what is proven wrong.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from functions.ats.bodies import read_object
from rapport.ats import (
    Adapter,
    Connection,
    Connections,
    Intake,
    Kept,
    Once,
    Outcome,
    Refetches,
    Reply,
    Taken,
    Verdict,
)
from rapport.domain.ats import AtsEvent, Kind
from rapport.domain.event import Json, Origin, millis
from rapport.domain.limits import MAX_DELIVERY_BYTES
from rapport.errors import PoisonError, RapportError, RetryableError

# A token is remembered for longer than a vendor repeats what brought it.
BEYOND_RETRIES = timedelta(days=2)
# What is kept of a delivery that could not be read as it should.
UNKNOWN_EVENT, UNREADABLE, FAULT, NOT_STORED = "unknown_event", "unreadable", "fault", "not_stored"
_REASON = re.compile(r"[a-z0-9_]{1,40}")
# What code raises that fails at an event, whenever it comes; a store raises others.
_DEFECTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
# What closes addresses, of which nobody may be told that it was done before it is.
_CLOSING = frozenset({Kind.CANDIDATE_DELETED, Kind.CANDIDATE_ANONYMIZED})

Code = Literal[
    "taken",
    "handshake",
    "repeated",
    "kept",
    "unknown_connection",
    "bad_signature",
    "body_too_large",
    "no_secret",
    "unavailable",
]
# The answers other than success, of which a vendor makes no difference but by their status.
REFUSALS: Mapping[Code, tuple[int, str]] = {
    "unknown_connection": (404, "There is no such connection."),
    "bad_signature": (401, "The signature is missing or wrong."),
    "body_too_large": (413, f"A delivery has at most {MAX_DELIVERY_BYTES} bytes."),
    "no_secret": (503, "The connection has no signing secret yet; deliver again."),
    "unavailable": (503, "The delivery could not be stored now; deliver again."),
}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery: the connection of its address, lower-case header names, the bytes as sent."""

    connection: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of it. `reply`: the vendor's own success; None: one of `REFUSALS`.

    `vendor` is empty while it is not known. `reason`: why it was refused or kept, a word of ours.
    """

    code: Code
    vendor: str = ""
    reason: str = ""
    reply: Reply | None = None
    taken: Taken = field(default_factory=Taken)
    fault: Exception | None = None


@dataclass(frozen=True, kw_only=True)
class _Read:
    """What a body says. `kept`: why it, or a part of it, is kept for somebody to look at.

    `owed`: it says that somebody is not to be mailed, and that could not be stored.
    """

    events: tuple[AtsEvent, ...] = ()
    kept: str = ""
    fault: Exception | None = None
    owed: bool = False


@dataclass(frozen=True, kw_only=True)
class Door:
    """Takes deliveries. `adapters` gives the adapter of a vendor, None for one without webhooks."""

    connections: Connections
    adapters: Callable[[str], Adapter | None]
    intake: Intake
    refetches: Refetches
    once: Once
    kept: Kept
    now: Callable[[], datetime]

    def receive(self, delivery: Delivery) -> Received:
        """Take a delivery in. Whatever it raises is a defect, and nothing was promised."""
        if len(delivery.body) > MAX_DELIVERY_BYTES:
            return Received(code="body_too_large")
        vendor = ""
        try:
            connection = self._connection(delivery.connection)
            adapter = None if connection is None else self.adapters(connection.vendor)
            if connection is None or adapter is None:
                return Received(code="unknown_connection")
            vendor = connection.vendor
            connection, verdict = self._verified(delivery, connection, adapter)
            return self._judged(delivery, connection, adapter, verdict)
        except PoisonError:
            # Never the vendor's to mend, and never to be answered as if it were.
            raise
        except RapportError as error:
            return Received(code="unavailable", vendor=vendor, reason=type(error).__name__)

    def _connection(self, name: str) -> Connection | None:
        """It may have been made a moment ago, and 404 is for good."""
        return self.connections.get(name) or self.connections.get(name, fresh=True)

    def _verified(
        self, delivery: Delivery, connection: Connection, adapter: Adapter
    ) -> tuple[Connection, Verdict]:
        """The verdict, by the newest secret if the one that is remembered does not do."""
        verdict = adapter.verify(delivery.headers, delivery.body, connection, self.now())
        if verdict.outcome not in {Outcome.FORGED, Outcome.UNPROVEN}:
            return connection, verdict
        newest = self.connections.get(connection.name, fresh=True)
        if newest is None or newest == connection or newest.vendor != connection.vendor:
            return connection, verdict
        return newest, adapter.verify(delivery.headers, delivery.body, newest, self.now())

    def _judged(
        self, delivery: Delivery, connection: Connection, adapter: Adapter, verdict: Verdict
    ) -> Received:
        match verdict.outcome:
            case Outcome.FORGED:
                return Received(
                    code="bad_signature", vendor=connection.vendor, reason=verdict.reason
                )
            case Outcome.UNPROVEN:
                return Received(code="no_secret", vendor=connection.vendor, reason=verdict.reason)
            case Outcome.HANDSHAKE:
                reply = adapter.reply(verdict, delivery.headers, delivery.body)
                return Received(code="handshake", vendor=connection.vendor, reply=reply)
            case Outcome.GENUINE:
                return self._genuine(delivery, connection, adapter, verdict)

    def _genuine(
        self, delivery: Delivery, connection: Connection, adapter: Adapter, verdict: Verdict
    ) -> Received:
        reply = adapter.reply(verdict, delivery.headers, delivery.body)
        if verdict.once and not self._is_first(delivery, connection, adapter, verdict.once):
            return Received(code="repeated", vendor=connection.vendor, reply=reply)
        read, taken = self._taken_in(delivery, connection, adapter, Origin.LIVE)
        if read.kept:
            self._keep(delivery, connection, read.kept)
        if read.owed:
            # Kept, so that nothing is lost when the vendor gives up; and not answered as if done.
            return Received(
                code="unavailable", vendor=connection.vendor, reason=read.kept, fault=read.fault
            )
        if verdict.once:
            self.once.settle(connection.name, verdict.once)
        return Received(
            code="kept" if read.kept else "taken",
            vendor=connection.vendor,
            reason=read.kept,
            reply=reply,
            taken=taken,
            fault=read.fault,
        )

    def again(self, content: Mapping[str, Json], *, origin: Origin) -> Received:
        """Take in what was kept, as adapter and connection are now; it was genuine when it came.

        It stays where it is kept. RapportError when it cannot be said what became of it.
        """
        delivery = delivery_of(content)
        connection = self._connection(delivery.connection)
        adapter = None if connection is None else self.adapters(connection.vendor)
        if connection is None or adapter is None or connection.vendor != content.get("vendor"):
            return Received(code="unknown_connection")
        read, taken = self._taken_in(delivery, connection, adapter, origin)
        return Received(
            code="kept" if read.kept else "taken",
            vendor=connection.vendor,
            reason=read.kept,
            taken=taken,
            fault=read.fault,
        )

    def _taken_in(
        self, delivery: Delivery, connection: Connection, adapter: Adapter, origin: Origin
    ) -> tuple[_Read, Taken]:
        read = self._read(delivery, connection, adapter)
        fault: Exception
        try:
            return read, self._take(connection, read.events, origin)
        except PoisonError as error:
            # Such as one row that is too large: no repeat of it would ever be stored.
            why, fault = NOT_STORED, error
        except _DEFECTS as error:
            # One delivery that fails for ever must not have the vendor give up all of them.
            why, fault = FAULT, error
        return _Read(kept=why, fault=fault, owed=any(map(_closes, read.events))), Taken()

    def _is_first(
        self, delivery: Delivery, connection: Connection, adapter: Adapter, token: str
    ) -> bool:
        keep = timedelta(seconds=adapter.retries_for_s) + BEYOND_RETRIES
        digest = sha256(delivery.body).hexdigest()
        return self.once.claim(connection.name, token, digest, self.now(), keep=keep)

    @staticmethod
    def _read(delivery: Delivery, connection: Connection, adapter: Adapter) -> _Read:
        try:
            payload = read_object(delivery.body)
        except PoisonError as error:
            return _Read(kept=str(error))
        try:
            events = tuple(adapter.normalise(payload, delivery.headers, connection))
        except PoisonError:
            return _Read(kept=UNREADABLE)
        except RetryableError:
            raise
        except Exception as error:  # noqa: BLE001  (a fault of an adapter must not cost a delivery)
            return _Read(kept=FAULT, fault=error)
        unknown = any(event.kind is Kind.UNKNOWN for event in events)
        said = tuple(each for each in events if each.kind not in {Kind.UNKNOWN, Kind.PING})
        return _Read(events=said, kept=UNKNOWN_EVENT if unknown else "")

    def _take(self, connection: Connection, events: tuple[AtsEvent, ...], origin: Origin) -> Taken:
        if not events:
            return Taken()
        taken = self.intake.take(connection, events, origin=origin)
        for refetch in taken.refetches:
            self.refetches.put(refetch)
        return taken

    def _keep(self, delivery: Delivery, connection: Connection, reason: str) -> None:
        now = self.now()
        # A reason is in clear, and so of our own words only.
        told = reason if _REASON.fullmatch(reason) else UNREADABLE
        self.kept.keep(connection.name, told, now, kept_content(delivery, connection, now))


def _closes(event: AtsEvent) -> bool:
    who = event.candidate
    return event.kind in _CLOSING or (who is not None and who.can_email is False)


def kept_content(delivery: Delivery, connection: Connection, at: datetime) -> dict[str, Json]:
    """What is kept of a delivery: all that it takes to normalise it again."""
    content: dict[str, Json] = {
        "connection": connection.name,
        "vendor": connection.vendor,
        "received_at": millis(at),
        "headers": dict(delivery.headers),
    }
    try:
        return {**content, "body": delivery.body.decode()}
    except UnicodeDecodeError:
        return {**content, "body_base64": b64encode(delivery.body).decode()}


def delivery_of(content: Mapping[str, Json]) -> Delivery:
    """The delivery that was kept; PoisonError for what `kept_content` did not make."""
    told, headers = content.get("connection"), content.get("headers")
    body, packed = content.get("body"), content.get("body_base64")
    if not isinstance(told, str) or not isinstance(headers, dict):
        msg = "this is no delivery that was kept"
        raise PoisonError(msg)
    raw = body.encode() if isinstance(body, str) else b64decode(str(packed))
    named = {name: str(value) for name, value in headers.items()}
    return Delivery(connection=told, headers=named, body=raw)
