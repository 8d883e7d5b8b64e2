"""An import taken back in this process: persons folded anew; gone is whom no event tells of.

What no event of the log names any more was known by the import alone: it leaves its cluster, and
the profile that it gave its name to goes.
"""

from collections.abc import Iterable

from cli import rebuilding, workers
from cli.store import Stores
from rapport.domain import names
from rapport.domain.event import IMPORTED, LogKey, Origin
from rapport.domain.identifiers import PersonId, Ref, person_id
from rapport.domain.statements import section
from rapport.erasing import PeopleEraser, remaining
from rapport.identity import Change, Pointer
from rapport.rebuild import Rebuild, Verdict

CAUSE = "Import Undone"
TRIES = 5


def mend(stores: Stores, eraser: PeopleEraser, refs: Iterable[Ref]) -> None:
    """Fold the persons of some identifiers anew from the log."""
    asked = [*refs]
    rebuild = rebuilding.rebuild_on(stores)
    seen: set[PersonId] = set()
    for ref in asked:
        stores.log.remove(_receipts(stores, ref))
    for ref in asked:
        rebuilt = rebuild.person(ref)
        if rebuilt.group.person not in seen and rebuilt.verdict is not Verdict.EQUAL:
            rebuilding.mend(stores, rebuild, rebuilt, receipts=False)
        seen.add(rebuilt.group.person)
    alone = [ref for ref in asked if _let_go(stores, rebuild, ref)]
    left = [ref for ref in asked if ref not in alone]
    workers.refresh(stores, left, origin=Origin.REBUILD, cause=CAUSE, receipts=False)
    for ref in alone:
        eraser.erase_partition(ref)
        eraser.unlink(ref)
        eraser.erase_view(person_id(ref))


def _receipts(stores: Stores, ref: Ref) -> list[LogKey]:
    """What the log keeps of profiles that became one by an imported row that is gone."""
    found = []
    for event in stores.log.partition(ref):
        if event.type not in {names.PROFILE_MERGED, names.PROFILE_SPLIT}:
            continue
        cause = section(event.body, "properties").get("cause")
        if not isinstance(cause, list) or len(cause) != len(LogKey._fields):
            continue
        key = LogKey(*(str(part) for part in cause))
        if f"#{IMPORTED}" in key.sk and stores.log.get(key) is None:
            found.append(event.key)
    return found


def _let_go(stores: Stores, rebuild: Rebuild, ref: Ref) -> bool:
    """Take an identifier that no event names out of its cluster; whether it is one."""
    for _ in range(TRIES):
        rebuilt = rebuild.person(ref)
        if ref in rebuilt.state.nodes or any(stores.log.partition(ref)):
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
        if stores.clusters.commit(Change(write=((left, stored.version),), point=point)):
            change = workers.absorb(stores).again(left)
            if change is not None:
                stores.clusters.commit(change)
            return True
    return False
