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


class Outcome(StrEnum):
    """What a decision comes to."""

    SEND = "send"
    HOLD = "hold"


class MailClass(StrEnum):
    """What kind of mail a template makes; the class decides which gates apply."""

    MARKETING = "marketing"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, kw_only=True)
class FactRef:
    """The fact that started it: ids only, no personal data.

    `job` is the `job_ref` of the job that an application is for; empty for facts about no job.
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
    """One gate's verdict: `passed`, with the numbers and states it looked at in a sentence."""

    gate: str
    passed: bool
    detail: str


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
        "gates": [{"gate": g.gate, "passed": g.passed, "detail": g.detail} for g in decision.gates],
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
    gates = cast("list[dict[str, str]]", body["gates"])
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
        gates=tuple(
            GateResult(gate=g["gate"], passed=bool(g["passed"]), detail=g["detail"]) for g in gates
        ),
        intent=Intent(
            program=intent["program"],
            occurrence=intent["occurrence"],
            person=PersonId(intent["person"]),
            bundle=intent["bundle"],
            decided_at=from_millis(int(intent["decided_at"])),
            fact=fact_from_json(cast("Mapping[str, Json]", intent["fact"])),
        ),
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
        **({"job": fact.job} if fact.job else {}),
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
        job=text.get("job", ""),
    )
