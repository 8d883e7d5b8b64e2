"""Runs in DynamoDB: a row per occasion, put once, moved on once."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import RunRow, bind, store_errors
from rapport.domain.decision import fact_from_json, fact_to_json
from rapport.domain.event import from_millis, millis
from rapport.domain.identifiers import Ref
from rapport.domain.run import Run, RunState
from rapport.errors import ConflictError

# A run that is over still keeps its occasion from starting another one.
KEPT = timedelta(days=400)


class DynamoRuns:
    """The port `Runs`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def put(self, run: Run) -> bool:
        """Store a run unless its subject has one for the occasion; whether it was new."""
        try:
            with store_errors():
                _row(run).save(condition=RunRow.pk.does_not_exist())
        except ConflictError:
            return False
        return True

    def of(self, subject: Ref) -> list[Run]:
        """All runs of a subject, in any state."""
        with store_errors():
            rows = list(RunRow.query(keys.run_key(subject, "", "").pk, consistent_read=True))
        return [_run(row) for row in rows]

    def end(self, run: Run, to: RunState, *, by: str = "") -> bool:
        """Move a run on if it still waits; False when it does not."""
        actions: list[Action] = [RunRow.state.set(to.value)]
        if by:
            actions.append(RunRow.ended_by.set(by))
        try:
            with store_errors():
                _row(run).update(actions=actions, condition=RunRow.state == RunState.WAITING.value)
        except ConflictError:
            return False
        return True

    def hold(self, run: Run, *, anew: bool = False) -> bool:
        """Let a run wait until it is due, unless an event has ended it; `anew`: even then."""
        cancelled = RunRow.state == RunState.CANCELLED.value
        try:
            with store_errors():
                _row(run).save(condition=None if anew else ~cancelled)
        except ConflictError:
            return False
        return True

    def move_on(self, run: Run, due: datetime, *, period: int) -> bool:
        """Let a rhythm that was due wait for a later period; False when it moved or ended."""
        same = RunRow.period == run.period if run.period else RunRow.period.does_not_exist()
        later = _row(replace(run, due=due, period=period))
        try:
            with store_errors():
                later.save(condition=(RunRow.state == RunState.WAITING.value) & same)
        except ConflictError:
            return False
        return True


def _row(run: Run) -> RunRow:
    return RunRow(
        *keys.run_key(run.subject, run.program, run.occurrence),
        subject=run.subject,
        program=run.program,
        occurrence=run.occurrence,
        fact=json.dumps(fact_to_json(run.fact), separators=(",", ":")),
        due=millis(run.due),
        state=run.state.value,
        ended_by=run.ended_by or None,
        period=run.period or None,
        expires=millis(run.due + KEPT) // 1000,
    )


def _run(row: RunRow) -> Run:
    return Run(
        subject=Ref(row.subject),
        program=row.program,
        occurrence=row.occurrence,
        fact=fact_from_json(json.loads(row.fact)),
        due=from_millis(int(row.due)),
        state=RunState(row.state),
        ended_by=row.ended_by or "",
        period=int(row.period or 0),
    )
