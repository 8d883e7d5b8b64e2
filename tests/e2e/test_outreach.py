"""What comes back to a mail, and what waits, on the deployed whole."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest

from functions.send import flow, handler
from functions.settle.flow import YOUNGEST
from local import inbox, outside
from local.inbox import ask
from local.policy import ASLEEP
from rapport.adapters.dynamo.book import DynamoBook
from rapport.domain import names
from rapport.domain.address import ConsentStatus, SendRecord, SendState
from rapport.domain.decision import Outcome
from rapport.domain.event import Event
from rapport.domain.fate import Said
from rapport.domain.reasons import Reason
from rapport.domain.run import RunState
from tests.e2e.conftest import Live
from tests.e2e.visits import decisions, joined, mail, member, post, ref_of, stopped, until

ONE_TO_ONE, NURTURE = "one-to-one", "keep-in-touch"
# A browser as people have one; and when a click is believed to be theirs.
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TOPIC = "talent-network"
# A schedule of the local AWS fires up to ten seconds late, and has a way to go from there.
LATE = timedelta(seconds=25)
READS_FOR = timedelta(seconds=10.5)
# A little more than the demo's policy wants between two mails.
GAP = timedelta(seconds=4)


@pytest.fixture(scope="module")
def noticed(live: Live) -> str:
    """A member who agreed to be noticed, and was mailed since."""
    address = member(live, "nora")
    inbox.choose(dict(mail(live, address, 2)), {"topic.tracking": "on"})
    mail(live, address, 3)
    return address


def of_type(live: Live, address: str, *types: str) -> list[Event]:
    """The events of these types that hang on an address."""
    return [e for e in live.stores.log.partition(ref_of(live, address)) if e.type in types]


def of_program(live: Live, address: str, program: str) -> list[Any]:
    """What was decided about mails of a program, oldest first."""
    return [d for d in decisions(live, address) if d.intent.program == program]


def test_a_mail_that_comes_too_soon_waits_and_goes_out_when_it_may(live: Live) -> None:
    address = member(live, "hana")
    for number in range(2):
        outside.message(live.place, address, subject=f"Question {number}", text="Hello.")
    held, sent = until(lambda: _held_and_sent(live, address), what="a mail after its hold")
    assert held.reason is Reason.FREQUENCY
    assert held.until <= sent.decided_at <= held.until + LATE
    late = (sent.decided_at - held.until).total_seconds()
    print(f"\nheld, woken and sent {late:.1f} s after it might")


def _held_and_sent(live: Live, address: str) -> tuple[Any, Any] | None:
    made = of_program(live, address, ONE_TO_ONE)
    held = {d.intent.id: d for d in made if d.outcome is Outcome.HOLD}
    sent = (d for d in made if d.outcome is Outcome.SEND and d.intent.id in held)
    return next(((held[d.intent.id], d) for d in sent), None)


def test_whoever_lives_where_it_is_night_is_welcomed_when_it_is_day(live: Live) -> None:
    address = f"kiri-{uuid4().hex[:8]}@inbox.halden.example"
    visit = joined(address) | {"context": {"timezone": ASLEEP}}
    assert post(live, "/v1/track", visit) == (200, {"success": True})
    inbox.confirm(dict(mail(live, address, 1)))
    [held] = until(
        lambda: [d for d in decisions(live, address) if d.outcome is Outcome.HOLD], what="the hold"
    )
    assert (held.reason, held.intent.program) == (Reason.QUIET_HOURS, "talent-network-welcome")
    assert held.until is not None
    assert timedelta() < held.until - datetime.now(UTC) < timedelta(hours=7)
    runs = [run for run in live.stores.runs.of(ref_of(live, address)) if run.due == held.until]
    assert [run.state for run in runs] == [RunState.WAITING]


def test_a_machine_that_follows_every_link_at_once_shows_no_interest_and_a_person_does(
    live: Live, noticed: str
) -> None:
    education = dict(mail(live, noticed, 3))
    send_id = education["tags"]["send_id"]
    followed = inbox.follow(education, agent=BROWSER)
    assert followed >= 2
    until(
        lambda: len(of_type(live, noticed, names.MAIL_REPORTED)) >= followed or None,
        what="the signs of the machine",
    )
    outside.message(
        live.place, noticed, subject="A question", text="How we hire:", block="how-we-hire"
    )
    written = dict(mail(live, noticed, 4))
    sent = live.stores.book.send(written["tags"]["send_id"])
    assert sent is not None
    arrived = sent.settled_at or sent.claimed_at
    until(lambda: datetime.now(UTC) > arrived + READS_FOR or None, what="a moment to read it")
    inbox.follow(written, agent=BROWSER, only=0)
    [clicked] = until(
        lambda: of_type(live, noticed, names.MAIL_CLICKED), what="the click of a person"
    )
    assert clicked.body["properties"]["send_id"] == written["tags"]["send_id"]  # type: ignore[index,call-overload]
    assert Said.CLICKED not in live.stores.fates.fate(send_id).at
    assert Said.CLICKED in live.stores.fates.fate(sent.send_key).at
    ledger = {entry.send_key: entry for entry in live.stores.book.address(sent.address).ledger}
    assert ledger[sent.send_key].human
    assert not ledger[send_id].human
    print("\nlinks followed by a machine: taken for a person's 0; by a person: 1 of 1")


def test_a_link_that_is_not_ours_leads_to_the_brands_site(live: Live) -> None:
    answered = ask("GET", f"{live.described['api_url']}/c/{'a' * 40}/0")
    assert answered.status == HTTPStatus.FOUND


def test_an_answer_is_on_the_timeline_opens_a_task_and_ends_the_mails_of_the_clock(
    live: Live,
) -> None:
    address = member(live, "arne")
    welcome = mail(live, address, 2)
    outside.answer(live.described, welcome, "I am away.", outside.OUT_OF_OFFICE)
    until(lambda: of_type(live, address, names.AUTO_REPLY_RECEIVED), what="the automatic answer")
    assert not of_type(live, address, names.MAIL_REPLIED, names.TASK_OPENED)
    outside.answer(live.described, welcome, "Yes, I would like to see the ward.")
    ended = until(
        lambda: d if len(d := [*_ended(live, address)]) == 2 else None, what="the end of nurture"
    )
    assert {d.intent.program for d in ended} == {NURTURE, "still-interested"}
    assert len(of_type(live, address, names.MAIL_REPLIED)) == 1
    assert len(of_type(live, address, names.TASK_OPENED)) == 1
    assert not [
        r
        for r in live.stores.runs.of(ref_of(live, address))
        if r.program == NURTURE and r.state is RunState.WAITING
    ]


def _ended(live: Live, address: str) -> list[Any]:
    return [d for d in decisions(live, address) if d.reason is Reason.REPLIED]


def test_who_asks_for_a_break_on_the_page_of_preferences_is_not_mailed_until_its_end(
    live: Live,
) -> None:
    address = member(live, "petra")
    inbox.choose(dict(mail(live, address, 2)), {"often": "12", "pause": "1"})
    wishes = live.stores.book.address(ref_of(live, address)).wishes
    assert wishes.per_year == 12
    assert wishes.paused_until is not None
    outside.message(live.place, address, subject="A question", text="Hello.")
    [decided] = until(lambda: of_program(live, address, ONE_TO_ONE), what="the decision")
    # A message is not worth sending after a month, so it is not kept back for so long.
    assert (decided.outcome, decided.reason) == (Outcome.DROP, Reason.PAUSED_BY_CANDIDATE)
    assert len(live.inbox.mails(address)) == 2


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_unsubscribes_whichever_way_the_mail_program_writes_it(
    live: Live, kind: str
) -> None:
    address = member(live, "una")
    link = inbox.UNSUBSCRIBE_LINK.search(mail(live, address, 2)["headers"]["List-Unsubscribe"])
    assert link is not None
    body, whole = inbox.ONE_CLICK, kind
    if kind.startswith("multipart"):
        whole = f"{kind}; boundary=b"
        part = 'Content-Disposition: form-data; name="List-Unsubscribe"'
        body = f"--b\r\n{part}\r\n\r\nOne-Click\r\n--b--\r\n".encode()
    assert ask("POST", link[1], body, whole).ok
    state = live.stores.book.address(ref_of(live, address))
    assert state.consents[TOPIC].status is ConsentStatus.WITHDRAWN


def test_what_ses_reports_by_topic_and_by_bus_is_told_once(live: Live) -> None:
    address = member(live, "sofia")
    welcome = mail(live, address, 2)
    report = outside.report(welcome, "Send", welcome["received_at"])
    topic = next(
        each["TopicArn"]
        for each in live.client("sns").list_topics()["Topics"]
        if "Mail" in each["TopicArn"]
    )
    live.client("sns").publish(TopicArn=topic, Message=json.dumps(report))
    live.client("sqs").send_message(
        QueueUrl=live.described["queues"]["feedback"],
        MessageBody=json.dumps(outside.by_bus(report)),
    )
    outside.delivered(live.described, [welcome])
    until(lambda: _kinds(live, address).get("Delivery"), what="the report of the delivery")
    until(lambda: _queue_is_empty(live), what="the end of the reports")
    assert _kinds(live, address) == {"Send": 1, "Delivery": 1}


def _kinds(live: Live, address: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for event in of_type(live, address, names.MAIL_REPORTED):
        told = event.body["properties"]
        assert isinstance(told, Mapping)
        found[str(told["kind"])] = found.get(str(told["kind"]), 0) + 1
    return found


def _queue_is_empty(live: Live) -> bool:
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    told = live.client("sqs").get_queue_attributes(
        QueueUrl=live.described["queues"]["feedback"], AttributeNames=list(counts)
    )["Attributes"]
    return not any(int(told[name]) for name in counts)


class KilledError(BaseException):
    """Nothing catches it, as nothing catches the end of a process."""


def test_a_mail_whose_worker_died_after_the_claim_goes_out_once(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = member(live, "rolf")
    last = datetime.fromisoformat(mail(live, address, 3)["received_at"])
    until(lambda: datetime.now(UTC) > last + GAP or None, what="the gap between two mails")
    with stopped(live, "send"):
        outside.message(live.place, address, subject="A question", text="Hello.")
        _claimed_by_a_worker_that_dies(live, monkeypatch)
    [claimed] = [r for r in _records(live, address) if r.program == ONE_TO_ONE]
    assert claimed.state is SendState.CLAIMED
    # Looked at once it is surely nobody's, which is a little after its lease.
    time.sleep((claimed.claimed_at + YOUNGEST - datetime.now(UTC)).total_seconds() + 1)
    told = live.client("lambda").invoke(FunctionName=live.described["functions"]["settle"])
    assert "FunctionError" not in told
    sent = mail(live, address, 4)
    assert sent["tags"]["send_id"] == claimed.send_id
    assert len(live.inbox.mails(address)) == 4


def _claimed_by_a_worker_that_dies(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deployed worker's own code and settings, here, up to the moment after the claim."""
    sqs, queue = live.client("sqs"), live.described["queues"]["send"]
    name = live.described["functions"]["send"]
    told = live.client("lambda").get_function_configuration(FunctionName=name)
    taken = until(
        lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"),
        what="the intent in the queue",
    )[0]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=taken["ReceiptHandle"])

    def die(*_: Any, **__: Any) -> None:
        raise KilledError

    record = {"messageId": taken["MessageId"], "body": taken["Body"], "attributes": {}}
    with monkeypatch.context() as patch:
        for name, value in told["Environment"]["Variables"].items():
            patch.setenv(name, value)
        patch.setattr(flow, "LEASE", timedelta(seconds=1))
        patch.setattr(DynamoBook, "advance", die)
        with pytest.raises(KilledError):
            handler.lambda_handler({"Records": [record]}, None)


def _records(live: Live, address: str) -> list[SendRecord]:
    keys = {d.send_key for d in decisions(live, address) if d.send_key}
    found = (live.stores.book.send(key) for key in keys)
    return [record for record in found if record is not None]
