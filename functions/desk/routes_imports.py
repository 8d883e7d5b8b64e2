"""Bringing in a pool of people: a file uploaded, looked through, imported, taken back."""

import re
from typing import Annotated

import msgspec

from functions.desk.answers import CONFLICT, NOT_FOUND, Answer, ProblemError
from functions.desk.calls import Call, Desk, Over, Run, Served, page
from rapport.domain.event import Json
from rapport.domain.operators import Action
from rapport.errors import MisconfiguredError
from rapport.importing.columns import FIELDS
from rapport.importing.ports import Import, Stage, ask_list
from rapport.pool_files import LOOK, MAX_BYTES, START, Stand, Wish
from rapport.viewing.moments import iso

_UPLOAD = re.compile(r"u_[0-9a-f]{32}")


class FileToCome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that somebody is about to upload."""

    bytes: Annotated[int, msgspec.Meta(ge=1, le=MAX_BYTES)]


def upload(desk: Desk, call: Call) -> Answer:
    """An address for one file of just so many bytes."""
    name = f"u_{desk.token()}"
    where = desk.files.files.address(name, call.body(FileToCome).bytes)
    body: dict[str, Json] = {"upload": name, "url": where.url, "headers": dict(where.headers)}
    return Answer(body={**body, "expires_at": iso(where.expires_at)}, status=201, about=name)


def uploaded(desk: Desk, call: Call) -> Answer:
    """What became of what was asked of a file last."""
    return _told(desk.files.stand(_named(call)))


def look(desk: Desk, call: Call) -> Answer:
    """By the queue; the answer to `GET` tells when it is done."""
    return _asked(desk, call, LOOK)


def start(desk: Desk, call: Call) -> Answer:
    """By the queue; the answer to `GET` names the import."""
    return _asked(desk, call, START)


def _asked(desk: Desk, call: Call, what: str) -> Answer:
    name, wish = _named(call), call.body(Wish)
    proof = wish.claim.evidence_upload
    if proof and not _UPLOAD.fullmatch(proof):
        raise ProblemError(NOT_FOUND, "There is no such upload.")
    try:
        stand = desk.files.ask(name, what, wish, by=call.operator.name)
    except MisconfiguredError as refused:
        raise ProblemError(CONFLICT, str(refused)) from None
    return _told(stand, status=202)


def _named(call: Call) -> str:
    name = call.request.path.get("upload", "")
    if not _UPLOAD.fullmatch(name):
        raise ProblemError(NOT_FOUND)
    return name


def _told(stand: Stand, *, status: int = 200) -> Answer:
    body: dict[str, Json] = {
        "upload": stand.upload,
        "state": stand.state,
        "message": stand.message,
        "look": stand.look,
        "import": stand.import_id or None,
        "fields": [*sorted(FIELDS)],
    }
    return Answer(body=body, status=status, about=stand.upload)


def imports(desk: Desk, call: Call) -> Answer:
    """All of them."""
    found = desk.imports().all()
    return Answer(body=page(desk, call, found, place=lambda each: each.id, told=_import_json))


def one(desk: Desk, call: Call) -> Answer:
    """How far it has come."""
    found = _import(desk, call)
    return Answer(body=_import_json(found), about=found.id)


def undo(desk: Desk, call: Call) -> Answer:
    """By the queue, page by page; the import tells how far it is."""
    found = _import(desk, call)
    if found.stage is Stage.CUTTING:
        raise ProblemError(CONFLICT, "Its file is being cut into pages; wait a moment.")
    after = desk.imports().undo(found.id, by=call.operator.name)
    return Answer(body=_import_json(after), status=202, about=found.id)


def ask_again(desk: Desk, call: Call) -> Answer:
    """Puts them on a list; a campaign to it asks them."""
    found = _import(desk, call)
    if found.stage is not Stage.DONE:
        raise ProblemError(CONFLICT, f"The import is {found.stage.value}; wait until it is done.")
    desk.files.ask_again(found.id)
    return Answer(body={"asked": True}, status=202, about=found.id)


def _import(desk: Desk, call: Call) -> Import:
    found = desk.imports().applying.rows.get(call.request.path.get("import", ""))
    if found is None:
        raise ProblemError(NOT_FOUND)
    return found


def _import_json(found: Import) -> dict[str, Json]:
    return {
        "import": found.id,
        "source": found.source,
        "stage": found.stage.value,
        "by": found.by,
        "started_at": iso(found.started_at),
        "finished_at": None if found.finished_at is None else iso(found.finished_at),
        "list": found.list,
        "ask_list": ask_list(found),
        "basis": found.claim.basis.value,
        "kept_until": found.keep_until.isoformat(),
        "pages": found.pages,
        "page": found.page,
        "rows": found.rows,
        "refused": dict(found.refused),
        "counts": dict(found.counts),
        "undone_by": found.undone_by,
    }


_TABLE: tuple[tuple[str, Run], ...] = (
    ("POST /desk/v1/uploads", upload),
    ("GET /desk/v1/uploads/{upload}", uploaded),
    ("POST /desk/v1/uploads/{upload}/look", look),
    ("POST /desk/v1/uploads/{upload}/start", start),
    ("GET /desk/v1/imports", imports),
    ("GET /desk/v1/imports/{import}", one),
    ("POST /desk/v1/imports/{import}/undo", undo),
    ("POST /desk/v1/imports/{import}/ask", ask_again),
)
SERVED = tuple(
    Served(key=key, action=Action.IMPORT, over=Over.BRAND, run=run) for key, run in _TABLE
)
