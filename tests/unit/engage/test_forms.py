"""Forms as a browser, a robot and somebody with another person's address meet them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest

from functions.engage import form_routes, handler
from functions.engage.flow import Scope
from functions.engage.signup import Visit
from rapport.domain.address import ConsentStatus
from rapport.domain.decision import FactRef, Intent
from rapport.domain.event import Event, Json, Trust
from rapport.domain.statements import registers_of
from rapport.domain.tokens import Purpose, issue
from rapport.forms import Form
from rapport.signing import MAX_BROWSERS
from tests.support.mailroom import ANA, TOPIC, Mailroom

FORM = "application/x-www-form-urlencoded"
COOKIE = "visitor-of-ana-1"
POSTS = 10_000


class Visitor:
    """Fills in forms through the real handler."""

    def __init__(self, room: Mailroom, *, cookie: str = COOKIE, ip: str = "192.0.2.7") -> None:
        self.room = room
        self.cookie = cookie
        self.ip = ip

    def ask(
        self, method: str, path: str, query: str = "", body: str = "", **headers: str
    ) -> dict[str, Any]:
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "queryStringParameters": dict(parse_qsl(query)) or None,
            "headers": {"content-type": FORM, **headers},
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": self.ip},
                "stage": "$default",
                "requestId": "r",
            },
            "body": body,
            "isBase64Encoded": False,
        }
        return handler.lambda_handler(event, None)

    def opens(self, form: str, language: str = "en", **headers: str) -> dict[str, Any]:
        cookie = f"&visitor={self.cookie}" if self.cookie else ""
        return self.ask("GET", f"/f/{form}", f"lang={language}{cookie}", **headers)

    def page(self, form: str) -> str:
        found = re.search(r'name="page" value="([^"]+)"', self.opens(form)["body"])
        assert found is not None
        return found[1]

    def sends(self, form: str, page: str, **answers: str | tuple[str, ...]) -> dict[str, Any]:
        typed = {"page": page, "visitor": self.cookie, "website": "", **answers}
        return self.ask("POST", f"/f/{form}", "lang=en", urlencode(typed, doseq=True))

    def joins(
        self, answers: Mapping[str, str] | None = None, *, tick: bool = True
    ) -> dict[str, Any]:
        page = self.page("join")
        self.room.clock.forward(seconds=20)
        ticks = {f"topic.{TOPIC}": self.words} if tick else {}
        known = {"f.email": ANA, "f.job_category": "nursing"}
        return self.sends("join", page, **{**known, **ticks, **(answers or {})})

    @property
    def words(self) -> str:
        return self.room.bundle.statement(TOPIC).said("en").hash


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    room = Mailroom()
    monkeypatch.setattr(handler, "_flow", lambda: room.engage)
    monkeypatch.setattr(handler, "_places", lambda: room.places)
    monkeypatch.setattr(handler, "_alerts", lambda: room.job_alerts)
    monkeypatch.setattr(form_routes, "_signup", lambda: room.signup)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "engage")
    return room


def events(room: Mailroom, kind: str = "Talent Network Joined") -> list[Event]:
    return room.logged(kind)


def status(room: Mailroom, topic: str = TOPIC) -> ConsentStatus | None:
    state = room.book.addresses.get(room.ref(ANA))
    word = None if state is None else state.consents.get(topic)
    return None if word is None else word.status


def change(room: Mailroom, key: str, **fields: object) -> Form:
    """Publish a form with other fields."""
    forms = {form.key: form for form in room.bundle.forms}
    forms[key] = msgspec.structs.replace(forms[key], **fields)
    room.publish(msgspec.structs.replace(room.bundle, forms=tuple(forms.values())))
    return forms[key]


def told(event: Event) -> Mapping[str, Json]:
    properties = event.body["properties"]
    assert isinstance(properties, dict)
    return properties


def header(answer: dict[str, Any], name: str) -> str:
    return {key.lower(): str(value) for key, value in answer["headers"].items()}[name]


def wishes(room: Mailroom, event: Event) -> Intent:
    """What the trigger makes of a form's event, for its person."""
    person = room.person(ANA)
    fact = FactRef(
        name="TalentNetworkJoined",
        event_id=event.message_id,
        person=person,
        origin="live",
        occurred_at=event.at,
        received_at=event.received_at,
        log_pk=event.key.pk,
        log_sk=event.key.sk,
    )
    return replace(room.intent(person), fact=fact)


# What a page is


@pytest.mark.parametrize("language", ["en", "nb"])
def test_every_control_is_labelled_nothing_is_ticked_and_looking_leaves_no_trace(
    room: Mailroom, language: str
) -> None:
    for form in room.bundle.forms:
        answer = Visitor(room).opens(form.key, language)
        page = answer["body"]
        assert answer["statusCode"] == 200
        assert f'<html lang="{language}"' in page
        assert "checked" not in page
        controls = set(re.findall(r'<(?:input|select|textarea)[^>]*? id="([^"]+)"', page))
        labels = set(re.findall(r'<label for="([^"]+)"', page))
        wrapped = set(re.findall(r'<label><input type="checkbox" id="([^"]+)"', page))
        assert controls == labels | wrapped
        for topic in form.topics:
            assert room.bundle.statement(topic).said(language).hash in page
    assert not room.log.rows
    assert not room.book.addresses


def test_the_reader_s_language_is_found_by_wish_then_browser_then_brand(room: Mailroom) -> None:
    visitor = Visitor(room)
    assert 'lang="nb"' in visitor.ask("GET", "/f/join", "lang=nb-NO")["body"]
    browser = visitor.ask("GET", "/f/join", **{"accept-language": "da, nb;q=0.8"})
    assert '<html lang="nb"' in browser["body"]
    assert '<html lang="en"' in visitor.ask("GET", "/f/join", "lang=xx")["body"]


def test_only_pages_of_the_form_s_list_may_frame_it_and_no_script_stands_in_it(
    room: Mailroom,
) -> None:
    visitor = Visitor(room)
    alone = visitor.ask("GET", "/f/join")
    policy = header(alone, "content-security-policy")
    assert "frame-ancestors https://careers.halden.example" in policy
    assert "script-src" not in policy
    assert "<script" not in alone["body"]
    framed = visitor.ask("GET", "/f/join", "frame=1")
    assert "script-src 'self'" in header(framed, "content-security-policy")
    assert framed["body"].count("<script") == 1
    change(room, "join", frames=())
    closed = visitor.ask("GET", "/f/join", "frame=1")
    assert "frame-ancestors 'none'" in header(closed, "content-security-policy")
    assert "<script" not in closed["body"]


def test_a_form_that_is_not_there_or_closed_says_so(room: Mailroom) -> None:
    visitor = Visitor(room)
    assert visitor.ask("GET", "/f/nowhere")["statusCode"] == 404
    page = visitor.page("join")
    change(room, "join", open=False)
    assert visitor.opens("join")["statusCode"] == 410
    room.clock.forward(seconds=9)
    closed = visitor.sends("join", page, **{"f.email": ANA, "f.job_category": "nursing"})
    assert closed["statusCode"] == 410
    assert not room.log.rows


# What it becomes

KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "join": ("Talent Network Joined", {"f.job_category": "nursing"}),
    "new-jobs": ("Job Alert Created", {"f.job_category": "nursing", "f.radius_km": "25"}),
    "open-day": ("Event Registered", {"f.first_name": "Ana", "f.guests": "2"}),
    "recommend": ("Referral Made", {"f.works_here": "yes"}),
    "apply-nursing": (
        "Application Started",
        {"f.first_name": "Ana", "f.last_name": "Berg", "f.licences": "registered-nurse"},
    ),
}


@pytest.mark.parametrize("key", KINDS)
def test_each_kind_becomes_its_event_asserted_with_the_form_in_it(room: Mailroom, key: str) -> None:
    kind, answers = KINDS[key]
    page = Visitor(room).page(key)
    room.clock.forward(seconds=20)
    taken = Visitor(room).sends(key, page, **{"f.email": ANA, **answers})
    assert taken["statusCode"] == 200
    [event] = events(room, kind)
    assert (event.source, event.trust) == (f"form-{key}", Trust.ASSERTED)
    assert event.home == room.ref(ANA)
    form = next(form for form in room.bundle.forms if form.key == key)
    assert (told(event)["form"], told(event)["form_version"]) == (key, form.version)
    assert [told(each)["list"] for each in events(room, "List Joined")] == [*form.lists]
    assert registers_of(event)["email"].value == ANA


def test_answers_have_the_types_of_their_questions_and_become_attributes(room: Mailroom) -> None:
    page = Visitor(room).page("join")
    room.clock.forward(seconds=20)
    typed: dict[str, str | tuple[str, ...]] = {
        "f.email": "  Ana@INBOX.halden.example ",
        "f.job_category": "nursing",
        "f.phone": "22 33 44 55",
        "f.years_in_field": "1 234,50",
        "f.can_start": "2027-03-01",
        "f.nights_welcome": "no",
        "f.wards": ("surgery", "emergency"),
        "f.city": "Halden\u202e",
    }
    Visitor(room).sends("join", page, **typed)
    [event] = events(room)
    assert told(event)["traits"] == {
        "years_in_field": "1234.5",
        "can_start": "2027-03-01",
        "nights_welcome": False,
        "wards": ["emergency", "surgery"],
    }
    known = {name: register.value for name, register in registers_of(event).items()}
    assert known == {
        "email": ANA,
        "phone": "+4722334455",
        "job_category": "nursing",
        "city": "Halden",
        "locale": "en",
        "trait.years_in_field": "1234.5",
        "trait.can_start": "2027-03-01",
        "trait.nights_welcome": "no",
        "trait.wards": "emergency, surgery",
    }


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("email", "ana"),
        ("email", "ana@inbox.halden.example\r\nBcc: b@x.example"),
        ("email", ""),
        ("phone", "12"),
        ("years_in_field", "1e9"),
        ("years_in_field", "NaN"),
        ("years_in_field", "٣"),
        ("can_start", "2027-02-30"),
        ("can_start", "20270301"),
        ("nights_welcome", "maybe"),
        ("wards", "kitchen"),
        ("job_category", "piracy"),
        ("country", "XX"),
        ("city", "x" * 81),
    ],
)
def test_a_wrong_answer_is_told_beside_it_and_above_what_was_typed_stays_and_nothing_is_stored(
    room: Mailroom, name: str, typed: str
) -> None:
    answer = Visitor(room).joins({f"f.{name}": typed, "f.first_name": "<b>Ana</b>"})
    page = answer["body"]
    assert answer["statusCode"] == 422
    assert f'href="#f.{name}"' in page
    assert f'id="f.{name}-wrong"' in page
    assert "&lt;b&gt;Ana&lt;/b&gt;" in page
    assert "<b>Ana" not in page
    assert page.count(" checked") == 1, "the box that was ticked"
    assert not room.log.rows
    assert not room.book.addresses


def test_what_the_form_does_not_ask_is_left_alone_and_half_a_form_is_none(room: Mailroom) -> None:
    Visitor(room).joins({"f.status": "hired", "f.trait.x": "1", "userId": "7"})
    [event] = events(room)
    assert told(event)["traits"] == {}
    assert "userId" not in event.body
    page = Visitor(room).page("join")
    room.clock.forward(seconds=20)
    for body in ("", "page", f"page={page}", f"page={page}&f.email", "%ff" * 99, "&" * 5_000):
        answer = Visitor(room).ask("POST", "/f/join", "", body)
        assert answer["statusCode"] == 422
    assert len(events(room)) == 1


# Robots


def test_one_page_handed_in_twice_reloaded_or_gone_back_to_is_one_event(room: Mailroom) -> None:
    visitor, answers = Visitor(room), {"f.email": ANA, "f.job_category": "nursing"}
    page = visitor.page("join")
    room.clock.forward(seconds=20)
    for _ in range(3):
        assert visitor.sends("join", page, **answers)["statusCode"] == 200
        room.clock.forward(minutes=50)
    assert len(events(room)) == 1
    assert visitor.sends("join", page, **answers, **{"f.city": "Moss"})["statusCode"] == 200
    assert len(events(room)) == 2, "a correction is news"


def test_a_robot_is_thanked_and_nothing_of_it_is_kept(room: Mailroom) -> None:
    page = Visitor(room).page("join")
    answers = {"f.email": ANA, "f.job_category": "nursing"}
    assert Visitor(room).sends("join", page, **answers)["statusCode"] == 422, "in no time"
    room.clock.forward(seconds=20)
    trapped = Visitor(room).sends("join", page, **{**answers, "website": "https://x.example"})
    assert not room.log.rows
    human = Visitor(room).sends("join", page, **answers)
    assert trapped["body"] == human["body"]
    assert len(events(room)) == 1


def test_a_page_of_another_form_browser_day_or_maker_is_asked_for_again(room: Mailroom) -> None:
    answers = {"f.email": ANA, "f.job_category": "nursing"}
    page, other = Visitor(room).page("join"), Visitor(room).page("new-jobs")
    room.clock.forward(seconds=20)
    key = "0" * 64
    forged = issue({"k1": b"x" * 32}, Purpose.FORM, key)
    link = issue(room.rings.ring("tokens"), Purpose.UNSUBSCRIBE, key)
    changed = page[:-1] + ("A" if page[-1] != "A" else "B")
    for wrong in (other, forged, link, changed, "", "v1.k1.é.x"):
        assert Visitor(room).sends("join", wrong, **answers)["statusCode"] == 422
    elsewhere = Visitor(room, cookie="somebody-elses")
    assert elsewhere.sends("join", page, **answers)["statusCode"] == 422
    room.clock.forward(hours=24)
    assert Visitor(room).sends("join", page, **answers)["statusCode"] == 422
    assert not room.log.rows


def test_ten_thousand_posts_for_one_address_come_to_one_mail(room: Mailroom) -> None:
    room.alone()
    page = Visitor(room, cookie="").page("new-jobs")
    room.clock.forward(seconds=20)
    # The flow itself: ten thousand pages through the handler would only cost time.
    answers = {"f.email": (ANA,), "f.job_category": ("nursing",), "page": (page,)}
    words = {"topic.job-alerts": (room.bundle.statement("job-alerts").said("en").hash,)}
    signup = room.signup
    for number in range(POSTS):
        visit = Visit(visitor="", languages=(), ip=f"10.{number % 250}.1.1", agent="")
        signup.hand_in("new-jobs", visit, {**answers, **words, "f.city": (f"Town {number}",)})
        room.clock.forward(seconds=8)
    stored = events(room, "Job Alert Created")
    for event in stored:
        room.send.deliver(wishes(room, event))
    print(f"posts for one address {POSTS}, stored {len(stored)}, mails {len(room.mails)}")
    assert len(stored) < POSTS / 60
    assert len(room.mails) == 1
    assert status(room, "job-alerts") is None


def test_one_network_has_an_allowance(room: Mailroom) -> None:
    answers = [Visitor(room).sends("join", "no page of ours")["statusCode"] for _ in range(125)]
    assert answers[-1] == 429
    assert 200 not in answers


# Consent


def test_what_was_ticked_is_proven_with_its_words(room: Mailroom) -> None:
    Visitor(room).joins({"f.country": "SE"})
    [(topic, word)] = room.book.words[room.ref(ANA)]
    statement = room.bundle.statement(TOPIC)
    assert (topic, word.statement, word.statement_hash) == (TOPIC, statement.id, statement.hash)
    assert (word.source, word.jurisdiction, word.language) == ("form:join", "SE", "en")
    [event] = events(room)
    assert word.event_id == f"{event.message_id}:{TOPIC}"
    assert told(event)["consents"] == [
        {
            "topic": TOPIC,
            "statement": statement.id,
            "statement_hash": statement.hash,
            "language": "en",
        }
    ]
    assert status(room) is ConsentStatus.GRANTED
    assert [told(each)["topic"] for each in events(room, "Consent Granted")] == [TOPIC]


def test_words_that_nobody_was_shown_are_agreed_to_by_nobody(room: Mailroom) -> None:
    answer = Visitor(room).joins({f"topic.{TOPIC}": "on"})
    assert answer["statusCode"] == 422
    assert not room.book.words


def test_always_waits_for_the_owner_and_never_waits_for_nobody(room: Mailroom) -> None:
    change(room, "join", opt_in="always")
    Visitor(room).joins()
    assert status(room) is None
    assert len(room.book.words[room.ref(ANA)]) == 1, "what was ticked is proven all the same"
    assert not events(room, "Consent Granted")
    change(room, "join", opt_in="never")
    Visitor(room).joins()
    assert status(room) is ConsentStatus.GRANTED
    assert room.book.addresses[room.ref(ANA)].confirmed_at is not None


def test_a_new_device_is_asked_one_that_is_known_is_not(room: Mailroom) -> None:
    ana, other = Visitor(room), Visitor(room, cookie="somebody-elses-1")
    ana.joins()
    assert status(room) is ConsentStatus.GRANTED, "nobody knew the address"
    alerts = {"topic.job-alerts": room.bundle.statement("job-alerts").said("en").hash}
    for _ in range(2):
        other.joins(alerts, tick=False)
        assert status(room, "job-alerts") is None, "posting twice makes no friend"
    Visitor(room, cookie="").joins(alerts, tick=False)
    assert status(room, "job-alerts") is None
    ana.joins(alerts, tick=False)
    assert status(room, "job-alerts") is ConsentStatus.GRANTED


def test_a_browser_is_known_once_the_owner_confirmed_what_was_asked_from_it(
    room: Mailroom,
) -> None:
    room.alone()
    change(room, "join", opt_in="always")
    ana = Visitor(room)
    ana.joins()
    [event] = events(room)
    room.send.deliver(wishes(room, event))
    link = issue(room.rings.ring("tokens"), Purpose.CONFIRM, room.mails[-1].tags["send_id"])
    room.engage.confirm(link)
    assert status(room) is ConsentStatus.GRANTED
    change(room, "join", opt_in="new-device")
    alerts = {"topic.job-alerts": room.bundle.statement("job-alerts").said("en").hash}
    ana.joins(alerts, tick=False)
    assert status(room, "job-alerts") is ConsentStatus.GRANTED


@pytest.mark.parametrize("opt_in", ["never", "new-device", "always"])
def test_no_form_takes_back_a_no(room: Mailroom, opt_in: str) -> None:
    ana = Visitor(room)
    ana.joins()
    room.alone()
    room.send.deliver(wishes(room, events(room)[0]))
    link = issue(room.rings.ring("tokens"), Purpose.UNSUBSCRIBE, room.mails[-1].tags["send_id"])
    room.engage.unsubscribe(link, Scope.MARKETING, method="one-click")
    room.clock.forward(days=2)
    change(room, "join", opt_in=opt_in)
    ana.joins()
    assert status(room) is ConsentStatus.WITHDRAWN
    room.send.deliver(wishes(room, events(room)[-1]))
    assert room.mails[-1].tags["class"] == "confirmation", "its owner is asked"
    assert status(room) is ConsentStatus.WITHDRAWN


def test_the_answer_and_the_number_of_calls_are_the_same_for_whoever_is_known(
    room: Mailroom,
) -> None:
    def made(visitor: Visitor) -> tuple[str, list[str]]:
        before = len(room.calls.names)
        answer = visitor.joins()
        return answer["body"] + str(answer["headers"]), room.calls.names[before:]

    stranger = made(Visitor(room))
    known_elsewhere = made(Visitor(room, cookie="somebody-elses-1"))
    assert stranger == known_elsewhere
    print(f"calls for a known and an unknown address: {len(stranger[1])} each")


def test_a_tick_on_another_kind_of_form_is_a_wish_that_somebody_hears(room: Mailroom) -> None:
    page = Visitor(room).page("apply-nursing")
    room.clock.forward(seconds=20)
    answers = {**KINDS["apply-nursing"][1], "f.email": ANA, f"topic.{TOPIC}": Visitor(room).words}
    Visitor(room).sends("apply-nursing", page, **answers)
    assert len(events(room)) == 1
    assert status(room) is None, "its opt-in is always"


def test_who_asks_not_to_be_recognised_is_not(room: Mailroom) -> None:
    page = Visitor(room).opens("join", **{"sec-gpc": "1"})["body"]
    assert COOKIE not in page
    page = Visitor(room, cookie="x@y <script>").opens("join")["body"]
    assert 'name="visitor"' not in page


def test_an_address_keeps_the_latest_browsers(room: Mailroom) -> None:
    change(room, "join", opt_in="never")
    for number in range(MAX_BROWSERS + 2):
        Visitor(room, cookie=f"browser-number-{number}").joins()
        room.clock.forward(minutes=10)
    assert len(room.book.addresses[room.ref(ANA)].browsers) == MAX_BROWSERS


def test_a_page_is_good_for_a_day(room: Mailroom) -> None:
    page = Visitor(room).page("join")
    room.clock.moment += timedelta(hours=23)
    answer = Visitor(room).sends("join", page, **{"f.email": ANA, "f.job_category": "nursing"})
    assert answer["statusCode"] == 200
