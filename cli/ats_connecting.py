"""`rapport ats connect|list|show`: connections made, changed and told, and never a secret of them.

A connection is a secret of the account. What the settings file or an option does not name stays as
it was.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import yaml

from cli import output
from cli.ats_setup import SET_UPS, SetUp
from cli.ats_store import Desk
from cli.errors import CommandError
from cli.strict_yaml import load
from rapport.adapters.ats import standard
from rapport.adapters.ats.connections import decode
from rapport.ats import ANY, HIRED, RECEIVED, REJECTED, WITHDRAWN, Connection
from rapport.errors import MisconfiguredError
from rapport.filedrop.mapping import mappings

# Of what `api` holds these are no secrets.
_TELLABLE = ("push", "push_topic", "push_fields")
_SECRET_BYTES = 32
_KEPT_SECRETS = 2


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody asks a connection to be. `fields`: those of the settings file.

    `secret`: the new one that deliveries are signed with; `rotate`: the one before stays good.
    """

    name: str
    vendor: str = ""
    fields: Mapping[str, Any]
    api: Mapping[str, str]
    secret: str = ""
    rotate: bool = False


def settings(file: Path | None) -> dict[str, Any]:
    """The fields of a settings file; CommandError for a file that is none."""
    if file is None:
        return {}
    try:
        found = load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as broken:
        # A parser's own words may hold a line of the file, and so a secret.
        mark = getattr(broken, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else f" ({type(broken).__name__})"
        msg = f"{file} cannot be read{where}; it is YAML with the fields of a connection."
        raise CommandError(msg) from None
    if not isinstance(found, dict):
        msg = f"{file} holds no fields; write for example `brand: main`."
        raise CommandError(msg)
    return {str(name): value for name, value in found.items()}


def api_of(words: list[str], ask: Callable[[str], str]) -> dict[str, str]:
    """`NAME=VALUE` as it stands; the value of a bare `NAME` is asked for."""
    pairs = [word.partition("=") for word in words]
    return {name: value if given else ask(name) for name, given, value in pairs}


def generated(vendor: str, random: Callable[[int], bytes]) -> str:
    """A new secret, in the form that the vendor's signature wants."""
    key = random(_SECRET_BYTES)
    return f"whsec_{b64encode(key).decode()}" if vendor == "standard" else key.hex()


def drafted(asked: Asked, before: Connection | None) -> Connection:
    """The connection as it shall be; CommandError or MisconfiguredError with what to mend."""
    vendor = (
        asked.vendor or str(asked.fields.get("vendor", "")) or (before.vendor if before else "")
    )
    if not vendor:
        msg = f"Say which system it is: --vendor {'|'.join(SET_UPS)}."
        raise CommandError(msg)
    if before is not None and vendor != before.vendor:
        msg = (
            f"{asked.name} is a connection to {before.vendor}; take another name, or"
            f" `rapport ats disconnect {asked.name}` first."
        )
        raise CommandError(msg)
    known = {} if before is None else msgspec.to_builtins(before)
    fields = {**known, **asked.fields, "name": asked.name, "vendor": vendor}
    if asked.api:
        fields["api"] = {**(fields.get("api") or {}), **asked.api}
    made = decode(json.dumps(fields, default=str), name=asked.name)
    if asked.secret:
        older = [each for each in made.secrets if each != asked.secret] if asked.rotate else []
        made = replace(made, secrets=(asked.secret, *older)[:_KEPT_SECRETS])
    _check(made)
    return made


def with_secret(asked: Asked, secret: str) -> Asked:
    """The same, with a secret that was generated or asked for."""
    return replace(asked, secret=secret)


def _check(made: Connection) -> None:
    if made.mapping:
        mappings(made.mapping)
    if made.vendor == "standard" and not all(standard.key_of(each) for each in made.secrets):
        msg = f"connection {made.name}: a secret is whsec_ and the base64 of 24 bytes or more"
        raise MisconfiguredError(msg)


def doubts(made: Connection) -> list[str]:
    """What is allowed and probably not meant."""
    known = {*made.stages.values(), ANY, RECEIVED, REJECTED, WITHDRAWN, HIRED}
    found = [
        f"`speaks` names {name}, and no stage is mapped to it: `rapport ats stages {made.name}`."
        for name in sorted(made.speaks.keys() - known)
    ]
    set_up = SET_UPS.get(made.vendor)
    lacking = [each for each in (set_up.api if set_up else ()) if not made.api.get(each)]
    if lacking:
        options = " ".join(f"--api {name}" for name in lacking)
        found.append(
            "Its API cannot be read, so what no webhook tells stays unknown:"
            f" rapport ats connect {made.name} {options}"
        )
    if set_up is not None and not (made.secrets or made.event_secrets):
        found.append(
            "It has no signing secret, so deliveries are put off (503):"
            f" rapport ats connect {made.name} --secret …"
        )
    return found


def show_made(desk: Desk, made: Connection, *, new: bool, told: str) -> None:
    """What was done, what to click, what comes next. `told`: a secret made here, shown once."""
    output.line(f"{'Connected' if new else 'Changed'} {made.name} ({made.vendor}).", "bold")
    set_up = SET_UPS.get(made.vendor)
    if set_up is None:
        output.line(f"Drop its files into {desk.drop(made.name)}")
    else:
        output.line(f"Address  {desk.address(made.name)}")
        if told:
            output.line(f"Secret   {told}")
            output.line("         It is shown this once; type it in there.")
        if new or told:
            show_set_up(set_up)
    for doubt in doubts(made):
        output.line(f"Mend: {doubt}", "yellow")
    if set_up is not None:
        output.line(f"Next: rapport ats test {made.name}")
    if made.can_be_asked and new:
        output.line(f"Then: rapport ats backfill {made.name} --dry-run")


def show_set_up(set_up: SetUp) -> None:
    """What to click and to tick."""
    output.line(f"Where    {set_up.where}")
    for number, line in enumerate(set_up.how):
        output.line(f"{'How' if not number else '':<9}{line}")
    for word, events in (("Tick", set_up.needed), ("And best", set_up.useful)):
        for number, event in enumerate(events):
            output.line(f"{word if not number else '':<9}{event}")
    output.line(f"More     {set_up.page}")


def show_list(desk: Desk) -> None:
    """A line for each connection."""
    lines = [_listed(desk, name) for name in desk.connections.names()]
    if not lines:
        output.line("No applicant tracking system is connected: `rapport ats connect` does it.")
        return
    output.rows(("connection", "system", "brand", "secrets", "API", "read to the end (UTC)"), lines)


def _listed(desk: Desk, name: str) -> tuple[object, ...]:
    try:
        found = desk.connections.get(name)
    except MisconfiguredError as unfit:
        return (name, "–", "–", "–", "–", str(unfit))
    if found is None:
        return (name, "–", "–", "–", "–", "gone a moment ago")
    pull = desk.pulls.get(name)
    secrets = len(found.secrets) or len(found.event_secrets)
    api = "read" if found.can_be_asked else "–"
    last = "never" if found.can_be_asked else "–"
    if pull is not None and pull.watermark is not None:
        last = output.clock(pull.finished_at or pull.watermark)
    return (name, found.vendor, found.brand or "–", secrets or "none", api, last)


def show_one(desk: Desk, found: Connection) -> None:
    """A connection without its secrets."""
    output.line(f"{found.name} ({found.vendor})", "bold")
    if found.vendor in SET_UPS:
        output.line(f"address        {desk.address(found.name)}")
    if found.mapping:
        output.line(f"files          {desk.drop(found.name)}")
    output.line(f"brand          {found.brand or 'none: every brand'}")
    older = len(found.secrets) - 1
    current = "one, and the one before" if older > 0 else "one" if found.secrets else "none"
    output.line(f"secret         {current}")
    if found.event_secrets:
        output.line(f"secrets of     {', '.join(sorted(found.event_secrets))}")
    api = [f"{n}={found.api[n]}" if n in _TELLABLE else n for n in sorted(found.api)]
    output.line(f"API            {', '.join(api) or 'none'}")
    output.line(f"stages mapped  {len(found.stages)}: `rapport ats stages {found.name}`")
    speaks = [f"{name}: {who}" for name, who in sorted(found.speaks.items())]
    output.line(f"who speaks     {', '.join(speaks) or 'the ATS, about everything'}")
    output.line(f"private ones   {'are mailed' if found.mail_private else 'are never mailed'}")
    if found.custom_fields:
        output.line(f"custom fields  {', '.join(found.custom_fields)}")
    for doubt in doubts(found):
        output.line(f"Mend: {doubt}", "yellow")
