"""What blocks, templates, places and words are checked for once they stand side by side."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cli.access_lint import MAX_HTML_BYTES, WARN_HTML_BYTES
from cli.template_lint import heaviest
from rapport.bundle import EDUCATION, Brand, Bundle, Matching, Place, Template
from rapport.domain.gates import JobsWish
from rapport.render import RenderError

# A year of a mail a month.
BLOCKS_OF_A_YEAR = 12


def of_content(bundle: Bundle) -> Iterator[str]:
    """Complaints about what playbooks, templates, topics and blocks say of one another."""
    covered = {statement.topic for statement in bundle.statements}
    for topic in bundle.topics:
        if topic.key not in covered:
            yield f"outreach.yaml: no statement covers the topic {topic.key!r}."
    yield from _of_editions(bundle)
    shown = {template.name: template.jobs for template in bundle.templates}
    taught = any(block.kind == EDUCATION for block in bundle.blocks)
    for playbook in bundle.playbooks:
        here = f"{playbook.program}:"
        if playbook.content == EDUCATION and not taught:
            yield f"{here} content is education, and no block is of that kind."
        wants = playbook.jobs != JobsWish.NONE.value
        if playbook.template in shown and wants != (shown[playbook.template] > 0):
            yield f"{here} jobs is {playbook.jobs}; its template {playbook.template!r} differs."
    yield from _of_matching(bundle.matching)


def _of_editions(bundle: Bundle) -> Iterator[str]:
    first = {template.name: template for template in reversed(bundle.templates)}
    for template in bundle.templates:
        same = first[template.name]
        for name in ("mail_class", "topic", "jobs", "delivery"):
            if getattr(template, name) != getattr(same, name):
                told = "class" if name == "mail_class" else name
                yield f"templates/{template.name}: {told} differs between its languages."
    for name in first:
        languages = {
            t.language or bundle.brand.language for t in bundle.templates if t.name == name
        }
        if bundle.brand.language not in languages:
            yield f"templates/{name} is not there in {bundle.brand.language}."


def _of_matching(matching: Matching) -> Iterator[str]:
    for family, close in matching.neighbours.items():
        for name in (family, *close):
            if name not in matching.families:
                yield f"matching.yaml: neighbours: there is no family {name!r}."
    for what in ("families", "seniority", "licences"):
        for name, words in getattr(matching, what).items():
            if not words or not all(word.strip() for word in words):
                yield f"matching.yaml: {what}: {name!r} has no word, or an empty one."


def of_places(places: tuple[Place, ...]) -> Iterator[str]:
    """Complaints about `places.yaml`."""
    known: set[tuple[str, str]] = set()
    for place in places:
        for name in (place.name, *place.also):
            if (name.casefold(), place.country) in known:
                yield f"places.yaml: {name!r} in {place.country} stands there twice."
            known.add((name.casefold(), place.country))
        try:
            ZoneInfo(place.zone)
        except (ZoneInfoNotFoundError, ValueError):
            yield f"places.yaml: {place.name}: {place.zone!r} is no time zone."


def wanting(bundle: Bundle) -> Iterator[str]:
    """What may be published as it is, and should be looked at."""
    own = bundle.brand.language
    for template in bundle.templates:
        size = _size(template, bundle.brand)
        if WARN_HTML_BYTES <= size < MAX_HTML_BYTES:
            yield f"templates/{template.name}: {size} bytes of html; keep below {WARN_HTML_BYTES}."
    for language in bundle.brand.languages[1:]:
        mails = {t.name for t in bundle.templates if t.language == language}
        lacking = sorted({t.name for t in bundle.templates} - mails)
        if lacking:
            yield f"{language}: mails go out in {own} for want of templates: {', '.join(lacking)}."
        unsaid = [s.id for s in bundle.statements if s.said(language).language != language]
        if unsaid:
            yield f"{language}: people agree in {own} to: {', '.join(unsaid)}."
        told = sum(any(e.language == language for e in b.editions) for b in bundle.blocks)
        if told < len(bundle.blocks):
            yield f"{language}: {told} of {len(bundle.blocks)} blocks; the others stay in {own}."
    taught = sum(block.kind == EDUCATION for block in bundle.blocks)
    if taught < BLOCKS_OF_A_YEAR and any(p.content == EDUCATION for p in bundle.playbooks):
        yield f"{taught} blocks of education last for {taught} mails a year to one person."


def _size(template: Template, brand: Brand) -> int:
    try:
        return heaviest(template, brand)
    except RenderError:
        # It needs what only its playbook knows, such as a job; `of_templates` renders it with that.
        return 0
