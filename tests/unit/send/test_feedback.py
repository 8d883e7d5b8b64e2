"""What SES says of a mail: evidence, reports in the log, addresses that are closed."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from functions.send.feedback import Heard
from functions.send.reports import KINDS, SesReport, is_intent, read_message, read_report
from rapport.domain.address import SCOPE_ALL, SendState
from rapport.domain.tokens import Purpose, issue
from rapport.errors import PoisonError
from tests.support.mailroom import ANA, Mailroom

SAMPLES = Path(__file__).parents[2] / "support" / "ses"
EVENTS = sorted(path.stem for path in SAMPLES.glob("awsdocs-sns-*.json"))
SET_ASIDE = {"subscription"}


def sample(name: str) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((SAMPLES / f"awsdocs-{name}.json").read_text())
    return raw


def about(send_id: str, name: str, **changes: Mapping[str, object]) -> dict[str, Any]:
    """A published sample, as if it were about our mail; `changes` go into its inner records."""
    record = sample(f"sns-{name}-record")
    record["mail"]["tags"]["send_id"] = [send_id]
    for inner, fields in changes.items():
        record[inner] = {**record[inner], **fields}
    return record


def parsed(record: Mapping[str, object]) -> SesReport:
    report = read_report(read_message(json.dumps(record)))
    assert report is not None
    return report


def mailed() -> tuple[Mailroom, str]:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    return room, room.record().send_id


@pytest.mark.parametrize("name", EVENTS)
def test_every_published_event_is_read_or_set_aside(name: str) -> None:
    message = read_message((SAMPLES / f"{name}.json").read_text())
    assert not is_intent(message)
    report = read_report(message)
    followed = name.split("-")[2] not in SET_ASIDE
    assert (report is not None) is followed
    if report is not None:
        assert report.kind in KINDS
        assert report.message_id
        assert report.at.year >= 2016


@pytest.mark.parametrize("wrap", ["bare", "bus", "sns", "sns around the bus"])
def test_a_report_is_the_same_report_however_it_is_wrapped(wrap: str) -> None:
    record = about("s" * 64, "bounce")
    bus = {"source": "aws.ses", "detail-type": "Email Bounced", "detail": record}
    envelope = {
        "bare": record,
        "bus": bus,
        "sns": {"Type": "Notification", "Message": json.dumps(record)},
        "sns around the bus": {"Type": "Notification", "Message": json.dumps(bus)},
    }[wrap]
    assert parsed(envelope) == parsed(record)


def test_older_notifications_without_tags_are_about_nobody_we_know() -> None:
    room, _ = mailed()
    record = sample("feedback-notification-bounce-notification-with-a-dsn")
    report = read_report(read_message(json.dumps(record)))
    assert report is not None
    assert room.feedback.hear(report) is Heard.NOBODYS


@pytest.mark.parametrize("body", ["", "no json", "[]", "null", "7", "[" * 100_000])
def test_a_message_that_is_none_goes_to_the_dead_letters(body: str) -> None:
    with pytest.raises(PoisonError):
        read_message(body)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"eventType": 7},
        {"eventType": "Subscription"},
        {"eventType": "Something New"},
        {"Message": "no json"},
        {"Message": "[]"},
        {"detail": "x"},
        {"eventType": ["Bounce"]},
    ],
)
def test_what_is_no_report_is_set_aside(message: dict[str, Any]) -> None:
    assert read_report(message) is None


def test_a_report_with_broken_insides_is_about_nobody() -> None:
    room, _ = mailed()
    broken = {"eventType": "Bounce", "bounce": [], "mail": {"tags": {"send_id": [7]}}}
    assert room.feedback.hear(parsed(broken)) is Heard.NOBODYS


def test_a_delivery_is_told_in_the_log_and_closes_nothing() -> None:
    room, send_id = mailed()
    assert room.feedback.hear(parsed(about(send_id, "delivery"))) is Heard.RECORDED
    [event] = room.logged("Mail Reported")
    properties = event.body["properties"]
    assert isinstance(properties, dict)
    assert (properties["kind"], properties["send_id"]) == ("Delivery", send_id)
    assert not room.book.addresses[room.ref(ANA)].suppressions


def test_a_hard_bounce_closes_the_address_for_all_mail() -> None:
    room, send_id = mailed()
    assert room.feedback.hear(parsed(about(send_id, "bounce"))) is Heard.CLOSED
    state = room.book.addresses[room.ref(ANA)]
    assert state.suppressions[SCOPE_ALL].reason == "hard bounce"
    room.send.deliver(room.intent(room.record().person))
    assert room.reasons[-1] == "suppressed"


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_soft_bounce_closes_nothing(kind: str) -> None:
    room, send_id = mailed()
    report = parsed(about(send_id, "bounce", bounce={"bounceType": kind}))
    assert room.feedback.hear(report) is Heard.RECORDED
    assert not room.book.addresses[room.ref(ANA)].suppressions


def test_a_complaint_closes_the_address_for_all_mail() -> None:
    room, send_id = mailed()
    assert room.feedback.hear(parsed(about(send_id, "complaint"))) is Heard.CLOSED
    assert room.book.addresses[room.ref(ANA)].suppressions[SCOPE_ALL].reason == "complaint"


def test_a_complaint_that_says_not_spam_closes_nothing() -> None:
    room, send_id = mailed()
    word = {"complaintFeedbackType": "not-spam"}
    report = parsed(about(send_id, "complaint", complaint=word))
    assert room.feedback.hear(report) is Heard.RECORDED
    assert not room.book.addresses[room.ref(ANA)].suppressions


def test_a_report_that_comes_eight_times_is_one_event() -> None:
    room, send_id = mailed()
    for _ in range(8):
        room.feedback.hear(parsed(about(send_id, "bounce")))
        room.clock.forward(minutes=1)
    assert len(room.logged("Mail Reported")) == 1


def test_a_second_reason_to_close_is_on_record_too() -> None:
    room, send_id = mailed()
    room.feedback.hear(parsed(about(send_id, "complaint")))
    room.feedback.hear(parsed(about(send_id, "bounce")))
    assert len(room.logged("Mail Reported")) == 2
    assert room.book.addresses[room.ref(ANA)].suppressions[SCOPE_ALL].reason == "complaint"


def test_reports_in_any_order_come_to_the_same() -> None:
    outcomes = set()
    for order in permutations(("send", "delivery", "bounce", "complaint")):
        room, send_id = mailed()
        for name in order:
            room.feedback.hear(parsed(about(send_id, name)))
        state = room.book.addresses[room.ref(ANA)]
        kinds = sorted(event.message_id for event in room.logged("Mail Reported"))
        outcomes.add((tuple(kinds), tuple(state.suppressions), room.record().state))
    assert len(outcomes) == 1


@pytest.mark.parametrize(
    "state", [SendState.SUBMITTING, SendState.UNCERTAIN, SendState.RETRY, SendState.LOST]
)
@pytest.mark.parametrize("name", ["send", "delivery", "bounce"])
def test_a_report_proves_that_ses_took_an_uncertain_mail(state: SendState, name: str) -> None:
    room, send_id = mailed()
    room.book.sends[send_id] = replace(room.record(), state=state, message_id="")
    report = parsed(about(send_id, name))
    room.feedback.hear(report)
    assert (room.record().state, room.record().message_id) == (
        SendState.ACCEPTED,
        report.message_id,
    )


def test_a_report_does_not_revive_a_mail_that_was_refused() -> None:
    room, send_id = mailed()
    room.book.sends[send_id] = replace(room.record(), state=SendState.FAILED)
    room.feedback.hear(parsed(about(send_id, "delivery")))
    assert room.record().state is SendState.FAILED


def test_a_report_about_a_mail_of_somebody_else_is_nobodys() -> None:
    room, _ = mailed()
    before = dict(room.log.rows)
    assert room.feedback.hear(parsed(about("f" * 64, "bounce"))) is Heard.NOBODYS
    assert room.log.rows == before


def test_what_ses_quotes_of_an_address_is_not_kept() -> None:
    room, send_id = mailed()
    room.feedback.hear(parsed(about(send_id, "bounce")))
    [event] = room.logged("Mail Reported")
    assert "recipient@example.com" not in json.dumps(event.body)


def test_a_closed_address_stays_closed_after_the_owner_confirms_again() -> None:
    room = Mailroom()
    room.send.deliver(room.intent(room.person()))
    [record] = room.book.sends.values()
    room.feedback.hear(parsed(about(record.send_id, "bounce")))
    token = issue(room.rings.ring("tokens"), Purpose.CONFIRM, record.send_key)
    room.engage.confirm(token)
    room.send.deliver(room.intent(record.person))
    assert room.reasons[-1] == "suppressed"
