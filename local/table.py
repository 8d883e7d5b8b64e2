"""The tables at the end of the demo day, in words that a newcomer understands."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from local.figures import percentile
from local.outcome import DROPPED, HELD, Outcome
from local.policy import PROGRAMS
from rapport.domain import names
from rapport.domain.reasons import Reason

SLOW_SHARE, MIDDLE_SHARE = 0.95, 0.5
MEANING = {reason.value: reason.meaning for reason in Reason}
OF_ATS = (
    names.APPLICATION_RECEIVED,
    names.APPLICATION_STAGE_CHANGED,
    names.APPLICATION_REJECTED,
    names.CANDIDATE_HIRED,
)
_STEPS = ("intended", "accepted", "delivered", "clicked by a person", HELD, DROPPED)
_HEADS = ("Intended", "Accepted", "Delivered", "Clicked", "Waits", "Not sent")


def table(*, visitors: int, requests: int, got: Outcome, clicks: Sequence[int]) -> Table:
    """One row per figure: what it is, how much, and what it means."""
    drawn = _empty("The day in figures", "What", "Count")
    drawn.add_column("Meaning", overflow="fold")
    heard = got.heard
    rows = (
        ("Requests", requests, f"to the public API, by {visitors} visitors and two tracking SDKs"),
        ("Events accepted", got.accepted, "each stored exactly once, encrypted"),
        ("Repeats refused", got.repeated, "deliveries of an event that was stored already"),
        ("Profiles", got.profiles, f"people, known by {got.identifiers} identifiers"),
        ("Answers", heard.get(names.MAIL_REPLIED, 0), "by a person; each opened a task"),
        (
            "Automatic answers",
            heard.get(names.AUTO_REPLY_RECEIVED, 0),
            "by a machine; noted, and nothing else",
        ),
        (
            "Told by the ATS",
            sum(heard.get(name, 0) for name in OF_ATS),
            "changes, each once; a repeated and a forged delivery told nothing",
        ),
        ("Clicks", heard.get(names.MAIL_CLICKED, 0), "by a person; a scanner's count nothing"),
    )
    for what, count, meaning in rows:
        drawn.add_row(what, str(count), meaning)
    told = f"half of {len(clicks)} mails came so soon after the click that caused them"
    drawn.add_row("Click → mail, p50", _ms(percentile(clicks, MIDDLE_SHARE)), told)
    told = "nearly all; the first waited for every function to start"
    drawn.add_row("Click → mail, p95", _ms(percentile(clicks, SLOW_SHARE)), told)
    return drawn


def programs(got: Outcome) -> Table:
    """What became of the mails of each program; accepted, waiting and not sent are all of them."""
    drawn = _empty("Mails by program", "Program", *_HEADS)
    for program in PROGRAMS:
        drawn.add_row(program, *(str(got.of(step, program) or "·") for step in _STEPS))
    drawn.add_section()
    drawn.add_row("all", *(str(got.of(step)) for step in _STEPS))
    intended = got.of("intended") or 1
    shares = (got.of(step) / intended for step in ("accepted", HELD, DROPPED))
    accepted, held, dropped = (f"{share:.1%}" for share in shares)
    drawn.add_row("share", "100.0%", accepted, "", "", held, dropped)
    return drawn


def reasons(got: Outcome) -> Table:
    """Why mails wait or were not sent."""
    drawn = _empty("Why not, or not yet", "", "Count")
    drawn.add_column("Reason", overflow="fold")
    for what, step in (("waits", HELD), ("not sent", DROPPED)):
        counted = sorted(got.reasons(step).items(), key=lambda each: (-each[1], each[0]))
        for reason, count in counted:
            drawn.add_row(what, str(count), MEANING.get(reason, reason))
    return drawn


def _empty(title: str, first: str, *others: str) -> Table:
    drawn = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    drawn.padding = (0, 0)
    drawn.add_column(first, no_wrap=True)
    for name in others:
        drawn.add_column(name, justify="right")
    return drawn


def _ms(value: int | None) -> str:
    return "–" if value is None else f"{value} ms"
