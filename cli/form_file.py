"""`forms/*.yaml` of a folder of playbooks: read as they are; what they say is checked later."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from cli.errors import CommandError
from cli.files import document, seconds
from rapport.forms import Field, Form, Occasion, Option

FOLDER = "forms"
_REMIND = "remind_before"


class OptionFile(Option, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer of a choice."""


class FieldFile(Field, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question."""

    options: tuple[OptionFile, ...] = ()


class OccasionFile(Occasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people sign up for. In a file the reminder is a length of time, `1d`."""


class FormFile(Form, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form. Its key is the name of its file."""

    fields: tuple[FieldFile, ...]
    occasion: OccasionFile | None = None


def forms_in(folder: Path) -> tuple[Form, ...]:
    """The forms of a folder of playbooks, by key; CommandError names the file and the place."""
    return tuple(form_of(path) for path in sorted((folder / FOLDER).glob("*.yaml")))


def form_of(path: Path) -> Form:
    """The form that a file is."""
    raw = document(path)
    if not isinstance(raw, Mapping):
        msg = f"{path.name}: it must hold the fields of a form."
        raise CommandError(msg)
    told: dict[str, Any] = {"key": path.stem, **raw}
    occasion = told.get("occasion")
    if isinstance(occasion, Mapping) and _REMIND in occasion:
        length = occasion[_REMIND]
        rest = {name: value for name, value in occasion.items() if name != _REMIND}
        told["occasion"] = {**rest, "remind_before_seconds": seconds(str(length), path)}
    try:
        form = msgspec.convert(told, FormFile)
    except msgspec.ValidationError as error:
        msg = f"{path.name}: {error}"
        raise CommandError(msg) from None
    if form.key != path.stem:
        msg = f"{path.name}: its key is the name of its file, {path.stem!r}."
        raise CommandError(msg)
    return msgspec.convert(msgspec.to_builtins(form), Form)
