"""The page of preferences in a real browser that runs no script: by keyboard, on a small screen.

The page is the real handler's; the stores behind it are in memory.
"""

from collections.abc import Iterator

import pytest

from functions.engage import handler
from local.exchange import Exchange
from rapport.domain.address import ConsentStatus
from rapport.domain.tokens import Purpose, issue
from tests.support.browser import PageOf
from tests.support.gateway import posted
from tests.support.mailroom import ANA, TOPIC, Mailroom
from tests.support.web import serving

SMALL = {"width": 320, "height": 640}
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def room() -> Mailroom:
    """Ana was welcomed."""
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    room.clock.forward(minutes=1)
    return room


@pytest.fixture
def url(room: Mailroom, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The link in her mail."""
    monkeypatch.setattr(handler, "_flow", lambda: room.engage)
    monkeypatch.setattr(handler, "_places", lambda: room.places)
    monkeypatch.setattr(handler, "_alerts", lambda: room.job_alerts)

    def reply(exchange: Exchange) -> None:
        form = {"content-type": exchange.headers.get("content-type", "")}
        event = posted(exchange.path, body=b"".join(exchange.request_body()).decode(), headers=form)
        event["requestContext"]["http"]["method"] = exchange.command
        event["requestContext"]["stage"] = "$default"
        answer = handler.lambda_handler(event, None)
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        kind = headers.pop("content-type")
        exchange.answer(answer["statusCode"], answer["body"].encode(), kind, tuple(headers.items()))

    key = room.mails[-1].tags["send_id"]
    token = issue(room.rings.ring("tokens"), Purpose.UNSUBSCRIBE, key)
    with serving(reply) as port:
        yield f"http://127.0.0.1:{port}/u/{token}"


def test_without_a_script_and_by_keyboard_alone_somebody_takes_a_break(
    room: Mailroom, url: str, page_of: PageOf
) -> None:
    page = page_of(url, java_script_enabled=False, viewport=SMALL)
    page.get_by_role("radio", name="No mail for 3 months").focus()
    page.keyboard.press("Space")
    page.get_by_role("radio", name="Norsk bokmål").focus()
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="New jobs that you asked for").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    state = room.book.addresses[room.ref(ANA)]
    assert state.wishes.paused_until is not None
    assert state.wishes.language == "nb"
    assert state.consents["job-alerts"].status is ConsentStatus.GRANTED
    assert "Lagret" in page.get_by_role("status").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_small_screen_one_press_ends_the_topic_and_nothing_sticks_out(
    room: Mailroom, url: str, page_of: PageOf, scheme: str
) -> None:
    page = page_of(url, viewport=SMALL, color_scheme=scheme)
    assert not page.evaluate(WIDER)
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    page.get_by_role("button", name="Stop “Life and work at our clinics”").click()
    page.get_by_role("status").wait_for()
    state = room.book.addresses[room.ref(ANA)]
    assert state.consents[TOPIC].status is ConsentStatus.WITHDRAWN
    assert "You get no marketing mail from us." in page.get_by_role("status").inner_text()
    assert not page.evaluate(WIDER)
