"""Messages about imports of people: pages are applied, or taken back; who has no proof is erased.

import         pages of one import are applied or taken back, as far as the time reaches; then the
               same message again
import-forget  each hour: `privacy` is asked to erase those whose time is over
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.sync.pulls import Came, Result
from rapport.domain.event import Json
from rapport.errors import ConflictError, PoisonError
from rapport.importing.overdue import Overdue
from rapport.importing.ports import Stage
from rapport.imports import DO, Imports
from rapport.pulls import Work

# Two messages about one import met: the slower one looks again.
WAIT_S = 30


@dataclass(frozen=True, kw_only=True)
class Importing:
    """The flow, on its ports."""

    imports: Imports
    overdue: Overdue
    work: Work
    now: Callable[[], datetime]

    def do(self, message: Mapping[str, Json], until: datetime) -> Result:
        """Apply pages of the import whose `id` the message has, or take them back."""
        import_id = message.get("id")
        if not isinstance(import_id, str) or not import_id:
            msg = "this message names no import"
            raise PoisonError(msg)
        try:
            by = self.imports.run(import_id, until=until)
        except ConflictError:
            self.work.put({"do": DO, "id": import_id}, after_s=WAIT_S)
            return Result(came=Came.RESTING)
        if by.moving:
            rests = by.resting(self.now())
            self.work.put({"do": DO, "id": import_id}, after_s=WAIT_S if rests else 0)
        ended = by.stage in {Stage.DONE, Stage.UNDONE}
        return Result(came=Came.DONE, figures={"ImportsFinished": int(ended)})

    def forget(self, message: Mapping[str, Json], until: datetime) -> Result:
        """Ask that those be erased who came without proof and whose time is over."""
        asked, spared = self.overdue.ask(until)
        return Result(came=Came.DONE, figures={"ImportedOverdue": asked, "ImportedSpared": spared})
