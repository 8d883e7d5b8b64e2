"""The frame of the console: sign-in, sections, roles, policy, languages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from rapport.domain.operators import Role
from tests.support.browser import PageOf
from tests.support.console import DESKTOP, PHONE, WIDER, ConsoleDoor, console, violations
from tests.support.operating import Office


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[ConsoleDoor]:
    with console(Office(), monkeypatch) as made:
        yield made


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_signing_in_leads_to_the_page_that_was_asked_for(
    door: ConsoleDoor, page_of: PageOf
) -> None:
    page = page_of(f"{door.url}/console/candidates?q=a%40b.example", viewport=PHONE, locale="en-GB")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert violations(page) == []
    door.enter(page, "/candidates?q=a%40b.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Candidates")
    assert page.url == f"{door.url}/console/candidates?q=a%40b.example"
    kept = page.evaluate(
        "[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]"
    )
    assert kept == [[], ["rapport.session"], ""]
    assert not page.evaluate(WIDER)
    assert violations(page) == []


def test_a_token_that_ended_is_renewed_once_and_nobody_notices(
    door: ConsoleDoor, page_of: PageOf
) -> None:
    page = page_of(locale="en-GB", viewport=DESKTOP)
    door.enter(page, "/candidates")
    door.issuer.tokens.clear()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Candidates")
    assert door.issuer.refreshed == 1


def test_signing_out_forgets_the_tokens_and_a_session_that_ended_asks_again(
    door: ConsoleDoor, page_of: PageOf
) -> None:
    page = page_of(locale="en-GB", viewport=DESKTOP)
    door.enter(page, "/candidates")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Rapport")
    assert page.evaluate("Object.keys(sessionStorage)") == []
    door.enter(page, "/candidates")
    door.issuer.tokens.clear()
    door.issuer.subject = "somebody-else"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Rapport")


def test_a_code_that_this_browser_did_not_ask_for_is_not_taken(
    door: ConsoleDoor, page_of: PageOf
) -> None:
    page = page_of(f"{door.url}/console/welcome?code=code-0&state=forged", locale="en-GB")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Rapport")
    assert "code" not in page.url
    assert door.issuer.tokens == {}


def test_whoever_may_not_is_told_so_and_is_not_shown_the_section(
    door: ConsoleDoor, page_of: PageOf
) -> None:
    page = page_of(locale="en-GB", viewport=DESKTOP)
    door.enter(page, "/candidates", Role.APPROVER)
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is not for you")
    assert page.get_by_role("link", name="Candidates").count() == 0
    assert not [call for call in door.calls if "people" in call]
    page.goto(f"{door.url}/console/nowhere")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    assert violations(page) == []


def test_by_keyboard_one_skips_to_the_content_and_lands_on_the_heading(
    door: ConsoleDoor, page_of: PageOf
) -> None:
    page = page_of(locale="en-GB", viewport=PHONE)
    door.enter(page, "/candidates")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    menu = page.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("aria-expanded") == "true"
    page.get_by_role("link", name="Candidates").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    assert menu.get_attribute("aria-expanded") == "false"


def test_while_all_mail_is_stopped_every_page_says_so(door: ConsoleDoor, page_of: PageOf) -> None:
    door.office.desk.brake.stop(by="Rita", why="<b>test</b>")
    page = page_of(locale="en-GB", viewport=PHONE)
    door.enter(page, "/candidates")
    expect(page.locator(".brake")).to_contain_text("All mail is stopped: Rita")
    expect(page.locator(".brake")).to_contain_text("<b>test</b>")
    assert violations(page) == []


def test_the_policy_lets_nothing_run_that_stands_in_a_page(
    door: ConsoleDoor, page_of: PageOf
) -> None:
    page = page_of(locale="en-GB")
    door.enter(page, "/candidates")
    # Each tries what an injected text would; the page's own script does it through the document.
    ran = page.evaluate(
        """async () => {
          window.ran = [];
          document.body.insertAdjacentHTML('beforeend',
            '<img src=x onerror="ran.push(1)"><p style="color: red" id="styled">x</p>');
          const script = document.createElement('script');
          script.textContent = 'ran.push(2)';
          document.body.append(script);
          const elsewhere = await fetch('http://127.0.0.1:1/').catch((error) => error.message);
          await new Promise((done) => setTimeout(done, 200));
          const style = getComputedStyle(document.getElementById('styled')).color;
          return [window.ran, style === 'rgb(255, 0, 0)', elsewhere];
        }"""
    )
    assert ran == [[], False, "Failed to fetch"]
    answer = page.request.get(f"{door.url}/console/candidates")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-cache"


def test_every_word_is_there_in_both_languages_and_a_page_speaks_one(
    door: ConsoleDoor, page_of: PageOf
) -> None:
    page = page_of(locale="nb-NO", viewport=DESKTOP)
    door.enter(page, "/candidates")
    assert heading(page) == "Kandidater"
    assert page.evaluate("document.documentElement.lang") == "nb"
    words = page.evaluate(
        """async () => {
          const at = document.querySelector('script[type=module]').src;
          const { allWords } = await import(new URL('words.js', at));
          const all = allWords();
          const bare = (text) => JSON.stringify(text).match(/\\{\\w+\\}/g) ?? [];
          const own = (key) => [...new Set(bare(all.en[key]))].sort().join();
          const other = (key) => [...new Set(bare(all.nb[key] ?? ''))].sort().join();
          const keys = Object.keys(all.en);
          return {
            count: keys.length,
            missing: [...keys.filter((key) => !(key in all.nb)),
                      ...Object.keys(all.nb).filter((key) => !(key in all.en))],
            unlike: keys.filter((key) => own(key) !== other(key)),
          };
        }"""
    )
    assert words["missing"] == []
    assert words["unlike"] == []
    page.get_by_label("Språk").select_option("en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Candidates")
    print(f"words of the console: {words['count']}, in both languages")
