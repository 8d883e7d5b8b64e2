"""Teamtailor's webhooks: the new signature covers time and body, the older one only the id.

`Teamtailor-Signature`, and the `signature` in the body, are made of the resource's id and of
nothing else: with one of them anybody can tell anything of that resource, for ever. They are
refused; a webhook has to be set up with the new kind (`TT-Signature`, v2).

Of candidates and candidacies only the id is taken, to read them by; no real body of one is known.

Source: Teamtailor's partner documentation, Company Webhooks.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from rapport.adapters.ats import reading, signatures
from rapport.adapters.ats.hints import bare, hint
from rapport.adapters.ats.reading import Node
from rapport.ats import Adapter, Connection, Outcome, Reply, Verdict
from rapport.domain.ats import AtsApplication, AtsCandidate, AtsEvent, AtsJob, Kind, Told
from rapport.domain.event import Json

_SIGNATURE = re.compile(r"t=(\d{1,12}),v2=([0-9a-f]{64})")
_AGE = timedelta(minutes=5)
_RETRIES = timedelta(days=3)
_ACTIONS = frozenset({"create", "update", "destroy"})
_ARCHIVED = "archived"


class Teamtailor:
    """The adapter; see `rapport.ats.Adapter` and the module."""

    vendor = "teamtailor"
    # Its documents contradict each other; what came is remembered for long enough either way.
    retries_for_s = int(_RETRIES.total_seconds())

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        """`TT-Signature`: base64 of `t=<s>,v2=<hex>` over `<s>.<body>`, at most 5 minutes old."""
        if not any(connection.secrets):
            return signatures.unproven()
        told = headers.get("tt-signature", "")
        if not told:
            # It says why, for whoever set up the older kind of webhook has to find out.
            legacy = "teamtailor-signature" in headers or b'"signature"' in raw
            return signatures.forged("signature_of_id_only" if legacy else "no_signature")
        found = _SIGNATURE.fullmatch(_decoded(told))
        if found is None:
            return signatures.forged("malformed_signature")
        time, digest = found.groups()
        signed = time.encode() + b"." + raw
        verdict = signatures.judge((key.encode() for key in connection.secrets), signed, (digest,))
        if verdict.outcome is not Outcome.GENUINE:
            return verdict
        at = reading.moment_ms(int(time) * 1000)
        if at is None or abs(now.astimezone(UTC) - at) > _AGE:
            return signatures.forged("stale")
        return verdict

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        """One event: of a job what its body says, of people a hint."""
        del headers, connection
        # The older kind wraps the same in `payload`.
        body = reading.part(payload, "payload") or payload
        event, data = reading.event_name(body.get("event_name")), reading.part(body, "data")
        ident = reading.wanted(reading.text(data.get("id")), "resource")
        resource, _, action = event.partition(".")
        if action not in _ACTIONS:
            return [bare(Kind.UNKNOWN, event)]
        gone = action == "destroy"
        if resource == "candidate":
            kind = Kind.CANDIDATE_DELETED if gone else Kind.CANDIDATE_UPDATED
            return [hint(kind, event, candidate=AtsCandidate(id=ident))]
        if resource == "job_application":
            kind = Kind.APPLICATION_DELETED if gone else Kind.APPLICATION_UPDATED
            return [hint(kind, event, application=AtsApplication(id=ident))]
        if resource == "job":
            return [_job(event, action, ident, reading.part(data, "attributes"))]
        return [bare(Kind.UNKNOWN, event)]

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Any 2xx will do."""
        del verdict, headers, raw
        return Reply(status=200)


def _job(event: str, action: str, ident: str, node: Node) -> AtsEvent:
    clock = reading.moment(node.get("updated-at"))
    status = reading.first_text(node, "status", "human-status").lower()
    kind = {"create": Kind.JOB_CREATED, "destroy": Kind.JOB_DELETED}.get(action, Kind.JOB_UPDATED)
    if kind is Kind.JOB_UPDATED and status == _ARCHIVED:
        kind = Kind.JOB_CLOSED
    job = AtsJob(
        id=ident,
        title=reading.text(node.get("title")),
        status=status,
        confidential=reading.flag(node.get("internal")),
        opened_at=reading.moment(node.get("created-at")),
    )
    return AtsEvent(
        kind=kind,
        vendor_event=event,
        clock=clock,
        told=Told.ENTITY_UPDATED if clock else Told.RECEIVED,
        jobs=(job,),
        present=frozenset({"/jobs"}),
        needs_refetch=clock is None,
    )


def _decoded(told: str) -> str:
    """The text that the base64 stands for; empty unless it is written as it would be again."""
    try:
        decoded = base64.b64decode(told, validate=True)
        canonical = base64.b64encode(decoded).decode() == told
        return decoded.decode("ascii") if canonical else ""
    except (binascii.Error, ValueError):
        return ""


ADAPTER: Adapter = Teamtailor()
