"""The persons of an import that is taken back: folded anew; gone is whom no event tells of.

What no event of the log names any more was known by the import alone: it leaves its cluster, and
the profile that it gave its name to goes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rapport.domain import names
from rapport.domain.event import IMPORTED, LogKey, Origin
from rapport.domain.identifiers import PersonId, Ref, person_id
from rapport.domain.statements import section
from rapport.erasing import PeopleEraser, remaining
from rapport.identity import Change, Pointer
from rapport.mending import Mending
from rapport.rebuild import Rebuild, Verdict

CAUSE = "Import Undone"
TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Unmaking:
    """The work, on its ports; harmless to repeat."""

    mending: Mending
    eraser: PeopleEraser

    def mend(self, refs: Iterable[Ref]) -> None:
        """Fold the persons of some identifiers anew from the log."""
        asked, mending = [*refs], self.mending
        rebuild = mending.rebuild
        seen: set[PersonId] = set()
        for ref in asked:
            mending.log.remove(self._receipts(ref))
        for ref in asked:
            rebuilt = rebuild.person(ref)
            if rebuilt.group.person not in seen and rebuilt.verdict is not Verdict.EQUAL:
                mending.mend(rebuilt, receipts=False)
            seen.add(rebuilt.group.person)
        alone = [ref for ref in asked if self._let_go(rebuild, ref)]
        left = [ref for ref in asked if ref not in alone]
        mending.refresh(left, origin=Origin.REBUILD, cause=CAUSE, receipts=False)
        for ref in alone:
            self.eraser.erase_partition(ref)
            self.eraser.unlink(ref)
            self.eraser.erase_view(person_id(ref))

    def _receipts(self, ref: Ref) -> list[LogKey]:
        """What the log keeps of profiles that became one by an imported row that is gone."""
        log, found = self.mending.log, []
        for event in log.partition(ref):
            if event.type not in {names.PROFILE_MERGED, names.PROFILE_SPLIT}:
                continue
            cause = section(event.body, "properties").get("cause")
            if not isinstance(cause, list) or len(cause) != len(LogKey._fields):
                continue
            key = LogKey(*(str(part) for part in cause))
            if f"#{IMPORTED}" in key.sk and log.get(key) is None:
                found.append(event.key)
        return found

    def _let_go(self, rebuild: Rebuild, ref: Ref) -> bool:
        """Take an identifier that no event names out of its cluster; whether it is one."""
        clusters = self.mending.clusters
        for _ in range(TRIES):
            rebuilt = rebuild.person(ref)
            if ref in rebuilt.state.nodes or any(self.mending.log.partition(ref)):
                return False
            stored = rebuilt.cluster
            if stored is None or ref not in stored.state.nodes:
                return True
            node = stored.state.nodes[ref]
            if node.crowd or node.fenced or node.parted or node.lost:
                # Its events stand elsewhere, too.
                return False
            left = remaining(stored, ref)
            point = {ref: (Pointer(), stored.id)}
            if clusters.commit(Change(write=((left, stored.version),), point=point)):
                change = self.mending.absorb.again(left)
                if change is not None:
                    clusters.commit(change)
                return True
        return False
