"""Dropped files in S3: read once, gone afterwards, and never larger than what may be applied."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from rapport.adapters import drops
from rapport.adapters.drops import S3Drops
from rapport.errors import RetryableError

KEY = "drop/works/candidates_1.csv"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="files")
        yield client


def test_a_file_is_read_with_its_time_and_gone_when_it_was_taken_away(bucket: Any) -> None:
    files = S3Drops("files", client=lambda: bucket)
    assert files.read(KEY) is None
    bucket.put_object(Bucket="files", Key=KEY, Body=b"a,b\n")
    found = files.read(KEY)
    assert found is not None
    assert found.content == b"a,b\n"
    assert found.at.tzinfo is not None
    files.remove(KEY)
    files.remove(KEY)
    assert files.read(KEY) is None


def test_of_a_file_that_is_too_large_no_more_is_read_than_tells_so(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drops, "MAX_FILE_BYTES", 10)
    bucket.put_object(Bucket="files", Key=KEY, Body=b"x" * 1000)
    found = S3Drops("files", client=lambda: bucket).read(KEY)
    assert found is not None
    assert len(found.content) == 11


def test_a_bucket_that_is_out_of_reach_is_asked_again_later(bucket: Any) -> None:
    with pytest.raises(RetryableError):
        S3Drops("elsewhere", client=lambda: bucket).read(KEY)
