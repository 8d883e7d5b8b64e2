"""An application that was left lying, from the tracking door to the reminder: the real handlers."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cli.store import open_stores
from rapport.domain.names import APPLICATION_SUBMITTED
from rapport.domain.reasons import Reason
from rapport.viewing.finding import find
from rapport.viewing.who import who
from rapport.viewing.why import still_waiting, stories
from tests.inprocess.applications import ANOTHER, CARLA, DINA, FORGOTTEN
from tests.inprocess.story import CONFIG, Story, html_of, text_of


def test_whoever_waits_has_one_schedule_and_whoever_sent_off_has_none(story: Story) -> None:
    [schedule] = _of_carla(story.schedules)
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Name"].startswith("p_")
    woken = json.loads(schedule["Target"]["Input"])
    assert woken["wake"].startswith("email#")
    assert "@" not in json.dumps(schedule, default=str)


def test_nobody_is_mailed_before_the_time_has_come(story: Story) -> None:
    steps = ("another", "started", "dina", "sent off")
    assert {story.mails_after[step] for step in steps} == {story.mails_after["bounced"]}
    assert story.mails_after["reminded"] == story.mails_after["bounced"] + 1


def test_the_reminder_tells_of_the_job_as_the_feed_has_it(story: Story) -> None:
    reminder = _reminder(story)
    for part in (text_of(reminder), html_of(reminder)):
        assert "Registered Nurse, Medical Ward" in part
        assert "Not what the feed says" not in part
        assert "/f/confirm?t=" in part


def test_what_is_not_due_waits_for_the_next_wake_up(story: Story) -> None:
    [waited], [waits] = _of_carla(story.schedules), _of_carla(story.engine.schedules())
    assert waits["Name"] == waited["Name"]
    assert waits["ScheduleExpression"] > waited["ScheduleExpression"]
    stores = open_stores(CONFIG)
    told = stories(stores, find(stores, CARLA))
    assert [each.told.decision.intent.fact.job for each in told] == [FORGOTTEN]
    wakes_later = still_waiting(stores, find(stores, CARLA), now=datetime.now(UTC))
    assert [wait.run.fact.job for wait in wakes_later] == [ANOTHER]
    assert ANOTHER not in text_of(_reminder(story))


def test_why_nobody_was_reminded_is_told(story: Story) -> None:
    stores = open_stores(CONFIG)
    dina = find(stores, DINA)
    [told] = stories(stores, dina)
    assert told.told.decision.reason is Reason.APPLICATION_SUBMITTED
    assert any("submitted on" in line.text for line in told.lines)
    [cancelled] = who(stores, dina, now=datetime.now(UTC)).waits.cancelled
    assert cancelled.by is not None
    assert cancelled.by.type == APPLICATION_SUBMITTED


def _of_carla(schedules: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hers among the schedules: others wait for what comes back by itself."""
    root = find(open_stores(CONFIG), CARLA).root
    return [each for each in schedules if json.loads(each["Target"]["Input"])["wake"] == root]


def _reminder(story: Story) -> dict[str, Any]:
    [mail] = [mail for mail in story.mails if mail["Destination"]["ToAddresses"] == [CARLA]]
    return mail
