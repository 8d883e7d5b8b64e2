"""Erasures on fakes: stores that forget, a place that is looked at, and rows of erasures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.domain.spellings import Needles
from rapport.domain.tombstones import Gone, Hold, Tombstone, Traces
from rapport.forgetting import Erasure, Forgetting
from rapport.tracing import Plan
from tests.support.clusters import FakeClusters
from tests.support.fakes import START, Calls, FakeKeyRings
from tests.support.observed import ANA, ref

USER = ref("u-1", Namespace.USER)
TRACES = Traces(
    id="e_1",
    at=START,
    person=person_id(USER),
    strong=(USER, ANA),
    cookies=(ref("c", Namespace.ANON),),
    persons=(person_id(USER), person_id(ANA)),
    sends=("ab" * 32,),
)
PLAN = Plan(traces=TRACES, words=("ana@inbox.halden.example",), rows=3, names=("Ana Berg",))


@dataclass
class Shelf:
    """A store with so many rows of theirs; `comes_back` is written again that often."""

    store: str
    calls: Calls
    rows: int = 2
    comes_back: int = 0
    saw: list[tuple[str, ...]] = field(default_factory=list)

    def erase(self, traces: Traces, needles: Needles) -> Gone:
        self.saw.append(needles.words)
        self.calls.touch(self.store)
        gone, self.rows = self.rows, 0
        if gone and self.comes_back:
            self.comes_back -= 1
            self.rows = 1
        return Gone(erased=gone, items=5)


@dataclass
class Lines:
    """A place where nothing is taken away; with words of theirs in it, or not."""

    calls: Calls
    hits: tuple[str, ...] = ()
    store: str = "lines"
    saw: list[Needles] = field(default_factory=list)

    def look(self, needles: Needles) -> Gone:
        self.saw.append(needles)
        self.calls.touch(self.store)
        return Gone(items=7, hits=self.hits)


@dataclass
class FakeErasures:
    """The port `Erasures` in dicts."""

    calls: Calls
    rows: dict[str, Erasure] = field(default_factory=dict)
    sealed: dict[str, Needles] = field(default_factory=dict)
    stones: dict[Ref, Tombstone] = field(default_factory=dict)
    holds: dict[Ref, Hold] = field(default_factory=dict)

    def get(self, erasure: str) -> Erasure | None:
        return self.rows.get(erasure)

    def begin(self, erasure: Erasure, needles: Needles) -> None:
        self.rows[erasure.id] = erasure
        self.sealed[erasure.id] = needles
        for each in erasure.traces.strong:
            self.stones[each] = Tombstone(ref=each, at=erasure.traces.at, erasure=erasure.id)

    def put(self, erasure: Erasure) -> None:
        self.calls.touch("put")
        self.rows[erasure.id] = erasure

    def needles(self, erasure: str) -> Needles:
        return self.sealed.get(erasure, Needles(()))

    def finish(self, erasure: Erasure) -> None:
        self.calls.touch("finish")
        self.rows[erasure.id] = erasure
        del self.sealed[erasure.id]

    def copies(self) -> Iterable[Erasure]:
        return list(self.rows.values())

    def tombstones(self, refs: Iterable[Ref]) -> Mapping[Ref, Tombstone]:
        return {each: self.stones[each] for each in refs if each in self.stones}

    def hold(self, refs: Iterable[Ref]) -> Hold | None:
        return next((self.holds[each] for each in refs if each in self.holds), None)

    def set_hold(self, refs: Iterable[Ref], hold: Hold | None) -> None:
        for each in refs:
            self.holds.pop(each, None)
            if hold is not None:
                self.holds[each] = hold


@dataclass
class Desk:
    """Three stores, a place to look at, and the work on them."""

    calls: Calls = field(default_factory=Calls)

    def __post_init__(self) -> None:
        self.rings = FakeKeyRings()
        self.lines = Lines(self.calls)
        self.shelves = [Shelf(store, self.calls) for store in ("marks", "log", "book")]
        self.erasures = FakeErasures(self.calls)
        self.forgetting = Forgetting(
            erasers=self.shelves,
            lookers=[self.lines],
            erasures=self.erasures,
            clusters=FakeClusters(),
            rings=self.rings,
            now=lambda: START,
        )

    def run(self) -> Erasure:
        return self.forgetting.run(TRACES.id)
