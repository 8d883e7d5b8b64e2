"""Lever's webhooks: the signature stands in the body, over `token` and `triggeredAt` alone.

It covers neither the event nor its data: whoever has seen one delivery can put its token, time and
signature on any other. So a token is good once, an old one is refused, and nothing of a delivery is
believed but that something happened to what it names: every event is a hint, and what is to be
known is read from Lever's API. A connection without an API key learns nothing from its webhooks.

Each event has a webhook of its own, with a `signatureToken` of its own.

Source: Lever's developer documentation, Webhooks.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from rapport.adapters.ats import reading, signatures
from rapport.adapters.ats.hints import bare, hint
from rapport.ats import Adapter, Connection, Outcome, Reply, Verdict
from rapport.domain.ats import AtsApplication, AtsCandidate, AtsEvent, Kind
from rapport.domain.event import Json

_OF_OPPORTUNITIES = frozenset(
    {
        "applicationCreated",
        "candidateHired",
        "candidateStageChange",
        "candidateArchiveChange",
        "candidateDeleted",
        "interviewCreated",
        "interviewUpdated",
        "interviewDeleted",
    }
)
_OF_CONTACTS = frozenset({"contactCreated", "contactUpdated"})
# Lever keeps a delivery for two weeks, for somebody to have it sent again by hand.
_RETRIES = timedelta(days=14)
_AHEAD = timedelta(minutes=5)


class _Signed(msgspec.Struct, rename="camel"):
    """What the signature is about, and what it is looked up by. What else there is is not read."""

    triggered_at: int | str = 0
    token: str | None = None
    signature: str | None = None
    event: str | None = None


_DECODER = msgspec.json.Decoder(_Signed)


class Lever:
    """The adapter; see `rapport.ats.Adapter` and the module."""

    vendor = "lever"
    retries_for_s = int(_RETRIES.total_seconds())

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        """Look up the key by the event; a genuine delivery is good `once`, by its token."""
        del headers
        try:
            told = _DECODER.decode(raw.removeprefix(BOM_UTF8))
        except (msgspec.MsgspecError, RecursionError):
            told = _Signed()
        secrets = connection.event_secrets.get(told.event or "") or connection.secrets
        if not any(secrets):
            return signatures.unproven()
        at = reading.moment_ms(told.triggered_at)
        if at is not None and str(reading.number(told.triggered_at)) != str(told.triggered_at):
            # `abc0` and `17…` are signed as `abc` and `017…` are: one signature, two tokens.
            at = None
        if not told.signature or not told.token or at is None:
            return signatures.forged("no_signature")
        signed = f"{told.token}{told.triggered_at}".encode()
        verdict = signatures.judge((key.encode() for key in secrets), signed, (told.signature,))
        if verdict.outcome is not Outcome.GENUINE:
            return verdict
        if not -_AHEAD <= now - at <= _RETRIES:
            return signatures.forged("stale")
        return replace(verdict, once=told.token)

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        """One hint. The button that tries a webhook out sends no data: a ping."""
        del headers, connection
        event, data = reading.event_name(payload.get("event")), reading.part(payload, "data")
        if payload.get("data") == {}:
            return [bare(Kind.PING, event)]
        ident = reading.text(payload.get("token"))
        opportunity = reading.text(data.get("opportunityId"))
        contact = reading.text(data.get("contactId"))
        who = AtsCandidate(contact=contact) if contact else None
        if event in _OF_OPPORTUNITIES and opportunity:
            also = reading.texts([data.get("candidateId")])
            return [
                hint(
                    Kind.APPLICATION_UPDATED,
                    event,
                    ident=ident,
                    candidate=who,
                    application=AtsApplication(id=opportunity, also=also),
                )
            ]
        if event in _OF_OPPORTUNITIES | _OF_CONTACTS and who:
            return [hint(Kind.CANDIDATE_UPDATED, event, ident=ident, candidate=who)]
        return [bare(Kind.UNKNOWN, event, ident)]

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Any 2xx will do."""
        del verdict, headers, raw
        return Reply(status=200)


ADAPTER: Adapter = Lever()
