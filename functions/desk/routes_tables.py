"""Many people as a file for spreadsheets: asked for, and fetched by whoever asked for it."""

import hashlib
from typing import Annotated

import msgspec

from functions.desk.answers import NOT_FOUND, UNFIT, Answer, ProblemError
from functions.desk.calls import Call, Desk, Over, Served
from functions.desk.requests import LINK_SECONDS
from functions.desk.routes_search import MAX_KEY_CHARS, segment_of
from rapport.cursors import CursorError, cursor_to, place_of
from rapport.domain.event import Json, from_millis, millis
from rapport.domain.operators import Action
from rapport.people_files import COLUMNS, KIND, MAX_PEOPLE, Asked, written_of
from rapport.searching import of_list
from rapport.segments import MAX_WHEN_CHARS
from rapport.settings import TABLES_NAME
from rapport.viewing.moments import iso

_Key = Annotated[str, msgspec.Meta(max_length=MAX_KEY_CHARS)]


class TableAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom the table is about, a segment, a list or a condition, and what stands in it."""

    segment: _Key = ""
    list: _Key = ""
    when: Annotated[str, msgspec.Meta(max_length=MAX_WHEN_CHARS)] = ""
    columns: Annotated[tuple[_Key, ...], msgspec.Meta(max_length=len(COLUMNS))] = COLUMNS


def ask(desk: Desk, call: Call) -> Answer:
    """Asked of `functions/privacy`; the ticket in the answer fetches it."""
    said = call.body(TableAsk)
    if sum(map(bool, (said.segment, said.list, said.when))) != 1:
        raise ProblemError(UNFIT, "Name a segment, or a list, or a condition.")
    if not said.columns or {*said.columns} - {*COLUMNS}:
        raise ProblemError(UNFIT, f"columns are some of {', '.join(COLUMNS)}.")
    of = of_list(said.list) if said.list else segment_of(desk, said.segment, said.when)
    name = f"{TABLES_NAME}{desk.token()}"
    asked = Asked(
        name=name,
        by=call.operator.subject,
        when=of.when,
        columns=tuple(dict.fromkeys(said.columns)),
        request=call.request.id,
    )
    desk.privacy.work.put(asked.message())
    ticket = cursor_to(f"{_grants(call)}{name}", desk.ring(), _bound(call))
    return Answer(body=_stands(ticket), status=202)


def fetch(desk: Desk, call: Call) -> Answer:
    """A link that opens it for some minutes, as soon as it is there.

    For nobody but whoever asked; refused once they may do other things than they might then.
    """
    ticket = call.request.path.get("table", "")
    try:
        asked = place_of(ticket, desk.ring(), _bound(call))
    except CursorError:
        asked = ""
    if not asked:
        raise ProblemError(NOT_FOUND)
    held = _grants(call)
    name = asked.removeprefix(held)
    if name == asked:
        return Answer(body=_stands(ticket, "refused"))
    file = f"{name}.{KIND}"
    told, url = desk.privacy.exports.told(file), desk.privacy.exports.link(file)
    if told is None or url is None:
        return Answer(body=_stands(ticket))
    found = written_of(told)
    if found is None:
        return Answer(body=_stands(ticket, "refused"))
    ends = from_millis(millis(call.now) + LINK_SECONDS * 1000)
    body: dict[str, Json] = {
        "state": "done",
        "url": url,
        "expires_at": iso(ends),
        "people": found.people,
        "left_out": found.left_out,
    }
    return Answer(body={**_stands(ticket), **body}, fields=("table",))


def _bound(call: Call) -> str:
    """What a ticket is bound to: who asked."""
    return f"table\x00{call.operator.subject}"


def _grants(call: Call) -> str:
    """What somebody may do, as a ticket remembers it: 64 hex characters."""
    held = "\x00".join(sorted(grant.text for grant in call.operator.grants))
    return hashlib.sha256(held.encode()).hexdigest()


def _stands(ticket: str, state: str = "asked") -> dict[str, Json]:
    nothing: dict[str, Json] = {"url": None, "expires_at": None, "people": None, "left_out": None}
    return {"table": ticket, "state": state, "most": MAX_PEOPLE, **nothing}


SERVED = (
    Served(key="POST /desk/v1/tables", action=Action.EXPORT_PEOPLE, over=Over.MANY, run=ask),
    Served(
        key="GET /desk/v1/tables/{table}",
        action=Action.EXPORT_PEOPLE,
        over=Over.MANY,
        run=fetch,
    ),
)
