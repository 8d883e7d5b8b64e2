"""The tracking door as a program of its own: what is deployed, called as Lambda calls it.

The code asset and both layers with their bytecode, nothing else on the path, and Lambda's variables
in the environment. `call` is the program of one delivery.
"""

import json
import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.stub import WRITE_KEY
from infra import layer_build
from rapport.settings import TrackSettings

TABLES = {"log_table": "log", "book_table": "book", "vault_table": "vault"}
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0.0.0"


@dataclass(frozen=True, kw_only=True)
class Packed:
    """The folders that Lambda puts on the path."""

    code: Path
    common: Path
    packages: Path

    @property
    def path(self) -> tuple[str, ...]:
        """In Lambda's order."""
        return tuple(str(each) for each in (self.code, self.common, self.packages))


def packed() -> Packed:
    """Built, or built before."""
    return Packed(
        code=layer_build.code("track", "native"),
        common=layer_build.common("native") / "python",
        packages=layer_build.dependencies("native") / "python",
    )


def environment(url: str) -> dict[str, str]:
    """What Lambda would set, with DynamoDB at `url`."""
    credentials = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {
        **dict.fromkeys(credentials, "bench"),
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": url,
        "AWS_LAMBDA_FUNCTION_NAME": "track",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_METRICS_NAMESPACE": "Rapport",
        "POWERTOOLS_SERVICE_NAME": "track",
        **settings().to_env(),
    }


def settings() -> TrackSettings:
    """The door's settings, every table called by its own name."""
    told = {name.removeprefix("RAPPORT_").lower(): "bench" for name in TrackSettings.env_names()}
    return TrackSettings(**(told | TABLES))


def delivered(
    body: bytes | str,
    *,
    path: str = "/v1/batch",
    key: str = WRITE_KEY,
    headers: Mapping[str, str] | None = None,
    query: str = "",
) -> dict[str, Any]:
    """A POST as the gateway hands it over."""
    raw = body.encode() if isinstance(body, str) else body
    basic = b64encode(f"{key}:".encode()).decode()
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "authorization": f"Basic {basic}",
            "content-type": "application/json",
            "user-agent": BROWSER,
            **(headers or {}),
        },
        "requestContext": {
            "requestId": "bench",
            "http": {"method": "POST", "path": path, "sourceIp": "192.0.2.7", "userAgent": BROWSER},
        },
        "body": b64encode(raw).decode(),
        "isBase64Encoded": True,
    }


def first_event(path: tuple[str, ...]) -> str:
    """A program that stores one event with the handler on that path, or fails."""
    message = {
        "type": "page",
        "name": "Job list",
        "anonymousId": "0f3c-5b1e-4c6f-9d2a",
        "messageId": "ajs-next-1",
        "timestamp": "2026-11-22T10:00:00.000Z",
        "properties": {"path": "/jobs"},
        "context": {"page": {"path": "/jobs"}, "userAgent": BROWSER},
    }
    event = delivered(json.dumps(message), path="/v1/page")
    return "\n".join(
        (
            f"import sys; sys.path[:0] = {list(path)!r}",
            "from functions.track.handler import lambda_handler",
            f"answer = lambda_handler({event!r}, None)",
            "assert answer['statusCode'] == 200, answer",
        )
    )


def interpreter() -> str:
    """The one that runs this, without a virtual environment around it."""
    return str(Path(sys.executable).resolve())
