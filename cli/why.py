"""`rapport why ID`: why mails were sent, wait or were not, and what waits, for people."""

from collections.abc import Sequence

from cli import output
from rapport.viewing.finding import Found
from rapport.viewing.waits import Wait
from rapport.viewing.why import Story


def show(found: Found, told: Sequence[Story], waits: Sequence[Wait] = ()) -> None:
    """The stories for people, and then what waits."""
    if not told and waits:
        output.line(f"No mail to {found.asked} was decided on yet.")
    elif not told:
        output.line(f"No mail to {found.asked} was decided on, and none waits.")
    for story in told:
        output.heading(story.told.headline)
        lines = zip(("", *(line.part for line in story.lines)), story.lines, strict=False)
        output.rows(
            ("", ""),
            [("" if line.part == before else line.part, line.text) for before, line in lines],
        )
    if waits:
        output.heading("Waiting")
    for wait in waits:
        output.line(wait.sentence)
