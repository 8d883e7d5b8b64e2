"""The recording SES endpoint: passes every request on and keeps what SES made of each mail.

`send` is deployed with this address as its SES endpoint. The request goes to the emulator byte for
byte, the answer comes back byte for byte; in between, the mail is read for the mailbox. Only what
SES answered with 2xx is a mail; the rest is kept apart as refused.

    GET  /messages        JSON list of accepted mails, newest first; ?to= those of one address
    GET  /refused         JSON list of refused ones, with SES's status and answer
    GET  /messages/{id}   page of one mail; /messages/{id}/html its HTML part alone, sandboxed
    GET  /                page with the list
"""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from local import mailbox_pages as pages
from local.exchange import NO_ANSWER, Exchange, pass_back, pass_on
from local.mailbox_pages import Mail
from local.markup import CSS, HTML, PAGE_HEADERS

SEND = "/v2/email/outbound-emails"
STYLE = Path(__file__).with_name("content") / "mailbox.css"
MESSAGE = re.compile(r"/messages/(\d+)(/html)?")
# The HTML part comes from templates and candidates' data: it may show, never run.
SANDBOX = (
    "sandbox allow-popups allow-popups-to-escape-sandbox;"
    " default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


class Mailbox:
    """Every mail that was handed to SES since the start, in memory."""

    def __init__(self) -> None:
        """Empty."""
        self._lock = threading.Lock()
        self._mails: list[Mail] = []

    def record(self, request: bytes, *, at: datetime, status: int, answer: bytes) -> None:
        """Keep one `SendEmail` with what SES answered."""
        with self._lock:
            mail = read_mail(
                request, number=len(self._mails) + 1, at=at, status=status, answer=answer
            )
            self._mails.append(mail)

    def accepted(self) -> list[Mail]:
        """What SES accepted, newest first."""
        with self._lock:
            return [mail for mail in reversed(self._mails) if mail.accepted]

    def refused(self) -> list[Mail]:
        """What SES did not accept, newest first."""
        with self._lock:
            return [mail for mail in reversed(self._mails) if not mail.accepted]

    def find(self, number: str) -> Mail | None:
        """One mail by its id, accepted or not."""
        with self._lock:
            return next((mail for mail in self._mails if mail.id == number), None)


def read_mail(request: bytes, *, number: int, at: datetime, status: int, answer: bytes) -> Mail:
    """What a SES v2 `SendEmail` request says; what it lacks is empty."""
    asked = _object(request)
    answered = _object(answer)
    content = _mapping(_mapping(asked.get("Content")).get("Simple"))
    body = _mapping(content.get("Body"))
    return Mail(
        id=str(number),
        received_at=at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        message_id=str(answered.get("MessageId", "")),
        sender=str(asked.get("FromEmailAddress", "")),
        to=[str(each) for each in _mapping(asked.get("Destination")).get("ToAddresses", [])],
        reply_to=[str(each) for each in asked.get("ReplyToAddresses") or []],
        subject=_data(content.get("Subject")),
        text=_data(body.get("Text")),
        html=_data(body.get("Html")),
        headers=_pairs(content.get("Headers")),
        tags=_pairs(asked.get("EmailTags")),
        configuration_set=str(asked.get("ConfigurationSetName", "")),
        status=status,
        answer=answer.decode("utf-8", errors="replace"),
    )


def as_json(mail: Mail) -> dict[str, object]:
    """A mail as `GET /messages` lists it."""
    row = asdict(mail)
    row["from"] = row.pop("sender")
    return row


class Recorder:
    """`/v2/…` is SES's; the rest are our pages."""

    def __init__(self, *, emulator_port: int) -> None:
        """With an empty mailbox."""
        self._port = emulator_port
        self._box = Mailbox()

    def reply(self, exchange: Exchange) -> None:
        """Answer one request."""
        if exchange.path.startswith("/v2/"):
            self._relay(exchange)
        elif exchange.command not in {"GET", "HEAD"}:
            exchange.close_connection = True
            exchange.answer_json({"message": "look, don't touch"}, HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            self._show(exchange)

    def _relay(self, exchange: Exchange) -> None:
        at = datetime.now(UTC)
        body = b"".join(exchange.request_body())
        try:
            with pass_on(exchange, self._port, exchange.path, body) as response:
                if (exchange.command, exchange.route) != ("POST", SEND):
                    pass_back(exchange, response)
                    return
                answer = response.read()
        except NO_ANSWER as error:
            exchange.answer_json(
                {"message": f"no answer from SES: {error}"}, HTTPStatus.BAD_GATEWAY
            )
            return
        # Kept before the answer goes back: who hears of an accepted mail finds it in the mailbox.
        self._box.record(body, at=at, status=response.status, answer=answer)
        kept = [(n, v) for n, v in response.getheaders() if n.lower().startswith("x-amz")]
        kind = response.getheader("Content-Type") or "application/json"
        exchange.answer(response.status, answer, kind, tuple(kept))

    def _show(self, exchange: Exchange) -> None:
        box = self._box
        match exchange.route:
            case "/":
                _page(exchange, pages.listing(box.accepted(), box.refused()))
            case "/messages":
                to = parse_qs(urlsplit(exchange.path).query).get("to", [""])[0]
                mails = [mail for mail in box.accepted() if to in {"", *mail.to}]
                exchange.answer_json([as_json(mail) for mail in mails])
            case "/refused":
                exchange.answer_json([as_json(mail) for mail in box.refused()])
            case "/mailbox.css":
                exchange.answer(HTTPStatus.OK, STYLE.read_bytes(), CSS)
            case path:
                self._message(exchange, MESSAGE.fullmatch(path))

    def _message(self, exchange: Exchange, match: re.Match[str] | None) -> None:
        mail = self._box.find(match[1]) if match else None
        if match is None or mail is None:
            _page(exchange, pages.missing(), HTTPStatus.NOT_FOUND)
        elif match[2]:
            headers = (("Content-Security-Policy", SANDBOX),)
            exchange.answer(HTTPStatus.OK, pages.html_part(mail), HTML, headers)
        else:
            _page(exchange, pages.message(mail))


def _page(exchange: Exchange, body: bytes, status: int = HTTPStatus.OK) -> None:
    exchange.answer(status, body, HTML, PAGE_HEADERS)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        loaded = json.loads(raw)
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _data(value: object) -> str:
    return str(_mapping(value).get("Data", ""))


def _pairs(value: object) -> dict[str, str]:
    rows: Sequence[Any] = value if isinstance(value, list) else []
    return {str(row["Name"]): str(row["Value"]) for row in rows}
