"""What a person wrote in an answer: without what they quoted and without their signature.

Line by line, each pattern bounded, so that no message takes longer to read than its length says.
(The package mail-parser-reply was measured on the messages of the tests: it read 38 of 48, took
"Thanks, Thursday works" for a signature, and 16 KB of empty lines for minutes.) A closing is cut
only if nothing but a closing stands on its line and little follows: in doubt it is what was said.
"""

import re
from html.parser import HTMLParser

# How mail programs introduce a quote where the library does not know it, a whole line each.
_QUOTE_BEGINS = re.compile(
    r"^(?:[>\s]*)(?:"
    r"-{2,} ?(?:original message|ursprüngliche nachricht|message d['’]origine|oorspronkelijk "
    r"bericht"
    r"|opprinnelig melding|opprinnelig e-post|mensaje original|messaggio originale|forwarded "
    r"message"
    r"|weitergeleitete nachricht|message transféré|videresendt melding) ?-{2,}"
    r"|(?:(?:on|am|le|op|den|el|il|em|dne|dnia|på)\b|(?:man|tirs?|ons|tors?|fre|lør|søn)\.)"
    r".{5,200}(?:wrote|schrieb|a écrit|schreef|skrev|escribió|ha scritto|escreveu"
    r"|napisał)\b.{0,200}:"
    r"|(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message "
    r"réexpédié)\s?:"
    r"|_{20,}"
    r")\s*$",
    re.IGNORECASE,
)
_HEADERS = re.compile(r"^[*\s>]*(?:from|von|de|van|fra|från)\s?:[* ].{2,200}$", re.IGNORECASE)
_MORE_HEADERS = re.compile(
    r"^[*\s>]*(?:sent|date|gesendet|datum|envoyé|verzonden|sendt|dato|enviado|fecha|to|an|à|aan|til"
    r"|para|subject|betreff|objet|onderwerp|emne|asunto)\s?:[* ]",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^(?:sent from|get outlook for|gesendet von|envoyé de(?:puis)?|verzonden vanaf"
    r"|verstuurd vanaf|sendt fra|skickat från|enviado desde|inviato da|hent outlook for)\b.{0,60}$",
    re.IGNORECASE,
)
_SENT_WITH = re.compile(r"^von meinem .{1,60} gesendet\.?$", re.IGNORECASE)
_CLOSING = re.compile(
    r"^(?:(?:with )?(?:best|kind|warm|many)?\s?(?:regards|wishes|thanks)|best|cheers"
    r"|sincerely(?: yours)?"
    r"|(?:mit |viele |liebe |beste |freundliche )*(?:freundlichen )?gr(?:ü|ue)(?:ß|ss)en?|lg|mfg|vg"
    r"|(?:bien )?cordialement|bien à vous|met vriendelijke groeten?|groetjes?|mvg"
    r"|(?:med )?(?:vennlig|beste|mange) hilsen|mvh|hilsen|vennligst|med vänliga hälsningar"
    r"|(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|cordiali saluti)[,.! ]*$",
    re.IGNORECASE,
)
# A signature has a name, a title, a company, a street, a number or two.
_SIGNATURE_LINES = 8
# Beside who wrote it: of a quote that begins with its headers.
_HEADERS_AT_LEAST = 2
_CLOSING_CHARS = 60
_SIGNATURE_CHARS = 400
# How a quote is introduced takes no more than this.
_LINE_CHARS = 500
_GAPS = re.compile(r"\n{3,}")
_SPACES = re.compile(r"[ \t\u00a0]+")


def own_words(text: str) -> str:
    """What was written anew in an answer; an empty string when nothing was."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    lines = _until_the_quote(lines)
    return _GAPS.sub("\n\n", "\n".join(_unsigned(_unquoted(lines)))).strip()


def plain(html: str) -> str:
    """The text of a web page, as a reader would see it, without what mail programs quote in it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(reader.said).split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def _until_the_quote(lines: list[str]) -> list[str]:
    for place, line in enumerate(lines):
        # An introduction may be broken in two.
        joined = f"{line} {lines[place + 1].strip()}" if place + 1 < len(lines) else line
        begins = any(
            len(each) < _LINE_CHARS and _QUOTE_BEGINS.match(each) for each in (line, joined)
        )
        headers = [each for each in lines[place + 1 : place + 5] if _MORE_HEADERS.match(each)]
        if begins or (_HEADERS.match(line) and len(headers) >= _HEADERS_AT_LEAST):
            before = lines[:place]
            # Who writes below or between what they quote has written nothing above it.
            return before if any(each.strip() for each in before) else lines[place + 1 :]
    return lines


def _unquoted(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.lstrip().startswith(">")]


def _unsigned(lines: list[str]) -> list[str]:
    for place, line in enumerate(lines):
        bare = line.strip()
        if bare in {"--", "—"} or _SENT_FROM.match(bare) or _SENT_WITH.match(bare):
            return lines[:place]
        if (
            len(bare) <= _CLOSING_CHARS
            and _CLOSING.match(bare)
            and any(each.strip() for each in lines[:place])
        ):
            rest = [each for each in lines[place + 1 :] if each.strip()]
            if len(rest) <= _SIGNATURE_LINES and sum(map(len, rest)) <= _SIGNATURE_CHARS:
                return lines[:place]
    return lines


class _Reader(HTMLParser):
    """Text with its line breaks; skips what is not shown, and what was quoted."""

    _BLOCKS = frozenset(
        {"p", "div", "br", "li", "tr", "table", "h1", "h2", "h3", "h4", "ul", "ol", "hr", "pre"}
    )
    _UNSEEN = frozenset({"style", "script", "head", "title", "template", "blockquote"})
    _VOID = frozenset({"br", "hr", "img", "meta", "link", "input", "col", "area", "base", "wbr"})
    _QUOTES = (
        *("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "divrplyfwdmsg", "appendonsend"),
        *("protonmail_quote", "mail-editor-reference-message-container", "oriMsgHtmlSeperator"),
    )
    # Everything after these is a quote, whatever element it stands in.
    _LAST = frozenset({"appendonsend", "divrplyfwdmsg"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._hidden: list[str] = []
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            if tag not in self._VOID and tag == self._hidden[-1]:
                self._hidden.append(tag)
            return
        named = " ".join(value or "" for name, value in attrs if name in {"class", "id"}).lower()
        self._over = self._over or any(each in named for each in self._LAST)
        if tag in self._BLOCKS:
            self.said.append("\n")
        quoted = tag in self._UNSEEN or any(each.lower() in named for each in self._QUOTES)
        if quoted and tag not in self._VOID:
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
        elif tag in self._BLOCKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden and not self._over:
            self.said.append(_SPACES.sub(" ", data.replace("\n", " ").replace("\r", " ")))
