"""An event that starts earlier than it did: who waits for it is woken, and waits for the new time.

A page of places a call, then the rest by the same queue: of any number of people a call takes a few
seconds, and one that dies is called again with its page. A reminder waits under the identifier that
its person had when they signed up, so all that they have are woken; whoever is woken without need
waits on.
"""

from dataclasses import dataclass, replace

from rapport.identity import Clusters, groups_of
from rapport.occasions import Moved, Occasions, Wakes

PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Moves:
    """The flow."""

    occasions: Occasions
    clusters: Clusters
    wakes: Wakes

    def follow(self, moved: Moved) -> int:
        """Have the people of a page woken; how many identifiers that were."""
        page = self.occasions.page(moved.occasion, after=moved.after, most=PAGE)
        seated = [place.address for place in page if place.holds]
        groups = groups_of(self.clusters, seated).values()
        subjects = sorted({member for group in groups for member in (group.root, *group.members)})
        self.wakes.wake(subjects)
        if len(page) == PAGE:
            self.wakes.moved(replace(moved, after=page[-1].address))
        return len(subjects)
