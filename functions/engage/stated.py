"""The events that a form comes to, and the words of consent with their proof.

Their ids follow from the page that was handed in and from what stood on it. So the same page handed
in twice, reloaded, or found again behind the back button, is one event.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.engage.answers import Answers
from functions.engage.told import yes_to
from rapport import events
from rapport.bundle import Bundle, Statement, Wording
from rapport.domain import names
from rapport.domain.address import Consent
from rapport.domain.alerts import NAME, QUERY
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import Ref
from rapport.form_lint import KNOWN
from rapport.forms import APPLICATION_STEP, EVENT, JOB_ALERT, REFERRAL, TALENT_NETWORK, Form, said
from rapport.occasions import room_of
from rapport.records import ID_CHARS, engine_event
from rapport.signing import Signed, browser_of

BY_FORM = "form"
# What a job alert may be asked for by beside attributes of the person.
ASKED = frozenset({QUERY, NAME})
_KINDS: Mapping[str, str] = {
    TALENT_NETWORK: names.TALENT_NETWORK_JOINED,
    JOB_ALERT: names.JOB_ALERT_CREATED,
    EVENT: names.EVENT_REGISTERED,
    REFERRAL: names.REFERRAL_MADE,
}
# Whoever ticks a box wishes to be mailed. These events say so, and a playbook starts of them.
_WISHES = tuple(
    events.VOCABULARY[each] for each in (names.TALENT_NETWORK_JOINED, names.JOB_ALERT_CREATED)
)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A form as it was handed in: by which page, in which language, from which browser.

    `partition` is that of the cookie, else the address's. `network` and `agent` say where from, as
    little as proves it: the network without the host, the keyed hash of the browser's name.
    """

    form: Form
    bundle: Bundle
    language: str
    page: str
    opened: datetime
    address: Ref
    partition: Ref
    cookie: str
    network: str
    agent: str
    answers: Answers
    now: datetime


def signed(sheet: Sheet) -> Signed:
    """All that is to be stored of a form."""
    answers = sheet.answers
    first = _event(sheet, type_of(sheet.form), _properties(sheet), part="")
    agreed = answers.agreed
    wished = [_wished(sheet, statement.topic) for statement, _ in agreed]
    others = {kind: _event(sheet, kind, _of_wish(sheet), part=kind) for kind in wished if kind}
    joined = [_joined(sheet, each) for each in sheet.form.lists]
    rest = [event for kind, event in others.items() if kind != first.type]
    return Signed(
        address=sheet.address,
        opt_in=sheet.form.opt_in,
        browser=browser_of(sheet.partition),
        words={s.topic: _word(sheet, s, wording, first) for s, wording in agreed},
        events=(first, *rest, *joined),
        proofs={s.topic: _proof(sheet, s, wording, first) for s, wording in agreed},
        at=sheet.now,
        room=None if sheet.form.occasion is None else room_of(sheet.form.occasion),
    )


def type_of(form: Form) -> str:
    """The event that a form becomes."""
    if form.kind == APPLICATION_STEP:
        return names.APPLICATION_STARTED if form.step == 1 else names.APPLICATION_STEP_COMPLETED
    return _KINDS[form.kind]


def _properties(sheet: Sheet) -> dict[str, Json]:
    form, values = sheet.form, sheet.answers.values
    known = KNOWN | ASKED if form.kind == JOB_ALERT else KNOWN
    told: dict[str, Json] = {name: value for name, value in values.items() if name in known}
    if form.kind == REFERRAL:
        # Who recommends stands beside the properties, which are about the job.
        told = {"channel": "form"}
    if form.kind in {TALENT_NETWORK, JOB_ALERT, EVENT} and "job_category" in told:
        fields = told["job_category"]
        told["category"] = fields[0] if isinstance(fields, list) else fields
    if form.kind == APPLICATION_STEP:
        told |= {"steps": form.steps} | ({"step": form.step} if form.step > 1 else {})
    if form.occasion is not None:
        title = said(form.occasion.title, sheet.language)
        told |= {"event_id": form.occasion.id, "title": title}
    if form.job:
        told["job_id"] = form.job
    traits = {name: value for name, value in values.items() if name not in known}
    return {
        **told,
        "form": form.key,
        "form_version": form.version,
        "traits": traits,
        "consents": [_told(statement, wording) for statement, wording in sheet.answers.agreed],
    }


def _of_wish(sheet: Sheet) -> dict[str, Json]:
    """What a wish to be mailed carries that came with another kind of form."""
    told: dict[str, Json] = {"email": sheet.answers.text("email"), "form": sheet.form.key}
    category = sheet.answers.text("job_category")
    return told | ({"category": category} if category else {})


def _wished(sheet: Sheet, topic: str) -> str:
    """The event by which somebody asks for mail on a topic: what starts that topic's playbook."""
    bundle = sheet.bundle
    of_topic = {template.name for template in bundle.templates if template.topic == topic}
    facts = {fact for each in bundle.playbooks if each.template in of_topic for fact in each.facts}
    return next((c.event for c in _WISHES if c.fact is not None and c.fact.name in facts), "")


def _told(statement: Statement, wording: Wording) -> Json:
    return {
        "topic": statement.topic,
        "statement": statement.id,
        "statement_hash": wording.hash,
        "language": wording.language,
    }


def _event(sheet: Sheet, kind: str, properties: Mapping[str, Json], *, part: str) -> Event:
    context: dict[str, Json] = {
        "locale": sheet.language,
        "page": {"path": f"/f/{sheet.form.key}"},
        "agent_hash": sheet.agent,
    }
    if sheet.network:
        context["ip"] = sheet.network
    if sheet.form.kind == REFERRAL:
        known = {n: v for n, v in sheet.answers.values.items() if n in KNOWN}
        context["traits"] = known
    body: dict[str, Json] = {"event": kind, "properties": dict(properties), "context": context}
    if sheet.cookie:
        body["anonymousId"] = sheet.cookie
    return Event(
        partition=sheet.partition,
        home=sheet.address,
        type=kind,
        source=sheet.form.source,
        message_id=f"f_{digest(_seal(sheet), part)[:ID_CHARS]}",
        trust=Trust.ASSERTED,
        origin=Origin.LIVE,
        # Every repeat knows alike when the page was opened, and none knows another's clock.
        original_at=sheet.opened,
        sent_at=None,
        received_at=sheet.now,
        at=sheet.now,
        body=body,
    )


def _joined(sheet: Sheet, name: str) -> Event:
    """That the form put them on a list: the engine's own word, as that of an operator is."""
    return engine_event(
        events.ListJoined.event,
        subject=sheet.address,
        message_id=f"l_{digest(_seal(sheet), name)[:ID_CHARS]}",
        cause_at=sheet.opened,
        now=sheet.now,
        properties={"list": name, "by": f"form:{sheet.form.key}"},
    )


def _seal(sheet: Sheet) -> str:
    agreed = [wording.hash for _, wording in sheet.answers.agreed]
    said_so = json.dumps([dict(sheet.answers.values), agreed], sort_keys=True)
    return digest(sheet.form.key, sheet.page, said_so)


def _word(sheet: Sheet, statement: Statement, wording: Wording, first: Event) -> Consent:
    return yes_to(
        statement,
        wording,
        way=f"{BY_FORM}:{sheet.form.key}",
        event_id=f"{first.message_id}:{statement.topic}",
        countries=(sheet.answers.text("country"), sheet.bundle.brand.country),
        now=sheet.now,
    )


def _proof(sheet: Sheet, statement: Statement, wording: Wording, first: Event) -> Event:
    told = _told(statement, wording)
    return engine_event(
        events.ConsentGranted.event,
        subject=sheet.address,
        message_id=f"g_{digest(first.message_id, statement.topic)[:ID_CHARS]}",
        cause_at=sheet.opened,
        now=sheet.now,
        properties=told if isinstance(told, dict) else {},
    )
