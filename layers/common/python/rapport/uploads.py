"""Résumés that people hand in: kept apart until a scanner says that one is harmless.

    resumes/new/<form>/<address>/<upload>     as it came; nobody reads it
    resumes/clean/<form>/<address>/<upload>   a scanner said so, and its first bytes say what it is

`address` is the end of the address's keyed hash, so an erasure finds it by name and nobody learns
from a name whose it is. A verdict is about one content of an object, named by its ETag: what was
put there after the scanner looked is judged again, or not at all.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from typing import Protocol
from zipfile import BadZipFile, ZipFile

from rapport import events
from rapport.domain.decision import digest
from rapport.domain.event import Event, Origin, Trust
from rapport.domain.identifiers import Namespace, Ref
from rapport.forms import SOURCE_PREFIX
from rapport.ports import Log
from rapport.records import ID_CHARS
from rapport.settings import RESUMES_PREFIX

NEW, CLEAN = f"{RESUMES_PREFIX}new/", f"{RESUMES_PREFIX}clean/"
MAX_BYTES = 5 * 1024 * 1024
MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "txt": "text/plain; charset=utf-8",
}
_NAME = re.compile(
    rf"{re.escape(NEW)}(?P<form>[a-z0-9-]{{1,48}})/(?P<address>[A-Za-z0-9_-]{{22}})/[0-9a-f]{{32}}"
)
_DOCX = "word/document.xml"
_ODT = b"application/vnd.oasis.opendocument.text"
_MAX_PARTS = 10_000


class Word(StrEnum):
    """What a scanner says."""

    CLEAN = "clean"
    INFECTED = "infected"
    # It could not tell: the upload stays apart, and is forgotten in time.
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A scanner's word on one content of one upload; `etag` as S3 has it, without quotes."""

    key: str
    etag: str
    word: Word


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What a browser needs to put one file there: the address, and the fields before the file."""

    url: str
    fields: tuple[tuple[str, str], ...]


class Shelf(Protocol):
    """The store of uploads."""

    def ticket(self, key: str, *, back: str) -> Ticket:
        """Let somebody put at most `MAX_BYTES` there, for a quarter of an hour."""
        ...

    def read(self, key: str, etag: str) -> bytes | None:
        """That very content; None when it is gone, or is another by now."""
        ...

    def keep(self, key: str, body: bytes, kind: str) -> None:
        """Keep what is harmless."""
        ...

    def remove(self, key: str) -> None:
        """Take one away; harmless to repeat."""
        ...


@dataclass(frozen=True, kw_only=True)
class Resume:
    """A file that somebody handed in, as it stands at `key`. `clean`: a scanner said so."""

    key: str
    form: str
    clean: bool
    size: int
    at: datetime
    media_type: str

    @property
    def name(self) -> str:
        """What it is called: nobody keeps the name that it came with."""
        kind = next((kind for kind, told in MEDIA_TYPES.items() if told == self.media_type), "")
        return f"resume-{self.key.rpartition('/')[2][:8]}{'.' if kind else ''}{kind}"


class Resumes(Protocol):
    """The files of one person."""

    def of(self, members: Sequence[Ref]) -> Sequence[Resume]:
        """Those of their addresses, the oldest first."""
        ...

    def read(self, resume: Resume) -> bytes | None:
        """All of one; None when it is gone."""
        ...


class HandedIn(Protocol):
    """What people handed in, for those who may read it. RetryableError when out of reach."""

    def of(self, members: Sequence[Ref], forms: Iterable[str]) -> Sequence[Resume]:
        """The files of a person's addresses that came with those forms, the newest first."""
        ...

    def link(self, resume: Resume) -> str | None:
        """An address that has one saved, for some minutes; None for one nobody called harmless."""
        ...


class Came(StrEnum):
    """What came of a verdict."""

    KEPT = "kept"
    REFUSED = "refused"
    LEFT = "left"


def key_of(form: str, address: Ref, page: str) -> str:
    """Where the upload of one page of a form goes."""
    return f"{NEW}{form}/{address.partition('#')[2]}/{digest('upload', form, page)[:32]}"


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """What becomes of uploads, on their ports."""

    shelf: Shelf
    log: Log
    now: Callable[[], datetime]

    def judge(self, verdict: Verdict) -> Came:
        """Keep what is clean and is a document; take the rest away. May be repeated at any time.

        Without a verdict nothing happens: what nobody looked at is never called clean.
        """
        found = _NAME.fullmatch(verdict.key)
        if found is None or verdict.word is Word.ERROR:
            return Came.LEFT
        body = self.shelf.read(verdict.key, verdict.etag)
        if body is None:
            return Came.LEFT
        kind = kind_of(body) if verdict.word is Word.CLEAN else ""
        address = Ref(f"{Namespace.EMAIL.value}#{found['address']}")
        if kind and len(body) <= MAX_BYTES:
            kept = f"{CLEAN}{verdict.key.removeprefix(NEW)}"
            self.shelf.keep(kept, body, kind)
            self.log.append(
                [
                    _received(
                        kept, kind, len(body), address=address, etag=verdict.etag, now=self.now()
                    )
                ]
            )
        self.shelf.remove(verdict.key)
        return Came.KEPT if kind else Came.REFUSED


def kind_of(body: bytes) -> str:
    """`pdf`, `docx`, `odt` or `txt` by what is in it; empty for all else. Names are not asked."""
    if body.startswith(b"%PDF-"):
        return "pdf"
    if body.startswith(b"PK\x03\x04"):
        return _in_zip(body)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    plain = all(char.isprintable() or char in "\t\r\n\f" for char in text)
    return "txt" if text.strip() and plain and not text.lstrip().startswith("<") else ""


def _in_zip(body: bytes) -> str:
    """What a package of parts is; nothing of it is unpacked but the part that says so."""
    try:
        with ZipFile(BytesIO(body)) as parts:
            names = parts.namelist()
            if len(names) > _MAX_PARTS or any("vbaProject" in name for name in names):
                return ""
            if "mimetype" in names and parts.getinfo("mimetype").file_size == len(_ODT):
                return "odt" if parts.read("mimetype") == _ODT else ""
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        return ""
    return "docx" if _DOCX in names else ""


def _received(key: str, kind: str, size: int, *, address: Ref, etag: str, now: datetime) -> Event:
    form = key.removeprefix(CLEAN).partition("/")[0]
    return Event(
        partition=address,
        home=address,
        type=events.ResumeReceived.event,
        source=f"{SOURCE_PREFIX}{form}",
        message_id=f"r_{digest(key, etag)[:ID_CHARS]}",
        # Whoever fills in a form may be anybody.
        trust=Trust.ASSERTED,
        origin=Origin.LIVE,
        original_at=None,
        sent_at=None,
        received_at=now,
        at=now,
        body={"properties": {"object": key, "kind": kind, "bytes": size, "form": form}},
    )
