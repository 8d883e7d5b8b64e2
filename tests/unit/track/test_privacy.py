"""A visitor's word and a browser's signals, and what is left of a cookie and an address."""

from dataclasses import replace
from typing import Any

import pytest

from rapport.domain.identifiers import Namespace, namespace_of
from rapport.domain.privacy import Privacy, network, privacy_of, with_network
from rapport.extraction import observe
from tests.support.door import BROWSER, REFS, Door, page

GRANTED = {"consent": {"categoryPreferences": {"Analytics": True, "Advertising": False}}}
DENIED = {"consent": {"categoryPreferences": {"analytics": False}}}
ASKING = replace(BROWSER, consent="required")


@pytest.mark.parametrize(
    ("context", "word"),
    [
        (None, ""),
        ({}, ""),
        (GRANTED, "granted"),
        (DENIED, "denied"),
        ({"consent": {"categoryPreferences": {"ANALYTICS": True}}}, "granted"),
        ({"consent": {"categoryPreferences": {"Analytics": "yes"}}}, ""),
        ({"consent": {"categoryPreferences": ["Analytics"]}}, ""),
        ({"consent": True}, ""),
        ({"consentManagement": {"allowedConsentIds": ["Analytics"]}}, "granted"),
        ({"consentManagement": {"allowedConsentIds": {"analytics": "consent_optin"}}}, "granted"),
        ({"consentManagement": {"deniedConsentIds": ["analytics"]}}, "denied"),
        ({"consentManagement": {"allowedConsentIds": ["C0001"], "deniedConsentIds": []}}, ""),
        ({"consentManagement": {"allowedConsentIds": "analytics"}}, ""),
        (GRANTED | {"consentManagement": {"deniedConsentIds": ["analytics"]}}, "denied"),
    ],
)
def test_the_word_on_analytics_is_read_where_sdks_put_it(context: Any, word: str) -> None:
    assert privacy_of(context, gpc=False, dnt=False).analytics == word


@pytest.mark.parametrize("said", [True, 1, "1"], ids=["true", "one", "text"])
@pytest.mark.parametrize("name", ["gpc", "dnt"])
def test_a_signal_counts_whether_the_header_or_the_page_tells_it(name: str, said: Any) -> None:
    assert privacy_of({name: said}, gpc=False, dnt=False).to_json() == {name: True}
    for unsaid in (False, 0, "0", None, "1,1"):
        assert privacy_of({name: unsaid}, gpc=False, dnt=False) == Privacy()
    assert privacy_of({"gpc": False}, gpc=True, dnt=False).to_json() == {"gpc": True}


@pytest.mark.parametrize(
    ("privacy", "assumed", "required"),
    [
        (Privacy(), False, True),
        (Privacy(analytics="granted"), False, False),
        (Privacy(analytics="denied"), True, True),
        (Privacy(gpc=True), True, True),
        (Privacy(dnt=True), True, True),
        (Privacy(gpc=True, dnt=True, analytics="granted"), False, False),
    ],
)
def test_who_did_not_say_yes_is_recognised_for_a_day_where_that_matters(
    privacy: Privacy, assumed: bool, required: bool
) -> None:
    assert privacy.only_a_day(required=False) is assumed
    assert privacy.only_a_day(required=True) is required


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0"),
        (" 203.0.113.0 ", "203.0.113.0"),
        ("2001:db8:1234:5678:9abc:def0:1:2", "2001:db8:1234::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("::1", "::"),
        *((junk, "") for junk in ("", "ana", "203.0.113", "1,2", "203.0.113.77:443", "2130706433")),
    ],
)
def test_of_an_address_only_its_network_is_left(address: str, kept: str) -> None:
    assert network(address) == kept


def test_no_address_is_stored_whole_whoever_names_it() -> None:
    direct: dict[str, Any] = {"context": {"direct": True, "locale": "de"}}
    kept = {"context": {"direct": True, "locale": "de", "ip": "198.51.100.0"}}
    assert with_network(direct, "198.51.100.23") == kept
    for said in (False, "true", 1, None):
        told: dict[str, Any] = {"context": {"direct": said, "ip": "203.0.113.7"}}
        cut = {"context": {"direct": said, "ip": "203.0.113.0"}}
        assert with_network(told, "198.51.100.23") == cut
    junk: Any
    for junk in (5, "ana@inbox.halden.example", ["203.0.113.7"], ""):
        assert with_network({"context": {"ip": junk}}, "198.51.100.23") == {"context": {}}
    assert with_network({}, "198.51.100.23") == {}
    assert with_network({"context": {"direct": True}}, "") == {"context": {"direct": True}}


def at(day: int, message_id: str = "m", **fields: Any) -> dict[str, Any]:
    return page(f"{message_id}-{day}", timestamp=f"2026-11-{day}T23:30:00Z", **fields)


def test_no_other_lasting_id_is_kept_of_who_was_not_asked() -> None:
    """Jitsu tells the cookies of advertisers, apps their device's number."""
    door = Door()
    lasting: Any = {
        "clientIds": {"fbp": "fb.1"},
        "externalIds": [{"type": "ga", "id": "GA1"}],
        "device": {"id": "d-1", "advertisingId": "ad-1", "type": "phone"},
        "locale": "de",
    }
    door.batch(page("m-1", context={**lasting, **DENIED}), page("m-2", context=lasting))
    denied, assumed = (event.body["context"] for event in door.events)
    assert denied == {"device": {"type": "phone"}, "locale": "de", **DENIED}
    assert assumed == lasting


def test_who_was_not_asked_is_another_visitor_every_day() -> None:
    door = Door()
    door.knows(ASKING)
    door.batch(at(21), at(21, "n"), at(22), at(22, "o", anonymousId="a-2"))
    first, same_day, next_day, other = door.events
    assert first.partition == same_day.partition
    assert len({first.partition, next_day.partition, other.partition}) == 3
    assert first.home == first.partition != door.track.refs.ref(Namespace.ANON, "a-1")
    assert door.batch(at(21), at(22)).repeated == 2, "a repeat lands on itself"


def test_without_a_time_of_its_own_a_message_stands_alone() -> None:
    door = Door()
    door.knows(ASKING)
    door.batch(page("m-1"), page("m-2"))
    assert len({event.partition for event in door.events}) == 2
    door.clock.forward(days=2)
    assert door.batch(page("m-1"), page("m-2")).repeated == 2


def test_of_the_cookie_nothing_is_left_in_what_is_stored() -> None:
    door = Door()
    door.knows(ASKING)
    traits = {"anonymousId": "a-1", "plan": ["a-1"]}
    door.batch(at(21, context={"traits": traits, "locale": "de"}))
    [event] = door.events
    assert "a-1" not in str(event)
    assert str(event.body["anonymousId"]).startswith("day-")
    assert event.body["context"] == {
        "traits": {"anonymousId": event.body["anonymousId"], "plan": [event.body["anonymousId"]]},
        "locale": "de",
    }


def test_of_a_cookie_that_an_alias_names_nothing_is_left_either() -> None:
    door = Door()
    door.knows(ASKING)
    for around in ({}, {"anonymousId": "a-1"}):
        alias = {"type": "alias", "messageId": f"m-{len(around)}", "previousId": "a-1"}
        door.batch({**alias, "userId": "u-1", **around})
    for event in door.events:
        assert "a-1" not in repr(event.body)
        assert event.body["previousId"] == event.body["anonymousId"]
        assert observe(event, REFS).strong == (event.home,)


def test_a_cookie_is_kept_when_the_visitor_said_yes_or_was_not_to_be_asked() -> None:
    door = Door()
    door.knows(ASKING)
    door.batch(at(21, context=GRANTED), headers={"sec-gpc": "1"})
    door.knows(BROWSER)
    door.clock.forward(minutes=1)
    door.batch(at(22))
    assert {e.partition for e in door.events} == {door.track.refs.ref(Namespace.ANON, "a-1")}
    assert door.events[0].body["privacy"] == {"gpc": True, "analytics": "granted"}
    assert "privacy" not in door.events[1].body


def test_a_browsers_signal_makes_the_cookie_last_a_day() -> None:
    for headers in ({"sec-gpc": "1"}, {"dnt": "1"}):
        door = Door()
        door.batch(at(21), headers=headers)
        assert door.events[0].partition != door.track.refs.ref(Namespace.ANON, "a-1")
    door = Door()
    door.batch(at(21), key="sk", headers={"sec-gpc": "1"})
    assert door.events[0].partition == door.track.refs.ref(Namespace.ANON, "a-1")
    assert "privacy" not in door.events[0].body, "a server's own headers are not the visitor's"


def test_who_says_a_name_is_known_by_it_all_the_same() -> None:
    door = Door()
    door.knows(ASKING)
    door.batch(at(21, userId="u-1"))
    [event] = door.events
    assert event.home == door.track.refs.ref(Namespace.USER, "u-1")
    assert namespace_of(event.partition) is Namespace.ANON


def test_what_a_browser_tells_of_itself_is_kept_as_sent() -> None:
    told = {
        "campaign": {"source": "newsletter"},
        "page": {"path": "/jobs/7", "referrer": "https://search.example/"},
        "referrer": {"id": "x"},
        "device": {"type": "phone"},
        "userAgent": "a browser",
        "locale": "de-DE",
        "timezone": "Europe/Berlin",
        "screen": {"width": 1920},
    }
    door = Door()
    door.knows(ASKING)
    door.batch(at(21, context=told))
    assert door.events[0].body["context"] == told
