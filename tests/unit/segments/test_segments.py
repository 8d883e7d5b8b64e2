"""Segments: rows and views give the same people; pages, cursors, lists, and what is refused."""

import io
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from rapport.asking import Condition, condition, parts_of
from rapport.conditions import ConditionError
from rapport.cursors import CursorError
from rapport.domain import names
from rapport.domain.candidacy import About, Candidacy, Move, Turn
from rapport.domain.consents import Word
from rapport.domain.event import Event, Trust, day_of
from rapport.domain.finder import (
    MAX_BYTES,
    SETS,
    SHARDS,
    Known,
    finder_row,
    known_of,
    packed,
    row_from_bytes,
    shard_of,
)
from rapport.domain.identifiers import PersonId, Ref, person_id
from rapport.domain.jobs import Application
from rapport.domain.profile import Profile, from_json, to_json
from rapport.domain.recency import ACTIVITIES, day_number, recent_of
from rapport.domain.recruiting import Recruiting
from rapport.domain.statements import Register
from rapport.domain.touch import Touch
from rapport.listing import Lists, TooManyError
from rapport.ports import FinderChange
from rapport.searching import BY_LAST_SEEN, BY_SCORE, NoSuchSegmentError, Segments, of_list
from rapport.segments import Segment
from tests.support.finding import FakeFinder, FakeListNames

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = day_number(NOW)
TOPICS = ("talent-network", "job-alerts", "tracking")
LISTS = tuple(f"list-{n}" for n in range(12))
JOBS = tuple(f"job-{n}" for n in range(20))
STAGES = ("screening", "interview", "offer")
CONDITIONS = (
    'person.country == "NO" && "talent-network" in person.consents',
    '"list-3" in person.lists || person.did("Job Viewed", 30)',
    'person.times("Job Viewed", 30) >= 2 && !person.did("Application Submitted", 90)',
    '!person.seen(180) && person.language != "en"',
    '"interview" in person.stages && !("job-3" in person.jobs)',
    '"nursing" in person.interests && !person.halted && !person.hired',
    '"nights=yes" in person.traits || "wards=3" in person.traits',
    'person.score > 3 && "google" in person.sources',
    'person.attributes["city"] == "Oslo" && person.country == "SE"',
    'person.interests["nursing"] >= 3 || "tracking" in person.withdrawn',
    'person.lists.exists(each, each.startsWith("list-1")) && person.reachable',
    'person.known_days > 400 ? person.confirmed : person.did("page", 10)',
    'person.times("Mail Submitted", 3) == 0 && person.country.matches("^(N|O)+$")',
    'person.candidacies.exists(each, each.stage == "offer")',
)


def random_profile(chance: Random, number: int) -> Profile:
    """Anybody: from somebody of whom nothing is known to one of whom all overflows."""
    much = chance.choice((0, 1, 3, 9))
    days: dict[str, dict[str, int]] = {}
    for _ in range(1 + much * 3):
        day = day_of(NOW - timedelta(days=int(chance.paretovariate(0.4)) % 900))
        days.setdefault(day, {})[chance.choice(ACTIVITIES)] = chance.randint(1, 4)
    seen = NOW - timedelta(days=chance.choice((0, 5, 29, 31, 170, 190, 700)))
    told = {
        "email": f"p{number}@pool.example" if chance.random() < 0.8 else "",
        "country": chance.choice(("NO", "no", "SE", "Norway", "")),
        "locale": chance.choice(("nb-NO", "en", "sv_SE", "")),
        "city": chance.choice(("Oslo", "Bergen", "")),
        "trait.nights": chance.choice(("yes", "no", "")),
        **{f"trait.wards{n}": "3" for n in range(much * 3)},
        "trait.wards": chance.choice(("3", "")),
    }
    attributes = {
        name: Register(trust=Trust.ASSERTED, at=seen, message_id="m", value=value)
        for name, value in told.items()
    }
    candidacies = {
        f"c{n}": Candidacy(
            about=About(1, chance.choice(JOBS)),
            seen=Move(1, chance.choice(STAGES)),
            stands=Turn(1, chance.choice(("active", "rejected", "hired"))),
        )
        for n in range(chance.randint(0, much))
    }
    totals: dict[str, int] = {}
    for counts in days.values():
        for kind, count in counts.items():
            totals[kind] = totals.get(kind, 0) + count
    root = Ref(f"email#{number:022d}")
    return Profile(
        root=root,
        members=(root,),
        totals=totals,
        first=seen - timedelta(days=chance.choice((0, 300, 600))),
        first_touch=chance.choice((None, Touch(seen, "m", source="google"))),
        last=seen,
        attributes=attributes,
        interests={
            each: chance.randint(1, 5)
            for each in ("nursing", "lab", "admin", "kitchen", "cleaning")[: chance.randint(0, 5)]
        },
        applications={job: Application() for job in chance.sample(JOBS, chance.randint(0, much))},
        consents={
            topic: Word(seen, withdrawn=chance.random() < 0.3)
            for topic in chance.sample(TOPICS, chance.randint(0, 3))
        },
        lists=dict.fromkeys(sorted(chance.sample(LISTS, chance.randint(0, much))), seen),
        recent=recent_of(days),
        recruiting=Recruiting(candidacies=candidacies),
        score_zero_at=chance.choice((None, seen + timedelta(days=chance.randint(1, 60)))),
    )


class Pool:
    """People, their rows, and a Segments over both; counts the views that were read."""

    def __init__(self, profiles: Sequence[Profile], *, page_rows: int = 1000) -> None:
        self.profiles: dict[PersonId, Profile] = {p.person: p for p in profiles}
        self.finder = FakeFinder(page_rows=page_rows)
        for profile in profiles:
            self.note(profile, 1)
        self.views = 0
        self.log: list[Event] = []
        self.segments = Segments(
            rows=self.finder, profile=self.view, ring=lambda: {"k1": b"s" * 32}, now=lambda: NOW
        )
        self.lists = Lists(
            segments=self.segments, append=self.append, names=FakeListNames(), now=lambda: NOW
        )

    def note(self, profile: Profile, version: int) -> None:
        row = finder_row(profile)
        self.finder.put(FinderChange(person=profile.person, version=version, row=row))

    def view(self, person: PersonId) -> Profile | None:
        self.views += 1
        return self.profiles.get(person)

    def append(self, events: Sequence[Event]) -> list[bool]:
        known = {event.key for event in self.log}
        new = [event.key not in known for event in events]
        self.log += [event for event, is_new in zip(events, new, strict=True) if is_new]
        return new


def segment(when: str, key: str = "some") -> Segment:
    return Segment(key=key, name=key, when=when, brand="halden")


@pytest.fixture(scope="module")
def pool() -> Pool:
    chance = Random(7)
    return Pool([random_profile(chance, n) for n in range(250)], page_rows=3)


def test_rows_first_gives_the_same_people_as_views_alone(pool: Pool) -> None:
    asked, told, views = 0, 0, 0
    for when in CONDITIONS:
        made = condition(when)
        pool.views = 0
        count = pool.segments.count(segment(when))
        brute = {
            person
            for person, profile in pool.profiles.items()
            if made.of_profile(profile, today=TODAY)
        }
        assert {*pool.segments.every(segment(when))} == brute, when
        assert count.people == len(brute)
        assert 0 < len(brute) < len(pool.profiles), f"{when} tells nobody apart"
        assert count.rows_read == len(pool.profiles)
        asked, told, views = asked + 1, told + len(brute), views + count.views_read
    share = views / (asked * len(pool.profiles))
    print(
        f"Segments: {asked} conditions over {len(pool.profiles)} random histories, rows first and"
        f" views alone: equal sets ({told} people); {share:.0%} of the rows could not tell alone"
    )
    assert share < 0.45


def test_a_row_never_says_what_the_view_does_not() -> None:
    chance, checked = Random(11), 0
    for number in range(150):
        profile = random_profile(chance, number)
        row = row_from_bytes(packed(known_of(profile)))
        for when in CONDITIONS:
            made: Condition = condition(when)
            by_row = made.of_row(profile.person, row, today=TODAY)
            if by_row is not None:
                assert by_row is made.of_profile(profile, today=TODAY), when
                checked += 1
    assert checked > 1000


def test_the_longest_row_with_its_key_is_at_most_256_bytes() -> None:
    everything = Known(
        country="NO",
        language="nob",
        first_day=20_000,
        last_day=20_780,
        zero_day=20_900,
        sets={kind: tuple(f"{kind}-{n}" for n in range(40)) for kind in SETS},
        recent=dict.fromkeys(ACTIVITIES, (20780, 20780, 20779)),
    )
    raw = packed(everything)
    # pk, sk, kind, version, row: names and values, as DynamoDB counts them.
    beside = len("pkFIND#1f") + len("sk") + 18 + len("kfinder") + len("v") + 6 + len("b")
    assert len(raw) <= MAX_BYTES
    assert len(raw) + beside <= 256
    row = row_from_bytes(raw)
    assert row.more == {*SETS}
    assert len(row.recent) == len(ACTIVITIES) - 3
    print(f"Finder: the longest row takes {len(raw) + beside} bytes with its key (at most 256)")


def test_people_spread_over_all_partitions() -> None:
    counts = [0] * SHARDS
    for number in range(3200):
        counts[shard_of(person_id(Ref(f"email#{number:022d}")))] += 1
    assert min(counts) > 60
    assert max(counts) < 145


def test_a_browser_and_somebody_who_is_part_of_another_have_no_row() -> None:
    someone = random_profile(Random(1), 1)
    browser = Profile(root=Ref("anon#a"), totals={"page": 3})
    moved = Profile(root=someone.root, members=someone.members, moved_to=Ref("email#b"))
    assert finder_row(someone) is not None
    assert finder_row(browser) is None
    assert finder_row(moved) is None


def test_a_profile_with_lists_and_days_reads_back_as_it_was() -> None:
    chance = Random(3)
    for number in range(60):
        profile = random_profile(chance, number)
        assert from_json(to_json(profile)).recent == profile.recent
        assert from_json(to_json(profile)).lists == profile.lists


def test_a_segment_of_everybody_and_an_empty_one_are_counted(pool: Pool) -> None:
    everybody = pool.segments.count(segment("true"))
    assert (everybody.people, everybody.views_read) == (len(pool.profiles), 0)
    assert everybody.usd == pytest.approx(everybody.read_units * 0.125e-6)
    assert pool.segments.count(segment("false")).people == 0
    assert Pool([]).segments.count(segment("true")).people == 0


@pytest.mark.parametrize("sort", ["id", BY_LAST_SEEN, BY_SCORE])
def test_pages_hold_everybody_once(pool: Pool, sort: str) -> None:
    some = segment(CONDITIONS[0])
    found: list[PersonId] = []
    cursor = ""
    while True:
        page = pool.segments.people(some, cursor=cursor, limit=20, sort=sort)
        found += [each.person for each in page.persons]
        cursor = page.cursor
        if not cursor:
            break
    assert len(found) == len({*found})
    assert {*found} == {*pool.segments.every(some)}


def test_who_is_gone_through_from_somebody_on_is_the_rest(pool: Pool) -> None:
    some = segment(CONDITIONS[1])
    everybody = [*pool.segments.every(some)]
    assert [*pool.segments.every(some, after=everybody[9])] == everybody[10:]


def test_a_cursor_that_was_altered_or_is_of_another_segment_is_refused(pool: Pool) -> None:
    some = segment(CONDITIONS[0])
    cursor = pool.segments.people(some, limit=5).cursor
    kid, _, text = cursor.partition(".")
    altered = f"{kid}.{'B' if text[0] != 'B' else 'C'}{text[1:]}"
    for bad in (altered, f"k2.{text}", text, "k1.", "k1.é", "."):
        with pytest.raises(CursorError):
            pool.segments.people(some, cursor=bad)
    with pytest.raises(CursorError):
        pool.segments.people(segment(CONDITIONS[0], "another"), cursor=cursor)
    with pytest.raises(CursorError):
        pool.segments.people(segment(CONDITIONS[1]), cursor=cursor)
    with pytest.raises(CursorError):
        pool.segments.people(some, cursor=cursor, sort=BY_SCORE)


@pytest.mark.parametrize(
    ("when", "why"),
    [
        (" || ".join(["person.reachable"] * 10_000), "longer than"),
        ("(" * 1000 + "true" + ")" * 900, "recursion|longer"),
        ("!" * 1_900 + "true", None),
        ("1+" * 900 + "1 == 1", "recursion"),
        ("person.shoe_size == 3", "no person.shoe_size"),
        ('person["country"] == "NO"', "asked for a field"),
        ("has(person.country)", "has"),
        ("[1].exists(person, true)", "asked for a field"),
        ('person.did("Shoes Bought", 30)', "with one of"),
        ("person.seen(x)", "in days"),
        ('"\\"" == person.country', "backslash"),
        ('r"a" == person.country', "plain quotes"),
        ("true // person.country", "comment"),
        ("fact.name == 'x'", "undeclared"),
        ("person.country", None),
        ("1 + 1", "yes or no"),
    ],
)
def test_what_is_no_condition_is_refused_in_a_sentence(when: str, why: str | None) -> None:
    began = time.process_time()
    if why is None:
        condition(when)
    else:
        with pytest.raises(ConditionError, match=why):
            condition(when)
    assert time.process_time() - began < 1


def test_a_pattern_that_backtracks_elsewhere_takes_no_time_here() -> None:
    profile = random_profile(Random(2), 1)
    attributes = {
        **profile.attributes,
        "city": Register(trust=Trust.ASSERTED, at=NOW, message_id="m", value="a" * 256),
    }
    began = time.process_time()
    made = condition('person.attributes["city"].matches("(a*)*(a|aa)+b")')
    person = Profile(root=profile.root, members=profile.members, attributes=attributes)
    assert not made.of_profile(person, today=TODAY)
    assert time.process_time() - began < 0.5


def test_it_is_told_which_part_of_a_condition_holds(pool: Pool) -> None:
    person, profile = next((k, p) for k, p in pool.profiles.items() if p.lists)
    on = next(iter(profile.lists))
    parts = pool.segments.explain(segment(f'"{on}" in person.lists && person.seen(0)'), person)
    assert [part.text for part in parts] == [f'"{on}" in person.lists', "person.seen(0)"]
    assert parts[0].holds
    assert parts_of('(a && b) || c == "x || y"') == ("(a && b)", 'c == "x || y"')
    assert parts_of("a ? b : c && d") == ("a ? b : c && d",)
    assert pool.segments.explain(segment("true"), PersonId("p_nobody")) == ()


def test_a_bulk_action_is_bounded_tried_dry_and_harmless_to_repeat() -> None:
    chance = Random(5)
    pool = Pool([random_profile(chance, n) for n in range(80)])
    some = segment("person.reachable")
    people = pool.segments.count(some).people
    with pytest.raises(TooManyError):
        pool.lists.put_on(some, "spring", by="ops", run=NOW, most=people - 1)
    dry = pool.lists.put_on(some, "spring", by="ops", run=NOW, dry_run=True)
    assert (dry.people, dry.written, pool.log) == (people, 0, [])
    assert pool.lists.put_on(some, "spring", by="ops", run=NOW).written == people
    # Before any row knows of it, and by the same run: nothing is stored twice.
    assert pool.lists.put_on(some, "spring", by="ops", run=NOW).written == 0
    for event in pool.log:
        told = event.body["properties"]
        assert isinstance(told, dict)
        assert (event.type, told["list"], told["by"]) == (names.LIST_JOINED, "spring", "ops")
    for person, profile in pool.profiles.items():
        pool.profiles[person] = _with_list(profile, "spring")
        pool.note(pool.profiles[person], 2)
    assert pool.lists.put_on(some, "spring", by="ops", run=NOW).people == 0
    assert pool.segments.count(of_list("spring")).people == len(pool.profiles)
    with pytest.raises(NoSuchSegmentError):
        of_list('x" in person.lists || true //')


def _with_list(profile: Profile, key: str) -> Profile:
    from dataclasses import replace

    return replace(profile, lists={**profile.lists, key: NOW})


def test_an_export_is_a_table_and_refused_beyond_what_was_said() -> None:
    chance = Random(5)
    pool = Pool([random_profile(chance, n) for n in range(20)])
    some = segment("true")
    out = io.StringIO()
    assert pool.lists.export(some, out, ("person", "country", "city"), most=50) == 20
    assert out.getvalue().splitlines()[0] == "person,country,city"
    with pytest.raises(TooManyError):
        pool.lists.export(some, io.StringIO(), ("person",), most=19)


def test_judging_a_row_takes_a_few_times_what_decoding_json_takes() -> None:
    chance = Random(9)
    profiles = [random_profile(chance, n) for n in range(200)]
    rows = [packed(known_of(profile)) for profile in profiles]
    texts = [to_json(profile) for profile in profiles]
    made = condition(CONDITIONS[0])

    def cpu(work: Callable[[], object]) -> float:
        began = time.process_time()
        for _ in range(5):
            work()
        return time.process_time() - began

    def judged() -> None:
        for raw in rows:
            made.of_row("p_1", row_from_bytes(raw), today=TODAY)

    judged()
    by_row = cpu(judged)
    decoding = cpu(lambda: [row_from_bytes(raw) for raw in rows])
    by_json = cpu(lambda: [json.loads(text) for text in texts])
    print(
        f"Segments: judging a row takes {by_row / by_json:.1f} times decoding the profile's JSON,"
        f" of which {decoding / by_row:.0%} is decoding the row"
    )
    assert by_row < 25 * by_json
