"""The fixed workload: read from workload.json, dealt from a seeded deck, the same in every run.

Of the 50 events of a visitor 35 are pages and job or content views, 10 free-form tracks, 4 identify
calls with three traits, and one is a talent-network form. All visitors are invented.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

FILE = Path(__file__).with_name("workload.json")
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CATEGORIES = ("nursing", "physiotherapy", "laboratory", "administration")
TITLES = {
    "nursing": "Staff nurse, surgical ward",
    "physiotherapy": "Physiotherapist, stroke unit",
    "laboratory": "Biomedical scientist",
    "administration": "Ward secretary",
}


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Rounds of visits; in a round every visitor comes once and leaves five messages."""

    rounds: tuple[tuple[dict[str, Any], ...], ...]

    @property
    def events(self) -> int:
        """How many messages there are."""
        return sum(len(each) for each in self.rounds)


def load() -> Workload:
    """The workload of workload.json."""
    plan = json.loads(FILE.read_text(encoding="utf-8"))
    chance = Random(plan["seed"])  # noqa: S311  (repeatable on purpose)
    decks = []
    for _ in range(plan["visitors"]):
        deck = [kind for kind, count in plan["deck"].items() for _ in range(count)]
        chance.shuffle(deck)
        decks.append(deck)
    size = plan["events_per_visit"]
    rounds = []
    for visit in range(plan["visits"]):
        messages: list[dict[str, Any]] = []
        for visitor, deck in enumerate(decks):
            kinds = deck[visit * size : (visit + 1) * size]
            messages += _visit(chance, visitor, visit, kinds)
        rounds.append(tuple(messages))
    return Workload(rounds=tuple(rounds))


def _visit(chance: Random, visitor: int, visit: int, kinds: list[str]) -> Iterator[dict[str, Any]]:
    at = START + timedelta(days=visit, minutes=7 * visitor)
    category = CATEGORIES[visitor % len(CATEGORIES)]
    for kind in kinds:
        at += timedelta(seconds=chance.randint(2, 90))
        yield {
            **_call(chance, kind, visitor, category),
            "anonymousId": f"{visitor:08x}-5b1e-4c6f-9d2a-{visitor * 7919:012x}",
            "messageId": f"ajs-next-{chance.getrandbits(42)}-{chance.getrandbits(64):016x}",
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "context": _context(visitor, category),
        }


def _call(chance: Random, kind: str, visitor: int, category: str) -> dict[str, Any]:
    email = f"visitor{visitor}@inbox.halden.example"
    job = str(chance.randint(100, 999))
    calls: dict[str, dict[str, Any]] = {
        "page": {
            "type": "page",
            "name": "Job list",
            "properties": {"path": "/jobs", "url": "https://careers.halden.example/jobs"},
        },
        "view": {
            "type": "track",
            "event": "Job Viewed",
            "properties": {
                "job_id": job,
                "title": TITLES[category],
                "category": category,
                "location": "Halden",
            },
        },
        "track": {
            "type": "track",
            "event": "Filter Changed",
            "properties": {"filter": "location", "value": "Halden", "results": int(job)},
        },
        "identify": {
            "type": "identify",
            "traits": {"email": email, "first_name": f"Visitor{visitor}", "job_category": category},
        },
        "form": {
            "type": "track",
            "event": "Talent Network Joined",
            "properties": {"email": email, "first_name": f"Visitor{visitor}", "category": category},
        },
    }
    return calls[kind]


def _context(visitor: int, category: str) -> dict[str, Any]:
    return {
        "page": {
            "path": f"/jobs/{category}",
            "referrer": "https://www.linkedin.com/",
            "title": f"{category.title()} at Halden Clinics",
            "url": f"https://careers.halden.example/jobs/{category}?utm_source=newsletter",
        },
        "campaign": {"source": "newsletter", "medium": "email", "name": "spring"},
        "userAgent": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/{120 + visitor % 20}.0.0.0",
        "locale": "en-GB",
        "timezone": "Europe/Oslo",
        "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
    }
