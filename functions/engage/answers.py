"""What somebody filled in, question by question: a value of the question's type, or what is wrong.

Pure. What was typed is kept as it was, so that the page can be shown again with it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from rapport.bundle import Brand, Bundle, Statement, Wording
from rapport.domain.event import Json
from rapport.domain.identifiers import Namespace, identifier
from rapport.extraction import phone
from rapport.forms import Field, Form
from rapport.render import RenderError, href

# How the controls of a question and of a topic are called.
FIELD, TOPIC = "f.", "topic."
YES, NO = "yes", "no"
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}([.,][0-9]{1,6})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(1900, 2201)
# Nobody sees them, and names that hold one are other names.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd]")


class Wrong(StrEnum):
    """What is wrong with an answer; the page has a sentence for each."""

    MISSING = "missing"
    LONG = "long"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    WORDS = "words"


_Read: TypeAlias = "Json | Wrong"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """A form as it was handed in.

    `values` by question, of those that were answered and are right; `wrong` by the control's name;
    `typed` is what stood in every control. `agreed`: the statements that were ticked, in the words
    that were shown.
    """

    values: Mapping[str, Json]
    wrong: Mapping[str, Wrong]
    typed: Mapping[str, tuple[str, ...]]
    agreed: tuple[tuple[Statement, Wording], ...]

    def text(self, name: str) -> str:
        """An answer that is text; empty if there is none."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else ""


def answers_to(form: Form, bundle: Bundle, typed: Mapping[str, Sequence[str]]) -> Answers:
    """Read what was typed; whatever the form does not ask is left alone."""
    values: dict[str, Json] = {}
    wrong: dict[str, Wrong] = {}
    kept: dict[str, tuple[str, ...]] = {}
    for field in form.fields:
        control = f"{FIELD}{field.name}"
        lines = field.kind == "long-text"
        given = tuple(_cleaned(text, lines=lines) for text in typed.get(control, ()))
        kept[control] = given
        read = _read(field, bundle.brand, tuple(text for text in given if text))
        if isinstance(read, Wrong):
            wrong[control] = read
        elif read is not None:
            values[field.name] = read
    agreed = []
    for topic in form.topics:
        control = f"{TOPIC}{topic}"
        ticks = tuple(typed.get(control, ()))
        kept[control] = ticks
        if not ticks:
            continue
        statement = bundle.statement(topic)
        shown = [each for each in statement.wordings if each.hash == ticks[0]]
        if shown:
            agreed.append((statement, shown[0]))
        else:
            # Other words stand there by now: nobody agrees to what they did not see.
            wrong[control] = Wrong.WORDS
    return Answers(values=values, wrong=wrong, typed=kept, agreed=tuple(agreed))


def _read(field: Field, brand: Brand, given: tuple[str, ...]) -> _Read:
    """The answer in the type of the question; None where nothing was answered."""
    if not given:
        return Wrong.MISSING if field.required else None
    if field.kind == "choices":
        known = [option.value for option in field.options]
        if set(given) - {*known}:
            return Wrong.CHOICE
        return [value for value in known if value in given]
    text = given[0]
    if len(text) > field.most_chars:
        return Wrong.LONG
    if field.kind in {"choice", "country", "category"}:
        return text if text in {option.value for option in field.options} else Wrong.CHOICE
    return _READ[field.kind](text, brand)


def _text(text: str, _: Brand) -> _Read:
    return text


def _email(text: str, _: Brand) -> _Read:
    found = identifier(Namespace.EMAIL, text)
    return Wrong.EMAIL if found is None else found.value


def _phone(text: str, brand: Brand) -> _Read:
    found = phone(text, brand.country)
    return Wrong.PHONE if found is None else found.value


def _url(text: str, _: Brand) -> _Read:
    whole = text if "://" in text else f"https://{text}"
    try:
        return href(whole)
    except RenderError:
        return Wrong.URL


def _number(text: str, _: Brand) -> _Read:
    bare = "".join(text.split())
    if not _NUMBER.fullmatch(bare):
        return Wrong.NUMBER
    number = Decimal(bare.replace(",", "."))
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if number == 0 else plain.lstrip("+")


def _date(text: str, _: Brand) -> _Read:
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return Wrong.DATE
    return Wrong.DATE if day is None or day.year not in _YEARS else day.isoformat()


def _yes_no(text: str, _: Brand) -> _Read:
    return {YES: True, NO: False}.get(text, Wrong.CHOICE)


_READ: Mapping[str, Callable[[str, Brand], _Read]] = {
    "text": _text,
    "long-text": _text,
    "email": _email,
    "phone": _phone,
    "url": _url,
    "number": _number,
    "date": _date,
    "yes-no": _yes_no,
}


def _cleaned(text: str, *, lines: bool) -> str:
    """Text without what cannot be seen, on one line unless the question has several."""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n")))
    keep = "\n" if lines else ""
    plain = "".join(c if c in keep or unicodedata.category(c)[0] != "C" else " " for c in seen)
    return plain.strip() if lines else " ".join(plain.split())
