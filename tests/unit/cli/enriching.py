"""What `enrich` makes of the log, in the tables that the commands read."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from cli.store import Stores
from rapport.absorb import Absorb
from rapport.adapters.dynamo.models import EventRow
from rapport.domain.event import LogKey
from rapport.domain.identifiers import is_strong
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.tally import fold_partition
from rapport.extraction import observe
from rapport.identity import groups_of
from rapport.ports import View

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def enrich(stores: Stores) -> None:
    """Bring identifiers, partitions and profiles up to date with the log."""
    keys = [LogKey(row.pk, row.sk) for row in EventRow.scan()]
    events = [event for key in keys if (event := stores.log.get(key)) is not None]
    absorb = Absorb(
        clusters=stores.clusters, rules=stores.rules, alike=stores.alike, random=Random(7)
    )
    touched = set(absorb.take_all(observe(event, stores.pseudonyms) for event in events))
    people = stores.people
    for ref in {event.partition for event in events}:
        touched.add(ref)
        fold = fold_partition(ref, stores.log.partition(ref))
        _, positions = people.partition(ref)
        for strong in fold.strongs:
            people.add_strong(ref, strong, NOW)
        for month in {month for month, _ in fold.tallies}:
            after = positions.get(month)
            people.save_month(fold, month, sequence=str(int(after or 0) + 1), after=after)
    groups = groups_of(stores.clusters, touched)
    for ref, group in groups.items():
        if is_strong(ref) and ref != group.root:
            _write(stores, Profile(root=ref, moved_to=group.root), only_known=True)
    for group in set(groups.values()):
        places = people.partitions_of(group.members or [group.root])
        folds = [people.partition(place)[0] for place in places]
        strongs = {strong for fold in folds for strong in fold.strongs}
        roots = {ref: each.root for ref, each in groups_of(stores.clusters, strongs).items()}
        _write(stores, fold_profile(group.root, folds, members=group.members, roots=roots))


def _write(stores: Stores, profile: Profile, *, only_known: bool = False) -> None:
    view = stores.people.view(profile.person)
    if view is None and not only_known:
        assert stores.people.save_view(View(profile=profile, version=1), [], now=NOW)
    elif view is not None and view.profile != profile:
        after = replace(view, profile=profile, version=view.version + 1)
        assert stores.people.save_view(after, [], now=NOW)
