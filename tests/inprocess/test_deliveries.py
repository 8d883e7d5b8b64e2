"""What came of the deliveries of an ATS, through the real handlers."""

from collections import Counter

import boto3
import pytest

from rapport.domain.event import day_of
from rapport.settings import DROP_PREFIX
from tests.inprocess.deliveries import EXPORTED, GITA, WORKS
from tests.inprocess.outreach import mails
from tests.inprocess.stores import BUCKETS, REGION, TABLES
from tests.inprocess.story import Story, class_of, headers_of, text_of


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("ats applied", 200),
        ("ats moved", 200),
        ("ats moved, again", 200),
        ("ats no", 200),
        ("ats unknown event", 200),
        ("ats hint", 200),
        ("ats hint, again", 200),
        ("tove applied", 200),
        ("tove invited", 200),
        ("tove invited, again", 200),
        ("ats unknown connection", 404),
        ("ats forged", 401),
    ],
)
def test_each_delivery_is_answered_as_its_vendor_wants_it(
    story: Story, step: str, status: int
) -> None:
    assert story.answers[step]["statusCode"] == status


def test_each_change_stands_in_the_log_once(story: Story) -> None:
    pages = boto3.client("dynamodb", REGION).get_paginator("scan")
    rows = [row for page in pages.paginate(TableName=TABLES["log"]) for row in page["Items"]]
    told = Counter(row["sk"]["S"].split("#")[1] for row in rows)
    print(f"log rows by the ATS: {told['ats-greenhouse-main']}, by hints {told['ats-lever-main']}")
    assert told["ats-greenhouse-main"] == 5
    assert told["ats-works"] == len(EXPORTED)
    assert told["ats-lever-main"] == 0


def test_what_nobody_could_read_is_kept_and_named_by_its_connection(story: Story) -> None:
    day = day_of(story.now())
    listed = boto3.client("s3", REGION).list_objects_v2(
        Bucket=BUCKETS["failed"], Prefix=f"quarantine/{day}"
    )
    kept = [each["Key"] for each in listed.get("Contents", []) if "-ats-" in each["Key"]]
    assert len(kept) == 1
    assert "-ats-greenhouse-main-unknown_event-1-" in kept[0]


def test_nobody_is_mailed_about_what_the_ats_speaks_of(story: Story) -> None:
    mailed = [mail["Destination"]["ToAddresses"] for mail in story.mails]
    assert [each for each in mailed if GITA in each] == []


def test_whoever_is_invited_is_told_once_what_happens_there_even_in_a_pause(story: Story) -> None:
    told = [mail for mail in mails(story) if class_of(mail) == "transactional"]
    assert len(told) == 1
    assert "half an hour" in text_of(told[0])
    assert not any(name.startswith("List-") for name in headers_of(told[0]))


def test_a_file_that_was_applied_is_taken_away(story: Story) -> None:
    left = boto3.client("s3", REGION).list_objects_v2(
        Bucket=BUCKETS["drop"], Prefix=f"{DROP_PREFIX}{WORKS.name}/"
    )
    assert "Contents" not in left
