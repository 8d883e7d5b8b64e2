"""Campaigns in the console: made, looked at, approved, launched, stopped; on recorded answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from rapport.campaigns import USD_PER_MAIL
from rapport.domain.operators import Role
from tests.support.browser import PageOf
from tests.support.console import DESKTOP
from tests.support.console_cases import CAMPAIGN, PREVIEW, desk
from tests.support.console_desk import RecordedDesk, recorded
from tests.support.synth import REPO

MARKETER, APPROVER = Role.MARKETER, Role.APPROVER


@pytest.fixture
def room() -> Iterator[RecordedDesk]:
    with recorded(desk(MARKETER)) as made:
        yield made


def opened(room: RecordedDesk, page_of: PageOf, path: str) -> Page:
    page = page_of(viewport=DESKTOP, locale="en-GB")
    room.enter(page, path)
    return page


def test_a_marketer_makes_a_campaign_without_seeing_a_file(
    room: RecordedDesk, page_of: PageOf
) -> None:
    page = opened(room, page_of, "/campaigns/new?segment=night-shifts")
    expect(page.get_by_text("8,412 people now; about $1.01")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Nætter i Halden")
    english = page.get_by_role("group", name="English")
    english.get_by_label("Subject").fill("Nights, for those who like them")
    english.get_by_label("Text").fill("Hello")
    english.get_by_role("button", name="Insert the first name").click()
    shown = page.frame_locator("iframe[title='How it looks, English']")
    expect(shown.get_by_text("Hello Kari")).to_be_visible()
    norwegian = page.get_by_role("group", name="Norwegian")
    norwegian.get_by_label("Subject").fill("Netter")
    norwegian.get_by_label("Text").fill("<img src=x onerror=alert(1)>")
    page.get_by_label("Testers").fill("kari@inbox.example, ola@inbox.example")
    page.get_by_role("button", name="Save").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nætter i Halden")
    expect(page.get_by_text("Saved.")).to_be_visible()
    (put,) = room.calls("PUT", "/campaigns/naetter-i-halden")
    assert put.body["segment"] == "night-shifts"
    assert put.body["seeds"] == ["kari@inbox.example", "ola@inbox.example"]
    assert put.body["letters"]["en"]["text"].startswith("Hello{% if person.first_name %}")
    assert put.if_match == ""
    assert room.bundle.campaign("naetter-i-halden") is not None


def test_what_is_refused_says_what_to_mend_and_loses_nothing(
    room: RecordedDesk, page_of: PageOf
) -> None:
    page = opened(room, page_of, f"/campaigns/{CAMPAIGN}/edit")
    page.get_by_role("group", name="English").get_by_label("Text").fill("{{ person.salary }}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="person.salary is nothing")).to_be_focused()
    expect(page.get_by_role("group", name="English").get_by_label("Text")).to_have_value(
        "{{ person.salary }}"
    )


def test_what_it_would_come_to_is_told_in_words_once_everybody_is_judged(
    room: RecordedDesk, page_of: PageOf
) -> None:
    page = opened(room, page_of, f"/campaigns/{CAMPAIGN}")
    expect(page.get_by_text("Nobody has asked yet.")).to_be_visible()
    room.told["GET /campaigns/{campaign}/preview"] = PREVIEW
    page.get_by_role("button", name="Judge everybody").click()
    expect(page.get_by_text("8,412 people: 6,020 now, 1,404 held, 988 never.")).to_be_visible()
    expect(page.get_by_text("900: They did not agree to this kind of mail.")).to_be_visible()
    expect(page.get_by_text("1,404 until")).to_contain_text("not a time of day")
    page.get_by_role("button", name="Show up to 10 examples").click()
    expect(page.frame_locator("iframe[title='Dear Ana']").get_by_text("Dear Ana")).to_be_visible()
    assert page.evaluate("self.hurt") is None
    room.told["GET /campaigns/{campaign}/preview"] = {**PREVIEW, "current": False}
    page.reload()
    expect(page.get_by_text("This is from before the last edit.")).to_be_visible()


def test_many_are_mailed_only_when_their_number_was_typed_and_once_however_often_it_is_pressed(
    room: RecordedDesk, page_of: PageOf
) -> None:
    room.told["POST /campaigns/{campaign}/launch"] = lambda _: _moved(room, "running")
    page = opened(room, page_of, f"/campaigns/{CAMPAIGN}")
    page.get_by_role("button", name="Launch …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It goes to 8,412 people at most.")
    go = dialog.get_by_role("button", name="Launch to 8,412 people")
    go.click()
    expect(dialog.get_by_role("alert")).to_be_focused()
    assert room.calls("POST") == []
    dialog.get_by_label("Type “8412” to go on.").fill("8412")
    go.dblclick()
    expect(page.get_by_text("Launched.")).to_be_visible()
    assert len(room.calls("POST", f"/campaigns/{CAMPAIGN}/launch")) == 1
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()


def test_nobody_launches_what_was_edited_while_they_looked(
    room: RecordedDesk, page_of: PageOf
) -> None:
    room.told["GET /count"] = {**room.told["GET /count"], "people": 3}
    page = opened(room, page_of, f"/campaigns/{CAMPAIGN}")
    room.standing[CAMPAIGN] = {"fingerprint": "f" * 64}
    page.get_by_role("button", name="Launch …").click()
    page.get_by_role("button", name="Launch to 3 people").click()
    expect(page.get_by_role("dialog")).to_contain_text("Somebody changed this")
    assert room.calls("POST") == []


def test_somebody_else_approves_and_reads_that_an_edit_voids_it(page_of: PageOf) -> None:
    with recorded(desk(APPROVER)) as room:
        room.told["POST /campaigns/{campaign}/approve"] = lambda _: _moved(room, "draft", ok=True)
        page = opened(room, page_of, f"/campaigns/{CAMPAIGN}")
        expect(page.get_by_role("button", name="Launch …")).to_have_count(0)
        page.get_by_role("button", name="Approve", exact=True).click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("makes your approval void")
        expect(dialog).to_contain_text("9b1f0c6a2d3e4f50")
        dialog.get_by_role("button", name="Approve", exact=True).click()
        expect(page.get_by_text("Approved. Any edit makes that void.")).to_be_visible()
        expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
        _void(room)
        page.reload()
        expect(page.get_by_text("An edit since made that void.")).to_be_visible()


def test_an_author_is_offered_no_approval_of_their_own(page_of: PageOf) -> None:
    with recorded(desk(MARKETER, APPROVER)) as room:
        page = opened(room, page_of, f"/campaigns/{CAMPAIGN}/edit")
        page.get_by_label("Name", exact=True).fill("Mine now")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("so somebody else approves it")).to_be_visible()
        expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)


def test_of_two_who_edit_the_slower_one_sees_what_changed_and_chooses(
    room: RecordedDesk, page_of: PageOf
) -> None:
    page = opened(room, page_of, f"/campaigns/{CAMPAIGN}/edit")
    _renamed(room, "Theirs")
    page.get_by_label("Name", exact=True).fill("Mine")
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Now: Theirs")
    expect(dialog).to_contain_text("With yours: Mine")
    assert dialog.get_by_role("term").all_inner_texts() == ["Name"]
    _renamed(room, "Theirs again")
    dialog.get_by_role("button", name="Save mine over theirs").click()
    expect(page.get_by_role("dialog")).to_contain_text("Now: Theirs again")
    page.get_by_role("button", name="Save mine over theirs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mine")


def test_what_is_under_way_is_paused_with_a_reason_and_shows_how_far_it_is(
    room: RecordedDesk, page_of: PageOf
) -> None:
    _moved(room, "running")
    room.told["POST /campaigns/{campaign}/pause"] = lambda _: _moved(room, "paused")
    page = opened(room, page_of, f"/campaigns/{CAMPAIGN}")
    expect(page.get_by_text("40 of 100 people have had their turn")).to_be_visible()
    expect(page.get_by_text("5 held: It is not a time of day")).to_be_visible()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("dialog").get_by_label("Why").fill("A wrong date")
    page.get_by_role("dialog").get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert [each.body for each in room.calls("POST")] == [{"why": "A wrong date"}]
    row = page.get_by_role("row", name="clicked by a person")
    row.get_by_role("link", name="19 people").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People: clicked by a person")
    (asked,) = room.calls("GET", "/report/people")
    assert asked.query["program"] == f"campaign:{CAMPAIGN}"
    assert asked.query["step"] == "clicked by a person"
    expect(page.get_by_role("rowheader").first).to_contain_text('<img src=x onerror="')


@pytest.mark.parametrize(("sent", "offered"), [(93, True), (98, False)])
def test_what_is_over_can_be_paused_as_long_as_somebody_waits(
    room: RecordedDesk, page_of: PageOf, sent: int, *, offered: bool
) -> None:
    _moved(room, "done")
    held = {"held ramp": 98 - sent} if offered else {}
    room.standing[CAMPAIGN]["counts"] = {"sent": sent, "dropped no_consent": 2, **held}
    page = opened(room, page_of, f"/campaigns/{CAMPAIGN}")
    expect(page.get_by_text("people have had their turn")).to_be_visible()
    assert page.get_by_role("button", name="Pause", exact=True).is_visible() is offered


def test_the_price_of_a_mail_is_the_engines() -> None:
    script = (REPO / "console/campaigns_edit.js").read_text(encoding="utf-8")
    assert f"USD_PER_MAIL = {USD_PER_MAIL:.5f};" in script


def _moved(room: RecordedDesk, state: str, *, ok: bool = False) -> dict[str, Any]:
    approvals = [{"by": "s-2", "by_name": "Ola", "at": PREVIEW["at"], "current": True}]
    launched = {"launched_by": "operator", "launched_at": PREVIEW["at"], "begins": PREVIEW["at"]}
    counts = {"sent": 38, "dropped no_consent": 2, "held quiet_hours": 5}
    room.standing[CAMPAIGN] = {
        "state": state,
        "approved": ok,
        "approvals": approvals if ok else [],
        **({} if state == "draft" else {**launched, "audience": 100, "counts": counts}),
    }
    told: dict[str, Any] = room.of_plans("GET /campaigns")["items"][0]
    return told


def _void(room: RecordedDesk) -> None:
    (approval,) = room.standing[CAMPAIGN]["approvals"]
    room.standing[CAMPAIGN].update(approved=False, approvals=[{**approval, "current": False}])


def _renamed(room: RecordedDesk, name: str) -> None:
    room.rename(CAMPAIGN, name)
