"""What a visitor does in the mailbox: wait for a mail, follow its links, leave the list."""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

CONFIRM_LINK = re.compile(r"https?://[^\s\"'<>]+/f/confirm\?[^\s\"'<>]+")
UNSUBSCRIBE_LINK = re.compile(r"<(https?://[^>]+)>")
ONE_CLICK = b"List-Unsubscribe=One-Click"
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


def ask(method: str, url: str, body: bytes | None = None, kind: str = FORM) -> Answer:
    """One request to a server on this machine; no redirect is followed."""
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE_SECONDS)
    target = where.path + (f"?{where.query}" if where.query else "")
    try:
        connection.request(method, target, body, {"Content-Type": kind} if body else {})
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
    form = _Form.of(page.body.decode())
    if not page.ok or form is None:
        msg = f"the confirmation page answered {page.status} and has no form"
        raise RefusedError(msg)
    pressed = time.time_ns() // 1_000_000
    done = ask("POST", urljoin(found[0], form.action), urlencode(form.fields).encode())
    if not done.ok:
        msg = f"confirming answered {done.status}"
        raise RefusedError(msg)
    return pressed


def unsubscribe(mail: dict[str, Any]) -> None:
    """What a mail program's unsubscribe button does, by RFC 8058."""
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    found = UNSUBSCRIBE_LINK.search(headers.get("list-unsubscribe", ""))
    if found is None or headers.get("list-unsubscribe-post", "").encode() != ONE_CLICK:
        msg = f"the mail “{mail['subject']}” cannot be unsubscribed with one click"
        raise RefusedError(msg)
    done = ask("POST", found[1], ONE_CLICK)
    if not done.ok:
        msg = f"unsubscribing answered {done.status}"
        raise RefusedError(msg)


class _Form(HTMLParser):
    """The first posted form of a page: where it goes, and what its hidden fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: list[tuple[str, str]] = []
        self._state = "before"

    @classmethod
    def of(cls, html: str) -> "_Form | None":
        """The form, None if the page has none."""
        form = cls()
        form.feed(html)
        return None if form._state == "before" else form

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Take the form's address and its fields."""
        got = {name: value or "" for name, value in attrs}
        if tag == "form" and self._state == "before" and got.get("method", "").lower() == "post":
            self._state, self.action = "inside", got.get("action", "")
        elif tag in {"input", "button"} and self._state == "inside" and got.get("name"):
            ticked = got.get("type") not in {"checkbox", "radio"} or "checked" in got
            if ticked:
                self.fields.append((got["name"], got.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """Fields after the form are not its own."""
        if tag == "form" and self._state == "inside":
            self._state = "after"
