"""The envelope: what mail programs, providers and SES ask of it, and what strangers try with it.

Headers are judged twice: by the rules of SES's API, and by building the message with the standard
library of the Python that runs here and reading it again, which is where `Bcc:` out of an encoded
word came from in some editions of it.
"""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr

import msgspec
import pytest

from rapport.bundle import Brand, Bundle
from rapport.domain.decision import Contents, Decision, MailClass
from rapport.domain.identifiers import normalise_email
from rapport.domain.mailboxes import found_in, mailbox
from rapport.domain.tokens import Purpose
from rapport.mailing.envelope import Links, envelope, list_id, named, tag
from rapport.ports import Mail
from rapport.render import Content, RenderError
from tests.support.mailroom import Mailroom, shipped

RING = {"k1": b"1" * 32, "k2": b"2" * 32}
KEY = "0f" * 32
DOMAIN = "reply.halden.example"
LINKS = Links(
    unsubscribe="https://hello.halden.example/u/v1.k1.x.y",
    leave_by_mail=mailbox(RING, Purpose.UNSUBSCRIBE, KEY, DOMAIN),
    reply=mailbox(RING, Purpose.REPLY, KEY, DOMAIN),
)
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]|=\?")
HOSTILE = (
    "Ana\r\nBcc: x@victim.example",
    "Ana\nBcc: x@victim.example",
    "Ana\rBcc: x@victim.example",
    "A 💩=?UTF-8?Q?=0A?=Bcc: x@victim.example",
    "=?UTF-8?Q?=0D=0ABcc:_x@victim.example?=",
    "=?utf-8?b?DQpCY2M6IHhAdmljdGltLmV4YW1wbGU=?=",
    "=\u200b?UTF-8?Q?=0ABcc: x?=",
    "=\x00?UTF-8?Q?=0ABcc: x?=",
    "=?UTF-8?Q?=0A?= =?UTF-8?Q?Bcc:_x?=",
    "é =?UTF-8?Q?=0A?=Bcc: x@victim.example ø",
    "Ana\u2028Bcc: x@victim.example",
    "Ana\u2029Bcc: x@victim.example",
    "Ana\x85Bcc: x@victim.example",
    "Ana\x0bBcc: x\x0cCc: y",
    "\x00\x07\x1b[31m",
    "\u202egnp.exe",
    "\u2066left\u2069\u200f\u061c",
    "n" * 300,
    "ø" * 300,
    "😀" * 300,
    "👩🏽‍⚕️ " * 50,
    '"; Bcc: x@victim.example',
    '"Kari" <kari@victim.example>',
    "<x@victim.example>",
    "kari@victim.example,",
    "a\\",
    'a\\" <x@victim.example>',
    "(comment) Kari",
    "Kari, Ola; group: x@victim.example;",
    "\ud83d",
    "\udc00\ud83d",
    "\ufeff\u200b\u2060",
    "e\u0301" * 40,
    "مرحبا بالعالم",
    "王芳",
    "\t folded\r\n value",
    " \u00a0 ",
)


def decision(mail_class: MailClass = MailClass.MARKETING, **more: object) -> Decision:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    found = room.decisions[-1]
    return replace(found, mail_class=mail_class, **more)  # type: ignore[arg-type]


SENT = decision()


def branded(**more: object) -> Bundle:
    brand: Brand = msgspec.structs.replace(shipped().brand, **more)
    return msgspec.structs.replace(shipped(), brand=brand)


def made(
    mail_class: MailClass = MailClass.MARKETING,
    *,
    subject: str = "Working at Halden",
    author: str | None = None,
    links: Links = LINKS,
    sent: Decision = SENT,
    **brand: object,
) -> Mail:
    return envelope(
        replace(sent, mail_class=mail_class),
        branded(**brand),
        Content(subject=subject, html="<p>x</p>", text="x"),
        links,
        author=author,
    )


def read_again(mail: Mail) -> EmailMessage:
    """The mail as a receiver parses it after the standard library has written it."""
    built = EmailMessage(policy=policy.SMTP)
    built["From"] = mail.sender
    built["To"] = mail.to
    built["Subject"] = mail.subject
    for name, value in mail.headers:
        built[name] = value
    built.set_content(mail.text)
    found = message_from_bytes(built.as_bytes(), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def fault(mail: Mail, sender: str) -> str:
    """What is wrong with a mail that was made of something hostile, or an empty string."""
    values = [mail.sender, mail.to, mail.reply_to, *(value for _, value in mail.headers)]
    found = read_again(mail)
    keys = found.keys()
    expected = {"From", "To", "Subject", *(name for name, _ in mail.headers)}
    expected |= {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    wrong = {
        "a header that SES refuses": not all(re.fullmatch(r"[ -~]{1,995}", v) for v in values),
        "a subject with something in it that nobody sees": UNSEEN.search(mail.subject),
        "too much": len(mail.headers) > 15 or len(mail.subject) > 200,
        "another header": set(keys) != expected or len(keys) != len(set(keys)),
        "another sender": [each.addr_spec for each in found["From"].addresses] != [sender],
        "another sender to older readers": parseaddr(mail.sender)[1] != sender,
    }
    return ", ".join(what for what, is_wrong in wrong.items() if is_wrong)


def test_nothing_that_strangers_type_becomes_a_header_or_an_address() -> None:
    sender = shipped().brand.sender
    faults, tried = [], 0
    for text in HOSTILE:
        for where, mail in (
            ("author", made(author=text)),
            ("sender name", made(sender_name=text)),
            ("brand name", made(name=text)),
            ("subject", made(subject=text or "x")),
            ("topic", made(sent=replace(SENT, topic=text))),
        ):
            tried += 1
            found = fault(mail, sender)
            if found:
                faults.append(f"{where} {text!r}: {found}")
    print(f"header injection: {tried - len(faults)}/{tried} safe")
    assert not faults, "\n".join(faults)


def test_the_library_that_is_not_used_alone_would_let_some_of_it_through_or_refuse_it() -> None:
    refused = 0
    for text in HOSTILE:
        try:
            Address(display_name=text, username="a", domain="b.example")
        except ValueError:
            refused += 1
    assert refused


def test_marketing_mail_can_be_left_by_one_click_and_by_mail_and_says_which_list_it_is() -> None:
    mail = made()
    headers = dict(mail.headers)
    names = [name for name, _ in mail.headers]
    assert names[:2] == ["List-Unsubscribe", "List-Unsubscribe-Post"]
    https, mailto = headers["List-Unsubscribe"].split(", ")
    assert https == f"<{LINKS.unsubscribe}>"
    assert mailto == f"<mailto:{LINKS.leave_by_mail}?subject=unsubscribe>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Id"] == "Halden Clinics <talent-network.halden.example>"
    assert headers["Precedence"] == "bulk"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "All"
    assert mail.reply_to == LINKS.reply


def test_what_a_recruiter_wrote_is_no_automatic_mail_and_names_them() -> None:
    mail = made(author="Kari Nordmann")
    names = {name for name, _ in mail.headers}
    assert names == {"List-Unsubscribe", "List-Unsubscribe-Post", "X-Rapport-Send-Id"}
    assert mail.sender == "Kari Nordmann <careers@halden.example>"


@pytest.mark.parametrize("mail_class", [MailClass.TRANSACTIONAL, MailClass.CONFIRMATION])
def test_other_mail_is_of_no_list_and_nothing_to_leave(mail_class: MailClass) -> None:
    names = {name for name, _ in made(mail_class).headers}
    assert names == {"Auto-Submitted", "X-Auto-Response-Suppress", "X-Rapport-Send-Id"}


def test_names_in_other_scripts_arrive_as_they_are() -> None:
    for name in ("Ana Berg", "Åse Ødegård", "王芳", "Zoë O'Brien", "Berg, Ana", "J. R. Berg"):
        shown = named(name, "a@halden.example")
        assert re.fullmatch(r"[ -~]+", shown)
        again = message_from_bytes(f"From: {shown}\r\n\r\n".encode(), policy=policy.default)
        [address] = again["From"].addresses
        assert (address.display_name, address.addr_spec) == (name, "a@halden.example")


def test_each_encoded_word_is_short_enough_for_every_reader() -> None:
    for text in HOSTILE:
        words = named(text, "a@halden.example").split()
        assert all(len(word) <= 75 for word in words if word.startswith("=?"))


def test_a_list_keeps_its_id_whatever_the_topic_and_the_brand_are_called() -> None:
    brand = shipped().brand
    for topic in ("talent-network", "Job Alerts", "x" * 300, "<>,", "", "å", "-"):
        name, _, rest = list_id(brand, topic).rpartition("<")
        assert name == "Halden Clinics "
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.halden\.example>", rest)
    bare = msgspec.structs.replace(brand, name="\u200b")
    assert list_id(bare, "news") == "<news.halden.example>"


def test_tags_tell_what_a_mail_was_made_of_in_the_letters_that_ses_takes() -> None:
    contents = Contents(blocks=("how-we-hire", "a-day"), versions=("0123456789abcdef", "f" * 16))
    mail = made(sent=replace(SENT, contents=contents))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value) for value in mail.tags.values())
    assert mail.tags["blocks"] == f"how-we-hire_0123456789abcdef__a-day_{'f' * 16}"
    assert mail.tags["campaign"] == mail.tags["ses:feedback-id-a"] == "talent-network-welcome"
    assert mail.tags["class"] == mail.tags["ses:feedback-id-b"] == "marketing"
    assert {"send_id", "node", "topic", "brand"} <= set(mail.tags)
    many = Contents(blocks=("b" * 60,) * 9, versions=("v" * 16,) * 9)
    assert len(made(sent=replace(SENT, contents=many)).tags["blocks"]) <= 256
    assert (tag(""), tag("a b/ç"), len(tag("x" * 999))) == ("none", "a-b--", 256)


def test_an_envelope_that_ses_would_refuse_is_made_into_no_mail() -> None:
    for links in (
        Links(unsubscribe=f"https://x.example/{'u' * 1000}"),
        Links(unsubscribe="https://x.example/ø"),
        Links(reply=f"r+{'x' * 400}@reply.halden.example"),
    ):
        with pytest.raises(RenderError):
            made(links=links)
    with pytest.raises(RenderError):
        made(sent=replace(SENT, to="ånå@inbox.example"))


def test_addresses_that_ses_cannot_serve_are_no_addresses() -> None:
    good = {
        "Ana@Inbox.Example": "ana@inbox.example",
        "ana@bücher.example": "ana@xn--bcher-kva.example",
        "ana@ＩＮＢＯＸ.example": "ana@inbox.example",
        "o'brien+jobs@inbox.example": "o'brien+jobs@inbox.example",
        f"{'a' * 64}@inbox.example": f"{'a' * 64}@inbox.example",
    }
    bad = (
        *(
            "ånå@inbox.example",
            '"a b"@inbox.example',
            "Ana <ana@inbox.example>",
            "a@b@inbox.example",
        ),
        *(
            "ana@inbox.example\nBcc: x@y.example",
            "ana@inbox.example, x@y.example",
            "ana@",
            "@x.example",
        ),
        *(f"{'a' * 65}@inbox.example", f"a@{'b' * 310}.example", f"{'a' * 300}@inbox.example"),
        *(
            "ana@localhost",
            "a..b@inbox.example",
            ".a@inbox.example",
            "ana@[192.0.2.1]",
            "a\u202eb@x.example",
        ),
    )
    assert {raw: normalise_email(raw) for raw in good} == good
    assert [raw for raw in bad if normalise_email(raw)] == []
    print(f"addresses judged {len(good) + len(bad)}/{len(good) + len(bad)}")


def test_the_addresses_that_replies_come_in_at_fit_and_survive_what_mail_programs_do() -> None:
    for purpose in (Purpose.REPLY, Purpose.UNSUBSCRIBE):
        for key in ("00" * 32, "ff" * 32, KEY):
            made_up = mailbox(RING, purpose, key, DOMAIN)
            local = made_up.partition("@")[0]
            assert len(local) <= 64
            for told in (made_up, made_up.upper(), f" {made_up} "):
                assert found_in(RING, told, DOMAIN) == (purpose, key)
    old = mailbox({"k1": RING["k1"]}, Purpose.REPLY, KEY, DOMAIN)
    assert found_in(RING, old, DOMAIN) == (Purpose.REPLY, KEY)
    assert found_in({"k2": RING["k2"]}, old, DOMAIN) is None
    assert found_in(RING, f"r+{'z' * 58}@{DOMAIN}", DOMAIN) is None
    with pytest.raises(KeyError):
        mailbox(RING, Purpose.CLICK, KEY, DOMAIN)
