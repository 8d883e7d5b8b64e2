"""`rapport events check FILE`: what would become of messages, before anything is connected.

The file has one JSON document a line: a message as an SDK posts it, or a whole request with a
`batch` in it. Each message goes through the readers that the door and the profile use, so what is
told here is what they do. Nothing is stored, and no deployment is asked; of values nothing is
printed, only names of properties.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, cast

import msgspec

from cli import output
from cli.errors import CommandError
from rapport import schemas
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import Ref
from rapport.domain.jobs import application_of
from rapport.domain.statements import interest_of, registers_of
from rapport.domain.wire import Message, Refusal, read_message, with_context
from rapport.events import VOCABULARY, stored_type
from rapport.vocabulary import TRACKED

_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One message: under which type it would be stored, what is read of it, what is not and why.

    `refused` is the code of a refusal. `wrong` is what a reader looked for and cannot use, `kept`
    what is stored and read by nobody, `hint` what may have been meant.
    """

    line: int
    type: str = ""
    refused: str = ""
    read: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    hint: str = ""

    @property
    def fine(self) -> bool:
        """Whether it is stored and all that should be read of it is."""
        return not (self.refused or self.wrong or self.hint)


def check(file: Path) -> list[Checked]:
    """Every message of a file, in its order."""
    try:
        # Not splitlines: JSON may have other separators of lines in a text.
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file} cannot be read ({error})."
        raise CommandError(msg) from None
    return [
        _checked(number, message)
        for number, line in enumerate(lines, start=1)
        if line.strip()
        for message in _messages(line)
    ]


def _messages(line: str) -> "Iterator[Json | Refusal]":
    try:
        raw = cast("Json", json.loads(line, parse_constant=_no_number))
    except (ValueError, RecursionError):
        yield Refusal.UNREADABLE
        return
    batch = raw.get("batch") if isinstance(raw, dict) else None
    if isinstance(raw, dict) and isinstance(batch, list):
        yield from (with_context(each, raw.get("context")) for each in batch)
    else:
        yield raw


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _checked(line: int, raw: "Json | Refusal") -> Checked:
    message = raw if isinstance(raw, Refusal) else read_message(raw)
    if isinstance(message, Refusal):
        return Checked(line=line, refused=f"{message.value}: {message.meaning}")
    event = _event(message)
    properties = message.body.get("properties")
    return Checked(
        line=line,
        type=event.type,
        read=tuple(_read(event, message)),
        wrong=schemas.problems(event.type, properties),
        kept=tuple(_kept(event.type, properties)),
        hint=_meant(message, event.type),
    )


def _event(message: Message) -> Event:
    return Event(
        partition=Ref("anon#"),
        home=Ref(f"{message.home.ns}#"),
        type=stored_type(message.call, message.name),
        source="",
        message_id="",
        trust=Trust.ASSERTED,
        origin=Origin.LIVE,
        original_at=None,
        sent_at=None,
        received_at=_ANY_DAY,
        at=_ANY_DAY,
        body=message.body,
    )


def _read(event: Event, message: Message) -> Iterator[str]:
    """What a profile takes from it, besides counting it."""
    yield f"person by {message.home.ns.value}"
    attributes = sorted(registers_of(event))
    if attributes:
        yield f"attributes {', '.join(attributes)}"
    if interest_of(event):
        yield "interest"
    if application_of(event) is not None:
        yield "application"


def _kept(kind: str, properties: Json) -> Iterator[str]:
    known = VOCABULARY.get(kind)
    if known is not None and isinstance(properties, Mapping):
        fields = {field.encode_name for field in msgspec.structs.fields(known)}
        yield from sorted(set(properties) - fields)


def _meant(message: Message, kind: str) -> str:
    """The name of the vocabulary that a made-up one may be a slip of."""
    if message.call != "track" or kind != message.call:
        return ""
    names = {"".join(cls.event.split()).lower(): cls.event for cls in TRACKED}
    squeezed = "".join(c for c in message.name.lower() if c.isalnum())
    return next((names[near] for near in get_close_matches(squeezed, names, n=1, cutoff=0.85)), "")


def to_json(checked: Checked) -> dict[str, Json]:
    """One message for programs."""
    return {
        "line": checked.line,
        "fine": checked.fine,
        "type": checked.type,
        "refused": checked.refused,
        "read": list[Json](checked.read),
        "wrong": list[Json](checked.wrong),
        "kept": list[Json](checked.kept),
        "hint": checked.hint,
    }


def show(found: list[Checked]) -> None:
    """All messages for people, and a line that sums up."""
    output.rows(("line", "stored as", ""), [_row(checked) for checked in found])
    bad = sum(not checked.fine for checked in found)
    output.line(f"{len(found)} messages, {len(found) - bad} fine, {bad} to look at.", "bold")


def _row(checked: Checked) -> tuple[object, str, str]:
    if checked.refused:
        return checked.line, "nothing", f"refused: {checked.refused}"
    told = [f"read: {'; '.join(checked.read)}."]
    told += [f"Wrong: {each}" for each in checked.wrong]
    if checked.hint:
        told.append(f"Did you mean “{checked.hint}”? As it is, only its number is read.")
    if checked.kept:
        told.append(f"Kept and not read: {', '.join(checked.kept)}.")
    return checked.line, checked.type, " ".join(told)
