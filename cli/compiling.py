"""`playbooks/` → one Bundle, or every complaint about it at once, each with its file.

Pure but for reading the folder: no network, no clock. What is checked here never has to be doubted
when a mail is made.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
import yaml

from cli import strict_yaml
from cli.bundle_lint import edition, of_brand, of_playbooks, of_sources, of_statements, of_templates
from cli.errors import CommandError
from cli.mjml import MjmlError, to_html
from rapport.bundle import (
    OCCURRENCE_EVER,
    UNCONFIRMED_CONFIRM,
    Brand,
    Bundle,
    Playbook,
    Statement,
    Template,
)
from rapport.domain.decision import MailClass
from rapport.domain.event import Trust
from rapport.domain.gates import SendMode
from rapport.domain.rate import Rate
from rapport.door import WriteKey
from rapport.errors import MisconfiguredError
from rapport.identity_rules import FILE as RULES
from rapport.identity_rules import RulesFile, parse

_LENGTH = re.compile(r"(\d{1,4})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
# A rate beyond these limits nothing; what lets nobody in is `enabled: false`.
# A bucket that takes centuries to fill is a slip, and more than a clock can count.
MIN_PER_SECOND: Final = 0.01
MAX_PER_SECOND: Final = 1_000_000
MAX_BURST: Final = 10_000_000
_File = TypeVar("_File")


class BrandFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`brand.yaml`."""

    key: str
    name: str
    site_url: str
    sender_name: str
    sender: str
    reply_to: str
    postal_address: str
    language: str
    accent: str
    send_mode: SendMode
    allow_list: tuple[str, ...] = ()


class RateFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many messages a key may deliver: a second in the long run, and at once."""

    per_second: Annotated[float, msgspec.Meta(ge=MIN_PER_SECOND, le=MAX_PER_SECOND)]
    burst: Annotated[int, msgspec.Meta(ge=1, le=MAX_BURST)]


class SourceFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of `sources.yaml`."""

    key: str
    source: str
    brand: str
    trust: Trust
    enabled: bool = True
    origins: tuple[str, ...] = ()
    consent: Literal["assumed", "required"] = "assumed"
    rate: RateFile | None = None


class StatementFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of `statements/`."""

    id: str
    topic: str
    text: str


class PlaybookFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One playbook."""

    program: str
    meaning: str
    facts: tuple[str, ...]
    template: str
    stale_after: str
    when: str = ""
    wait: str = "0s"
    occurrence: str = OCCURRENCE_EVER
    exits_on: tuple[str, ...] = ()
    unconfirmed: str = UNCONFIRMED_CONFIRM


class TemplateFile(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"mail_class": "class"},
):
    """`templates/<name>.yaml`."""

    mail_class: MailClass
    topic: str
    subject: str
    jobs: int = 0


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """What a folder comes to: the bundle, and what stands beside it and is no part of it."""

    bundle: Bundle
    write_keys: tuple[WriteKey, ...]
    rules: RulesFile


def compile_bundle(folder: Path) -> Bundle:
    """The bundle of a folder; raises CommandError with every complaint, one a line."""
    return compile_folder(folder).bundle


def compile_folder(folder: Path) -> Compiled:
    """All that a folder comes to; raises CommandError with every complaint, one a line."""
    if not (folder / "brand.yaml").is_file():
        msg = f"{folder} has no brand.yaml; name the folder that holds the playbooks."
        raise CommandError(msg)
    brand = _read(folder / "brand.yaml", BrandFile)
    sources = _read(folder / "sources.yaml", tuple[SourceFile, ...])
    statements = [_statement(p) for p in sorted((folder / "statements").glob("*.yaml"))]
    templates = [_template(p) for p in sorted((folder / "templates").glob("*.yaml"))]
    playbooks = [
        _playbook(p)
        for p in sorted(folder.glob("*.yaml"))
        if p.name not in {"brand.yaml", "sources.yaml", RULES}
    ]
    bundle = Bundle(
        brand=Brand(**{**msgspec.structs.asdict(brand), "send_mode": brand.send_mode.value}),
        playbooks=tuple(playbooks),
        templates=tuple(templates),
        statements=tuple(sorted(statements, key=lambda s: (s.topic, edition(s)))),
    )
    keys = tuple(map(_write_key, sources))
    found = [*of_brand(bundle.brand), *of_sources(keys, bundle), *of_statements(bundle)]
    found += [*of_playbooks(bundle), *of_templates(bundle)]
    if found:
        raise CommandError("\n".join(f"{folder.name}/{line}" for line in found))
    rules = rules_in(folder / RULES) if (folder / RULES).is_file() else parse({})
    return Compiled(bundle=bundle, write_keys=keys, rules=rules)


def rules_in(path: Path) -> RulesFile:
    """The rules of identity that a file holds; raises CommandError with every complaint."""
    try:
        return parse(_document(path))
    except MisconfiguredError as error:
        raise CommandError(str(error)) from None


def seconds(length: str, path: Path) -> int:
    """`0s`, `15m`, `2h`, `3d` in seconds."""
    match = _LENGTH.fullmatch(length)
    if match is None:
        msg = f"{path.name}: {length!r} is no length of time; write 30s, 15m, 2h or 3d."
        raise CommandError(msg)
    return int(match.group(1)) * _SECONDS[match.group(2)]


def _read(path: Path, kind: type[_File]) -> _File:
    try:
        return msgspec.convert(_document(path), kind)
    except msgspec.ValidationError as error:
        msg = f"{path.name}: {error}"
        raise CommandError(msg) from None


def _document(path: Path) -> Any:
    try:
        return strict_yaml.load(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror})."
        raise CommandError(msg) from None
    except yaml.YAMLError as error:
        msg = f"{path.name}: {' '.join(str(error).split())}"
        raise CommandError(msg) from None


def _write_key(raw: SourceFile) -> WriteKey:
    told = msgspec.structs.asdict(raw)
    if raw.rate is None:
        del told["rate"]
    else:
        told["rate"] = Rate(per_second=raw.rate.per_second, burst=raw.rate.burst)
    return WriteKey(**told)


def _statement(path: Path) -> Statement:
    raw = _read(path, StatementFile)
    text = " ".join(raw.text.split())
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Statement(id=raw.id, topic=raw.topic, text=text, hash=digest)


def _playbook(path: Path) -> Playbook:
    raw = _read(path, PlaybookFile)
    return Playbook(
        program=raw.program,
        meaning=raw.meaning,
        facts=raw.facts,
        template=raw.template,
        stale_after_seconds=seconds(raw.stale_after, path),
        when=raw.when.strip(),
        wait_seconds=seconds(raw.wait, path),
        occurrence=raw.occurrence,
        exits_on=raw.exits_on,
        unconfirmed=raw.unconfirmed,
    )


def _template(path: Path) -> Template:
    raw = _read(path, TemplateFile)
    try:
        html = to_html(path.with_suffix(".mjml").read_text(encoding="utf-8"))
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
    except OSError as error:
        msg = f"templates/{path.stem} lacks a part: {error.filename} ({error.strerror})."
        raise CommandError(msg) from None
    except MjmlError as error:
        msg = f"templates/{path.stem}.mjml: {error}."
        raise CommandError(msg) from None
    return Template(
        name=path.stem,
        mail_class=raw.mail_class.value,
        topic=raw.topic,
        subject=raw.subject,
        html=html,
        text=text,
        jobs=raw.jobs,
    )
