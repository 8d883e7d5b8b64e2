"""What applicant tracking systems told of a person, as `who` and `timeline` show it."""

from datetime import datetime

from cli import output
from cli.decisions import properties
from rapport.domain import names
from rapport.domain.candidacy import TELLING, Candidacy, Move
from rapport.domain.event import Event, Json, from_millis
from rapport.domain.explain import way_of
from rapport.domain.record import AtsRecord
from rapport.domain.recruiting import Recruiting

_SHOWN_CHARS = 6
_SAID = {
    names.APPLICATION_RECEIVED: "applied",
    names.APPLICATION_REJECTED: "rejected",
    names.APPLICATION_WITHDRAWN: "withdrew",
    names.CANDIDATE_HIRED: "hired",
    names.HIRE_UNDONE: "the hire was taken back",
    names.APPLICATION_REOPENED: "goes on",
    names.APPLICATION_DELETED: "deleted in the ATS",
    names.CANDIDATE_DELETED: "deleted in the ATS",
    names.CANDIDATE_ANONYMIZED: "anonymised in the ATS",
}

# What these say of a stage is where it ended, and not where it went.
_ENDED = frozenset({names.APPLICATION_REJECTED, names.APPLICATION_WITHDRAWN})


def told(event: Event) -> str:
    """An event of an ATS in a few words; empty for any other."""
    said = {name: str(value or "") for name, value in properties(event).items()}
    words: list[str] = []
    match event.type:
        case names.CANDIDATE_MERGED:
            words = ["two records of the ATS are one"]
        case names.ERASURE_REQUESTED:
            not_before = properties(event).get("not_before")
            wait = isinstance(not_before, int) and output.clock(from_millis(not_before))
            words = [
                f"{said.get('by', '')} asks to forget them",
                said.get("because", ""),
                f"not before {wait}: it may have been a merge" if wait else "",
            ]
        case names.PROSPECT_PUSHED:
            words = [f"put into {said.get('connection', '')}", said.get("state", "")]
        case names.CANDIDATE_RECORDED:
            traits = event.body.get("traits")
            stated = sorted(traits) if isinstance(traits, dict) else []
            marks = _marks(properties(event).get("can_email"), properties(event).get("private"))
            words = [f"stated: {', '.join(stated)}" if stated else "", *marks]
        case names.RECRUITING_NOTED:
            words = [said.get(name, "") for name in ("what", "status", "title")]
        case kind if kind in TELLING or kind in _SAID:
            way = "" if kind in _ENDED else way_of(event)
            job = said.get("title") or said.get("job_id", "")
            words = [_SAID.get(kind, ""), job, way, said.get("reason", "")]
    return ", ".join(filter(None, words))


def to_json(recruiting: Recruiting, *, now: datetime) -> dict[str, Json]:
    """What is known, for programs. Times in ISO 8601; `days` are whole days in the stage."""
    return {
        "candidacies": {
            key: _candidacy_json(each, now) for key, each in sorted(recruiting.candidacies.items())
        },
        "ats_records": {
            key: {
                "connection": each.connection,
                "can_email": each.can_email,
                "private": each.is_private,
                "deleted": _iso(each.deleted) if each.gone else None,
                "anonymized": _iso(each.anonymized),
                "into": None if each.into is None else each.into.key,
            }
            for key, each in sorted(recruiting.records.items())
        },
    }


def _candidacy_json(candidacy: Candidacy, now: datetime) -> dict[str, Json]:
    about, stage = candidacy.about, candidacy.stage
    return {
        "job": candidacy.job,
        "requisition": "" if about is None else about.requisition,
        "title": "" if about is None else about.title,
        "prospect": about is not None and about.prospect,
        "source": "" if candidacy.came_from is None else candidacy.came_from.name,
        "applied": output.iso_or_none(candidacy.applied_at),
        "status": candidacy.status,
        "stage": None if stage is None else stage.called,
        "since": None if stage is None else _iso(stage.at),
        "days": None if stage is None else _days(stage, now),
        "history": [
            {
                "at": _iso(move.at),
                "stage": move.stage,
                "id": move.id,
                "name": move.name,
                "from": _came(candidacy, number),
                "from_source": _source(candidacy, number),
            }
            for number, move in enumerate(candidacy.way)
        ],
        "statuses": [
            {"at": _iso(turn.at), "status": turn.status, "reason": turn.reason, "by": turn.by}
            for turn in candidacy.turns
        ],
    }


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
                        _came(each, number) or "–",
                        move.called,
                        _source(each, number),
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
    notes = _marks(record.can_email, record.is_private)
    if record.into is not None:
        notes.append(f"goes on as {record.into.key[:_SHOWN_CHARS]}")
    elif record.gone:
        notes.append(f"deleted {output.clock(from_millis(record.deleted))}")
    if record.anonymized:
        notes.append(f"anonymised {output.clock(from_millis(record.anonymized))}")
    return notes or ["nothing against mail"]


def _marks(can_email: object, private: object) -> list[str]:
    notes = {False: ["must not be mailed"], True: ["may be mailed"]}
    found = notes[can_email] if isinstance(can_email, bool) else []
    return [*found, "private"] if private is True else found


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
    return (stage.called, output.clock(from_millis(stage.at)), _days(stage, now))


def _ending(candidacy: Candidacy) -> str:
    return "" if candidacy.stands is None else candidacy.stands.reason


def _days(stage: Move, now: datetime) -> int:
    return max((now - from_millis(stage.at)).days, 0)


def _came(candidacy: Candidacy, number: int) -> str:
    """Where it came from: as the ATS told, else the stage before."""
    way = candidacy.way
    move = way[number]
    before = way[number - 1].called if number else ""
    return move.from_name or move.from_id or before


def _source(candidacy: Candidacy, number: int) -> str:
    """Who knows where it came from: `vendor`, `derived`, `unknown`."""
    move = candidacy.way[number]
    if move.from_id or move.from_name:
        return move.source or "vendor"
    return "derived" if number else "unknown"


def _iso(at: int) -> str | None:
    return output.iso(from_millis(at)) if at else None
