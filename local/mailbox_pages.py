"""The pages of the mailbox: the list, one mail, and the HTML part for its frame."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from local.markup import document, text

HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
# Links of a mail open beside the mailbox, as they do from a mail program.
NEW_TAB = '<base target="_blank">'


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail as SES got it. `received_at` is ISO 8601 in UTC with milliseconds."""

    id: str
    received_at: str
    message_id: str
    sender: str
    to: list[str]
    reply_to: list[str]
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    tags: dict[str, str]
    configuration_set: str
    status: int
    answer: str

    @property
    def accepted(self) -> bool:
        """SES took it."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def listing(accepted: Sequence[Mail], refused: Sequence[Mail]) -> bytes:
    """The list of mails, newest first; refused ones apart."""
    count = f"{len(accepted)} mail{'' if len(accepted) == 1 else 's'} accepted by SES"
    rows = "".join(_row(mail) for mail in accepted)
    body = f'<ul class="list">{rows}</ul>' if rows else _EMPTY
    if refused:
        rows = "".join(_row(mail) for mail in refused)
        body += f'<h2>Refused by SES</h2><ul class="list">{rows}</ul>'
    return _document(
        "Mailbox",
        f'<header class="bar"><div class="wrap"><h1>Mailbox</h1><span>{count}</span>'
        '<nav><a href="/">Refresh</a><a href="/messages">JSON</a></nav></div></header>'
        f'<main class="wrap"><p class="hint">Every mail that Rapport handed to SES on this machine,'
        f" newest first. None of them left it.</p>{body}</main>",
    )


def message(mail: Mail) -> bytes:
    """One mail: envelope, HTML in a frame, text part, headers and tags."""
    verdict = (
        '<span class="tag">accepted</span>'
        if mail.accepted
        else f'<span class="tag bad">refused · {mail.status}</span>'
    )
    envelope = "".join(
        f"<dt>{name}</dt><dd>{value}</dd>"
        for name, value in (
            ("From", text(mail.sender)),
            ("To", text(", ".join(mail.to))),
            ("Reply to", text(", ".join(mail.reply_to))),
            ("Received", f'<time datetime="{text(mail.received_at)}">{_moment(mail)} UTC</time>'),
            ("SES", f"{verdict} {text(mail.message_id)}"),
        )
    )
    frame = (
        f'<iframe title="The mail as HTML" src="/messages/{mail.id}/html"'
        ' sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
        if mail.html
        else '<p class="empty">This mail has no HTML part.</p>'
    )
    tags = mail.tags | {"(configuration set)": mail.configuration_set}
    return _document(
        mail.subject or "(no subject)",
        '<header class="bar"><div class="wrap"><p>Mailbox</p><nav><a href="/">All mails</a></nav>'
        f'</div></header><main class="wrap"><h1 class="subject">{_subject(mail)}</h1>'
        f'<dl class="envelope">{envelope}</dl>{frame}'
        f"<h2>Text part</h2><pre>{text(mail.text) or '(none)'}</pre>"
        f"<h2>Headers</h2>{_table(mail.headers)}"
        f"<h2>Tags</h2>{_table(tags)}"
        f"<details><summary>What SES answered</summary><pre>{text(mail.answer)}</pre></details>"
        "</main>",
    )


def html_part(mail: Mail) -> bytes:
    """The HTML part for the frame, its links opening in a new tab."""
    opened, found = HEAD.subn(lambda head: head[0] + NEW_TAB, mail.html, count=1)
    return (opened if found else NEW_TAB + mail.html).encode()


def missing() -> bytes:
    """There is no such page."""
    return _document(
        "Not found",
        '<header class="bar"><div class="wrap"><p>Mailbox</p><nav><a href="/">All mails</a></nav>'
        '</div></header><main class="wrap"><h1>No such mail</h1>'
        "<p>It may be of an earlier run: each start begins with an empty mailbox.</p></main>",
    )


_EMPTY = (
    '<p class="empty">No mail yet. Join the talent network on the career site,'
    " and the confirmation arrives here.</p>"
)


def _row(mail: Mail) -> str:
    tag = (
        f'<span class="tag">{text(_label(mail.tags))}</span>'
        if mail.accepted and mail.tags
        else ""
        if mail.accepted
        else f'<span class="tag bad">refused · {mail.status}</span>'
    )
    return (
        f'<li><a href="/messages/{mail.id}">{_subject(mail)}</a>'
        f'<time datetime="{text(mail.received_at)}">{_moment(mail)}</time>'
        f'<span class="who">{text(", ".join(mail.to))}</span>{tag}</li>'
    )


def _label(tags: Mapping[str, str]) -> str:
    """The tag that tells most to somebody who looks over the list."""
    return tags.get("template") or next(iter(tags.values()), "")


def _subject(mail: Mail) -> str:
    return text(mail.subject) or "(no subject)"


def _moment(mail: Mail) -> str:
    return text(mail.received_at[11:23])


def _table(pairs: Mapping[str, str]) -> str:
    if not pairs:
        return '<p class="hint">None.</p>'
    rows = "".join(
        f'<tr><th scope="row">{text(name)}</th><td>{text(value)}</td></tr>'
        for name, value in pairs.items()
    )
    return f'<div class="scroll"><table>{rows}</table></div>'


def _document(title: str, body: str) -> bytes:
    return document(title=title, body=body, style="/mailbox.css")
