"""Erasing one person from every store, with a certificate.

1. A plan (tracing.py): who they are and what of them stands where, by keyed hashes; read only.
2. `begin`: the plan is stored, and with it the words to look for, sealed under a key of their own;
   a tombstone for each identifier. From here on the erasure goes on by itself, whoever dies.
3. `run`: one store after the other, each noted when it is done. What was written meanwhile is found
   by going over all stores again, until a round finds nothing.
4. A look at what nobody may change: the lines that functions logged, and dead letters.
5. The certificate: signed and kept. The key of the words is destroyed.

Every step may be repeated at any time. After tables were put back from a backup, `reapply` does all
erasures again from the tombstones, which a backup of the tables cannot take away.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from rapport.certificates import signed
from rapport.domain.event import Json, LogKey
from rapport.domain.identifiers import Ref
from rapport.domain.spellings import Needles
from rapport.domain.tombstones import Gone, Hold, Tombstone, Traces, gone_to_json
from rapport.errors import RapportError
from rapport.identity import Clusters
from rapport.ports import KeyRings
from rapport.tracing import Plan

# After so many rounds whatever is still written is a defect, and the certificate says so.
MAX_ROUNDS = 4
# What stays on purpose, and what nothing here can reach: the words of the certificate.
STAYS: Mapping[str, str] = {
    "tombstone": "that the identifiers were erased and when, as keyed hashes: it keeps others from"
    " bringing the person back",
    "suppression": "that nothing may be mailed to the addresses, as keyed hashes",
    "audit": "which operator did what and when, with ids alone, for the accountability of the"
    " employer",
    "audience": "the id in the frozen audience of a campaign, which leads to nobody any more, so"
    " that the campaign's numbers add up",
    "intended": "that a playbook decided on somebody, without whom and without the mail",
    "archive": "sealed bodies whose key was destroyed, under keyed hashes",
    "evidence": "sealed evidence of an import, which proves the consent of others too; it goes with"
    " the import's retention",
    "erasure": "the plan and the certificate of this erasure, as keyed hashes",
    "unread": "log lines or dead letters beyond what is read of one place; they were not looked at,"
    " and go with the retention of their place",
}


class State(StrEnum):
    """How far an erasure has come."""

    RUNNING = "running"
    DONE = "done"


class HeldError(RapportError):
    """Somebody may not be erased for now."""


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """An erasure that was begun. `round` and `done` say how far it came; `words` are sealed.

    `done`: what the stores of this round came to; `total`: rows taken away by store so far.
    """

    traces: Traces
    why: str
    by: str
    state: State = State.RUNNING
    round: int = 1
    done: Mapping[str, Gone] = field(default_factory=dict)
    total: Mapping[str, int] = field(default_factory=dict)
    certificate: Mapping[str, Json] | None = None

    @property
    def id(self) -> str:
        """Its id, which the certificate bears."""
        return self.traces.id


class Erasures(Protocol):
    """The rows of erasures, tombstones and holds, and the copies that a backup cannot take away."""

    def get(self, erasure: str) -> Erasure | None:
        """An erasure by its id."""
        ...

    def begin(self, erasure: Erasure, needles: Needles) -> None:
        """Keep a new one with its sealed words, its copy and its tombstones; repeats are harmless.

        The copy first: nothing is erased of which nothing would be known after a restore.
        """
        ...

    def put(self, erasure: Erasure) -> None:
        """Keep how far it has come."""
        ...

    def needles(self, erasure: str) -> Needles:
        """What is looked for; nothing any more once it is finished."""
        ...

    def finish(self, erasure: Erasure) -> None:
        """Keep it with its certificate, and destroy the key of its words."""
        ...

    def copies(self) -> Iterable[Erasure]:
        """All erasures that were ever begun, from the copies, the oldest first."""
        ...

    def tombstones(self, refs: Iterable[Ref]) -> Mapping[Ref, Tombstone]:
        """Which of these identifiers were erased."""
        ...

    def hold(self, refs: Iterable[Ref]) -> Hold | None:
        """What keeps somebody with one of these identifiers from being erased."""
        ...

    def set_hold(self, refs: Iterable[Ref], hold: Hold | None) -> None:
        """Hold somebody, or let go."""
        ...


class Eraser(Protocol):
    """One store, and how it forgets. `store` names it in the certificate."""

    store: str

    def erase(self, traces: Traces, needles: Needles) -> Gone:
        """Take away what is theirs and look for what is left. Harmless to repeat."""
        ...


class Looker(Protocol):
    """A place where nothing of anybody may stand, and nothing is taken away."""

    store: str

    def look(self, needles: Needles) -> Gone:
        """Where words of theirs stand, names included."""
        ...


@dataclass(frozen=True, kw_only=True)
class Forgetting:
    """The work, on its ports. The first of `erasers` marks the identifiers as erased."""

    erasers: Sequence[Eraser]
    lookers: Sequence[Looker]
    erasures: Erasures
    clusters: Clusters
    rings: KeyRings
    now: Callable[[], datetime]

    def begin(self, plan: Plan, *, why: str, by: str) -> Erasure:
        """Keep the plan and its tombstones; HeldError if they may not be erased now."""
        self.permit(plan, why=why)
        erasure = Erasure(traces=plan.traces, why=why or "the ATS deleted them", by=by)
        self.erasures.begin(erasure, Needles(plan.words, plan.names))
        return erasure

    def permit(self, plan: Plan, *, why: str) -> None:
        """HeldError if they may not be erased now."""
        if plan.hold is not None:
            why_not = plan.hold.reason
            msg = f"{plan.traces.person} is held: {why_not}. Let go with `rapport hold ID`."
            raise HeldError(msg)
        if plan.not_before is not None and plan.not_before > self.now() and not why:
            msg = (
                f"The ATS may still tell that {plan.traces.person} was merged: wait until"
                f" {plan.not_before:%Y-%m-%d %H:%M} UTC, or say with --why who asked for it."
            )
            raise HeldError(msg)

    def run(self, erasure_id: str, *, until: datetime | None = None) -> Erasure:
        """Go on with an erasure from where it was left; as it stands when done or out of time."""
        erasure = self.erasures.get(erasure_id)
        if erasure is None:
            msg = f"No erasure is known as {erasure_id}."
            raise RapportError(msg)
        if erasure.state is State.DONE:
            return erasure
        needles = self.erasures.needles(erasure_id)
        for reached in self._steps(erasure, needles):
            erasure = reached
            if until is not None and self.now() >= until:
                return erasure
        said = self._certificate(erasure, needles)
        erasure = replace(erasure, state=State.DONE, certificate=signed(said, self.rings))
        self.erasures.finish(erasure)
        return erasure

    def _steps(self, erasure: Erasure, needles: Needles) -> Iterator[Erasure]:
        """What it stands at before each step that is left, and at the end; each is kept."""
        yield erasure
        while True:
            for eraser in self.erasers:
                if eraser.store not in erasure.done:
                    gone = eraser.erase(self._now_theirs(erasure.traces), needles)
                    erasure = self._kept(erasure, eraser.store, gone)
                    yield erasure
            if not _restless(erasure) or erasure.round >= MAX_ROUNDS:
                break
            erasure = replace(erasure, round=erasure.round + 1, done={})
            self.erasures.put(erasure)
        for looker in self.lookers:
            if looker.store not in erasure.done:
                erasure = self._kept(erasure, looker.store, looker.look(needles))
                yield erasure

    def _kept(self, erasure: Erasure, store: str, gone: Gone) -> Erasure:
        total = {**erasure.total, store: erasure.total.get(store, 0) + gone.erased}
        after = replace(erasure, done={**erasure.done, store: gone}, total=total)
        self.erasures.put(after)
        return after

    def again(self, erasure_id: str) -> Erasure:
        """Take away what came late: rows that were on their way when the erasure ended."""
        erasure = self.erasures.get(erasure_id)
        if erasure is None or erasure.state is not State.DONE:
            return self.run(erasure_id)
        for eraser in self.erasers:
            eraser.erase(self._now_theirs(erasure.traces), Needles(()))
        return erasure

    def reapply(self) -> list[Erasure]:
        """Do every erasure again, from the copies that no restore of a table takes away."""
        found = []
        for copy in self.erasures.copies():
            # What was known of it may be as old as the tables: it begins anew, without its words.
            self.erasures.begin(replace(copy, state=State.RUNNING, round=1, done={}), Needles(()))
            found.append(self.run(copy.id))
        return found

    def _now_theirs(self, traces: Traces) -> Traces:
        """The traces without the identifiers by which the person came back since."""
        pointers = self.clusters.pointers(traces.strong)
        back = {
            ref
            for ref, pointer in pointers.items()
            if pointer.cluster and pointer.erased_at is not None and pointer.erased_at >= traces.at
        }
        return traces.without(back)

    def _certificate(self, erasure: Erasure, needles: Needles) -> dict[str, Json]:
        stays = sorted({name for gone in erasure.done.values() for name in gone.stays})
        return {
            "certificate": erasure.id,
            "person": erasure.traces.person,
            "why": erasure.why,
            "by": erasure.by,
            "begun_at": erasure.traces.at.isoformat(),
            "finished_at": self.now().isoformat(),
            "rounds": erasure.round,
            # Stores in which the last round still found something to take away.
            "restless": _restless(erasure),
            "words_looked_for": len(needles.words),
            "names_looked_for": len(needles.names),
            "spellings_looked_for": len(needles.spelled),
            "stores": [
                {"store": store, **gone_to_json(gone), "erased": erasure.total.get(store, 0)}
                for store, gone in erasure.done.items()
            ],
            "stays": {name: STAYS[name] for name in stays},
        }


def _restless(erasure: Erasure) -> list[Json]:
    return [store for store, gone in erasure.done.items() if gone.erased]


def key_of(erasure: str) -> LogKey:
    """What the sealed words of an erasure are bound to."""
    return LogKey(f"E#{erasure}", "WORDS")
