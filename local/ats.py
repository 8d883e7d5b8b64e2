"""The ATS of Halden Clinics: its connection, and deliveries signed and shaped as by Greenhouse.

The bodies are in the form of Greenhouse's developer documentation (webhooks): an application with
its candidate, its jobs and the stage that it is in now. A hire tells no stage and has an offer.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from local.description import Description
from local.feed import Job
from local.inbox import ask
from local.layout import Place
from local.outside import client
from rapport.adapters.ats.connections import SecretConnections
from rapport.ats import ANY, Connection
from rapport.domain.ats import Speaks
from rapport.settings import secrets_prefix

NAME: Final = "greenhouse"
REVIEW, INTERVIEW, OFFER = (7101, "Application Review"), (7102, "Interview"), (7103, "Offer")
# What each stage is called in playbooks.
STAGES: Final = {"7101": "review", "7102": "interview", "7103": "offer"}
# Greenhouse writes of everything but the interview.
SPEAKS: Final = {"interview": Speaks.RAPPORT, ANY: Speaks.ATS}
SOURCE: Final = "Jobs page on your website"
SECRET_BYTES: Final = 32

Stage = tuple[int, str]


def connect(stack: Description) -> Connection:
    """Store the connection, with a secret that nobody else knows."""
    made = Connection(
        name=NAME,
        vendor="greenhouse",
        secrets=(secrets.token_hex(SECRET_BYTES),),
        stages=STAGES,
        speaks=SPEAKS,
    )
    _connections(stack).put(made)
    return made


def connection(stack: Description) -> Connection | None:
    """The connection as it is stored."""
    return _connections(stack).get(NAME)


def _connections(stack: Description) -> SecretConnections:
    return SecretConnections(
        secrets_prefix(stack["stage"]), lambda: client(stack, "secretsmanager")
    )


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Somebody who applied, as Greenhouse has them; ids are Greenhouse's own."""

    first: str
    last: str
    email: str
    job: Job
    candidate: int
    application: int
    applied_at: datetime
    can_email: bool = True

    def told(self, stage: Stage, **more: object) -> dict[str, Any]:
        """The payload of an event about the application, in a stage; its clock is now."""
        here = {"id": stage[0], "name": stage[1], "interviews": []}
        changed = {"status": "active", "current_stage": here, "last_activity_at": _iso()}
        return {"application": self._application() | changed | more}

    def hired(self) -> dict[str, Any]:
        """The payload of `hire_candidate`: no status, no stage, no time of its own, no job post."""
        now = _iso()
        offer = {"id": self.application + 1, "version": 1, "created_at": now, "resolved_at": now}
        source = {"id": 2, "public_name": SOURCE}
        told = {"id": self.application, "source": source, "candidate": self._candidate()}
        return {"application": {**told, "jobs": [self._job()], "offer": offer}}

    def rejected(self) -> dict[str, Any]:
        """The payload of `reject_candidate`."""
        reason = {
            "id": 14,
            "name": "Position filled",
            "type": {"id": 3, "name": "We rejected them"},
        }
        return self.told(REVIEW, status="rejected", rejected_at=_iso(), rejection_reason=reason)

    def _application(self) -> dict[str, Any]:
        job = self._job() | {"job_post_id": int(self.job.id), "status": "open"}
        return {
            "id": self.application,
            "prospect": False,
            "applied_at": _iso(self.applied_at),
            "rejected_at": None,
            "source": {"id": 2, "name": SOURCE},
            "rejection_reason": None,
            "candidate": self._candidate() | {"tags": []},
            "jobs": [job],
        }

    def _candidate(self) -> dict[str, Any]:
        return {
            "id": self.candidate,
            "first_name": self.first,
            "last_name": self.last,
            "title": None,
            "external_id": None,
            "is_private": False,
            "can_email": self.can_email,
            "phone_numbers": [],
            "email_addresses": [{"value": self.email, "type": "personal"}],
            "addresses": [],
            "custom_fields": {},
        }

    def _job(self) -> dict[str, Any]:
        return {
            "id": int(self.job.internal),
            "name": self.job.title,
            "requisition_id": None,
            "confidential": False,
            "departments": [{"id": 41, "name": self.job.category.title()}],
            "offices": [{"id": 4, "name": "Halden", "location": self.job.location}],
        }


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery: its bytes, and the headers that it comes with."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def delivery(connected: Connection, action: str, payload: Mapping[str, Any]) -> Delivery:
    """An event signed over its very bytes: `Signature: sha256 <hex>`."""
    body = json.dumps({"action": action, "payload": payload}).encode()
    digest = hmac.new(connected.secrets[0].encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "Greenhouse-Event-ID": str(uuid4()),
        "Signature": f"sha256 {digest}",
    }
    return Delivery(body=body, headers=headers)


def post(place: Place, delivered: Delivery, name: str = NAME) -> int:
    """Deliver to the public door; the status of the answer."""
    url = f"{place.api_url}/webhooks/{name}"
    return ask("POST", url, delivered.body, headers=delivered.headers).status


def _iso(moment: datetime | None = None) -> str:
    at = datetime.now(UTC) if moment is None else moment
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
