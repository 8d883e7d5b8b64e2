"""Mails and pages in the language of their reader; what is recorded is the text they read."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import msgspec
import pytest

from functions.engage import pages
from functions.engage.form import fields, wanted
from rapport.bundle import Bundle, Wording
from rapport.domain.address import Consent
from rapport.domain.event import Trust
from rapport.domain.tokens import Purpose, issue
from rapport.errors import RetryableError
from rapport.events import AddressConfirmed
from tests.support.mailroom import ANA, TOPIC, Mailroom
from tests.unit.engage.test_handler import FORM_OF_ALL, UNKNOWN, Browser, header

ALERTS = "job-alerts"
KEPT = {"do": "save", "often": "0", "pause": "keep"}


class Norwegian:
    """Somebody whose browser speaks Norwegian, and who was asked to confirm the address."""

    def __init__(self, **known: str) -> None:
        self.room = Mailroom()
        told = {"locale": "nb-NO", "first_name": "Ana", **known}
        self.person = self.room.person(trust=Trust.ASSERTED, **told)
        self.room.send.deliver(self.room.intent(self.person))

    def token(self, purpose: Purpose) -> str:
        key = self.room.mails[-1].tags["send_id"]
        return issue(self.room.rings.ring("tokens"), purpose, key)

    def confirms(self) -> None:
        self.room.engage.confirm(self.token(Purpose.CONFIRM))

    def is_welcomed(self) -> None:
        self.confirms()
        self.room.clock.forward(minutes=1)
        self.room.send.deliver(self.room.intent(self.person))

    def words(self, topic: str = TOPIC) -> Wording:
        found = self.room.bundle.statement(topic).said("nb")
        assert found.language == "nb"
        return found

    def word(self, topic: str = TOPIC) -> Consent | None:
        return self.room.book.addresses[self.room.ref(ANA)].consents.get(topic)

    def page(self) -> str:
        centre = self.room.engage.centre(self.token(Purpose.UNSUBSCRIBE))
        assert centre is not None
        return pages.centre_page(centre)

    def ticks(self, values: dict[str, str], *, language: str = "nb") -> None:
        form = KEPT | {f"topic.{topic}": value for topic, value in values.items()}
        body = urlencode({**form, "language": language})
        asked = wanted(fields(body, content_type="", is_base64=False))
        assert asked is not None
        self.room.clock.forward(minutes=1)
        self.room.engage.choose(self.token(Purpose.UNSUBSCRIBE), asked)


def shown(page: str) -> dict[str, str]:
    """Per topic the tick that its box sends, as a browser reads the page."""
    return dict(re.findall(r'name="topic\.([a-z-]+)" value="([^"]+)"', page))


def without_norwegian(bundle: Bundle) -> Bundle:
    statements = tuple(msgspec.structs.replace(s, others=()) for s in bundle.statements)
    return msgspec.structs.replace(bundle, statements=statements)


def test_a_norwegian_browser_is_asked_in_norwegian_and_agrees_to_norwegian_words() -> None:
    ana = Norwegian()
    [mail] = ana.room.mails
    assert mail.subject == "Bekreft adressen din hos Halden Clinics"
    assert '<html lang="nb"' in mail.html
    for part in (" ".join(mail.text.split()), mail.html):
        assert ana.words().text in part
        assert ana.room.bundle.statement(TOPIC).text not in part
    request = ana.room.engage.request(ana.token(Purpose.CONFIRM))
    assert request is not None
    page = unescape(pages.request_page(request))
    assert '<html lang="nb" dir="ltr">' in page
    assert "<h1>Bekreft adressen din</h1>" in page
    assert f'<blockquote lang="nb" dir="auto">{ana.words().text}</blockquote>' in page
    ana.confirms()
    word, [event] = ana.word(), ana.room.logged("Address Confirmed")
    assert word is not None
    assert (word.statement_hash, word.language) == (ana.words().hash, "nb")
    assert event.body["properties"] == msgspec.structs.asdict(
        AddressConfirmed(
            email=ANA,
            topic=TOPIC,
            statement=word.statement,
            statement_hash=ana.words().hash,
            language="nb",
        )
    )


def test_the_request_says_which_language_it_was_in_and_tells_nothing_else_by_it() -> None:
    ana, english = Norwegian(), Mailroom()
    english.send.deliver(english.intent(english.person()))
    assert ana.room.decisions[-1].contents.language == "nb"
    assert english.decisions[-1].contents.language == "en"
    [mine], [theirs] = ana.room.mails, english.mails
    assert mine.headers == theirs.headers
    assert mine.tags.keys() == theirs.tags.keys()
    assert "Ana" not in mine.text


def test_the_whole_way_is_in_norwegian_and_lists_are_named_as_for_all() -> None:
    ana = Norwegian()
    ana.is_welcomed()
    english = Mailroom()
    english.send.deliver(english.intent(english.confirmed()))
    mail = ana.room.mails[-1]
    assert mail.subject.startswith("Velkommen til nettverket")
    assert "Meld deg av" in mail.text
    page = ana.page()
    assert '<html lang="nb" dir="ltr">' in page
    assert "Hva kan vi skrive til deg om?" in page
    assert dict(mail.headers)["List-Id"] == dict(english.mails[-1].headers)["List-Id"]


def test_a_wish_goes_before_the_browser_but_not_before_the_words_that_were_mailed() -> None:
    ana = Norwegian()
    link = ana.token(Purpose.CONFIRM)
    ana.is_welcomed()
    ana.ticks({TOPIC: "on"}, language="en")
    assert '<html lang="en" dir="ltr">' in ana.page()
    request = ana.room.engage.request(link)
    assert request is not None
    assert (request.language, request.wording) == ("nb", ana.words())
    ana.room.book.sends.clear()
    ana.room.send.deliver(ana.room.intent(ana.person))
    assert ana.room.mails[-1].subject.startswith("Welcome")


def test_a_tick_agrees_to_the_words_beside_it_and_to_no_others() -> None:
    ana = Norwegian()
    ana.is_welcomed()
    page = unescape(ana.page())
    assert f'<q lang="nb" dir="auto">{ana.words(ALERTS).text}</q>' in page
    assert shown(page)[ALERTS] == ana.words(ALERTS).hash
    ana.ticks({TOPIC: "on", ALERTS: shown(page)[ALERTS]})
    word, [event] = ana.word(ALERTS), ana.room.logged("Consent Granted")
    assert word is not None
    assert (word.statement_hash, word.language) == (ana.words(ALERTS).hash, "nb")
    assert event.body["properties"] == {
        "topic": ALERTS,
        "statement": word.statement,
        "statement_hash": word.statement_hash,
        "language": "nb",
    }


def test_words_that_changed_while_somebody_read_them_were_not_agreed_to() -> None:
    ana = Norwegian()
    ana.is_welcomed()
    before = shown(ana.page())
    ana.room.publish(without_norwegian(ana.room.bundle))
    ana.ticks({TOPIC: "on", ALERTS: before[ALERTS]})
    assert ana.word(ALERTS) is None
    page = unescape(ana.page())
    assert f'<q lang="en" dir="auto">{ana.room.bundle.statement(ALERTS).text}</q>' in page
    ana.ticks({TOPIC: "on", ALERTS: shown(page)[ALERTS]})
    word = ana.word(ALERTS)
    assert word is not None
    assert word.language == "en"


def test_a_statement_that_is_not_there_in_a_language_is_shown_and_recorded_in_the_brands() -> None:
    ana = Norwegian()
    ana.room.publish(without_norwegian(ana.room.bundle))
    ana.room.clock.forward(days=3)
    ana.room.book.sends.clear()
    ana.room.book.addresses.clear()
    ana.room.send.deliver(ana.room.intent(ana.person))
    statement = ana.room.bundle.statement(TOPIC)
    assert statement.text in " ".join(ana.room.mails[-1].text.split())
    request = ana.room.engage.request(ana.token(Purpose.CONFIRM))
    assert request is not None
    page = pages.request_page(request)
    assert '<html lang="nb" dir="ltr">' in page
    assert '<blockquote lang="en" dir="auto">' in page
    ana.confirms()
    word = ana.word()
    assert word is not None
    assert (word.statement_hash, word.language) == (statement.hash, "en")


@pytest.mark.parametrize(
    ("known", "lands", "law"),
    [
        ({"country": "SE"}, (), "SE"),
        ({}, (), "NO"),
        ({"country": "SE"}, ("NO", "SE"), "SE"),
        ({"country": "FR"}, ("NO", "SE"), "NO"),
        ({"country": "FR"}, ("DK", "SE"), "DK"),
    ],
)
def test_consent_is_under_the_law_of_where_somebody_lives_and_runs_out_when_its_words_say(
    known: dict[str, str], lands: tuple[str, ...], law: str
) -> None:
    ana = Norwegian(**known)
    statements = tuple(
        msgspec.structs.replace(s, jurisdictions=lands, expires_after_seconds=86_400)
        for s in ana.room.bundle.statements
    )
    # The link is to the words of the bundle that the mail was made from.
    ana.room.bundles.bundles[ana.room.live] = msgspec.structs.replace(
        ana.room.bundle, statements=statements
    )
    ana.confirms()
    word = ana.word()
    assert word is not None
    assert word.jurisdiction == law
    assert word.expires_at == ana.room.clock() + timedelta(days=1)


@pytest.mark.parametrize(
    ("accepted", "tag", "said"),
    [
        ("nb-NO,nb;q=0.9,en;q=0.8", "nb", "Denne lenken virker ikke"),
        ("de-DE, nn;q=0.5", "nb", "Denne lenken virker ikke"),
        ("de", "en", "This link does not work"),
        ("", "en", "This link does not work"),
        (";;,,q=", "en", "This link does not work"),
    ],
)
def test_a_link_that_is_not_ours_is_told_in_the_browsers_language(
    monkeypatch: pytest.MonkeyPatch, accepted: str, tag: str, said: str
) -> None:
    browser = Browser(Mailroom(), monkeypatch)
    for path, token in (("/f/confirm", UNKNOWN), (f"/u/{UNKNOWN}", "")):
        answer = browser.open("GET", path, t=token, headers={"accept-language": accepted})
        assert f'<html lang="{tag}" dir="ltr">' in answer["body"]
        assert f"<h1>{said}</h1>" in answer["body"]


def test_what_cannot_be_done_is_told_in_the_browsers_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser = Browser(Mailroom(), monkeypatch)
    norwegian = {"accept-language": "nb"}
    assert browser.open("GET", "/else", headers=norwegian)["body"] == "Her er det ingenting.\n"

    def late(*_: object) -> None:
        raise RetryableError

    monkeypatch.setattr("functions.engage.flow.Engage.request", late)
    answer = browser.open("GET", "/f/confirm", t=UNKNOWN, headers=norwegian)
    assert (answer["statusCode"], header(answer, "retry-after")) == (503, "60")
    assert "Prøv igjen" in answer["body"]


def test_a_form_that_says_nothing_is_answered_in_the_language_of_the_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana = Norwegian()
    ana.is_welcomed()
    browser = Browser(ana.room, monkeypatch)
    path = f"/u/{ana.token(Purpose.UNSUBSCRIBE)}"
    answer = browser.open("POST", path, body="scope=all")
    assert answer["statusCode"] == 400
    assert "<h1>Ingenting ble endret</h1>" in answer["body"]
    saved = browser.open("POST", path, body=f"{FORM_OF_ALL}&topic.{TOPIC}=on")
    assert "Lagret. Dette gjelder fra nå av." in saved["body"]


def test_a_page_never_claims_a_language_that_its_words_are_not_in() -> None:
    ana = Norwegian()
    ana.is_welcomed()
    brand = msgspec.structs.replace(ana.room.bundle.brand, languages=("en", "nb", "de"))
    ana.room.publish(msgspec.structs.replace(ana.room.bundle, brand=brand))
    ana.ticks({TOPIC: "on"}, language="de")
    assert '<html lang="en" dir="ltr">' in ana.page()
    assert 'value="de" checked' in ana.page()


def test_every_page_is_there_in_every_language() -> None:
    there = {path.name for path in pages.FOLDER.glob("*.*.html")}
    assert there == {
        f"{name}.{tag}.html"
        for name in ("asked", "confirmed", "used", "unknown", "unclear")
        for tag in ("en", "nb")
    }
