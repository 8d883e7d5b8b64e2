"""Campaigns: saved, looked at, approved, launched, stopped; and what came of them."""

from collections.abc import Callable
from typing import Annotated

import msgspec

from functions.desk.answers import CONFLICT, UNFIT, Answer, ProblemError
from functions.desk.calls import Call, Desk, Over, Run, Served
from functions.desk.routes_plans import key_of, removed, saved, stated, tagged, thing
from rapport.campaign_work import Standing
from rapport.campaigning import EXAMPLES
from rapport.campaigns import Campaign
from rapport.domain.event import Json
from rapport.domain.launch import State
from rapport.domain.operators import About, Action, may
from rapport.report_groups import By
from rapport.report_lines import to_json
from rapport.reports import MOST_DAYS, asked
from rapport.saving import version_of
from rapport.viewing.moments import iso

MAX_WHY_CHARS = 200
_UNDER_WAY = frozenset({State.WAITING, State.RUNNING, State.PAUSED})


class Pause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why nothing more is to leave."""

    why: Annotated[str, msgspec.Meta(max_length=MAX_WHY_CHARS)] = ""


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seen` is the fingerprint of what somebody looked at: they agree to nothing else."""

    seen: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


def campaigns(desk: Desk, call: Call) -> Answer:
    """All of them, with how far each has come."""
    items: list[Json] = [_standing(desk, call, each) for each in desk.campaigns().all()]
    return Answer(body={"items": items, "next": None})


def campaign(desk: Desk, call: Call) -> Answer:
    """One of them, whole."""
    found = thing(desk, call, "campaigns")
    return _whole(desk, call, found.key)


def save_campaign(desk: Desk, call: Call) -> Answer:
    """Checked as its file would be. Whoever saves it is an author, and cannot approve it."""
    bundle, key = desk.saving.live()[0], key_of(call, "campaigns")
    before = bundle.campaign(key)
    authors = () if before is None else before.authors
    saved(desk, call, stated(call, Campaign, key=key, brand=bundle.brand.key, authors=authors))
    return _whole(desk, call, key)


def remove_campaign(desk: Desk, call: Call) -> Answer:
    """One that is under way is cancelled first: else its mails would wait for it."""
    key = thing(desk, call, "campaigns").key
    if desk.campaigns().show(key).launch.state in _UNDER_WAY:
        raise ProblemError(CONFLICT, "It is under way; cancel it first.")
    return removed(desk, call, "campaigns")


def _whole(desk: Desk, call: Call, key: str) -> Answer:
    standing = desk.campaigns().show(key)
    version = version_of(standing.campaign)
    body = {
        **_standing(desk, call, standing),
        "version": version,
        "content": msgspec.to_builtins(standing.campaign),
    }
    return tagged(body, version, f"campaigns/{key}")


def _standing(desk: Desk, call: Call, standing: Standing) -> dict[str, Json]:
    told = standing.to_json()
    approvals: list[Json] = [
        {
            "by": each.by,
            "by_name": desk.name_of(each.by),
            "at": iso(each.at),
            "current": each.fingerprint == standing.fingerprint,
        }
        for each in standing.launch.approvals
    ]
    by, asked = standing.launch.by, standing.launch.asked
    waits = asked is not None and standing.waits
    theirs = may(call.operator, Action.CAMPAIGNS_APPROVE, About(brands=desk.brands))
    return {
        **told,
        "approvals": approvals,
        "asked": {"by": asked.by, "by_name": desk.name_of(asked.by), "at": iso(asked.at)}
        if asked is not None and waits
        else None,
        "yours_to_approve": waits and theirs and standing.may_approve(call.operator.subject),
        "launched_by_name": desk.name_of(by) if by else "",
    }


def rehearse(desk: Desk, call: Call) -> Answer:
    """Everybody is judged by the campaign's worker; ask again for what they come to."""
    key = thing(desk, call, "campaigns").key
    desk.campaigns().rehearse(key, by=call.operator.subject)
    return Answer(body=_preview(desk, key), status=202, about=f"campaigns/{key}")


def preview(desk: Desk, call: Call) -> Answer:
    """As far as it is known."""
    return Answer(body=_preview(desk, thing(desk, call, "campaigns").key))


def _preview(desk: Desk, key: str) -> dict[str, Json]:
    room = desk.campaigns()
    outlook = room.outlook(key)
    if outlook is None:
        nothing: dict[str, Json] = {"asked": False, "current": False, "complete": False, "at": None}
        return {**nothing, "people": 0, "now": 0, "held": {}, "never": {}}
    current = outlook.fingerprint == room.show(key).fingerprint
    return {"asked": True, "current": current, **outlook.to_json()}


def examples(desk: Desk, call: Call) -> Answer:
    """As many as ten."""
    told = call.query("limit", most=2, other=str(EXAMPLES))
    if not (told.isascii() and told.isdigit() and 1 <= int(told) <= EXAMPLES):
        raise ProblemError(UNFIT, f"limit is a number from 1 to {EXAMPLES}.")
    key = thing(desk, call, "campaigns").key
    found = desk.campaigns().examples(key, most=int(told))
    return Answer(
        body={"items": [each.to_json() for each in found], "next": None},
        about=f"campaigns/{key}",
        fields=("mails",) if found else (),
    )


def seed(desk: Desk, call: Call) -> Answer:
    """To the seeds that the campaign names, and nobody else."""
    key = thing(desk, call, "campaigns").key
    said = desk.campaigns().seed(key)
    items: list[Json] = [{"address": to, "said": what} for to, what in said.items()]
    return Answer(body={"items": items, "next": None}, about=f"campaigns/{key}")


def _moved(move: Callable[[Desk, Call, str], Standing]) -> Run:
    def run(desk: Desk, call: Call) -> Answer:
        key = thing(desk, call, "campaigns").key
        return Answer(body=_standing(desk, call, move(desk, call, key)), about=f"campaigns/{key}")

    return run


def _approve(desk: Desk, call: Call, key: str) -> Standing:
    return desk.campaigns().approve(key, by=call.operator.subject, seen=call.body(Approval).seen)


def _ask(desk: Desk, call: Call, key: str) -> Standing:
    return desk.campaigns().ask(key, by=call.operator.subject)


def _launch(desk: Desk, call: Call, key: str) -> Standing:
    return desk.campaigns().launch(key, by=call.operator.subject)


def _pause(desk: Desk, call: Call, key: str) -> Standing:
    return desk.campaigns().pause(key, why=call.body(Pause).why)


def _resume(desk: Desk, _call: Call, key: str) -> Standing:
    return desk.campaigns().resume(key)


def _cancel(desk: Desk, _call: Call, key: str) -> Standing:
    return desk.campaigns().cancel(key)


def result(desk: Desk, call: Call) -> Answer:
    """What came of its mails, since it was launched."""
    found = desk.campaigns().show(thing(desk, call, "campaigns").key)
    since = found.launch.at or call.now
    days = (call.now.date() - since.date()).days
    wish = asked(
        By.CAMPAIGN.value,
        since.date().isoformat() if days < MOST_DAYS else "",
        now=call.now,
        program=found.campaign.program,
        people=False,
    )
    told = to_json(desk.reports().of(wish))
    body = {"standing": _standing(desk, call, found), "numbers": told["numbers"], "at": told["at"]}
    return Answer(body=body, about=f"campaigns/{found.campaign.key}")


_ONE = "/desk/v1/campaigns/{campaign}"
_SEE, _CHANGE = Action.CAMPAIGNS_SEE, Action.CAMPAIGNS_CHANGE
_TABLE: tuple[tuple[str, Action, Run], ...] = (
    ("GET /desk/v1/campaigns", _SEE, campaigns),
    (f"GET {_ONE}", _SEE, campaign),
    (f"PUT {_ONE}", _CHANGE, save_campaign),
    (f"DELETE {_ONE}", _CHANGE, remove_campaign),
    (f"POST {_ONE}/preview", _SEE, rehearse),
    (f"GET {_ONE}/preview", _SEE, preview),
    (f"GET {_ONE}/examples", _SEE, examples),
    (f"POST {_ONE}/seed", _CHANGE, seed),
    (f"POST {_ONE}/ask", _CHANGE, _moved(_ask)),
    (f"POST {_ONE}/approve", Action.CAMPAIGNS_APPROVE, _moved(_approve)),
    (f"POST {_ONE}/launch", Action.CAMPAIGNS_LAUNCH, _moved(_launch)),
    (f"POST {_ONE}/pause", Action.CAMPAIGNS_LAUNCH, _moved(_pause)),
    (f"POST {_ONE}/resume", Action.CAMPAIGNS_LAUNCH, _moved(_resume)),
    (f"POST {_ONE}/cancel", Action.CAMPAIGNS_LAUNCH, _moved(_cancel)),
    (f"GET {_ONE}/result", Action.REPORT, result),
)
SERVED = tuple(
    Served(key=key, action=action, over=Over.BRAND, run=run) for key, action, run in _TABLE
)
