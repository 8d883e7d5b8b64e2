"""What the console saves, on the real API: it is in the live bundle, and nobody is written over."""

from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Page, expect

from rapport.domain.operators import Role
from rapport.editing import Save
from tests.support.browser import PageOf
from tests.support.console import DESKTOP, PHONE, WIDER, ConsoleDoor, console, violations
from tests.support.operating import Office

CAMPAIGN = "rota-evening"


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[ConsoleDoor]:
    with console(Office(), monkeypatch) as made:
        yield made


def test_what_a_marketer_saves_is_live_at_once(door: ConsoleDoor, page_of: PageOf) -> None:
    page = page_of(viewport=DESKTOP, locale="en-GB")
    door.enter(page, "/segments/new?when=person.reachable", Role.MARKETER)
    page.get_by_label("Name", exact=True).fill("With an address")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Make a campaign for them").click()
    page.get_by_label("Name", exact=True).fill("Spring")
    english = page.get_by_role("group", name="English")
    english.get_by_label("Subject").fill("Spring is here")
    english.get_by_label("Text").fill("Come by.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Spring")
    bundle, _ = door.office.desk.saving.live()
    spring = bundle.campaign("spring")
    assert spring is not None
    assert (spring.segment, spring.authors) == ("with-an-address", ("operator",))
    page.get_by_role("button", name="Judge everybody").click()
    expect(page.get_by_text("0 of 0 judged so far")).to_be_visible()


def test_who_may_approve_sees_how_many_wait_for_their_word_and_which(
    door: ConsoleDoor, page_of: PageOf
) -> None:
    page = page_of(viewport=DESKTOP, locale="en-GB")
    door.enter(page, f"/campaigns/{CAMPAIGN}", Role.MARKETER)
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_text("name of operator asked for approval.")).to_be_visible()
    expect(page.get_by_role("button", name="Ask for approval")).to_have_count(0)
    door.issuer.subject = "boss"
    other = page_of(viewport=PHONE, locale="en-GB")
    door.enter(other, "/campaigns", Role.APPROVER)
    other.get_by_role("button", name="Menu").click()
    expect(other.get_by_role("link", name="Campaigns 1 to approve")).to_be_visible()
    waiting = other.get_by_role("region", name="Waiting for your approval")
    assert violations(other) == []
    assert not other.evaluate(WIDER)
    waiting.get_by_role("link").click()
    other.get_by_role("button", name="Approve", exact=True).click()
    other.get_by_role("dialog").get_by_role("button", name="Approve", exact=True).click()
    expect(other.get_by_text("Approved. Any edit makes that void.")).to_be_visible()
    expect(other.locator("#sections")).not_to_contain_text("to approve")


def test_who_is_slower_is_shown_what_changed_and_nothing_is_lost(
    door: ConsoleDoor, page_of: PageOf
) -> None:
    page = page_of(viewport=DESKTOP, locale="en-GB")
    door.enter(page, f"/campaigns/{CAMPAIGN}/edit", Role.MARKETER)
    page.get_by_label("Name", exact=True).fill("Mine")
    _renamed(door, "Theirs")
    _save(page)
    expect(page.get_by_role("dialog")).to_contain_text("Now: Theirs")
    page.get_by_role("button", name="Leave theirs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Theirs")
    assert _name(door) == "Theirs"


def _save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def _renamed(door: ConsoleDoor, name: str) -> None:
    saving = door.office.desk.saving
    campaign = saving.live()[0].campaign(CAMPAIGN)
    assert campaign is not None
    saving.save(Save(what=msgspec.structs.replace(campaign, name=name)), by="s-2", read="")


def _name(door: ConsoleDoor) -> str:
    campaign = door.office.desk.saving.live()[0].campaign(CAMPAIGN)
    assert campaign is not None
    return campaign.name
