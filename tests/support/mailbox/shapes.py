"""Messages as mail programs and servers write them; shapes are real, people and words made up.

Each case says what a reader has to find: who wrote it, the person's own words, how many
attachments. `TO` stands for the address that our mail asked to be answered at. One long file on
purpose: it is the list of all shapes.
"""

import base64
import quopri
from collections.abc import Iterator
from dataclasses import dataclass

from functions.receive.reading import Kind
from rapport.domain.mailboxes import mailbox
from rapport.domain.tokens import Purpose

RING = {"k1": b"a ring for tests".ljust(32, b"-")}
DOMAIN = "reply.halden.example"
KEY = "5a" * 32
TO = mailbox(RING, Purpose.REPLY, KEY, DOMAIN)
LEAVE = mailbox(RING, Purpose.UNSUBSCRIBE, KEY, DOMAIN)
SES = (
    "Received: from mail.inbox.example (mail.inbox.example [192.0.2.1]) by\r\n"
    " inbound-smtp.us-east-1.amazonaws.com with SMTP id 3k2 for {to};\r\n"
    " Mon, 23 Nov 2026 09:00:00 +0000 (UTC)\r\n"
    "X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\n"
    "Received-SPF: pass (spfCheck: domain of inbox.example designates 192.0.2.1)\r\n"
    "Return-Path: <ana@inbox.example>\r\n"
)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One message, and what is to be read in it."""

    name: str
    raw: bytes
    kind: Kind = Kind.REPLY
    words: str = ""
    attachments: int = 0
    addressed: bool = True


def mime(
    body: str,
    *,
    headers: str = "",
    kind: str = "text/plain; charset=utf-8",
    encoding: str = "8bit",
    charset: str = "utf-8",
    to: str = TO,
    received: str = SES,
) -> bytes:
    """A message of one part."""
    raw = body.replace("\n", "\r\n").encode(charset)
    if encoding == "base64":
        raw = base64.encodebytes(raw).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        raw = quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    extra = "".join(f"{line}\r\n" for line in headers.strip().splitlines())
    named = {line.partition(":")[0].lower() for line in headers.strip().splitlines()}
    usual = {
        "from": "Ana <ana@inbox.example>",
        "to": f"Halden Clinics <{to}>",
        "subject": "Re: Working at Halden",
        "message-id": "<1@inbox.example>",
        "mime-version": "1.0",
        "content-type": kind,
        "content-transfer-encoding": encoding,
    }
    head = "".join(
        f"{name.title()}: {value}\r\n" for name, value in usual.items() if name not in named
    )
    return (received.format(to=to) + extra + head).encode() + b"\r\n" + raw


def multi(kind: str, *parts: str, headers: str = "", to: str = TO) -> bytes:
    """A message of several parts; each part comes with its own headers, an empty line, its text."""
    joined = "".join(f"--=_b\n{part}\n" for part in parts)
    return mime(
        f"{joined}--=_b--\n",
        headers=headers,
        kind=f'{kind}; boundary="=_b"',
        encoding="7bit",
        to=to,
    )


def part(text: str, kind: str = "text/plain; charset=utf-8", *more: str) -> str:
    """One part of a message of several."""
    return "\n".join([f"Content-Type: {kind}", *more, "", text])


QUOTED = "> Hello Ana,\n> we have three jobs in nursing.\n> https://careers.halden.example/jobs"


def _gmail() -> Iterator[Shape]:
    introduced = {
        "en": (
            "Yes, Tuesday at ten suits me.",
            "On Mon, Nov 23, 2026 at 9:00 AM Halden Clinics <{to}> wrote:",
        ),
        "en-two-lines": (
            "Could we talk on the phone first?",
            "On Mon, 23 Nov 2026 at 09:00, Halden Clinics Careers and Talent <\n{to}> wrote:",
        ),
        "de": (
            "Ja, Dienstag um zehn passt mir gut.",
            "Am Mo., 23. Nov. 2026 um 09:00 Uhr schrieb Halden Clinics <{to}>:",
        ),
        "fr": (
            "Oui, mardi à dix heures me convient.",
            "Le lun. 23 nov. 2026 à 09:00, Halden Clinics <{to}> a écrit :",
        ),
        "nl": (
            "Ja, dinsdag om tien uur is goed.",
            "Op ma 23 nov 2026 om 09:00 schreef Halden Clinics <{to}>:",
        ),
        "nb": (
            "Ja, tirsdag klokken ti passer fint.",
            "man. 23. nov. 2026 kl. 09:00 skrev Halden Clinics <{to}>:",
        ),
        "es": (
            "Sí, el martes a las diez me va bien.",
            "El lun, 23 nov 2026 a las 9:00, Halden Clinics (<{to}>) escribió:",
        ),
    }
    for language, (words, line) in introduced.items():
        body = f"{words}\n\n{line.format(to=TO)}\n\n{QUOTED}\n"
        html = (
            f'<div dir="ltr">{words}</div><br><div class="gmail_quote"><div>{line}</div>Hello</div>'
        )
        yield Shape(
            name=f"gmail-{language}",
            raw=multi(
                "multipart/alternative",
                part(body, "text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"),
                part(html, "text/html; charset=utf-8", "Content-Transfer-Encoding: 8bit"),
            ),
            words=words,
        )


def _outlook() -> Iterator[Shape]:
    heads = {
        "en": ("From", "Sent", "To", "Subject", "I can start in March."),
        "de": ("Von", "Gesendet", "An", "Betreff", "Ich könnte im März anfangen."),
        "fr": ("De", "Envoyé", "À", "Objet", "Je pourrais commencer en mars."),
        "nl": ("Van", "Verzonden", "Aan", "Onderwerp", "Ik kan in maart beginnen."),
        "nb": ("Fra", "Sendt", "Til", "Emne", "Jeg kan begynne i mars."),
        "es": ("De", "Enviado", "Para", "Asunto", "Puedo empezar en marzo."),
    }
    for language, (frm, sent, to, subject, words) in heads.items():
        body = (
            f"{words}\n\n________________________________\n{frm}: Halden Clinics <{TO}>\n"
            f"{sent}: Monday, November 23, 2026 9:00 AM\n{to}: Ana <ana@inbox.example>\n"
            f"{subject}: Working at Halden\n\nHello Ana,\nwe have three jobs.\n"
        )
        yield Shape(
            name=f"outlook-{language}",
            raw=mime(body, encoding="quoted-printable", headers="Thread-Topic: Working at Halden"),
            words=words,
        )
    for language in ("nl", "nb"):
        frm, sent, to, subject, words = heads[language]
        body = (
            f"{words}\n\n{frm}: Halden Clinics <{TO}>\n{sent}: 23. 11. 2026 09:00\n"
            f"{to}: Ana <ana@inbox.example>\n{subject}: Working at Halden\n\nHello Ana,\n"
        )
        yield Shape(name=f"outlook-bare-{language}", raw=mime(body), words=words)
    yield Shape(
        name="outlook-html-only",
        raw=mime(
            "<html><head><style>p{margin:0}</style></head><body><div class=WordSection1>"
            "<p class=MsoNormal>Dear team,<o:p></o:p></p><p class=MsoNormal>&nbsp;</p>"
            "<p class=MsoNormal>is the ward open to <b>part-time</b> work?<o:p></o:p></p></div>"
            '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Halden</div>'
            "<div>Hello Ana, we have three jobs.</div></body></html>",
            kind="text/html; charset=utf-8",
            encoding="base64",
        ),
        words="Dear team,\n\nis the ward open to part-time work?",
    )
    yield Shape(
        name="outlook-original-message",
        raw=mime(f"No, thank you.\n\n-----Original Message-----\nFrom: Halden <{TO}>\n\nHello"),
        words="No, thank you.",
    )


def _others() -> Iterator[Shape]:
    yield Shape(
        name="apple-mail-windows-1252",
        raw=mime(
            f"J’aimerais en savoir plus.\n\n> Le 23 nov. 2026 à 09:00, Halden <{TO}> a écrit :\n"
            f"> \n{QUOTED}\n",
            kind='text/plain; charset="windows-1252"',
            charset="windows-1252",
            encoding="quoted-printable",
        ),
        words="J’aimerais en savoir plus.",
    )
    yield Shape(
        name="iphone-signature",
        raw=mime(
            f"Ok, see you then\n\nSent from my iPhone\n\n> On 23 Nov 2026, at 09:00, Halden "
            f"<{TO}> wrote:\n> \n{QUOTED}"
        ),
        words="Ok, see you then",
    )
    yield Shape(
        name="samsung-german",
        raw=mime(
            "Bitte rufen Sie mich an.\n\nVon meinem Samsung Galaxy Smartphone gesendet.\n\n"
            f"-------- Ursprüngliche Nachricht --------\nVon: Halden <{TO}>\nDatum: 23.11.26 "
            f"09:00\n",
            charset="iso-8859-1",
            kind="text/plain; charset=iso-8859-1",
        ),
        words="Bitte rufen Sie mich an.",
    )
    yield Shape(
        name="android-norwegian",
        raw=mime(
            f"Kan dere ringe meg?\n\nSendt fra Outlook for Android<https://aka.example/x>\n"
            f"________________________________\nFra: Halden <{TO}>\nSendt: mandag\nTil: Ana\n"
            f"Emne: Jobb\n"
        ),
        words="Kan dere ringe meg?",
    )
    yield Shape(
        name="thunderbird-flowed",
        raw=mime(
            "I have worked as a nurse for six years and would like to \nknow more about nights.\n\n"
            f"Am 23.11.26 um 09:00 schrieb Halden Clinics:\n{QUOTED}\n\n-- \nAna\nNurse\n",
            kind="text/plain; charset=UTF-8; format=flowed",
        ),
        words="I have worked as a nurse for six years and would like to know more about nights.",
    )
    yield Shape(
        name="thunderbird-below-the-quote",
        raw=mime(
            f"On 23/11/2026 09:00, Halden Clinics wrote:\n{QUOTED}\n\nBoth wards interest me.\n"
        ),
        words="Both wards interest me.",
    )
    yield Shape(
        name="answers-between-the-lines",
        raw=mime("> When can you start?\nIn March.\n> Full time?\nNo, 60 %.\n"),
        words="In March.\nNo, 60 %.",
    )
    yield Shape(
        name="signed-with-a-closing",
        raw=mime(
            "Thursday is better.\n\nKind regards,\nAna Berg\nRegistered nurse\n+47 00 00 00 00\n"
        ),
        words="Thursday is better.",
    )
    yield Shape(
        name="thanks-that-are-a-sentence",
        raw=mime("Hi Kari,\n\nThanks, Thursday works for me.\nCan I bring my papers?\n"),
        words="Hi Kari,\n\nThanks, Thursday works for me.\nCan I bring my papers?",
    )
    yield Shape(
        name="a-list-with-hyphens",
        raw=mime("I could do:\n\n- Monday morning\n- Tuesday after two\n\nWhich one?\n"),
        words="I could do:\n\n- Monday morning\n- Tuesday after two\n\nWhich one?",
    )
    yield Shape(
        name="german-closing-latin-1",
        raw=mime(
            "Gern, ich melde mich nächste Woche.\n\nMit freundlichen Grüßen\nAna Berg\n",
            charset="iso-8859-1",
            kind="text/plain; charset=ISO-8859-1",
            encoding="quoted-printable",
        ),
        words="Gern, ich melde mich nächste Woche.",
    )
    yield Shape(
        name="a-sentence-that-begins-like-an-introduction",
        raw=mime("On Monday I spoke to Per, and he wrote: apply.\nSo I would like to.\n"),
        words="On Monday I spoke to Per, and he wrote: apply.\nSo I would like to.",
    )
    yield Shape(name="empty", raw=mime("\n\n"), words="")
    yield Shape(name="only-a-quote", raw=mime(f"{QUOTED}\n"), words="")
    yield Shape(
        name="html-only-mobile-base64",
        raw=mime(
            '<div dir="auto">Ist die Stelle noch frei?</div><div dir="auto"><br></div>'
            '<blockquote type="cite">Hello Ana</blockquote>',
            kind="text/html; charset=utf-8",
            encoding="base64",
        ),
        words="Ist die Stelle noch frei?",
    )
    yield Shape(
        name="unknown-charset",
        raw=mime("Grüße aus Köln", kind="text/plain; charset=x-no-such-thing"),
        words="Grüße aus Köln",
    )
    yield Shape(
        name="wrong-charset",
        raw=mime("Grüße", kind="text/plain; charset=us-ascii", charset="windows-1252"),
        words="Grüße",
    )
    yield Shape(
        name="related-with-a-picture",
        raw=multi(
            "multipart/related",
            part("<p>See my badge.</p><img src='cid:1'>", "text/html; charset=utf-8"),
            part(
                "iVBORw0KGgo=",
                "image/png; name=badge.png",
                "Content-Transfer-Encoding: base64",
                "Content-ID: <1>",
            ),
        ),
        words="See my badge.",
        attachments=1,
    )
    yield Shape(
        name="with-a-resume",
        raw=multi(
            "multipart/mixed",
            part("My CV is attached."),
            part(
                "JVBERi0=",
                'application/pdf; name="cv.pdf"',
                "Content-Transfer-Encoding: base64",
                'Content-Disposition: attachment; filename="cv.pdf"',
            ),
            part("my notes", "text/plain", 'Content-Disposition: attachment; filename="notes.txt"'),
        ),
        words="My CV is attached.",
        attachments=2,
    )
    yield Shape(
        name="signed-by-openpgp",
        raw=multi(
            'multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature"',
            part("Signed, and yes."),
            part(
                "-----BEGIN PGP SIGNATURE-----\n=x\n-----END PGP SIGNATURE-----",
                "application/pgp-signature; name=signature.asc",
            ),
        ),
        words="Signed, and yes.",
    )
    yield Shape(
        name="forwarded-as-attachment",
        raw=multi(
            "multipart/mixed",
            part("My sister may like this too."),
            part(
                "From: halden@x.example\nSubject: Working at Halden\n\nHello Ana", "message/rfc822"
            ),
        ),
        words="My sister may like this too.",
        attachments=1,
    )
    yield Shape(
        name="forwarded-inline",
        raw=mime(
            "For you?\n\n---------- Forwarded message ---------\nFrom: Halden "
            "<x@halden.example>\nDate: Mon\nSubject: Jobs\n\nHello"
        ),
        words="For you?",
    )
    yield Shape(
        name="through-a-list",
        raw=mime(
            "I am a member of this group, and yes.",
            headers="List-Id: <nurses.groups.example>\nPrecedence: list\nIn-Reply-To: "
            "<2@x.example>",
        ),
        words="I am a member of this group, and yes.",
    )
    yield Shape(
        name="address-only-where-ses-says-it",
        raw=mime("Found me?", headers="To: undisclosed-recipients:;"),
        words="Found me?",
    )
    yield Shape(
        name="delivered-to-in-capitals",
        raw=mime(
            "Capitals.",
            headers=f"Delivered-To: {TO.upper()}\nTo: x@halden.example",
            received="Return-Path: <a@inbox.example>\r\n",
        ),
        words="Capitals.",
    )
    yield Shape(
        name="in-copy",
        raw=mime(
            "In copy.",
            headers=f"To: kari@halden.example\nCc: Per <per@halden.example>, Halden <{TO}>",
            received="Return-Path: <a@inbox.example>\r\n",
        ),
        words="In copy.",
    )
    yield Shape(
        name="no-address-of-ours",
        raw=mime("Hello?", to="info@reply.halden.example"),
        words="Hello?",
        addressed=False,
    )
    body = base64.encodebytes(bytes(range(256)) * 14_600).decode()
    yield Shape(
        name="five-megabytes",
        raw=multi(
            "multipart/mixed",
            part("A large file."),
            part(
                body,
                "application/octet-stream",
                "Content-Transfer-Encoding: base64",
                "Content-Disposition: attachment; filename=x.bin",
            ),
        ),
        words="A large file.",
        attachments=1,
    )
    yield Shape(
        name="broken-boundary",
        raw=mime(
            "--other\nContent-Type: text/plain\n\nLost.\n", kind='multipart/mixed; boundary="=_b"'
        ),
    )
    yield Shape(
        name="broken-base64-and-headers",
        raw=mime(
            "SGVsbG8gd29ybGQ===%%%\n",
            headers="Subject: =?utf-8?B?////?=\nDate: not a date",
            encoding="8bit",
        ).replace(b"Content-Transfer-Encoding: 8bit", b"Content-Transfer-Encoding: base64"),
        words="Hello world",
    )
    yield Shape(
        name="nested-two-hundred-deep",
        raw=mime(
            "".join(
                f'--b{n}\nContent-Type: multipart/mixed; boundary="b{n + 1}"\n\n'
                for n in range(200)
            ),
            kind='multipart/mixed; boundary="b0"',
        ),
    )


def _machines() -> Iterator[Shape]:
    away = {
        "en": "Automatic reply: Working at Halden",
        "en-old": "Out of Office: Working at Halden",
        "de": "Automatische Antwort: Working at Halden",
        "de-old": "Abwesenheitsnotiz: Working at Halden",
        "fr": "=?iso-8859-1?Q?R=E9ponse_automatique_:_Working?=",
        "nl": "Automatisch antwoord: Working at Halden",
        "nb": "Automatisk svar: Working at Halden",
        "sv": "=?utf-8?B?RnLDpW52YXJv?=: Working at Halden",
        "es": "=?utf-8?Q?Respuesta_autom=C3=A1tica=3A_Working?=",
    }
    for language, subject in away.items():
        yield Shape(
            name=f"away-by-subject-{language}",
            raw=mime("I am away until Monday.", headers=f"Subject: {subject}"),
            kind=Kind.AUTO_REPLY,
        )
    marked = {
        "exchange": "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n"
        "X-MS-Exchange-Inbox-Rules-Loop: ana@inbox.example",
        "gmail-vacation": "Auto-Submitted: auto-replied\nPrecedence: bulk\nX-Autoreply: yes",
        "sieve": "Auto-Submitted: auto-replied (vacation)",
        "unix-vacation": "Precedence: junk",
        "no-return": "X-Autorespond: yes",
    }
    for name, headers in marked.items():
        yield Shape(
            name=f"away-{name}",
            raw=mime("I am away.", headers=f"{headers}\nSubject: Re: Working at Halden"),
            kind=Kind.AUTO_REPLY,
        )
    yield Shape(
        name="null-return-path",
        raw=mime("Thank you for your mail.", received="Return-Path: <>\r\n"),
        kind=Kind.AUTO_REPLY,
    )
    yield Shape(
        name="read-receipt",
        raw=multi(
            "multipart/report; report-type=disposition-notification",
            part("Your message was read."),
            part(
                "Disposition: automatic-action/MDN-sent-automatically; displayed",
                "message/disposition-notification",
            ),
        ),
        kind=Kind.AUTO_REPLY,
    )
    yield Shape(
        name="delivery-status",
        raw=multi(
            "multipart/report; report-type=delivery-status",
            part("Your message could not be delivered."),
            part(
                "Reporting-MTA: dns; mx.inbox.example\n\nFinal-Recipient: rfc822; "
                "ana@inbox.example\nAction: failed\nStatus: 5.1.1",
                "message/delivery-status",
            ),
            part("Subject: Working at Halden\n\nHello", "message/rfc822"),
            headers="From: MAILER-DAEMON@mx.inbox.example\nAuto-Submitted: auto-replied\n"
            "Subject: Undelivered Mail Returned to Sender",
        ),
        kind=Kind.BOUNCE,
    )
    yield Shape(
        name="bounce-in-prose",
        raw=mime(
            "No such user.",
            headers="From: Mail Delivery System <mailer-daemon@mx.inbox.example>\nSubject: Mail "
            "delivery failed: returning message to sender",
        ),
        kind=Kind.BOUNCE,
    )


def shapes() -> list[Shape]:
    """All of them."""
    return [*_gmail(), *_outlook(), *_others(), *_machines()]
