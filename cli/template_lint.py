"""What a template is checked for before it may be published.

It is rendered for everybody it may meet: with and without a name, with and without a category, with
and without jobs, and for a person made of hostile text. A variable that is missing for one of them
must have a default or be asked for first. A mail that carries the request to confirm is rendered
for those who confirmed and for those who did not.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from rapport.bundle import Brand, Template
from rapport.domain.decision import MailClass
from rapport.render import Content, RenderError, render, uses

MAX_HTML_BYTES = 95_000
_LINKS = re.compile(r"href=\"(?P<value>\{\{[^}]*\}\})")
_HOSTILE = "<script>alert(1)</script>\u202e{{ 7 | times: 7 }}" + "x" * 250
_JOB = {
    "title": "A job",
    "location": "A place",
    "url": "https://site.example/jobs/1",
    "category": "",
}
_LINK = "https://site.example/u/v1.k1.token"
_STATEMENT = "I agree."
_FIELDS: Mapping[str, frozenset[str]] = {
    "brand": frozenset({"name", "site_url", "postal_address", "accent", "language", "reply_to"}),
    "person": frozenset({"first_name", "category"}),
    "jobs": frozenset({"size"}),
}
_LINK_OF = {MailClass.MARKETING: "unsubscribe", MailClass.CONFIRMATION: "confirm"}


@dataclass(frozen=True, kw_only=True)
class Use:
    """What the playbooks of a template do with it: about a job, carrying the request to confirm."""

    about_job: bool = False
    carries: bool = False


ORDINARY = Use()


def complaints(template: Template, brand: Brand, use: Use = ORDINARY) -> Iterator[str]:
    """Every complaint about a template, as a sentence."""
    own = MailClass(template.mail_class)
    try:
        yield from _unknown_names(template, use)
        yield from _raw_links(template)
        for mail_class in (own, MailClass.CONFIRMATION) if use.carries else (own,):
            for data in _everybody(template, brand, mail_class, use):
                yield from _of_content(render(template, data), brand, mail_class, use)
    except RenderError as error:
        yield f"{error}."


def _unknown_names(template: Template, use: Use) -> Iterator[str]:
    mail_class = MailClass(template.mail_class)
    known = {f"{group}.{name}" for group, names in _FIELDS.items() for name in names}
    known |= {"jobs", f"links.{_LINK_OF[mail_class]}"}
    if use.about_job:
        known |= {f"job.{name}" for name in _JOB}
    if use.carries or mail_class is MailClass.CONFIRMATION:
        known |= {"statement", "links.confirm"}
    named: set[str] = set()
    for part in (template.subject, template.text, template.html):
        named |= uses(part).paths
    for name in sorted(named - known):
        yield f"{name} is nothing that a {mail_class.value} mail knows."
    if ("jobs" in named) != (template.jobs > 0):
        yield "jobs must be a number above 0 exactly if the template shows jobs."


def _raw_links(template: Template) -> Iterator[str]:
    for match in _LINKS.finditer(template.html):
        if "| href" not in match.group("value"):
            yield f"the link {match.group('value')} must end in | href."


def _everybody(
    template: Template, brand: Brand, mail_class: MailClass, use: Use
) -> Iterator[Mapping[str, object]]:
    about = {name: getattr(brand, name) for name in _FIELDS["brand"]}
    unknown = mail_class is MailClass.CONFIRMATION
    names = ("",) if unknown else ("", "Ana", _HOSTILE)
    for name, category, jobs in product(names, ("", "nursing"), (0, 3)):
        person = {"first_name": name, "category": "" if unknown else category}
        yield {
            "brand": about,
            "person": {key: value for key, value in person.items() if value},
            "jobs": [{**_JOB, "category": category}] * (jobs if template.jobs else 0),
            "links": {_LINK_OF[mail_class]: _LINK},
            **({"job": {**_JOB, "category": category}} if use.about_job else {}),
            **({"statement": _STATEMENT} if unknown else {}),
        }


def _of_content(content: Content, brand: Brand, mail_class: MailClass, use: Use) -> Iterator[str]:
    link = _LINK_OF[mail_class]
    carrying = use.carries and mail_class is MailClass.CONFIRMATION
    for part, text in (("html", content.html), ("txt", content.text)):
        if _LINK not in text:
            yield f"the {part} part lacks links.{link}."
        if carrying and _STATEMENT not in text:
            yield f"the {part} part carries the request to confirm without the statement."
        if brand.postal_address not in text:
            yield f"the {part} part lacks brand.postal_address."
    if "<script" in content.html:
        yield "what a person typed reaches the html unescaped."
    if len(content.html.encode()) > MAX_HTML_BYTES:
        yield f"the html is longer than {MAX_HTML_BYTES} bytes; mail programs cut it off."
