"""Profiles that become one, or come apart: views, receipts in the log, facts, who is suggested."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from rapport.domain import names
from rapport.domain.decision import FactRef
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import Ref, person_id
from rapport.domain.observation import Ruling
from rapport.domain.profile import Profile
from rapport.errors import RetryableError
from rapport.profiles import person_of, profile_of
from tests.support.fakes import Calls, CrashError
from tests.support.histories import EMAILS, USERS, Stores, decreed, enrich_of, event, naming

ANA, BO = USERS[0], USERS[1]
MAIL, OTHER = EMAILS[0], EMAILS[1]
TABLET, LAPTOP = Ref("anon#tablet"), Ref("anon#laptop")


class World:
    """Enrich, fed until the log is quiet."""

    def __init__(self) -> None:
        self.stores = Stores()
        self.suggested: list[Profile] = []
        self._read = 0

    def tell(self, *events: Event) -> None:
        self.stores.people.written.clear()
        self.stores.log.append(events)
        enrich = enrich_of(self.stores, suggest=self.suggested.append)
        while rows := self.stores.log.stream[self._read :]:
            self._read += len(rows)
            assert not enrich.batch(rows).failures

    def view(self, ref: Ref) -> Profile:
        return self.stores.people.views[person_id(ref)].profile

    def facts(self) -> list[tuple[str, Ref]]:
        found = self.stores.people.published
        roots = {person_id(ref): ref for ref in (*USERS, *EMAILS)}
        return [(o.name, roots[who]) for who, _, o in found if o.name.startswith("Profile")]

    def receipts(self) -> Sequence[Event]:
        kinds = (names.PROFILE_MERGED, names.PROFILE_SPLIT)
        return [e for e in self.stores.log.rows.values() if e.type in kinds]

    def receipt(self, kind: str) -> dict[str, Json]:
        [told] = [e for e in self.receipts() if e.type == kind]
        properties = told.body["properties"]
        assert isinstance(properties, dict)
        return properties


@pytest.fixture
def world() -> World:
    return World()


def identify(minute: int, *named: Ref, first_name: str, **more: object) -> Event:
    body: dict[str, Json] = {"traits": {"firstName": first_name}}
    return naming(minute, *named, kind="identify", body=body, **more)  # type: ignore[arg-type]


def only(listed: Json) -> dict[str, Json]:
    assert isinstance(listed, list)
    [one] = listed
    assert isinstance(one, dict)
    return one


def test_a_user_id_and_an_address_in_a_first_event_are_a_creation_and_no_merge(
    world: World,
) -> None:
    world.tell(naming(0, ANA, MAIL, cookie=TABLET))
    assert world.view(ANA).members == tuple(sorted((ANA, MAIL)))
    assert world.facts() == [("ProfileCreated", ANA)]
    assert not world.receipts()
    assert person_id(MAIL) not in world.stores.people.views


def test_a_profile_that_becomes_part_of_another_says_where_it_went(world: World) -> None:
    world.tell(identify(0, MAIL, first_name="A.", cookie=TABLET))
    world.tell(identify(9, ANA, MAIL, first_name="Ana", cookie=LAPTOP))
    assert world.view(MAIL) == Profile(root=MAIL, moved_to=ANA)
    assert world.view(TABLET).moved_to == ANA
    assert world.view(ANA).cookies == (LAPTOP, TABLET)
    assert world.facts() == [("ProfileCreated", MAIL), ("ProfileMerged", ANA)]
    told = world.receipt(names.PROFILE_MERGED)
    assert (told["before"], told["after"]) == ([[MAIL]], [sorted([ANA, MAIL])])
    assert told["brought"] == {MAIL: {"first_name": "A."}}
    join = only(told["joins"])
    assert (join["pair"], join["rule"], join["verified"]) == (
        sorted([ANA, MAIL]),
        "named together",
        False,
    )
    assert join["witness"] == told["cause"]


def test_an_operators_word_makes_two_profiles_and_taking_it_back_makes_one(world: World) -> None:
    world.tell(identify(0, MAIL, first_name="A.", cookie=TABLET))
    world.tell(naming(9, ANA, MAIL, cookie=LAPTOP))
    before = world.view(ANA)
    world.tell(decreed(20, Ruling.APART, ANA, MAIL))
    assert world.view(MAIL).members == (MAIL,)
    assert world.view(MAIL).attribute("first_name") == "A."
    assert world.view(ANA).attribute("first_name") == ""
    assert (world.view(TABLET).moved_to, world.view(LAPTOP).moved_to) == (MAIL, ANA)
    split = world.receipt(names.PROFILE_SPLIT)
    assert split["after"] == sorted([[ANA], [MAIL]])
    refused = only(split["refused"])
    assert refused["guard"] == "apart"
    assert ("ProfileSplit", ANA) in world.facts()
    world.tell(decreed(30, Ruling.NONE, ANA, MAIL))
    after = world.view(ANA)
    assert (after.members, after.attributes) == (before.members, before.attributes)
    assert world.view(MAIL).moved_to == ANA


def test_one_view_is_written_per_person_and_batch(world: World) -> None:
    world.tell(*(naming(n, ANA, MAIL, cookie=TABLET) for n in range(5)))
    assert sorted(world.stores.people.written) == sorted([person_id(ANA), person_id(TABLET)])


def test_a_changed_attribute_is_a_fact_of_its_cause_and_has_its_origin(world: World) -> None:
    world.tell(identify(0, ANA, first_name="Anna"))
    imported = replace(identify(5, ANA, first_name="Ana"), origin=Origin.IMPORT)
    world.tell(imported, event(6, user=ANA))
    *_, (who, version, changed) = world.stores.people.published
    assert (changed.name, who, version) == ("ProfileChanged", person_id(ANA), 2)
    assert (changed.log_pk, changed.log_sk) == imported.key
    assert changed.origin is Origin.IMPORT
    world.tell(identify(7, ANA, first_name="Ana"))
    assert [name for name, _ in world.facts()] == ["ProfileCreated", "ProfileChanged"]
    assert [p.attribute("first_name") for p in world.suggested] == ["Anna", "Ana"]


def test_whoever_had_a_fact_told_of_them_is_found_through_every_change(world: World) -> None:
    world.tell(identify(0, MAIL, first_name="A.", cookie=TABLET))
    people, clusters = world.stores.people, world.stores.clusters
    fact = _fact(MAIL)
    assert profile_of(people, clusters, fact).profile.root == MAIL
    world.tell(naming(9, ANA, MAIL, cookie=LAPTOP))
    found = profile_of(people, clusters, fact)
    assert (found.profile.root, found.group.members) == (ANA, tuple(sorted((ANA, MAIL))))
    assert profile_of(people, clusters, _fact(TABLET)).profile.root == ANA
    world.tell(decreed(20, Ruling.APART, ANA, MAIL))
    assert profile_of(people, clusters, fact).profile.root == MAIL
    assert person_of(people, clusters, person_id(OTHER)) is None


def test_nobody_is_found_while_the_profile_is_behind_its_group(world: World) -> None:
    world.tell(naming(0, MAIL, cookie=TABLET))
    enrich = enrich_of(world.stores)
    enrich.absorb.take_all([enrich.observe(naming(5, ANA, MAIL, trust=Trust.VERIFIED))])
    with pytest.raises(RetryableError, match="brought up to date"):
        profile_of(world.stores.people, world.stores.clusters, _fact(MAIL))


def _fact(ref: Ref) -> FactRef:
    at = event(0, user=ANA).at
    return FactRef(
        name="TalentNetworkJoined",
        event_id="m",
        person=person_id(ref),
        origin="live",
        occurred_at=at,
        received_at=at,
        log_pk=ref,
        log_sk="s",
    )


class Slow(Calls):
    """Stands still before it asks what is counted of a person, and dies before its second view."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def touch(self, name: str) -> None:
        super().touch(name)
        if name == "people.counted_with" and self.count(name) == 1:
            self._meanwhile()
        if self.count("people.save_view") == 2:
            raise CrashError(name)


def test_who_is_slow_does_not_tell_of_a_person_what_they_left_since(world: World) -> None:
    stores = world.stores
    stores.log.append([naming(0, ANA, BO, alias=True), event(1, user=BO)])
    together = list(stores.log.stream)

    def meanwhile() -> None:
        """A twin of it, which goes on with what comes next."""
        slow = stores.watched_by(Calls())
        world.tell(decreed(10, Ruling.APART, ANA, BO))
        stores.watched_by(slow)

    stores.watched_by(Slow(meanwhile))
    with contextlib.suppress(CrashError):
        enrich_of(stores).batch(together)
    stores.watched_by(Calls())
    for root in (ANA, BO):
        assert world.view(root).members == (root,)
