"""DynamoDB over HTTP without botocore: signed POSTs over connections that are kept.

Only what the tracking door needs, on Lambda only. The signature is AWS Signature 4, held against
botocore's own by a test; numbers of tries and timeouts are those of the models' connection.

1. Sign with the credentials of the environment, which Lambda sets for the life of a process.
2. Send over an idle connection, else a new one. An idle one that the other side has closed in the
   meantime costs no try.
3. Try again after a pause that grows, by chance, on throttling, 5xx, a damaged answer or none;
   once after setting the clock right when the signature's time was refused. When it has taken too
   long there is no other try: whoever waits for us has an answer to give.

What needs more than that (proxies, other hosts) is left to botocore, and so is all of it when the
setting `dynamodb` says so.
"""

import hashlib
import hmac
import os
import random
import time
import zlib
from base64 import b64decode
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import msgspec

from rapport.adapters import aws
from rapport.adapters.dynamo.calls import refused
from rapport.errors import ConflictError, RetryableError

TRIES = 4
CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
# No try begins later than that.
PATIENCE_SECONDS = 5.0
_CONTENT_TYPE = "application/x-amz-json-1.0"
_PROTOCOL = "DynamoDB_20120810"
_SIGNED = ("content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target")
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_ENDPOINTS = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL")
# What botocore would do otherwise by: it is asked, then.
_SPECIAL = (
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "https_proxy",
    "http_proxy",
)
# Their hosts have other domains, or may; botocore knows which.
_OTHER_PARTITIONS = ("cn-", "eu-isoe-", "eusc-", "us-iso")
_WRONG_TIME = frozenset(
    {"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"}
)
_OK = 200


def possible() -> bool:
    """Whether the environment tells all that it takes."""
    region = aws.region() or ""
    known = bool(region) and not region.startswith(_OTHER_PARTITIONS)
    plain = all(os.environ.get(name, "").lower() in {"", "false"} for name in _SPECIAL)
    return known and plain and all(os.environ.get(name) for name in _KEYS)


class Direct:
    """`Calls` of one process; safe to use from several threads."""

    at_once = 8

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take region and endpoint from the environment."""
        self._region = aws.region() or ""
        told = next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), "")
        url = urlsplit(told or f"https://dynamodb.{self._region}.amazonaws.com")
        self._secure = url.scheme == "https"
        self._host = url.netloc
        self._path = url.path or "/"
        self._now, self._sleep, self._chance, self._clock = now, sleep, chance, clock
        self._ahead = timedelta()
        self._idle: deque[HTTPConnection] = deque()
        self._tls: Any = None

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer, after as many tries as it takes."""
        body = msgspec.json.encode(request)
        error: Exception = RetryableError()
        clock_was_set = False
        began = self._clock()
        for attempt in range(TRIES):
            if attempt:
                if self._clock() - began > PATIENCE_SECONDS:
                    break
                longest = min(PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS)
                self._sleep(longest * self._chance())
            try:
                status, headers, answer = self._exchange(operation, body)
            except (HTTPException, OSError) as lost:
                error = RetryableError(type(lost).__name__)
                continue
            if status == _OK:
                return answer
            code = _code(answer)
            if code in _WRONG_TIME and not clock_was_set:
                clock_was_set = self._set_clock(headers.get("date", ""))
                error = RetryableError(code)
                continue
            error = refused(code, status, row=answer.get("Item"))
            if isinstance(error, ConflictError) or not isinstance(error, RetryableError):
                break
        raise error

    def close(self) -> None:
        """Close the connections that are idle; the next call makes new ones."""
        while self._idle:
            self._idle.pop().close()

    def _exchange(
        self, operation: str, body: bytes
    ) -> tuple[int, Mapping[str, str], dict[str, Any]]:
        """One request and its answer; a good answer that is not whole counts as lost."""
        headers = self._signed(operation, body)
        while True:
            try:
                connection, used = self._idle.pop(), True
            except IndexError:
                connection, used = self._connect(), False
            try:
                connection.request("POST", self._path, body, headers)
                response = connection.getresponse()
                answer = response.read()
            except (HTTPException, OSError) as lost:
                connection.close()
                # Closed while it was idle, most likely; and our writes may be repeated.
                if used and isinstance(lost, ConnectionError):
                    continue
                raise
            told = {name.lower(): value for name, value in response.getheaders()}
            if response.will_close:
                connection.close()
            else:
                self._idle.append(connection)
            opened = _opened(answer) if _whole(answer, told.get("x-amz-crc32")) else None
            if opened is None and response.status == _OK:
                msg = "the answer is damaged"
                raise HTTPException(msg)
            return response.status, told, opened or {}

    def _connect(self) -> HTTPConnection:
        if self._secure:
            if self._tls is None:
                self._tls = _tls()
            connection: HTTPConnection = HTTPSConnection(
                self._host, timeout=CONNECT_SECONDS, context=self._tls
            )
        else:
            connection = HTTPConnection(self._host, timeout=CONNECT_SECONDS)
        connection.connect()
        connection.sock.settimeout(READ_SECONDS)
        return connection

    def _signed(self, operation: str, body: bytes) -> dict[str, str]:
        """The headers of a request, its signature among them."""
        stamp = (self._now() + self._ahead).strftime("%Y%m%dT%H%M%SZ")
        access, secret = (os.environ[name] for name in _KEYS)
        headers = {
            "content-type": _CONTENT_TYPE,
            "host": self._host,
            "x-amz-date": stamp,
            "x-amz-target": f"{_PROTOCOL}.{operation}",
        }
        token = os.environ.get("AWS_SESSION_TOKEN")
        if token:
            headers["x-amz-security-token"] = token
        names = [name for name in _SIGNED if name in headers]
        lines = "".join(f"{name}:{headers[name]}\n" for name in names)
        digest = hashlib.sha256(body).hexdigest()
        canonical = f"POST\n{self._path}\n\n{lines}\n{';'.join(names)}\n{digest}"
        scope = f"{stamp[:8]}/{self._region}/dynamodb/aws4_request"
        seen = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(
            key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{seen}".encode(), "sha256"
        ).hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={access}/{scope}, "
            f"SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return headers

    def _set_clock(self, date: str) -> bool:
        """Sign by the other side's clock from now on, if it tells it."""
        from email.utils import parsedate_to_datetime

        try:
            self._ahead = parsedate_to_datetime(date) - self._now()
        except (TypeError, ValueError):
            return False
        return True


def _tls() -> Any:
    """A context that trusts what botocore would trust: its own list, or the one the env names."""
    import ssl
    from importlib.util import find_spec

    cafile = os.environ.get("AWS_CA_BUNDLE")
    if not cafile:
        spec = find_spec("botocore")
        folders = (spec.submodule_search_locations or []) if spec is not None else []
        cafile = next((f"{folder}/cacert.pem" for folder in folders), None)
    return ssl.create_default_context(cafile=cafile)


def _whole(answer: bytes, checksum: str | None) -> bool:
    return checksum is None or checksum == str(zlib.crc32(answer))


def _code(answer: Mapping[str, Any]) -> str:
    """`ThrottlingException` of `{"__type": "com.amazon…#ThrottlingException"}`."""
    kind = answer.get("__type")
    return kind.rpartition("#")[2] if isinstance(kind, str) else ""


def _opened(answer: bytes) -> dict[str, Any] | None:
    """The answer with bytes for binary values, which came as base64; None when it is none."""
    try:
        told = msgspec.json.decode(answer, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError):
        return None
    found = [told["Item"]] if "Item" in told else list(told.get("Items", ()))
    for rows in told.get("Responses", {}).values():
        found += rows
    for item in found:
        for value in item.values():
            if "B" in value:
                value["B"] = b64decode(value["B"])
    return told
