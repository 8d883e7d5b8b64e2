"""Occurrences: facts on their way from what caused them to the bus."""

from dataclasses import dataclass
from datetime import datetime

from rapport.domain.event import Origin


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """A fact as it travels with the view write that it caused; what it is about as in `FactRef`."""

    name: str
    event_id: str
    origin: Origin
    occurred_at: datetime
    received_at: datetime
    log_pk: str
    log_sk: str
    job: str = ""
    application: str = ""
    stage: str = ""
    speaks: str = ""
    occasion: str = ""
