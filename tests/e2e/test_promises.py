"""Promises that only the deployed whole can keep or break."""

import gzip
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from cli.main import commands
from local import inbox
from rapport.adapters import intents
from rapport.domain.address import ConsentStatus, SendState
from rapport.domain.decision import Outcome
from rapport.domain.reasons import Reason
from tests.e2e.conftest import Live
from tests.e2e.visits import bare, decisions, joined, mail, member, post, ref_of, stopped, until
from tests.support.redaction import leaks

TOPIC = "talent-network"


@pytest.fixture(scope="module")
def ana(live: Live) -> str:
    """A member of the talent network, welcomed."""
    return member(live, "ana")


def test_a_visitor_is_asked_to_confirm_and_then_welcomed(live: Live, ana: str) -> None:
    confirmation, welcome = live.inbox.mails(ana)[:2]
    assert [d.reason for d in decisions(live, ana)][:2] == [Reason.CONFIRMATION, Reason.CONSENTED]
    assert "List-Unsubscribe" not in confirmation["headers"]
    headers = list(welcome["headers"])
    assert headers.index("List-Unsubscribe") < headers.index("List-Unsubscribe-Post")
    assert welcome["headers"]["List-Unsubscribe"].startswith(f"<{live.described['api_url']}/u/")
    assert welcome["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in ("text", "html"):
        assert "12 Quay Street" in welcome[part]
    record = live.stores.book.send(welcome["tags"]["send_id"])
    assert record is not None
    assert record.message_id == welcome["message_id"]
    assert record.state is SendState.ACCEPTED


def test_the_welcome_shows_the_three_newest_open_jobs_of_the_chosen_category(
    live: Live, ana: str
) -> None:
    welcome = mail(live, ana, 2)
    newest = live.stores.book.open_jobs("nursing", limit=4)
    assert len(newest) > 3
    for part in ("text", "html"):
        shown = [job.title in welcome[part] for job in newest]
        assert shown == [True, True, True, False]


def test_an_unsubscribe_answered_while_enrich_is_stopped_refuses_the_next_mail(
    live: Live,
) -> None:
    iris = member(live, "iris")
    welcome = decisions(live, iris)[-1]
    assert welcome.outcome is Outcome.SEND
    again = replace(welcome.intent, fact=replace(welcome.intent.fact, event_id=str(uuid4())))
    with stopped(live, "enrich"):
        inbox.unsubscribe(dict(mail(live, iris, 2)))
        state = live.stores.book.address(ref_of(live, iris))
        assert state.consents[TOPIC].status is ConsentStatus.WITHDRAWN
        live.client("sqs").send_message(
            QueueUrl=live.described["queues"]["send"], MessageBody=intents.encode(again)
        )
        held = until(
            lambda: [d for d in decisions(live, iris) if d.intent.id == again.id],
            what="the decision about the next mail",
        )
    assert [d.reason for d in held] == [Reason.CONSENT_WITHDRAWN]
    assert len(live.inbox.mails(iris)) == 2


def test_ten_sign_ups_at_once_for_one_address_make_one_mail(live: Live) -> None:
    address = f"greta-{uuid4().hex[:8]}@inbox.halden.example"
    batch = {"batch": [joined(address) for _ in range(10)]}
    assert post(live, "/v1/batch", batch) == (200, {"success": True})
    found = until(
        lambda: d if len(d := decisions(live, address)) == 10 else None, what="ten decisions"
    )
    assert sorted(d.reason for d in found) == [
        Reason.CONFIRMATION,
        *[Reason.CONFIRMATION_RECENT] * 9,
    ]
    assert len(live.inbox.mails(address)) == 1


def test_a_hard_bounce_that_ses_reports_closes_the_address(live: Live) -> None:
    address = f"bram-{uuid4().hex[:8]}@inbox.halden.example"
    post(live, "/v1/track", joined(address))
    sent = mail(live, address, 1)
    live.client("sqs").send_message(
        QueueUrl=live.described["queues"]["feedback"],
        MessageBody=json.dumps(_bounce(sent)),
    )
    state = until(
        lambda: s if (s := live.stores.book.address(ref_of(live, address))).suppressions else None,
        what="the suppression",
    )
    assert list(state.suppressions) == ["all"]
    post(live, "/v1/track", joined(address))
    held = until(
        lambda: [d for d in decisions(live, address) if d.reason is Reason.SUPPRESSED],
        what="the hold",
    )
    assert held
    assert len(live.inbox.mails(address)) == 1


def _bounce(sent: Any) -> dict[str, Any]:
    """An event as the configuration set puts it on the default bus, shaped as SES documents it."""
    return {
        "source": "aws.ses",
        "detail-type": "Email Bounced",
        "detail": {
            "eventType": "Bounce",
            "mail": {
                "messageId": sent["message_id"],
                "destination": sent["to"],
                "tags": {name: [value] for name, value in sent["tags"].items()},
            },
            "bounce": {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "feedbackId": str(uuid4()),
                "timestamp": "2026-03-02T09:00:00.000Z",
                "bouncedRecipients": [{"emailAddress": sent["to"][0]}],
            },
        },
    }


def test_no_address_stands_in_clear_in_the_log_the_archive_or_the_application_logs(
    live: Live, ana: str
) -> None:
    dynamo, logs, s3 = live.client("dynamodb"), live.client("logs"), live.client("s3")
    rows = dynamo.scan(TableName=live.described["tables"]["log"])["Items"]
    bucket = live.described["buckets"]["archive"]
    objects = until(
        lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"), what="the first archive object"
    )
    kept = [_unpacked(s3.get_object(Bucket=bucket, Key=o["Key"])["Body"].read()) for o in objects]
    lines = [
        event["message"].encode()
        for name in live.described["functions"].values()
        for event in logs.filter_log_events(logGroupName=_log_group(live, name))["events"]
    ]
    assert rows
    assert kept
    assert lines
    everything = b"\n".join([*(_bytes(row) for row in rows), *kept, *lines])
    for secret in (ana, ana.partition("@")[0]):
        assert secret.encode() not in everything
    # Of nobody else either, of all who were on this stack.
    assert leaks(b"\n".join(lines).decode()) == []


def _log_group(live: Live, function: str) -> str:
    told = live.client("lambda").get_function_configuration(FunctionName=function)
    return str(told.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{function}")


def _unpacked(body: bytes) -> bytes:
    return gzip.decompress(body)


def _bytes(row: dict[str, dict[str, Any]]) -> bytes:
    return b" ".join(
        value if isinstance(value, bytes) else str(value).encode()
        for attribute in row.values()
        for value in attribute.values()
    )


def test_why_tells_the_whole_story_in_sentences(live: Live, ana: str) -> None:
    where = {"RAPPORT_CONFIG": str(live.place.local_json)}
    told = CliRunner().invoke(commands, ["why", ana], env=where)
    assert told.exit_code == 0, told.output
    for words in ("Talent Network Joined", "welcome", "SES accepted"):
        assert words.lower() in told.output.lower()
    as_json = CliRunner().invoke(commands, ["why", ana, "--json"], env=where)
    assert json.loads(as_json.output)


def test_the_door_refuses_an_unknown_key_with_a_code(live: Live) -> None:
    status, answer = post(live, "/v1/track", joined("x@inbox.halden.example"), key="wk_wrong")
    assert status == 401
    assert set(answer) == {"success", "code", "message"}


def test_any_path_reaches_a_door_that_answers_with_a_code(live: Live) -> None:
    visit = joined(f"mara-{uuid4().hex[:8]}@inbox.halden.example")
    assert post(live, "/proxy/v1/t/", visit) == (200, {"success": True})
    assert post(live, "/", {})[1]["code"] == "not_found"
    for method, path, status in (("PUT", "/v1/track", 405), ("GET", "/nothing/here", 404)):
        answered, headers = bare(live, method, path)
        assert answered == status
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_browser_on_any_site_may_post_to_the_tracking_door(live: Live) -> None:
    asked = {
        "Origin": "https://jobs.halden.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    for path in ("/v1/batch", "/behind/a/prefix/v1/batch"):
        status, headers = bare(live, "OPTIONS", path, asked)
        assert status // 100 == 2
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert {"authorization", "content-type"} <= _listed(headers["Access-Control-Allow-Headers"])
        assert "post" in _listed(headers["Access-Control-Allow-Methods"])


def _listed(header: str) -> set[str]:
    return {each.strip().lower() for each in header.split(",")}


def test_a_link_checker_finds_the_pages_of_mails_alive(live: Live, ana: str) -> None:
    confirmation, welcome = live.inbox.mails(ana)[:2]
    confirm = inbox.CONFIRM_LINK.search(confirmation["text"])
    assert confirm is not None
    for link in (confirm[0], welcome["headers"]["List-Unsubscribe"].partition(",")[0].strip("<>")):
        status, _ = bare(live, "HEAD", link.removeprefix(live.described["api_url"]))
        assert status == 200
    state = live.stores.book.address(ref_of(live, ana))
    assert state.consents[TOPIC].status is ConsentStatus.GRANTED
