"""What something was, by the clock of whoever tells it: points, the runs that they make, what is
news in them.

A series is a set of points. Sorted by time it falls into runs of one value; a run is one stay in a
stage, one standing. A delivery that is repeated or comes late, and a page that shows what a
delivery told before, add nothing to a run. So the runs are the same in whatever order points came.

A run is told once: a point of it carries the mark. What has been told is never taken back, so a run
that comes apart because something is heard of between keeps its mark on one side, and the other is
told then. The first run of all is where something began. It is news of its own only if somebody
said that it went there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

# More points than any real history has; beyond, those go that begin no run, then the oldest.
MAX_POINTS = 128


@dataclass(frozen=True, kw_only=True)
class Point:
    """It had that value then. `said`: somebody told that it went there, and not only that it was.

    `told`: the run that it is part of was told by it. `shown`: the log shows that a run began with
    it. Points of one time and value are one.
    """

    at: datetime
    value: str
    said: bool = field(default=False, compare=False)
    told: bool = field(default=False, compare=False)
    shown: bool = field(default=False, compare=False)

    @property
    def rank(self) -> tuple[datetime, bool, str]:
        """Its place among others: at one time what it went to comes after what it was."""
        return (self.at, self.said, self.value)


Points = tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Move:
    """A run that has to be told: the point that tells it, and the value before (empty: none)."""

    point: Point
    before: str


def add(points: Points, new: Point) -> Points:
    """The series with a point more; of two of one time and value one that was said stays said."""
    known = next((point for point in points if point == new), None)
    if known is not None:
        new = replace(known, said=known.said or new.said)
    return bounded(_sorted((*(point for point in points if point != new), new)))


def runs(points: Iterable[Point]) -> list[Points]:
    """The points by runs of one value, oldest first."""
    return [tuple(run) for _, run in groupby(_sorted(points), key=lambda point: point.value)]


def moves(points: Points) -> list[Move]:
    """The runs that have to be told and are not, oldest first."""
    found = []
    before = ""
    for number, run in enumerate(runs(points)):
        said = [point for point in run if point.said]
        news = number > 0 or said
        if news and not any(point.told for point in run):
            found.append(Move(point=run[0] if number else said[0], before=before))
        before = run[0].value
    return found


def beginnings(points: Points) -> list[Move]:
    """The first points of runs that the log does not show as such, oldest first."""
    found = []
    before = ""
    for run in runs(points):
        if not run[0].shown:
            found.append(Move(point=run[0], before=before))
        before = run[0].value
    return found


def told(points: Points, by: Sequence[Move]) -> Points:
    """The series after those moves were told."""
    marks = {move.point for move in by}
    return tuple(replace(p, told=True, shown=True) if p in marks else p for p in points)


def shown(points: Points, by: Sequence[Move]) -> Points:
    """The series after the log was told of those beginnings."""
    marks = {move.point for move in by}
    return tuple(replace(p, shown=True) if p in marks else p for p in points)


def begins(points: Points, new: Point) -> bool:
    """Whether a point says something that the series does not show: it would begin a run."""
    older = [point for point in points if point.rank <= new.rank]
    return not older or older[-1].value != new.value


def current(points: Points) -> str:
    """The newest value; empty when there is none."""
    return points[-1].value if points else ""


def starts_run(points: Points, at: Point) -> bool:
    """Whether a point is the first of its run."""
    return any(run[0] == at for run in runs(points))


def value_before(points: Points, at: Point) -> str:
    """The value of the run before the one that a point of the series is part of."""
    before = ""
    for run in runs(points):
        if at in run:
            return before
        before = run[0].value
    return before


def bounded(points: Sequence[Point]) -> Points:
    """At most `MAX_POINTS`: the oldest go first that neither begin a run nor carry its mark."""
    excess = len(points) - MAX_POINTS
    if excess <= 0:
        return tuple(points)
    firsts = {run[0] for run in runs(points)}
    idle = [p for p in points if p not in firsts and not (p.told or p.said)][:excess]
    dropped = {*idle}
    left = [point for point in points if point not in dropped]
    return tuple(left[len(left) - MAX_POINTS :] if len(left) > MAX_POINTS else left)


def _sorted(points: Iterable[Point]) -> list[Point]:
    return sorted(points, key=lambda point: point.rank)
