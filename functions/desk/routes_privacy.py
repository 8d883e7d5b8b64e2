"""What one person may ask of an employer: to be erased, and to be told all that is held."""

import re
from datetime import datetime
from typing import Annotated

import msgspec

from functions.desk.answers import CONFLICT, NOT_FOUND, UNFIT, Answer, ProblemError
from functions.desk.calls import Call, Desk, Over, Served
from functions.desk.requests import LINK_SECONDS
from rapport.certificates import is_clean
from rapport.contact import MAX_WHY_CHARS
from rapport.cursors import CursorError, cursor_to, place_of
from rapport.domain.event import Json, from_millis, millis
from rapport.domain.identifiers import Ref, is_strong
from rapport.domain.operators import About, Action
from rapport.forgetting import Erasure
from rapport.viewing.moments import iso

# What a ticket to an erasure is bound to.
_TICKET = "erasure"
_ID = re.compile(r"e_[0-9a-f]{8,64}")
_EXPORT = re.compile(r"p_[A-Za-z0-9_-]{1,64}\.[0-9a-f]{32}")


class ErasureAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`confirm` is `erase <person id>`: it cannot be taken back."""

    confirm: Annotated[str, msgspec.Meta(max_length=100)]
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_WHY_CHARS)]


def erase(desk: Desk, call: Call) -> Answer:
    """Asked of `functions/privacy`; the ticket in the answer tells how it stands, even afterwards.

    Nobody is found by their id once they are erased.
    """
    found, said = call.person, call.body(ErasureAsk)
    if said.confirm != f"erase {found.person}":
        raise ProblemError(UNFIT, "confirm is the word erase, a space, and the id of the person.")
    named = sorted(ref for ref in {found.root, *found.members} if is_strong(ref))
    if not named:
        raise ProblemError(CONFLICT, "They are a browser without a name: nothing tells who it is.")
    held = desk.privacy.erasures.hold(found.members)
    if held is not None:
        raise ProblemError(CONFLICT, "They are held, and cannot be erased for now.")
    desk.privacy.work.put(
        {
            "do": "erase",
            "person": found.person,
            "why": " ".join(said.why.split()),
            "by": call.operator.name,
        }
    )
    told = f"{millis(call.now)}|{named[0]}|{call.operator.subject}"
    ticket = cursor_to(told, desk.ring(), _TICKET)
    return Answer(body=_stands(ticket, None), status=202)


def erasure(desk: Desk, call: Call) -> Answer:
    """By the ticket, or by the id that the certificate bears.

    Whose grants have bounds follows what they asked for themselves: by then nobody can tell whether
    the person was theirs. To them anything else is as if it were not there.
    """
    asked = call.request.path.get("erasure", "")
    unbounded = call.sees(About(brands=desk.brands))
    if _ID.fullmatch(asked):
        found = desk.privacy.erasures.get(asked) if unbounded else None
        if found is None:
            raise ProblemError(NOT_FOUND)
        return Answer(body=_stands(asked, found), about=asked)
    try:
        at, ref, by = (*place_of(asked, desk.ring(), _TICKET).split("|", 2), "", "")[:3]
    except CursorError:
        raise ProblemError(NOT_FOUND) from None
    if not ref or not (unbounded or by == call.operator.subject):
        raise ProblemError(NOT_FOUND)
    return Answer(body=_stands(asked, _begun(desk, Ref(ref), from_millis(int(at)))))


def _begun(desk: Desk, ref: Ref, since: datetime) -> Erasure | None:
    """The erasure of an identifier that was begun since."""
    stone = desk.privacy.erasures.tombstones([ref]).get(ref)
    if stone is None or millis(stone.at) < millis(since):
        return None
    return desk.privacy.erasures.get(stone.erasure)


def _stands(ticket: str, found: Erasure | None) -> dict[str, Json]:
    told: dict[str, Json] = {"erasure": ticket}
    if found is None:
        return {**told, "state": "asked", "certificate": None, "clean": None}
    signed = found.certificate
    return {
        **told,
        "state": found.state.value,
        "certificate": None if signed is None else dict(signed),
        "clean": None if signed is None else is_clean(signed),
    }


def export(desk: Desk, call: Call) -> Answer:
    """Asked of `functions/privacy`, which puts it where only a signed link opens it."""
    person = call.person.person
    name = f"{person}.{desk.token()}"
    desk.privacy.work.put({"do": "export", "person": person, "name": name})
    return Answer(body=_export(name, None, None, ""), status=202, fields=("everything",))


def exported(desk: Desk, call: Call) -> Answer:
    """Links that open it for some minutes, as soon as it is there."""
    name = call.request.path.get("export", "")
    if not _EXPORT.fullmatch(name) or name.partition(".")[0] != call.person.person:
        raise ProblemError(NOT_FOUND)
    as_json, as_page = (desk.privacy.exports.link(f"{name}.{kind}") for kind in ("json", "html"))
    ends = from_millis(millis(call.now) + LINK_SECONDS * 1000)
    shown = ("everything",) if as_json and as_page else ()
    return Answer(body=_export(name, as_json, as_page, iso(ends)), fields=shown)


def _export(name: str, as_json: str | None, as_page: str | None, ends: str) -> dict[str, Json]:
    done = as_json is not None and as_page is not None
    return {
        "export": name,
        "state": "done" if done else "asked",
        "json_url": as_json if done else None,
        "page_url": as_page if done else None,
        "expires_at": ends if done else None,
    }


_PERSON = "/desk/v1/people/{person}"
SERVED = (
    Served(key=f"POST {_PERSON}/erasure", action=Action.ERASE, over=Over.PERSON, run=erase),
    Served(key="GET /desk/v1/erasures/{erasure}", action=Action.ERASE, over=Over.MANY, run=erasure),
    Served(key=f"POST {_PERSON}/exports", action=Action.EXPORT, over=Over.PERSON, run=export),
    Served(
        key=f"GET {_PERSON}/exports/{{export}}",
        action=Action.EXPORT,
        over=Over.PERSON,
        run=exported,
    ),
)
