"""What waits for a person, and what was cancelled lately, for people."""

from cli import output
from rapport.viewing.waits import LATELY, Cancelled, Wait, Waits, event_of


def show(found: Waits) -> None:
    """Both kinds for people."""
    output.heading("Waiting")
    if not found.waiting:
        output.line("Nothing waits.")
    else:
        output.rows(
            ("program", "job", "due (UTC)", "since (UTC)"),
            [_cells(each) for each in found.waiting],
        )
    if found.cancelled:
        output.heading(f"Cancelled in the last {LATELY.days} days")
        output.rows(
            ("program", "job", "cancelled (UTC)", "by"),
            [
                (each.run.program, each.run.fact.job or "–", output.clock(each.at), _by(each))
                for each in found.cancelled
            ],
        )


def _cells(wait: Wait) -> tuple[str, ...]:
    run, fact = wait.run, wait.run.fact
    due = f"{output.clock(run.due)}{', overdue' if wait.overdue else ''}"
    since = f"{event_of(fact.name)}, {output.clock(fact.occurred_at)}"
    return run.program, fact.job or "–", due, since


def _by(cancelled: Cancelled) -> str:
    if cancelled.by is None:
        return f"an event that is not kept (id {cancelled.run.ended_by})"
    return cancelled.by.type
