"""Messages about imports of people: pages are applied, or taken back; who has no proof is erased.

import         pages of one import are applied or taken back, as far as the time reaches; then the
               same message again
import-ask     those whom one mail may ask for consent are put on the list of their import
pool-file      a file that came from a screen is looked through as far as the time reaches, then the
               same message again; or cut into an import
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
from rapport.pool_files import PoolFiles
from rapport.pulls import Work

# Two messages about one import met: the slower one looks again.
WAIT_S = 30


@dataclass(frozen=True, kw_only=True)
class Importing:
    """The flow, on its ports."""

    imports: Imports
    overdue: Overdue
    files: PoolFiles
    work: Work
    now: Callable[[], datetime]

    def do(self, message: Mapping[str, Json], until: datetime) -> Result:
        """Apply pages of the import whose `id` the message has, or take them back."""
        import_id = _named(message)
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

    def file(self, message: Mapping[str, Json], until: datetime) -> Result:
        """Look through, or begin to import, the file whose upload the message names."""
        came = self.files.do(_named(message), self.imports, until=until)
        return Result(came=Came.DONE, why=came)

    def ask(self, message: Mapping[str, Json], until: datetime) -> Result:
        """Put those whom one mail may ask for consent on the list of the import."""
        asked = self.imports.ask_again(_named(message))
        return Result(came=Came.DONE, figures={"ImportedAsked": asked})

    def forget(self, message: Mapping[str, Json], until: datetime) -> Result:
        """Ask that those be erased who came without proof and whose time is over."""
        asked, spared = self.overdue.ask(until)
        return Result(came=Came.DONE, figures={"ImportedOverdue": asked, "ImportedSpared": spared})


def _named(message: Mapping[str, Json]) -> str:
    """What a message is about."""
    told = message.get("id")
    if not isinstance(told, str) or not told:
        msg = "this message names no import and no upload"
        raise PoisonError(msg)
    return told
