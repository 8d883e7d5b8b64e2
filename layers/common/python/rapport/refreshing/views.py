"""Views: a person's profile, folded from what is stored and written when there is something to say.

A view is read before its inputs, who is one person and the partitions, and written on the condition
that nobody wrote it since; so of two shards that work on one person at the same time, the one that
writes later has read both. Whose views became part of a person is known from who is one person, so
that is read once more before they are written. Partitions only grow. Who is one person may become
what it was before: then a view that was found to be right, and so not written, could be followed by
that of a slow worker who saw what was in between. Hence whoever writes other members than were
there looks again afterwards, and whoever may have died before that looks at everybody nearby
(persons.py). Where persons moved unseen a view is written even if it is right: that worker may be
there still, and die before it looks again.

What became of the views of those who are part of the person now is written first, the own view
last: until then its members differ from the group, nobody sends by it (rapport/profiles.py), and
whoever comes next does all of it again. An absorbed person's view says who took the identifier.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from rapport.domain.identifiers import Ref, is_strong, person_id
from rapport.domain.occurrence import Occurrence
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.tally import Partition
from rapport.errors import ConflictError
from rapport.identity import Clusters, Group
from rapport.ports import Log, People, View
from rapport.refreshing.ahead import Sight, groups_near
from rapport.refreshing.partitions import ATTEMPTS, News, Record
from rapport.refreshing.receipts import Receipts, Regrouping
from rapport.refreshing.telling import becoming, differs, seen_with, unseen


@dataclass(kw_only=True)
class Look:
    """Why somebody is looked at: the first record that led there, and the news for them.

    `thorough`: somebody may have been here before and died half-way. `anyway`: they may even be
    about to write what was true in between, and only a version stops them.
    """

    cause: Record
    news: list[News] = field(default_factory=list)
    thorough: bool = False
    anyway: bool = False

    def add(self, other: "Look") -> None:
        """Look once for both reasons."""
        self.cause = min(self.cause, other.cause, key=lambda record: record.sequence)
        self.news += other.news
        self.thorough |= other.thorough
        self.anyway |= other.anyway


@dataclass(kw_only=True)
class Looked:
    """How many views were written, and who is to be looked at because of it.

    `anew`: what had been read for it already was not enough, or there was nothing.
    """

    written: int = 0
    anew: bool = False
    next: dict[Ref, Look] = field(default_factory=dict)

    def also(self, ref: Ref, look: Look) -> None:
        """Somebody else is to be looked at."""
        if ref in self.next:
            self.next[ref].add(look)
        else:
            self.next[ref] = replace(look, news=list(look.news))


@dataclass(frozen=True, kw_only=True)
class _Turn:
    """One attempt at a person's view: what was read, and what it shall be."""

    view: View | None
    group: Group
    profile: Profile
    partitions: list[Partition]

    @property
    def stored(self) -> Profile | None:
        """The profile in the view, if it is one."""
        profile = None if self.view is None else self.view.profile
        return None if profile is None or profile.moved_to is not None else profile

    @property
    def newcomers(self) -> list[Ref]:
        """The identifiers that the view does not know to be the person's."""
        known = () if self.stored is None else self.stored.members
        return [member for member in self.group.members if member not in known]

    @property
    def lost(self) -> list[Ref]:
        """The identifiers that the view takes for the person's and are not."""
        known = () if self.stored is None else self.stored.members
        return [member for member in known if member not in self.group.members]

    def cookies(self, refs: set[Ref]) -> list[Ref]:
        """The cookies on which one of these identifiers was seen."""
        found = (each for each in self.partitions if not is_strong(each.ref))
        return [each.ref for each in found if not refs.isdisjoint(each.strongs)]


@dataclass(frozen=True, kw_only=True)
class Views:
    """Writes views. `suggest` hears of profiles whose attributes or members changed."""

    log: Log
    people: People
    clusters: Clusters
    receipts: Receipts
    suggest: Callable[[Profile], None]
    now: Callable[[], datetime]

    def look(self, ref: Ref, look: Look, sight: Sight | None = None) -> Looked:
        """Bring the view of an identifier or a cookie up to date, with the news in it.

        `sight` is what was read for it already. After a lost race everything is read again.
        News that the view published before are left out, so a repeated batch writes nothing. News
        whose owner may have changed since are published again: consumers know them by their key.
        Raises ConflictError when others kept writing the same view.
        """
        looked, rest = Looked(), replace(look, news=list(look.news))
        turn = self._person if is_strong(ref) else self._cookie
        for _ in range(ATTEMPTS):
            if sight is None:
                looked.anew = True
                sight = Sight(view=self.people.view(person_id(ref)))
            if turn(ref, rest, looked, sight):
                return looked
            sight = None
        msg = f"the view of {person_id(ref)} was written by others {ATTEMPTS} times in a row"
        raise ConflictError(msg)

    def _cookie(self, ref: Ref, look: Look, looked: Looked, sight: Sight) -> bool:
        """One attempt; False when somebody else was faster, or who is one person changed."""
        view = sight.view
        partition = sight.partition(self.people, ref)
        groups = sight.groups(self.clusters, partition.strongs)
        roots = _roots(groups)
        profile = fold_profile(ref, [partition], roots=roots)
        # A cookie whose history went to somebody gets a view even so: a late twin of this
        # invocation may be about to write the one from before, and only a version stops it.
        written = looked.written
        if not self._save(view, profile, [], look, looked):
            return False
        if looked.written == written or not roots:
            return True
        return _roots(groups_near(self.clusters, groups, groups.values())) == roots

    def _person(self, ref: Ref, look: Look, looked: Looked, sight: Sight) -> bool:
        """One attempt; False when somebody else was faster, or who is one person changed."""
        view = sight.view
        group = sight.groups(self.clusters, [ref])[ref]
        if group.root != ref:
            # Whoever has it now leaves a receipt before the view of the one from before is gone.
            behind = view is not None and view.profile.moved_to != group.root
            if behind or look.thorough or look.news:
                looked.also(group.root, replace(look, thorough=look.thorough or behind))
            return True
        places = self.people.counted_with(group.members)
        partitions = [sight.partition(self.people, place) for place in places]
        profile = fold_profile(ref, partitions, members=group.members)
        turn = _Turn(view=view, group=group, profile=profile, partitions=partitions)
        regrouped = bool(turn.newcomers or turn.lost)
        had = (
            self._views_within(turn, everybody=look.thorough) if regrouped or look.thorough else {}
        )
        # They were read after who is one person: whoever is somebody else by now wrote theirs.
        behind = any(each.profile.moved_to != group.root for each in had.values())
        if (behind and not self._stands(group)) or not self._regroup(turn, had, look, looked):
            return False
        # A strong identifier without events was erased, or only ever named beside another one: it
        # gets no view.
        if view is not None or profile.totals:
            facts = becoming(
                profile,
                1 if view is None else view.version + 1,
                None if view is None else view.profile,
                known=bool(had),
                cause=look.cause.event,
            )
            if not self._save(view, profile, facts, look, looked):
                return False
            if differs(profile, None if view is None else view.profile):
                self.suggest(profile)
        return not regrouped or self._stands(group)

    def _stands(self, group: Group) -> bool:
        """Whether a person is still the same identifiers."""
        near = groups_near(self.clusters, [group.root], [group])
        return near[group.root].members == group.members

    def _views_within(self, turn: _Turn, *, everybody: bool) -> dict[Ref, View]:
        """The views of those who became part of a person, or of all who are."""
        refs = turn.group.members if everybody else turn.newcomers
        found = {r: self.people.view(person_id(r)) for r in refs if r != turn.group.root}
        return {ref: view for ref, view in found.items() if view is not None}

    def _regroup(self, turn: _Turn, had: Mapping[Ref, View], look: Look, looked: Looked) -> bool:
        """Leave a receipt of what merged or split, and tell the views of others where they went."""
        sides = [*([turn.stored] if turn.stored else []), *(v.profile for v in had.values())]
        change = Regrouping(
            group=turn.group,
            profile=turn.profile,
            sides=[s for s in sides if s.moved_to is None],
            version=0 if turn.view is None else turn.view.version,
        )
        receipts = self.receipts.of(change, look.cause.event)
        if receipts:
            self.log.append(receipts)
        affected = {*turn.newcomers, *change.lost, *(turn.group.members if look.thorough else ())}
        for ref in (*change.lost, *turn.cookies(affected)):
            looked.also(ref, Look(cause=look.cause))
        for ref, view in sorted(had.items()):
            if view.profile.moved_to == turn.group.root:
                continue
            # Should the person lose it while this is going on, it has to be looked at again.
            looked.also(ref, Look(cause=look.cause))
            gone = Profile(root=ref, moved_to=turn.group.root)
            if not self.people.save_view(_next(view, gone), [], now=self.now()):
                return False
            looked.written += 1
        return True

    def _save(
        self,
        view: View | None,
        profile: Profile,
        facts: list[Occurrence],
        look: Look,
        looked: Looked,
    ) -> bool:
        """Write a view with what it tells, if there is anything to say; False after a lost race."""
        news = unseen(look.news, view)
        if view is not None and view.profile == profile and not (news or look.anyway):
            return True
        after = replace(_next(view, profile), seen=seen_with(view, news), finder_anew=look.anyway)
        told = [*facts, *(item.occurrence for item in news)]
        if not self.people.save_view(after, told, now=self.now()):
            return False
        looked.written += 1
        look.news.clear()
        look.anyway = False
        return True


def _roots(groups: Mapping[Ref, Group]) -> dict[Ref, Ref]:
    return {strong: group.root for strong, group in groups.items()}


def _next(view: View | None, profile: Profile) -> View:
    if view is None:
        return View(profile=profile, version=1)
    return replace(view, profile=profile, version=view.version + 1)
