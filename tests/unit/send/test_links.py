"""Links of a mail: as they were without consent, by number with it, and never to anywhere else."""

import re
from dataclasses import replace

import pytest

from functions.engage.clicks import Visit, is_ahead
from rapport.bundle import Brand
from rapport.domain.tokens import Purpose, issue, verify
from rapport.errors import RetryableError
from rapport.outcomes import MAX_SIGNS, Link
from rapport.ports import Mail
from tests.support.fates import FakeJudgements
from tests.support.mailroom import PUBLIC_URL, Mailroom

SITE = "https://careers.halden.example"
OUT = f"{PUBLIC_URL}/u/v1.k1.token"
HTML = f"""<!doctype html><html><head><style>a:hover{{color:red}}</style></head>
<body><!--[if mso]><a href="{SITE}/kept-as-it-is">x</a><![endif]-->
<div data-block="how-we-hire"><p>Read &amp; see: <A class='b' HREF='{SITE}/how?a=1&amp;b=2'>How</A>
<br><img src="{SITE}/logo.png"></p></div>
<a href="{SITE}/jobs/1#top" data-block="jobs">Nurse</a> <a href="{SITE}/jobs/1#top">again</a>
<a href="https://elsewhere.example/x?utm_source=own">Elsewhere</a>
<a href="mailto:careers@halden.example">Write</a> <a name="anchor">here</a>
<a href="{OUT}">Unsubscribe</a></body></html>"""
TEXT = f"Read: {SITE}/how?a=1&b=2.\n\n({SITE}/jobs/1#top)\nUnsubscribe: {OUT}\n"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"


def sent(*, tracked: bool) -> tuple[Mailroom, Mail, Brand]:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    record = replace(room.record(), tracked=tracked)
    room.book.sends[record.send_key] = record
    room.fates.kept.clear()
    brand = room.bundle.brand
    mail = replace(room.mails[-1], html=HTML, text=TEXT)
    return room, room.linker.linked(mail, record, brand), brand


def visit(room: Mailroom, number: str, *, ahead: bool = False, token: str = "") -> Visit:
    own = issue(room.rings.ring("tokens"), Purpose.CLICK, room.record().send_key)
    return Visit(token=token or own, number=number, agent=IPHONE, ip="192.0.2.7", ahead=ahead)


def test_without_consent_links_stay_direct_and_tell_the_site_only_where_they_stood() -> None:
    room, mail, _ = sent(tracked=False)
    assert mail.tracking is False
    assert "/c/" not in mail.html + mail.text
    utm = "utm_source=rapport&utm_medium=email&utm_campaign=talent-network-welcome"
    escaped = utm.replace("&", "&amp;")
    block = f"{escaped}&amp;utm_content=how-we-hire"
    assert f'HREF="{SITE}/how?a=1&amp;b=2&amp;{block}"' in mail.html
    assert f"{SITE}/how?a=1&b=2&{utm}.\n" in mail.text
    assert f"({SITE}/jobs/1?{utm}#top)" in mail.text
    assert room.record().send_key not in mail.html + mail.text.replace(OUT, "")
    assert not room.fates.kept


def test_what_is_no_link_of_the_site_stays_byte_for_byte() -> None:
    _, mail, _ = sent(tracked=False)
    kept = (f'href="{OUT}"', '"mailto:careers@halden.example"', '<a name="anchor">', "&amp; see")
    for each in (*kept, "https://elsewhere.example/x?utm_source=own", "a:hover{color:red}"):
        assert each in mail.html
    assert f'<!--[if mso]><a href="{SITE}/kept-as-it-is">' in mail.html
    assert "data-block" not in mail.html
    assert re.sub(r"<[aA][^>]*>", "", mail.html) == re.sub(
        r"<[aA][^>]*>", "", HTML.replace(' data-block="how-we-hire"', "")
    )


def test_with_consent_every_link_but_those_back_to_us_leads_by_number() -> None:
    room, mail, _ = sent(tracked=True)
    found = re.findall(rf"{PUBLIC_URL}/c/([^/]+)/(\d+)", mail.html)
    [token] = {token for token, _ in found}
    assert verify(room.rings.ring("tokens"), Purpose.CLICK, token) == room.record().send_key
    assert [int(n) for _, n in found] == [0, 1, 2, 3, 4]
    kept = room.fates.links(room.record().send_key)
    assert [(link.block, link.trap) for link in kept] == [
        ("how-we-hire", False),
        ("jobs", False),
        ("", False),
        ("", False),
        ("", True),
    ]
    assert kept[0].url.startswith(f"{SITE}/how?a=1&b=2&utm_source=rapport")
    assert kept[3].url == "https://elsewhere.example/x?utm_source=own"
    assert OUT in mail.html
    assert OUT in mail.text
    assert mail.tracking is True


def test_a_link_of_the_text_is_the_same_link_of_the_html() -> None:
    _, mail, _ = sent(tracked=True)
    assert re.findall(r"/c/[^/]+/(\d+)", mail.text) == ["0", "1"]
    assert "/0.\n" in mail.text


def test_nobody_can_see_the_hidden_link() -> None:
    _, mail, _ = sent(tracked=True)
    [hidden] = re.findall(r"<a [^>]*aria-hidden[^>]*></a></body>", mail.html)
    assert "display:none" in hidden
    assert 'tabindex="-1"' in hidden


def test_a_mail_links_before_it_is_submitted() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    before = len(room.calls.names)
    room.send.deliver(intent)
    names = room.calls.names[before:]
    assert room.mails[-1].tracking is False
    assert names.index("book.claim") < names.index("mailer.submit")


def test_a_click_leads_to_what_was_linked_and_is_noticed() -> None:
    room, _, _ = sent(tracked=True)
    kept = room.fates.links(room.record().send_key)
    for number, link in enumerate(kept):
        assert room.clicks.follow(visit(room, str(number))) == (link.url, True)
    assert len(room.logged("Mail Reported")) == len(kept)


def test_whoever_follows_a_link_without_end_makes_no_events_without_end() -> None:
    room, _, _ = sent(tracked=True)
    noticed = []
    for _ in range(MAX_SIGNS + 20):
        room.clock.forward(seconds=1)
        url, seen = room.clicks.follow(visit(room, "0"))
        assert url.startswith(SITE)
        noticed.append(seen)
    assert len(room.logged("Mail Reported")) == sum(noticed) == MAX_SIGNS


@pytest.mark.parametrize(
    "number", ["5", "-1", "00", "01", "1e0", "", "x", "٣", "9" * 5_000, "https://evil.example"]
)
def test_a_number_that_is_none_leads_to_the_site(number: str) -> None:
    room, _, _ = sent(tracked=True)
    assert room.clicks.follow(visit(room, number)) == (SITE, False)


@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.CONFIRM, Purpose.REPLY])
def test_a_token_for_something_else_leads_to_the_site(purpose: Purpose) -> None:
    room, _, _ = sent(tracked=True)
    token = issue(room.rings.ring("tokens"), purpose, room.record().send_key)
    assert room.clicks.follow(visit(room, "0", token=token)) == (SITE, False)
    forged = issue({"k1": b"another key".ljust(32)}, Purpose.CLICK, room.record().send_key)
    assert room.clicks.follow(visit(room, "0", token=forged)) == (SITE, False)


def test_whoever_looks_ahead_is_led_and_not_counted() -> None:
    room, _, _ = sent(tracked=True)
    url, noticed = room.clicks.follow(visit(room, "0", ahead=True))
    assert (url.startswith(f"{SITE}/how"), noticed) == (True, False)
    assert not room.logged("Mail Reported")
    assert is_ahead("HEAD", {})
    assert is_ahead("GET", {"sec-purpose": "prefetch;prerender"})
    assert is_ahead("GET", {"purpose": "Prefetch"})
    assert not is_ahead("GET", {"accept": "text/html"})


def test_links_of_somebody_who_was_erased_lead_to_the_site() -> None:
    room, _, _ = sent(tracked=True)
    room.log.erased.add(room.record().subject)
    assert room.clicks.follow(visit(room, "0")) == (SITE, False)


def test_a_reader_is_led_on_also_when_nothing_can_be_noted() -> None:
    room, _, _ = sent(tracked=True)

    class Gone(FakeJudgements):
        def later(self, send_key: str) -> None:
            raise RetryableError

    room.judgements = Gone()
    url, noticed = room.clicks.follow(visit(room, "0"))
    assert (url.startswith(f"{SITE}/how"), noticed) == (True, False)


def test_a_link_without_consent_any_more_still_leads() -> None:
    room, _, _ = sent(tracked=True)
    key = room.record().send_key
    room.book.sends[key] = replace(room.record(), tracked=False)
    assert room.clicks.follow(visit(room, "0"))[1] is False


def test_links_are_kept_whatever_their_addresses_hold() -> None:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    record = replace(room.record(), tracked=True)
    hostile = (
        '<a href="javascript:alert(1)">x</a><a href="https://[">y</a><a href=\'//z.example\'>z</a>'
    )
    mail = replace(room.mails[-1], html=hostile, text="https://[ http://")
    led = room.linker.linked(mail, record, room.bundle.brand)
    assert led.html.startswith(hostile)
    assert [link for link in room.fates.links(record.send_key) if not link.trap] == []
    assert isinstance(room.fates.links(record.send_key)[0], Link)
