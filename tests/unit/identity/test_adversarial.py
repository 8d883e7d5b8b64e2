"""Histories in which people look like one another, from the door to persons: nobody is mixed up.

Each history is told in many orders, by messages as browsers and servers send them. Who is who is
known here, and nowhere in what is sent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

import pytest

from rapport import events, records
from rapport.domain.event import Event
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.observation import Ruling
from rapport.domain.resolve import Resolution
from rapport.domain.rules import Rules
from rapport.ruling import decreed_event
from tests.support.door import NOON
from tests.support.sightings import Sightings, email, false_merges, named, number, together, user

ORDERS = 6
LIAR = "the liar"
# In both, no two that anybody could take for spellings of one another.
FIRST = ("Ana", "Tom", "Gudrun", "Kwame", "Priya", "Olaf", "Fatima", "Svetlana", "Mehmet", "Zofia")
LAST = (
    *("Berg", "Mensah", "Venkataraman", "Haddad", "Orlova", "Tanaka", "Yildiz", "Lefebvre"),
    *("Papadakis", "Schuhmacher", "Umar"),
)


@dataclass(kw_only=True)
class History:
    """Messages, who really has which identifier, and which of them should be found together."""

    told: list[tuple[dict[str, Any], bool]] = field(default_factory=list)
    engine: list[Event] = field(default_factory=list)
    owner: dict[Ref, str] = field(default_factory=dict)

    def has(self, person: str, *refs: Ref) -> None:
        self.owner |= dict.fromkeys(refs, person)

    def page(self, **message: Any) -> None:
        self.told.append((message, False))

    def server(self, **message: Any) -> None:
        self.told.append((message, True))

    def in_order(self, seed: int) -> Sightings:
        told = list(self.told)
        if seed:
            Random(seed).shuffle(told)
        sightings = Sightings()
        for message, server in told:
            sightings.tell(message, server=server)
        return sightings.add(*self.engine)

    def people(self) -> dict[str, list[Ref]]:
        found: dict[str, list[Ref]] = {}
        for ref, person in self.owner.items():
            found.setdefault(person, []).append(ref)
        return found


@dataclass(frozen=True)
class Candidate:
    id: int

    @property
    def name(self) -> str:
        return f"{FIRST[self.id % len(FIRST)]} {LAST[self.id % len(LAST)]}"

    @property
    def address(self) -> str:
        return f"candidate.{self.id}@inbox.halden.example"

    @property
    def phone(self) -> str:
        return f"+47 912 {self.id:02d} 5{self.id:02d}"

    @property
    def ats(self) -> str:
        return f"greenhouse:halden:{4_700 + self.id}"

    def traits(self, *fields: str, **more: Any) -> dict[str, Any]:
        return {
            "name": self.name,
            **{name: getattr(self, _FIELDS[name]) for name in fields},
            **more,
        }

    def refs(self, *fields: str) -> Iterator[Ref]:
        spaces = {"email": Namespace.EMAIL, "phone": Namespace.PHONE, "ats": Namespace.ATS}
        for name in fields:
            yield named(spaces[name], getattr(self, _FIELDS[name]))


_FIELDS = {"email": "address", "phone": "phone", "ats": "ats"}


def crowd(count: int, start: int = 0) -> list[Candidate]:
    return [Candidate(start + i) for i in range(count)]


def kiosk() -> History:
    """Forty candidates at one screen of a job fair, whose SDK keeps the cookie."""
    told = History()
    cookie = {"anonymousId": "kiosk"}
    for one in crowd(40):
        told.has(one.name, user(one.id + 1), *one.refs("email"))
        told.page(type="page", **cookie)
        traits = one.traits("email")
        told.page(type="identify", userId=str(one.id + 1), traits=traits, **cookie)
        told.page(type="alias", userId=str(one.id + 1), previousId="kiosk", **cookie)
    return told


def kiosk_by_server() -> History:
    """The same, where a server declares each who logged in to be the screen."""
    told = History()
    for one in crowd(40):
        told.has(one.name, user(one.id + 1), *one.refs("email"))
        told.server(type="alias", userId=str(one.id + 1), previousId="kiosk")
        told.server(type="identify", userId=str(one.id + 1), traits=one.traits("email"))
    return told


def kiosk_without_login() -> History:
    """Forty who only leave an address."""
    told = History()
    for one in crowd(40):
        told.has(one.name, *one.refs("email", "phone"))
        told.page(
            type="track",
            event="Talent Network Joined",
            anonymousId="kiosk",
            properties={"email": one.address, "first_name": one.name.split()[0]},
        )
        told.page(type="identify", anonymousId="kiosk", traits=one.traits("email", "phone"))
    return told


def family_mailbox() -> History:
    """Four of one family write from one address, each with an account or a record of their own."""
    told = History()
    for one, first in enumerate(("Ana", "Tom", "Gudrun", "Kwame")):
        person = f"{first} Berg"
        record = f"lever:halden:berg-{one}"
        told.has(person, user(f"berg-{one}"), named(Namespace.ATS, record))
        traits = {"name": person, "email": "berg@inbox.halden.example"}
        told.page(type="identify", userId=f"berg-{one}", anonymousId=f"b-{one}", traits=traits)
        told.server(type="identify", userId=f"berg-{one}", traits=traits | {"ats": record})
    return told


def couple_mailbox() -> History:
    """Two applicants with one address: no accounts, the records of an ATS alone."""
    told = History()
    for one in crowd(2):
        told.has(one.name, *one.refs("ats", "phone"))
        traits = one.traits("ats", "phone", email="both@inbox.halden.example")
        told.server(type="identify", anonymousId=f"ats-{one.id}", traits=traits)
    return told


def couple_in_a_browser() -> History:
    """The same by a public form, where each leaves a number of their own."""
    told = History()
    for one in crowd(2):
        told.has(one.name, *one.refs("phone"))
        traits = one.traits("phone", email="both@inbox.halden.example")
        told.page(type="identify", anonymousId=f"b-{one.id}", traits=traits)
    return told


def agency(count: int) -> Callable[[], History]:
    """A recruiter enters their own address and number for every candidate they send."""

    def history() -> History:
        told = History()
        for one in crowd(count):
            told.has(one.name, *one.refs("ats"))
            traits = one.traits("ats", email="kim.lund@agency.example", phone="+47 22 33 44 55")
            told.server(type="identify", anonymousId=f"ats-{one.id}", traits=traits)
        return told

    return history


def recycled_phone() -> History:
    """A number that another has had for two years now, with and without accounts."""
    told = History()
    for one in crowd(2):
        told.has(one.name, user(f"u{one.id}"), *one.refs("email"))
        traits = one.traits("email", phone="+47 912 34 567")
        told.server(type="identify", userId=f"u{one.id}", traits=traits)
    for one in crowd(2, start=2):
        told.has(one.name, *one.refs("email"))
        traits = one.traits("email", phone="+47 912 34 568")
        told.page(type="identify", anonymousId=f"c-{one.id}", traits=traits)
    return told


def undefined_ids() -> History:
    """A site whose variables were empty, for everybody."""
    told = History()
    junk = ("undefined", "null", "[object Object]", "0", "", "NaN", "none", "anonymous", -1, None)
    for i, one in enumerate(crowd(30)):
        told.has(one.name, *one.refs("email"))
        empty = junk[i % len(junk)]
        traits = one.traits("email", phone=empty, linkedin="https://www.linkedin.com/in/undefined")
        traits |= {"ats": {"vendor": "lever", "instance": "halden", "id": empty}}
        told.server(type="identify", userId=empty, anonymousId=f"c-{i}", traits=traits)
        told.server(type="alias", userId=f"c-{i}", previousId=empty, anonymousId=f"c-{i}")
    return told


def forwarded_links() -> History:
    """One mail, forwarded to ten; each clicks, and some are logged in."""
    told = History()
    token = "tok-5d41402abc4b2a76"
    for one in crowd(10):
        told.has(one.name, user(f"u{one.id}"), *one.refs("email"))
        context = {
            "page": {"url": f"https://careers.halden.example/?rp_click={token}"},
            "campaign": {"content": token},
            "externalIds": [{"type": "click", "id": token, "collection": "users"}],
        }
        told.page(
            type="track",
            event="Content Viewed",
            userId=f"u{one.id}",
            anonymousId=f"c-{one.id}",
            context=context,
            properties={"click": token, "email_id": token},
        )
        told.page(type="identify", userId=f"u{one.id}", traits=one.traits("email"))
    return told


def referrals() -> History:
    """One recommends a job to eight friends; their addresses and names travel along."""
    told = History()
    one, *friends = crowd(9)
    told.has(one.name, user("u0"), *one.refs("email"))
    told.server(type="identify", userId="u0", traits=one.traits("email"))
    for friend in friends:
        told.has(friend.name, *friend.refs("email", "phone"))
        properties = friend.traits("email", "phone")
        for tell, who in ((told.server, {"userId": "u0"}), (told.page, {"anonymousId": "c-0"})):
            tell(type="track", event="Referral Made", properties=properties, **who)
            tell(type="track", event="Candidate Shortlisted", properties=properties, **who)
        told.page(
            type="identify", anonymousId=f"f-{friend.id}", traits=friend.traits("email", "phone")
        )
    return told


def impostors() -> History:
    """With the key out of a page, one claims others' ids, addresses and numbers for their own.

    The employer's server knows all of them, but for one who proves their address by mail.
    """
    told = History()
    liar, late, *victims = crowd(12)
    told.has(LIAR, user("liar"), *liar.refs("email"))
    told.server(type="identify", userId="liar", traits=liar.traits("email"))
    told.has(late.name, *late.refs("email"))
    told.engine.append(proved(late.address))
    for one in victims:
        told.has(one.name, user(f"u{one.id}"), *one.refs("email", "phone"))
        told.server(type="identify", userId=f"u{one.id}", traits=one.traits("email", "phone"))
        told.page(type="identify", userId=f"u{one.id}", traits={"email": liar.address})
        told.page(type="identify", userId=f"u{one.id}", traits={"email": late.address})
        told.page(
            type="identify", userId="liar", traits={"emails": [one.address], "trust": "verified"}
        )
        told.page(type="alias", userId="liar", previousId=f"u{one.id}")
        told.page(type="alias", userId=f"u{one.id}", previousId="liar", anonymousId="c-liar")
        told.page(type="identify", anonymousId="c-liar", traits=one.traits("email", "phone"))
        for n in range(3):
            told.has(f"{LIAR} {one.id} {n}", user(f"made-up-{one.id}-{n}"))
            traits = {"email": one.address, "name": f"Zoe Zander {n}"}
            told.page(type="identify", userId=f"made-up-{one.id}-{n}", traits=traits)
            told.page(type="identify", anonymousId="c-liar", traits=traits)
        told.page(
            type="track",
            event="Identity Decreed",
            userId="liar",
            properties={"about": [[user("liar"), user(f"u{one.id}")]], "ruling": "together"},
        )
    return told


def namesakes() -> History:
    """Six people of one name, in one town, with addresses that differ by a dot."""
    told = History()
    for i in range(6):
        address = f"ana{'.' * min(i, 1)}berg{i // 2 or ''}+{i}@inbox.halden.example"
        told.has(f"Ana Berg {i}", user(f"n{i}"), email(address))
        traits = {"name": "Ana Berg", "city": "Halden", "email": address}
        told.page(type="identify", userId=f"n{i}", anonymousId=f"n{i}", traits=traits)
    return told


HISTORIES: dict[str, Callable[[], History]] = {
    "kiosk": kiosk,
    "kiosk by server": kiosk_by_server,
    "kiosk without login": kiosk_without_login,
    "family mailbox": family_mailbox,
    "couple's mailbox": couple_mailbox,
    "couple's mailbox in a browser": couple_in_a_browser,
    "agency, 50 candidates": agency(50),
    "agency, 8 candidates": agency(8),
    "recycled phone": recycled_phone,
    "undefined ids": undefined_ids,
    "forwarded links": forwarded_links,
    "referrals": referrals,
    "impostors": impostors,
    "namesakes": namesakes,
}
# Where a person's own identifiers must be found together, whatever the others do.
WHOLE = {
    *("kiosk", "kiosk by server", "kiosk without login", "forwarded links", "referrals"),
    *("impostors", "namesakes"),
}


@cache
def resolved(name: str, seed: int) -> tuple[History, Resolution]:
    told = HISTORIES[name]()
    return told, told.in_order(seed).resolution()


def proved(address: str) -> Event:
    return records.engine_event(
        events.AddressConfirmed.event,
        subject=email(address),
        message_id=f"c_{email(address)[-8:]}",
        cause_at=NOON,
        now=NOON,
        properties={"email": address, "topic": "t", "statement": "s", "statement_hash": "h"},
    )


def test_nobody_is_ever_mixed_up_with_another() -> None:
    people = merges = 0
    for name in HISTORIES:
        for seed in range(ORDERS):
            told, found = resolved(name, seed)
            mixed = false_merges(found, lambda ref, told=told: told.owner.get(ref, ""))  # type: ignore[misc]
            people += len(told.people())
            merges += len(mixed)
            assert not mixed, (name, seed)
    print(
        f"false merges: {merges} of {people} people, {len(HISTORIES)} histories in {ORDERS} orders"
    )


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_whoever_is_not_mixed_up_is_still_found_whole(name: str) -> None:
    told, found = resolved(name, 1)
    torn = {person for person, refs in told.people().items() if not together(found, refs)}
    # Whoever claims their own address for ten others has made it a shared one.
    assert torn <= {LIAR}


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("family mailbox", Rules(caps={}, veto_on=frozenset(), hubs={})),
        ("recycled phone", Rules(caps={}, veto_on=frozenset())),
        ("agency, 8 candidates", Rules(veto_on=frozenset())),
        ("agency, 50 candidates", Rules(veto_on=frozenset(), hubs={})),
        ("impostors", Rules(anchors=frozenset(), hubs={})),
    ],
)
def test_it_is_the_guards_that_keep_them_apart(name: str, without: Rules) -> None:
    told = HISTORIES[name]()
    found = told.in_order(0).resolution(without)
    assert false_merges(found, lambda ref: told.owner.get(ref, ""))


def test_a_history_is_the_same_people_in_any_order() -> None:
    """Of what is shared another may be the first to tell; of what is not, nothing depends on it."""
    for name in WHOLE:
        assert len({resolved(name, seed)[1].groups for seed in range(ORDERS)}) == 1, name


def test_an_address_that_nobody_proved_leaves_who_it_was_claimed_for_once_it_is_proved() -> None:
    sightings = Sightings()
    sightings.tell(
        {"type": "identify", "userId": "7", "traits": {"email": "a@x.example"}}, server=True
    )
    sightings.tell({"type": "identify", "userId": "7", "traits": {"email": "liar@x.example"}})
    assert email("liar@x.example") in sightings.person(user("7"))
    sightings.add(proved("liar@x.example"))
    assert sightings.person(user("7")) == {user("7"), email("a@x.example")}
    assert sightings.person(email("liar@x.example")) == {email("liar@x.example")}


def test_an_operators_word_parts_two_and_its_end_brings_them_together_exactly_as_before() -> None:
    sightings = Sightings()
    traits = {"email": "a@x.example", "phone": "+47 912 34 567"}
    sightings.tell({"type": "identify", "userId": "7", "traits": traits}, server=True)
    before = sightings.resolution()
    pair = (user("7"), email("a@x.example"))
    for ruling, minute in ((Ruling.APART, 1), (Ruling.NONE, 2)):
        now = NOON.replace(minute=minute)
        sightings.add(decreed_event([pair], ruling, reason="", by="kim", now=now))
        assert together(sightings.resolution(), pair) is (ruling is Ruling.NONE)
    assert sightings.resolution() == before
    assert number("+47 912 34 567") in sightings.person(user("7"))
