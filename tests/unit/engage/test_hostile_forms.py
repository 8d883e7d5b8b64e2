"""Forms and what looks like them, as robots and strangers send them: nobody is harmed by it."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from functions.engage import form_routes, handler
from functions.engage.signup import Visit
from rapport.domain.address import ConsentStatus
from rapport.domain.attributes import MAX_TRAITS
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import Namespace
from rapport.domain.statements import merge_registers, registers_of
from tests.support.mailroom import ANA, Mailroom
from tests.unit.engage.test_forms import Visitor, change, events, status

POSTS = 2_000
LOCAL, _, DOMAIN = ANA.partition("@")


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    room = Mailroom()
    monkeypatch.setattr(handler, "_flow", lambda: room.engage)
    monkeypatch.setattr(form_routes, "_signup", lambda: room.signup)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "engage")
    return room


def test_ten_thousand_names_of_one_mailbox_have_the_allowance_of_one(room: Mailroom) -> None:
    page = Visitor(room, cookie="").page("new-jobs")
    room.clock.forward(seconds=20)
    signup = room.signup
    for number in range(POSTS):
        email = f"{LOCAL}+{number}@{DOMAIN}"
        typed = {"f.email": (email,), "f.job_category": ("nursing",), "page": (page,)}
        visit = Visit(visitor="", languages=(), ip=f"10.{number % 250}.1.1", agent="")
        signup.hand_in("new-jobs", visit, typed)
    stored = events(room, "Job Alert Created")
    print(f"posts for one mailbox under {POSTS} names, stored {len(stored)}")
    assert 0 < len(stored) <= 6


@pytest.mark.parametrize("form", ["join", "new-jobs", "open-day", "recommend"])
def test_no_kind_of_form_tells_by_calls_or_words_who_is_known(room: Mailroom, form: str) -> None:
    answers = {"f.job_category": "nursing", "f.first_name": "Ana", "f.works_here": "yes"}

    def made(email: str, cookie: str) -> tuple[str, list[str]]:
        visitor = Visitor(room, cookie=cookie)
        page = visitor.page(form)
        room.clock.forward(minutes=20)
        before = len(room.calls.names)
        answer = visitor.sends(form, page, **{"f.email": email}, **answers)
        assert answer["statusCode"] == 200
        return answer["body"] + str(answer["headers"]), room.calls.names[before:]

    stranger = made(ANA, "visitor-of-ana-1")
    known = made(ANA, "somebody-elses-1")
    room.state(ANA, lambda s: replace(s, confirmed_at=room.clock(), consents={}))
    confirmed = made(ANA, "somebody-elses-2")
    assert stranger == known == confirmed


def test_a_page_of_one_form_taken_to_another_site_says_nothing_there(room: Mailroom) -> None:
    change(room, "join", frames=("https://careers.halden.example",))
    answer = Visitor(room).ask("GET", "/f/join", "frame=1", origin="https://evil.example")
    headers = {name.lower(): str(value) for name, value in answer["headers"].items()}
    assert "evil.example" not in str(headers)
    assert "access-control-allow-origin" not in headers
    page = Visitor(room).page("join")
    room.clock.forward(seconds=20)
    asked = {"f.email": ANA, "f.job_category": "nursing"}
    foreign = Visitor(room, cookie="cookie-of-the-site").sends("join", page, **asked)
    assert foreign["statusCode"] == 422
    assert not room.log.rows


def _looks_like_a_form(source: str, trust: Trust, kind: str, body: dict[str, Json]) -> Event:
    room = Mailroom()
    ana = room.refs.ref(Namespace.EMAIL, ANA)
    return Event(
        partition=ana,
        home=ana,
        type=kind,
        source=source,
        message_id=f"m-{source}-{kind}",
        trust=trust,
        origin=Origin.LIVE,
        original_at=room.clock(),
        sent_at=None,
        received_at=room.clock(),
        at=room.clock() + timedelta(days=1),
        body=body,
    )


TRAITS: dict[str, Json] = {
    **{f"a{n}": "x" for n in range(MAX_TRAITS + 1)},
    "nights_welcome": "no",
}
AS_FORM: dict[str, Json] = {"properties": {"email": ANA, "form": "join", "traits": TRAITS}}
FAKED: tuple[tuple[str, dict[str, Json]], ...] = (
    ("identify", {"traits": {"email": ANA, "custom": TRAITS}}),
    ("identify", {"context": {"traits": {"custom": TRAITS}}}),
    *((kind, AS_FORM) for kind in ("Talent Network Joined", "Event Registered", "Referral Made")),
)


@pytest.mark.parametrize(("kind", "body"), FAKED)
def test_the_key_that_stands_on_every_page_states_no_trait_of_anybody(
    kind: str, body: dict[str, Json]
) -> None:
    own = _looks_like_a_form(
        "form-join",
        Trust.ASSERTED,
        "Talent Network Joined",
        {"properties": {"form": "join", "traits": {"nights_welcome": "yes"}}},
    )
    held = registers_of(own)
    faked = registers_of(_looks_like_a_form("site", Trust.ASSERTED, kind, body))
    after = merge_registers(held, faked)
    assert after["trait.nights_welcome"].value == "yes"
    assert [name for name in after if name.startswith("trait.")] == ["trait.nights_welcome"]
    told = registers_of(_looks_like_a_form("server", Trust.VERIFIED, kind, body))
    assert sum(name.startswith("trait.") for name in told) == MAX_TRAITS, "a server may"


def test_no_post_after_a_no_brings_a_consent_back_whatever_stands_in_it(room: Mailroom) -> None:
    ana = Visitor(room)
    ana.joins()
    word = room.book.addresses[room.ref(ANA)].consents["talent-network"]
    gone = replace(word, status=ConsentStatus.WITHDRAWN, at=room.clock())
    room.state(ANA, lambda s: replace(s, consents={"talent-network": gone}))
    tried = count()
    for opt_in in ("never", "new-device", "always"):
        change(room, "join", opt_in=opt_in)
        for cookie in ("visitor-of-ana-1", "", "another-browser-1"):
            room.clock.forward(hours=1)
            Visitor(room, cookie=cookie).joins()
            assert status(room) is ConsentStatus.WITHDRAWN
            next(tried)
    print(f"consents that were withdrawn, tried {next(tried)}, raised 0")
