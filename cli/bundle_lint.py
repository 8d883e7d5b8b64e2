"""What a compiled folder of playbooks is checked for before it may be published."""

import re
from collections.abc import Iterator

from cli.brand_lint import NAME
from cli.template_lint import Use, complaints
from rapport.ats_events import OF_APPLICATIONS
from rapport.bundle import (
    CONFIRM_PROGRAM,
    EDUCATION,
    OCCURRENCE_APPLICATION,
    OCCURRENCE_EVENT,
    OCCURRENCE_EVER,
    OCCURRENCE_OCCASION,
    OCCURRENCE_STAGE,
    UNCONFIRMED_CARRY,
    UNCONFIRMED_CONFIRM,
    Bundle,
    Playbook,
    Statement,
)
from rapport.conditions import ConditionError, check
from rapport.domain.candidacy import WENT
from rapport.domain.decision import MailClass
from rapport.domain.event import Trust
from rapport.domain.gates import JobsWish
from rapport.domain.names import (
    APPLICATION_STARTED,
    APPLICATION_SUBMITTED,
    EVENT_PLACE_GIVEN,
    EVENT_PLACE_GIVEN_UP,
    EVENT_REGISTERED,
    MESSAGE_WRITTEN,
)
from rapport.domain.occasions import Standing
from rapport.door import WriteKey
from rapport.events import ENGINE_SOURCE, FACTS, VOCABULARY
from rapport.forms import SOURCE_PREFIX
from rapport.playbooks import CONFIRM_TEMPLATE

# A schedule may be further away, but by then what happened is no reason to mail any more.
MAX_WAIT_SECONDS = 90 * 86_400
OCCURRENCES = (
    *(OCCURRENCE_EVER, OCCURRENCE_EVENT, OCCURRENCE_APPLICATION, OCCURRENCE_STAGE),
    OCCURRENCE_OCCASION,
)
MIN_EVERY_SECONDS = 86_400
UNCONFIRMED = (UNCONFIRMED_CONFIRM, UNCONFIRMED_CARRY)
# The facts that name a job, and of those the ones after which there is nothing to remind of.
ABOUT_JOBS = {
    cls.fact.name
    for cls in (VOCABULARY[APPLICATION_STARTED], VOCABULARY[APPLICATION_SUBMITTED])
    if cls.fact is not None
}
ENDS = {cls.fact.name for cls in (VOCABULARY[APPLICATION_SUBMITTED],) if cls.fact is not None}
# What ends any wait, whatever it is about.
ENDS_ALL = {name for name, fact in FACTS.items() if fact.ends_waits}
# The facts that say where an application in an ATS went.
OF_STAGES = {cls.fact.name for cls in OF_APPLICATIONS if cls.fact is not None}
# The facts of who signed up for an event of ours, and the one after which nobody is reminded of it.
OF_OCCASIONS = {
    cls.fact.name
    for cls in (VOCABULARY[EVENT_REGISTERED], VOCABULARY[EVENT_PLACE_GIVEN])
    if cls.fact is not None
}
ENDS_OCCASION = {
    cls.fact.name for cls in (VOCABULARY[EVENT_PLACE_GIVEN_UP],) if cls.fact is not None
}
# What a colleague wrote to one person stands in the event of this fact.
MESSAGES = {cls.fact.name for cls in (VOCABULARY[MESSAGE_WRITTEN],) if cls.fact is not None}
# Where an application went that went to no stage → the fact that says so.
_TOLD_BY = {
    went: {fact.name for fact in (VOCABULARY[event].fact,) if fact is not None}
    for event, went in WENT.items()
}
MIN_KEY_CHARS = 8
_ORIGIN = re.compile(
    r"https://(?!.*:(?:443)$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?"
    r"|http://(localhost|127\.0\.0\.1)(:\d{1,5})?"
)


def edition(statement: Statement) -> int:
    """The number at the end of a statement's id; 0 when there is none."""
    number = statement.id.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def of_sources(keys: tuple[WriteKey, ...], bundle: Bundle) -> Iterator[str]:
    """Complaints about `sources.yaml`."""
    if len({key.key for key in keys}) < len(keys):
        yield "sources.yaml: a key stands there twice."
    for key in keys:
        if not NAME.fullmatch(key.source):
            yield f"sources.yaml: source {key.source!r} must be of a-z, 0-9 and -."
        if key.source == ENGINE_SOURCE:
            yield f"sources.yaml: source {key.source!r} is Rapport's own name in the log."
        if len(key.key) < MIN_KEY_CHARS:
            yield f"sources.yaml: the key of {key.source} has under {MIN_KEY_CHARS} characters."
        if key.source.startswith(SOURCE_PREFIX):
            yield f"sources.yaml: source {key.source!r} is that of a form in the log."
        if key.brand != bundle.brand.key:
            yield f"sources.yaml: {key.source} names the brand {key.brand!r}, which is not there."
        yield from _of_origins(key)


def _of_origins(key: WriteKey) -> Iterator[str]:
    for origin in key.origins:
        if not _ORIGIN.fullmatch(origin):
            yield (
                f"sources.yaml: {key.source}: origin {origin!r} must be https://host or"
                " https://host:port, in small letters, as browsers send it."
            )
    if key.origins and key.trust is Trust.VERIFIED:
        yield f"sources.yaml: {key.source} is a secret key, which no page may use; drop origins."
    if key.consent == "required" and key.trust is Trust.VERIFIED:
        yield f"sources.yaml: {key.source} is a server's key, which has no visitor to ask."


def of_statements(bundle: Bundle) -> Iterator[str]:
    """Complaints about `statements/`."""
    ids = [statement.id for statement in bundle.statements]
    for statement in bundle.statements:
        if ids.count(statement.id) > 1 or statement.id != f"{statement.topic}-{edition(statement)}":
            yield f"statements: id {statement.id!r} must be its topic and a number of its own."


def of_playbooks(bundle: Bundle) -> Iterator[str]:
    """Complaints about playbooks: names, facts, templates, times, conditions."""
    templates = {template.name: template for template in bundle.templates}
    programs = [playbook.program for playbook in bundle.playbooks]
    starters = sorted(name for name, fact in FACTS.items() if fact.starts_playbooks)
    for playbook in bundle.playbooks:
        here = f"{playbook.program}:"
        if not NAME.fullmatch(playbook.program) or playbook.program == CONFIRM_PROGRAM:
            yield f"{here} this name cannot be given to a program."
        if programs.count(playbook.program) > 1:
            yield f"{here} two playbooks have this name."
        if not playbook.facts:
            yield f"{here} facts is empty; nothing would ever start it."
        for fact in playbook.facts:
            if fact not in starters:
                yield f"{here} no fact {fact!r} starts playbooks; there are {', '.join(starters)}."
        template = templates.get(playbook.template)
        if template is None:
            yield f"{here} there is no template {playbook.template!r}."
        elif template.mail_class == MailClass.CONFIRMATION.value:
            yield (
                f"{here} the template {playbook.template!r} is not of class marketing or"
                " transactional."
            )
        yield from _of_times(playbook)
        yield from _of_occasions(playbook)


def _of_times(playbook: Playbook) -> Iterator[str]:
    here = f"{playbook.program}:"
    if playbook.wait_seconds > MAX_WAIT_SECONDS:
        yield f"{here} wait is longer than {MAX_WAIT_SECONDS // 86_400}d."
    if playbook.stale_after_seconds <= playbook.wait_seconds:
        yield f"{here} stale_after must be longer than wait."
    if playbook.every_seconds and playbook.every_seconds < MIN_EVERY_SECONDS:
        yield f"{here} every must be a day or longer."
    if playbook.every_seconds and playbook.occurrence != OCCURRENCE_EVER:
        yield f"{here} what comes back by every says no occurrence."
    try:
        check(playbook.when)
    except ConditionError as error:
        yield f"{here} when: {error}."


def _of_occasions(playbook: Playbook) -> Iterator[str]:
    """What mails once per application, what ends it, and what goes to whom nobody knows."""
    here = f"{playbook.program}:"
    if playbook.occurrence not in OCCURRENCES:
        yield f"{here} occurrence is one of {', '.join(OCCURRENCES)}."
    if playbook.unconfirmed not in UNCONFIRMED:
        yield f"{here} unconfirmed is one of {', '.join(UNCONFIRMED)}."
    if playbook.carries and not playbook.about_job:
        # Whom nobody knows gets no news: their own application is all that there is to mail about.
        yield f"{here} only a reminder may carry; its occurrence is {OCCURRENCE_APPLICATION}."
    for fact in sorted({*playbook.facts, *playbook.exits_on} - ABOUT_JOBS - ENDS_ALL):
        if playbook.about_job and fact in FACTS:
            yield f"{here} the fact {fact!r} is about no job, so it is no application's occasion."
    yield from _of_stages(playbook)
    yield from _of_ends(playbook)


def _of_stages(playbook: Playbook) -> Iterator[str]:
    """What only an application in an ATS has."""
    here = f"{playbook.program}:"
    wants = [name for name, there in _wants_stages(playbook).items() if there]
    if {*playbook.facts} <= OF_OCCASIONS:
        if playbook.occurrence == OCCURRENCE_STAGE:
            yield f"{here} its facts are about no application; occurrence {OCCURRENCE_OCCASION}."
        for stage in sorted({*playbook.stages} - {Standing.SEATED, Standing.WAITING}):
            yield f"{here} whoever signs up for an event is seated or waiting, not {stage!r}."
        return
    if playbook.until or playbook.occurrence == OCCURRENCE_OCCASION:
        yield f"{here} until and occurrence {OCCURRENCE_OCCASION} are for sign-ups to an event."
    for fact in playbook.facts:
        if fact in FACTS and fact not in OF_STAGES and wants:
            yield f"{here} the fact {fact!r} is about no stage, so {wants[0]} says nothing."
    for stage in playbook.stages:
        if not NAME.fullmatch(stage):
            yield f"{here} the stage {stage!r} must be of a-z, 0-9 and -."
        elif stage in WENT.values() and set(playbook.facts).isdisjoint(_TOLD_BY[stage]):
            told = ", ".join(sorted(_TOLD_BY[stage]))
            yield f"{here} only {told} says {stage!r}; add it to facts, or drop the stage."


def _wants_stages(playbook: Playbook) -> dict[str, bool]:
    return {
        "stages": bool(playbook.stages),
        f"occurrence {OCCURRENCE_STAGE}": playbook.occurrence == OCCURRENCE_STAGE,
    }


def _of_ends(playbook: Playbook) -> Iterator[str]:
    here = f"{playbook.program}:"
    for fact in playbook.exits_on:
        if fact not in ENDS | ENDS_ALL | ENDS_OCCASION:
            known = ", ".join(sorted(ENDS | ENDS_ALL | ENDS_OCCASION))
            yield f"{here} no fact {fact!r} ends a wait; there are {known}."
    if set(playbook.exits_on) & set(playbook.facts):
        yield f"{here} what starts it cannot end it."
    waits, of_places = playbook.waits, {*playbook.facts} <= OF_OCCASIONS
    for fact in sorted({*playbook.exits_on} & ENDS_OCCASION):
        if not of_places:
            yield f"{here} the fact {fact!r} ends what sign-ups to an event began."
    if set(playbook.exits_on) - ENDS_ALL - ENDS_OCCASION and not (playbook.about_job and waits):
        yield f"{here} exits_on needs a wait, and {OCCURRENCE_APPLICATION} as its occurrence."
    elif playbook.exits_on and not waits:
        yield f"{here} exits_on needs a wait."


def of_templates(bundle: Bundle) -> Iterator[str]:
    """Complaints about `templates/`."""
    topics = {statement.topic for statement in bundle.statements}
    uses = {t.name: [p for p in bundle.playbooks if p.template == t.name] for t in bundle.templates}
    for template in bundle.templates:
        if template.topic not in topics:
            yield f"templates/{template.name}: no statement covers the topic {template.topic!r}."
        used_by = uses[template.name]
        if len({(p.about_job, p.carries) for p in used_by}) > 1:
            yield f"templates/{template.name}: its playbooks differ in occurrence or unconfirmed."
        use = _use(used_by)
        if not used_by and "letter." in template.text:
            use = Use(letter=True)
        for complaint in complaints(template, bundle.brand, use):
            yield f"templates/{template.name}: {complaint}"
    confirm = [t for t in bundle.templates if t.name == CONFIRM_TEMPLATE]
    if not confirm or any(t.mail_class != MailClass.CONFIRMATION.value for t in confirm):
        yield f"templates: {CONFIRM_TEMPLATE} must be there, of class confirmation."


def _use(playbooks: list[Playbook]) -> Use:
    wishes = {JobsWish(p.jobs) for p in playbooks if p.jobs in set(JobsWish)}
    return Use(
        about_job=any(p.about_job for p in playbooks),
        occasion=bool(playbooks) and all({*p.facts} <= OF_OCCASIONS for p in playbooks),
        carries=any(p.carries for p in playbooks),
        education=bool(playbooks) and all(p.content == EDUCATION for p in playbooks),
        jobs=JobsWish.REQUIRED if wishes == {JobsWish.REQUIRED} else JobsWish.OPTIONAL,
        message=bool(playbooks) and all(set(p.facts) <= MESSAGES for p in playbooks),
    )
