"""Facts on EventBridge."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rapport.adapters import aws
from rapport.domain.decision import FactRef, fact_to_json
from rapport.domain.jobs import JobFact, job_ref
from rapport.events import JOB_CHANGED, JOB_CLOSED, JOB_OPENED, SOURCE

MAX_ENTRIES = 10
JOB_FACTS = {"opened": JOB_OPENED, "changed": JOB_CHANGED, "closed": JOB_CLOSED}


class EventBridgeBus:
    """The port `Bus`."""

    def __init__(self, bus_name: str, *, client: Any = None) -> None:
        """Work on the bus of that name."""
        self._bus_name = bus_name
        self._client = client

    def publish(self, facts: Sequence[tuple[FactRef, int]]) -> list[bool]:
        """Put facts on the bus, ten at a time; per fact whether it was taken."""
        return self._put([self._fact(fact, version) for fact, version in facts])

    def publish_jobs(self, facts: Sequence[JobFact]) -> list[bool]:
        """The same for facts about jobs, which are nobody's."""
        return self._put([self._of_job(fact) for fact in facts])

    def _put(self, entries: Sequence[dict[str, Any]]) -> list[bool]:
        self._client = self._client or aws.client("events")
        taken: list[bool] = []
        for start in range(0, len(entries), MAX_ENTRIES):
            answer = self._client.put_events(Entries=entries[start : start + MAX_ENTRIES])
            taken += ["ErrorCode" not in entry for entry in answer["Entries"]]
        return taken

    def _fact(self, fact: FactRef, view_version: int) -> dict[str, Any]:
        detail = {**fact_to_json(fact), "view_version": view_version}
        return self._entry(fact.name, fact.occurred_at, detail)

    def _of_job(self, fact: JobFact) -> dict[str, Any]:
        job = fact.job
        detail = {
            "event_id": fact.event_id,
            "job": job_ref(job.id),
            "version": fact.version,
            "source": job.source,
            "title": job.title,
            "category": job.category,
            "location": job.location,
            "url": job.url,
            "opened_at": job.opened_at.isoformat(),
        }
        return self._entry(JOB_FACTS[fact.change].name, fact.at, detail)

    def _entry(self, name: str, at: datetime, detail: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "EventBusName": self._bus_name,
            "Source": SOURCE,
            "DetailType": name,
            "Time": at,
            "Detail": json.dumps(detail, separators=(",", ":")),
        }
