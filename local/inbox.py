"""What a visitor does in the mailbox: wait for a mail, follow its links, choose, leave the list."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

CONFIRM_LINK = re.compile(r"https?://[^\s\"'<>]+/f/confirm\?[^\s\"'<>]+")
COUNTED_LINK = re.compile(r'href="(https?://[^"/]+/c/[^"]+)"')
UNSUBSCRIBE_LINK = re.compile(r"<(https?://[^>]+)>")
ONE_CLICK = b"List-Unsubscribe=One-Click"
# The field by which the page of preferences tells its form from the buttons beside it.
SAVES = ("do", "save")
FORM = "application/x-www-form-urlencoded"
POLL_SECONDS = 0.1
PATIENCE_SECONDS = 30


class RefusedError(Exception):
    """A page or link did not do what it should; the text says which and what it answered."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        """2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def ask(
    method: str,
    url: str,
    body: bytes | None = None,
    kind: str = FORM,
    agent: str = "",
    *,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request to a server on this machine; no redirect is followed."""
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE_SECONDS)
    target = where.path + (f"?{where.query}" if where.query else "")
    sent = {"Content-Type": kind} if body else {}
    if agent:
        sent["User-Agent"] = agent
    try:
        connection.request(method, target, body, sent | dict(headers or {}))
        answered = connection.getresponse()
        return Answer(status=answered.status, body=answered.read())
    except (OSError, HTTPException) as error:
        msg = f"{method} {where.path} got no answer: {error}"
        raise RefusedError(msg) from error
    finally:
        connection.close()


class Inbox:
    """The mailbox of the recorder, read as one address's own."""

    def __init__(self, mailbox_url: str) -> None:
        self._url = mailbox_url

    def mails(self, address: str = "") -> list[dict[str, Any]]:
        """The mails SES accepted for an address, oldest first; for everybody without one."""
        query = f"?{urlencode({'to': address})}" if address else ""
        listed: list[dict[str, Any]] = json.loads(ask("GET", f"{self._url}/messages{query}").body)
        return listed[::-1]

    def wait(self, address: str, number: int, *, seconds: float) -> dict[str, Any] | None:
        """The address's mail of that number, from 1; None if it has not come in time."""
        deadline = time.monotonic() + seconds
        while True:
            mails = self.mails(address)
            if len(mails) >= number:
                return mails[number - 1]
            if time.monotonic() > deadline:
                return None
            time.sleep(POLL_SECONDS)


def received_ms(mail: dict[str, Any]) -> int:
    """When the recorder got the mail, in milliseconds since 1970."""
    return round(datetime.fromisoformat(mail["received_at"]).timestamp() * 1000)


def confirm(mail: dict[str, Any]) -> int:
    """Follow the confirmation link and press the button; returns when it was pressed, in ms."""
    found = CONFIRM_LINK.search(mail["text"]) or CONFIRM_LINK.search(unescape(mail["html"]))
    if found is None:
        msg = f"the mail “{mail['subject']}” has no confirmation link"
        raise RefusedError(msg)
    page = ask("GET", found[0])
    form = next(iter(_Forms.of(page.body.decode())), None)
    if not page.ok or form is None:
        msg = f"the confirmation page answered {page.status} and has no form"
        raise RefusedError(msg)
    pressed = time.time_ns() // 1_000_000
    done = ask("POST", urljoin(found[0], form.action), urlencode(form.fields).encode())
    if not done.ok:
        msg = f"confirming answered {done.status}"
        raise RefusedError(msg)
    return pressed


def choose(mail: dict[str, Any], choices: Mapping[str, str]) -> None:
    """Open the page of preferences behind a mail, set these fields of its form, and save it."""
    url = unsubscribe_url(mail)
    page = ask("GET", url)
    forms = [form for form in _Forms.of(page.body.decode()) if SAVES in form.fields]
    if not page.ok or not forms:
        msg = f"the page of preferences answered {page.status} and has no form to save"
        raise RefusedError(msg)
    fields = dict(forms[0].fields) | dict(choices)
    done = ask("POST", urljoin(url, forms[0].action), urlencode(fields).encode())
    if not done.ok:
        msg = f"saving preferences answered {done.status}"
        raise RefusedError(msg)


def follow(mail: dict[str, Any], *, agent: str, only: int | None = None) -> int:
    """Follow the counted links of a mail, or one of them by its place; how many were followed."""
    links = list(dict.fromkeys(COUNTED_LINK.findall(unescape(mail["html"]))))
    if not links:
        msg = f"the mail “{mail['subject']}” has no counted links"
        raise RefusedError(msg)
    wanted = links if only is None else links[only : only + 1]
    for link in wanted:
        answered = ask("GET", link, agent=agent)
        if answered.status != HTTPStatus.FOUND:
            msg = f"a link of “{mail['subject']}” answered {answered.status}"
            raise RefusedError(msg)
    return len(wanted)


def unsubscribe(mail: dict[str, Any]) -> None:
    """What a mail program's unsubscribe button does, by RFC 8058."""
    done = ask("POST", unsubscribe_url(mail), ONE_CLICK)
    if not done.ok:
        msg = f"unsubscribing answered {done.status}"
        raise RefusedError(msg)


def unsubscribe_url(mail: dict[str, Any]) -> str:
    """The address of its one-click link: opened in a browser it is the reader's own page."""
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    found = UNSUBSCRIBE_LINK.search(headers.get("list-unsubscribe", ""))
    if found is None or headers.get("list-unsubscribe-post", "").encode() != ONE_CLICK:
        msg = f"the mail “{mail['subject']}” cannot be unsubscribed with one click"
        raise RefusedError(msg)
    return found[1]


@dataclass(kw_only=True)
class _Form:
    """A posted form of a page: where it goes, and what its fields hold as they stand."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """The posted forms of a page, in order."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[_Form] = []
        self._inside = False

    @classmethod
    def of(cls, html: str) -> list[_Form]:
        """All of them."""
        forms = cls()
        forms.feed(html)
        return forms._found

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Take a form's address and its fields."""
        got = {name: value or "" for name, value in attrs}
        if tag == "form" and got.get("method", "").lower() == "post":
            self._inside = True
            self._found.append(_Form(action=got.get("action", "")))
        elif tag in {"input", "button"} and self._inside and got.get("name"):
            ticked = got.get("type") not in {"checkbox", "radio"} or "checked" in got
            if ticked:
                self._found[-1].fields.append((got["name"], got.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """Fields after a form are not its own."""
        if tag == "form":
            self._inside = False
