"""What a visitor agrees to on a form: the statement that the playbooks hold.

The form shows its text, and the event that tells of it carries what was shown, word for word.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import yaml

from local.layout import REPO

JOINING: Final = "talent-network-1"
ALERTS: Final = "job-alerts-1"
SOURCES: Final = REPO / "playbooks" / "statements"


@dataclass(frozen=True, kw_only=True)
class Consent:
    """One consent statement; its version is the number at the end of its id."""

    statement: str
    version: str
    text: str

    def properties(self) -> dict[str, str]:
        """As an event carries it."""
        return {"statement": self.statement, "version": self.version, "text": self.text}


@cache
def consent(statement: str = JOINING) -> Consent:
    """A statement by its id; by default that of the talent network."""
    row = yaml.safe_load((SOURCES / f"{statement}.yaml").read_text(encoding="utf-8"))
    return Consent(
        statement=row["id"],
        version=row["id"].rpartition("-")[2],
        text=" ".join(row["text"].split()),
    )
