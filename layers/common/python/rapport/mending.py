"""What is stored of persons, written as the log has it; asked for, and not by news of the stream.

Counts of partitions are written at the stream position that they stand at, then identifiers, then
profiles. Facts have the origin of what it was asked for, so that no mail comes of it. Every step is
harmless to repeat.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from rapport.absorb import Absorb
from rapport.domain.event import Event, Origin, Trust
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.observation import Observation
from rapport.domain.positions import written_anew
from rapport.domain.profile import Profile
from rapport.domain.resolve import Alike
from rapport.domain.rules import Rules
from rapport.domain.tally import Partition
from rapport.errors import RetryableError
from rapport.events import ENGINE_SOURCE
from rapport.identity import Change, Clusters
from rapport.ports import Log, People
from rapport.rebuild import Rebuild, Rebuilt
from rapport.refreshing.partitions import Record
from rapport.refreshing.persons import Persons
from rapport.refreshing.receipts import Receipts, Regrouping
from rapport.refreshing.views import Look, Views

# Before every position of a stream: of a month that no record of it was ever applied to.
BEFORE_ALL = "0"


class NotWrittenError(RetryableError):
    """A profile could not be written; the same work may be done again."""


class _NoReceipts(Receipts):
    """The log keeps nothing of profiles that come apart because they should never have been one."""

    def of(self, regrouping: Regrouping, cause: Event) -> list[Event]:
        """None."""
        return []


@dataclass(frozen=True, kw_only=True)
class Mending:
    """The work, on its ports. `finder` reads a row of the finder; None: it is not compared."""

    log: Log
    people: People
    clusters: Clusters
    observe: Callable[[Event], Observation]
    rules: Callable[[], Rules]
    alike: Alike
    random: Random
    now: Callable[[], datetime]
    finder: Callable[[PersonId], bytes | None] | None = None

    @property
    def absorb(self) -> Absorb:
        """What adds observations to clusters, and resolves them again."""
        return Absorb(
            clusters=self.clusters, rules=self.rules, alike=self.alike, random=self.random
        )

    @property
    def rebuild(self) -> Rebuild:
        """What folds persons from the log."""
        return Rebuild(
            log=self.log,
            people=self.people,
            clusters=self.clusters,
            observe=self.observe,
            rules=self.rules,
            alike=self.alike,
            now=self.now,
            finder=self.finder,
        )

    def refresh(
        self, refs: Iterable[Ref], *, origin: Origin, cause: str, receipts: bool = True
    ) -> int:
        """Bring the profiles of identifiers and cookies up to date; how many were written.

        With `receipts` the log tells of profiles that became one, or came apart. NotWrittenError
        when one could not be written; the others are.
        """
        kind = Receipts if receipts else _NoReceipts
        views = Views(
            log=self.log,
            people=self.people,
            clusters=self.clusters,
            receipts=kind(clusters=self.clusters, rules=self.rules, alike=self.alike),
            suggest=_nobody,
            now=self.now,
        )
        now = self.now()
        looks = {
            ref: Look(
                cause=Record(sequence="", event=_cause(ref, origin, cause, now)),
                thorough=True,
                # A row of the finder may be wrong where the view is right.
                anyway=origin is Origin.REBUILD,
            )
            for ref in refs
        }
        done = Persons(views=views, clusters=self.clusters).refresh(looks)
        if done.failures:
            first = done.failures[0]
            why = type(first.error).__name__
            msg = f"The profile of {first.subject} could not be written ({why}); run it again."
            raise NotWrittenError(msg)
        return done.views

    def mend(self, rebuilt: Rebuilt, *, receipts: bool = True) -> None:
        """Write what the log says; whatever somebody else wrote meanwhile stands."""
        for partition in rebuilt.partitions:
            self._mend_partition(partition)
        self.absorb.take_all(
            self.observe(event)
            for partition in rebuilt.partitions
            for event in self.log.partition(partition.ref)
        )
        self._mend_cluster(rebuilt)
        roots = {rebuilt.group.root, *rebuilt.group.members, rebuilt.profile.root}
        self.refresh(
            sorted(roots), origin=Origin.REBUILD, cause="Profile Rebuilt", receipts=receipts
        )

    def _mend_partition(self, partition: Partition) -> None:
        stored, positions = self.people.partition(partition.ref)
        if stored == partition:
            return
        for strong in partition.strongs:
            times = [tally.first or tally.shown for _, tally in partition.share({strong})]
            first = min((at for at in times if at is not None), default=self.now())
            self.people.add_strong(partition.ref, strong, first)
        months = {month for month, _ in (*stored.tallies, *partition.tallies)}
        for month in sorted(months):
            at = positions.get(month)
            sequence = written_anew(BEFORE_ALL, at)
            self.people.save_month(partition, month, sequence=sequence, after=at)

    def _mend_cluster(self, rebuilt: Rebuilt) -> None:
        """Take out of a cluster what no event says; what events say was added before."""
        if rebuilt.cluster is None:
            return
        stored = self.clusters.clusters([rebuilt.cluster.id]).get(rebuilt.cluster.id)
        if stored is None:
            return
        state = rebuilt.corrected(stored.state)
        if state == stored.state:
            return
        after = replace(stored, version=stored.version + 1, state=state, rules="", unsettled=True)
        if not self.clusters.commit(Change(write=((after, stored.version),))):
            return
        change = self.absorb.again(after)
        if change is not None:
            self.clusters.commit(change)


def _nobody(profile: Profile) -> None:
    """Nobody is suggested here: what is known of the person did not change."""


def _cause(ref: Ref, origin: Origin, cause: str, now: datetime) -> Event:
    """What the facts are told to come from; it stands in no log."""
    return Event(
        partition=ref,
        home=ref,
        type=cause,
        source=ENGINE_SOURCE,
        message_id=f"{origin}-{now:%Y%m%dT%H%M%S}",
        trust=Trust.VERIFIED,
        origin=origin,
        original_at=None,
        sent_at=None,
        received_at=now,
        at=now,
        body={},
    )
