"""What the recorded desk tells in tests of the console: numbers that can be told apart."""

from typing import Any

from rapport.domain.operators import Role
from tests.support.console_desk import RecordedDesk

AT = "2026-11-23T09:00:00+00:00"
CAMPAIGN = "rota-evening"
COUNT = {"people": 8412, "rows_read": 9000, "views_read": 3, "read_units": 12.5, "usd": 0.000002}
PREVIEW: dict[str, Any] = {
    "asked": True,
    "current": True,
    "complete": True,
    "at": AT,
    "people": 8412,
    "now": 6020,
    "held": {"quiet_hours": {"count": 1404, "until": "2026-11-24T08:00:00+00:00"}},
    "never": {"no_consent": 900, "suppressed": 88},
}
NOTHING_ASKED: dict[str, Any] = {
    **PREVIEW,
    "asked": False,
    "current": False,
    "complete": False,
    "at": None,
    "people": 0,
    "now": 0,
    "held": {},
    "never": {},
}
# What a candidate may have typed as their name.
HOSTILE = '<img src=x onerror="document.title=1">'
SUMMARY = {
    "person": "p_1",
    "first_name": "Ana",
    "last_name": HOSTILE,
    "email": "ana@inbox.example",
    "city": "Halden",
    "country": "NO",
    "last_seen": AT,
    "score": 4,
    "lists": [],
    "topics": ["talent-network"],
}


def _number(of: str, step: str, count: int, reason: str = "") -> dict[str, Any]:
    told = {"table": "mails", "group": CAMPAIGN, "of": of, "step": step, "reason": reason}
    return {**told, "count": count, "people": count}


NUMBERS = [
    _number("intended", "intended", 100),
    _number("intended", "sent", 80),
    _number("intended", "held now", 5, "quiet_hours"),
    _number("intended", "dropped", 12, "no_consent"),
    _number("intended", "dropped", 3, "suppressed"),
    _number("sent", "accepted", 80),
    _number("accepted", "delivered", 76),
    _number("accepted", "bounced for good", 4),
    _number("delivered", "clicked by a person", 19),
    _number("delivered", "not clicked", 57),
    _number("delivered", "replied", 2),
    _number("clicked by a person", "applied after a click", 6),
]
IMPORT: dict[str, Any] = {
    "import": "i_0a1b2c3d4e5f",
    "source": "fair-2026",
    "stage": "running",
    "by": "Kari Holm",
    "started_at": AT,
    "finished_at": None,
    "list": "fair-2026",
    "ask_list": "ask-i-0a1b2c3d4e5f",
    "basis": "legitimate-interest",
    "kept_until": "2027-02-21",
    "pages": 20,
    "page": 8,
    "rows": 5000,
    "refused": {"nobody": 2},
    "counts": {"new": 1500, "known": 500, "without_proof": 600, "askable": 580},
    "undone_by": "",
}
UPLOAD = "u_" + "0" * 32
LOOK: dict[str, Any] = {
    "columns": {
        "columns": {"E-mail": "email", "Fornavn": "first_name", "Skift": "trait.shift"},
        "ignored": [],
        "dates": "",
        "region": "",
        "zone": "UTC",
        "encoding": "",
        "delimiter": "",
        "employers": {},
    },
    "confirmed": False,
    "rows": 5000,
    "counts": {"new": 3900, "known": 1000, "refused": 100, "without_proof": 1200, "consents": 3700},
    "refused": [{"row": 17, "what": "nobody"}],
    "doubtful": [{"row": 31, "what": "phone"}],
    "joins": [{"row": 90, "what": "2 known people would become one"}],
    "unclear_dates": ["Samtykke"],
    "employers": {"HALDEN HOSP.": "Halden Hospital"},
    "passed_over": ["Notat", "=cmd()"],
    "imported_before": None,
}
FIELDS = ["as_of", "basis", "city", "consent_date", "country", "email", "employer", "first_name"]


def stood(state: str = "waiting", **more: Any) -> dict[str, Any]:
    """What became of a file."""
    told = {"upload": UPLOAD, "state": state, "message": "", "look": None, "import": None}
    return {**told, "fields": FIELDS, **more}


def desk(*roles: Role) -> RecordedDesk:
    """A desk where every question is answered."""
    made = RecordedDesk(roles=roles or tuple(Role))
    numbers = {"numbers": NUMBERS, "at": AT}
    made.told = {
        "GET /count": COUNT,
        "GET /lists": {"items": [{"key": "rota-evening", "from": ["grant"]}], "next": None},
        "POST /segments/check": {"ok": True, "message": "", "part": "", "at": None},
        "GET /people": {"items": [SUMMARY], "next": None},
        "GET /report/people": {"items": [SUMMARY], "next": None},
        "GET /report": {
            **numbers,
            "by": "campaign",
            "first": "2026-10-25",
            "last": "2026-11-23",
            "fewer": 0,
            "read": {"rows": 12},
        },
        "GET /report/csv": "table,group,of,step,reason,number,people,share\r\n",
        "GET /campaigns/{campaign}/preview": NOTHING_ASKED,
        "POST /campaigns/{campaign}/preview": {**PREVIEW, "complete": False},
        "GET /campaigns/{campaign}/examples": {
            "items": [_example("en"), _example("nb")],
            "next": None,
        },
        "POST /campaigns/{campaign}/seed": {
            "items": [{"address": "kari@inbox.example", "said": "0101-message"}],
            "next": None,
        },
        "GET /imports": {"items": [IMPORT], "next": None},
        "GET /imports/{import}": IMPORT,
        "POST /uploads": lambda _: {
            "upload": UPLOAD,
            "url": f"{made.url}/put",
            "headers": {"content-type": "text/csv"},
            "expires_at": AT,
        },
        "GET /uploads/{upload}": stood("looked", look=LOOK),
        "POST /uploads/{upload}/look": stood("looking"),
        "POST /uploads/{upload}/start": stood("starting"),
    }
    made.told["GET /campaigns/{campaign}/result"] = lambda _: {
        **numbers,
        "standing": made.of_plans("GET /campaigns")["items"][0],
    }
    return made


def _example(language: str) -> dict[str, Any]:
    text = {"en": "Dear Ana", "nb": "Kjære Ana"}[language]
    html = (
        f'<html lang="{language}"><body><p>{text}</p><script>parent.hurt=1</script></body></html>'
    )
    told = {"person": "p_1", "from": "Halden Clinics Careers <careers@halden.example>"}
    return {**told, "subject": text, "text": text, "html": html}
