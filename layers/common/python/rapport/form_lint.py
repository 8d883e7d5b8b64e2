"""What a form is checked for before it may be published, wherever it was written.

Pure, and the same for files and for the console. What is checked here never has to be doubted when
the form is shown or filled in.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapport.bundle import Brand, Bundle
from rapport.campaigns import ASKED
from rapport.domain.address import TRACKING
from rapport.domain.attributes import ATTRIBUTES, MAX_TRAITS, TRAIT_NAME, WANTED_AT, WISHES
from rapport.forms import (
    APPLICATION_STEP,
    EVENT,
    FIELD_KINDS,
    KINDS,
    OPT_INS,
    PICKED,
    Field,
    Form,
    Occasion,
)

# What a page of ours is called already.
RESERVED = frozenset({"confirm"})
MAX_FORMS = 200
MAX_FIELDS = 40
MAX_OPTIONS = 60
MAX_LISTS = 8
MAX_FRAMES = 20
MAX_TITLE_CHARS = 120
MAX_TEXT_CHARS = 2_000
MAX_ANSWER_CHARS = 256
MAX_LONG_ANSWER_CHARS = 2_000
MAX_STEPS = 20
# Attributes that everybody knows. Any other name is a trait of the employer's own.
KNOWN = frozenset({*ATTRIBUTES, *WISHES, *WANTED_AT}) - {"locale", "timezone", "dismissed_jobs"}
# Of these the engine itself reads a value of that kind.
_ONLY: dict[str, frozenset[str]] = {
    "email": frozenset({"email"}),
    "phone": frozenset({"phone"}),
    "linkedin": frozenset({"url"}),
    "country": frozenset({"country"}),
    "job_category": frozenset({"category"}),
    "radius_km": frozenset({"number", "choice"}),
    "min_pay": frozenset({"number"}),
    "remote_ok": frozenset({"yes-no"}),
}
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_KEY_CHARS = 48
_VALUE = re.compile(r"[^,\x00-\x1f]{1,64}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_JOB = re.compile(r"[A-Za-z0-9._-]{0,64}")


def of_forms(bundle: Bundle) -> Iterator[str]:
    """Complaints about all forms of a bundle, each with the form's key before it."""
    keys = [form.key for form in bundle.forms]
    if len(keys) > MAX_FORMS:
        yield f"forms: there are {len(keys)}, of at most {MAX_FORMS}."
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"forms/{key}: two forms have this key."
    for form in bundle.forms:
        yield from (f"forms/{form.key}: {told}" for told in complaints(form, bundle))


def complaints(form: Form, bundle: Bundle) -> Iterator[str]:
    """What is wrong with one form, as sentences."""
    if not _NAME.fullmatch(form.key) or len(form.key) > _MAX_KEY_CHARS or form.key in RESERVED:
        yield f"key {form.key!r} cannot be given to a form; use a-z, 0-9 and -."
    if form.kind not in KINDS:
        yield f"kind is one of {', '.join(KINDS)}."
    if form.brand != bundle.brand.key:
        yield f"brand {form.brand!r} is not there; the brand is {bundle.brand.key!r}."
    if form.opt_in not in OPT_INS:
        yield f"opt_in is one of {', '.join(OPT_INS)}."
    yield from _texts("title", form.title, bundle.brand, MAX_TITLE_CHARS)
    yield from _texts("intro", form.intro, bundle.brand, MAX_TEXT_CHARS)
    yield from _texts("thanks", form.thanks, bundle.brand, MAX_TEXT_CHARS)
    yield from _of_fields(form, bundle)
    yield from _of_topics(form, bundle)
    yield from _of_lists(form)
    yield from _of_frames(form)
    yield from _of_kind(form, bundle.brand)


def _texts(place: str, texts: dict[str, str], brand: Brand, most: int) -> Iterator[str]:
    languages = brand.languages or (brand.language,)
    missing = [language for language in languages if not texts.get(language, "").strip()]
    if missing:
        yield f"{place} says nothing in {', '.join(missing)}."
    foreign = sorted(texts.keys() - {*languages})
    if foreign:
        yield f"{place} is there in {', '.join(foreign)}, which is no language of the brand."
    if any(len(text) > most for text in texts.values()):
        yield f"{place} is longer than {most} characters."


def _of_fields(form: Form, bundle: Bundle) -> Iterator[str]:
    names = [field.name for field in form.fields]
    if len(names) > MAX_FIELDS:
        yield f"it asks {len(names)} questions, of at most {MAX_FIELDS}."
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name} is asked twice."
    if not any(field.name == "email" and field.required for field in form.fields):
        yield "it must ask for email, and require it: who fills it in is known by that."
    own = [name for name in names if name not in KNOWN]
    if len(own) > MAX_TRAITS:
        yield f"it asks for {len(own)} traits of your own, of at most {MAX_TRAITS} in all."
    for field in form.fields:
        yield from (f"{field.name}: {told}" for told in _of_field(field, bundle))


def _of_field(field: Field, bundle: Bundle) -> Iterator[str]:
    if field.name not in KNOWN and not TRAIT_NAME.fullmatch(field.name):
        yield "a name begins with a letter and is of a-z, 0-9 and _, at most 32."
    if field.kind not in FIELD_KINDS:
        yield f"kind is one of {', '.join(FIELD_KINDS)}."
    fit = _ONLY.get(field.name)
    if fit is not None and field.kind not in fit:
        yield f"it is asked for as {' or '.join(sorted(fit))}, for others read it as that."
    if field.name not in _ONLY and field.kind in {"email", "category"}:
        yield f"the kind {field.kind} is for the attribute of that name alone."
    most = MAX_LONG_ANSWER_CHARS if field.kind == "long-text" else MAX_ANSWER_CHARS
    if not 0 < field.most_chars <= most:
        yield f"most_chars is from 1 to {most}."
    yield from _texts("label", field.label, bundle.brand, MAX_TITLE_CHARS)
    if field.help:
        yield from _texts("help", field.help, bundle.brand, MAX_TEXT_CHARS)
    yield from _of_options(field, bundle)


def _of_options(field: Field, bundle: Bundle) -> Iterator[str]:
    values = [option.value for option in field.options]
    if field.kind not in PICKED:
        if values:
            yield f"options are for {', '.join(sorted(PICKED))}."
        return
    if not 0 < len(values) <= MAX_OPTIONS or len({*values}) < len(values):
        yield f"it needs options, each once, at most {MAX_OPTIONS}."
    families = bundle.matching.families
    for option in field.options:
        if not _VALUE.fullmatch(option.value) or option.value != option.value.strip():
            yield f"the option {option.value!r} holds a comma, or is empty or too long."
        elif field.kind == "country" and not _COUNTRY.fullmatch(option.value):
            yield f"the option {option.value!r} is no country such as NO."
        elif field.kind == "category" and families and option.value not in families:
            yield f"the option {option.value!r} is no family of matching.yaml."
        yield from _texts(f"option {option.value}", option.label, bundle.brand, MAX_TITLE_CHARS)


def _of_topics(form: Form, bundle: Bundle) -> Iterator[str]:
    covered = {statement.topic for statement in bundle.statements}
    for topic in form.topics:
        if topic not in covered:
            yield f"no statement covers the topic {topic!r}."
        if form.topics.count(topic) > 1:
            yield f"the topic {topic!r} stands there twice."
        if topic == TRACKING:
            yield f"{TRACKING} is asked for on the page of preferences alone."


def _of_lists(form: Form) -> Iterator[str]:
    if len(form.lists) > MAX_LISTS or len({*form.lists}) < len(form.lists):
        yield f"lists are named once each, and at most {MAX_LISTS}."
    for name in form.lists:
        if not _NAME.fullmatch(name) or len(name) > _MAX_KEY_CHARS:
            yield f"the list {name!r} must be of a-z, 0-9 and -."
        if name.startswith(ASKED):
            yield f"lists {ASKED}… are of imports alone: their people may be asked for consent."


def _of_frames(form: Form) -> Iterator[str]:
    if len(form.frames) > MAX_FRAMES:
        yield f"frames are at most {MAX_FRAMES}."
    for origin in form.frames:
        if not is_origin(origin):
            yield f"frames: {origin!r} must be https://host, as browsers send it."


def is_origin(origin: str) -> bool:
    """Whether it is an origin that a policy may name: https, or http on this machine alone."""
    try:
        parts = urlsplit(origin)
        _ = parts.port
    except ValueError:
        return False
    plain = re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", parts.netloc) is not None
    local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
    whole = origin == f"{parts.scheme}://{parts.netloc}"
    return plain and whole and (parts.scheme == "https" or local)


def _of_kind(form: Form, brand: Brand) -> Iterator[str]:
    if (form.occasion is not None) != (form.kind == EVENT):
        yield f"occasion is what a form of kind {EVENT} has, and no other."
    elif form.occasion is not None:
        yield from (f"occasion: {told}" for told in _of_occasion(form.occasion, brand))
    if not 1 <= form.step <= form.steps <= MAX_STEPS:
        yield f"step is from 1 to steps, and steps at most {MAX_STEPS}."
    if form.kind != APPLICATION_STEP and (form.step, form.steps) != (1, 1):
        yield f"step and steps are for {APPLICATION_STEP}."
    if not _JOB.fullmatch(form.job):
        yield f"job {form.job!r} is no job's id."


def _of_occasion(occasion: Occasion, brand: Brand) -> Iterator[str]:
    if not _NAME.fullmatch(occasion.id) or len(occasion.id) > _MAX_KEY_CHARS:
        yield f"id {occasion.id!r} must be of a-z, 0-9 and -."
    yield from _texts("title", occasion.title, brand, MAX_TITLE_CHARS)
    yield from _texts("place", occasion.place, brand, MAX_TITLE_CHARS)
    if occasion.capacity < 0 or occasion.remind_before_seconds < 0:
        yield "capacity and remind_before are not below 0."
    try:
        starts, ends = map(datetime.fromisoformat, (occasion.starts, occasion.ends))
        if starts.tzinfo is None or ends.tzinfo is None or ends <= starts:
            yield "starts and ends need an offset, as 2027-03-01T17:00:00+01:00; ends is later."
        ZoneInfo(occasion.zone)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        yield "starts, ends and zone are written 2027-03-01T17:00:00+01:00 and Europe/Oslo."
