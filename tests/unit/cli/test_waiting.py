"""What waits for a person, told to an operator; and what has been cancelled lately, and by what."""

import json
from datetime import timedelta

import pytest

from rapport.domain.decision import FactRef
from rapport.domain.event import Event
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.domain.run import Run, RunState
from tests.unit.cli.conftest import START, Desk

ANA = "ana@inbox.halden.example"
REMINDER = "application-reminder"
WAIT = timedelta(hours=20)


def applied(
    desk: Desk, who: Ref, job: str = "4401", *, browser: Ref | None = None, minute: int = 0
) -> Event:
    return desk.tell(
        who,
        partition=browser,
        kind="Application Started",
        minute=minute,
        body={"properties": {"job_id": job}},
    )


def _submit(desk: Desk, who: Ref, *, browser: Ref | None = None, minute: int = 5) -> Event:
    return desk.tell(who, partition=browser, kind="Application Submitted", minute=minute)


def a_wait(desk: Desk, started: Event, *, subject: Ref | None = None, job: str = "4401") -> Run:
    """Store the run of a started application, as `trigger` would."""
    subject = subject or started.home
    run = Run(
        subject=subject,
        program=REMINDER,
        occurrence=f"application:{job}",
        fact=FactRef(
            name="ApplicationStarted",
            event_id=started.message_id,
            person=person_id(subject),
            origin="live",
            occurred_at=started.at,
            received_at=started.received_at,
            log_pk=started.key.pk,
            log_sk=started.key.sk,
            job=job,
        ),
        due=started.at + WAIT,
    )
    assert desk.stores.runs.put(run)
    return run


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def _section(text: str, title: str) -> list[str]:
    lines = _lines(text)
    rest = lines[lines.index(title) + 1 :]
    return rest[: rest.index("")] if "" in rest else rest


@pytest.fixture
def ana(desk: Desk) -> Ref:
    return desk.ref(Namespace.EMAIL, ANA)


def test_why_names_what_waits_instead_of_saying_that_nothing_is_held(desk: Desk, ana: Ref) -> None:
    a_wait(desk, applied(desk, ana))
    said = desk.run("why", ANA)
    assert said.code == 0
    assert (
        f"{REMINDER} waits until 2026-11-24 05:00 UTC for job 4401; judged again then." in said.out
    )
    assert "nothing held" not in said.out


def test_why_as_json_tells_a_wait_beside_decisions(desk: Desk, ana: Ref) -> None:
    started = applied(desk, ana)
    a_wait(desk, started)
    [told] = json.loads(desk.run("why", ANA, "--json").out)
    assert (told["outcome"], told["program"], told["job"]) == ("wait", REMINDER, "4401")
    assert told["due"] == "2026-11-24T05:00:00.000Z"
    assert told["since"] == {
        "event": "Application Started",
        "event_id": started.message_id,
        "at": "2026-11-23T09:00:00.000Z",
    }
    assert told["story"] == [{"part": "wait", "text": told["meaning"]}]
    assert (told["id"], told["at"], told["reason"], told["send_id"]) == (None, None, None, "")


def test_who_shows_what_waits_the_earliest_first(desk: Desk, ana: Ref) -> None:
    a_wait(desk, applied(desk, ana, "4402", minute=1), job="4402")
    a_wait(desk, applied(desk, ana))
    assert _section(desk.run("who", ANA).out, "Waiting") == [
        "program job due (UTC) since (UTC)",
        f"{REMINDER} 4401 2026-11-24 05:00:00 Application Started, 2026-11-23 09:00:00",
        f"{REMINDER} 4402 2026-11-24 05:01:00 Application Started, 2026-11-23 09:01:00",
    ]
    answer = json.loads(desk.run("who", ANA, "--json").out)
    assert [(w["job"], w["due"], w["overdue"]) for w in answer["waiting"]] == [
        ("4401", "2026-11-24T05:00:00.000Z", False),
        ("4402", "2026-11-24T05:01:00.000Z", False),
    ]
    assert answer["cancelled"] == []


def test_a_person_for_whom_nothing_waits_is_told_so(desk: Desk, ana: Ref) -> None:
    desk.tell(ana)
    assert _section(desk.run("who", ANA).out, "Waiting") == ["Nothing waits."]
    assert "was decided on, and none waits" in desk.run("why", ANA).out


def test_a_wait_that_has_been_woken_waits_no_longer(desk: Desk, ana: Ref) -> None:
    run = a_wait(desk, applied(desk, ana))
    desk.stores.runs.end(run, RunState.WOKEN)
    answer = json.loads(desk.run("who", ANA, "--json").out)
    assert (answer["waiting"], answer["cancelled"]) == ([], [])
    assert json.loads(desk.run("why", ANA, "--json").out) == []


def test_a_wait_that_nobody_woke_in_time_is_told_as_overdue(desk: Desk, ana: Ref) -> None:
    a_wait(desk, applied(desk, ana))
    desk.clock.forward(hours=21)
    said = desk.run("why", ANA)
    assert (
        f"{REMINDER} waits for job 4401; it was due 2026-11-24 05:00 UTC and is not judged yet."
        in said.out
    )
    [waits] = json.loads(desk.run("who", ANA, "--json").out)["waiting"]
    assert waits["overdue"] is True


def test_a_cancelled_wait_is_told_with_what_cancelled_it(desk: Desk, ana: Ref) -> None:
    run = a_wait(desk, applied(desk, ana))
    submitted = _submit(desk, ana)
    desk.stores.runs.end(run, RunState.CANCELLED, by=submitted.message_id)
    told = desk.run("who", ANA).out
    assert _section(told, "Waiting") == ["Nothing waits."]
    assert _section(told, "Cancelled in the last 30 days") == [
        "program job cancelled (UTC) by",
        f"{REMINDER} 4401 2026-11-23 09:05:00 Application Submitted",
    ]
    [cancelled] = json.loads(desk.run("who", ANA, "--json").out)["cancelled"]
    assert cancelled["cancelled_at"] == "2026-11-23T09:05:00.000Z"
    assert cancelled["by"] == {
        "event": "Application Submitted",
        "event_id": submitted.message_id,
    }
    assert cancelled["since"]["event"] == "Application Started"


@pytest.mark.parametrize(("days", "told"), [(30, 1), (31, 0)])
def test_what_was_cancelled_long_ago_is_left_out(
    desk: Desk, ana: Ref, days: int, told: int
) -> None:
    run = a_wait(desk, applied(desk, ana))
    desk.stores.runs.end(run, RunState.CANCELLED, by=_submit(desk, ana).message_id)
    desk.clock.moment = START + timedelta(days=days, minutes=5)
    assert len(json.loads(desk.run("who", ANA, "--json").out)["cancelled"]) == told
    assert ("Cancelled in the last 30 days" in desk.run("who", ANA).out) == bool(told)


def test_what_an_event_cancelled_that_is_not_kept_is_told_by_its_id(desk: Desk, ana: Ref) -> None:
    run = a_wait(desk, applied(desk, ana))
    desk.stores.runs.end(run, RunState.CANCELLED, by="gone-1")
    assert _section(desk.run("who", ANA).out, "Cancelled in the last 30 days")[1] == (
        f"{REMINDER} 4401 – an event that is not kept (id gone-1)"
    )
    [cancelled] = json.loads(desk.run("who", ANA, "--json").out)["cancelled"]
    assert cancelled["cancelled_at"] is None
    assert cancelled["by"] == {"event": None, "event_id": "gone-1"}


def test_a_wait_that_began_in_a_browser_is_found_under_its_person(desk: Desk, ana: Ref) -> None:
    """The visitor said who they are only later; the run stays where it began."""
    cookie = desk.ref(Namespace.ANON, "c-1")
    run = a_wait(desk, applied(desk, cookie))
    _move(desk, cookie, ana)
    submitted = _submit(desk, ana, browser=cookie, minute=9)
    assert "waits until 2026-11-24 05:00 UTC" in desk.run("why", ANA).out
    assert "waits until 2026-11-24 05:00 UTC" in desk.run("why", "c-1").out
    [told] = json.loads(desk.run("why", ANA, "--json").out)
    assert told["person"] == person_id(ana)
    desk.stores.runs.end(run, RunState.CANCELLED, by=submitted.message_id)
    [cancelled] = json.loads(desk.run("who", ANA, "--json").out)["cancelled"]
    assert cancelled["by"]["event"] == "Application Submitted"


def test_what_waits_in_a_browser_of_several_people_is_told_of_none(desk: Desk, ana: Ref) -> None:
    cookie, bo = desk.ref(Namespace.ANON, "kiosk"), desk.ref(Namespace.USER, "u-bo")
    a_wait(desk, applied(desk, cookie))
    _move(desk, cookie, bo)
    assert len(json.loads(desk.run("why", "u-bo", "--json").out)) == 1
    desk.tell(ana, partition=cookie, kind="identify", minute=30)
    desk.enrich()
    assert json.loads(desk.run("why", "u-bo", "--json").out) == []
    assert json.loads(desk.run("why", ANA, "--json").out) == []


def _move(desk: Desk, cookie: Ref, root: Ref) -> None:
    """The browser's history goes to a person, as `enrich` would note it."""
    desk.tell(root, partition=cookie, kind="identify", minute=2)
    desk.enrich()
