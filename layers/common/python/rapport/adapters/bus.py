"""Facts on EventBridge."""

import json
from collections.abc import Sequence
from typing import Any

from rapport.adapters import aws
from rapport.domain.decision import FactRef, fact_to_json
from rapport.events import SOURCE

MAX_ENTRIES = 10


class EventBridgeBus:
    """The port `Bus`."""

    def __init__(self, bus_name: str, *, client: Any = None) -> None:
        """Work on the bus of that name."""
        self._bus_name = bus_name
        self._client = client

    def publish(self, facts: Sequence[tuple[FactRef, int]]) -> list[bool]:
        """Put facts on the bus, ten at a time; per fact whether it was taken."""
        self._client = self._client or aws.client("events")
        taken: list[bool] = []
        for start in range(0, len(facts), MAX_ENTRIES):
            part = facts[start : start + MAX_ENTRIES]
            answer = self._client.put_events(Entries=[self._entry(f, v) for f, v in part])
            taken += ["ErrorCode" not in entry for entry in answer["Entries"]]
        return taken

    def _entry(self, fact: FactRef, view_version: int) -> dict[str, Any]:
        detail = {**fact_to_json(fact), "view_version": view_version}
        return {
            "EventBusName": self._bus_name,
            "Source": SOURCE,
            "DetailType": fact.name,
            "Time": fact.occurred_at,
            "Detail": json.dumps(detail, separators=(",", ":")),
        }
