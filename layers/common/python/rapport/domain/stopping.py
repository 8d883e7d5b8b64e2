"""Who stopped all mail, when and why."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Stop:
    """All mail to candidates is stopped since `at`. `by` is an operator, `why` may be empty."""

    at: datetime
    by: str
    why: str = ""
