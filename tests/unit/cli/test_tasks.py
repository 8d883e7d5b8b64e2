"""What waits for a person of the employer is listed, and closed by saying that it is done."""

import json
from datetime import timedelta

import pytest

from rapport.adapters.dynamo.book_rows import send_row
from rapport.domain.address import SendRecord, SendState
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Namespace, person_id
from rapport.domain.names import TASK_CLOSED
from rapport.tasks import REPLY, UNCERTAIN_MAIL, open_task
from tests.unit.cli.conftest import START, Desk

ANA = "ana@inbox.halden.example"


def opens(desk: Desk, kind: str, about: str, *, hours: int) -> None:
    """Open a task about a mail to Ana, as `receive` and `settle` do."""
    event = open_task(
        _sent(desk),
        kind,
        about,
        due=START + timedelta(hours=hours),
        now=START,
        log=desk.stores.log,
        tasks=desk.stores.tasks,
    )
    desk.stores.log.append([event])


def _sent(desk: Desk) -> SendRecord:
    ref = desk.ref(Namespace.USER, "u-7")
    record = SendRecord(
        send_key="ab" * 32,
        send_id="ab" * 32,
        state=SendState.UNCERTAIN,
        attempt=1,
        lease=START,
        person=person_id(ref),
        subject=ref,
        address=desk.ref(Namespace.EMAIL, ANA),
        program="keep-in-touch",
        template="keep-in-touch",
        topic="talent-network",
        mail_class="marketing",
        bundle="0" * 64,
        decision=LogKey(ref, "2026-11-23T09#engine#d_1"),
        claimed_at=START,
    )
    send_row(record).save()
    return record


@pytest.fixture
def ana(desk: Desk) -> Desk:
    desk.say(user="u-7", email=ANA, first_name="Ana")
    desk.enrich()
    return desk


def test_without_tasks_nothing_waits(desk: Desk) -> None:
    assert desk.run("tasks").out == "Nothing waits for you.\n"


def test_open_tasks_are_listed_by_when_they_are_due_with_what_to_do(ana: Desk) -> None:
    opens(ana, REPLY, "feed" * 8, hours=48)
    opens(ana, UNCERTAIN_MAIL, "beef" * 8, hours=-1)
    _, first, second, hint = ana.run("tasks", "list").out.splitlines()
    assert first.startswith("uncertain_mail_beefbeef")
    assert "overdue" in first
    assert f"rapport why {ANA}" in first
    assert second.startswith("reply_feedfeed")
    assert "overdue" not in second
    assert "keep-in-touch" in second
    assert f"rapport timeline {ANA}" in second
    assert "rapport tasks done uncertain_mail_beefbeef" in hint


def test_ids_are_as_long_as_they_must_be_to_tell_tasks_apart(ana: Desk) -> None:
    opens(ana, REPLY, "feedfeed01", hours=1)
    opens(ana, REPLY, "feedfeed02", hours=2)
    listed = ana.run("tasks").out
    assert "reply_feedfeed01" in listed
    assert "reply_feedfeed02" in listed


def test_what_is_done_is_open_no_more_and_the_log_says_by_whom(ana: Desk) -> None:
    opens(ana, REPLY, "feed" * 8, hours=48)
    assert ana.run("tasks", "done", "reply_feed", "--by", "kari").code == 0
    assert json.loads(ana.run("tasks", "--json").out) == []
    [closed] = [
        event
        for event in ana.stores.log.partition(ana.ref(Namespace.USER, "u-7"))
        if event.type == TASK_CLOSED
    ]
    assert closed.body["properties"] == {"kind": REPLY, "send_id": "ab" * 32, "by": "kari"}


@pytest.mark.parametrize(("asked", "number"), [("reply", 2), ("reply_no", 0), ("", 0), ("t_", 0)])
def test_only_one_task_is_closed_at_a_time(ana: Desk, asked: str, number: int) -> None:
    opens(ana, REPLY, "feed" * 8, hours=48)
    opens(ana, REPLY, "beef" * 8, hours=48)
    told = ana.run("tasks", "done", asked)
    assert told.code == 1
    assert f"{number} open tasks" in told.err
    assert len(ana.stores.tasks.all()) == 2


def test_a_task_about_somebody_who_was_forgotten_can_still_be_closed(ana: Desk) -> None:
    opens(ana, REPLY, "feed" * 8, hours=48)
    ana.forget(ana.ref(Namespace.USER, "u-7"))
    [told] = json.loads(ana.run("tasks", "--json").out)
    assert told["person"].startswith("p_")
    assert ana.run("tasks", "done", told["id"]).code == 0
    assert not ana.stores.tasks.all()
