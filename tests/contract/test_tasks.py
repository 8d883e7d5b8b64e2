"""Open tasks: in memory and in DynamoDB alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.domain.event import LogKey
from rapport.tasks import REPLY, Task, Tasks
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.support.settling import FakeTasks

FIRST = Task(
    id="t_reply_b", kind=REPLY, send_id="s" * 64, due=NOW, opened=LogKey("email#a", "2026#x#y")
)
SECOND = replace(FIRST, id="t_reply_a", due=NOW + timedelta(hours=1))


@pytest.fixture
def tasks(stores: Stores) -> Tasks:
    return FakeTasks() if stores.name == "fake" else DynamoTasks(TABLE_NAMES["book"])


def test_tasks_are_read_as_they_were_kept_until_they_are_taken_away(tasks: Tasks) -> None:
    for task in (SECOND, FIRST, FIRST):
        tasks.add(task)
    assert list(tasks.all()) == [FIRST, SECOND]
    for _ in range(2):
        tasks.remove(FIRST)
    assert list(tasks.all()) == [SECOND]
