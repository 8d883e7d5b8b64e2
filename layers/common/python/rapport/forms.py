"""Forms that people fill in: what a file of `playbooks/forms/` compiles to.

A form is a hosted page (`/f/{form}`) in the brand, and the same within the career site. What is
stated on one is stated by somebody whom nobody knows: it is an asserted event of the vocabulary,
by the kind of the form, and consent comes of it as `opt_in` says.

Properties of such an event, beside those of its kind
    form          the key of the form; its source is `form-<key>`
    form_version  the first 16 hex digits of the SHA-256 of the form
    traits        answers to questions of the employer's own: name → text, `yes`/`no` as true or
                  false, several choices as a list; they become attributes `trait.<name>`
    consents      what was ticked: [{topic, statement, statement_hash, language}]
"""

import hashlib

import msgspec

from rapport.domain.event import FORMS

TALENT_NETWORK = "talent-network"
JOB_ALERT = "job-alert"
EVENT = "event"
REFERRAL = "referral"
APPLICATION_STEP = "application-step"
KINDS = (TALENT_NETWORK, JOB_ALERT, EVENT, REFERRAL, APPLICATION_STEP)

# When the owner of an address has to confirm it before the consent on a form counts: never; when an
# address that is known comes from a device that is not; always.
OPT_IN_NEVER = "never"
OPT_IN_NEW_DEVICE = "new-device"
OPT_IN_ALWAYS = "always"
OPT_INS = (OPT_IN_NEVER, OPT_IN_NEW_DEVICE, OPT_IN_ALWAYS)

FIELD_KINDS = (
    *("text", "long-text", "email", "phone", "url", "number", "date"),
    *("yes-no", "choice", "choices", "country", "category"),
)
# Of these somebody picks one (of `choices` any number) that the form lists.
PICKED = frozenset({"choice", "choices", "country", "category"})
# The source of what is filled in on a form, before the form's key.
SOURCE_PREFIX = FORMS


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a choice: what is stored, and what it is called, by language."""

    value: str
    label: dict[str, str]


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One question. `name` is the attribute of the person that the answer becomes.

    A name of `rapport.domain.statements` is that attribute; any other (`[a-z][a-z0-9_]{0,31}`) is a
    trait of the employer's own, `trait.<name>` on the profile. `label` and `help` by language.
    """

    name: str
    kind: str
    label: dict[str, str]
    required: bool = False
    help: dict[str, str] = {}
    options: tuple[Option, ...] = ()
    most_chars: int = 256


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """What people sign up for: a fair, an open day, a webinar. Times are ISO 8601 with an offset.

    `capacity` 0: no bound. Whoever comes later stands on the waiting list, if there is one.
    `remind_before_seconds` 0: no reminder. `sequence` is one more with each change of time or
    place, so that calendars take it for one; `called_off`: it does not take place.
    """

    id: str
    title: dict[str, str]
    place: dict[str, str]
    starts: str
    ends: str
    zone: str
    capacity: int = 0
    waiting_list: bool = True
    remind_before_seconds: int = 0
    sequence: int = 0
    called_off: bool = False


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """One form. `topics`: whose consent statements stand on it, each with a box of its own.

    `lists`: the static lists that whoever fills it in joins. `resume`: whether a résumé may come
    with it. `frames`: the origins that may show it within a page of theirs. `step`, `steps` and
    `job` of an application step as in the vocabulary. Texts are by language.
    """

    key: str
    kind: str
    brand: str
    title: dict[str, str]
    intro: dict[str, str]
    thanks: dict[str, str]
    fields: tuple[Field, ...]
    topics: tuple[str, ...] = ()
    opt_in: str = OPT_IN_ALWAYS
    occasion: Occasion | None = None
    lists: tuple[str, ...] = ()
    resume: bool = False
    frames: tuple[str, ...] = ()
    job: str = ""
    step: int = 1
    steps: int = 1
    open: bool = True

    @property
    def source(self) -> str:
        """The source of its events."""
        return f"{SOURCE_PREFIX}{self.key}"

    @property
    def version(self) -> str:
        """The first 16 hex digits of the SHA-256 of all of it."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:16]


def said(texts: dict[str, str], language: str) -> str:
    """A text in a language, else in the first that it is there in; empty where there is none."""
    return texts.get(language) or next(iter(texts.values()), "")
