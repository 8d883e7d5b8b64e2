"""Merge's webhooks: that its copy of an ATS was brought up to date, or that one entity changed.

Nothing of the entities is taken from a delivery, only what is to be read: one by its id, or all of
a kind that changed. Merge itself says not to rely on webhooks alone. One secret serves the whole
organisation: a connection is about the linked account that its `api` names as `linked_account_id`.

Source: Merge's documentation, Merge webhooks sent to you.
"""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta

from rapport.adapters.ats import reading, signatures
from rapport.adapters.ats.hints import bare, hint
from rapport.ats import Adapter, Connection, Reply, Verdict
from rapport.domain.ats import AtsApplication, AtsCandidate, AtsEvent, AtsJob, Kind
from rapport.domain.event import Json

_RECRUITING = "ats"
_ACCOUNT = "LinkedAccount"
_SYNCED = frozenset({"synced", "fully_synced_initial"})
_REMOVED = "removed"
_ONE = frozenset({"added", "changed", _REMOVED})
# Which of its models are told of as what.
_MODELS: Mapping[str, Kind] = {
    "Job": Kind.JOB_UPDATED,
    "JobPosting": Kind.JOB_UPDATED,
    "Candidate": Kind.CANDIDATE_UPDATED,
    "Application": Kind.APPLICATION_UPDATED,
    "JobInterviewStage": Kind.APPLICATION_UPDATED,
    "ScheduledInterview": Kind.APPLICATION_UPDATED,
    "Offer": Kind.APPLICATION_UPDATED,
}
# The models that are entities of ours, and what it is when one of them was removed.
_GONE: Mapping[str, Kind] = {
    "Job": Kind.JOB_DELETED,
    "Candidate": Kind.CANDIDATE_DELETED,
    "Application": Kind.APPLICATION_DELETED,
}


class Merge:
    """The adapter; see `rapport.ats.Adapter` and the module."""

    vendor = "merge"
    # It says that it tries again, and not for how long; repeats of a hint are harmless.
    retries_for_s = int(timedelta(days=3).total_seconds())

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        """`X-Merge-Webhook-Signature`: base64url over the raw body, with or without padding."""
        del now  # no time is signed
        if not any(connection.secrets):
            return signatures.unproven()
        told = headers.get("x-merge-webhook-signature", "")
        if not told:
            return signatures.forged("no_signature")
        keys = (key.encode() for key in connection.secrets)
        return signatures.judge(keys, raw, (told.removesuffix("="),), _base64url)

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        """Hints, by the model that the event is named after; none for another account's."""
        del headers
        hook, account = reading.part(payload, "hook"), reading.part(payload, "linked_account")
        event = reading.event_name(hook.get("event"))
        whose = reading.wanted(reading.text(account.get("id")), "linked account")
        if whose != connection.api.get("linked_account_id", whose):
            return []
        if reading.text(account.get("category")).lower() not in {"", _RECRUITING}:
            return []
        return _told(event, reading.text(reading.part(payload, "data").get("id")))

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Any 2xx will do."""
        del verdict, headers, raw
        return Reply(status=200)


def _told(event: str, ident: str) -> list[AtsEvent]:
    """What is to be read: all that changed of a model, or one entity by Merge's own id."""
    model, _, action = event.partition(".")
    if model == _ACCOUNT and action in _SYNCED:
        return [hint(kind, event) for kind in dict.fromkeys(_MODELS.values())]
    if model in _MODELS and action in _SYNCED:
        return [hint(_MODELS[model], event)]
    if model not in _MODELS or action not in _ONE or not ident:
        return [bare(Kind.UNKNOWN, event)]
    if model not in _GONE:
        # It belongs to a candidacy or a job, and does not say to which.
        return [hint(_MODELS[model], event)]
    return [
        hint(
            _GONE[model] if action == _REMOVED else _MODELS[model],
            event,
            candidate=AtsCandidate(id=ident) if model == "Candidate" else None,
            application=AtsApplication(id=ident) if model == "Application" else None,
            jobs=[AtsJob(id=ident)] if model == "Job" else (),
        )
    ]


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


ADAPTER: Adapter = Merge()
