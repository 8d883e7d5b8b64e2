"""Everything that is held on one person, for themselves: one JSON, and a page to read.

What is told of each class of item: what it is for, on what basis, who gets it, how long it is kept.
A kind of row that no class is for is told all the same, under its own name: nothing is left out.
"""

import base64
import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from rapport.domain.event import Event, Json
from rapport.domain.identifiers import Ref
from rapport.domain.tombstones import Traces
from rapport.extraction import identifiers_of
from rapport.identity import Group
from rapport.ports import Log
from rapport.tracing import Tracing
from rapport.uploads import Resume, Resumes

FORMAT = "rapport-export/1"


class Class(NamedTuple):
    """What items of a class are for. `recipients`: who gets them besides the employer."""

    name: str
    purpose: str
    basis: str
    retention: str
    recipients: str = "the employer alone; stored at AWS, who processes it on their behalf"


_CONSENT = "consent (GDPR article 6(1)(a)), recorded beside each topic"
_INTEREST = "legitimate interest (GDPR article 6(1)(f)): knowing who applies and how it is answered"
_DUTY = "legal duty (GDPR articles 5(2) and 7(1)): showing that consent was given and kept to"
_UNTIL_ERASED = "until you are erased"
_FOLDED = Class(
    "profile", "what follows from the events, for whom to write what", _INTEREST, _UNTIL_ERASED
)
_MAILS = Class(
    "mails",
    "mailing you at most once, and knowing what became of it",
    _CONSENT,
    _UNTIL_ERASED,
    "Amazon SES, who delivers the mail, and your mailbox provider",
)
_ADDRESS = Class("consents", "mailing you only what you agreed to", _DUTY, _UNTIL_ERASED)
_WAITS = Class("waits", "writing at the right time", _CONSENT, "400 days after it was due")
_PLACES = Class(
    "places", "keeping a place for you at an event that you signed up for", _CONSENT, _UNTIL_ERASED
)
_ALERT = Class("alerts", "telling you of jobs that you asked for", _CONSENT, _UNTIL_ERASED)
_ATS = Class(
    "recruiting",
    "what the applicant tracking system tells of applications, and what it was told",
    _INTEREST,
    _UNTIL_ERASED,
    "the vendor of the employer's applicant tracking system",
)
_TOLD = Class("decisions", "explaining what was decided", _DUTY, "400 days")
_KEPT = Class(
    "safeguards", "keeping you from being mailed or added again", _DUTY, "for good, as hashes"
)
_AUDIT = Class("access", "knowing who looked at or changed your data", _DUTY, "as the employer set")
EVENTS = Class("events", "what you did, and what was done about you", _INTEREST, _UNTIL_ERASED)
_CAMPAIGN = Class(
    "audiences", "which campaigns you were chosen for", _INTEREST, "with the campaign"
)
_RESUMES = Class(
    "resumes", "considering you for jobs by what you handed in", _CONSENT, _UNTIL_ERASED
)
_IMPORT = Class("imports", "who came without proof, and is to be forgotten", _INTEREST, "90 days")
NOBODYS = "It is about no person."
CLASSES: Mapping[str, Class | str] = {
    "e": EVENTS,
    **dict.fromkeys(
        ("head", "month", "node", "link", "cluster", "view", "detail", "finder", "alike", "filed"),
        _FOLDED,
    ),
    "suggestion": _FOLDED,
    "address": _ADDRESS,
    "word": _ADDRESS,
    "suppression": _KEPT,
    "tombstone": _KEPT,
    "hold": _KEPT,
    "erasure": _KEPT,
    **dict.fromkeys(("send", "unsettled", "fate", "signs", "links", "near", "intent"), _MAILS),
    "intended": _TOLD,
    "task": _TOLD,
    "known": _ATS,
    "push": _ATS,
    "run": _WAITS,
    **dict.fromkeys(("place", "turn"), _PLACES),
    "alert": _ALERT,
    "audit": _AUDIT,
    "chunk": _CAMPAIGN,
    "sheet": _CAMPAIGN,
    "import_kept": _IMPORT,
    **dict.fromkeys(
        (
            *("forward", "once", "count", "launch", "spent", "rehearsal", "program", "operator"),
            *("write_key", "allowance", "pace", "pointer", "sending", "rules", "feed", "job"),
            *("posting", "version", "untold", "board", "pull", "file_run", "pulled", "import"),
            *("import_columns", "hall", "list"),
        ),
        NOBODYS,
    ),
    "seal_key": "It opens your events, and is never told to anybody.",
    "ring_key": "It is a key of the whole deployment.",
}


# So much of résumés goes into one export; what is beyond is named.
MOST_RESUME_BYTES = 30 * 1024 * 1024
_CONTENT = "content_base64"


class Held(NamedTuple):
    """A row of a table, as JSON."""

    table: str
    kind: str
    content: dict[str, Json]


class Holdings(Protocol):
    """The rows that are about somebody, in every table but the log."""

    def of(self, traces: Traces) -> Iterable[Held]:
        """All of them."""
        ...


@dataclass(frozen=True, kw_only=True)
class Exporting:
    """The export, on its ports. `words` gives the text of a statement in a language, as shown."""

    tracing: Tracing
    log: Log
    holdings: Holdings
    resumes: Resumes
    words: Callable[[str, str], str]
    now: Callable[[], datetime]

    def export(self, group: Group) -> dict[str, Json]:
        """Everything on one person."""
        traces = self.tracing.plan(group).traces
        events = self._events(traces)
        known = {(who.ns.value, who.value) for e in events for who in identifiers_of(e)}
        items: dict[str, list[Json]] = {EVENTS.name: [_event(e) for e in events]}
        for held in self.holdings.of(traces):
            told = CLASSES.get(held.kind, held.kind)
            name = told.name if isinstance(told, Class) else held.kind
            content = held.content
            if held.kind == "word":
                said, language = str(content.get("st") or ""), str(content.get("l") or "")
                content = {**content, "as_shown": self.words(said, language)}
            items.setdefault(name, []).append({"kind": held.kind, **content})
        handed_in = self._resumes(traces)
        if handed_in:
            items[_RESUMES.name] = handed_in
        classes = {c.name: c for c in (*CLASSES.values(), _RESUMES) if isinstance(c, Class)}
        return {
            "format": FORMAT,
            "person": group.person,
            "made_at": self.now().isoformat(),
            "identifiers": [{"kind": ns, "value": value} for ns, value in sorted(known)],
            "classes": [
                {
                    **(classes[name]._asdict() if name in classes else {"name": name}),
                    "items": found,
                }
                for name, found in items.items()
            ],
            "sources": list[Json](sorted({e.source for e in events})),
        }

    def _resumes(self, traces: Traces) -> list[Json]:
        """The files that they handed in. What no scanner found harmless is named, and stays."""
        left, found = MOST_RESUME_BYTES, list[Json]()
        for each in self.resumes.of(traces.strong):
            body = self.resumes.read(each) if each.clean and each.size <= left else None
            left -= 0 if body is None else len(body)
            found.append(_resume(each, body))
        return found

    def _events(self, traces: Traces) -> Sequence[Event]:
        theirs = {*traces.events}
        found = [e for ref in traces.own for e in self.log.partition(ref)]
        mixed = [
            e for ref in traces.shared for e in self.log.partition(Ref(ref)) if e.key in theirs
        ]
        return sorted([*found, *mixed], key=lambda e: (e.at, e.key))


def _resume(resume: Resume, body: bytes | None) -> Json:
    told: dict[str, Json] = {
        "name": resume.name,
        "form": resume.form,
        "at": resume.at.isoformat(),
        "media_type": resume.media_type,
        "bytes": resume.size,
        "verdict": "clean" if resume.clean else "not found harmless",
    }
    return told if body is None else {**told, _CONTENT: base64.b64encode(body).decode()}


def _event(event: Event) -> dict[str, Json]:
    return {
        "at": event.at.isoformat(),
        "received_at": event.received_at.isoformat(),
        "type": event.type,
        "source": event.source,
        "trust": event.trust.value,
        "origin": event.origin.value,
        "id": event.message_id,
        "body": dict(event.body),
    }


def page(export: Mapping[str, Json]) -> str:
    """The export as a page to read: what people typed is text there."""
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Your data</title>',
        f"<h1>Your data</h1><p>As of {_text(export['made_at'])}.</p>",
        _table(export["identifiers"]),
    ]
    classes = export["classes"]
    for each in classes if isinstance(classes, list) else []:
        if not isinstance(each, dict):
            continue
        told = {k: v for k, v in each.items() if k not in {"items", "name"}}
        parts.append(f"<h2>{_text(each['name'])}</h2>{_table([told])}{_table(each['items'])}")
    return "\n".join(parts)


def _table(rows: Json) -> str:
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    lines = [
        "<dl>"
        + "".join(f"<dt>{_text(k)}</dt><dd>{_text(_shown(k, v))}</dd>" for k, v in row.items())
        + "</dl>"
        for row in found
    ]
    return "\n".join(lines)


def _shown(name: str, value: Json) -> Json:
    """A file's content stands in the JSON alone: nobody reads it on a page."""
    return "in the JSON beside this page" if name == _CONTENT else value


def _text(value: object) -> str:
    return html.escape(str(value))
