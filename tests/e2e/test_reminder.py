"""The application reminder on the deployed whole: one schedule fires, another is taken back."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from local import inbox
from rapport.domain.address import ConsentStatus
from rapport.domain.decision import MailClass
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.domain.reasons import Reason
from tests.e2e.conftest import Live
from tests.e2e.visits import decisions, mail, post, ref_of, until

JOB = "4101"
PROGRAM = "application-reminder"
# A schedule of the local AWS fires up to 10 s late; the rest is the way from there to the inbox.
LATE = timedelta(seconds=10)
ON_THE_WAY = timedelta(seconds=10)


def _apply(live: Live, what: str, cookie: str, **told: Any) -> datetime:
    """Track an event of an application for the job; tells when it happened."""
    now = datetime.now(UTC)
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = {
        "type": "track",
        "event": f"Application {what}",
        "anonymousId": cookie,
        "messageId": str(uuid4()),
        "timestamp": stamp,
        "sentAt": stamp,
        "properties": {"job_id": JOB, "title": "Free riches, click here", **told},
    }
    assert post(live, "/v1/track", message) == (200, {"success": True})
    return now


def _wait(live: Live) -> timedelta:
    """How long the shipped playbook waits here: its hours, divided as the deployment says."""
    told = live.client("lambda").get_function_configuration(
        FunctionName=live.described["functions"]["trigger"]
    )
    divisor = int(told["Environment"]["Variables"]["RAPPORT_WAIT_DIVISOR"])
    return timedelta(hours=20) / divisor


def _schedules(live: Live) -> dict[str, str]:
    """Name → target's input of every schedule that waits."""
    scheduler = live.client("scheduler")
    listed = scheduler.list_schedules()["Schedules"]
    found = [
        scheduler.get_schedule(GroupName=each["GroupName"], Name=each["Name"]) for each in listed
    ]
    return {each["Name"]: each["Target"]["Input"] for each in found}


def _subjects(live: Live, cookie: str, address: str) -> tuple[Ref, Ref]:
    return live.stores.pseudonyms.ref(Namespace.ANON, cookie), ref_of(live, address)


def test_whoever_sends_the_application_off_is_not_reminded(live: Live) -> None:
    cookie, address = str(uuid4()), f"otto-{uuid4().hex[:8]}@inbox.halden.example"
    browser, person = _subjects(live, cookie, address)
    started = _apply(live, "Started", cookie, email=address)
    until(lambda: _schedules(live).get(person_id(person)), what="the schedule")
    _apply(live, "Submitted", cookie, email=address)
    [held] = until(lambda: decisions(live, address), what="the hold")
    assert held.reason is Reason.APPLICATION_SUBMITTED
    until(lambda: person_id(person) not in _schedules(live), what="the end of the schedule")
    assert person_id(browser) not in _schedules(live)
    left = started + _wait(live) + LATE - datetime.now(UTC)
    time.sleep(max(left.total_seconds(), 0))
    assert not live.inbox.mails(address)
    assert len(decisions(live, address)) == 1


def test_an_application_left_lying_is_reminded_of_when_it_is_due(live: Live) -> None:
    """The visitor says who they are only in the second step; the wait began as a browser's."""
    cookie, address = str(uuid4()), f"rosa-{uuid4().hex[:8]}@inbox.halden.example"
    browser, person = _subjects(live, cookie, address)
    started = _apply(live, "Started", cookie)
    due = started + _wait(live)
    waits = until(lambda: _schedules(live).get(person_id(browser)), what="the schedule")
    _apply(live, "Step Completed", cookie, step=1, email=address, first_name="Rosa")
    assert browser in waits
    assert "@" not in waits
    assert not live.inbox.mails(address)
    reminder = mail(live, address, 1)
    arrived = datetime.fromtimestamp(inbox.received_ms(dict(reminder)) / 1000, UTC)
    print(f"\nreminder: {(arrived - due).total_seconds():.1f} s after it was due")
    assert due <= arrived <= due + LATE + ON_THE_WAY
    [decision] = decisions(live, address)
    assert decision.intent.program == PROGRAM
    assert decision.mail_class is MailClass.CONFIRMATION
    job = live.stores.book.job(JOB)
    assert job is not None
    for part in ("text", "html"):
        assert job.title in reminder[part]
        assert "Free riches" not in reminder[part]
        assert "Rosa" not in reminder[part]
    assert person_id(browser) not in _schedules(live)
    inbox.confirm(dict(reminder))
    state = live.stores.book.address(person)
    assert state.consents["talent-network"].status is ConsentStatus.GRANTED
