"""A visitor's hand in the mailbox: links are followed as a person and a mail program do."""

from typing import Any

import pytest

from local import inbox
from local.exchange import Exchange
from local.inbox import Inbox, RefusedError
from tests.support.web import Recorded, Serve

PAGE = b"""<form method="get"><input name="q"></form>
<form method="POST" action="/f/confirm"><input type="hidden" name="t" value="a&amp;b">
<input type="checkbox" name="more" value="1"><button name="go" value="yes">Yes</button></form>
<input name="outside" value="x">"""


def _mail(port: int, **changes: Any) -> dict[str, Any]:
    link = f"http://127.0.0.1:{port}/f/confirm?t=tok&x=1"
    mail: dict[str, Any] = {
        "subject": "Please confirm",
        "text": f"Press here:\n{link}\n",
        "html": "",
        "headers": {
            "List-Unsubscribe": f"<http://127.0.0.1:{port}/u/tok>, <mailto:u@x.example>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "received_at": "2026-11-23T01:02:03.004Z",
    }
    return mail | changes


def test_confirming_opens_the_page_and_posts_its_form(behind: Recorded) -> None:
    behind.body = PAGE
    assert inbox.confirm(_mail(behind.port)) > 0
    got, posted = behind.requests
    assert (got.method, got.path) == ("GET", "/f/confirm?t=tok&x=1")
    assert (posted.method, posted.path) == ("POST", "/f/confirm")
    assert posted.body == b"t=a%26b&go=yes"
    assert posted.header("Content-Type") == "application/x-www-form-urlencoded"


def test_the_link_is_found_in_the_html_part_too(behind: Recorded) -> None:
    behind.body = PAGE
    html = f'<a href="http://127.0.0.1:{behind.port}/f/confirm?t=a&amp;u=b">Yes</a>'
    inbox.confirm(_mail(behind.port, text="", html=html))
    assert behind.requests[0].path == "/f/confirm?t=a&u=b"


def test_a_page_without_a_form_confirms_nothing(behind: Recorded) -> None:
    behind.body = b"<p>Gone</p>"
    with pytest.raises(RefusedError, match="has no form"):
        inbox.confirm(_mail(behind.port))


def test_a_mail_without_a_link_is_told(behind: Recorded) -> None:
    with pytest.raises(RefusedError, match="no confirmation link"):
        inbox.confirm(_mail(behind.port, text="Hello"))


def test_a_refused_confirmation_is_told(behind: Recorded, serve: Serve) -> None:
    behind.body = PAGE

    def refuse(exchange: Exchange) -> None:
        body = b"".join(exchange.request_body())
        status = 200 if exchange.command == "GET" else 503
        exchange.answer(status, PAGE or body, "text/html")

    with pytest.raises(RefusedError, match="answered 503"):
        inbox.confirm(_mail(serve(refuse)))


def test_unsubscribing_is_one_post_without_a_page(behind: Recorded) -> None:
    inbox.unsubscribe(_mail(behind.port))
    (posted,) = behind.requests
    assert (posted.method, posted.path) == ("POST", "/u/tok")
    assert posted.body == b"List-Unsubscribe=One-Click"


CENTRE = b"""<form method="post" class="stop"><button name="scope" value="topic">No</button></form>
<form method="post"><input type="hidden" name="do" value="save">
<input type="checkbox" name="topic.a" value="on" checked>
<input type="checkbox" name="topic.b" value="on">
<input type="radio" name="often" value="0" checked><input type="radio" name="often" value="12">
<button type="submit">Save</button></form>"""


def test_choosing_posts_the_form_to_save_with_what_was_chosen(behind: Recorded) -> None:
    behind.body = CENTRE
    inbox.choose(_mail(behind.port), {"topic.b": "on", "often": "12"})
    got, posted = behind.requests
    assert (got.path, posted.path) == ("/u/tok", "/u/tok")
    assert posted.body == b"do=save&topic.a=on&often=12&topic.b=on"


def test_a_page_without_preferences_is_told(behind: Recorded) -> None:
    behind.body = PAGE
    with pytest.raises(RefusedError, match="no form to save"):
        inbox.choose(_mail(behind.port), {})


def test_every_counted_link_is_followed_once_as_the_agent_that_is_told(serve: Serve) -> None:
    seen = []

    def lead(exchange: Exchange) -> None:
        seen.append((exchange.path, exchange.headers["User-Agent"]))
        exchange.answer(302, b"", "text/plain")

    port = serve(lead)
    base = f"http://127.0.0.1:{port}"
    html = "".join(f'<a href="{base}/{path}">x</a>' for path in ("c/t/0", "c/t/1", "c/t/0", "u/t"))
    assert inbox.follow(_mail(port, html=html), agent="a scanner") == 2
    assert inbox.follow(_mail(port, html=html), agent="a person", only=1) == 1
    assert seen == [("/c/t/0", "a scanner"), ("/c/t/1", "a scanner"), ("/c/t/1", "a person")]
    with pytest.raises(RefusedError, match="no counted links"):
        inbox.follow(_mail(port), agent="a person")


def test_a_mail_without_one_click_headers_is_told(behind: Recorded) -> None:
    with pytest.raises(RefusedError, match="one click"):
        inbox.unsubscribe(_mail(behind.port, headers={}))
    assert behind.requests == []


def test_the_number_of_a_mail_counts_from_the_oldest(behind: Recorded) -> None:
    behind.body = b'[{"subject":"new"},{"subject":"old"}]'
    box = Inbox(behind.url)
    first = box.wait("a+b@x.example", 1, seconds=0)
    assert first == {"subject": "old"}
    assert behind.requests[0].path == "/messages?to=a%2Bb%40x.example"
    assert box.wait("a@x.example", 3, seconds=0) is None


def test_a_moment_is_read_to_the_millisecond() -> None:
    assert inbox.received_ms(_mail(1)) == 1_795_395_723_004
