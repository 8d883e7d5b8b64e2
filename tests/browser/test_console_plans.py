"""Forms, segments, imports, the report and the brake in the console; on recorded answers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, expect

from local.exchange import Exchange
from rapport.bundle import encode
from rapport.domain.numbers import Step
from rapport.domain.operators import Role
from rapport.domain.reasons import Reason
from rapport.forms import FIELD_KINDS, KINDS, OPT_INS
from rapport.importing.columns import FIELDS
from rapport.importing.ports import Stage
from tests.support.browser import PageOf
from tests.support.console import DESKTOP, PHONE, WIDER, violations
from tests.support.console_cases import AT, IMPORT, LOOK, UPLOAD, desk, stood
from tests.support.console_desk import ME, RecordedDesk, recorded
from tests.support.plans import furnished, unsaid

PAGES = (
    *("/campaigns", "/campaigns/new", "/campaigns/rota-evening", "/segments", "/segments/new"),
    *("/forms", "/forms/join", "/forms/open-day/edit", "/imports", "/imports/i_0a1b2c3d4e5f"),
    *("/imports/new", "/reports", "/reports/people?by=campaign&step=sent&group=x", "/sending"),
)


@pytest.fixture
def room() -> Iterator[RecordedDesk]:
    with recorded(desk()) as made:
        yield made


def opened(room: RecordedDesk, page_of: PageOf, path: str) -> Page:
    page = page_of(viewport=DESKTOP, locale="en-GB", timezone_id="Europe/Oslo")
    room.enter(page, path)
    return page


def test_every_page_is_clean_for_screen_readers_and_fits_a_phone_in_norwegian(
    room: RecordedDesk, page_of: PageOf
) -> None:
    page = page_of(viewport=PHONE, locale="nb-NO")
    found: dict[str, list[str]] = {}
    for path in PAGES:
        room.enter(page, path)
        page.wait_for_load_state("networkidle")
        found[path] = violations(page)
        assert not page.evaluate(WIDER), path
    print(f"{len(PAGES)} pages, {sum(map(len, found.values()))} violations")
    assert not any(found.values()), found


def test_everything_that_the_engine_can_say_has_words_in_both_languages(
    room: RecordedDesk, page_of: PageOf
) -> None:
    page = opened(room, page_of, "/sending")
    words = page.evaluate(
        f"import('/console/{room.files.version}/words.js').then((m) => m.allWords())"
    )
    wanted = {
        *(f"reason.{each.value}" for each in Reason),
        *(f"step.{each.value.replace(' ', '_').replace(':', '')}" for each in Step),
        *(f"forms.kind.{each}" for each in KINDS),
        *(f"forms.opt_in.{each}" for each in OPT_INS),
        *(f"forms.how.{each}" for each in FIELD_KINDS),
        *(f"imports.field.{each}" for each in FIELDS),
        *(f"imports.stage.{each.value}" for each in Stage),
    }
    for language in ("en", "nb"):
        assert wanted - words[language].keys() == set()
    assert words["en"].keys() == words["nb"].keys()


def test_a_form_is_made_with_a_question_of_ones_own_and_seen_as_it_is_made(
    room: RecordedDesk, page_of: PageOf
) -> None:
    page = opened(room, page_of, "/forms/new")
    for name, text in (
        ("Title", "Join us"),
        ("Introduction", "Say hello."),
        ("Thanks", "Thank you."),
    ):
        page.get_by_label(f"{name} (English)").fill(text)
        page.get_by_label(f"{name} (Norwegian Bokmål)").fill(f"{text} nb")
    page.get_by_role("button", name="Add a question").click()
    asked = page.get_by_role("group", name="Question 3:")
    asked.get_by_label("Short name of the answer").fill("nights")
    asked.get_by_label("Asked as").select_option("choice")
    asked.get_by_label("Question (English)").fill("Nights? <b>really</b>")
    asked.get_by_label("Question (Norwegian Bokmål)").fill("Netter?")
    for number, text in enumerate(("Gladly", "Never, ever")):
        asked.get_by_role("button", name="Add an answer").click()
        answer = asked.get_by_role("group", name="Answer", exact=True).nth(number)
        answer.get_by_label("Answer (English)").fill(text)
        answer.get_by_label("Answer (Norwegian Bokmål)").fill(text)
    page.get_by_role("checkbox", name="Life and work").check()
    page.get_by_label("Lists that people join with it").fill("nurses, fair-2026")
    shown = page.frame_locator("iframe[title='How it looks']")
    expect(shown.get_by_text("Nights? <b>really</b>")).to_be_visible()
    asked.get_by_role("button", name="Move up").press("Enter")
    expect(page.get_by_role("group", name="Question 2: Nights?")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f'src="{room.url}/f/join-us/embed.js"')).to_be_visible()
    found = {form.key: form for form in room.bundle.forms}["join-us"]
    assert [field.name for field in found.fields] == ["first_name", "nights", "email"]
    assert [option.value for option in found.fields[1].options] == ["gladly", "never-ever"]
    assert (found.lists, found.topics) == (("nurses", "fair-2026"), ("talent-network",))


def test_what_is_opened_and_saved_is_the_same_byte_for_byte_whatever_it_has(
    room: RecordedDesk, page_of: PageOf
) -> None:
    room.bundle = before = furnished(room.bundle, by=ME)
    assert not unsaid(before)
    page = page_of(viewport=DESKTOP, locale="en-GB", timezone_id="America/New_York")
    paths = [
        *(f"/forms/{each.key}/edit" for each in before.forms),
        *(f"/segments/{each.key}" for each in before.segments),
        *(f"/campaigns/{each.key}/edit" for each in before.campaigns),
    ]
    saves = 0
    for path in paths:
        room.enter(page, path)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        saves += 1
    assert [each.path for each in room.asked if each.method == "PUT"] == [
        path.removesuffix("/edit") for path in paths
    ]
    assert encode(room.bundle) == encode(before)
    print(f"opened and saved {saves}, bytes that changed 0")


def test_a_place_that_changes_makes_a_newer_entry_for_calendars(
    room: RecordedDesk, page_of: PageOf
) -> None:
    page = opened(room, page_of, "/forms/open-day/edit")
    page.get_by_label("Called off").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    [occasion] = [form.occasion for form in room.bundle.forms if form.occasion is not None]
    assert (occasion.called_off, occasion.sequence) == (True, 1)


def test_a_segment_is_made_of_filters_counted_and_mailed(
    room: RecordedDesk, page_of: PageOf
) -> None:
    page = opened(room, page_of, "/segments/new")
    page.get_by_label("Name", exact=True).fill("Norwegians")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Add a filter first.")).to_be_visible()
    page.get_by_role("combobox", name="Filter", exact=True).select_option("country")
    page.get_by_role("textbox", name="Country").fill("no")
    page.get_by_role("button", name="Add filter").click()
    expect(page.get_by_text("8,412 people")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Norwegians")
    found = room.bundle.segment("norwegians")
    assert found is not None
    assert found.when == 'person.country == "NO"'
    page.get_by_role("link", name="Make a campaign for them").click()
    expect(page.get_by_label("Segment", exact=True)).to_have_value("norwegians")


def test_a_pool_is_brought_in_only_after_its_columns_and_its_proof_were_said(
    room: RecordedDesk, page_of: PageOf
) -> None:
    sent: list[bytes] = []

    def put(exchange: Exchange) -> None:
        sent.append(b"".join(exchange.request_body()))
        exchange.answer(200, b"", "text/plain", ())

    room.puts = put
    page = opened(room, page_of, "/imports/new")
    content = b"E-mail,Fornavn\nana@inbox.example,=cmd()\n"
    chosen = FilePayload(name="Fair 2026.csv", mimeType="text/csv", buffer=content)
    page.get_by_label("File", exact=True).set_input_files(chosen)
    expect(page.get_by_label("Source")).to_have_value("fair-2026")
    page.get_by_role("button", name="Upload and look at it").dblclick()
    expect(page.get_by_role("heading", name="2. What it would come to")).to_be_focused()
    assert sent == [content]
    expect(page.get_by_role("button", name="Import 5,000 rows")).to_have_count(0)
    page.get_by_label("Column “=cmd()” is").select_option("trait.")
    page.get_by_label("Short name for “=cmd()”").fill("note")
    page.get_by_label("Dates are written").select_option("dmy")
    page.get_by_role("radio", name="They agreed").check()
    page.get_by_label("The words they agreed to").select_option("talent-network-1")
    page.get_by_label("When").fill("2026-04-02")
    page.get_by_label("Where (optional)", exact=True).fill("Stand at the fair")
    said = {**LOOK["columns"], "dates": "dmy"}
    room.told["GET /uploads/{upload}"] = stood("looked", look={**LOOK, "columns": said})
    page.get_by_role("button", name="Look again").click()
    page.get_by_role("button", name="Import 5,000 rows").click()
    (_, looked) = room.calls("POST", f"/uploads/{UPLOAD}/look")
    assert looked.body["columns"]["columns"]["=cmd()"] == "trait.note"
    assert looked.body["columns"]["ignored"] == ["Notat"]
    assert looked.body["claim"]["given_at"] == "2026-04-02T00:00:00Z"
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1,200 people come without proof, are never mailed")
    assert room.calls("POST", f"/uploads/{UPLOAD}/start") == []
    room.told["GET /uploads/{upload}"] = stood("started", **{"import": IMPORT["import"]})
    dialog.get_by_role("button", name="Import 5,000 rows").click()
    expect(page.get_by_text("8 of 20 pages are done")).to_be_visible()
    (started,) = room.calls("POST", f"/uploads/{UPLOAD}/start")
    assert started.body == looked.body


def test_an_import_is_taken_back_once_its_name_was_typed(
    room: RecordedDesk, page_of: PageOf
) -> None:
    room.told["GET /imports/{import}"] = {**IMPORT, "stage": "done", "page": 20}
    room.told["POST /imports/{import}/undo"] = {**IMPORT, "stage": "undoing"}
    page = opened(room, page_of, "/imports/i_0a1b2c3d4e5f")
    expect(page.get_by_text("580 people may be asked once.")).to_be_visible()
    page.get_by_role("button", name="Take it back …").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Take it back …").click()
    assert room.calls("POST") == []
    dialog.get_by_label("Type “fair-2026” to go on.").fill("fair-2026")
    dialog.get_by_role("button", name="Take it back …").click()
    expect(page.get_by_text("It is being taken back.")).to_be_visible()


def test_one_red_button_stops_all_mail_whoever_changed_something_meanwhile(
    room: RecordedDesk, page_of: PageOf
) -> None:
    goes = {
        "stopped": None,
        "modes": {"halden": "live"},
        "first_days": {"halden.example": "2026-11-20"},
    }
    stopped = {**goes, "stopped": {"at": AT, "by": "Kari Holm", "why": "A wrong date"}}
    changed = (412, {"code": "changed", "title": "", "status": 412, "type": ""})
    answers = [changed, stopped]
    room.told["GET /sending"] = {**goes, "_tag": "s-1"}

    def switch(_: object) -> object:
        answer = answers.pop(0)
        room.told["GET /sending"] = {**(goes if answers else stopped), "_tag": f"s-{len(answers)}"}
        return answer

    room.told["PUT /sending"] = switch
    page = opened(room, page_of, "/sending")
    page.get_by_role("button", name="Stop all mail").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("A wrong date")
    dialog.get_by_role("button", name="Stop all mail").dblclick()
    expect(page.get_by_role("button", name="Let mail go again")).to_be_visible()
    puts = room.calls("PUT", "/sending")
    assert [each.body for each in puts] == [{"stopped": True, "why": "A wrong date"}] * 2
    assert [each.if_match for each in puts] == ["s-1", "s-1"]
    page.get_by_role("link", name="Campaigns").click()
    expect(page.get_by_role("status").filter(has_text="All mail is stopped")).to_contain_text(
        "A wrong date"
    )


def test_who_may_not_change_sending_sees_it_and_is_told_who_may(page_of: PageOf) -> None:
    with recorded(desk(Role.MARKETER)) as room:
        page = opened(room, page_of, "/sending")
        expect(page.get_by_text("Only an administrator can change this.")).to_be_visible()
        assert page.get_by_role("main").get_by_role("button").count() == 0


def test_the_report_is_asked_for_by_period_and_group_and_saved_as_a_table(
    room: RecordedDesk, page_of: PageOf
) -> None:
    page = opened(room, page_of, "/reports?since=2026-11-01&until=2026-11-23")
    expect(page.get_by_role("row", name="delivered")).to_contain_text("95%")
    expect(page.get_by_role("row", name="bounced for good")).to_contain_text("5%")
    page.get_by_label("Grouped by").select_option("source")
    page.get_by_label("Also the pool").check()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Source: rota-evening")).to_be_visible()
    asked = room.calls("GET", "/report")[-1]
    assert asked.query == {
        "by": "source",
        "since": "2026-11-01",
        "until": "2026-11-23",
        "people": "yes",
    }
    with page.expect_download() as saving:
        page.get_by_role("button", name="Download as a table").click()
    assert saving.value.suggested_filename == "rapport-2026-11-01-2026-11-23-source.csv"
    assert saving.value.path().read_text(encoding="utf-8").startswith("table,group")
