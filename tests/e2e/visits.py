"""What a visitor of these tests does through the public doors, and how long one waits for it."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPMessage
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from local import inbox
from local.description import BROWSER_KEY
from rapport.domain.decision import Decision, from_body
from rapport.domain.identifiers import Namespace, Ref
from tests.e2e.conftest import Live

PATIENCE_SECONDS = 60.0
T = TypeVar("T")


def until(look: Callable[[], T | None], *, what: str) -> T:
    """Look until there is something, or fail telling what was waited for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            msg = f"{what} did not come within {PATIENCE_SECONDS:.0f} s"
            raise AssertionError(msg)
        time.sleep(0.05)


def post(live: Live, path: str, body: object, *, key: str = BROWSER_KEY) -> tuple[int, Any]:
    """POST JSON to the tracking door; status and JSON answer."""
    where = urlsplit(live.described["api_url"])
    connection = HTTPConnection(where.hostname or "", where.port, timeout=30)
    token = b64encode(f"{key}:".encode()).decode()
    try:
        connection.request(
            "POST",
            path,
            json.dumps(body),
            {"Content-Type": "application/json", "Authorization": f"Basic {token}"},
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def bare(
    live: Live, method: str, path: str, headers: Mapping[str, str] | None = None
) -> tuple[int, HTTPMessage]:
    """A request without a body to the public door; status and headers of the answer."""
    where = urlsplit(live.described["api_url"])
    connection = HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
    finally:
        connection.close()


def joined(email: str, *, cookie: str | None = None, category: str = "nursing") -> dict[str, Any]:
    """The message of a talent-network form."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "type": "track",
        "event": "Talent Network Joined",
        "anonymousId": cookie or str(uuid4()),
        "messageId": str(uuid4()),
        "timestamp": now,
        "sentAt": now,
        "properties": {"email": email, "first_name": "Ana", "category": category},
    }


def mail(live: Live, address: str, number: int) -> Mapping[str, Any]:
    """The address's mail of that number, from 1."""

    def look() -> Mapping[str, Any] | None:
        mails = live.inbox.mails(address)
        return mails[number - 1] if len(mails) >= number else None

    return until(look, what=f"mail {number} to {address}")


def member(live: Live, name: str) -> str:
    """An address that joined, confirmed and was welcomed; tells the address."""
    address = f"{name}-{uuid4().hex[:8]}@inbox.halden.example"
    assert post(live, "/v1/track", joined(address)) == (200, {"success": True})
    inbox.confirm(dict(mail(live, address, 1)))
    mail(live, address, 2)
    return address


def ref_of(live: Live, address: str) -> Ref:
    """The address as keys name it."""
    return live.stores.pseudonyms.ref(Namespace.EMAIL, address)


def decisions(live: Live, address: str) -> list[Decision]:
    """What was decided about the person of an address, oldest first."""
    found: Iterable[Decision] = (
        from_body(event.body["properties"])  # type: ignore[arg-type]
        for event in live.stores.log.partition(ref_of(live, address))
        if event.type == "Decision"
    )
    return sorted(found, key=lambda decision: decision.decided_at)


@contextmanager
def stopped(live: Live, function: str) -> Iterator[None]:
    """A function is fed by no stream and no queue meanwhile."""
    lambdas = live.client("lambda")
    listed = lambdas.list_event_source_mappings(FunctionName=live.described["functions"][function])
    mappings = [each["UUID"] for each in listed["EventSourceMappings"]]
    assert mappings
    for each in mappings:
        lambdas.update_event_source_mapping(UUID=each, Enabled=False)
    try:
        yield
    finally:
        for each in mappings:
            lambdas.update_event_source_mapping(UUID=each, Enabled=True)
