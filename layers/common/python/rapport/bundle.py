"""The playbook bundle: everything people edit, as one immutable object named by its hash.

`playbooks/` holds the sources; `rapport publish` compiles them, stores `bundles/<hash>.json`, and
moves the pointer in `book`. A stored decision names the hash, so what was decided under which
rules stays readable for ever.
"""

import hashlib

import msgspec

OCCURRENCE_EVER = "ever"
OCCURRENCE_EVENT = "event"
OCCURRENCE_APPLICATION = "application"
UNCONFIRMED_CONFIRM = "confirm"
UNCONFIRMED_CARRY = "carry"
CONFIRM_PROGRAM = "confirm-address"


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """One employer brand. `send_mode` is `off`, `allow-list` or `live`."""

    key: str
    name: str
    site_url: str
    sender_name: str
    sender: str
    reply_to: str
    postal_address: str
    language: str
    accent: str
    send_mode: str
    allow_list: tuple[str, ...] = ()


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable edition of a consent text; `hash` is the SHA-256 of the text."""

    id: str
    topic: str
    text: str
    hash: str


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A mail: Liquid subject, HTML (compiled from MJML) and text. `jobs`: how many jobs it shows.

    `mail_class` is `marketing` or `confirmation`.
    """

    name: str
    mail_class: str
    topic: str
    subject: str
    html: str
    text: str
    jobs: int = 0


class Playbook(msgspec.Struct, frozen=True, kw_only=True):
    """One program: which facts start it, when, after what wait, and which mail it sends.

    `when` is a CEL expression over `person` and `fact`; empty means always. `occurrence` is
    `ever` (once in a lifetime of an address), `event` (once per fact) or `application` (once per
    person and job). The facts in `exits_on` end its wait. To an address that nobody confirmed goes
    the request to `confirm` it, or this playbook's own mail, which must `carry` the request.
    """

    program: str
    meaning: str
    facts: tuple[str, ...]
    template: str
    stale_after_seconds: int
    when: str = ""
    wait_seconds: int = 0
    occurrence: str = OCCURRENCE_EVER
    exits_on: tuple[str, ...] = ()
    unconfirmed: str = UNCONFIRMED_CONFIRM

    @property
    def about_job(self) -> bool:
        """Whether it mails about the job of an application."""
        return self.occurrence == OCCURRENCE_APPLICATION

    @property
    def carries(self) -> bool:
        """Whether its mail may hold the request to confirm."""
        return self.unconfirmed == UNCONFIRMED_CARRY


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The compiled whole. Look-ups raise KeyError for names that the bundle does not have."""

    brand: Brand
    playbooks: tuple[Playbook, ...]
    templates: tuple[Template, ...]
    statements: tuple[Statement, ...]

    def playbook(self, program: str) -> Playbook | None:
        """The playbook of a program, if it is still part of the bundle."""
        return next((p for p in self.playbooks if p.program == program), None)

    def template(self, name: str) -> Template:
        """A template by name."""
        return {t.name: t for t in self.templates}[name]

    def statement(self, topic: str) -> Statement:
        """The consent statement in force for a topic: the last one listed."""
        return {s.topic: s for s in self.statements}[topic]


def encode(bundle: Bundle) -> tuple[str, bytes]:
    """The bundle's hash (hex SHA-256 of the bytes) and its bytes. Equal bundles, equal bytes."""
    body = msgspec.json.encode(bundle, order="sorted")
    return hashlib.sha256(body).hexdigest(), body


def decode(body: bytes) -> Bundle:
    """The inverse of `encode`."""
    return msgspec.json.decode(body, type=Bundle)


def object_key(bundle_hash: str) -> str:
    """Where a bundle stands in its bucket."""
    return f"bundles/{bundle_hash}.json"
