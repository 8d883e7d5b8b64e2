"""A mail as it would look to somebody, before it is published: rendered, weighed, sent to testers.

It is made of the files on this disk. For a stored person jobs and block are chosen as for a mail
(`cli.choosing`); for nobody in particular they are examples.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import msgspec

from cli import access_lint
from cli.choosing import Choice
from cli.config import Config
from cli.errors import CommandError
from cli.template_lint import BLOCK, HOSTILE, OCCASION
from rapport.adapters.mailer import SesMailer
from rapport.bundle import EDUCATION, Brand, Bundle, Template
from rapport.domain.decision import MailClass
from rapport.domain.jobs import Job
from rapport.mailing.compose import plain_name, traits_of
from rapport.mailing.envelope import named
from rapport.ports import Accepted, Mail
from rapport.render import Content, RenderError, render
from rapport.settings import SendSettings

TEST = "test"
_LONG = 300
_RIGHT_TO_LEFT = "\u05e9\u05dc\u05d5\u05dd \u0639\u0627\u0644\u0645"
_BRAND = ("name", "site_url", "postal_address", "accent", "language", "reply_to")
_JOB: Mapping[str, object] = {
    "title": "Registered Nurse, Medical Ward",
    "location": "Halden",
    "url": "https://careers.halden.example/jobs/1",
    "category": "Nursing",
    "reasons": ["In the field you chose"],
}
_MESSAGE = {"subject": "A few lines", "text": "I have read your CV.", "sender_name": "Kari"}
_LETTER = {"subject": "Come and see us", "paragraphs": ["We open our doors.", "Come and look."]}
# Whom nobody had in mind when the template was written.
WORST: Mapping[str, str] = {
    "nobody known": "",
    f"{_LONG} characters": "W" * _LONG,
    "right to left": _RIGHT_TO_LEFT,
    "markup": HOSTILE,
}


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A mail to somebody. `fault` says why there is none; `complaints` what is wrong with it."""

    who: str
    content: Content | None
    fault: str = ""
    complaints: tuple[str, ...] = ()

    @property
    def links(self) -> list[str]:
        """Where its links lead, in order."""
        reader = _Links()
        reader.feed("" if self.content is None else self.content.html)
        return reader.found


@dataclass(frozen=True, kw_only=True)
class Given:
    """Whom a mail is shown for. `unsubscribe`: what that link is in this mail.

    `languages` are the best first. `jobs` None: examples. With `chosen` there is no block but the
    one that is named, else an example.
    """

    first_name: str = "Ana"
    category: str = "Nursing"
    traits: Mapping[str, str] = field(default_factory=dict)
    jobs: tuple[Mapping[str, object], ...] | None = None
    block: str = ""
    chosen: bool = False
    languages: tuple[str, ...] = ()
    unsubscribe: str = "https://example.com/u/preview"


def given(choice: Choice, *, block: str, language: str) -> Given:
    """What a stored person would get; a block or a language that is named goes before."""
    profile, picked = choice.profile, choice.picked
    return Given(
        first_name=plain_name(profile.attribute("first_name")),
        category=plain_name(profile.attribute("job_category")),
        traits=traits_of(profile),
        jobs=tuple({**_job(job), "reasons": list(picked.reasons(job))} for job in picked.jobs),
        block=block or picked.block,
        chosen=True,
        languages=tuple(filter(None, (language, *picked.languages))),
    )


def preview(bundle: Bundle, name: str, who: str, given_: Given) -> Preview:
    """A template of a bundle for somebody; CommandError when there is no such template or block."""
    template = template_of(bundle, name, *given_.languages)
    try:
        content = render(template, _data(bundle, template, given_))
    except RenderError as error:
        return Preview(who=who, content=None, fault=str(error))
    return Preview(who=who, content=content, complaints=tuple(access_lint.complaints(content.html)))


def worst(bundle: Bundle, name: str, given_: Given) -> Iterator[Preview]:
    """The same for those whom nobody had in mind."""
    for who, text in WORST.items():
        job = {**_JOB, "title": text, "location": text}
        # A name that is none is left out when a mail is made; here the template has to stand it.
        strange = Given(
            first_name=text,
            category=text,
            jobs=(job,) if text else None,
            block=given_.block,
            languages=given_.languages,
        )
        yield preview(bundle, name, who, strange)


def template_of(bundle: Bundle, name: str, *languages: str) -> Template:
    """A template by name, in the best of the languages that it is there in."""
    try:
        return bundle.template(name, *languages)
    except KeyError:
        known = ", ".join(sorted({template.name for template in bundle.templates}))
        msg = f"There is no template {name!r}; there are {known}."
        raise CommandError(msg) from None


def _data(bundle: Bundle, template: Template, who: Given) -> dict[str, object]:
    brand = bundle.brand
    person = {"first_name": who.first_name, "category": who.category}
    jobs = (_JOB,) * template.jobs if who.jobs is None else who.jobs
    data: dict[str, object] = {
        "brand": {name: getattr(brand, name) for name in _BRAND},
        "person": {name: value for name, value in person.items() if value},
        "trait": dict(who.traits),
        "jobs": list(jobs[: template.jobs]),
        "job": _JOB,
        "occasion": OCCASION,
        **_block(bundle, who),
        "message": _MESSAGE,
        "letter": _LETTER,
        "statement": _statement(bundle, template),
        "links": {"unsubscribe": who.unsubscribe},
    }
    if template.mail_class == MailClass.CONFIRMATION.value:
        data["links"] = {"confirm": who.unsubscribe}
    return data


def _statement(bundle: Bundle, template: Template) -> str:
    found = (s for s in bundle.statements if s.topic == template.topic)
    return next((s.said(template.language).text for s in found), "")


def _job(job: Job) -> Mapping[str, object]:
    told = {"title": job.title, "location": job.location, "url": job.url}
    return {**told, "category": job.category}


def _block(bundle: Bundle, who: Given) -> Mapping[str, object]:
    if not who.block and who.chosen:
        return {}
    if not who.block:
        block = next((b for b in bundle.blocks if b.kind == EDUCATION), None)
        if block is None:
            return {"block": BLOCK}
    else:
        try:
            block = bundle.block(who.block)
        except KeyError:
            msg = f"There is no block {who.block!r}."
            raise CommandError(msg) from None
    told = {"key": block.key, **msgspec.structs.asdict(block.edition(*who.languages))}
    return {"block": {name: told[name] for name in BLOCK}}


def allowed(brand: Brand, address: str) -> bool:
    """Whether a test mail may go there: only to what `allow_list` names, in any `send_mode`."""
    domain = address.rpartition("@")[2]
    return bool({address.lower(), domain.lower()} & {entry.lower() for entry in brand.allow_list})


def mail_of(brand: Brand, name: str, address: str, content: Content, unsubscribe: str) -> Mail:
    """The mail that testers get: counted nowhere, told by its tag and its subject."""
    return Mail(
        sender=named(brand.sender_name, brand.sender),
        to=address,
        reply_to=brand.reply_to,
        subject=f"[{TEST}] {content.subject}",
        text=content.text,
        html=content.html,
        headers=(
            ("List-Unsubscribe", f"<{unsubscribe}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("Auto-Submitted", "auto-generated"),
        ),
        tags={"class": TEST, "campaign": TEST, "node": name},
        tracking=False,
    )


@dataclass(frozen=True, kw_only=True)
class Sending:
    """How the deployed `send` sends: its configuration set, its way to SES, its public address."""

    configuration_set: str
    endpoint: str
    public_url: str


def sending(config: Config) -> Sending:
    """As the deployed function was told."""
    import boto3

    client = boto3.client("lambda")
    found = client.get_function_configuration(FunctionName=config.functions["send"])
    told = SendSettings.from_env(found["Environment"]["Variables"])
    return Sending(
        configuration_set=told.configuration_set,
        endpoint=told.ses_endpoint,
        public_url=told.public_url,
    )


def send(way: Sending, mail: Mail) -> str:
    """Hand a test mail to SES; its message id. CommandError with what SES said if it took none."""
    answer = SesMailer(way.configuration_set, endpoint=way.endpoint).submit(mail)
    if isinstance(answer, Accepted):
        return answer.message_id
    msg = f"SES did not take the test mail: {getattr(answer, 'code', 'no answer came')}."
    raise CommandError(msg)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]
