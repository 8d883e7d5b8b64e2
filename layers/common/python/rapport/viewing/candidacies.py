"""What applicant tracking systems told of a person."""

from datetime import datetime

from rapport.domain import names
from rapport.domain.candidacy import TELLING, Candidacy, Move
from rapport.domain.event import Event, Json, from_millis
from rapport.domain.explain import way_of
from rapport.domain.recruiting import Recruiting
from rapport.viewing.decisions import properties
from rapport.viewing.moments import clock, iso, iso_or_none

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
            wait = isinstance(not_before, int) and clock(from_millis(not_before))
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
            noted = marks(properties(event).get("can_email"), properties(event).get("private"))
            words = [f"stated: {', '.join(stated)}" if stated else "", *noted]
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
        "applied": iso_or_none(candidacy.applied_at),
        "status": candidacy.status,
        "stage": None if stage is None else stage.called,
        "since": None if stage is None else _iso(stage.at),
        "days": None if stage is None else days_in(stage, now),
        "history": [
            {
                "at": _iso(move.at),
                "stage": move.stage,
                "id": move.id,
                "name": move.name,
                "from": came(candidacy, number),
                "from_source": source_of_move(candidacy, number),
            }
            for number, move in enumerate(candidacy.way)
        ],
        "statuses": [
            {"at": _iso(turn.at), "status": turn.status, "reason": turn.reason, "by": turn.by}
            for turn in candidacy.turns
        ],
    }


def marks(can_email: object, private: object) -> list[str]:
    """What an ATS says of mail to a candidate, and of who may know of them."""
    notes = {False: ["must not be mailed"], True: ["may be mailed"]}
    found = notes[can_email] if isinstance(can_email, bool) else []
    return [*found, "private"] if private is True else found


def days_in(stage: Move, now: datetime) -> int:
    """Whole days in a stage."""
    return max((now - from_millis(stage.at)).days, 0)


def came(candidacy: Candidacy, number: int) -> str:
    """Where it came from: as the ATS told, else the stage before."""
    way = candidacy.way
    move = way[number]
    before = way[number - 1].called if number else ""
    return move.from_name or move.from_id or before


def source_of_move(candidacy: Candidacy, number: int) -> str:
    """Who knows where it came from: `vendor`, `derived`, `unknown`."""
    move = candidacy.way[number]
    if move.from_id or move.from_name:
        return move.source or "vendor"
    return "derived" if number else "unknown"


def _iso(at: int) -> str | None:
    return iso(from_millis(at)) if at else None
