"""`rapport rebuild`: a person folded from the log again, compared, and mended where it differs.

What differs is written as the log has it: counts of partitions at the stream position that they
stand at, identifiers, the profile. No mail comes of it: its facts have the origin `rebuild`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cli import clock, output, workers
from cli.errors import CommandError
from cli.store import Stores
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.domain.event import Event, Json, Origin
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.observation import Observation
from rapport.domain.positions import written_anew
from rapport.domain.tally import Partition
from rapport.extraction import observe
from rapport.identity import Change
from rapport.rebuild import Rebuild, Rebuilt, Verdict
from rapport.viewing.finding import Found

TRIES = 3
# Before every position of a stream: of a month that no record of it was ever applied to.
BEFORE_ALL = "0"
SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One person. `mended`: what differed does so no more; None when nobody was asked to."""

    person: PersonId
    verdict: Verdict
    differences: tuple[str, ...]
    mended: bool | None = None


def one(stores: Stores, found: Found, *, check: bool) -> Compared:
    """The person who was asked for."""
    return _compare(stores, rebuild_on(stores), found.root, check=check)


def everybody(stores: Stores, *, check: bool) -> Iterator[Compared]:
    """Everybody whose events the log holds, or who has a profile, each once."""
    rebuild = rebuild_on(stores)
    seen: set[PersonId] = set()
    profiles = (profile.root for profile in stores.finder.profiles() if profile.moved_to is None)
    for ref in (*stores.finder.places(), *profiles):
        person = rebuild.group(ref).person
        if person not in seen:
            seen.add(person)
            yield _compare(stores, rebuild, ref, check=check)


def rebuild_on(stores: Stores) -> Rebuild:
    """What folds persons from the log."""
    def observed(event: Event) -> Observation:
        return observe(event, stores.pseudonyms)

    return Rebuild(
        log=stores.log,
        people=stores.people,
        clusters=stores.clusters,
        observe=observed,
        rules=stores.rules,
        alike=stores.alike,
        now=clock.now,
        finder=DynamoFinder(TABLE_NAMES["people"]).row,
    )


def _compare(stores: Stores, rebuild: Rebuild, root: Ref, *, check: bool) -> Compared:
    rebuilt = rebuild.person(root)
    found = Compared(
        person=rebuilt.group.person, verdict=rebuilt.verdict, differences=rebuilt.differences
    )
    if check or rebuilt.verdict is not Verdict.DIFFERS:
        return found
    for _ in range(TRIES):
        mend(stores, rebuild, rebuilt)
        rebuilt = rebuild.person(root)
        if rebuilt.verdict is not Verdict.DIFFERS:
            return replace(found, mended=True)
    return replace(found, mended=False)


def mend(stores: Stores, rebuild: Rebuild, rebuilt: Rebuilt, *, receipts: bool = True) -> None:
    """Write what the log says; whatever somebody else wrote meanwhile stands."""
    for partition in rebuilt.partitions:
        _mend_partition(stores, partition)
    absorb = workers.absorb(stores)
    absorb.take_all(
        rebuild.observe(event)
        for partition in rebuilt.partitions
        for event in stores.log.partition(partition.ref)
    )
    _mend_cluster(stores, rebuilt)
    roots = {rebuilt.group.root, *rebuilt.group.members, rebuilt.profile.root}
    workers.refresh(
        stores, sorted(roots), origin=Origin.REBUILD, cause="Profile Rebuilt", receipts=receipts
    )


def _mend_partition(stores: Stores, partition: Partition) -> None:
    stored, positions = stores.people.partition(partition.ref)
    if stored == partition:
        return
    for strong in partition.strongs:
        times = [tally.first or tally.shown for _, tally in partition.share({strong})]
        first = min((at for at in times if at is not None), default=clock.now())
        stores.people.add_strong(partition.ref, strong, first)
    months = {month for month, _ in (*stored.tallies, *partition.tallies)}
    for month in sorted(months):
        at = positions.get(month)
        sequence = written_anew(BEFORE_ALL, at)
        stores.people.save_month(partition, month, sequence=sequence, after=at)


def _mend_cluster(stores: Stores, rebuilt: Rebuilt) -> None:
    """Take out of a cluster what no event says; what events say was added before."""
    if rebuilt.cluster is None:
        return
    stored = stores.clusters.clusters([rebuilt.cluster.id]).get(rebuilt.cluster.id)
    if stored is None:
        return
    state = rebuilt.corrected(stored.state)
    if state == stored.state:
        return
    after = replace(stored, version=stored.version + 1, state=state, rules="", unsettled=True)
    if not stores.clusters.commit(Change(write=((after, stored.version),))):
        return
    change = workers.absorb(stores).again(after)
    if change is not None:
        stores.clusters.commit(change)


def to_json(found: Compared) -> dict[str, Json]:
    """One person for programs."""
    return {
        "person": found.person,
        "verdict": found.verdict.value,
        "differences": list(found.differences),
        "mended": found.mended,
    }


def show(found: Sequence[Compared]) -> None:
    """What was compared, for people."""
    verdicts = [each.verdict for each in found]
    equal, differ = verdicts.count(Verdict.EQUAL), verdicts.count(Verdict.DIFFERS)
    output.line(
        f"{len(found)} folded from the log: {equal} equal, {differ} differ,"
        f" {verdicts.count(Verdict.BUSY)} with events of the last minutes.",
        "bold",
    )
    others = [each for each in found if each.differences]
    for each in others[:SHOWN]:
        state = {None: "", True: ": mended", False: ": still differs"}[each.mended]
        output.line(f"{each.person}{state}")
        for difference in each.differences[:SHOWN]:
            output.line(f"  {difference}")
    if len(others) > SHOWN:
        output.line(f"… and {len(others) - SHOWN} more; --json lists all.")


def judge(found: Sequence[Compared]) -> None:
    """CommandError if something differs still."""
    left = sum(each.verdict is Verdict.DIFFERS and each.mended is not True for each in found)
    if left:
        msg = f"{left} differ from the log; without --check they are mended."
        raise CommandError(msg)
