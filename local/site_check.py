"""What is wrong with a filled form of the career site, in words that help."""

import re
from collections.abc import Mapping

from local.consent import ALERTS, JOINING, consent
from local.feed import CATEGORIES
from local.site_forms import Entry

ADDRESS = re.compile(r"[^@\s\"<>]+@[^@\s\"<>]+\.[^@\s\"<>]+")
LONGEST = {"email": 254, "first_name": 60, "why": 2000, "query": 80, "city": 80}


def joining(values: Mapping[str, str]) -> Entry:
    """The talent-network form."""
    return _asking(values, JOINING)


def alerting(values: Mapping[str, str]) -> Entry:
    """The form for new jobs by mail."""
    return _asking(values, ALERTS)


def _asking(values: Mapping[str, str], statement: str) -> Entry:
    wrong = _person(values)
    if values.get("category") not in CATEGORIES:
        wrong["category"] = "Please choose a field of work."
    if values.get("consent") != consent(statement).version:
        wrong["consent"] = "We may only write to you if you agree."
    return Entry(values=values, wrong=wrong)


def contact(values: Mapping[str, str]) -> Entry:
    """The first step of an application."""
    return Entry(values=values, wrong=_person(values))


def questions(values: Mapping[str, str]) -> Entry:
    """The second step of an application."""
    wrong = _too_long(values)
    if not values.get("why"):
        wrong["why"] = "A sentence or two is enough."
    return Entry(values=values, wrong=wrong)


def _person(values: Mapping[str, str]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not values.get("first_name"):
        wrong["first_name"] = "Please tell us how to address you."
    if not ADDRESS.fullmatch(values.get("email", "")):
        wrong["email"] = "This does not look like an e-mail address."
    return wrong | _too_long(values)


def _too_long(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: f"Please keep it below {longest + 1} characters."
        for name, longest in LONGEST.items()
        if len(values.get(name, "")) > longest
    }
