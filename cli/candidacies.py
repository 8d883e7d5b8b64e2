"""What applicant tracking systems told of a person, as `who` shows it."""

from datetime import datetime

from cli import output
from rapport.domain.candidacy import Candidacy
from rapport.domain.event import from_millis
from rapport.domain.record import AtsRecord
from rapport.domain.recruiting import Recruiting
from rapport.viewing.candidacies import came, days_in, marks, source_of_move

_SHOWN_CHARS = 6


def show(recruiting: Recruiting, *, now: datetime) -> None:
    """What is known, for people."""
    if recruiting.candidacies:
        output.heading("In the applicant tracking system")
        output.rows(
            ("job", "from", "status", "stage", "since (UTC)", "days", "", ""),
            [
                (_title(c), _source_of(c), c.status or "–", *_stage(c, now), _ending(c), key[:6])
                for key, c in sorted(
                    recruiting.candidacies.items(), key=lambda item: _order(item[1])
                )
            ],
        )
    for key, each in sorted(recruiting.candidacies.items(), key=lambda item: _order(item[1])):
        if each.way:
            output.heading(f"Stages of {_title(each)} ({key[:_SHOWN_CHARS]})")
            output.rows(
                ("since (UTC)", "from", "to", ""),
                [
                    (
                        output.clock(from_millis(move.at)),
                        came(each, number) or "–",
                        move.called,
                        source_of_move(each, number),
                    )
                    for number, move in enumerate(each.way)
                ],
            )
    if recruiting.records:
        output.heading("Records of applicant tracking systems")
        output.rows(
            ("connection", "", ""),
            [
                (each.connection, key[:_SHOWN_CHARS], "; ".join(_noted(each)))
                for key, each in sorted(recruiting.records.items())
            ],
        )


def _noted(record: AtsRecord) -> list[str]:
    notes = marks(record.can_email, record.is_private)
    if record.into is not None:
        notes.append(f"goes on as {record.into.key[:_SHOWN_CHARS]}")
    elif record.gone:
        notes.append(f"deleted {output.clock(from_millis(record.deleted))}")
    if record.anonymized:
        notes.append(f"anonymised {output.clock(from_millis(record.anonymized))}")
    return notes or ["nothing against mail"]


def _order(candidacy: Candidacy) -> int:
    """The one that something happened to last stands first."""
    words = (candidacy.seen, candidacy.stands, *candidacy.moves, *candidacy.turns)
    return -max((word.at for word in words if word is not None), default=0)


def _title(candidacy: Candidacy) -> str:
    about = candidacy.about
    if about is None:
        return "no job"
    named = about.title or about.job or about.requisition
    return f"{named} (prospect)" if about.prospect else named


def _source_of(candidacy: Candidacy) -> str:
    return "–" if candidacy.came_from is None else candidacy.came_from.name


def _stage(candidacy: Candidacy, now: datetime) -> tuple[object, ...]:
    stage = candidacy.stage
    if stage is None:
        return ("–", "–", "–")
    return (stage.called, output.clock(from_millis(stage.at)), days_in(stage, now))


def _ending(candidacy: Candidacy) -> str:
    return "" if candidacy.stands is None else candidacy.stands.reason
