"""What a template is checked for before it may be published.

It is rendered for everybody it may meet: with and without a name, with and without a category, with
and without jobs, a block or a message, and for a person made of hostile text. A variable that is
missing for one of them must have a default or be asked for first. A mail that carries the request
to confirm is rendered for those who confirmed and for those who did not.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from cli import access_lint
from rapport.bundle import Brand, Template
from rapport.domain.attributes import TRAIT_NAME, TRAIT_PREFIX
from rapport.domain.decision import MailClass
from rapport.domain.gates import JobsWish
from rapport.render import Content, RenderError, render, uses

HOSTILE = "<script>alert(1)</script>\u202e{{ 7 | times: 7 }}" + "x" * 250
_LINKS = re.compile(r"href=\"(?P<value>\{\{[^}]*\}\})")
_JOB = {
    "title": "A job",
    "location": "A place",
    "url": "https://site.example/jobs/1",
    "category": "",
}
OCCASION = {
    "title": "Open day",
    "place": "12 Quay Street",
    "when": "4 March 2027, 16:00–19:00",
    "code": "ABCD2345",
    "calendar": "https://site.example/f/open-day/event.ics",
    "places": "https://site.example/u/v1.k1.token",
}
_REASONS = ["In the field you chose", "12 km from you"]
BLOCK = {
    "key": "a-title",
    "title": "A title",
    "summary": "What it is about.",
    "html": "<h2>A heading</h2><p>Some words.</p>",
    "text": "A HEADING\n\nSome words.",
    "url": "https://site.example/content/a-title",
}
_MESSAGE = ("subject", "text", "sender_name")
_LINK = "https://site.example/u/v1.k1.token"
_STATEMENT = "I agree."
_FIELDS: Mapping[str, frozenset[str]] = {
    "brand": frozenset({"name", "site_url", "postal_address", "accent", "language", "reply_to"}),
    "person": frozenset({"first_name", "category"}),
    "jobs": frozenset({"size"}),
    "block": frozenset(BLOCK),
}
# What only some templates are given, by what is done with them.
_GIVEN: Mapping[str, frozenset[str]] = {
    "about_job": frozenset(f"job.{name}" for name in _JOB),
    "occasion": frozenset(f"occasion.{name}" for name in OCCASION),
    "message": frozenset(f"message.{name}" for name in _MESSAGE),
    "letter": frozenset({"letter.subject", "letter.paragraphs", "letter.paragraphs.first"}),
}
_LINK_OF = {MailClass.MARKETING: "unsubscribe", MailClass.CONFIRMATION: "confirm"}


@dataclass(frozen=True, kw_only=True)
class Use:
    """What the playbooks of a template do with it.

    About a job, about an event that somebody signed up for, carrying the request to confirm, always
    with a block, always with jobs, telling what a colleague wrote to one, or to many.
    """

    about_job: bool = False
    occasion: bool = False
    carries: bool = False
    education: bool = False
    jobs: JobsWish = JobsWish.OPTIONAL
    message: bool = False
    letter: bool = False


ORDINARY = Use()


def complaints(template: Template, brand: Brand, use: Use = ORDINARY) -> Iterator[str]:
    """Every complaint about a template, as a sentence."""
    own = MailClass(template.mail_class)
    try:
        yield from _unknown_names(template, use)
        yield from _raw_links(template)
        for mail_class in (own, MailClass.CONFIRMATION) if use.carries else (own,):
            content = None
            for data in everybody(template, brand, mail_class, use):
                content = render(template, data)
                yield from _of_content(content, brand, mail_class, use)
            if content is not None:
                yield from access_lint.complaints(content.html)
    except RenderError as error:
        yield f"{error}."


def heaviest(template: Template, brand: Brand, use: Use = ORDINARY) -> int:
    """Bytes of its HTML with all there may be, links counted as those that count clicks."""
    *_, fullest = everybody(template, brand, MailClass(template.mail_class), use)
    return access_lint.weight(render(template, fullest).html)


def _unknown_names(template: Template, use: Use) -> Iterator[str]:
    mail_class = MailClass(template.mail_class)
    known = {f"{group}.{name}" for group, names in _FIELDS.items() for name in names}
    known |= {"jobs", "block"}
    if mail_class in _LINK_OF:
        known |= {f"links.{_LINK_OF[mail_class]}"}
    known |= set[str]().union(*(names for of, names in _GIVEN.items() if getattr(use, of)))
    if use.carries or mail_class is MailClass.CONFIRMATION:
        known |= {"statement", "links.confirm"}
    parts = [uses(part).paths for part in (template.subject, template.text, template.html)]
    named = frozenset[str]().union(*parts)
    if mail_class is not MailClass.CONFIRMATION:
        known |= {name for name in named if trait_in(name)}
    for name in sorted(named - known):
        yield f"{name} is nothing that a {mail_class.value} mail knows."
    if ("jobs" in named) != (template.jobs > 0):
        yield "jobs must be a number above 0 exactly if the template shows jobs."
    shows_block = any(name.partition(".")[0] == "block" for name in named)
    if mail_class is not MailClass.MARKETING and (shows_block or template.blocks or template.jobs):
        yield f"a {mail_class.value} mail holds no blocks and no jobs: that would be marketing."
    for part, name in zip(parts[1:], ("block.text", "block.html"), strict=True):
        if use.education and name not in part:
            yield "its playbook tells a block each time; put {% block %} into both parts."


def trait_in(path: str) -> str:
    """The trait of the employer's own that a variable is, by its bare name; empty if it is none."""
    name = path.removeprefix(TRAIT_PREFIX)
    return name if name != path and TRAIT_NAME.fullmatch(name) else ""


def _paths(template: Template) -> frozenset[str]:
    parts = (template.subject, template.text, template.html)
    return frozenset[str]().union(*(uses(part).paths for part in parts))


def _raw_links(template: Template) -> Iterator[str]:
    for match in _LINKS.finditer(template.html):
        if "| href" not in match.group("value"):
            yield f"the link {match.group('value')} must end in | href."


def everybody(
    template: Template, brand: Brand, mail_class: MailClass, use: Use = ORDINARY
) -> Iterator[Mapping[str, object]]:
    """What a template may be filled with; the last is an ordinary person with all there may be."""
    about = {name: getattr(brand, name) for name in _FIELDS["brand"]}
    unknown = mail_class is MailClass.CONFIRMATION
    names = ("",) if unknown else ("", HOSTILE, "Ana")
    few = 1 if use.jobs is JobsWish.REQUIRED else 0
    counts = (few, template.jobs) if template.jobs else (0,)
    tells = "{{ block." in template.html + template.text + template.subject
    blocks = (True,) if use.education else (False, True) if tells else (False,)
    traits = sorted({trait for path in _paths(template) if (trait := trait_in(path))})
    for name, category, jobs, block in product(names, ("", "nursing"), counts, blocks):
        person = {"first_name": name, "category": "" if unknown else category}
        job = {**_JOB, "title": name or _JOB["title"], "category": category}
        yield {
            "brand": about,
            "person": {key: value for key, value in person.items() if value},
            # A trait is known of nobody unless they told it.
            "trait": dict.fromkeys(traits, name) if name and not unknown else {},
            "jobs": [{**job, **({"reasons": _REASONS} if name else {})}] * jobs,
            "links": {_LINK_OF[mail_class]: _LINK} if mail_class in _LINK_OF else {},
            **({"block": BLOCK} if block and not unknown else {}),
            **({"job": {**_JOB, "category": category}} if use.about_job else {}),
            **({"occasion": OCCASION} if use.occasion else {}),
            **({"statement": _STATEMENT} if unknown else {}),
            **({"message": dict.fromkeys(_MESSAGE, name or "A word")} if use.message else {}),
            **({"letter": _letter(name)} if use.letter else {}),
        }


def _letter(name: str) -> Mapping[str, object]:
    return {"subject": name or "A word", "paragraphs": [name or "A word", "More words."]}


def _of_content(content: Content, brand: Brand, mail_class: MailClass, use: Use) -> Iterator[str]:
    link = _LINK_OF.get(mail_class)
    carrying = use.carries and mail_class is MailClass.CONFIRMATION
    for part, text in (("html", content.html), ("txt", content.text)):
        if link is not None and _LINK not in text:
            yield f"the {part} part lacks links.{link}."
        if carrying and _STATEMENT not in text:
            yield f"the {part} part carries the request to confirm without the statement."
        if brand.postal_address not in text:
            yield f"the {part} part lacks brand.postal_address."
    if "<script" in content.html:
        yield "what a person typed reaches the html unescaped."
