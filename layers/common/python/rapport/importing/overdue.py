"""Those who came without proof, and whose time is over: somebody is asked to forget them.

Whoever did anything themselves meanwhile, or agreed to be mailed, stays: they are no longer in the
pool by an employer's word alone. Asking is harmless to repeat; the row goes when
all were asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.profile import Profile
from rapport.identity import NOWHERE, Clusters, Group, groups_of
from rapport.importing.ports import ImportRows, Kept


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """The look, on its ports. `forget` asks that the person of an identifier be erased."""

    rows: ImportRows
    clusters: Clusters
    profile: Callable[[PersonId], Profile | None]
    forget: Callable[[Ref, Kept], None]
    now: Callable[[], datetime]

    def ask(self, until: datetime) -> tuple[int, int]:
        """Go over the pages that are due, while there is time: how many asked for, and spared."""
        asked = spared = 0
        for kept in self.rows.due(self.now().date()):
            if self.now() >= until:
                break
            groups = groups_of(self.clusters, kept.homes)
            theirs = [home for home in kept.homes if not self._stays(groups[home])]
            for home in theirs:
                self.forget(home, kept)
            asked, spared = asked + len(theirs), spared + len(kept.homes) - len(theirs)
            self.rows.release(kept.import_id, kept.page, kept.until)
        return asked, spared

    def _stays(self, group: Group) -> bool:
        """Whether they are gone already, or here by more than an import."""
        if group.cluster == NOWHERE:
            return True
        profile = self.profile(group.person)
        if profile is None:
            return False
        agreed = any(not word.withdrawn for word in profile.consents.values())
        return profile.last is not None or agreed
