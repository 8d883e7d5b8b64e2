"""Ids of what a vendor had, in S3: sealed, whole, and no roster when anything about it is wrong."""

from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rapport.adapters.dynamo.vault import DynamoVault
from rapport.adapters.rosters import S3Rosters
from rapport.errors import RetryableError
from rapport.pulls import Pull
from tests.support.fakes import START

RUN = Pull(
    connection="main",
    id="r1",
    kind="candidates",
    started_at=START,
    rest_until=START,
    progressed_at=START,
)


class NoSuchKeyError(Exception):
    """As S3's client has it."""


class S3:
    """A bucket in a dict."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.exceptions = SimpleNamespace(NoSuchKey=NoSuchKeyError)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803  (AWS's names)
        if Key not in self.objects:
            raise NoSuchKeyError
        return {"Body": BytesIO(self.objects[Key])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
        self.objects[Key] = Body


class Vault:
    """A vault with one key, and nonces in order."""

    def __init__(self) -> None:
        self.key: bytes | None = bytes(32)
        self.count = 0

    def ring_key(self, name: str, kid: str, *, create: bool = False) -> bytes | None:
        return self.key

    def random(self, size: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(size, "big")


def rosters() -> tuple[S3Rosters, S3, Vault]:
    s3, vault = S3(), Vault()
    return S3Rosters("drop", cast("DynamoVault", vault), client=s3), s3, vault


def test_ids_come_back_as_they_were_kept_and_stand_nowhere_in_clear() -> None:
    kept, s3, _ = rosters()
    ids = frozenset(f"candidate-{n}" for n in range(5000))
    kept.put("main", "candidates", ids)
    assert kept.ids("main", "candidates") == ids
    assert kept.ids("main", "jobs") is None
    assert kept.ids("other", "candidates") is None
    assert not any(b"candidate-1" in body for body in s3.objects.values())
    print(f"5 000 ids in {sum(map(len, s3.objects.values()))} bytes")


def test_a_roster_that_was_changed_or_is_anothers_is_none() -> None:
    kept, s3, vault = rosters()
    kept.put("main", "candidates", frozenset({"1"}))
    body = s3.objects["rosters/main/candidates"]
    s3.objects["rosters/other/candidates"] = body
    s3.objects["rosters/main/jobs"] = body[:-1] + bytes([body[-1] ^ 1])
    s3.objects["rosters/main/applications"] = b""
    assert kept.ids("other", "candidates") is None
    assert kept.ids("main", "jobs") is None
    assert kept.ids("main", "applications") is None
    vault.key = bytes(31) + b"x"
    again = S3Rosters("drop", cast("DynamoVault", vault), client=s3)
    assert again.ids("main", "candidates") is None


def test_the_pages_of_a_run_are_noted_once_each_and_none_may_be_missing() -> None:
    kept, s3, _ = rosters()
    for page in range(3):
        kept.note(replace(RUN, page=page), [f"{page}-a", f"{page}-b"])
        kept.note(replace(RUN, page=page), [f"{page}-a", f"{page}-b"])
    at = replace(RUN, page=2)
    assert kept.noted(at) == {f"{page}-{which}" for page in range(3) for which in "ab"}
    assert kept.ids("main", "candidates") is None
    # A window that began anew has pages of its own.
    kept.note(replace(RUN, window=1), [])
    assert kept.noted(replace(RUN, window=1)) == frozenset()
    del s3.objects["rosters/main/candidates.r1.0/000001"]
    with pytest.raises(RetryableError):
        kept.noted(at)
