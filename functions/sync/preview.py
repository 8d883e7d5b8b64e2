"""What a first run would come to, beyond what is counted anyway: whom it would find known already,
and what it would find said otherwise.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rapport.ats import Connection
from rapport.ats_body import traits_of
from rapport.ats_telling import mailboxes
from rapport.domain.ats import AtsEvent
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.identity import NOWHERE, Clusters, Group, groups_of
from rapport.ports import Pseudonyms

# Attributes of which a profile holds one: of a new one and the old one, one has to give way.
_SINGLE = ("first_name", "last_name", "headline", "city", "country")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Looks up who the candidates of a page already are."""

    clusters: Clusters
    profile: Callable[[PersonId], Profile | None]
    refs: Pseudonyms

    def __call__(self, connection: Connection, events: tuple[AtsEvent, ...]) -> Mapping[str, int]:
        """`merges`: candidates who share an address with somebody known. `conflicts`: attributes
        of theirs that are known with another value.
        """
        boxes = {place: mailboxes(event, self.refs) for place, event in enumerate(events)}
        named = {ref for each in boxes.values() for ref in each}
        groups = groups_of(self.clusters, named) if named else {}
        counts: Counter[str] = Counter()
        for place, event in enumerate(events):
            known = {
                groups[ref].person: groups[ref]
                for ref in boxes[place]
                if groups[ref].cluster != NOWHERE
            }
            others = [group for group in known.values() if not self._is(connection, event, group)]
            counts["merges"] += bool(others)
            counts["conflicts"] += sum(self._conflicts(connection, event, each) for each in others)
        return {name: count for name, count in counts.items() if count}

    def _is(self, connection: Connection, event: AtsEvent, group: Group) -> bool:
        """Whether that is the candidate itself, who was read before."""
        who = event.candidate
        if who is None:
            return False
        names = (connection.candidate(who.id), connection.contact(who.contact))
        own = {self.refs.ref(name.ns, name.value) for name in names if name}
        return bool(own & {*group.members})

    def _conflicts(self, connection: Connection, event: AtsEvent, group: Group) -> int:
        profile = self.profile(group.person)
        if profile is None:
            return 0
        told = traits_of(connection, event)
        said = [(profile.attribute(name), told.get(name)) for name in _SINGLE]
        return sum(bool(held and new) and held != new for held, new in said)
