"""Click→mail: from the visitor's POST to the moment SES accepted the mail, as a ratio.

Rapport, as `cdk deploy` put it on the emulator, and the bare pipeline beside it are asked in turn,
so that whatever else the machine does burdens both. The first rounds warm the functions up and are
not counted. Milliseconds of a laptop say nothing about AWS; the ratio says what the engine adds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from uuid import uuid4

import requests

from bench.bare import Bare
from local.description import Description
from local.inbox import Inbox

WARM_UP = 5
ROUNDS = 30
TOO_LONG_SECONDS = 30.0
POLL_SECONDS = 0.005


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Seconds by pipeline, in the order of the rounds."""

    rapport: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def medians(self) -> float:
        """How many times the bare pipeline's median Rapport takes."""
        return median(self.rapport) / median(self.bare)


def measure(stack: Description, bare: Bare) -> Ratio:
    """Ask both pipelines in turn."""
    inbox = Inbox(stack["mailbox_url"])
    session = requests.Session()
    run = uuid4().hex[:8]

    def join(name: str) -> str:
        address = f"{name}@inbox.halden.example"
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = {
            "type": "track",
            "event": "Talent Network Joined",
            "anonymousId": name,
            "messageId": f"bench-{name}",
            "timestamp": now,
            "sentAt": now,
            "properties": {"email": address, "first_name": "Bench", "category": "nursing"},
        }
        answer = session.post(
            f"{stack['api_url']}/v1/track",
            json=message,
            auth=(stack["write_keys"]["browser"], ""),
            timeout=TOO_LONG_SECONDS,
        )
        answer.raise_for_status()
        return address

    def put(name: str) -> str:
        session.post(bare.url, json={"id": name}, timeout=TOO_LONG_SECONDS).raise_for_status()
        return Bare.address(name)

    taken: dict[str, list[float]] = {"rapport": [], "bare": []}
    for n in range(WARM_UP + ROUNDS):
        for name, ask in (("rapport", join), ("bare", put)):
            seconds = _one(ask, f"{name}-{run}-{n}", inbox)
            if n >= WARM_UP:
                taken[name].append(seconds)
    return Ratio(rapport=tuple(taken["rapport"]), bare=tuple(taken["bare"]))


def _one(ask: Callable[[str], str], name: str, inbox: Inbox) -> float:
    began = datetime.now(UTC)
    address = ask(name)
    deadline = time.monotonic() + TOO_LONG_SECONDS
    while time.monotonic() < deadline:
        for mail in inbox.mails():
            if address in mail["to"]:
                return (datetime.fromisoformat(mail["received_at"]) - began).total_seconds()
        time.sleep(POLL_SECONDS)
    msg = f"no mail for {name} within {TOO_LONG_SECONDS:.0f} s"
    raise RuntimeError(msg)
