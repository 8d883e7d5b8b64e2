"""What stands in the files of `playbooks/`, field by field, and how a file is read.

Every reader raises CommandError with the file's name and the place of the mistake.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
import yaml

from cli import strict_yaml
from cli.errors import CommandError
from rapport.bundle import OCCURRENCE_EVER, UNCONFIRMED_CONFIRM
from rapport.domain.decision import Delivery, MailClass
from rapport.domain.event import Trust
from rapport.domain.gates import JobsWish, SendMode

_LENGTH = re.compile(r"(\d{1,4})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
# A rate beyond these limits nothing; what lets nobody in is `enabled: false`.
# A bucket that takes centuries to fill is a slip, and more than a clock can count.
MIN_PER_SECOND: Final = 0.01
MAX_PER_SECOND: Final = 1_000_000
MAX_BURST: Final = 10_000_000
MAX_PRIORITY: Final = 9
_File = TypeVar("_File")


class FileOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all of them: a field that nobody knows is a mistake, not a remark."""


class ValuePropositionFile(FileOf, frozen=True, kw_only=True):
    """Why to work here, in one language."""

    headline: str
    text: str
    points: tuple[str, ...] = ()


class BrandFile(FileOf, frozen=True, kw_only=True):
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
    value_proposition: dict[str, ValuePropositionFile] = {}
    tone: str = ""
    colours: dict[str, str] = {}
    languages: tuple[str, ...] = ()
    country: str = ""
    reply_domain: str = ""


class RateFile(FileOf, frozen=True, kw_only=True):
    """How many messages a key may deliver: a second in the long run, and at once."""

    per_second: Annotated[float, msgspec.Meta(ge=MIN_PER_SECOND, le=MAX_PER_SECOND)]
    burst: Annotated[int, msgspec.Meta(ge=1, le=MAX_BURST)]


class SourceFile(FileOf, frozen=True, kw_only=True):
    """One entry of `sources.yaml`."""

    key: str
    source: str
    brand: str
    trust: Trust
    enabled: bool = True
    origins: tuple[str, ...] = ()
    consent: Literal["assumed", "required"] = "assumed"
    rate: RateFile | None = None


class StatementFile(FileOf, frozen=True, kw_only=True):
    """One file of `statements/`. `text` is in the brand's language, `texts` by language."""

    id: str
    topic: str
    text: str = ""
    texts: dict[str, str] = {}
    expires_after: str = ""
    jurisdictions: tuple[str, ...] = ()


class PlaybookFile(FileOf, frozen=True, kw_only=True):
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
    priority: Annotated[int, msgspec.Meta(ge=1, le=MAX_PRIORITY)] = 5
    every: str = ""
    content: Literal["", "education", "permission"] = ""
    jobs: JobsWish = JobsWish.NONE
    asked: bool = False
    paused: bool = False
    stages: tuple[str, ...] = ()
    until: Literal["", "reminder"] = ""


class TemplateFile(FileOf, frozen=True, kw_only=True, rename={"mail_class": "class"}):
    """`templates/<name>.yaml`, or `<name>.<language>.yaml`."""

    mail_class: MailClass
    topic: str
    subject: str
    jobs: Annotated[int, msgspec.Meta(ge=0)] = 0
    delivery: Delivery | None = None


class BlockFile(FileOf, frozen=True, kw_only=True):
    """What stands above the text of a block. Only the first language tells whom it is for."""

    title: str
    summary: str
    kind: Literal["education", "job", "part"] = "education"
    topics: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()
    publish_at: str = ""
    expire_at: str = ""
    minutes: Annotated[int, msgspec.Meta(ge=0)] = 0
    url: str = ""
    image_alt: str = ""


class PlaceFile(FileOf, frozen=True, kw_only=True):
    """One entry of `places.yaml`."""

    name: str
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    zone: str
    also: tuple[str, ...] = ()


class BoardFile(FileOf, frozen=True, kw_only=True):
    """One entry of `jobs.yaml`."""

    source: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]{0,31}$")]
    kind: str
    name: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9._-]{0,100}$")] = ""
    # In the clear only on the machine itself, as `rapport.adapters.http` calls.
    url: Annotated[
        str, msgspec.Meta(pattern=r"^((https://[^/]+|http://127\.0\.0\.1(:[0-9]+)?)(/.*)?)?$")
    ] = ""
    language: str = ""
    connection: str = ""


def seconds(length: str, path: Path) -> int:
    """`0s`, `15m`, `2h`, `3d` in seconds."""
    match = _LENGTH.fullmatch(length)
    if match is None:
        msg = f"{path.name}: {length!r} is no length of time; write 30s, 15m, 2h or 3d."
        raise CommandError(msg)
    return int(match.group(1)) * _SECONDS[match.group(2)]


def read(path: Path, kind: type[_File]) -> _File:
    """A YAML file as what it should be."""
    return convert(document(path), kind, path)


def convert(raw: Any, kind: type[_File], path: Path) -> _File:
    """What a YAML document of a file says, as what it should be."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        msg = f"{path.name}: {error}"
        raise CommandError(msg) from None


def document(path: Path) -> Any:
    """The YAML document of a file."""
    return loaded(text_of(path), path)


def loaded(text: str, path: Path) -> Any:
    """YAML that stands in a file."""
    try:
        return strict_yaml.load(text)
    except yaml.YAMLError as error:
        msg = f"{path.name}: {' '.join(str(error).split())}"
        raise CommandError(msg) from None


def text_of(path: Path) -> str:
    """What stands in a file."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        msg = f"{path.name} is not UTF-8; save it as such."
        raise CommandError(msg) from None
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror})."
        raise CommandError(msg) from None
