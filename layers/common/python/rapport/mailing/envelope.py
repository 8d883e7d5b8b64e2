"""Everything of a mail but its content: sender, answers, headers in order, tags.

Headers by class of mail (`List-…`: RFC 2369, RFC 2919, RFC 8058; `Auto-Submitted`: RFC 3834):

                             marketing   by a recruiter   transactional, confirmation
    List-Unsubscribe, -Post  yes         yes              no
    List-Id, Precedence      yes         no               no
    Auto-Submitted, X-Auto-… yes         no               yes

What comes from data becomes a header by `header_text` and the standard library's encoders alone.
"""

import re
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr

from rapport.bundle import Brand, Bundle
from rapport.domain.decision import Contents, Decision, MailClass
from rapport.ports import Mail
from rapport.render import Content, RenderError, header_text

# What SES takes (SES API reference, MessageHeader): so many headers, so long, printable ASCII.
MAX_HEADERS = 15
MAX_HEADER_NAME = 126
MAX_HEADER_VALUE = 995
# A display name longer than this is cut by mail programs anyway; encoded it is eight times as long.
MAX_DISPLAY_CHARS = 60
MAX_ADDRESS_CHARS = 320
_MAX_TAG_CHARS = 256
_ENCODED_LINE = 75
_NOT_IN_A_TAG = re.compile(r"[^A-Za-z0-9_-]")
_NOT_IN_A_LABEL = re.compile(r"[^a-z0-9-]+")
_PRINTABLE = re.compile(r"[ -~]*")
# A display name with an address in it shows one sender and stands for another.
_NOT_IN_A_NAME = re.compile(r'[@<>"\\]')


@dataclass(frozen=True, kw_only=True)
class Links:
    """How the reader gets back to us; what is empty is left out.

    `unsubscribe` is the https link, `leave_by_mail` and `reply` addresses of ours.
    """

    unsubscribe: str = ""
    leave_by_mail: str = ""
    reply: str = ""


def envelope(
    decision: Decision,
    bundle: Bundle,
    content: Content,
    links: Links,
    *,
    author: str | None = None,
    shown: str = "",
) -> Mail:
    """The mail around its content; RenderError when a part of it is none that SES would take.

    `author` is the name of the recruiter who wrote it; None: it was written by no person.
    `shown` is the name that it goes out in then; empty: the brand's.
    """
    brand = bundle.brand
    headers = _headers(decision, brand, links, automatic=author is None)
    mail = Mail(
        sender=named(author or shown or brand.sender_name, brand.sender),
        to=decision.to,
        reply_to=links.reply or brand.reply_to,
        subject=header_text(content.subject),
        text=content.text,
        html=content.html,
        headers=headers,
        tags=_tags(decision, brand),
        # Until the record says that its reader agreed (links.py).
        tracking=False,
    )
    fault = fault_of(mail)
    if fault:
        raise RenderError(fault)
    return mail


def named(name: str, address: str) -> str:
    """An address with a display name, as it stands in `From`; the name may come from data."""
    shown = _NOT_IN_A_NAME.sub(" ", header_text(name))
    shown = " ".join(shown.split())[:MAX_DISPLAY_CHARS].strip()
    if not shown:
        return f"<{address}>"
    if shown.isascii():
        return formataddr((shown, address))
    return f"{_encoded(shown)} <{address}>"


def tag(value: str) -> str:
    """A value as SES allows it in a message tag."""
    return _NOT_IN_A_TAG.sub("-", value)[:_MAX_TAG_CHARS] or "none"


def fault_of(mail: Mail) -> str:
    """What SES would refuse in a mail's envelope, or an empty string. Tells no values."""
    addresses = (mail.to, mail.sender, mail.reply_to)
    if any(not _PRINTABLE.fullmatch(each) for each in addresses):
        return "an address is not in printable ASCII"
    if len(mail.to) > MAX_ADDRESS_CHARS or len(mail.reply_to) > MAX_ADDRESS_CHARS:
        return "an address is too long"
    names = [name.lower() for name, _ in mail.headers]
    if len(names) > MAX_HEADERS or len(set(names)) < len(names):
        return "there are too many headers, or one of them twice"
    for name, value in mail.headers:
        if len(name) > MAX_HEADER_NAME or len(value) > MAX_HEADER_VALUE:
            return f"the header {name} is too long"
        if not _PRINTABLE.fullmatch(value):
            return f"the header {name} is not in printable ASCII"
    return ""


def _headers(
    decision: Decision, brand: Brand, links: Links, *, automatic: bool
) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    marketing = decision.mail_class is MailClass.MARKETING and bool(links.unsubscribe)
    if marketing:
        # Order matters to some readers: https first, and how it may be used right after.
        ways = [f"<{links.unsubscribe}>"]
        if links.leave_by_mail:
            ways.append(f"<mailto:{links.leave_by_mail}?subject=unsubscribe>")
        found.append(("List-Unsubscribe", ", ".join(ways)))
        found.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if marketing and automatic:
        found.append(("List-Id", list_id(brand, decision.topic)))
        found.append(("Precedence", "bulk"))
    if automatic:
        found.append(("Auto-Submitted", "auto-generated"))
        found.append(("X-Auto-Response-Suppress", "All"))
    found.append(("X-Rapport-Send-Id", decision.send_id))
    return tuple(found)


def list_id(brand: Brand, topic: str) -> str:
    """`Name <topic.domain>`: the same for every mail of a topic, so that readers can sort by it."""
    label = _NOT_IN_A_LABEL.sub("-", topic.lower()).strip("-")[:63].strip("-") or "mail"
    domain = brand.sender.rpartition("@")[2]
    return named(brand.name, f"{label}.{domain}")


def _encoded(text: str) -> str:
    """Encoded words (RFC 2047) on one line, each short enough for every reader."""
    return " ".join(Header(text, "utf-8", maxlinelen=_ENCODED_LINE).encode().split())


def _tags(decision: Decision, brand: Brand) -> dict[str, str]:
    """What comes back with every report. The two of `ses:` end in the mail's `Feedback-ID`."""
    found = {
        "send_id": decision.send_id,
        "class": decision.mail_class.value,
        "campaign": decision.intent.program,
        "node": decision.template,
        "topic": decision.topic,
        "brand": brand.key,
        "ses:feedback-id-a": decision.intent.program,
        "ses:feedback-id-b": decision.mail_class.value,
    }
    if decision.contents.blocks:
        found["blocks"] = _blocks(decision.contents)
    return {name: tag(value) for name, value in found.items()}


def _blocks(contents: Contents) -> str:
    """`key_version` of every block that fits into a tag, with `__` between them."""
    told = ""
    for key, version in zip(contents.blocks, contents.versions, strict=False):
        more = f"{told}__{key}_{version}" if told else f"{key}_{version}"
        if len(more) > _MAX_TAG_CHARS:
            break
        told = more
    return told
