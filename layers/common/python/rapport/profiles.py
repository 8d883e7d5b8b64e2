"""The person that a fact is about, as they are now.

A fact names a person by an id that was right when it was told. The id leads to the identifier that
it was made from, the identifier to whoever has it now; a cookie leads to whom its history went.
The group is read before the view: a view that is as new as its group has these very members.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from rapport.domain.decision import FactRef
from rapport.domain.identifiers import PersonId, Ref, is_strong, person_id
from rapport.domain.profile import Profile
from rapport.errors import BehindError
from rapport.identity import NOWHERE, Clusters, Group, groups_of
from rapport.ports import People

MAX_MOVES = 8
# A queue would give work back after minutes; a view follows its group within a second or two.
PAUSES_S = (0.1, 0.3, 0.9, 1.8)
_Done = TypeVar("_Done")


class Found(NamedTuple):
    """A person: what is known of them, and which identifiers are theirs, as of which cluster.

    A browser whose visitor nobody knows has a group of no members at `NOWHERE`.
    """

    profile: Profile
    group: Group


def profile_of(people: People, clusters: Clusters, fact: FactRef) -> Found:
    """The person a fact is about; an empty profile when nothing is stored of them.

    Raises BehindError while the profile is being brought up to date with a merge or a split.
    """
    return found(people, clusters, people.root_of(fact.person) or Ref(fact.log_pk))


def person_of(people: People, clusters: Clusters, person: PersonId) -> Found | None:
    """The person that an id stands for now, however old the id is; None for an unknown one.

    Raises BehindError as `profile_of` does.
    """
    root = people.root_of(person)
    return None if root is None else found(people, clusters, root)


def found(people: People, clusters: Clusters, root: Ref) -> Found:
    """The person that has an identifier, or the visitor of a cookie. Raises as `profile_of`."""
    for _ in range(MAX_MOVES):
        if is_strong(root):
            return _named(people, clusters, root)
        view = people.view(person_id(root))
        profile = Profile(root=root) if view is None else view.profile
        if profile.moved_to is None:
            return Found(profile, Group(root=root, members=()))
        root = profile.moved_to
    return Found(Profile(root=root), Group(root=root, members=()))


def _named(people: People, clusters: Clusters, node: Ref) -> Found:
    group = groups_of(clusters, [node])[node]
    view = people.view(group.person)
    if view is None and group.cluster == NOWHERE:
        return Found(Profile(root=group.root, members=group.members), group)
    if view is None or view.profile.members != group.members:
        msg = f"the profile of {group.person} is being brought up to date"
        raise BehindError(msg)
    return Found(view.profile, group)


def patiently(work: Callable[[], _Done], pause: Callable[[float], None]) -> _Done:
    """Work that may meet a profile behind its group, done again after moments; then it raises."""
    for seconds in PAUSES_S:
        try:
            return work()
        except BehindError:
            pause(seconds)
    return work()
