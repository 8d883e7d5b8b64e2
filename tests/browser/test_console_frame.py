"""The frame of the console: sign-in, sections, roles, policy, languages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from rapport.domain.operators import Role
from tests.support.browser import PageOf
from tests.support.console import DESKTOP, PHONE, WIDER, ConsoleDoor, console, violations
from tests.support.operating import Office


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[ConsoleDoor]:
    with console(Office(), monkeypatch) as made:
        yield made


def test_signing_in_leads_to_the_page_that_was_asked_for(door: ConsoleDoor, page_of: PageOf) -> None:
    page = page_of(viewport=PHONE, locale="en-GB")
    page.goto(f"{door.url}/console/candidates?q=a%40b.example")
    assert violations(page) == []
    door.enter(page, "/candidates?q=a%40b.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Candidates")
    assert page.url == f"{door.url}/console/candidates?q=a%40b.example"
    kept = page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]")
    assert kept == [[], ["rapport.session"], ""]
    assert not page.evaluate(WIDER)
    assert violations(page) == []
