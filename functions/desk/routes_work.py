"""Who signed in, what waits for them, what was done, and the switch of all mail."""

import re
from typing import Literal

import msgspec

from functions.desk.answers import (
    CHANGED,
    NOT_FOUND,
    UNCONDITIONED,
    UNFIT,
    Answer,
    ProblemError,
)
from functions.desk.calls import Call, Desk, Over, Served, page
from rapport.auditing import Entry
from rapport.brake import MAX_WHY_CHARS, Sending, domain_of
from rapport.domain.event import Json
from rapport.domain.gates import SendMode
from rapport.domain.operators import ALLOWED, About, Action
from rapport.viewing import tasks
from rapport.viewing.moments import iso

_DAY = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")


class Switch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How sending shall stand; what is left out stays as it is. `mode`: of this brand."""

    stopped: bool | None = None
    mode: Literal["off", "allow-list", "live"] | None = None
    why: str = ""


def me(desk: Desk, call: Call) -> Answer:
    """What a screen needs to show only what works."""
    operator = call.operator
    actions = {action for grant in operator.grants for action in ALLOWED[grant.role]}
    return Answer(
        body={
            "subject": operator.subject,
            "name": operator.name,
            "grants": [grant.text for grant in operator.grants],
            "actions": [*sorted(action.value for action in actions)],
            "brands": [*sorted(desk.brands)],
        }
    )


def open_tasks(desk: Desk, call: Call) -> Answer:
    """Tasks about those whom the operator may see."""
    seen = [each for each in tasks.opened(desk.stores) if _sees(desk, call, each)]
    told = page(desk, call, seen, place=lambda each: each.task.id, told=_task_json)
    return Answer(body=told, fields=("tasks",))


def task_done(desk: Desk, call: Call) -> Answer:
    """Somebody did it."""
    asked = call.request.path.get("task", "")
    known = next((each for each in tasks.opened(desk.stores) if each.task.id == asked), None)
    if known is None:
        raise ProblemError(NOT_FOUND)
    if not _sees(desk, call, known):
        raise ProblemError(NOT_FOUND, about=known.person)
    tasks.done(desk.stores, asked, by=call.operator.name, now=call.now)
    return Answer(body={"id": asked, "done": True}, about=known.person)


def _sees(desk: Desk, call: Call, each: tasks.Open) -> bool:
    """A task about a person takes a grant for them; of one who is gone, for the whole brand."""
    return call.sees(_about(desk, each.person))


def _about(desk: Desk, person: str) -> About:
    try:
        return desk.about(desk.person(person))
    except ProblemError:
        return About(brands=desk.brands)


def _task_json(each: tasks.Open) -> Json:
    return {
        "id": each.task.id,
        "kind": each.task.kind,
        "person": each.person,
        "address": each.address,
        "program": each.program,
        "due": iso(each.task.due),
    }


def trail(desk: Desk, call: Call) -> Answer:
    """What operators did on a UTC day, or about a person."""
    day, person = (call.request.query.get(name, "") for name in ("day", "person"))
    if bool(day) == bool(person):
        raise ProblemError(UNFIT, "Ask for a day (2026-11-23) or for a person (p_…).")
    if person and not call.sees(desk.about(desk.person(person))):
        raise ProblemError(NOT_FOUND, about=person)
    if day and not _DAY.fullmatch(day):
        raise ProblemError(UNFIT, "day is a date, as in 2026-11-23.")
    read = desk.audits.of(day or person, after=call.place(desk), limit=call.limit)
    seen = [entry for entry in read.entries if _may_read(desk, call, entry)]
    return Answer(
        body={
            "items": [entry.to_json() for entry in seen],
            "next": call.cursor(desk, read.after),
        },
        about=person,
        fields=("audit",),
    )


def _may_read(desk: Desk, call: Call, entry: Entry) -> bool:
    """An entry about a person takes a grant for them; of one who is gone, for the whole brand."""
    of_person = entry.about.startswith("p_")
    return call.sees(_about(desk, entry.about) if of_person else About(brands=desk.brands))


def sending(desk: Desk, _call: Call) -> Answer:
    """How sending stands; the ETag is wanted to change it."""
    return _sending(desk.brake.state())


def switch(desk: Desk, call: Call) -> Answer:
    """Stop, go, or reach further; in force within 60 s."""
    wanted, given = call.body(Switch), call.request.header("if-match")
    if not given:
        raise ProblemError(UNCONDITIONED)
    if given != _etag(desk.brake.state()):
        raise ProblemError(CHANGED)
    if len(wanted.why) > MAX_WHY_CHARS:
        raise ProblemError(UNFIT, f"why has at most {MAX_WHY_CHARS} characters.")
    bundle, after = desk.bundle(), desk.brake.state()
    if wanted.stopped is True:
        after = desk.brake.stop(by=call.operator.name, why=wanted.why)
    if wanted.mode is not None:
        if bundle is None:
            raise ProblemError(UNFIT, "No brand is published yet.")
        brand = bundle.brand
        after = desk.brake.mode(brand.key, SendMode(wanted.mode), domain=domain_of(brand.sender))
    if wanted.stopped is False:
        after = desk.brake.go()
    return _sending(after, why=wanted.why)


def _sending(now: Sending, *, why: str = "") -> Answer:
    return Answer(body=now.to_json(), headers={"etag": _etag(now)}, about="sending", why=why)


def _etag(now: Sending) -> str:
    return f'"{now.version}"'


SERVED = (
    Served(key="GET /desk/v1/me", action=Action.ME, over=Over.ME, run=me),
    Served(key="GET /desk/v1/tasks", action=Action.TASKS_SEE, over=Over.MANY, run=open_tasks),
    Served(
        key="POST /desk/v1/tasks/{task}/done",
        action=Action.TASKS_DO,
        over=Over.MANY,
        run=task_done,
    ),
    Served(key="GET /desk/v1/audit", action=Action.AUDIT, over=Over.MANY, run=trail),
    Served(key="GET /desk/v1/sending", action=Action.SENDING_SEE, over=Over.BRAND, run=sending),
    Served(key="PUT /desk/v1/sending", action=Action.SENDING_SET, over=Over.BRAND, run=switch),
)
