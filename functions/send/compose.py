"""From a decision to send to the mail itself: the content of both parts, made from the bundle."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from functions.send.envelope import Links, envelope
from rapport.bundle import Brand, Bundle
from rapport.domain.decision import Decision, MailClass
from rapport.domain.mailboxes import mailbox
from rapport.domain.profile import Profile
from rapport.domain.tokens import Purpose, issue
from rapport.playbooks import CONFIRM_TEMPLATE
from rapport.ports import Book, Job, Mail
from rapport.render import Content, RenderError, header_text, render

MAX_NAME_CHARS = 40
_NOT_IN_A_NAME = re.compile(r"[/:@<>(){}\[\]\\|%&=?#\"0-9]|\.\S|www", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Composer:
    """Makes mails. `public_url` is where links lead, `ring` gives the keys of their tokens."""

    book: Book
    ring: Callable[[], Mapping[str, bytes]]
    public_url: str

    def compose(
        self, decision: Decision, bundle: Bundle, profile: Profile, about: Job | None = None
    ) -> Mail:
        """The mail that was decided on; RenderError when it cannot be whole.

        `about` is the job of the application that it is about. It comes from the employer's feed.
        """
        confirming = decision.mail_class is MailClass.CONFIRMATION
        data: dict[str, object] = {"brand": _brand(bundle.brand), "jobs": []}
        if about is not None:
            data["job"] = _job(about)
        if confirming:
            # What a browser claims about somebody is not repeated to the owner of an address that
            # nobody confirmed: a stranger's text must not travel in the employer's name.
            data |= {
                "person": {},
                "links": {"confirm": self._link("f/confirm?t=", Purpose.CONFIRM, decision)},
                "statement": _statement(bundle, decision.topic),
            }
            unsubscribe = ""
        else:
            unsubscribe = self._link("u/", Purpose.UNSUBSCRIBE, decision)
            jobs = self._jobs(bundle, decision, profile)
            data |= {
                "person": _person(profile),
                "links": {"unsubscribe": unsubscribe},
                "jobs": [_job(job) for job in jobs],
            }
        content = self._content(bundle, decision, data)
        return envelope(decision, bundle, content, self._links(bundle.brand, decision, unsubscribe))

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

    def _content(self, bundle: Bundle, decision: Decision, data: Mapping[str, object]) -> Content:
        try:
            template = bundle.template(decision.template)
        except KeyError:
            msg = f"the bundle has no template {decision.template or CONFIRM_TEMPLATE}"
            raise RenderError(msg) from None
        return render(template, data)

    def _link(self, path: str, purpose: Purpose, decision: Decision) -> str:
        return f"{self.public_url}/{path}{issue(self.ring(), purpose, decision.send_key)}"

    def _jobs(self, bundle: Bundle, decision: Decision, profile: Profile) -> list[Job]:
        wanted = next((t.jobs for t in bundle.templates if t.name == decision.template), 0)
        category = profile.attribute("job_category")
        return self.book.open_jobs(category, limit=wanted) if wanted and category else []


def plain_name(value: str) -> str:
    """A first name fit to be greeted with, or an empty string for what may be an advertisement."""
    name = header_text(value)
    return "" if len(name) > MAX_NAME_CHARS or _NOT_IN_A_NAME.search(name) else name


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


def _job(job: Job) -> dict[str, str]:
    return {
        "title": job.title,
        "location": job.location,
        "url": job.url,
        "category": job.category,
    }


def _statement(bundle: Bundle, topic: str) -> str:
    try:
        return bundle.statement(topic).text
    except KeyError:
        msg = f"the bundle has no consent statement for the topic {topic}"
        raise RenderError(msg) from None
