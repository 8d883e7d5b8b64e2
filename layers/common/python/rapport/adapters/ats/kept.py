"""Bodies of an ATS that nobody could read, in the quarantine: sealed, under a key of their day.

`rapport quarantine list --source ats-<connection>` tells which, when and why.
"""

from collections.abc import Mapping
from datetime import datetime

from rapport.domain.event import Json
from rapport.door import Quarantine, Refused
from rapport.errors import RetryableError


class KeptInQuarantine:
    """The port `Kept`, on the objects that refused messages are kept in."""

    def __init__(self, quarantine: Quarantine) -> None:
        """Keep them there."""
        self._quarantine = quarantine

    def keep(self, connection: str, reason: str, at: datetime, content: Mapping[str, Json]) -> None:
        """Keep one; RetryableError when there is no room this minute, for nothing is dropped."""
        refused = Refused(
            at=at, source=f"ats-{connection}", reason=reason, count=1, content=content, good=True
        )
        if not self._quarantine.keep(refused):
            msg = "the quarantine takes no more this minute"
            raise RetryableError(msg)
