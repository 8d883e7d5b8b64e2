"""Points, runs and what is news: the same for every order in which points come."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.series import MAX_POINTS, Point, Points, add, current, moves, runs, told

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
# One point for each minute, so that which of two comes first is never a question.
COURSES = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12).map(
    lambda steps: [
        Point(at=BEGAN + timedelta(minutes=number), value=value, said=said)
        for number, (value, said) in enumerate(steps)
    ]
)


def heard(points: list[Point]) -> tuple[Points, int]:
    """The series after hearing them in that order, and how many moves were told on the way."""
    series: Points = ()
    count = 0
    for point in points:
        series = add(series, point)
        news = moves(series)
        series, count = told(series, news), count + len(news)
    return series, count


@given(COURSES.flatmap(lambda course: st.tuples(st.just(course), st.permutations(course))))
def test_runs_and_the_number_of_moves_told_do_not_depend_on_the_order(
    both: tuple[list[Point], list[Point]],
) -> None:
    course, shuffled = both
    series, count = heard(course)
    other, as_many = heard([*shuffled, *shuffled])
    assert runs(other) == runs(series)
    assert as_many == count
    assert all(sum(point.told for point in run) <= 1 for run in runs(other))
    assert all(one[0].value != next_one[0].value for one, next_one in pairwise(runs(other)))


def test_a_series_stays_bounded_and_keeps_where_its_runs_begin() -> None:
    series: Points = ()
    for number in range(3 * MAX_POINTS):
        value = "a" if number < MAX_POINTS else "b"
        series = add(series, Point(at=BEGAN + timedelta(minutes=number), value=value))
        series = told(series, moves(series))
    assert len(series) == MAX_POINTS
    assert current(series) == "b"
    assert [run[0].at for run in runs(series)] == [BEGAN, BEGAN + timedelta(minutes=MAX_POINTS)]
