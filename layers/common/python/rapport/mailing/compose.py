"""From a decision to send to the mail itself: the content of both parts, made from the bundle."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from rapport.bundle import Brand, Bundle, Edition, Template
from rapport.campaigns import Campaign
from rapport.domain.attributes import TRAIT_PREFIX
from rapport.domain.decision import Decision, MailClass
from rapport.domain.jobs import Job, job_ref
from rapport.domain.languages import best
from rapport.domain.mailboxes import mailbox
from rapport.domain.profile import Profile
from rapport.domain.tokens import Purpose, issue
from rapport.mailing.envelope import Links, envelope
from rapport.mailing.occasion import occasion_of
from rapport.playbooks import CONFIRM_TEMPLATE
from rapport.ports import Mail
from rapport.render import RenderError, header_text, render, written
from rapport.slates import NOTHING_PICKED, Message, Picked

MAX_NAME_CHARS = 40
MAX_TRAIT_CHARS = 80
# Numbers and days are traits; addresses of pages and of mailboxes are not.
_NOT_IN_A_TRAIT = re.compile(r"[/:@<>{}\[\]\\|%&=?#\"]|[^\d\s]\.\S|www", re.IGNORECASE)
_NOT_IN_A_NAME = re.compile(r"[/:@<>(){}\[\]\\|%&=?#\"0-9]|\.\S|www", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Composer:
    """Makes mails. `public_url` is where links lead, `ring` gives the keys of their tokens."""

    ring: Callable[[], Mapping[str, bytes]]
    public_url: str

    def compose(
        self,
        decision: Decision,
        bundle: Bundle,
        profile: Profile,
        *,
        about: Job | None = None,
        picked: Picked = NOTHING_PICKED,
    ) -> Mail:
        """The mail that was decided on; RenderError when it cannot be whole.

        `about` is the job of the application that it is about. It comes from the employer's feed,
        as those that were `picked` do, with block and message; no others get in.
        """
        confirming = decision.mail_class is MailClass.CONFIRMATION
        template = template_of(decision, bundle, picked)
        data: dict[str, object] = {"brand": _brand(bundle.brand), "jobs": []}
        if about is not None:
            data["job"] = _job(about)
        if confirming:
            # What a browser claims about somebody is not repeated to the owner of an address that
            # nobody confirmed: a stranger's text must not travel in the employer's name.
            data |= {
                "person": {},
                "trait": {},
                "links": {"confirm": self._link("f/confirm?t=", Purpose.CONFIRM, decision)},
                "statement": _statement(bundle, decision.topic, template.language),
            }
            unsubscribe = ""
        else:
            unsubscribe = self._link("u/", Purpose.UNSUBSCRIBE, decision)
            data |= {
                "person": _person(profile),
                "trait": traits_of(profile),
                "links": {"unsubscribe": unsubscribe},
                "jobs": [_job(job) | {"reasons": picked.reasons(job)} for job in picked.jobs],
                **_block(bundle, picked),
                **_message(picked.message),
                **occasion_of(decision, bundle, self.public_url, template.language, unsubscribe),
            }
        shown = ""
        if picked.campaign is not None:
            shown = picked.campaign.sender_name
            data["letter"] = letter_of(picked.campaign, template, data)
        content = render(template, data)
        author = None if picked.message is None else picked.message.sender_name
        links = self._links(bundle.brand, decision, unsubscribe)
        return envelope(decision, bundle, content, links, author=author, shown=shown)

    def _links(self, brand: Brand, decision: Decision, unsubscribe: str) -> Links:
        """How the reader gets back to us; without a domain for replies, by https alone."""
        if not brand.reply_domain:
            return Links(unsubscribe=unsubscribe)
        to = brand.reply_domain
        return Links(
            unsubscribe=unsubscribe,
            leave_by_mail=mailbox(self.ring(), Purpose.UNSUBSCRIBE, decision.send_key, to),
            reply=mailbox(self.ring(), Purpose.REPLY, decision.send_key, to),
        )

    def _link(self, path: str, purpose: Purpose, decision: Decision) -> str:
        return f"{self.public_url}/{path}{issue(self.ring(), purpose, decision.send_key)}"


def letter_of(
    campaign: Campaign, template: Template, data: Mapping[str, object]
) -> dict[str, object]:
    """What a campaign says, in the language of its template; RenderError if it is not whole."""
    language = best((template.language,), campaign.letters) or next(iter(campaign.letters), "")
    if language not in campaign.letters:
        msg = f"the campaign {campaign.key} has no letter"
        raise RenderError(msg)
    letter = campaign.letters[language]
    return written(letter.subject, letter.text, data)


def filled(decision: Decision, bundle: Bundle, picked: Picked) -> Decision:
    """The decision with what its mail is made of, by versions that never change.

    RenderError when the bundle lacks a part of it.
    """
    template = template_of(decision, bundle, picked)
    blocks, versions = list(template.blocks), list(template.versions)
    if picked.block and picked.block not in blocks:
        blocks.append(picked.block)
        versions.append(_edition(bundle, picked).version)
    contents = replace(
        decision.contents,
        template_version=template.version,
        language=template.language or bundle.brand.language,
        blocks=tuple(blocks),
        versions=tuple(versions),
        jobs=tuple(job_ref(job.id) for job in picked.jobs),
    )
    return replace(decision, contents=contents)


def template_of(decision: Decision, bundle: Bundle, picked: Picked) -> Template:
    """The template in the best language that it is there in; RenderError if it is in none."""
    try:
        return bundle.template(decision.template, *picked.languages)
    except KeyError:
        msg = f"the bundle has no template {decision.template or CONFIRM_TEMPLATE}"
        raise RenderError(msg) from None


def _edition(bundle: Bundle, picked: Picked) -> Edition:
    try:
        return bundle.block(picked.block).edition(*picked.languages)
    except KeyError:
        msg = f"the bundle has no block {picked.block}"
        raise RenderError(msg) from None


def _block(bundle: Bundle, picked: Picked) -> Mapping[str, object]:
    if not picked.block:
        return {}
    told = _edition(bundle, picked)
    return {
        "block": {
            "key": picked.block,
            "title": told.title,
            "summary": told.summary,
            "html": told.html,
            "text": told.text,
            "url": told.url,
        }
    }


def _message(message: Message | None) -> Mapping[str, object]:
    if message is None:
        return {}
    said = {"subject": message.subject, "text": message.text, "sender_name": message.sender_name}
    return {"message": said}


def plain_name(value: str) -> str:
    """A first name fit to be greeted with, or an empty string for what may be an advertisement."""
    name = header_text(value)
    return "" if len(name) > MAX_NAME_CHARS or _NOT_IN_A_NAME.search(name) else name


def plain_trait(value: str) -> str:
    """A trait fit to be repeated, or an empty string for what may be an advertisement."""
    told = header_text(value)
    return "" if len(told) > MAX_TRAIT_CHARS or _NOT_IN_A_TRAIT.search(told) else told


def _brand(brand: Brand) -> dict[str, str]:
    return {
        "name": brand.name,
        "site_url": brand.site_url,
        "postal_address": brand.postal_address,
        "accent": brand.accent,
        "language": brand.language,
        "reply_to": brand.reply_to,
    }


def _person(profile: Profile) -> dict[str, str]:
    known = {
        "first_name": plain_name(profile.attribute("first_name")),
        "category": plain_name(profile.attribute("job_category")),
    }
    return {name: value for name, value in known.items() if value}


def traits_of(profile: Profile) -> dict[str, str]:
    """The employer's own traits by their bare names, those that no stranger advertises with."""
    told = {
        name.removeprefix(TRAIT_PREFIX): plain_trait(register.value)
        for name, register in profile.attributes.items()
        if name.startswith(TRAIT_PREFIX)
    }
    return {name: value for name, value in told.items() if value}


def _job(job: Job) -> dict[str, object]:
    return {
        "title": job.title,
        "location": job.location,
        "url": job.url,
        "category": job.category,
    }


def _statement(bundle: Bundle, topic: str, language: str) -> str:
    """The words that the page behind the link shows too, in the language of the mail."""
    try:
        return bundle.statement(topic).said(language).text
    except KeyError:
        msg = f"the bundle has no consent statement for the topic {topic}"
        raise RenderError(msg) from None
