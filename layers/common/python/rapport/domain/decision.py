"""Decisions: what was decided about one mail, why, and what it was decided from.

A decision is stored as data when it is made; nobody recomputes yesterday's reason with today's
rules. `to_body` and `from_body` are its form inside a `Decision` event of the log.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import cast

from rapport.domain.event import Json, from_millis, millis
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.reasons import Reason

# What a fact may be about, each left out where it is empty.
ABOUT = ("job", "application", "stage", "speaks", "occasion")


class Outcome(StrEnum):
    """What a decision comes to: now, later (judged afresh at `Decision.until`), or never."""

    SEND = "send"
    HOLD = "hold"
    DROP = "drop"


class MailClass(StrEnum):
    """What kind of mail a template makes; the class decides which gates apply."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"
    CONFIRMATION = "confirmation"


class Delivery(StrEnum):
    """What happens to a mail when nobody can tell whether SES got it.

    `strict`: it is never sent again. `quarantine`: it waits for a person to decide.
    `at_least_once`: after the grace period it is sent once more, which may be twice.
    """

    STRICT = "strict"
    QUARANTINE = "quarantine"
    AT_LEAST_ONCE = "at_least_once"


@dataclass(frozen=True, kw_only=True)
class FactRef:
    """The fact that started it: ids only, no personal data.

    `job` is the `job_ref` of the job that an application is for; empty for facts about no job.
    Of facts from an ATS: `application` names the candidacy in the profile, `stage` where it went
    (as playbooks know stages, or `rejected`, `hired` …), `speaks` who writes about that.
    `occasion` is the event that somebody signed up for on a form of ours, and `stage` then what
    came of it: `seated` or `waiting`.
    """

    name: str
    event_id: str
    person: PersonId
    origin: str
    occurred_at: datetime
    received_at: datetime
    log_pk: str
    log_sk: str
    job: str = ""
    application: str = ""
    stage: str = ""
    speaks: str = ""
    occasion: str = ""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A playbook's wish to send one mail; judged afresh by `send`.

    `occurrence` is the trigger's event id, `application:<job>`, or `ever` for once in a lifetime.
    """

    program: str
    occurrence: str
    person: PersonId
    fact: FactRef
    bundle: str
    decided_at: datetime

    @property
    def id(self) -> str:
        """Same intent, same id, however often it is delivered."""
        return digest(self.program, self.occurrence, self.person, self.fact.event_id)


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """One gate's verdict: `passed`, with the numbers and states it looked at in a sentence.

    `numbers` are the same for machines. `until`: when a gate that stopped the mail may open.
    """

    gate: str
    passed: bool
    detail: str
    numbers: Mapping[str, Json] = field(default_factory=dict)
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a mail is made of, by immutable versions, so that it can be told for ever.

    `blocks` and `versions` belong together; `jobs` are `job_ref`s; `consent` is the id of the event
    that the consent in force was given by, `statement` the edition of its text. `country` is where
    its reader was taken to live (ISO 3166 alpha-2, empty: not known).
    """

    template_version: str = ""
    language: str = ""
    blocks: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    consent: str = ""
    statement: str = ""
    country: str = ""


NO_CONTENTS = Contents()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The stored verdict on one intent."""

    outcome: Outcome
    reason: Reason
    intent: Intent
    bundle: str
    template: str
    mail_class: MailClass
    topic: str
    gates: tuple[GateResult, ...]
    decided_at: datetime
    subject: Ref
    address: Ref | None = None
    to: str = ""
    send_key: str = ""
    send_id: str = ""
    playbook: Mapping[str, str] = field(default_factory=dict)
    until: datetime | None = None
    priority: int = 0
    delivery: Delivery = Delivery.STRICT
    contents: Contents = NO_CONTENTS


def digest(*parts: str) -> str:
    """Hex SHA-256 over the parts, separated so that no two lists of parts collide."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def send_key(program: str, occurrence: str, address: Ref) -> str:
    """The key under which one mail can go out at most once."""
    return digest("send", program, occurrence, address)


def to_body(decision: Decision) -> dict[str, Json]:
    """The decision as JSON for the log."""
    intent, fact = decision.intent, decision.intent.fact
    return {
        "outcome": decision.outcome.value,
        "reason": decision.reason.value,
        "bundle": decision.bundle,
        "template": decision.template,
        "class": decision.mail_class.value,
        "topic": decision.topic,
        "decided_at": millis(decision.decided_at),
        "subject": decision.subject,
        "address": decision.address,
        "to": decision.to,
        "send_key": decision.send_key,
        "send_id": decision.send_id,
        "playbook": dict(decision.playbook),
        "gates": [_gate_to_json(gate) for gate in decision.gates],
        "until": None if decision.until is None else millis(decision.until),
        "priority": decision.priority,
        "delivery": decision.delivery.value,
        "contents": contents_to_json(decision.contents),
        "intent": {
            "program": intent.program,
            "occurrence": intent.occurrence,
            "person": intent.person,
            "bundle": intent.bundle,
            "decided_at": millis(intent.decided_at),
            "fact": fact_to_json(fact),
        },
    }


def from_body(body: Mapping[str, Json]) -> Decision:
    """The inverse of `to_body`."""
    b = cast("Mapping[str, str]", body)
    intent = cast("Mapping[str, str]", body["intent"])
    gates = cast("list[dict[str, Json]]", body["gates"])
    until = body.get("until")
    return Decision(
        outcome=Outcome(b["outcome"]),
        reason=Reason(b["reason"]),  # type: ignore[call-arg]
        bundle=b["bundle"],
        template=b["template"],
        mail_class=MailClass(b["class"]),
        topic=b["topic"],
        decided_at=from_millis(int(b["decided_at"])),
        subject=Ref(b["subject"]),
        address=Ref(b["address"]) if b["address"] else None,
        to=b["to"],
        send_key=b["send_key"],
        send_id=b["send_id"],
        playbook=cast("Mapping[str, str]", body["playbook"]),
        gates=tuple(_gate_from_json(gate) for gate in gates),
        until=None if until is None else from_millis(cast("int", until)),
        priority=cast("int", body.get("priority", 0)),
        delivery=Delivery(b.get("delivery", Delivery.STRICT.value)),
        contents=contents_from_json(body.get("contents")),
        intent=Intent(
            program=intent["program"],
            occurrence=intent["occurrence"],
            person=PersonId(intent["person"]),
            bundle=intent["bundle"],
            decided_at=from_millis(int(intent["decided_at"])),
            fact=fact_from_json(cast("Mapping[str, Json]", intent["fact"])),
        ),
    )


def _gate_to_json(gate: GateResult) -> dict[str, Json]:
    raw: dict[str, Json] = {"gate": gate.gate, "passed": gate.passed, "detail": gate.detail}
    if gate.numbers:
        raw["numbers"] = dict(gate.numbers)
    if gate.until is not None:
        raw["until"] = millis(gate.until)
    return raw


def _gate_from_json(raw: Mapping[str, Json]) -> GateResult:
    until = raw.get("until")
    return GateResult(
        gate=cast("str", raw["gate"]),
        passed=bool(raw["passed"]),
        detail=cast("str", raw["detail"]),
        numbers=cast("dict[str, Json]", raw.get("numbers", {})),
        until=None if until is None else from_millis(cast("int", until)),
    )


def contents_to_json(contents: Contents) -> dict[str, Json]:
    """As stored with decisions and sends; what is empty is left out."""
    raw: dict[str, Json] = {
        "template_version": contents.template_version,
        "language": contents.language,
        "blocks": list(contents.blocks),
        "versions": list(contents.versions),
        "jobs": list(contents.jobs),
        "consent": contents.consent,
        "statement": contents.statement,
        "country": contents.country,
    }
    return {name: value for name, value in raw.items() if value not in ("", [])}


def contents_from_json(raw: Json) -> Contents:
    """The inverse of `contents_to_json`."""
    texts = cast("Mapping[str, str]", raw or {})
    lists = cast("Mapping[str, list[str]]", raw or {})
    return Contents(
        template_version=texts.get("template_version", ""),
        language=texts.get("language", ""),
        blocks=tuple(lists.get("blocks", ())),
        versions=tuple(lists.get("versions", ())),
        jobs=tuple(lists.get("jobs", ())),
        consent=texts.get("consent", ""),
        statement=texts.get("statement", ""),
        country=texts.get("country", ""),
    )


def fact_to_json(fact: FactRef) -> dict[str, Json]:
    """A fact as it travels on the bus, in queues and inside decisions. Times in ms."""
    return {
        "fact": fact.name,
        "event_id": fact.event_id,
        "person": fact.person,
        "origin": fact.origin,
        "occurred_at": millis(fact.occurred_at),
        "received_at": millis(fact.received_at),
        "log_pk": fact.log_pk,
        "log_sk": fact.log_sk,
        **{name: value for name in ABOUT if (value := getattr(fact, name))},
    }


def fact_from_json(raw: Mapping[str, Json]) -> FactRef:
    """The inverse of `fact_to_json`."""
    text = cast("Mapping[str, str]", raw)
    return FactRef(
        name=text["fact"],
        event_id=text["event_id"],
        person=PersonId(text["person"]),
        origin=text["origin"],
        occurred_at=from_millis(int(text["occurred_at"])),
        received_at=from_millis(int(text["received_at"])),
        log_pk=text["log_pk"],
        log_sk=text["log_sk"],
        **{name: text.get(name, "") for name in ABOUT},
    )
