"""What one event says of who its person is: places, normal forms, owners, words of the engine."""

from dataclasses import replace
from typing import Any

import pytest

from rapport import events, records
from rapport.domain import names
from rapport.domain.event import Event, Json
from rapport.domain.identifiers import Namespace, Ref, folded_email, identifier
from rapport.domain.observation import Decree, Observation, Ruling
from rapport.domain.roles import role_of
from rapport.extraction import domain_tag, observe, owner_of, phone
from rapport.vocabulary import TRACKED
from tests.support.door import NOON, REFS
from tests.support.sightings import Sightings, email, named, number, user

ANA = "ana@inbox.halden.example"
PAGE = "https://www.linkedin.com/in/ana-berg"
LINKEDIN = named(Namespace.LINKEDIN, PAGE)
MOBILE = "+47 912 34 567"
COOKIE = {"anonymousId": "c-1"}
IDENTIFY: dict[str, Any] = {"type": "identify", "userId": "7", **COOKIE}


def seen(message: dict[str, Any], *, server: bool = False) -> Observation:
    [observation] = Sightings().tell(message, server=server).observations
    return observation


def track(event: str, **fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, **COOKIE, **fields}


@pytest.mark.parametrize(
    ("traits", "others"),
    [
        ({"email": f" {ANA.upper()} "}, {email(ANA)}),
        ({"emails": [ANA, "ana@work.example"]}, {email(ANA), email("ana@work.example")}),
        ({"email": [ANA]}, {email(ANA)}),
        ({"phone": MOBILE}, {number(MOBILE)}),
        ({"phones": [MOBILE, "0047 22 33 44 55"]}, {number(MOBILE)}),
        ({"phone": "91234567", "country": "no"}, {number(MOBILE)}),
        ({"phone": "91234567", "address": {"country": "NO"}}, {number(MOBILE)}),
        ({"phone": 4791234567}, set()),
        ({"linkedin": PAGE}, {LINKEDIN}),
        ({"linkedin_url": "no.linkedin.com/in/Ana-Berg/"}, {LINKEDIN}),
        ({"linkedinUrl": "in/ana-berg"}, {LINKEDIN}),
        ({"ats": "Lever:halden:a1"}, {named(Namespace.ATS, "lever:halden:a1")}),
        (
            {"ats": [{"vendor": "lever", "instance": "halden", "id": "a1"}, {"id": "a2"}]},
            {named(Namespace.ATS, "lever:halden:a1")},
        ),
        ({"company": {"email": ANA}, "manager_email": ANA}, set()),
    ],
)
def test_traits_name_a_person_in_every_field_that_is_known(
    traits: dict[str, Json], others: set[Ref]
) -> None:
    for message in (IDENTIFY | {"traits": traits}, IDENTIFY | {"context": {"traits": traits}}):
        assert set(seen(message).strong) == {user("7"), *others}


def test_a_number_without_its_country_is_read_by_the_browsers_and_else_is_none() -> None:
    traits: dict[str, Any] = {"traits": {"phone": "912 34 567"}}
    assert number(MOBILE) in seen(IDENTIFY | traits | {"context": {"locale": "nb-NO"}}).strong
    for locale in (None, "nb", "en-US", ["NO"]):
        assert seen(IDENTIFY | traits | {"context": {"locale": locale}}).strong == (user("7"),)


@pytest.mark.parametrize("call", ["page", "screen", "track", "group", "alias", "identify"])
def test_a_groups_traits_describe_the_group_and_an_alias_names_user_ids_alone(call: str) -> None:
    message: dict[str, Any] = {
        "type": call,
        "userId": "7",
        "event": "Job Viewed",
        "groupId": "g",
        **COOKIE,
    }
    message |= {"previousId": "7", "traits": {"email": ANA}}
    about = {user("7")} if call in {"group", "alias"} else {user("7"), email(ANA)}
    assert set(seen(message).strong) == about


@pytest.mark.parametrize("name", [*(cls.event for cls in TRACKED), "Candidate Shortlisted"])
def test_properties_name_whoever_does_an_event_of_the_vocabulary(name: str) -> None:
    """Of events that others make up nobody knows whom their properties describe."""
    found = set(seen(track(name, userId="7", properties={"email": ANA})).strong)
    strangers = {names.REFERRAL_MADE, "Candidate Shortlisted"}
    assert found == ({user("7")} if name in strangers else {user("7"), email(ANA)})


@pytest.mark.parametrize("call", ["page", "screen", "identify"])
def test_the_properties_of_other_calls_describe_what_was_shown(call: str) -> None:
    message = {"type": call, **COOKIE, "properties": {"email": ANA}}
    assert seen(message).strong == ()


def test_a_referred_friend_is_neither_named_nor_the_owner() -> None:
    friend = {"email": "tom@inbox.halden.example", "first_name": "Tom"}
    observation = seen(track(names.REFERRAL_MADE, properties=friend))
    assert (observation.nodes, observation.owner, observation.names) == ((), None, frozenset())


def test_external_ids_of_people_count_by_vendor_and_instance() -> None:
    outside = [
        {"type": "ats:greenhouse:halden", "id": 4711, "collection": "users", "encoding": "none"},
        {"type": "ats:greenhouse:oslo", "id": "4711"},
        {"type": "ats:lever", "id": "no instance"},
        {"type": "ats:lever:halden", "id": "undefined"},
        {"type": "ats:lever:halden", "id": "org", "collection": "accounts"},
        {"type": "ats:lever:halden", "id": "5d41402a", "encoding": "md5"},
        {"type": "email", "id": ANA},
        {"type": "ga_client_id", "id": "1.2"},
        "ats:lever:halden:x",
        None,
    ]
    ats = {named(Namespace.ATS, f"greenhouse:{place}:4711") for place in ("halden", "oslo")}
    message = {"type": "identify", **COOKIE, "context": {"externalIds": outside}}
    for sent in (outside, {"0": outside[0]}):
        context = {"externalIds": sent}
        found = set(seen(message | {"context": context}).strong)
        assert found == (ats | {email(ANA)} if sent is outside else set())


def test_links_clicks_and_devices_name_nobody() -> None:
    context = {
        "page": {"url": f"https://x.example/?rp_click=abc&email={ANA}&gclid=1"},
        "campaign": {"source": "mail", "content": ANA},
        "device": {"id": "d-1", "advertisingId": "a-1"},
        "clientIds": {"ga": "1.2"},
        "ip": "198.51.100.7",
    }
    properties = {"click": "tok", "url": f"mailto:{ANA}", "recruiter": {"email": ANA}}
    message = track("Job Viewed", context=context, properties=properties)
    assert seen(message).nodes == ()


def test_an_alias_ties_two_user_ids_and_is_the_later_ones() -> None:
    told = seen({"type": "alias", "userId": "7", "previousId": "6"}, server=True)
    assert set(told.strong) == {user("6"), user("7")}
    assert (told.alias, told.owner) == ((user("6"), user("7")), user("7"))
    assert told.key.pk == named(Namespace.ANON, "6")


def test_an_alias_of_the_browsers_own_id_ties_nothing() -> None:
    told = seen({"type": "alias", "userId": "7", "previousId": "c-1", **COOKIE})
    assert (told.strong, told.alias, told.key.pk) == ((user("7"),), None, _cookie("c-1"))


def test_of_the_kind_of_mailbox_it_is_noted_on_the_address() -> None:
    told = seen(IDENTIFY | {"traits": {"emails": ["Jobs+Nurse@work.example", ANA]}})
    assert told.tags == {
        email("jobs+nurse@work.example"): {"role:jobs", domain_tag("work.example", REFS)},
        email(ANA): {domain_tag("inbox.halden.example", REFS)},
    }


@pytest.mark.parametrize(
    ("traits", "name"),
    [
        ({"firstName": "Ana", "lastName": " Berg "}, "Ana Berg"),
        ({"first_name": "Ana", "last_name": "Berg", "name": "A. Berg"}, "Ana Berg"),
        ({"name": "Berg,  Ana\u200b"}, "Berg, Ana"),
        ({"firstName": "Ana"}, "Ana"),
        ({"firstName": "Ana", "name": "Ana Berg"}, "Ana Berg"),
        ({"firstName": "undefined", "name": "null"}, ""),
        ({"name": {"first": "Ana"}}, ""),
    ],
)
def test_the_full_name_stands_with_the_owner(traits: dict[str, Json], name: str) -> None:
    told = seen(IDENTIFY | {"traits": traits})
    assert told.names == ({name} if name else set())
    assert told.owner == user("7")


def test_the_title_of_what_was_viewed_is_nobodys_name() -> None:
    told = seen(track("Event Registered", userId="7", properties={"name": "Open day"}))
    assert told.names == set()
    told = seen(track("Event Registered", userId="7", properties={"first_name": "Ana"}))
    assert told.names == {"Ana"}


def test_trust_is_the_keys_and_never_the_bodys() -> None:
    claims = {"trust": "verified", "verified": True, "traits": {"email": ANA, "trust": "verified"}}
    assert not seen(IDENTIFY | claims).verified
    assert seen(IDENTIFY | claims, server=True).verified


def test_a_strong_home_that_the_body_does_not_name_counts() -> None:
    """As of an event whose maker knew whose it is."""
    [event] = Sightings().tell(track("Job Viewed")).door.events
    told = observe(replace(event, home=email(ANA)), REFS)
    assert (told.strong, told.owner) == ((email(ANA),), email(ANA))


def test_at_most_eight_are_named_the_best_first_and_its_home_among_them() -> None:
    many = [f"a{i}@inbox.halden.example" for i in range(40)]
    [event] = (
        Sightings().tell({"type": "identify", **COOKIE, "traits": {"emails": many}}).door.events
    )
    told = observe(event, REFS)
    assert list(told.strong) == sorted(map(email, many))[:8]
    told = observe(replace(event, home=max(map(email, many))), REFS)
    assert len(told.strong) == 8
    assert told.owner == max(map(email, many))


def engine(event: Event) -> Observation:
    return observe(event, REFS)


def test_an_event_of_the_engine_names_its_home_and_proves_nothing() -> None:
    event = records.engine_event(
        events.MailReported.event,
        subject=email(ANA),
        message_id="r_1",
        cause_at=NOON,
        now=NOON,
        properties={"email": "tom@inbox.halden.example", "userId": "8", "send_id": "s"},
    )
    told = engine(replace(event, body={**event.body, "userId": "8", "traits": {"email": "x@y.no"}}))
    assert (told.strong, told.owner, told.verified) == ((email(ANA),), email(ANA), False)
    assert (told.proves, told.decrees) == (frozenset(), ())


def test_a_confirmed_address_is_proved_and_tied_to_nothing() -> None:
    event = records.engine_event(
        events.AddressConfirmed.event,
        subject=user("7"),
        message_id="c_1",
        cause_at=NOON,
        now=NOON,
        properties={"email": ANA, "topic": "t", "statement": "s", "statement_hash": "h"},
    )
    state = Sightings().add(event).state
    assert state.edges == {}
    assert {ref for ref, node in state.nodes.items() if node.verified} == {email(ANA)}
    assert set(state.nodes) == {email(ANA), user("7")}


@pytest.mark.parametrize(
    ("ruling", "about", "nodes"),
    [
        ("apart", [[user("8"), user("7")]], [tuple(sorted((user("7"), user("8"))))]),
        ("together", [[user("7"), email(ANA)]], [(email(ANA), user("7"))]),
        ("blocked", [[email(ANA)]], [(email(ANA),)]),
        ("none", [[email(ANA)], [user("7"), email(ANA)]], [(email(ANA),), (email(ANA), user("7"))]),
        ("apart", [[user("7")], [user("7"), user("7")], [user("7"), "x"], "y", None], []),
        ("blocked", [[user("7"), user("8")], [named(Namespace.ANON, "c-1")]], []),
        ("sideways", [[user("7"), user("8")]], []),
        ("apart", {"a": 1}, []),
        ("apart", None, []),
    ],
)
def test_an_operators_word_is_read_as_it_was_written_or_not_at_all(
    ruling: str, about: Any, nodes: list[tuple[Ref, ...]]
) -> None:
    event = records.engine_event(
        names.IDENTITY_DECREED,
        subject=user("7"),
        message_id="i_1",
        cause_at=NOON,
        now=NOON,
        properties={"about": about, "ruling": ruling, "reason": "r", "by": "b"},
    )
    told = [Decree(nodes=n, ruling=Ruling(ruling), at=NOON, id="i_1") for n in nodes]
    assert list(engine(event).decrees) == told


def test_nobody_but_the_engine_decrees() -> None:
    about = {"about": [[user("7"), user("8")]], "ruling": "together"}
    for name in (names.IDENTITY_DECREED, names.ADDRESS_CONFIRMED):
        told = seen(track(name, properties={**about, "email": ANA}), server=True)
        assert (told.decrees, told.proves) == ((), frozenset())


def test_an_owner_is_found_without_looking_further_than_the_home() -> None:
    owner = owner_of(REFS)
    sightings = Sightings().tell(
        IDENTIFY | {"traits": {"email": ANA}},
        {"type": "page", **COOKIE},
        {"type": "identify", **COOKIE, "traits": {"phone": MOBILE, "linkedin": PAGE}},
        {"type": "alias", "userId": "7", "previousId": "6"},
    )
    owners = [owner(event) for event in sightings.door.events]
    assert owners == [observation.owner for observation in sightings.observations]
    assert owners == [user("7"), None, LINKEDIN, user("7")]


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("https://www.linkedin.com/in/Ana-Berg?trk=public_profile", "in/ana-berg"),
        ("http://de.linkedin.com/in/ana-berg/de", "in/ana-berg"),
        ("m.linkedin.com/mwlite/in/ana-berg/", "in/ana-berg"),
        ("linkedin.com/in/ana-berg#about", "in/ana-berg"),
        ("https://www.linkedin.com/pub/ana-berg/1a/2b3/4c5", "in/ana-berg-4c52b31a"),
        ("https://www.linkedin.com/in/andr%C3%A9-m%C3%BCller", "in/andré-müller"),
        ("https://www.linkedin.com/in/andre\u0301-m%C3%BCller", "in/andré-müller"),
        ("https://www.linkedin.com/in/ana\u200b-berg", "in/ana-berg"),
        ("https://www.linkedin.com/company/halden", None),
        ("https://www.linkedin.com/pub/ana-berg", None),
        ("https://www.linkedin.com/in/", None),
        ("https://www.linkedin.com/in/me", None),
        ("https://www.linkedin.com/in/undefined", None),
        ("https://www.linkedin.com/in/%00%0a", None),
        ("https://linkedin.com.evil.example/in/ana-berg", None),
        ("https://www.linkedin.com@evil.example/in/ana-berg", None),
        ("https://notlinkedin.com/in/ana-berg", None),
        ("http://[", None),
        ("ana-berg", None),
        ("yes", None),
    ],
)
def test_a_linkedin_page_is_known_however_it_is_written(written: str, form: str | None) -> None:
    found = identifier(Namespace.LINKEDIN, written)
    assert (None if found is None else found.value) == form


@pytest.mark.parametrize(
    ("written", "region", "form"),
    [
        ("+47 912 34 567", "", "+4791234567"),
        ("\u202a+47\u00a0912\u00a034\u00a0567\u202c", "", "+4791234567"),
        ("tel:+47-912-34-567", "", "+4791234567"),
        ("0047 912 34 567", "NO", "+4791234567"),
        ("(030) 901820-12", "DE", "+493090182012"),
        ("+49 30 901820 ext. 12", "", "+4930901820;ext=12"),
        ("+49 30 901820", "", "+4930901820"),
        ("912 34 567", "", None),
        ("0047 912 34 567", "", None),
        ("912 34 567", "US", None),
        ("912 34 567", "XX", None),
        ("(555) 123-4567", "US", None),
        ("+1 555 123 4567", "", "+15551234567"),
        ("+1 111 111 1111", "", None),
        ("+1 123 456 7890", "", None),
        ("+47 1", "", None),
        ("+47 912 34 567 8910 1112", "", None),
        ("n/a", "NO", None),
        ("+" * 5_000, "NO", None),
        (None, "NO", None),
    ],
)
def test_a_number_is_known_however_it_is_written(written: Any, region: str, form: Any) -> None:
    found = phone(written, region)
    assert (None if found is None else found.value) == form


@pytest.mark.parametrize(
    ("address", "folded"),
    [
        ("a.n.a+jobs@googlemail.com", "ana@gmail.com"),
        ("ana@gmail.com", "ana@gmail.com"),
        ("a.na+x@corp.example", "a.na@corp.example"),
        ("ana@me.com", "ana@icloud.com"),
        ("+x@corp.example", "+x@corp.example"),
    ],
)
def test_a_folded_address_suggests_and_never_links(address: str, folded: str) -> None:
    assert folded_email(address) == folded
    told = seen(IDENTIFY | {"traits": {"email": address}})
    assert told.strong[1] == email(address)
    assert email(folded) in told.strong or folded != address


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("jobs@x.example", "jobs"),
        ("no-reply@x.example", "noreply"),
        ("human_resources@x.example", "humanresources"),
        ("candidate7@x.example", ""),
        ("bewerbung+nurse@x.example", "bewerbung"),
        ("karriere@x.example", "karriere"),
        ("recrutement@x.example", "recrutement"),
        ("ana.berg@x.example", ""),
        ("jobst@x.example", ""),
        ("+x@x.example", ""),
    ],
)
def test_an_offices_mailbox_is_told_from_a_persons(address: str, word: str) -> None:
    assert role_of(address) == word


def _cookie(value: str) -> Ref:
    return named(Namespace.ANON, value)
