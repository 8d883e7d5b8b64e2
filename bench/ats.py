"""What an ATS costs: units, requests and modelled dollars of what it delivers and of what is read.

Deliveries come to the real door, in the form of Greenhouse's and Lever's documentation; what they
ask for is read from a vendor on the loopback; their events are folded and published, their facts
answered with the shipped playbooks. The ATS writes to candidates itself, as it does unless it is
said otherwise. Reading a secret once a minute is left out.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from bench.outside import vendor
from bench.rooms import Rooms
from bench.steps import Step, told
from cli.publish import compile_bundle
from local.ats import Applicant, delivery
from local.feed import Job, jobs
from rapport.adapters.ats.connections import SecretConnections
from rapport.adapters.bundles import S3Bundles
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.ats import Connection
from rapport.bundle import Board
from rapport.domain.event import Json, millis

# Headers and body of a delivery.
_Said: TypeAlias = tuple[dict[str, str], bytes]
ROOT = Path(__file__).resolve().parents[1]
PEOPLE = 25
ROWS = 100
JOBS = 200
PATH = "/v1/boards/bench/jobs"
STAGES = {"1": "review", "2": "screen", "3": "offer"}
NEW, KNOWN, REPEAT = "a stage change of somebody new", "of somebody known", "its repeat"
HINT, PAGE, BOARD = "a hint of Lever's", "a page of 100, unchanged", "a board of 200, unchanged"
# Write units of one of them, with what follows.
MAX_UNITS: Mapping[str, int] = {
    # A candidate with an address and a past, from nothing, and the decision that no mail is sent.
    NEW: 36,
    KNOWN: 10,
    REPEAT: 0,
    HINT: 10,
    # The row of the run, before and after; as the row of the board.
    PAGE: 3,
    BOARD: 3,
}


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Steps by name, in the order in which they happen."""

    steps: Mapping[str, Step]

    @property
    def bounded(self) -> bool:
        """Whether each of them, and no other, is within its bound."""
        units = {name: step.write_units for name, step in self.steps.items()}
        return units.keys() == MAX_UNITS.keys() and all(
            units[name] <= most for name, most in MAX_UNITS.items()
        )

    def told(self) -> Iterator[str]:
        """A line for each."""
        for name, step in self.steps.items():
            store = sum(n for call, n in step.calls.items() if call.startswith("dynamodb."))
            asked = step.calls["vendor.Request"]
            yield (
                f"{told(name, step)}; {store / step.times:.1f} requests to the store,"
                f" {asked / step.times:.1f} to the vendor (at most {MAX_UNITS[name]} write units)"
            )


def measure(url: str) -> Figures:
    """Play it on fresh stores of the emulator."""
    bundle = compile_bundle(ROOT / "playbooks")
    rooms = Rooms(url, bundle.brand.sender.rpartition("@")[2])
    scene = _Scene(rooms)
    with vendor(scene.answer) as base:
        scene.connect(base)
        board = Board(source="careers", kind="greenhouse", name="bench", url=base)
        bundle = msgspec.structs.replace(bundle, boards=(board,))
        config = DynamoConfig(rooms.names["book"])
        config.set_live_bundle(S3Bundles(rooms.bundles).put(bundle), now=rooms.now())
        return scene.play()


class _Scene:
    """An employer's two ATS, with those who applied there."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.job = jobs()[0]
        began = rooms.now() - timedelta(days=30)
        self.applicants = [_applicant(n, self.job, began) for n in range(ROWS)]
        self.rows: dict[str, dict[str, Any]] = {}
        self.opportunities: dict[str, dict[str, Any]] = {}
        self.steps: dict[str, Step] = {}
        self._tokens = count()

    def connect(self, base: str) -> None:
        """Store the secrets of both connections; their APIs answer at `base`."""
        secrets = SecretConnections(self.rooms.secrets, now=self.rooms.now)
        api = {"base_url": base, "token_url": f"{base}/token", "client_id": "i", "key": "k"}
        self.greenhouse = Connection(
            name="greenhouse",
            vendor="greenhouse",
            secrets=("s",),
            api={**api, "client_secret": "c"},
            stages=STAGES,
        )
        secrets.put(self.greenhouse)
        secrets.put(replace(self.greenhouse, name="lever", vendor="lever"))

    def answer(self, path: str, asked: Mapping[str, list[str]]) -> Json:
        """What a vendor's API says."""
        self.rooms.came("vendor.Request")
        match path.strip("/").split("/"):
            case ["token"]:
                return {"access_token": "t", "expires_in": 3600}
            case ["v3", "applications"]:
                ids = asked["ids"][0].split(",") if "ids" in asked else list(self.rows)
                return [self.rows[ident] for ident in ids]
            case ["v1", "opportunities", ident]:
                return {"data": self.opportunities[ident]}
            case ["v1", "archive_reasons"]:
                return {"data": [], "hasNext": False}
            case ["v1", "boards", *_]:
                return {"jobs": _postings(self.job), "meta": {"total": JOBS}}
        msg = f"nobody answers at {path}"
        raise RuntimeError(msg)

    def play(self) -> Figures:
        """All of it, in order."""
        self._told(NEW, self._moved((1, "Review"), PEOPLE))
        screened = self._moved((2, "Screen"), PEOPLE)
        self._told(KNOWN, screened)
        self._told(REPEAT, screened)
        self._hints("first")
        self._followed()
        with self._step(HINT, PEOPLE):
            self._hints("second")
        self._moved((2, "Screen"), ROWS)
        self._pull()
        self._followed()
        with self._step(PAGE, 1):
            self._pull()
        self._read()
        self._followed()
        with self._step(BOARD, 1):
            self._read()
        return Figures(steps=self.steps)

    @contextmanager
    def _step(self, name: str, times: int) -> Iterator[None]:
        with self.rooms.step(times) as step:
            yield
            self._followed()
        self.steps[name] = step

    def _followed(self) -> None:
        """What comes of it: what has to be read, profiles, facts, what they start."""
        self.rooms.work()
        self.rooms.follow()
        self.rooms.facts()
        self.rooms.intents()
        self.rooms.follow()

    def _moved(self, stage: tuple[int, str], people: int) -> list[_Said]:
        """Their applications are in a stage: the deliveries, and what the API shows of each."""
        made = []
        for who in self.applicants[:people]:
            payload = who.told(stage)
            told_of = payload["application"]
            shown = {key: value for key, value in told_of.items() if key != "candidate"}
            self.rows[str(who.application)] = shown | {"candidate_id": who.candidate}
            said = delivery(self.greenhouse, "candidate_stage_change", payload)
            made.append(({name.lower(): value for name, value in said.headers.items()}, said.body))
        return made

    def _told(self, name: str, deliveries: list[_Said]) -> None:
        with self._step(name, len(deliveries)):
            for headers, body in deliveries:
                self._deliver("greenhouse", headers, body)

    def _hints(self, stage: str) -> None:
        """Lever says of each that something changed; what, its API alone tells."""
        for number in range(PEOPLE):
            ident, at = f"opportunity-{number}", millis(self.rooms.now())
            self.opportunities[ident] = _opportunity(ident, number, stage, at)
            token = f"token-{next(self._tokens)}"
            mac = hmac.new(b"s", f"{token}{at}".encode(), hashlib.sha256)
            hint = {
                "event": "candidateStageChange",
                "data": {"opportunityId": ident, "contactId": f"contact-{number}"},
                "triggeredAt": at,
                "token": token,
                "signature": mac.hexdigest(),
            }
            self._deliver("lever", {}, json.dumps(hint).encode())

    def _deliver(self, connection: str, headers: Mapping[str, str], body: bytes) -> None:
        asked = {
            "headers": {"content-type": "application/json", **headers},
            "pathParameters": {"connection": connection},
            "requestContext": {"requestId": "bench"},
            "body": b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        self.rooms.came("gateway.Request")
        answer = self.rooms.call("ats", asked)
        if answer["statusCode"] >= 300:  # noqa: PLR2004
            msg = f"the door of ATS answered {answer['statusCode']} to {connection}"
            raise RuntimeError(msg)

    def _pull(self) -> None:
        self._ask({"do": "pull", "connection": "greenhouse", "kind": "applications"})

    def _read(self) -> None:
        self._ask({"do": "board", "source": "careers"})

    def _ask(self, message: Mapping[str, Json]) -> None:
        self.rooms.came("sqs.SendMessage")
        self.rooms.say("sync", json.dumps(message))


def _applicant(number: int, job: Job, began: datetime) -> Applicant:
    return Applicant(
        first="Robin",
        last=f"Vik{number}",
        email=f"robin{number}@inbox.halden.example",
        job=job,
        candidate=10_000 + number,
        application=20_000 + number,
        applied_at=began,
    )


def _opportunity(ident: str, number: int, stage: str, at: int) -> dict[str, Any]:
    """An opportunity as Lever's API has it, with what is asked to be expanded."""
    return {
        "id": ident,
        "contact": {
            "id": f"contact-{number}",
            "name": f"Kim Dahl{number}",
            "emails": [f"kim{number}@inbox.halden.example"],
            "phones": [],
            "location": {"name": "Halden"},
        },
        "stage": {"id": stage, "text": stage.title()},
        "confidentiality": "non-confidential",
        "sources": ["LinkedIn"],
        "origin": "sourced",
        "archived": None,
        "applications": [{"id": f"application-{number}", "posting": f"posting-{number}"}],
        "createdAt": at - 86_400_000 * 9,
        "updatedAt": at,
    }


def _postings(job: Job) -> list[Json]:
    """A board's jobs in the form of Greenhouse's job board."""
    return [
        {
            "id": 40_000 + number,
            "title": f"{job.title} {number}",
            "absolute_url": f"https://careers.halden.example/jobs/{number}",
            "location": {"name": job.location},
            "departments": [{"name": job.category.title()}],
            "first_published": job.published,
            "updated_at": job.updated,
            "content": f"&lt;p&gt;{job.content}&lt;/p&gt;" * 3,
        }
        for number in range(JOBS)
    ]
