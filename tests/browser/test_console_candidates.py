"""Candidates in the console: found, filtered, told of in full, written to, stopped, forgotten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from functions.desk import routes_search
from rapport.domain.operators import Role
from rapport.uploads import CLEAN, MEDIA_TYPES, NEW, Resume
from tests.support.browser import PageOf
from tests.support.console import DESKTOP, PHONE, WIDER, ConsoleDoor, console, violations
from tests.support.console_people import candidate
from tests.support.operating import Office, Somebody

# What people type who want more than an answer.
EVIL = (
    "<script>document.body.dataset.ran = 1</script>",
    '"\'><img src=x onerror="document.body.dataset.ran=2">',
    "<svg/onload=document.body.dataset.ran=3>",
    "javascript:document.body.dataset.ran=4//",
    "</title></textarea><iframe srcdoc='<script>parent.document.body.dataset.ran=5</script>'>",
    "{{constructor.constructor('document.body.dataset.ran=6')()}}",
    "\u202e<details open ontoggle=document.body.dataset.ran=7>",
)


@dataclass(kw_only=True)
class World:
    door: ConsoleDoor
    kari: Somebody


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    office = Office()
    kari = candidate(office)
    with console(office, monkeypatch) as door:
        yield World(door=door, kari=kari)


def opened(world: World, page: Page, path: str, *roles: Role) -> None:
    world.door.enter(page, path, *roles)
    expect(page.locator("main")).to_have_attribute("aria-busy", "false")


def settled(page: Page) -> None:
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_by_an_address_one_is_found_and_opened_by_keyboard(world: World, page_of: PageOf) -> None:
    page = page_of(locale="en-GB", viewport=DESKTOP)
    opened(world, page, "/candidates")
    page.get_by_label("E-mail address, phone number or id").fill(" kari@people.example ")
    page.keyboard.press("Enter")
    row = page.get_by_role("link", name="Kari Nordmann")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kari Nordmann")
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    page.go_back()
    expect(row).to_be_visible()
    page.get_by_label("E-mail address, phone number or id").fill("nobody@people.example")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Only whole addresses, numbers and ids are found")).to_be_visible()


def test_filters_write_a_condition_that_is_counted_and_saved_and_shown_again(
    world: World, page_of: PageOf
) -> None:
    page = page_of(locale="en-GB", viewport=DESKTOP)
    opened(world, page, "/candidates")
    page.get_by_text("Build a filter").click()
    page.get_by_label("Within how many days").fill("40")
    page.get_by_role("button", name="Add filter").click()
    page.locator("select[name=kind]").select_option("country")
    page.get_by_label("Country", exact=True).fill("no")
    page.get_by_label("The opposite of it").check()
    page.get_by_role("button", name="Add filter").click()
    written = page.get_by_role("textbox", name="Condition")
    expect(written).to_have_value(
        'person.did("Job Viewed", 40) && !(person.country == "NO")',
    )
    count = page.locator(".count").last
    expect(count).to_contain_text("0 people")
    page.get_by_role("button", name="Remove not: Country: NO").click()
    expect(count).to_contain_text("1 person (")
    expect(count).to_contain_text("$0.0000")
    written.fill('person.country == "NO')
    written.blur()
    expect(page.locator(".builder .wrong:not([hidden])")).to_be_visible()
    written.fill('person.country == "NO"')
    written.blur()
    expect(count).to_contain_text("1 person (")
    page.get_by_role("button", name="Save as a segment").click()
    page.get_by_label("Name of the segment").fill("Everybody in Norge")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#notices")).to_contain_text("“Everybody in Norge” is saved")
    expect(page.get_by_role("link", name="Kari Nordmann")).to_be_visible()
    assert page.url.endswith("?segment=everybody-in-norge")
    bundle = world.door.office.bundle
    assert bundle is not None
    [saved] = [each for each in bundle.segments if each.key == "everybody-in-norge"]
    assert saved.when == 'person.country == "NO"'


def test_a_candidate_has_events_and_alerts_by_what_they_are_called(
    world: World, page_of: PageOf
) -> None:
    page = page_of(locale="nb-NO", viewport=PHONE)
    opened(world, page, f"/candidates/{world.kari.id}", Role.VIEWER)
    events = page.get_by_role("region", name="Arrangementer")
    expect(events.get_by_role("listitem")).to_contain_text(re.compile("^Åpen dag.*har plass"))
    alerts = page.get_by_role("region", name="Jobbvarsler")
    expect(alerts.get_by_role("listitem")).to_contain_text(
        re.compile("Fagfelt *nursing *Sted *Kari")
    )
    expect(alerts).to_contain_text("de har ikke endret noe selv")


def test_everybody_of_a_filter_goes_on_a_list_after_they_were_counted(
    world: World, page_of: PageOf
) -> None:
    page = page_of(locale="en-GB", viewport=DESKTOP)
    opened(world, page, "/candidates?when=person.reachable")
    page.get_by_role("button", name="Put all of them on a list").click()
    page.get_by_role("dialog").get_by_label("List").fill("summer-2027")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 person is not on “summer-2027” yet.")
    page.get_by_role("button", name="Put them on it").click()
    expect(page.locator("#notices")).to_contain_text("1 person is now on “summer-2027”.")
    joined = [e for e in world.door.office.log.rows.values() if e.type == "List Joined"]
    assert len(joined) == 1


def test_more_than_one_call_can_take_go_on_a_list_and_a_list_is_a_campaigns_audience(
    world: World, page_of: PageOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = world.door.office
    for number in range(4):
        office.add(f"more-{number}", country="NO")
    monkeypatch.setattr(routes_search, "MAX_PEOPLE", 2)
    page = page_of(locale="en-GB", viewport=DESKTOP)
    opened(world, page, "/candidates?when=person.reachable", Role.MARKETER)
    page.get_by_role("button", name="Put all of them on a list").click()
    page.get_by_role("dialog").get_by_label("List").fill("summer-2027")
    page.get_by_role("button", name="Count").click()
    page.get_by_role("button", name="Put them on it").click()
    expect(page.locator("#notices")).to_contain_text("5 people are now on “summer-2027”.")
    joined = [e for e in office.log.rows.values() if e.type == "List Joined"]
    assert (len(joined), len({e.partition for e in joined})) == (5, 5)
    page.goto(f"{world.door.url}/console/segments")
    row = page.get_by_role("row").filter(has_text="summer-2027")
    expect(row).to_contain_text("people put on it")
    page.goto(f"{world.door.url}/console/campaigns/new")
    expect(page.locator("option[value='summer-2027']")).to_have_count(1)


@pytest.mark.parametrize("where", ["segment", "list"])
def test_people_are_taken_out_as_a_file_by_whoever_may(
    world: World, page_of: PageOf, where: str
) -> None:
    office = world.door.office
    assert office.bundle is not None
    paths = {
        "segment": f"/segments/{office.bundle.segments[0].key}",
        "list": "/candidates?list=nurses",
    }
    page = page_of(locale="en-GB", viewport=PHONE)
    opened(world, page, paths[where], Role.RECRUITER)
    page.get_by_role("button", name="Take them out as a file").click()
    dialog = page.get_by_role("dialog")
    for column in ("Id", "Phone number", "Lists"):
        dialog.get_by_label(column, exact=True).uncheck()
    dialog.get_by_role("button", name="Write the file").click()
    expect(page.get_by_text("Being written")).to_be_visible()
    [made] = office.write_tables(most=1)
    assert made is not None
    expect(page.get_by_text(re.compile("The file tells of"))).to_contain_text(str(made.people))
    link = page.get_by_role("link", name="Fetch the file")
    assert str(link.get_attribute("href")).endswith(".csv")
    [content] = office.rooms.exports.files.values()
    head = content.decode("utf-8-sig").splitlines()[0]
    assert head == "first_name,last_name,email,country,locale,job_category,last_seen,consents"
    assert violations(page) == []
    assert not page.evaluate(WIDER)


def test_who_may_only_look_takes_nothing_out(world: World, page_of: PageOf) -> None:
    page = page_of(locale="en-GB", viewport=DESKTOP)
    opened(world, page, "/candidates?list=nurses", Role.VIEWER)
    expect(page.get_by_role("link", name="Kari Nordmann")).to_be_visible()
    expect(page.get_by_role("button", name="Take them out as a file")).to_have_count(0)


def test_a_candidate_is_noted_on_stopped_allowed_and_written_to_once_for_two_clicks(
    world: World, page_of: PageOf
) -> None:
    page = page_of(locale="en-GB", viewport=PHONE)
    opened(world, page, f"/candidates/{world.kari.id}?tab=timeline")
    page.get_by_role("button", name="Note", exact=True).click()
    page.get_by_role("dialog").get_by_label("Note").fill("Called her.")
    page.get_by_role("button", name="Keep the note").dblclick()
    expect(page.locator("#notices")).to_contain_text("Noted.")
    expect(page.get_by_role("tabpanel")).to_contain_text("Called her.")
    page.get_by_role("button", name="Stop contact").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop contact").click()
    expect(page.get_by_text("Contact stopped", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Allow contact again").click()
    page.get_by_role("dialog").get_by_role("button", name="Allow contact again").click()
    expect(page.get_by_role("button", name="Stop contact")).to_be_visible()
    page.get_by_role("button", name="Write a mail").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Subject: Fill this in.")
    page.get_by_label("Subject").fill("Hello")
    page.get_by_label("Text", exact=True).fill("Are you well?")
    page.get_by_role("button", name="Send").dblclick()
    expect(page.locator("#notices")).to_contain_text("It is on its way.")
    types = [event.type for event in world.door.office.log.rows.values()]
    assert (types.count("Note Written"), types.count("Message Written")) == (2, 1)


def test_erasing_takes_the_phrase_and_tells_when_nothing_is_left(
    world: World, page_of: PageOf
) -> None:
    page = page_of(locale="en-GB", viewport=DESKTOP)
    opened(world, page, f"/candidates/{world.kari.id}", Role.PRIVACY)
    page.get_by_role("button", name="Erase").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("Asked for it")
    dialog.get_by_label("Type “erase").fill("erase")
    dialog.get_by_role("button", name="Erase for good").click()
    expect(dialog.get_by_role("alert")).to_contain_text("That is not the phrase.")
    asked = world.door.office.rooms.asked_of_privacy
    assert asked.queue == []
    dialog.get_by_label("Type “erase").fill(f"erase {world.kari.id}")
    dialog.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("In work. You may leave this page")).to_be_visible()
    assert [message["do"] for message in asked.queue] == ["erase"]


def test_what_candidates_typed_is_shown_and_does_nothing(world: World, page_of: PageOf) -> None:
    page = page_of(locale="en-GB", viewport=PHONE)
    somebody = candidate(world.door.office, "evil", " ".join(EVIL), days=3)
    world.door.enter(page, "/candidates")
    shown = 0
    for tab in ("overview", "timeline", "why"):
        page.goto(f"{world.door.url}/console/candidates/{somebody.id}?tab={tab}")
        settled(page)
        text = page.locator("main").inner_text()
        shown += sum(text.count(" ".join(evil.split())) for evil in EVIL)
        assert page.evaluate("document.body.dataset.ran") is None
        assert page.locator("main :is(script, img, svg, iframe, details[open])").count() == 0
        links = page.locator("main a").evaluate_all("all => all.map((each) => each.protocol)")
        assert set(links) <= {"http:"}
    page.goto(f"{world.door.url}/console/candidates?when=person.reachable")
    settled(page)
    assert page.evaluate("document.body.dataset.ran") is None
    assert not page.evaluate(WIDER)
    assert shown > len(EVIL)
    print(f"texts that want to run {len(EVIL)}, shown {shown} times, ran 0")


def test_every_page_of_candidates_fits_a_phone_and_is_clean_for_axe(
    world: World, page_of: PageOf
) -> None:
    candidate(world.door.office, "per", "Per-" + "x" * 60, days=3)
    found: list[str] = []
    pages = 0
    for size, locale, scheme in ((PHONE, "nb-NO", "dark"), (DESKTOP, "en-GB", "light")):
        page = page_of(locale=locale, viewport=size, color_scheme=scheme)
        world.door.enter(page, "/candidates")
        for path in (
            "/candidates",
            "/candidates?when=person.reachable",
            "/segments",
            f"/candidates/{world.kari.id}",
            f"/candidates/{world.kari.id}?tab=timeline",
            f"/candidates/{world.kari.id}?tab=why",
        ):
            page.goto(f"{world.door.url}/console{path}")
            settled(page)
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            pages += 1
            found += [f"{path}: {each}" for each in violations(page)]
            assert not page.evaluate(WIDER), path
        page.get_by_role("button", name=re.compile("Erase|Slett")).click()
        found += violations(page)
    assert found == []
    print(f"axe: violations {len(found)} on {pages} pages, with a dialog")


def test_somebody_whom_one_may_not_see_is_nobody(world: World, page_of: PageOf) -> None:
    page = page_of(locale="en-GB", viewport=DESKTOP)
    opened(world, page, "/candidates/p_nobody")
    expect(page.get_by_role("alert")).to_contain_text("There is no such thing")


def test_an_export_is_asked_for_and_opened_by_links_that_end(world: World, page_of: PageOf) -> None:
    page = page_of(locale="en-GB", viewport=DESKTOP)
    opened(world, page, f"/candidates/{world.kari.id}", Role.PRIVACY)
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Make the export").click()
    expect(page.get_by_text("In work. You may leave this page")).to_be_visible()
    rooms = world.door.office.rooms
    [asked] = rooms.asked_of_privacy.queue
    rooms.exports.there |= {f"{asked['name']}.json", f"{asked['name']}.html"}
    expect(page.get_by_role("heading", name="The export is ready")).to_be_focused()
    link = page.get_by_role("link", name="Open as a page")
    assert str(link.get_attribute("href")).endswith(f"{asked['name']}.html")


def test_resumes_are_named_with_their_verdict_and_only_a_harmless_one_has_a_link(
    world: World, page_of: PageOf
) -> None:
    office = world.door.office
    form, root = office.desk.whole.forms[0].key, office.desk.person(world.kari.id).root
    office.rooms.resumes.held[root] = [
        Resume(
            key=f"{place}{form}/x/{number:08x}{0:024x}",
            form=form,
            clean=place == CLEAN,
            size=1000,
            at=office.clock(),
            media_type=MEDIA_TYPES["pdf"] if place == CLEAN else "",
        )
        for number, place in enumerate((CLEAN, NEW))
    ]
    page = page_of(locale="en-GB", viewport=DESKTOP)
    opened(world, page, f"/candidates/{world.kari.id}", Role.RECRUITER)
    page.get_by_role("button", name="Résumés").click()
    expect(page.get_by_role("heading", name="Résumés")).to_be_focused()
    link = page.get_by_role("link", name="resume-00000000.pdf")
    assert str(link.get_attribute("href")).startswith("https://files.example/resumes/clean/")
    waiting = page.get_by_role("listitem").filter(has_text="resume-00000001")
    expect(waiting).to_contain_text("Not looked at yet")
    expect(waiting.get_by_role("link")).to_have_count(0)
