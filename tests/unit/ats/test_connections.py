"""Connections as secrets: read when needed, validated, and 5xx rather than a wrong no."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from rapport.adapters.ats import VENDORS
from rapport.adapters.ats.connections import (
    MISSES,
    MISSES_IN,
    SecretConnections,
    decode,
    encode,
)
from rapport.ats import Connection
from rapport.domain.ats import Speaks
from rapport.errors import MisconfiguredError, RetryableError
from rapport.settings import secrets_prefix
from tests.support.fakes import Clock

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PREFIX = secrets_prefix("test")
MAIN = Connection(
    name="gh-main",
    vendor="greenhouse",
    brand="halden",
    secrets=("current-secret", "previous-secret"),
    event_secrets={"hire_candidate": ("a",)},
    api={"key": "k"},
    stages={"71416": "interview"},
    speaks={"*": Speaks.BOTH},
    custom_fields=("start",),
    mapping={"candidates": {"id": "Candidate ID"}},
)


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "of some secret"}}, "GetSecretValue")


ABSENT = refused("ResourceNotFoundException")


@dataclass(kw_only=True)
class Store:
    """Secrets Manager, as far as reading goes: counts reads, and fails when told to."""

    texts: dict[str, str] = field(default_factory=dict)
    trouble: Exception | None = None
    reads: int = 0

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803  (as AWS has it)
        self.reads += 1
        if self.trouble is not None:
            raise self.trouble
        if SecretId not in self.texts:
            raise ABSENT
        return {"SecretString": self.texts[SecretId]}


@dataclass(kw_only=True)
class Worker:
    """One worker's connections on that store."""

    store: Store = field(default_factory=Store)
    clock: Clock = field(default_factory=lambda: Clock(NOW))

    def __post_init__(self) -> None:
        self.connections = SecretConnections(PREFIX, lambda: self.store, now=self.clock)

    def has(self, *connections: Connection) -> None:
        self.store.texts |= {PREFIX + each.name: encode(each) for each in connections}


@pytest.fixture
def stored() -> Iterator[SecretConnections]:
    with mock_aws():
        yield SecretConnections(PREFIX, lambda: boto3.client("secretsmanager", "us-east-1"))


def test_what_is_put_is_read_listed_replaced_and_taken_away(stored: SecretConnections) -> None:
    other = Connection(name="gh", vendor="ashby")
    boto3.client("secretsmanager", "us-east-1").create_secret(
        Name="rapport-testing/ats/stranger", SecretString="{}"
    )
    stored.put(MAIN)
    stored.put(other)
    assert stored.get("gh-main") == MAIN
    assert stored.names() == ["gh", "gh-main"]

    rotated = replace(MAIN, secrets=("newest", "current-secret"))
    stored.put(rotated)
    assert stored.get("gh-main") == rotated

    stored.delete("gh-main")
    stored.delete("gh-main")
    assert stored.get("gh-main") is None
    assert stored.names() == ["gh"]


def test_a_connection_is_read_once_a_minute_and_afresh_every_five_seconds_at_most() -> None:
    worker = Worker()
    worker.has(MAIN)
    for _ in range(3):
        assert worker.connections.get("gh-main") == MAIN
        assert worker.connections.get("gh-main", fresh=True) == MAIN
    assert worker.store.reads == 1

    worker.clock.forward(seconds=5)
    worker.has(replace(MAIN, secrets=("newest",)))
    assert worker.connections.get("gh-main") == MAIN
    found = worker.connections.get("gh-main", fresh=True)
    assert found is not None
    assert found.secrets == ("newest",)
    assert worker.store.reads == 2

    worker.clock.forward(seconds=60)
    worker.connections.get("gh-main")
    assert worker.store.reads == 3


def test_a_connection_that_was_just_made_is_known_within_seconds() -> None:
    worker = Worker()
    assert worker.connections.get("gh-main") is None
    worker.has(MAIN)
    worker.clock.forward(seconds=5)
    assert worker.connections.get("gh-main") == MAIN


def test_names_that_are_nobodys_cost_few_reads_and_are_never_denied_unread() -> None:
    worker = Worker()
    worker.has(MAIN)
    assert worker.connections.get("gh-main") == MAIN
    denied = unsaid = 0
    for number in range(500):
        try:
            denied += worker.connections.get(f"guess-{number}") is None
        except RetryableError:
            unsaid += 1
    print(f"names guessed: {denied + unsaid}, read {worker.store.reads - 1}, unsaid {unsaid}")
    assert (denied, unsaid) == (MISSES, 500 - MISSES)
    assert worker.store.reads == MISSES + 1
    assert worker.connections.get("gh-main", fresh=True) == MAIN

    worker.clock.moment += MISSES_IN
    assert worker.connections.get("guess-499") is None


@pytest.mark.parametrize("name", ["", "GH", "a/b", "../x", "x" * 41, "café", "gh-main\n", "a b"])
def test_what_can_be_no_name_is_not_asked_for(name: str) -> None:
    worker = Worker()
    assert worker.connections.get(name, fresh=True) is None
    assert worker.store.reads == 0


@pytest.mark.parametrize(
    "trouble",
    [
        refused("ThrottlingException"),
        refused("AccessDeniedException"),
        refused("DecryptionFailure"),
        refused("InternalServiceError"),
        EndpointConnectionError(endpoint_url="https://secretsmanager.example"),
    ],
    ids=str,
)
def test_a_store_that_does_not_answer_is_no_reason_to_say_no(trouble: Exception) -> None:
    worker = Worker()
    worker.has(MAIN)
    worker.store.trouble = trouble
    with pytest.raises(RetryableError):
        worker.connections.get("gh-main")
    worker.store.trouble = None
    assert worker.connections.get("gh-main") == MAIN
    worker.clock.forward(seconds=61)
    worker.store.trouble = trouble
    with pytest.raises(RetryableError):
        worker.connections.get("gh-main")


def test_a_secret_that_is_about_to_be_deleted_is_none() -> None:
    worker = Worker()
    worker.store.trouble = refused("InvalidRequestException")
    assert worker.connections.get("gh-main") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "connection gh: it is no JSON object"),
        ("[1]", "connection gh: what stands at $ is not of the right form"),
        ('{"name": "gh"}', "connection gh: vendor is missing"),
        (
            '{"name": "gh", "vendor": "ashby", "secrets": "topsecret"}',
            "connection gh: what stands at $.secrets is not of the right form",
        ),
        (
            '{"name": "gh", "vendor": "ashby", "speaks": {"*": "topsecret"}}',
            "connection gh: what stands at $.speaks[...] is not of the right form",
        ),
        (
            '{"name": "gh", "vendor": "ashby", "secret": ["topsecret"]}',
            "connection gh: secret is no field of a connection",
        ),
        ('{"name": "other", "vendor": "ashby"}', "connection gh: its name has to be gh"),
        (
            '{"name": "gh", "vendor": "topsecret"}',
            f"connection gh: vendor is one of {', '.join(VENDORS)}, or it has a mapping",
        ),
        (
            '{"name": "gh", "vendor": "ashby", "stages": {"1": "Phone Screen"}}',
            "connection gh: the stage of 1 has 1 to 32 of a-z, 0-9 and -",
        ),
        (
            '{"name": "gh", "vendor": "ashby", "secrets": ["topsecret", ""]}',
            "connection gh: a secret is empty; leave it out instead",
        ),
    ],
)
def test_a_secret_that_is_no_connection_says_what_to_mend_and_none_of_its_values(
    text: str, told: str
) -> None:
    with pytest.raises(MisconfiguredError) as caught:
        decode(text, name="gh")
    assert str(caught.value) == told
    assert "topsecret" not in repr(caught.value.__context__) or caught.value.__suppress_context__


def test_what_has_no_webhooks_is_called_as_people_call_it_when_its_files_are_mapped() -> None:
    files = Connection(name="wd", vendor="workday", mapping={"candidates": {}})
    assert decode(encode(files), name="wd") == files


def test_a_minute_is_not_longer_than_a_vendor_waits() -> None:
    """Ashby never tries again after 404: what a worker remembers of a name may be 5 s old."""
    worker = Worker()
    assert worker.connections.get("gh-main") is None
    worker.has(MAIN)
    worker.clock.moment += timedelta(seconds=4)
    assert worker.connections.get("gh-main", fresh=True) is None
    worker.clock.moment += timedelta(seconds=1)
    assert worker.connections.get("gh-main", fresh=True) == MAIN
