"""Plays one Python SDK, unmodified: `python play.py SDK`, cases on standard input.

Each case is an object with `case`, `url`, `key` and `retries`; all are played at once, each by a
client of its own. Told per case on standard output: the marks of the events that the SDK gave up.
The exit code is 1 if there was one.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

CLIENTS = {
    "segment-python": "segment.analytics.client",
    "rudder-python": "rudderstack.analytics.client",
    "customerio-python": "customerio.analytics.client",
}


def mark_of(message: dict[str, Any]) -> str:
    """The mark that a message carries; an alias carries none and is known by its kind."""
    traits = message.get("traits") or message.get("context", {}).get("traits") or {}
    return str({**traits, **(message.get("properties") or {})}.get("mark", message["type"]))


def play(sdk: str, case: dict[str, Any]) -> list[str]:
    """One visitor: looks around, joins, is known from then on."""
    lost: list[str] = []
    client = import_module(CLIENTS[sdk]).Client(
        case["key"],
        host=case["url"],
        upload_size=3,
        upload_interval=0.05,
        max_retries=case["retries"],
        on_error=lambda _error, batch: lost.extend(map(mark_of, batch)),
    )
    visitor, member = f"visitor-{case['case']}", f"member-{case['case']}"
    client.page(anonymous_id=visitor, name="Jobs", properties={"mark": "page"})
    viewed = {"mark": "viewed", "job_id": "J-1"}
    client.track(anonymous_id=visitor, event="Job Viewed", properties=viewed)
    client.identify(member, anonymous_id=visitor, traits={"mark": "identify", "first_name": "Ada"})
    client.group(member, "G-1", anonymous_id=visitor, traits={"mark": "group"})
    client.alias(visitor, member)
    client.track(member, "Saved", anonymous_id=visitor, properties={"mark": "saved"})
    client.flush()
    client.join()
    return lost


def main() -> int:
    """Play all cases and tell."""
    cases = json.load(sys.stdin)
    with ThreadPoolExecutor(max_workers=len(cases)) as pool:
        lost = list(pool.map(lambda case: play(sys.argv[1], case), cases))
    print(json.dumps({case["case"]: each for case, each in zip(cases, lost, strict=True)}))
    return 1 if any(lost) else 0


if __name__ == "__main__":
    sys.exit(main())
