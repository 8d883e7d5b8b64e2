"""Bodies of Huntflow's in both versions, in the shape that its documentation gives."""

from datetime import UTC, datetime

from rapport.adapters.ats.huntflow import ADAPTER
from rapport.domain.ats import AtsEvent
from rapport.domain.event import Json
from tests.support.ats.signing import connection

OURS = connection("huntflow")
AT, CLOCK = "2026-11-20T18:16:27+03:00", datetime(2026, 11, 20, 15, 16, 27, tzinfo=UTC)
APPLICANT: dict[str, Json] = {
    "id": 41,
    "first_name": "Ада",
    "last_name": "Лавлейс",
    "middle_name": None,
    "email": None,
    "phone": "+7 900 000 00 00",
    "position": "Аналитик",
    "money": "300 000",
    "pd_agreement": None,
    "values": {"source_of_joy": {"id": 3, "name": "Математика"}, "salary": "300 000"},
}
VACANCY: dict[str, Json] = {
    "id": 9,
    "position": "Инженер",
    "company": None,
    "money": "325",
    "state": "OPEN",
    "hidden": False,
    "created": "2026-10-05",
    "account_division": {"id": 1, "name": "Разработка"},
    "account_region": {"id": 2, "name": "Москва"},
}


def second(kind: str, /, action: str = "ADD", **log: Json) -> dict[str, Json]:
    """A body of version 2: something was written into an applicant's log."""
    entry: dict[str, Json] = {"id": 7, "type": kind, "created": AT, "comment": "Хороший"}
    return {
        "changes": {},
        "event": {
            "applicant": APPLICANT,
            "applicant_log": {**entry, **log},
            "applicant_tags": [{"id": 1, "name": "Срочно", "color": "000000"}],
        },
        "meta": {
            "account": {"id": 14, "name": "employer", "nick": "employer"},
            "author": {"id": 13, "name": "Recruiter", "email": "recruiter@employer.example"},
            "event_id": "ev-1",
            "event_type": "APPLICANT",
            "retry": 0,
            "version": "2.0",
            "webhook_action": action,
        },
    }


def first(kind: str, /, **event: Json) -> dict[str, Json]:
    """A body of version 1: what happened is the event itself."""
    who = {key: APPLICANT[key] for key in ("id", "first_name", "last_name")}
    return {
        "event": {"id": 1, "type": kind, "applicant": who, "created": AT, **event},
        "author": {"id": 4, "name": "Recruiter", "email": "recruiter@employer.example"},
        "account": {"id": 6, "name": "employer"},
    }


def one(body: dict[str, Json]) -> AtsEvent:
    """The only event of a body."""
    (event,) = ADAPTER.normalise(body, {}, OURS)
    return event
