"""Who else a person may be: what is suggested, and when it is taken back."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from functions.enrich.suggest import Suggest
from rapport.absorb import Absorb
from rapport.comparison import MAX_KEYS, card_of, compare, keys_of
from rapport.domain.event import Trust
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.domain.observation import Decree, Ruling
from rapport.domain.profile import Profile
from rapport.domain.resumes import signature
from rapport.domain.rules import Rules
from rapport.domain.statements import Register, registers_of
from rapport.errors import RetryableError
from rapport.identity import groups_of
from rapport.likeness import alike
from rapport.ports import View
from rapport.suggestions import MAX_SHARING
from tests.support.clusters import FakeClusters
from tests.support.fakes import START, Calls, CrashError, FakePeople, FakePseudonyms
from tests.support.observed import ref, seen
from tests.support.sightings import Sightings
from tests.support.suggestions import FakeSuggestions

ANA = {"first_name": "Ana", "last_name": "Nowak", "phone": "+1 202 555 0143 x11"}
ANA_AGAIN = {"first_name": "ANA", "last_name": "Nowák", "phone": "+12025550143 ext. 12"}
BRUNO = {"first_name": "Bruno", "last_name": "Lenz", "phone": "+1 202 555 0188"}


@dataclass(kw_only=True)
class World:
    """Stores, and people in them as enrich would leave them."""

    calls: Calls = field(default_factory=Calls)
    errors: list[Exception] = field(default_factory=list)
    n: int = 0

    def __post_init__(self) -> None:
        self.people = FakePeople(self.calls)
        self.clusters = FakeClusters(self.calls)
        self.queue = FakeSuggestions(self.calls)
        self.absorb = Absorb(
            clusters=self.clusters, rules=Rules, alike=alike, random=Random(1), pause=lambda _: None
        )
        self.suggest = Suggest(
            people=self.people,
            clusters=self.clusters,
            queue=self.queue,
            refs=FakePseudonyms(),
            rules=Rules,
            at_least=lambda: 60,
            alike=alike,
            now=lambda: START,
            told=self.errors.append,
        )

    def observe(self, *strong: Ref, name: str = "", verified: bool = True) -> None:
        """An event names these identifiers together."""
        self.n += 1
        self.absorb.take(
            seen(
                *strong,
                n=self.n,
                verified=verified,
                owner=strong[0],
                names=frozenset({name} if name else ()),
            )
        )

    def decree(self, a: Ref, b: Ref, ruling: Ruling) -> None:
        self.n += 1
        nodes = (a, b) if a < b else (b, a)
        said = Decree(nodes=nodes, ruling=ruling, at=START, id=f"{self.n}")
        self.absorb.take(replace(seen(n=self.n), decrees=(said,)))

    def profile(self, of: Ref, **attributes: str) -> Profile:
        """The view of a person is written."""
        group = groups_of(self.clusters, [of])[of]
        stored = self.people.views.get(person_id(group.root))
        registers = {
            name: Register(trust=Trust.VERIFIED, at=START, message_id="m", value=value)
            for name, value in attributes.items()
        }
        profile = Profile(root=group.root, members=group.members, attributes=registers)
        version = 1 if stored is None else stored.version + 1
        assert self.people.save_view(View(profile=profile, version=version), [], now=START)
        return profile

    def person(self, of: Ref, **attributes: str) -> Profile:
        """A person changes, and is compared."""
        self.observe(of)
        profile = self.profile(of, **attributes)
        self.suggest(profile)
        assert self.errors == []
        return profile

    def pairs(self) -> list[set[Ref]]:
        return [{*each.pair} for each in self.queue.queue(limit=99)]


ONE, TWO, THREE = (ref(f"career:halden:{n}", Namespace.ATS) for n in (1, 2, 3))
MAILBOX = ref("nowak@inbox.halden.example")


@pytest.fixture
def world() -> World:
    return World()


def test_two_people_of_one_name_and_number_are_suggested_with_what_agrees(world: World) -> None:
    world.person(ONE, **ANA)
    assert world.pairs() == []
    world.person(TWO, **ANA_AGAIN)
    world.person(THREE, **BRUNO)
    assert world.pairs() == [{ONE, TWO}]
    found = world.queue.of([ONE])[0]
    assert found.score == 75
    assert found.evidence == ("The same name.", "The same phone number, but for the extension.")
    assert found.at == START


def test_evidence_tells_no_value(world: World) -> None:
    told = {"city": "Halden", "linkedin": "https://linkedin.com/in/ana-nowak-halden"}
    world.person(ONE, **ANA, **told)
    world.person(TWO, **ANA, **told)
    text = " ".join(world.queue.of([ONE])[0].evidence).lower()
    assert not [word for word in ("ana", "nowak", "0143", "halden") if word in text]


def test_keys_tell_no_value_and_are_few() -> None:
    everything = ANA | {
        "email": "ana.nowak+jobs@googlemail.com",
        "linkedin": "https://linkedin.com/in/ana-nowak",
        "city": "Halden",
        "country": "NO",
        "postal_code": "1776",
        "street": "Storgata 1",
        "headline": "Nurse",
        "resume_signature": signature(" ".join(f"word{'x' * n}" for n in range(80))),
    }
    keys = keys_of(card_of(everything), FakePseudonyms())
    assert len(keys) == len(set(keys)) == MAX_KEYS
    assert all(len(key) == 22 for key in keys)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"email": "a.n@gmail.com"}, {"email": "an+x@gmail.com"}),
        ({"phone": "+4791234567"}, {"phone": "0047 912 34 567", "country": "NO"}),
        ({"linkedin": "linkedin.com/in/ana-n"}, {"linkedin": "https://no.linkedin.com/in/Ana-N/"}),
        (
            {"last_name": "Maier", "postal_code": "0150"},
            {"last_name": "Meyer", "postal_code": "0150"},
        ),
        ({"last_name": "Maier", "city": "Køln"}, {"last_name": "Mayer", "city": "Koln"}),
        ({"street": "Storgata 1", "city": "Oslo"}, {"street": "STORGATA 1", "city": "Oslo"}),
        ({"name": "Nowak, Zofia", "city": "Oslo"}, {"name": "Zofia Nowak", "city": "Oslo"}),
    ],
)
def test_any_one_thing_that_few_share_brings_two_people_together(
    one: dict[str, str], other: dict[str, str]
) -> None:
    """Under whatever else is told of the two."""
    bare: dict[str, str] = {} if "name" in one else {"first_name": "Ana"}
    full = bare | {"headline": "Nurse", "resume_signature": "0f" * 64, "country": "PL"}
    keys = [set(keys_of(card_of(told), FakePseudonyms())) for told in (bare | one, full | other)]
    assert keys[0] & keys[1]


def test_a_mailbox_under_two_spellings_is_evidence(world: World) -> None:
    name = {"first_name": "Ana", "last_name": "Nowak"}
    world.person(ONE, **name, email="ana.nowak@gmail.com")
    world.person(TWO, **name, email="ananowak+jobs@googlemail.com")
    assert world.pairs() == [{ONE, TWO}]


def test_the_same_name_and_city_are_worth_a_look_and_a_name_alone_is_not() -> None:
    world = World()
    world.person(ONE, first_name="Anna", last_name="Berg", city="Oslo")
    world.person(TWO, first_name="Anna", last_name="Berg", city="Oslo")
    assert world.pairs() == [{ONE, TWO}]
    strangers = World()
    strangers.person(ONE, first_name="Anna", last_name="Berg", city="Oslo")
    strangers.person(TWO, first_name="Anna", last_name="Berg", city="Bergen")
    assert strangers.pairs() == []


def test_similar_resumes_of_one_first_name_are_suggested(world: World) -> None:
    words = [f"{'abcdefghij'[n % 10] * (n % 7 + 1)}{chr(97 + n % 26)}" for n in range(400)]
    mine, edited = signature(" ".join(words)), signature(" ".join([*words[:390], "new", "lines"]))
    told = {"city": "Oslo"}
    world.person(ONE, first_name="Ana", last_name="Nowak", resume_signature=mine, **told)
    world.person(TWO, first_name="Ana", last_name="Berger", resume_signature=edited, **told)
    world.person(THREE, first_name="Bo", last_name="Nowak", resume_signature=mine, **told)
    assert world.pairs() == [{ONE, TWO}]
    assert "Their résumés are nearly one text." in world.queue.of([ONE])[0].evidence


def test_a_suggestion_goes_when_its_evidence_goes(world: World) -> None:
    world.person(ONE, **ANA)
    world.person(TWO, **ANA)
    assert world.pairs() == [{ONE, TWO}]
    world.person(TWO, **ANA | {"phone": "+1 202 555 0199"})
    assert world.pairs() == []


def test_a_suggestion_goes_when_the_two_become_one_person(world: World) -> None:
    world.person(ONE, **ANA)
    world.person(TWO, **ANA)
    world.person(THREE, **ANA)
    assert len(world.pairs()) == 3
    world.decree(ONE, TWO, Ruling.TOGETHER)
    kept = world.profile(ONE, **ANA)
    world.suggest(kept)
    gone = TWO if kept.root == ONE else ONE
    assert world.pairs() == [{kept.root, THREE}]
    # And the profile that was absorbed finds nobody any more.
    world.suggest(Profile(root=gone, moved_to=kept.root))
    world.person(THREE, **ANA)
    assert world.pairs() == [{kept.root, THREE}]
    assert world.errors == []


def test_who_was_declared_to_be_two_people_is_not_suggested(world: World) -> None:
    world.person(ONE, **ANA)
    world.person(TWO, **ANA)
    world.decree(ONE, TWO, Ruling.APART)
    for of in (ONE, TWO):
        world.person(of, **ANA)
        assert world.pairs() == []
    world.decree(ONE, TWO, Ruling.NONE)
    world.person(ONE, **ANA)
    # The undone decree is of the same time, and stands by its id.
    assert world.pairs() == [{ONE, TWO}]


def test_one_whom_a_browser_named_together_with_another_is_suggested(world: World) -> None:
    user = ref("u-1", Namespace.USER)
    world.observe(user)
    world.observe(MAILBOX)
    world.observe(user, MAILBOX, verified=False)
    assert groups_of(world.clusters, [user])[user].members == (user,)
    world.suggest(world.profile(user, first_name="Ana"))
    assert world.pairs() == [{user, MAILBOX}]
    assert world.queue.of([user])[0].evidence[0].startswith("A browser named both together")


def test_a_new_family_name_on_one_mailbox_is_suggested_and_a_brother_is_not(world: World) -> None:
    told = {"email": "nowak@inbox.halden.example"}
    world.observe(ONE, MAILBOX, name="Ana Nowak")
    world.suggest(world.profile(ONE, first_name="Ana", last_name="Nowak", **told))
    world.observe(TWO, MAILBOX, name="Ana Lenz")
    world.suggest(world.profile(TWO, first_name="Ana", last_name="Lenz", **told))
    world.observe(THREE, MAILBOX, name="Bruno Nowak")
    world.suggest(world.profile(THREE, first_name="Bruno", last_name="Nowak", **told))
    groups = groups_of(world.clusters, [ONE, TWO, THREE])
    assert len({group.root for group in groups.values()}) == 3
    assert world.pairs() == [{ONE, TWO}]


def test_a_redelivery_changes_nothing(world: World) -> None:
    world.person(ONE, **ANA)
    world.person(TWO, **ANA)
    before = dict(world.queue.open), {key: set(roots) for key, roots in world.queue.keys.items()}
    for of in (ONE, TWO, ONE):
        world.person(of, **ANA)
    assert (world.queue.open, world.queue.keys) == before


def test_work_is_bounded_however_many_are_alike(world: World) -> None:
    crowd = [ref(f"career:halden:{n}", Namespace.ATS) for n in range(3 * MAX_SHARING)]
    most = 0
    for n, of in enumerate(crowd):
        world.calls.names.clear()
        world.person(of, **ANA, city="Oslo" if n % 2 else "Bergen", country="NO")
        most = max(most, world.calls.count("people.view"))
    print(f"looks at other people per change: at most {most}, of {len(crowd)} alike")
    assert 0 < most <= 4 * MAX_SHARING


def test_cookies_and_whoever_says_nothing_are_compared_with_nobody(world: World) -> None:
    world.person(ONE)
    cookie = Profile(root=ref("c-1", Namespace.ANON))
    world.calls.names.clear()
    world.suggest(cookie)
    assert world.calls.names == []
    assert world.queue.keys == {}


@dataclass
class _Unreliable(Calls):
    """The n-th call fails, as when a store is out of reach."""

    fails_at: int | None = None

    def touch(self, name: str) -> None:
        super().touch(name)
        if len(self.names) == self.fails_at:
            raise RetryableError(name)


@pytest.mark.parametrize("nth", range(1, 10))
def test_an_error_fails_nobody_and_the_next_change_makes_up_for_it(nth: int) -> None:
    calls = _Unreliable()
    world = World(calls=calls)
    world.person(ONE, **ANA)
    world.observe(TWO)
    profile = world.profile(TWO, **ANA)
    calls.fails_at = len(calls.names) + nth
    world.suggest(profile)
    assert [type(error) for error in world.errors] == [RetryableError]
    world.suggest(profile)
    assert world.pairs() == [{ONE, TWO}]


@pytest.mark.parametrize("nth", range(9))
def test_whoever_dies_on_the_way_leaves_nothing_that_a_repetition_does_not_mend(nth: int) -> None:
    world = World()
    world.person(ONE, **ANA)
    world.observe(TWO)
    profile = world.profile(TWO, **ANA)
    world.calls.fail_after = len(world.calls.names) + nth
    with pytest.raises(CrashError):
        world.suggest(profile)
    world.calls.fail_after = None
    world.suggest(profile)
    assert world.pairs() == [{ONE, TWO}]


def test_of_a_resume_only_its_signature_is_kept() -> None:
    text = " ".join(f"line{'x' * (n % 9)}{'y' * (n % 14)}" for n in range(200))
    told = {"type": "identify", "anonymousId": "a", "traits": {"resume_text": text}}
    [event] = Sightings().tell(told, server=True).door.events
    [kept] = registers_of(event).values()
    assert registers_of(event) == {"resume_signature": kept}
    assert kept.value == signature(text)
    assert len(kept.value) == 128
    for nothing in ("too short", 7, None, [text], {"text": text}):
        told = {"type": "identify", "anonymousId": "a", "traits": {"resume_text": nothing}}
        [event] = Sightings().tell(told, server=True).door.events
        assert registers_of(event) == {}


def _score(one: dict[str, str], other: dict[str, str]) -> int:
    return compare(card_of(one), card_of(other))[0]


def _told() -> Iterable[tuple[dict[str, str], dict[str, str]]]:
    values = [ANA, ANA_AGAIN, BRUNO, {}, {"name": "Nowak, Ana", "city": "Oslo"}]
    return ((one, other) for one in values for other in values)


def test_a_score_is_the_same_both_ways_and_between_nothing_and_all() -> None:
    for one, other in _told():
        assert 0 <= _score(one, other) == _score(other, one) <= 100
    assert _score({}, {}) == 0


def test_garbage_counts_as_unknown() -> None:
    garbage = {
        "first_name": "undefined",
        "email": "not an address",
        "phone": "call me",
        "resume_signature": "zz",
        "linkedin": "\ud83d\ude00" * 900,
        "city": "\u200b",
    }
    assert _score(garbage, garbage) == 0
    assert keys_of(card_of(garbage), FakePseudonyms()) == ()
