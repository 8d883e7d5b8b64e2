"""Forms in a real browser: each kind in two languages, from the page to proof and segment.

The pages are the real handler's; the stores behind it are in memory. What a person comes to is
folded from the events that the forms wrote, and from no others.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec
import pytest
from playwright.sync_api import Page, expect

from functions.engage import form_routes, handler
from local.exchange import Exchange
from rapport.asking import condition
from rapport.domain.identifiers import Ref
from rapport.domain.profile import Profile
from rapport.viewing.consents import Kept, to_json
from tests.support.browser import PageOf
from tests.support.definition import everybody
from tests.support.gateway import posted
from tests.support.mailroom import ANA, TOPIC, Mailroom
from tests.support.web import serving

SMALL = {"width": 320, "height": 640}
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Per kind: by label in two languages what is filled in, what is picked, and what a segment finds.
TEXTS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "join": {
        "en": {"E-mail address": ANA, "Years in your field": "7"},
        "nb": {"E-postadresse": ANA, "År i faget": "7"},
    },
    "new-jobs": {"en": {"E-mail address": ANA}, "nb": {"E-postadresse": ANA}},
    "open-day": {
        "en": {"First name": "Ana", "E-mail address": ANA, "How many come with you?": "2"},
        "nb": {"Fornavn": "Ana", "E-postadresse": ANA, "Hvor mange kommer sammen med deg?": "2"},
    },
    "recommend": {"en": {"Your e-mail address": ANA}, "nb": {"E-postadressen din": ANA}},
    "apply-nursing": {
        "en": {"First name": "Ana", "Last name": "Berg", "E-mail address": ANA},
        "nb": {"Fornavn": "Ana", "Etternavn": "Berg", "E-postadresse": ANA},
    },
}
PICKED = {
    "recommend": {"en": "Yes", "nb": "Ja"},
    "new-jobs": {"en": "25 km", "nb": "25 km"},
    "apply-nursing": {"en": "Yes, in Norway", "nb": "Ja, i Norge"},
}
FOUND = {
    "join": 'person.attributes["trait.years_in_field"] == "7"',
    "new-jobs": 'person.attributes["radius_km"] == "25"',
    "open-day": '"open-day-2027" in person.lists && person.attributes["trait.guests"] == "2"',
    "recommend": 'person.attributes["trait.works_here"] == "yes"',
    "apply-nursing": 'person.attributes["licences"] == "registered-nurse"',
}


class Office:
    """The employer's forms, and where they are served."""

    def __init__(self, room: Mailroom) -> None:
        self.room = room
        self.url = ""

    def reply(self, exchange: Exchange) -> None:
        headers = {name.lower(): value for name, value in exchange.headers.items()}
        path, _, query = exchange.path.partition("?")
        event = posted(path, body=b"".join(exchange.request_body()).decode(), headers=headers)
        named = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
        event |= {"rawPath": path, "rawQueryString": query, "queryStringParameters": named}
        event["requestContext"]["http"] |= {"method": exchange.command, "path": path}
        event["requestContext"]["stage"] = "$default"
        answer = handler.lambda_handler(event, None)
        told = {name.lower(): value for name, value in answer["headers"].items()}
        kind = told.pop("content-type")
        exchange.answer(answer["statusCode"], answer["body"].encode(), kind, tuple(told.items()))

    def profile(self) -> Profile:
        """Ana, folded from what the forms wrote."""
        ref: Ref = self.room.ref(ANA)
        return everybody(self.room.log.rows.values()).profile(ref)

    def frames(self, *origins: str) -> None:
        forms = (msgspec.structs.replace(form, frames=origins) for form in self.room.bundle.forms)
        self.room.publish(msgspec.structs.replace(self.room.bundle, forms=tuple(forms)))


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    room = Mailroom()
    office = Office(room)
    monkeypatch.setattr(form_routes, "_signup", lambda: room.signup)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "engage")
    with serving(office.reply) as port:
        office.url = f"http://127.0.0.1:{port}"
        yield office


def fill(page: Page, key: str, language: str) -> None:
    for label, text in TEXTS[key][language].items():
        page.get_by_label(label).fill(text)
    if key in PICKED:
        page.get_by_role("radio", name=PICKED[key][language], exact=True).check()
    if key in {"join", "new-jobs"}:
        page.get_by_role("combobox").first.select_option("nursing")


def proofs(room: Mailroom) -> list[Mapping[str, object]]:
    ref = room.ref(ANA)
    kept = Kept(state=room.book.addresses[ref], words=tuple(room.book.words[ref]))
    words = to_json(kept, bundle=room.bundle)["words"]
    assert isinstance(words, list)
    return [word for word in words if isinstance(word, dict)]


@pytest.mark.parametrize("language", ["en", "nb"])
def test_each_kind_from_the_page_to_the_proof_and_a_segment_without_a_script(
    office: Office, page_of: PageOf, language: str
) -> None:
    room = office.room
    page = page_of("", java_script_enabled=False, viewport=SMALL)
    today = (room.clock().astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    for form in room.bundle.forms:
        page.goto(f"{office.url}/f/{form.key}?lang={language}")
        room.clock.forward(minutes=15)
        fill(page, form.key, language)
        box = page.get_by_role("checkbox").last
        assert not box.is_checked()
        box.check()
        page.get_by_role("button").click()
        expect(page.get_by_role("status")).to_have_text(form.thanks[language])
        profile = office.profile()
        assert condition(FOUND[form.key]).of_profile(profile, today=today), form.key
    proven = proofs(room)
    assert {word["source"] for word in proven} == {f"form:{f.key}" for f in room.bundle.forms}
    assert {word["language"] for word in proven} == {language}
    assert all(word["text_matches_hash"] for word in proven)
    print(f"forms in {language} {len(room.bundle.forms)}, consents proven {len(proven)}")


def test_by_keyboard_what_is_wrong_is_told_in_a_summary_that_leads_to_it(
    office: Office, page_of: PageOf
) -> None:
    page = page_of(f"{office.url}/f/join", java_script_enabled=False, viewport=SMALL)
    assert not page.evaluate(WIDER)
    office.room.clock.forward(minutes=1)
    page.get_by_label("First name").fill("Ana")
    page.get_by_label("E-mail address").fill("ana")
    page.keyboard.press("Enter")
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("E-mail address: This is no e-mail address.")
    assert page.get_by_label("First name").input_value() == "Ana"
    assert not page.evaluate(WIDER)
    summary.get_by_role("link", name="E-mail address").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#f.email")
    assert not office.room.log.rows


def test_going_back_and_sending_again_is_the_same_event(office: Office, page_of: PageOf) -> None:
    page = page_of(f"{office.url}/f/join?lang=en")
    office.room.clock.forward(minutes=1)
    for _ in range(2):
        fill(page, "join", "en")
        page.get_by_role("button").click()
        expect(page.get_by_role("status")).to_be_visible()
        page.reload()
        page.go_back(wait_until="commit")
    assert len(office.room.logged("Talent Network Joined")) == 1


def test_one_line_puts_a_form_into_a_page_of_the_list_and_into_no_other(
    office: Office, page_of: PageOf
) -> None:
    line = f'<script async src="{office.url}/f/join/embed.js" data-title="Join us"></script>'
    policy = f"default-src 'none'; script-src {office.url}; frame-src {office.url}"

    def reply(exchange: Exchange) -> None:
        body = f'<!doctype html><html lang="nb"><title>Jobs</title><main>{line}</main></html>'
        headers = (("content-security-policy", policy), ("set-cookie", "rapport_id=visitor-77"))
        exchange.answer(200, body.encode(), "text/html; charset=utf-8", headers)

    with serving(reply) as port:
        site = f"http://127.0.0.1:{port}"
        office.frames(site)
        page = page_of(site)
        page.reload()
        frame = page.frame_locator("iframe[title='Join us']")
        expect(frame.get_by_role("heading")).to_have_text("Hold kontakten med oss")
        expect(frame.get_by_label("E-postadresse")).to_be_visible()
        fits = "() => document.querySelector('iframe').offsetHeight > 1000"
        page.wait_for_function(fits)
        office.room.clock.forward(minutes=1)
        frame.get_by_label("E-postadresse").fill(ANA)
        frame.get_by_label("Fagfelt").select_option("nursing")
        frame.get_by_role("button").click()
        expect(frame.get_by_role("status")).to_be_visible()
        page.wait_for_function("() => document.querySelector('iframe').offsetHeight < 1000")
        [event] = office.room.logged("Talent Network Joined")
        assert event.body["anonymousId"] == "visitor-77"
        office.frames("https://careers.halden.example")
        other = page_of(site, may_throw=True)
        other.wait_for_selector("iframe")
        other.wait_for_timeout(300)
        assert other.frame_locator("iframe").get_by_role("button").count() == 0


def test_what_strangers_put_into_the_address_is_shown_as_text(
    office: Office, page_of: PageOf
) -> None:
    page = page_of(f"{office.url}/f/join?lang=%22%3E%3Cscript%3E&visitor=%22%3E%3Cimg%20src%3Dx%3E")
    assert page.locator("img, script").count() == 0
    assert TOPIC in {t for form in office.room.bundle.forms for t in form.topics}
