"""The playbook bundle: everything people edit, as one immutable object named by its hash.

`playbooks/` holds the sources; `rapport publish` compiles them, stores `bundles/<hash>.json`, and
moves the pointer in `book`. A stored decision names the hash, so what was decided under which
rules stays readable for ever.
"""

import hashlib

import msgspec

from rapport.campaigns import Campaign
from rapport.domain.languages import best
from rapport.domain.policy import USUAL, Policy
from rapport.forms import Form
from rapport.segments import Segment

OCCURRENCE_EVER = "ever"
OCCURRENCE_EVENT = "event"
OCCURRENCE_APPLICATION = "application"
OCCURRENCE_STAGE = "stage"
OCCURRENCE_OCCASION = "occasion"
# A wait that ends not after a while but so long before what somebody signed up for begins.
UNTIL_REMINDER = "reminder"
EDUCATION = "education"
PERMISSION = "permission"
UNCONFIRMED_CONFIRM = "confirm"
UNCONFIRMED_CARRY = "carry"
CONFIRM_PROGRAM = "confirm-address"


class ValueProposition(msgspec.Struct, frozen=True, kw_only=True):
    """Why to work here, in one language."""

    headline: str
    text: str
    points: tuple[str, ...] = ()


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
    # What the employer promises (headline, text, points), by language.
    value_proposition: dict[str, ValueProposition] = {}
    # How texts sound, for whoever writes them.
    tone: str = ""
    # Named colours (`accent`, `ink`, `paper` …), #rrggbb; the site and the mails share them.
    colours: dict[str, str] = {}
    # Languages that content exists in; the first is what everything falls back to.
    languages: tuple[str, ...] = ()
    # The employer's country (ISO 3166 alpha-2), whose law holds where a person's is not known.
    country: str = ""
    # The domain of `r+…` and `unsub+…`, where replies come in; empty: replies go to `reply_to`.
    reply_domain: str = ""


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """A block in one language. `html` is clean, `text` the same in plain; `url` is its page.

    `version` is the first 16 hex digits of the SHA-256 of all of it: same text, same version.
    """

    language: str
    version: str
    title: str
    summary: str
    html: str
    text: str
    url: str = ""
    image_alt: str = ""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of content that site and mails share. Times are ISO 8601, empty: no bound.

    `kind` is `education` (how it is to work here), `job` (about openings) or `part` (stands only in
    other blocks and in templates). `topics` are fields of
    work it is for, `personas` kinds of people; empty: for everybody.
    """

    key: str
    kind: str
    editions: tuple[Edition, ...]
    topics: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()
    publish_at: str = ""
    expire_at: str = ""
    minutes: int = 0

    def edition(self, *languages: str) -> Edition:
        """The edition in the first of these languages that there is, else the first of all.

        `nb-NO` is served by `nb`.
        """
        found = best(languages, (edition.language for edition in self.editions))
        return next((e for e in self.editions if e.language == found), self.editions[0])


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of mail that a person can have or not have; `name` and `meaning` by language."""

    key: str
    name: dict[str, str]
    meaning: dict[str, str]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A town that jobs and people are in, by any of its names. `zone` is an IANA name."""

    name: str
    country: str
    latitude: float
    longitude: float
    zone: str
    also: tuple[str, ...] = ()


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """What words mean when jobs and people are compared; see `rapport.domain.matching`.

    `families`: family → words of titles and categories, any language. `seniority`: level → words.
    `licences`: licence → words that ask for it. `neighbours`: family → families close to it.
    `languages`, `employment`, `shifts`: language tag, kind of employment, shift → its names.
    """

    families: dict[str, tuple[str, ...]] = {}
    seniority: dict[str, tuple[str, ...]] = {}
    licences: dict[str, tuple[str, ...]] = {}
    neighbours: dict[str, tuple[str, ...]] = {}
    languages: dict[str, tuple[str, ...]] = {}
    employment: dict[str, tuple[str, ...]] = {}
    shifts: dict[str, tuple[str, ...]] = {}


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """A consent text in one language; `hash` is the SHA-256 of the text."""

    language: str
    text: str
    hash: str


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable edition of a consent text; `hash` is the SHA-256 of the text.

    The text is in the brand's `language`, `others` say the same in other languages. Whoever agrees
    has agreed for `expires_after_seconds`, 0: until it is withdrawn. In `jurisdictions` (ISO 3166
    alpha-2) it may be asked for; empty: everywhere.
    """

    id: str
    topic: str
    text: str
    hash: str
    expires_after_seconds: int = 0
    jurisdictions: tuple[str, ...] = ()
    language: str = ""
    others: tuple[Wording, ...] = ()

    @property
    def wordings(self) -> tuple[Wording, ...]:
        """Every language that it is there in, the brand's first."""
        return (Wording(language=self.language, text=self.text, hash=self.hash), *self.others)

    def said(self, *languages: str) -> Wording:
        """Its words in the first of these languages that they are there in, else the brand's."""
        found = best(languages, (wording.language for wording in self.wordings))
        return next((w for w in self.wordings if w.language == found), self.wordings[0])


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A mail: Liquid subject, HTML (compiled from MJML) and text. `jobs`: how many jobs it shows.

    `mail_class` is `marketing`, `transactional` or `confirmation`.
    """

    name: str
    mail_class: str
    topic: str
    subject: str
    html: str
    text: str
    jobs: int = 0
    # `strict`, `quarantine` or `at_least_once`: what happens when nobody knows whether it went out.
    delivery: str = "strict"
    language: str = ""
    # The keys of the blocks whose text stands in it, and the versions that it was compiled with.
    blocks: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """The first 16 hex digits of the SHA-256 of all of it."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:16]


class Playbook(msgspec.Struct, frozen=True, kw_only=True):
    """One program: which facts start it, when, after what wait, and which mail it sends.

    `when` is a CEL expression over `person` and `fact`; empty means always. `occurrence` is
    `ever` (once in a lifetime of an address), `event` (once per fact), `application` (once per
    person and job), `stage` (once per application and stage) or `occasion` (once per event that
    somebody signed up for). `stages` are those that an application has to go to, or that somebody
    who signed up has to get (`seated`, `waiting`); any, if empty. `until` `reminder`: it waits
    until the event's own reminder is due. The facts in `exits_on` end its wait. To an address
    that nobody confirmed goes the request to `confirm` it, or this playbook's own mail, which must
    `carry` the request.
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
    # Who gets the last slot: 9 first. A rhythm comes back after so many seconds; 0: once.
    priority: int = 5
    every_seconds: int = 0
    # `education`: its mail tells the next block that fits and that the person has not had;
    # `permission`: it asks whether to go on, and goes even to somebody who has gone silent.
    content: str = ""
    # `none`, `optional` or `required`: whether jobs that fit are in it.
    jobs: str = "none"
    asked: bool = False
    paused: bool = False
    stages: tuple[str, ...] = ()
    until: str = ""

    def listens(self, fact: str, stage: str) -> bool:
        """Whether a fact of that name starts it, where an application went to that stage."""
        return fact in self.facts and (not self.stages or stage in self.stages)

    @property
    def about_job(self) -> bool:
        """Whether it mails about the job of an application."""
        return self.occurrence == OCCURRENCE_APPLICATION

    @property
    def waits(self) -> bool:
        """Whether it mails later than at once."""
        return bool(self.wait_seconds or self.every_seconds or self.until)

    @property
    def carries(self) -> bool:
        """Whether its mail may hold the request to confirm."""
        return self.unconfirmed == UNCONFIRMED_CARRY


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """A job board that is read every hour. `source` names it in keys and facts, of `a-z0-9-`.

    `kind` is one of `rapport.feeds.boards.KINDS`. `name` is what its vendor calls it; `url` the
    whole address of one without a name, else where its vendor answers if not at the usual place.
    `language` is that of jobs that do not tell theirs. `connection` has the key that it wants.
    """

    source: str
    kind: str
    name: str = ""
    url: str = ""
    language: str = ""
    connection: str = ""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The compiled whole. Look-ups raise KeyError for names that the bundle does not have."""

    brand: Brand
    playbooks: tuple[Playbook, ...]
    templates: tuple[Template, ...]
    statements: tuple[Statement, ...]
    policy: Policy = USUAL
    blocks: tuple[Block, ...] = ()
    topics: tuple[Topic, ...] = ()
    places: tuple[Place, ...] = ()
    matching: Matching = Matching()
    boards: tuple[Board, ...] = ()
    forms: tuple[Form, ...] = ()
    segments: tuple[Segment, ...] = ()
    campaigns: tuple[Campaign, ...] = ()

    def block(self, key: str) -> Block:
        """A block by key."""
        return {b.key: b for b in self.blocks}[key]

    def playbook(self, program: str) -> Playbook | None:
        """The playbook of a program, if it is still part of the bundle."""
        return next((p for p in self.playbooks if p.program == program), None)

    def campaign(self, key: str) -> Campaign | None:
        """A campaign by key, if it is part of the bundle."""
        return next((c for c in self.campaigns if c.key == key), None)

    def segment(self, key: str) -> Segment | None:
        """A segment by key, if it is part of the bundle."""
        return next((s for s in self.segments if s.key == key), None)

    def template(self, name: str, *languages: str) -> Template:
        """A template by name, in the first of these languages that there is, else the brand's."""
        editions = [t for t in self.templates if t.name == name]
        if not editions:
            raise KeyError(name)
        own = self.brand.language
        found = best((*languages, own), (t.language or own for t in editions))
        return next((t for t in editions if (t.language or own) == found), editions[0])

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
