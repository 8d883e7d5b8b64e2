"""The shipped job-board feed, in the shape of Greenhouse's job board."""

import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Where Greenhouse's board of that name answers, below its host.
BOARD = "halden"
BOARD_PATH = f"/v1/boards/{BOARD}/jobs"
FEED = Path(__file__).with_name("jobs.json")
CATEGORIES = ("nursing", "physiotherapy", "laboratory", "administration")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job of the feed. `content` is HTML; `published` and `updated` are ISO 8601.

    `internal` is its id in the ATS, where `id` is what the site calls it.
    """

    id: str
    internal: str
    title: str
    category: str
    location: str
    published: str
    updated: str
    employment: str
    hours: str
    content: str
    open: bool


def feed(site_url: str) -> dict[str, Any]:
    """The feed as a job board at `site_url` serves it, with links to its own pages."""
    loaded: dict[str, Any] = json.loads(FEED.read_text(encoding="utf-8"))
    jobs = [row | {"absolute_url": f"{site_url}/jobs/{row['id']}"} for row in loaded["jobs"]]
    return loaded | {"jobs": jobs}


def jobs() -> tuple[Job, ...]:
    """All jobs, the newest first."""
    rows = [_job(row) for row in feed("")["jobs"]]
    return tuple(sorted(rows, key=lambda job: (job.published, job.id), reverse=True))


def _job(row: dict[str, Any]) -> Job:
    facts = {fact["name"]: str(fact["value"]) for fact in row["metadata"]}
    return Job(
        id=str(row["id"]),
        internal=str(row["internal_job_id"]),
        title=row["title"],
        category=row["departments"][0]["name"].lower(),
        location=row["location"]["name"],
        published=row["first_published"],
        updated=row["updated_at"],
        employment=facts["Employment type"],
        hours=facts["Working hours"],
        # Greenhouse serves the description as escaped HTML.
        content=html.unescape(row["content"]),
        open=facts["Status"] == "Open",
    )
