"""`rapport timeline ID`: everything that happened to a person, ordered by corrected time."""

from cli import output
from rapport.domain.event import Event
from rapport.viewing.finding import Found
from rapport.viewing.timeline import labels, told


def show(found: Found, events: list[Event]) -> None:
    """The timeline for people."""
    output.line(f"{found.person}, known as {found.asked}: {len(events)} events", "bold")
    output.rows(
        ("when (UTC)", "what", "source", "trust", ""),
        [(output.clock(e.at), e.type, e.source, e.trust.value, _line(e)) for e in events],
    )


def _line(event: Event) -> str:
    noted = labels(event)
    return f"{told(event)} [{noted}]".lstrip() if noted else told(event)
