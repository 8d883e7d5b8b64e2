"""What fetches mean: nothing is closed without evidence, and everything with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.closing import MISSED_FOR, Change, Fault, Known, Plan, mark_of, plan
from rapport.domain.jobs import Job

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
NAMES = "abcdefgh"


def job(ident: str, **other: object) -> Job:
    told = Job(id=ident, title="Nurse", category="", location="", url="", opened_at=NOW)
    return replace(told, **other)  # type: ignore[arg-type]


def applied(known: dict[str, Known], meant: Plan) -> dict[str, Known]:
    after = known | {each.job.id: each for each in meant.missing}
    return after | {step.known.job.id: step.known for step in meant.steps}


def known_of(names: str) -> dict[str, Known]:
    return applied({}, plan({}, map(job, names), NOW))


def is_open(known: dict[str, Known]) -> set[str]:
    return {key for key, each in known.items() if each.job.open}


FETCHES = st.lists(
    st.tuples(st.none() | st.sets(st.sampled_from(NAMES)), st.integers(0, 130)), max_size=25
)


@given(FETCHES)
def test_no_job_closes_that_the_last_two_whole_fetches_had(
    fetches: list[tuple[set[str] | None, int]],
) -> None:
    known: dict[str, Known] = {}
    whole: list[tuple[datetime, set[str]]] = []
    now = NOW
    for told, minutes in fetches:
        now += timedelta(minutes=minutes)
        # A fetch that failed is None: nobody asks what it means.
        if told is None:
            continue
        before = is_open(known)
        meant = plan(known, map(job, sorted(told)), now)
        known = applied(known, meant)
        whole.append((now, told))
        closed = before - is_open(known)
        assert told <= is_open(known)
        for each in closed:
            had = [at for at, names in whole if each in names]
            without = [at for at, _ in whole if at > max(had, default=NOW)]
            assert len(without) >= 2
            assert now - without[0] >= MISSED_FOR
        if not told or len(before - told) > len(before) / 2:
            assert not closed


@given(FETCHES)
def test_a_job_that_stays_away_is_closed_in_the_end_and_each_change_has_a_name_of_its_own(
    fetches: list[tuple[set[str] | None, int]],
) -> None:
    known, now, events = known_of("xyz"), NOW, set[str]()
    for told, minutes in [*fetches, (set("xy"), 0), (set("xy"), 61), (set("xy"), 61)]:
        now += timedelta(minutes=minutes)
        # Enough stays that the feed is not at fault.
        names = set() if told is None else {*told, *is_open(known) - {"z"}}
        meant = plan(known, map(job, sorted(names)), now)
        ids = [step.event_id for step in meant.steps]
        assert not events & set(ids)
        events |= set(ids)
        known = applied(known, meant)
        assert plan(known, map(job, sorted(names)), now).steps == ()
    assert is_open(known) >= {"x", "y"}
    assert "z" not in is_open(known)


def test_more_than_half_gone_is_a_fault_and_half_is_not() -> None:
    known = known_of("abcd")
    assert plan(known, map(job, "ab"), NOW).fault is None
    assert plan(known, map(job, "a"), NOW).fault is Fault.SHRUNKEN
    assert plan(known, [], NOW).fault is Fault.EMPTY
    assert plan({}, [], NOW) == Plan(steps=())


def test_what_a_shrunken_feed_has_is_taken_all_the_same() -> None:
    meant = plan(known_of("abcd"), [job("e"), job("a", title="Other")], NOW)
    assert meant.counts() == {"opened": 1, "changed": 1, "closed": 0}


def test_what_somebody_answers_for_is_the_truth() -> None:
    meant = plan(known_of("abcd"), [], NOW, truth=True)
    assert [step.change for step in meant.steps] == [Change.CLOSED] * 4


def test_a_job_whose_feed_tells_no_day_keeps_the_one_on_which_it_was_seen() -> None:
    known = applied({}, plan({}, [job("a", dated=False)], NOW))
    later = NOW + timedelta(days=3)
    seen = job("a", dated=False, opened_at=later)
    assert plan(known, [seen], later).steps == ()
    (step,) = plan(known, [replace(seen, title="Other")], later).steps
    assert step.known.job.opened_at == NOW


def test_a_touch_is_no_change_and_a_word_is_one() -> None:
    told = job("a")
    assert mark_of(told) == mark_of(replace(told, updated_at=NOW, terms=("ward",)))
    assert mark_of(told) != mark_of(replace(told, description="A ward."))
    assert mark_of(told) != mark_of(replace(told, opened_at=NOW + timedelta(days=1)))


def test_a_closed_job_is_recorded_and_nobody_is_told() -> None:
    meant = plan({}, [job("a", open=False)], NOW)
    assert [(step.change, step.known.job.closed_at) for step in meant.steps] == [(None, NOW)]
    assert plan(applied({}, meant), [job("a", open=False)], NOW).steps == ()
