"""The table at the end of the demo day, in words that a newcomer understands."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from local.figures import percentile
from local.outcome import Outcome
from rapport.domain.reasons import Reason

SLOW_SHARE, MIDDLE_SHARE = 0.95, 0.5
MEANING = {reason.value: reason.meaning for reason in Reason}


def table(*, visitors: int, requests: int, got: Outcome, clicks: Sequence[int]) -> Table:
    """One row per figure: what it is, how much, and what it means."""
    drawn = Table(title="The day in figures", title_justify="left", title_style="bold")
    drawn.add_column("What")
    drawn.add_column("Count", justify="right")
    drawn.add_column("Meaning", overflow="fold")
    rows = (
        ("Requests", requests, f"to the public API, by {visitors} visitors and two tracking SDKs"),
        ("Events accepted", got.accepted, "each stored exactly once, encrypted"),
        ("Repeats refused", got.repeated, "deliveries of an event that was stored already"),
        ("Profiles", got.profiles, "people known by an e-mail address, a user id or both"),
        ("Identifiers", got.identifiers, "of theirs; those that belong together are one profile"),
        *_by_reason("Mails", "Mail", got.mails),
        *_by_reason("Holds", "Hold", got.holds),
    )
    for what, count, meaning in rows:
        drawn.add_row(what, str(count), meaning)
    drawn.add_section()
    told = f"half of the {len(clicks)} mails had arrived so long after the click that caused them"
    drawn.add_row("Click → mail, p50", _ms(percentile(clicks, MIDDLE_SHARE)), told)
    drawn.add_row(
        "Click → mail, p95",
        _ms(percentile(clicks, SLOW_SHARE)),
        "nearly all of them; the first had to wait for every function to start",
    )
    return drawn


def _by_reason(title: str, one: str, counts: Mapping[str, int]) -> Sequence[tuple[str, int, str]]:
    total = sum(counts.values())
    told = "accepted by SES" if one == "Mail" else "decided against, each with its reason"
    rows = [(title, total, told)]
    for reason, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        rows.append((f"  {reason}", count, MEANING.get(reason, "")))
    return rows


def _ms(value: int | None) -> str:
    return "–" if value is None else f"{value} ms"
