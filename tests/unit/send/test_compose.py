"""The mail itself: what the candidate, their mail program and a mailbox provider see."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import msgspec
import pytest

from rapport.domain.tokens import Purpose, verify
from rapport.mailing.compose import plain_name
from rapport.ports import Mail
from tests.support.mailroom import ANA, PUBLIC_URL, Mailroom

POSTAL = "Halden Clinics, 12 Quay Street, Halden 1771, Norway"


def welcome(*jobs: str, **known: str) -> Mail:
    room = Mailroom()
    room.jobs(*jobs)
    person = room.confirmed()
    if known:
        view = room.people.views[person]
        register = view.profile.attributes["email"]
        stated = {name: replace(register, value=value) for name, value in known.items()}
        attributes = {"email": register, **stated}
        room.people.views[person] = replace(
            view, profile=replace(view.profile, attributes=attributes)
        )
    room.send.deliver(room.intent(person))
    [mail] = room.mails
    return mail


def request(*, first_name: str = "", job_category: str = "") -> tuple[Mailroom, Mail]:
    room = Mailroom()
    person = room.person(first_name=first_name, job_category=job_category)
    room.send.deliver(room.intent(person))
    [mail] = room.mails
    return room, mail


def parts(mail: Mail) -> tuple[str, str]:
    return mail.text, mail.html


def test_the_welcome_shows_the_three_newest_jobs_of_the_chosen_field() -> None:
    mail = welcome("Oldest nurse", "Older nurse", "Newer nurse", "Newest nurse")
    for part in parts(mail):
        places = [part.index(f"{which} nurse") for which in ("Newest", "Newer", "Older")]
        assert places == sorted(places)
        assert "Oldest nurse" not in part
        assert "https://careers.halden.example/jobs/4" in part


def test_the_welcome_teaches_before_it_shows_a_job() -> None:
    mail = welcome("Nurse on a ward")
    for part in parts(mail):
        lessons = [part.index(page) for page in ("/how-we-hire", "/a-day-on-the-ward")]
        assert max(lessons) < part.index("Nurse on a ward")


def test_fewer_jobs_than_three_are_shown_as_they_are() -> None:
    assert all("Only nurse" in part for part in parts(welcome("Only nurse")))


def test_no_open_job_is_said_kindly_and_leads_to_all_of_them() -> None:
    for part in parts(welcome()):
        assert "No job in nursing is open this week." in part
        assert "https://careers.halden.example/jobs" in part


def test_a_candidate_who_chose_no_field_is_not_told_of_one() -> None:
    for part in parts(welcome("Nurse", first_name="Ana")):
        assert "No job is open this week." in part


def test_both_parts_carry_greeting_brand_postal_address_and_unsubscribe_link() -> None:
    mail = welcome("Nurse")
    for part in parts(mail):
        assert "Hello Ana," in part
        assert "Halden Clinics" in part
        assert POSTAL in part
        assert f"{PUBLIC_URL}/u/v1." in part
        assert re.search("unsubscribe", part, re.IGNORECASE)


def test_unsubscribe_headers_stand_in_order_and_name_the_mail_behind_the_link() -> None:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    [mail] = room.mails
    names = [name for name, _ in mail.headers]
    assert names[:2] == ["List-Unsubscribe", "List-Unsubscribe-Post"]
    values = dict(mail.headers)
    link, by_mail = values["List-Unsubscribe"].split(", ")
    assert link.startswith(f"<{PUBLIC_URL}/u/")
    assert link.endswith(">")
    assert by_mail.startswith("<mailto:unsub+")
    assert values["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = link.removeprefix(f"<{PUBLIC_URL}/u/").removesuffix(">")
    assert verify(room.rings.ring("tokens"), Purpose.UNSUBSCRIBE, token) == room.record().send_key
    assert len(names) == len(set(names))


def test_mail_says_that_it_is_automatic_and_which_mail_it_is() -> None:
    mail = welcome()
    values = dict(mail.headers)
    assert values["Auto-Submitted"] == "auto-generated"
    assert values["X-Rapport-Send-Id"] == mail.tags["send_id"]


def test_tags_tell_the_mail_apart_and_hold_nothing_about_the_candidate() -> None:
    mail = welcome()
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,256}", v) for v in mail.tags.values())
    assert mail.tags["campaign"] == "talent-network-welcome"
    assert not any("ana" in value for value in mail.tags.values())


def test_the_sender_is_the_brand() -> None:
    mail = welcome()
    assert mail.sender == "Halden Clinics Careers <careers@halden.example>"
    assert re.fullmatch(r"r\+[a-z0-9]+@reply\.halden\.example", mail.reply_to)


def test_the_request_to_confirm_says_why_it_comes_and_that_ignoring_it_suffices() -> None:
    room, mail = request()
    for part in parts(mail):
        assert "If it was not you, do nothing." in part
        assert room.bundle.statement("talent-network").text in part
        assert POSTAL in part
        assert f"{PUBLIC_URL}/f/confirm?t=v1." in part
    assert "List-Unsubscribe" not in dict(mail.headers)
    assert mail.tags["class"] == "confirmation"


def test_the_request_to_confirm_repeats_nothing_that_a_stranger_typed() -> None:
    _, mail = request(first_name="Win a prize", job_category="prizes")
    assert not any("prize" in part for part in (*parts(mail), mail.subject))


HOSTILE = (
    "Ana\r\nBcc: everybody@victim.example",
    "A 💩=?UTF-8?Q?=0A?=Bcc: x@victim.example",
    "Ana\nX-Evil: 1",
    "Ana\u2028Bcc: x@victim.example",
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 'x' | upcase }}{% for i in (1..1000000) %}x{% endfor %}",
    "Visit https://spam.example now",
    "www.spam.example",
    "x" * 300,
    "\x00\x07\x1b[31m",
    "٠ 1800 555 0199 call me",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_with_something_up_its_sleeve_does_not_reach_the_mail(text: str) -> None:
    room = Mailroom()
    subject = "Hello {{ person.first_name | default: 'there' }}"
    room.publish(
        msgspec.structs.replace(
            room.bundle,
            templates=tuple(
                msgspec.structs.replace(t, subject=subject) for t in room.bundle.templates
            ),
        )
    )
    person = room.confirmed()
    view = room.people.views[person]
    register = view.profile.attributes["first_name"]
    attributes = {**view.profile.attributes, "first_name": replace(register, value=text)}
    room.people.views[person] = replace(view, profile=replace(view.profile, attributes=attributes))
    room.send.deliver(room.intent(person))
    [mail] = room.mails
    for value in (mail.sender, mail.to, mail.subject, *(v for _, v in mail.headers)):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]|=\?", value)
        assert len(value) <= 995
    assert all("spam.example" not in part for part in (*parts(mail), mail.subject))
    assert "<script" not in mail.html
    assert "onerror" not in mail.html


def test_names_as_people_have_them_are_kept() -> None:
    for name in ("Ana", "Zoë", "Jean-Luc", "O'Brien", "María José", "王芳", "J. R."):
        assert plain_name(name) == name


def test_a_brand_name_cannot_open_a_header_either() -> None:
    room = Mailroom()
    brand = msgspec.structs.replace(room.bundle.brand, sender_name="Halden\r\nBcc: x@y.example")
    room.publish(msgspec.structs.replace(room.bundle, brand=brand))
    room.send.deliver(room.intent(room.confirmed()))
    assert "\n" not in room.mails[0].sender


class Outline(HTMLParser):
    """What a screen reader meets: language, title, headings, links, images, tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag in {"a", "title", "h1", "h2"}:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        for name in self.open:
            self.texts[name][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.seen if name == tag]


@pytest.mark.parametrize("mail", [welcome("Nurse"), request()[1]], ids=["welcome", "confirm"])
def test_shipped_mails_can_be_read_by_everybody(mail: Mail) -> None:
    outline = Outline(mail.html)
    [html] = outline.all("html")
    assert html["lang"] == "en"
    assert outline.texts["title"][0].strip()
    assert len(outline.texts["h1"]) == 1
    assert all("alt" in image for image in outline.all("img"))
    assert all(table.get("role") == "presentation" for table in outline.all("table"))
    links = outline.texts["a"]
    assert all(len(text.strip()) > 8 or text.strip() == "Nurse" for text in links)
    assert not {"click here", "here"} & {text.strip().lower() for text in links}
    metas = {meta.get("name"): meta.get("content") for meta in outline.all("meta")}
    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
    assert "prefers-color-scheme: dark" in mail.html
    assert min(int(size) for size in re.findall(r"font-size:(\d\d+)px", mail.html)) >= 14
    hrefs = [link["href"] or "" for link in outline.all("a")]
    assert all(href.startswith("https://") for href in hrefs)
    assert len(mail.html.encode()) < 80_000


@pytest.mark.parametrize("mail", [welcome("Nurse"), request()[1]], ids=["welcome", "confirm"])
def test_the_text_part_reads_well_by_itself(mail: Mail) -> None:
    assert not re.search(r"[<>{}]|\n{3}", mail.text)
    written = [line for line in mail.text.splitlines() if "http" not in line and '"' not in line]
    assert max(len(line) for line in written) <= 100
    assert ANA not in mail.text
