"""Events in a real browser: the door with and without a network, and pages by axe-core's rules."""

from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import expect

from functions.engage import door_routes, form_routes, handler
from rapport.domain.occasions import code_of
from rapport.domain.tokens import Purpose, issue
from rapport.observability import metrics
from rapport.occasions import door_of
from tests.browser.test_forms import Office
from tests.support.browser import PageOf
from tests.support.console import violations
from tests.support.mailroom import ANA, Mailroom
from tests.support.web import serving
from tests.unit.engage.test_places import DAY, comes


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    room = Mailroom()
    office = Office(room)
    monkeypatch.setattr(handler, "_flow", lambda: room.engage)
    monkeypatch.setattr(handler, "_places", lambda: room.places)
    monkeypatch.setattr(handler, "_alerts", lambda: room.job_alerts)
    monkeypatch.setattr(form_routes, "_signup", lambda: room.signup)
    monkeypatch.setattr(door_routes, "_door", lambda: room.door)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "engage")
    # Another test may have made the process's metrics without that name.
    metrics.cache_clear()
    forms = tuple(msgspec.structs.replace(f, resume=f.key == "join") for f in room.bundle.forms)
    room.publish(msgspec.structs.replace(room.bundle, forms=forms))
    with serving(office.reply) as port:
        office.url = f"http://127.0.0.1:{port}"
        yield office


def link(room: Mailroom) -> str:
    form = next(form for form in room.bundle.forms if form.key == "open-day")
    assert form.occasion is not None
    token = issue(room._tokens(), Purpose.DOOR, door_of(form.key, form.occasion))
    return f"/f/open-day/check-in?t={token}"


def test_the_door_checks_in_without_a_network_and_tells_it_when_there_is_one(
    office: Office, page_of: PageOf
) -> None:
    comes(office.room)
    page = page_of(f"{office.url}{link(office.room)}")
    expect(page.get_by_role("status")).to_have_text("Ready.")
    expect(page.get_by_role("listitem")).to_have_count(0)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    # Once more, so that the worker has seen the page and its script.
    page.reload()
    expect(page.get_by_role("status")).to_have_text("Ready.")
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("No network")
    page.get_by_label("Name, e-mail address or code").fill(ANA)
    page.get_by_role("button", name="Check in: Ana").click()
    expect(page.get_by_role("listitem").or_(page.get_by_role("status")).first).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Not told yet: 1")
    assert office.room.logged("Event Attended") == []
    # The page closes, and is opened again: nothing is lost, and Ana is in.
    page.reload()
    page.get_by_label("Name, e-mail address or code").fill(code_of(DAY, office.room.ref(ANA)))
    expect(page.get_by_role("listitem")).to_contain_text("checked in")
    page.context.set_offline(False)
    expect(page.get_by_role("status")).to_have_text("Ready.", timeout=20_000)
    assert len(office.room.logged("Event Attended")) == 1


def test_when_the_event_is_over_the_device_forgets_its_guests(
    office: Office, page_of: PageOf
) -> None:
    comes(office.room)
    page = page_of(f"{office.url}{link(office.room)}")
    expect(page.get_by_role("status")).to_have_text("Ready.")
    page.clock.set_system_time("2027-03-06T12:00:00Z")
    office.room.clock.forward(days=400)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text("There is nothing here")).to_be_visible()
    left = "Promise.all([indexedDB.databases(), caches.keys()]).then((all) => all.flat().length)"
    assert page.evaluate(left) == 0


@pytest.mark.parametrize("language", ["en", "nb"])
def test_axe_finds_nothing_wrong_with_any_page_of_a_form(
    office: Office, page_of: PageOf, language: str
) -> None:
    page = page_of("", bypass_csp=True)
    paths = [f"/f/{form.key}?lang={language}" for form in office.room.bundle.forms]
    found: list[str] = []
    for path in (*paths, f"/f/join/resume?lang={language}", link(office.room)):
        page.goto(f"{office.url}{path}")
        found += [f"{path}: {fault}" for fault in violations(page)]
    # A form that could not be sent yet, and one that takes a résumé after it.
    page.goto(f"{office.url}/f/join?lang={language}")
    office.room.clock.forward(minutes=1)
    page.get_by_role("button").click()
    found += [f"summary: {fault}" for fault in violations(page)]
    page.locator("[name='f.email']").fill(ANA)
    page.get_by_role("combobox").first.select_option("nursing")
    page.get_by_role("button").click()
    expect(page.locator("input[type=file]")).to_be_visible()
    found += [f"résumé: {fault}" for fault in violations(page)]
    assert found == []
    print(f"axe-core in {language}: {len(paths) + 4} pages, 0 faults")
