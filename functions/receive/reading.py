"""A message as it came in → whose it may be, whether a person wrote it, and what they wrote.

Nothing here trusts the message. Its bytes are bounded before they come here; whatever part cannot
be read is left out, and a message that cannot be read at all is told as such, never raised.

A message is a machine's if it says so (RFC 3834 `Auto-Submitted`, and what programs before and
beside it write), if it is a report (RFC 3464, RFC 8098), if nobody may answer it (an empty
`Return-Path`), or if its subject is one that programs give to answers when somebody is away.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from enum import StrEnum

from functions.receive.text import own_words, plain

# Where the address that a message was sent to may stand. SES's own `Received` names it last.
_TO = (
    *("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To", "Cc", "Resent-To"),
    *("Resent-Cc", "Received"),
)
_ADDRESS = re.compile(r"\b(?:r|unsub)\+[0-9a-z]{50,64}@[0-9a-z.-]{3,253}", re.IGNORECASE)
_MAX_HEADER_CHARS = 4_000
_MAX_HEADERS_READ = 40
_MAX_PARTS = 100
MAX_SUBJECT_CHARS = 200
MAX_TEXT_BYTES = 16 * 1024
# Longer than any letter; what a machine appends after it is nobody's words.
_MAX_PART_CHARS = 64 * 1024
_AUTO_PRECEDENCE = frozenset({"auto_reply", "auto-reply", "bulk", "junk"})
_AWAY = re.compile(
    r"(?:"
    r"auto(?:matic|mated)?[ -]?(?:reply|response)\b|auto(?:reply|svar|response)?:|out of (?:the "
    r")?office"
    r"|i am (?:out of office|on (?:leave|vacation))|on (?:annual leave|vacation)\b"
    r"|abwesenheit|automatische antwort|abwesend|bin im urlaub|nicht im b[uü]ro"
    r"|r[eé]ponse automatique|absence du bureau|message d['’]absence|en cong[eé]s?\b"
    r"|automatisch antwoord|afwezig|niet op kantoor"
    r"|autosvar|automatisk svar|automatiskt svar|frav[aæ]r|frånvaro|ikke p[aå] kontoret"
    r"|respuesta autom[aá]tica|fuera de (?:la )?oficina|ausencia"
    r"|risposta automatica|fuori (?:sede|ufficio)|resposta autom[aá]tica|ausente"
    r"|automaattinen vastaus|poissa|automatyczna odpowied|automatick[aá] odpov"
    r")",
    re.IGNORECASE,
)
_BOUNCED = re.compile(
    r"(?:undeliver(?:ed|able)|delivery (?:status notification|has failed)|mail delivery "
    r"(?:failed|subsystem)"
    r"|returned mail|failure notice|unzustellbar|non remis|onbestelbaar)",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"\b(?:mailer-daemon|postmaster)@", re.IGNORECASE)


class Kind(StrEnum):
    """Who wrote a message: a person, a machine for one, or a mail server about another."""

    REPLY = "reply"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a message says. `addresses` may be ours, in lower case; `text` holds at most 16 KB.

    `unsafe`: SES found a virus, or takes it for spam. `message_id` is whatever its sender says.
    """

    kind: Kind
    addresses: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    attachments: int = 0
    message_id: str = ""
    unsafe: bool = False


@dataclass
class _Parts:
    plain: str = ""
    html: str = ""
    attachments: int = 0
    reports: set[str] = field(default_factory=set)


def read(raw: bytes) -> Reading:
    """What a message says; never raises for what stands in it."""
    try:
        message = message_from_bytes(raw)
        return _read(message)
    except (MessageError, RecursionError, ValueError, LookupError, AttributeError, TypeError):
        # The standard library has one of these for each way in which a message can be broken.
        return Reading(kind=Kind.UNREADABLE)


def _read(message: "Message[str, str]") -> Reading:
    parts = _parts(message)
    subject = _header(message, "Subject")[:MAX_SUBJECT_CHARS]
    said = parts.plain if parts.plain.strip() else plain(parts.html)
    return Reading(
        kind=_kind(message, subject, parts.reports),
        addresses=_addresses(message),
        subject=subject,
        text=_cut(own_words(said)),
        attachments=parts.attachments,
        message_id=_header(message, "Message-ID"),
        unsafe=any(
            _header(message, f"X-SES-{what}-Verdict").upper() == "FAIL"
            for what in ("Spam", "Virus")
        ),
    )


def _addresses(message: "Message[str, str]") -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in _TO:
        for value in message.get_all(name, [])[:_MAX_HEADERS_READ]:
            # Folded headers are unfolded; an address itself is never folded.
            text = str(value)[:_MAX_HEADER_CHARS].replace("\r", "").replace("\n", "")
            found |= dict.fromkeys(each.lower() for each in _ADDRESS.findall(text))
    return tuple(found)


def _kind(message: "Message[str, str]", subject: str, reports: set[str]) -> Kind:
    sender = _header(message, "From")
    if "delivery-status" in reports or message.get("X-Failed-Recipients") is not None:
        return Kind.BOUNCE
    if _DAEMON.search(sender) and _BOUNCED.search(subject):
        return Kind.BOUNCE
    return Kind.AUTO_REPLY if reports or _is_automatic(message, subject) else Kind.REPLY


def _is_automatic(message: "Message[str, str]", subject: str) -> bool:
    submitted = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in {"", "no"}:
        return True
    told = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-Auto-Response-Suppress")
    if any(_header(message, name).lower() not in {"", "no"} for name in told):
        return True
    precedence = {_header(message, name).lower() for name in ("Precedence", "X-Precedence")}
    if precedence & _AUTO_PRECEDENCE:
        return True
    if (
        _header(message, "Return-Path") == "<>"
        or "vacation" in _header(message, "X-Mailer").lower()
    ):
        return True
    return _AWAY.match(subject) is not None


def _parts(message: "Message[str, str]") -> _Parts:
    """The first text of each kind, how many attachments, and what kinds of report it is."""
    found = _Parts()
    forwarded: set[int] = set()
    for number, part in enumerate(message.walk()):
        if number >= _MAX_PARTS:
            break
        kind = part.get_content_type()
        if id(part) in forwarded:
            # What was attached as a message of its own is nobody's answer, however deep it goes.
            forwarded.update(id(each) for each in _inside(part))
        elif kind == "message/rfc822":
            found.attachments += 1
            forwarded.update(id(each) for each in _inside(part))
        elif kind in {"message/delivery-status", "message/disposition-notification"}:
            found.reports.add(kind.partition("/")[2])
            forwarded.update(id(each) for each in _inside(part))
        elif kind == "multipart/report":
            found.reports.add(str(part.get_param("report-type", "") or "report").lower())
        elif not part.is_multipart():
            _leaf(part, kind, found)
    return found


def _inside(part: "Message[str, str]") -> "list[Message[str, str]]":
    payload = part.get_payload()
    return (
        [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []
    )


def _leaf(part: "Message[str, str]", kind: str, found: _Parts) -> None:
    aside = part.get_content_disposition() == "attachment" or (
        part.get_filename() is not None and kind not in {"text/plain", "text/html"}
    )
    if part.get_content_maintype() == "multipart":
        return  # a broken one, of which no part could be found
    if aside or kind not in {"text/plain", "text/html"}:
        found.attachments += kind != "application/pgp-signature"
    elif kind == "text/plain" and not found.plain.strip():
        found.plain = _unflowed(part, _text_of(part))
    elif kind == "text/html" and not found.html:
        found.html = _text_of(part)


def _text_of(part: "Message[str, str]") -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    raw = raw[: 4 * _MAX_PART_CHARS]
    named = str(part.get_param("charset", "") or "")
    for charset in (named, "utf-8"):
        try:
            return raw.decode(charset)[:_MAX_PART_CHARS]
        except (LookupError, ValueError):
            continue
    return raw.decode("windows-1252", "replace")[:_MAX_PART_CHARS]


def _unflowed(part: "Message[str, str]", text: str) -> str:
    """Lines that a mail program broke, put together again (RFC 3676)."""
    text = text.replace("\r\n", "\n")
    if str(part.get_param("format", "") or "").lower() != "flowed":
        return text
    without = str(part.get_param("delsp", "") or "").lower() == "yes"
    lines: list[str] = []
    going_on = False
    for line in text.split("\n"):
        here = line.removeprefix(" ")
        flowing = here.endswith(" ") and here != "-- "
        if going_on and not here.startswith(">"):
            lines[-1] += here
        else:
            lines.append(here)
        if flowing and without:
            lines[-1] = lines[-1][:-1]
        going_on = flowing and not here.startswith(">")
    return "\n".join(lines)


def _header(message: "Message[str, str]", name: str) -> str:
    """A header on one line; SES writes its own before those of the sender, and the first counts."""
    value = message.get(name)
    if value is None:
        return ""
    text = str(value)[:_MAX_HEADER_CHARS]
    # An encoded word that cannot be read stays as it is.
    with suppress(LookupError, ValueError, MessageError):
        text = str(make_header(decode_header(text)))
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _cut(text: str) -> str:
    return text.encode("utf-8", "ignore")[:MAX_TEXT_BYTES].decode("utf-8", "ignore")
