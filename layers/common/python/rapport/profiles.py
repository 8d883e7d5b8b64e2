"""The profile that a fact is about, as it is now."""

from rapport.domain.decision import FactRef
from rapport.domain.identifiers import Ref, person_id
from rapport.domain.profile import Profile
from rapport.ports import People

MAX_MOVES = 8


def profile_of(people: People, fact: FactRef) -> Profile:
    """Follow a cookie to whom its history went; an empty profile when nothing is stored."""
    person = fact.person
    for _ in range(MAX_MOVES):
        view = people.view(person)
        if view is None:
            break
        if view.profile.moved_to is None:
            return view.profile
        person = person_id(view.profile.moved_to)
    return Profile(root=people.root_of(person) or Ref(fact.log_pk))
