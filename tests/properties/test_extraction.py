"""Extraction is total, a function of the event alone, bounded, and blind to browsers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from rapport.domain import names
from rapport.domain.cluster import contribution, join, joined
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import STRONG, Namespace, cleaned, identifier, is_strong, rank
from rapport.domain.observation import MAX_STRONG
from rapport.domain.resolve import resolve
from rapport.domain.rules import Rules
from rapport.events import ENGINE_SOURCE
from rapport.extraction import OF_A_VISITOR, observe, owner_of, phone
from tests.support.depth import rounds
from tests.support.fakes import FakePseudonyms

EVENTS = rounds(4_000)
HISTORIES = rounds(400)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REFS = FakePseudonyms()
COOKIE, SEVEN, EIGHT, ANA = (
    REFS.ref(ns, value)
    for ns, value in (
        (Namespace.ANON, "c-1"),
        (Namespace.USER, "7"),
        (Namespace.USER, "8"),
        (Namespace.EMAIL, "ana@inbox.halden.example"),
    )
)
KINDS = (
    *("identify", "page", "track", "screen", "alias", "group", "Something Stored Long Ago"),
    *sorted(OF_A_VISITOR),
    *(names.REFERRAL_MADE, names.ADDRESS_CONFIRMED, names.IDENTITY_DECREED, names.DECISION),
)
VALUES: tuple[Any, ...] = (
    *("7", "8", 7, " 7 ", "\u200b8", "ana@inbox.halden.example", "ANA@inbox.halden.example"),
    *("+47 912 34 567", "912 34 567", "jobs@halden.example", "https://linkedin.com/in/ana"),
    *("lever:halden:a1", "c-1", "NO", "nb-NO", "Ana", "Berg", "together", "undefined", ""),
    *(None, True, 0, -1, 0.5, 2**70, float("nan"), "\ud800", "\x00", "x" * 600, "#", "://[", "@"),
    *("https://linkedin.com/in/%", "in/%ff", "tel:", "+", "+999999999999999999", "a@b@c.no"),
    {"vendor": "lever", "instance": "halden", "id": "a1"},
    {"type": "ats:lever:halden", "id": "a1", "collection": "users"},
    {"type": "email", "id": "ana@inbox.halden.example"},
    ["ana@inbox.halden.example", "tom@inbox.halden.example"],
    [f"a{i}@inbox.halden.example" for i in range(12)],
    [[SEVEN, EIGHT]],
)
FIELDS = (
    *("email", "emails", "phone", "phones", "linkedin", "ats", "name", "firstName", "lastName"),
    *("locale", "country", "address", "about", "ruling", "id", "type", "collection", "userId"),
)
PARTS = ("traits", "properties", "context", "context", "externalIds", "address")
IDS = ("userId", "anonymousId", "previousId")


def a_value(random: Random, depth: int) -> Json:
    chance = random.random()
    if depth and chance < 0.1:
        return [a_value(random, depth - 1) for _ in range(random.randrange(4))]
    if depth and chance < 0.2:
        return an_object(random, depth - 1)
    if chance < 0.25:
        return "".join(chr(random.randrange(0x3000)) for _ in range(random.randrange(20)))
    value: Json = random.choice(VALUES)
    return value


def an_object(random: Random, depth: int) -> dict[str, Json]:
    found: dict[str, Json] = {
        name: a_value(random, depth) for name in random.sample(FIELDS, random.randrange(5))
    }
    for part in random.sample(PARTS, random.randrange(4) if depth else 0):
        found[part] = (
            an_object(random, depth - 1) if random.random() < 0.8 else random.choice(VALUES)
        )
    return found


def an_event(random: Random) -> Event:
    body = an_object(random, 3)
    body |= {name: random.choice(VALUES) for name in random.sample(IDS, random.randrange(4))}
    return Event(
        partition=COOKIE,
        home=random.choice((COOKIE, COOKIE, SEVEN, ANA)),
        type=random.choice(KINDS),
        source=random.choice(("site", "site", "site", ENGINE_SOURCE)),
        message_id="m-1",
        trust=random.choice(tuple(Trust)),
        origin=Origin.LIVE,
        original_at=NOON,
        sent_at=None,
        received_at=NOON,
        at=NOON,
        body=body,
    )


def some(count: int, seed: int) -> Iterator[Event]:
    random = Random(seed)
    return (an_event(random) for _ in range(count))


def test_every_event_is_read_and_what_is_read_is_bounded_and_in_order() -> None:
    named = tied = 0
    owner = owner_of(REFS)
    for event in some(EVENTS, seed=1):
        seen = observe(event, REFS)
        assert observe(event, REFS) == seen
        assert all(is_strong(node) for node in seen.nodes)
        assert len(seen.strong) <= MAX_STRONG
        assert list(seen.strong) == sorted(set(seen.strong), key=lambda ref: (rank(ref), ref))
        assert (seen.owner is None) is (not seen.strong)
        assert seen.owner is None or rank(seen.owner) == rank(seen.strong[0])
        assert set(seen.tags) <= set(seen.nodes)
        assert seen.alias is None or {*seen.alias} <= {*seen.strong}
        assert owner(event) == seen.owner
        named += bool(seen.strong)
        tied += len(seen.strong) > 1
    print(f"{EVENTS} events read: {named} name somebody, {tied} more than one identifier")
    assert tied > EVENTS / 20


def test_the_body_never_raises_its_own_trust() -> None:
    for event in some(EVENTS, seed=2):
        seen = observe(event, REFS)
        if event.source == ENGINE_SOURCE:
            assert not seen.verified
            assert set(seen.strong) <= {event.home}
            continue
        assert seen.verified is (event.trust is Trust.VERIFIED)
        assert (seen.decrees, seen.proves) == ((), frozenset())
        state = contribution(observe(replace(event, trust=Trust.ASSERTED), REFS))
        assert not any(node.verified for node in state.nodes.values())
        assert not any(edge.verified for edge in state.edges.values())


@pytest.mark.parametrize("cookie", ["c-2", "kiosk"])
def test_who_is_named_does_not_depend_on_the_browser(cookie: str) -> None:
    """But for an alias, whose previous id is the browser's if the browser says so."""
    partition = REFS.ref(Namespace.ANON, cookie)
    for event in some(EVENTS, seed=3):
        if event.type != "alias":
            other = replace(event, body={**event.body, "anonymousId": cookie}, partition=partition)
            assert observe(other, REFS).strong == observe(event, REFS).strong


def test_persons_are_the_same_in_any_order_and_however_often_events_come() -> None:
    random = Random(4)
    persons = 0
    for _ in range(HISTORIES):
        told = [
            replace(an_event(random), message_id=f"m-{i}", at=NOON + timedelta(minutes=i))
            for i in range(random.randrange(1, 7))
        ]
        again = told + told[::2]
        random.shuffle(again)
        one = joined(contribution(observe(event, REFS)) for event in told)
        other = joined(contribution(observe(event, REFS)) for event in again)
        assert other == one
        assert join(one, other) == one
        found = resolve(one, Rules(), lambda a, b: a == b)
        assert found == resolve(other, Rules(), lambda a, b: a == b)
        assert sorted(node for group in found.groups for node in group) == sorted(one.nodes)
        persons += len(found.groups)
    print(f"{HISTORIES} histories, {persons} persons: equal in any order, with any repeats")


def test_a_normal_form_is_its_own_normal_form() -> None:
    random = Random(5)
    raw: list[Any] = [*VALUES, *(a_value(random, 0) for _ in range(EVENTS))]
    for each in raw:
        for ns in STRONG:
            found = phone(each, "NO") if ns is Namespace.PHONE else identifier(ns, each)
            if found is not None:
                assert identifier(ns, found.value) == found
                assert cleaned(found.value) == found.value
                assert found.value.encode()
