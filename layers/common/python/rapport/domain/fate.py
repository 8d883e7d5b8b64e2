"""What became of a mail, as facts that only grow: the earliest time of each, never a status.

Of two fates the join is the same in any order and with any repeats. The raw signs (opens, clicks)
stay with their verdicts' evidence, so that a better rule can judge them again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Said(StrEnum):
    """One thing that can be known of a mail."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    REJECTED = "rejected"
    SOFT_BOUNCED = "soft_bounced"
    HARD_BOUNCED = "hard_bounced"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    UNSUBSCRIBED = "unsubscribed"
    APPLIED = "applied"


@dataclass(frozen=True, kw_only=True)
class Fate:
    """`at`: when each thing was true first. `opened` and `clicked` hold human ones only.

    `bounce`: type and subtype of the earliest bounce, as `Permanent/General`. `machine_opens`,
    `machine_clicks`: whether machines did. `clicked_blocks`: keys of blocks that humans clicked.
    """

    at: Mapping[Said, datetime] = field(default_factory=dict)
    bounce: str = ""
    machine_opens: bool = False
    machine_clicks: bool = False
    clicked_blocks: frozenset[str] = frozenset()
