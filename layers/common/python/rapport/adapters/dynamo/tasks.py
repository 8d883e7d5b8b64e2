"""The open tasks: a row for each in one partition, for an employer has few at a time."""

from collections.abc import Sequence

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import TaskRow, bind, store_errors
from rapport.domain.event import LogKey, from_millis, millis
from rapport.tasks import Task


class DynamoTasks:
    """The port `Tasks`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def add(self, task: Task) -> None:
        """Keep a task as open; harmless to repeat."""
        with store_errors():
            _row(task).save()

    def all(self) -> Sequence[Task]:
        """Every open task, the one that is due first first."""
        with store_errors():
            rows = [*TaskRow.query(keys.task_key("").pk, consistent_read=True)]
        return sorted(map(_read, rows), key=lambda task: (task.due, task.id))

    def remove(self, task: Task) -> None:
        """It is open no more; harmless to repeat."""
        with store_errors():
            _row(task).delete()


def _row(task: Task) -> TaskRow:
    return TaskRow(
        *keys.task_key(task.id),
        what=task.kind,
        send_id=task.send_id,
        due=millis(task.due),
        log_pk=task.opened.pk,
        log_sk=task.opened.sk,
    )


def _read(row: TaskRow) -> Task:
    return Task(
        id=row.sk,
        kind=row.what,
        send_id=row.send_id,
        due=from_millis(int(row.due)),
        opened=LogKey(row.log_pk, row.log_sk),
    )
