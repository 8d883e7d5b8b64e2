"""Files of people that come from a screen: uploaded, looked through, imported.

A file of 200 000 rows takes longer than an answer may. So what is asked of it, and what came of
that, is kept sealed beside it, and the queue of `functions/sync` does it in between. Looking goes
on from message to message, each as far as a call's time reaches.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

import msgspec

from rapport.domain.event import Json
from rapport.errors import MisconfiguredError, PoisonError
from rapport.importing.columns import Columns, check_source
from rapport.importing.ports import KEPT_DAYS, Shelf
from rapport.importing.proof import Basis, Claim
from rapport.importing.reporting import Asked, Glance
from rapport.imports import Imports
from rapport.pulls import Work

# What messages of the queue say.
DO, ASK = "pool-file", "import-ask"
LOOK, START = "look", "start"
MAX_BYTES = 256 * 1024 * 1024
_ASKED, _TOLD, _GLANCE = "asked.json", "told.json", "glance"


class Stated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody states for a whole file. `evidence_upload`: the upload that is the proof."""

    basis: Basis = Basis.NONE
    statement: str = ""
    text: str = ""
    topic: str = ""
    language: str = ""
    given_at: datetime | None = None
    source: str = ""
    evidence: str = ""
    evidence_upload: str = ""

    @property
    def claim(self) -> Claim:
        """For those rows that say nothing of their own."""
        told = msgspec.structs.asdict(self)
        del told["evidence_upload"]
        return Claim(**told)


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody asks of a file."""

    source: str
    columns: Columns | None = None
    claim: Stated = Stated()
    list: str = ""
    kept_days: int = KEPT_DAYS
    as_of: datetime | None = None


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    do: str
    by: str
    at: datetime
    wish: Wish

    @property
    def id(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class _Came(msgspec.Struct, frozen=True, kw_only=True):
    order: str
    state: str
    message: str = ""
    look: dict[str, object] | None = None
    import_id: str = ""


class _Glanced(msgspec.Struct, frozen=True, kw_only=True):
    order: str
    glance: Glance


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a file is put, with which headers, until when."""

    url: str
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Stand:
    """How a file stands: waiting, looking, looked, starting, started or refused."""

    upload: str
    state: str = "waiting"
    message: str = ""
    look: Json = None
    import_id: str = ""


class Files(Protocol):
    """Files on their way in."""

    def address(self, upload: str, size: int) -> Address:
        """Where a file of so many bytes is put."""
        ...

    def open(self, upload: str) -> BinaryIO | None:
        """The file; None when nobody put it there, or it was taken away."""
        ...

    def remove(self, upload: str) -> None:
        """Take it away; harmless to repeat."""
        ...


@dataclass(frozen=True, kw_only=True)
class PoolFiles:
    """What is asked of files, and what came of it."""

    files: Files
    shelf: Shelf
    work: Work
    now: Callable[[], datetime]

    def ask(self, upload: str, what: str, wish: Wish, *, by: str) -> Stand:
        """Have a file looked through, or imported. MisconfiguredError for a source that is none."""
        check_source(wish.source)
        order = _Order(do=what, by=by, at=self.now(), wish=wish)
        self.shelf.put(upload, _ASKED, msgspec.json.encode(order))
        self.work.put({"do": DO, "id": upload})
        return self.stand(upload)

    def ask_again(self, import_id: str) -> None:
        """Have those whom one mail may ask for consent put on the list of an import."""
        self.work.put({"do": ASK, "id": import_id})

    def stand(self, upload: str) -> Stand:
        """What became of what was asked last."""
        asked, came = self.shelf.get(upload, _ASKED), self.shelf.get(upload, _TOLD)
        if asked is None:
            return Stand(upload=upload)
        order = msgspec.json.decode(asked, type=_Order)
        told = None if came is None else msgspec.json.decode(came, type=_Came)
        if told is None or told.order != order.id:
            return Stand(upload=upload, state="looking" if order.do == LOOK else "starting")
        look: Json = msgspec.to_builtins(told.look)
        return Stand(
            upload=upload,
            state=told.state,
            message=told.message,
            look=look,
            import_id=told.import_id,
        )

    def do(self, upload: str, imports: Imports, *, until: datetime) -> str:
        """Do what was asked of a file; what it came to. Harmless to repeat.

        A file that is not looked through by then is looked at further by another message.
        """
        asked = self.shelf.get(upload, _ASKED)
        if asked is None:
            msg = "nothing was asked of this upload"
            raise PoisonError(msg)
        order = msgspec.json.decode(asked, type=_Order)
        before = self.stand(upload)
        if before.state not in {"looking", "starting"}:
            return before.state
        came = self._came(upload, order, imports, until)
        if came is None:
            self.work.put({"do": DO, "id": upload})
            return before.state
        self.shelf.put(upload, _TOLD, msgspec.json.encode(came))
        self.shelf.remove(upload, _GLANCE)
        if came.state == "started":
            # Its rows are cut and sealed.
            self.files.remove(upload)
            if order.wish.claim.evidence_upload:
                self.files.remove(order.wish.claim.evidence_upload)
        return came.state

    def _came(self, upload: str, order: _Order, imports: Imports, until: datetime) -> _Came | None:
        """What an order comes to; a file that is refused says what to do about it.

        None when there is more to look at; where to go on is kept.
        """
        try:
            wanted = self._wanted(upload, order)
            if order.do == LOOK:
                looked, more = imports.look_on(wanted, self._glance(upload, order), until=until)
                if more is not None:
                    kept = _Glanced(order=order.id, glance=more)
                    self.shelf.put(upload, _GLANCE, msgspec.msgpack.encode(kept))
                    return None
                return _Came(order=order.id, state="looked", look=dict(looked.to_json()))
            started = imports.start(wanted)
        except MisconfiguredError as refused:
            return _Came(order=order.id, state="refused", message=str(refused))
        return _Came(order=order.id, state="started", import_id=started.id)

    def _glance(self, upload: str, order: _Order) -> Glance | None:
        """How far this very order was looked at."""
        kept = self.shelf.get(upload, _GLANCE)
        found = None if kept is None else msgspec.msgpack.decode(kept, type=_Glanced)
        return found.glance if found is not None and found.order == order.id else None

    def _wanted(self, upload: str, order: _Order) -> Asked:
        wish = order.wish
        proof = wish.claim.evidence_upload
        return Asked(
            file=self._file(upload),
            source=wish.source,
            by=order.by,
            columns=wish.columns,
            claim=wish.claim.claim,
            evidence=self._file(proof).read() if proof else b"",
            list=wish.list,
            kept_days=wish.kept_days,
            as_of=wish.as_of,
        )

    def _file(self, upload: str) -> BinaryIO:
        found = self.files.open(upload)
        if found is None:
            msg = "The file is not there; upload it again."
            raise MisconfiguredError(msg)
        return found
