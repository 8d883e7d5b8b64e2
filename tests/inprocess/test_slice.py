"""From a visit to a mail in the inbox, and out again: the real handlers, one after another."""

import gzip

import boto3
import pytest

from cli import report
from cli.store import open_stores
from rapport.domain.reasons import Reason
from rapport.viewing.finding import find
from rapport.viewing.why import stories
from tests.inprocess.applications import CARLA
from tests.inprocess.campaigns import SIV
from tests.inprocess.outreach import TOVE
from tests.inprocess.stores import BUCKETS
from tests.inprocess.story import (
    ANA,
    BOUNCING,
    CONFIG,
    LATE,
    OUTSIDER,
    Story,
    headers_of,
    html_of,
    text_of,
)


def _reasons(asked: str) -> list[str]:
    stores = open_stores(CONFIG)
    return [s.told.decision.reason.value for s in stories(stores, find(stores, asked))]


def test_an_unknown_key_is_refused_and_leaves_nothing_behind(story: Story) -> None:
    assert story.answers["stranger"]["statusCode"] == 401
    assert story.mails_after["stranger"] == 0


def test_joining_is_answered_as_sdks_expect_and_asks_for_confirmation_alone(story: Story) -> None:
    assert story.answers["join"]["statusCode"] == 200
    assert story.answers["join"]["body"] == '{"success":true}'
    assert story.mails_after["join"] == 1
    request = story.mails[0]
    assert request["Destination"]["ToAddresses"] == [ANA]
    assert request["ConfigurationSetName"] == "MailConfigurationSet"
    assert "List-Unsubscribe" not in headers_of(request)


@pytest.mark.parametrize("step", ["check", "check again"])
def test_a_link_checker_learns_that_the_link_lives_and_changes_nothing(
    story: Story, step: str
) -> None:
    answer = story.answers[step]
    assert (answer["statusCode"], answer["body"]) == (200, "")
    before = {"check": "join", "check again": "confirm"}[step]
    assert story.mails_after[step] == story.mails_after[before]


def test_looking_at_the_link_changes_nothing(story: Story) -> None:
    page = story.answers["look"]
    assert page["statusCode"] == 200
    assert "<form" in page["body"]
    assert story.mails_after["look"] == 1


def test_confirming_by_post_brings_the_welcome_with_the_newest_open_jobs(story: Story) -> None:
    assert story.answers["confirm"]["statusCode"] == 200
    assert story.mails_after["confirm"] == 2
    welcome = story.mails[1]
    newest = open_stores(CONFIG).book.open_jobs("nursing", limit=3)
    assert len(newest) == 3
    for part in (text_of(welcome), html_of(welcome)):
        assert "12 Quay Street" in part
        assert all(job.url in part for job in newest)


def test_the_welcome_can_be_unsubscribed_from_with_one_click(story: Story) -> None:
    headers = headers_of(story.mails[1])
    assert headers["List-Unsubscribe"].startswith("<https://door.example/u/")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert story.answers["manage"]["statusCode"] == 200
    assert story.answers["leave"]["statusCode"] == 200


def test_after_the_unsubscribe_no_mail_goes_out_and_the_hold_says_why(story: Story) -> None:
    assert story.mails_after["again"] == 2
    assert _reasons(ANA) == [
        Reason.CONFIRMATION.value,
        Reason.CONSENTED.value,
        Reason.CONFIRMATION_RECENT.value,
        # She answered by mail, which ends both that would have come back by themselves.
        Reason.REPLIED.value,
        Reason.REPLIED.value,
        # What a recruiter writes to her by hand is mail too.
        Reason.CONSENT_WITHDRAWN.value,
    ]


def test_an_address_off_the_allow_list_is_held(story: Story) -> None:
    assert _reasons(OUTSIDER) == [Reason.TEST_MODE.value]


def test_an_address_that_bounced_is_closed(story: Story) -> None:
    assert (story.mails_after["mistyped"], story.mails_after["bounced"]) == (3, 3)
    assert _reasons(BOUNCING) == [Reason.CONFIRMATION.value, Reason.SUPPRESSED.value]


def test_an_event_older_than_the_playbook_allows_is_held(story: Story) -> None:
    assert _reasons(LATE) == [Reason.STALE.value]


def test_no_mail_was_sent_that_is_not_told_of(story: Story) -> None:
    told_of = [(mail, {t["Name"]: t["Value"] for t in mail["EmailTags"]}) for mail in story.mails]
    mailed = [mail["Destination"]["ToAddresses"] for mail, _ in told_of]
    assert mailed == [[ANA], [ANA], [BOUNCING], [CARLA], *[[TOVE]] * 4, *[[SIV]] * 3]
    stores = open_stores(CONFIG)
    for mail, tags in told_of:
        assert headers_of(mail)["X-Rapport-Send-Id"] == tags["send_id"]
        (told,) = stories(stores, find(stores, tags["send_id"]))
        assert told.record is not None
        assert told.record.message_id == mail["MessageId"]
    assert report.summary(CONFIG) == {
        "profiles": 15,
        "identifiers": 21,
        "mails": {"confirmation": 5, "consented": 5, "transactional": 1},
        "waits": {},
        "not_sent": {
            "confirmation_recent": 1,
            "test_mode": 1,
            "suppressed": 1,
            # One event of before the playbooks' patience, and two moves that an ATS tells late.
            "stale": 3,
            "application_submitted": 1,
            "replied": 2,
            "paused_by_candidate": 1,
            "ats_speaks": 1,
            "consent_withdrawn": 1,
        },
    }


def test_what_ses_reports_is_told_with_the_mail(story: Story) -> None:
    stores = open_stores(CONFIG)
    send_id = headers_of(story.mails[1])["X-Rapport-Send-Id"]
    (welcome,) = stories(stores, find(stores, send_id))
    said = [line.text for line in welcome.lines if line.part == "SES"]
    assert any("accepted the mail" in text for text in said)
    assert any("the recipient's server accepted" in text for text in said)


@pytest.mark.parametrize("word", [ANA, "elsewhere.example", "Annelise", "Nurse"])
def test_the_archive_and_the_log_lines_hold_no_word_of_a_candidate(story: Story, word: str) -> None:
    s3 = boto3.client("s3", "us-east-1")
    kept = s3.list_objects_v2(Bucket=BUCKETS["archive"])["Contents"]
    assert any(each["Key"].endswith(".gz") for each in kept)
    for each in kept:
        body = s3.get_object(Bucket=BUCKETS["archive"], Key=each["Key"])["Body"].read()
        # Beside the log stand copies of erasures, as they are.
        assert word.encode() not in (
            gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        )
        assert word not in each["Key"]
    assert word not in str(story.engine.recorder.lines)
