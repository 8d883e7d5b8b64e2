"""A batch of the stream: who is counted, whose view is written, what is delivered again."""

from collections.abc import Sequence

import pytest

from functions.enrich.flow import Result
from rapport.domain.event import Event, LogKey, Trust
from rapport.domain.identifiers import Ref, person_id
from rapport.domain.profile import Profile, to_json
from rapport.errors import ConflictError, PoisonError, RetryableError
from rapport.identity import Pointer
from rapport.ports import SealedEvent
from rapport.refreshing.telling import MAX_SEEN
from tests.support.definition import everybody
from tests.support.fakes import Calls, CrashError
from tests.support.histories import Stores, WatchedPeople, enrich_of, event, joined

TABLET = Ref("anon#tablet")
ANA, BO = Ref("user#ana"), Ref("user#bo")


class World:
    """A log, its stream and what enrich has made of it."""

    def __init__(self, people: WatchedPeople | None = None) -> None:
        self.stores = Stores(people=people or WatchedPeople())
        self.log, self.people = self.stores.log, self.stores.people

    def put(self, *events: Event) -> list[SealedEvent]:
        start = len(self.log.stream)
        self.log.append(events)
        return self.log.stream[start:]

    def deliver(self, rows: Sequence[SealedEvent]) -> Result:
        self.people.written.clear()
        return enrich_of(self.stores).batch(rows)

    def die_in(self, call: str, times: int, rows: Sequence[SealedEvent]) -> None:
        """Deliver, and die instead of making the given call for the n-th time."""
        self.stores.watched_by(DiesIn(call, times))
        with pytest.raises(CrashError):
            self.deliver(rows)
        self.stores.watched_by(Calls())

    def profile(self, root: Ref) -> Profile:
        return self.people.views[person_id(root)].profile

    def told(self, root: Ref) -> list[str]:
        """The events that the person's view told of."""
        told = [o for who, _, o in self.people.published if who == person_id(root)]
        return [o.event_id for o in told if not o.name.startswith("Profile")]


class DiesIn(Calls):
    def __init__(self, call: str, times: int) -> None:
        super().__init__()
        self._call, self._times = call, times

    def touch(self, name: str) -> None:
        super().touch(name)
        if self.count(self._call) == self._times:
            raise CrashError(name)


@pytest.fixture
def world() -> World:
    return World()


def test_five_events_of_one_visitor_in_a_batch_cost_one_month_and_one_view(world: World) -> None:
    result = world.deliver(world.put(*(event(n, cookie=TABLET) for n in range(5))))
    assert result == Result(applied=5, views=1, failures=())
    assert world.people.calls.count("people.save_month") == 1
    assert world.people.calls.count("people.save_view") == 1
    assert world.profile(TABLET).totals == {"page": 5}


def test_what_a_cookie_did_before_its_login_belongs_to_the_person(world: World) -> None:
    world.deliver(world.put(event(0, cookie=TABLET), event(1, cookie=TABLET)))
    world.deliver(world.put(joined(2, cookie=TABLET, user=ANA)))
    assert world.profile(ANA).totals == {"page": 2, "Talent Network Joined": 1}
    assert world.profile(ANA).cookies == (TABLET,)
    assert world.profile(TABLET) == Profile(root=TABLET, moved_to=ANA)


def test_the_second_login_on_a_cookie_divides_what_was_there(world: World) -> None:
    world.deliver(world.put(event(0, cookie=TABLET, user=ANA), event(10, cookie=TABLET)))
    assert world.profile(ANA).totals == {"page": 2}
    world.deliver(world.put(event(5, cookie=TABLET, user=BO)))
    assert world.profile(ANA).totals == {"page": 1}
    assert world.profile(BO).totals == {"page": 2}
    assert world.profile(TABLET).moved_to is None


def test_on_a_kiosk_an_event_long_after_the_last_login_is_nobodys(world: World) -> None:
    cy = Ref("user#cy")
    logins = [event(n, cookie=TABLET, user=u) for n, u in enumerate((ANA, BO, cy))]
    world.deliver(world.put(*logins, event(20, cookie=TABLET), event(40, cookie=TABLET)))
    assert world.profile(cy).totals == {"page": 2}
    assert world.profile(TABLET).totals == {"page": 1}


def test_a_batch_that_comes_twice_writes_nothing_the_second_time(world: World) -> None:
    rows = world.put(event(0, cookie=TABLET), joined(1, cookie=TABLET, user=ANA))
    world.deliver(rows)
    for again in (rows, rows[:1], rows[1:]):
        assert world.deliver(again) == Result(applied=0, views=0, failures=())
    assert len(world.told(ANA)) == 1


def test_a_fact_travels_with_the_view_write_that_it_caused(world: World) -> None:
    sign_up = joined(1, cookie=TABLET, user=ANA, message_id="m-7")
    world.deliver(world.put(sign_up))
    created, (person, version, occurrence) = world.people.published
    assert created[2].name == "ProfileCreated"
    assert (person, version) == (person_id(ANA), 1)
    assert (occurrence.name, occurrence.event_id) == ("TalentNetworkJoined", "m-7")
    assert LogKey(occurrence.log_pk, occurrence.log_sk) == sign_up.key


def test_a_fact_is_not_lost_when_the_process_dies_before_the_view(world: World) -> None:
    rows = world.put(joined(0, user=ANA, message_id="m-1"), joined(1, user=ANA, message_id="m-2"))
    world.die_in("people.save_view", 1, rows)
    world.deliver(rows[:1])
    world.deliver(rows[1:])
    assert world.told(ANA) == ["m-1", "m-2"]
    assert world.profile(ANA).totals == {"Talent Network Joined": 2}


def test_a_fact_that_changes_its_owner_between_two_deliveries_is_told_again(world: World) -> None:
    world.deliver(world.put(event(0, cookie=TABLET, user=BO), event(100, cookie=TABLET, user=ANA)))
    rows = world.put(
        joined(50, cookie=TABLET, message_id="loose"),
        joined(101, cookie=TABLET, user=ANA, message_id="hers"),
    )
    # The tablet's own view does not change; Ana's is written, Bo's is not.
    world.die_in("people.save_view", 2, rows)
    assert (world.told(ANA), world.told(BO)) == (["hers"], [])
    late = world.put(event(40, cookie=TABLET, user=ANA))
    world.deliver(rows)
    world.deliver(late)
    assert "loose" in world.told(ANA)


def test_a_death_between_two_months_leaves_no_view_behind(world: World) -> None:
    march = 250
    history = [
        event(10, cookie=TABLET),
        event(march + 50, cookie=TABLET, user=BO),
        event(march + 150, cookie=TABLET, user=ANA),
        # The page of February belonged to the first login after it, which this one now is.
        event(march, cookie=TABLET, user=ANA),
    ]
    world.deliver(world.put(*history[:3]))
    assert world.profile(BO).totals == {"page": 2}
    rows = world.put(history[3])
    world.die_in("people.save_month", 2, rows)
    world.deliver(rows)
    for root in (TABLET, ANA, BO):
        assert to_json(world.profile(root)) == to_json(everybody(history).profile(root))


def test_a_row_that_does_not_open_holds_up_nobody_but_its_own_partition(world: World) -> None:
    rows = world.put(
        event(0, user=BO),
        event(0, cookie=TABLET),
        event(1, cookie=TABLET),
        event(2, cookie=TABLET),
        event(1, user=BO),
    )
    world.log.damaged = {rows[2].key}
    result = world.deliver(rows)
    assert result.checkpoint == rows[2].sequence
    assert [type(f.error) for f in result.failures] == [PoisonError]
    assert world.profile(BO).totals == {"page": 2}
    assert world.profile(TABLET).totals == {"page": 1}
    # Lambda gave the row up; what stood behind it comes again.
    assert world.deliver(rows[3:]) == Result(applied=1, views=1, failures=())
    assert world.profile(TABLET).totals == {"page": 2}


def test_erased_rows_are_passed_over(world: World) -> None:
    rows = world.put(event(0, user=ANA), event(0, user=BO))
    world.log.erased.add(ANA)
    assert world.deliver(rows) == Result(applied=1, views=1, failures=())
    assert person_id(ANA) not in world.people.views


class ThrottledPeople(WatchedPeople):
    """Refuses every month of one partition, and loses every race for one view."""

    def __init__(self, *, partition: Ref, racer: Ref) -> None:
        super().__init__()
        self._partition, self._racer = partition, racer

    def save_month(self, partition, month, *, sequence, after):  # type: ignore[no-untyped-def]
        if partition.ref == self._partition:
            msg = "throttled"
            raise RetryableError(msg)
        return super().save_month(partition, month, sequence=sequence, after=after)

    def save_view(self, view, occurrences, *, now):  # type: ignore[no-untyped-def]
        if view.profile.root == self._racer:
            return False
        return super().save_view(view, occurrences, now=now)


def test_the_lowest_failing_position_is_reported_and_the_others_go_on() -> None:
    world = World(ThrottledPeople(partition=TABLET, racer=BO))
    rows = world.put(event(0, user=ANA), event(0, user=BO), event(0, cookie=TABLET))
    result = world.deliver(rows)
    assert result.checkpoint == rows[1].sequence
    assert {f.subject: type(f.error) for f in result.failures} == {
        TABLET: RetryableError,
        BO: ConflictError,
    }
    assert world.people.written == [person_id(ANA)]


def test_a_view_remembers_positions_of_few_partitions(world: World) -> None:
    rows = world.put(*(joined(n, cookie=Ref(f"anon#{n}"), user=ANA) for n in range(MAX_SEEN + 3)))
    world.deliver(rows)
    assert len(world.people.views[person_id(ANA)].seen) == MAX_SEEN
    assert len(world.told(ANA)) == MAX_SEEN + 3


def test_an_asserted_address_never_displaces_a_verified_one(world: World) -> None:
    real = event(
        0,
        user=ANA,
        kind="identify",
        trust=Trust.VERIFIED,
        body={"traits": {"email": "ana@inbox.halden.example"}},
    )
    forged = joined(60, user=ANA, email="mallory@inbox.halden.example")
    world.deliver(world.put(real))
    world.deliver(world.put(forged))
    assert world.profile(ANA).attribute("email") == "ana@inbox.halden.example"


def test_a_late_copy_of_what_an_erased_person_did_is_taken_away_and_brings_nobody_back() -> None:
    world = World()
    visit = event(5, cookie=TABLET)
    late = event(10, cookie=TABLET, user=ANA, kind="identify")
    world.stores.clusters.nodes[ANA] = Pointer(erased_at=late.at)
    assert world.deliver(world.put(visit, late)).failures == ()
    assert late.key not in world.log.rows
    assert visit.key in world.log.rows
    assert person_id(ANA) not in world.people.views
    assert world.profile(TABLET).totals == {"page": 1}
    anew = event(20, cookie=TABLET, user=ANA, kind="identify")
    assert world.deliver(world.put(anew)).failures == ()
    assert anew.key in world.log.rows
    assert world.profile(ANA).totals == {"identify": 1, "page": 1}
