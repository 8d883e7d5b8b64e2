"""Those who came without proof, and whose time is over: whoever erases people is asked to.

Whoever did anything themselves meanwhile, agreed to be mailed, or is told of by an applicant
tracking system stays: they are no longer in the pool by an employer's word alone. Asking is
harmless to repeat; the row goes when all were asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.identity import NOWHERE, Clusters, groups_of
from rapport.importing.ports import ImportRows, Kept
from rapport.pulls import Work

BY = "retention"


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """The look, on its ports. `privacy` is the queue of who erases people."""

    rows: ImportRows
    clusters: Clusters
    profile: Callable[[PersonId], Profile | None]
    privacy: Work
    now: Callable[[], datetime]

    def ask(self, until: datetime) -> tuple[int, int]:
        """Go over the pages that are due, while there is time: how many asked for, and spared."""
        asked = spared = 0
        for kept in self.rows.due(self.now().date()):
            if self.now() >= until:
                break
            here, gone, unread = self._page(kept)
            asked, spared = asked + here, spared + gone
            if unread.homes:
                self.rows.keep(unread)
            else:
                self.rows.release(kept.import_id, kept.page, kept.until)
        return asked, spared

    def _page(self, kept: Kept) -> tuple[int, int, Kept]:
        """How many of a page were asked for, and spared; and those who have no profile yet."""
        groups = groups_of(self.clusters, kept.homes)
        asked: dict[PersonId, None] = {}
        unread, spared = [], 0
        for home in kept.homes:
            group = groups[home]
            if group.cluster == NOWHERE:
                # Gone already.
                spared += 1
                continue
            profile = self.profile(group.person)
            if profile is None:
                unread.append(home)
            elif _stays(profile):
                spared += 1
            else:
                asked[group.person] = None
        for person in asked:
            why = f"came without proof by import {kept.import_id}, until {kept.until}"
            self.privacy.put({"do": "erase", "person": person, "why": why, "by": BY})
        return len(asked), spared, replace(kept, homes=tuple(unread))


def _stays(profile: Profile) -> bool:
    """Whether somebody is here by more than an import."""
    agreed = any(not word.withdrawn for word in profile.consents.values())
    return profile.last is not None or agreed or bool(profile.recruiting)
