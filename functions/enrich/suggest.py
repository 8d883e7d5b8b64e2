"""Who else a person may be: after their attributes changed, the review queue is brought up to date.

1. File the person under the keys of what is known of them (rapport/comparison.py).
2. Compare them with whoever is filed under the same, with whom an open suggestion names, and with
   whom resolution refused to join them: at most `MAX_COMPARED` people.
3. What scores high enough goes into the queue. What stood there and does not any more is closed, as
   is what became one person, or what an operator declared to be two.

It comes after the view was written: of two people who change at the same time the later one finds
the other's view. All of it may be repeated. A queue that is behind does no harm, so an error here
is told and fails nothing; the person's next change makes up for it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rapport.comparison import Card, card_of, compare, keys_of
from rapport.domain.cluster import pair, standing
from rapport.domain.identifiers import Ref, is_strong, person_id, rank
from rapport.domain.observation import Ruling
from rapport.domain.profile import Profile
from rapport.domain.resolve import Alike, resolve
from rapport.domain.rules import Rules
from rapport.identity import Cluster, Clusters, Group, groups_of
from rapport.ports import People, Pseudonyms
from rapport.suggestions import Files, Suggestion, Suggestions

MAX_COMPARED = 96
# Of a person's identifiers, those that may have named somebody of their own before.
MAX_MEMBERS = 16

# What a join that was refused is worth, by the guard that stood in between.
REFUSED: Mapping[str, tuple[int, str]] = {
    "anchors": (60, "A browser named both together; each was verified without the other."),
    "cap": (45, "Both were named together; one person would have too many identifiers."),
    "names": (25, "Both go with the same mailbox or number, under other names."),
}


class Queue(Suggestions, Files, Protocol):
    """The review queue, and what fills it."""


@dataclass(frozen=True, kw_only=True)
class Suggest:
    """Looks for others whom a person may be. Called with a profile as it was written.

    `at_least` is the score from which on a suggestion is made; `told` hears of errors.
    """

    people: People
    clusters: Clusters
    queue: Queue
    refs: Pseudonyms
    rules: Callable[[], Rules]
    at_least: Callable[[], int]
    alike: Alike
    now: Callable[[], datetime]
    told: Callable[[Exception], None]

    def __call__(self, profile: Profile) -> None:
        """Bring the queue up to date about a person; never raises."""
        if not is_strong(profile.root):
            return
        try:
            self._look(profile)
        except Exception as error:  # noqa: BLE001  (nobody's view waits for a suggestion)
            self.told(error)

    def _look(self, profile: Profile) -> None:
        mine = groups_of(self.clusters, [profile.root])[profile.root]
        if profile.moved_to is not None or mine.root != profile.root:
            self.queue.forget(profile.root)
            return
        card = _card(profile)
        filed = self.queue.file(mine.root, keys_of(card, self.refs))
        members = sorted(mine.members, key=lambda ref: (rank(ref), ref))[:MAX_MEMBERS]
        stood = self.queue.of(members)
        cluster = self.clusters.clusters([mine.cluster.id]).get(mine.cluster.id)
        refused = {} if cluster is None else self._refused(cluster, mine)
        named = {ref for each in stood for ref in each.pair}
        apart = set() if cluster is None else _apart(cluster, mine)
        others = self._others({*filed, *named, *refused} - apart, mine)
        found = {
            suggestion.pair: suggestion
            for other in others
            if apart.isdisjoint(other.members)
            and (suggestion := self._suggestion(mine, card, other, refused)) is not None
        }
        for former in sorted(named.intersection(members) - {mine.root}):
            self.queue.forget(former)
        for each in stood:
            if each.pair not in found:
                self.queue.close(each.pair)
        self.queue.put([*found.values()])

    def _others(self, refs: Iterable[Ref], mine: Group) -> list[Group]:
        """The people behind these identifiers, as they are now, but for oneself."""
        groups = {group.root: group for group in groups_of(self.clusters, refs).values()}
        groups.pop(mine.root, None)
        return [groups[root] for root in sorted(groups) if is_strong(root)][:MAX_COMPARED]

    def _suggestion(
        self, mine: Group, card: Card, other: Group, refused: Mapping[Ref, str]
    ) -> Suggestion | None:
        view = self.people.view(person_id(other.root))
        theirs = Card() if view is None else _card(view.profile)
        score, evidence = compare(card, theirs)
        guards = sorted({refused[ref] for ref in other.members if ref in refused})
        if guards:
            worth, sentence = max(REFUSED[guard] for guard in guards)
            score, evidence = min(100, score + worth), (sentence, *evidence)
        if score < self.at_least():
            return None
        return Suggestion(
            pair=pair(mine.root, other.root), score=score, evidence=evidence, at=self.now()
        )

    def _refused(self, cluster: Cluster, mine: Group) -> dict[Ref, str]:
        """Identifiers of others that were named with one of this person's, and the guard."""
        if len(cluster.groups) == 1:
            return {}
        members = set(mine.members)
        found: dict[Ref, str] = {}
        for each in resolve(cluster.state, self.rules(), self.alike).refused:
            outside = [ref for ref in each.pair if ref not in members]
            if len(outside) == 1 and each.guard in REFUSED:
                guards = {each.guard, found.get(outside[0], each.guard)}
                found[outside[0]] = max(guards, key=lambda guard: REFUSED[guard])
        return found


def _apart(cluster: Cluster, mine: Group) -> set[Ref]:
    """Identifiers that an operator declared not to be this person's."""
    members = set(mine.members)
    decreed = standing(cluster.state, Ruling.APART)
    return {ref for on in decreed if members & {*on} for ref in on} - members


def _card(profile: Profile) -> Card:
    return card_of({name: register.value for name, register in profile.attributes.items()})
