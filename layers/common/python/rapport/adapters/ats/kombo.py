"""Kombo's webhooks: that something changed in the ATS behind it, and not what.

`data-changed` lists names of models. So nothing is to be taken from a delivery but which kinds are
to be read again, from the time of the last reading on. One secret serves all integrations of an
account: a connection is about the one that its `api` names as `integration_id`.

Source: Kombo's documentation, Webhooks, and its OpenAPI document.
"""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta

from rapport.adapters.ats import reading, signatures
from rapport.adapters.ats.hints import bare, hint
from rapport.ats import Adapter, Connection, Reply, Verdict
from rapport.domain.ats import AtsEvent, Kind
from rapport.domain.event import Json

_CHANGED = "data-changed"
# Which of its models are told of as what. The other ones are about nobody's candidacy.
_MODELS: Mapping[str, Kind] = {
    "ats_jobs": Kind.JOB_UPDATED,
    "ats_job_postings": Kind.JOB_UPDATED,
    "ats_candidates": Kind.CANDIDATE_UPDATED,
    "ats_applications": Kind.APPLICATION_UPDATED,
    "ats_application_stages": Kind.APPLICATION_UPDATED,
    "ats_interviews": Kind.APPLICATION_UPDATED,
    "ats_offers": Kind.APPLICATION_UPDATED,
}


class Kombo:
    """The adapter; see `rapport.ats.Adapter` and the module."""

    vendor = "kombo"
    # It says nothing of its retries; repeats of a hint are harmless.
    retries_for_s = int(timedelta(days=3).total_seconds())

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        """`X-Kombo-Signature`: base64url without padding, over the raw body."""
        del now  # no time is signed
        if not any(connection.secrets):
            return signatures.unproven()
        told = headers.get("x-kombo-signature", "")
        if not told:
            return signatures.forged("no_signature")
        keys = (key.encode() for key in connection.secrets)
        return signatures.judge(keys, raw, (told,), _base64url)

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        """A hint per kind of entity that changed; none for another integration's changes."""
        del headers
        event, ident = reading.event_name(payload.get("type")), reading.text(payload.get("id"))
        if event != _CHANGED:
            return [bare(Kind.UNKNOWN, event, ident)]
        data = reading.part(payload, "data")
        reading.wanted(reading.text(data.get("integration_id")), "integration")
        ours = connection.api.get("integration_id")
        if ours and reading.text(data.get("integration_id")) != ours:
            return []
        changed = reading.parts(data.get("changed_models"))
        models = (reading.text(model.get("name")) for model in changed)
        kinds = dict.fromkeys(_MODELS[model] for model in models if model in _MODELS)
        return [hint(kind, event, ident=ident) for kind in kinds]

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Any 2xx will do."""
        del verdict, headers, raw
        return Reply(status=200)


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


ADAPTER: Adapter = Kombo()
