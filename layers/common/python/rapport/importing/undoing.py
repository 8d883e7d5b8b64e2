"""An import taken back whole: its events, the consents that came of them, who it made one person.

Page by page, by the plans: words are unsaid unless their owner has spoken since, events are
removed, and everybody whom the page named is folded anew from what is left. What they did since
stays. Each step is harmless to repeat; the import's row says how far it is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.identifiers import Ref
from rapport.importing.applying import plan_name, read_plans, rows_name
from rapport.importing.ports import Import, ImportRows, Planned, Shelf, Stage, TakesBack, ask_list
from rapport.importing.telling import joined_event
from rapport.ports import Log


@dataclass(frozen=True, kw_only=True)
class Undoing:
    """Takes pages back, on its ports.

    `mend` folds the persons of some identifiers anew from the log, and forgets those of whom it
    says nothing any more.
    """

    rows: ImportRows
    shelf: Shelf
    log: Log
    words: TakesBack
    mend: Callable[[Iterable[Ref]], None]
    now: Callable[[], datetime]

    def page(self, by: Import) -> Import:
        """Take the next page back; the import as it then stands."""
        if by.stage is not Stage.UNDOING:
            return by
        plans = self._plans(by)
        for plan in plans:
            if plan.event_id and plan.address is not None:
                self.words.unsay(plan.address, plan.topic, plan.event_id)
        now, asked = self.now(), ask_list(by)
        self.log.remove(key for plan in plans for key in plan.keys)
        self.log.remove(joined_event(p.home, by, asked, now=now).key for p in plans if p.ask)
        self.mend(sorted({ref for p in plans if p.keys for ref in (*p.members, p.home)}))
        self.rows.release(by.id, by.page, by.keep_until)
        moved = self.rows.put(by.taken_back(self.now()))
        for name in (plan_name(by.page), rows_name(by.page)):
            self.shelf.remove(by.id, name)
        return moved

    def _plans(self, by: Import) -> list[Planned]:
        """What was written, or may have been, for a page; of one that nobody began nothing."""
        content = self.shelf.get(by.id, plan_name(by.page))
        return [] if content is None else read_plans(content)
