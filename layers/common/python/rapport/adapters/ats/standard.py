"""Any system that signs as Standard Webhooks do, and tells Rapport's own canonical events.

An applicant tracking system that an employer wrote, or a platform between systems, needs no adapter
of its own: it sends what `rapport.adapters.ats.standard_form` describes, and `schema()` shows.

Sources: the Standard Webhooks specification 1.0 (standardwebhooks.com), CloudEvents 1.0.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime

from rapport.adapters.ats import reading, signatures, standard_form
from rapport.ats import Adapter, Connection, Outcome, Reply, Verdict
from rapport.domain.ats import AtsEvent
from rapport.domain.event import Json
from rapport.errors import MisconfiguredError

# How far a delivery's own time may be from ours, in seconds and in either direction.
TOLERANCE_S = 300
_PREFIX = "whsec_"
# The specification's shortest key, in bytes.
_SHORTEST_KEY = 24
_STAMP_DIGITS = 12
# The specification's proposal of when to try again adds up to a little more than three days.
_RETRIES_S = 272_105


def key_of(secret: str) -> bytes | None:
    """The key in a secret of `whsec_` and base64; None for what is none, or is too short."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) >= _SHORTEST_KEY else None


def delivery(
    event: AtsEvent, *, source: str, ident: str, secret: str, at: datetime
) -> tuple[dict[str, str], bytes]:
    """A canonical event as a delivery of ours: its headers and its bytes.

    `ident` stays the same when it is tried again, `at` is when it is sent. MisconfiguredError for
    a secret that is none.
    """
    key = key_of(secret)
    if key is None:
        message = f"a signing secret is {_PREFIX} and the base64 of {_SHORTEST_KEY} bytes or more"
        raise MisconfiguredError(message)
    body = standard_form.encode(event, source=source, ident=ident)
    stamp = str(int(at.timestamp()))
    signature = signatures.made(key, _signed(ident, stamp, body), _base64)
    headers = {
        "content-type": standard_form.CONTENT_TYPE,
        "webhook-id": ident,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature}",
    }
    return headers, body


def schema() -> dict[str, Json]:
    """The JSON Schema of what may be sent."""
    return standard_form.schema()


def _signed(ident: str, stamp: str, raw: bytes) -> bytes:
    return f"{ident}.{stamp}.".encode("utf-8", "surrogateescape") + raw


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


class Standard:
    """The adapter; see `rapport.ats.Adapter` and the module."""

    vendor = "standard"
    retries_for_s = _RETRIES_S

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        """`v1,<base64>` over `id.timestamp.body`; several stand apart by spaces."""
        keys = [key for secret in connection.secrets if (key := key_of(secret))]
        if not keys:
            return signatures.unproven("bad_secret" if connection.secrets else "no_secret")
        ident, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        given = headers.get("webhook-signature", "")
        if not (ident and stamp and given):
            return signatures.forged("no_signature")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _STAMP_DIGITS):
            return signatures.forged("malformed_timestamp")
        # Other versions are other algorithms: a sender may write both.
        pairs = [one.partition(",") for one in given.split(" ")]
        ours = [digest for version, _, digest in pairs if version == "v1" and digest]
        if not ours:
            return signatures.forged("no_v1_signature")
        verdict = signatures.judge(keys, _signed(ident, stamp, raw), ours, _base64)
        late = abs(now.timestamp() - int(stamp))
        if verdict.outcome is Outcome.GENUINE and late > TOLERANCE_S:
            return signatures.forged("stale_timestamp")
        return verdict

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        """One canonical event; PoisonError, which names the place, for what is not of the form."""
        del headers
        reading.event_name(payload.get("type"))
        return [standard_form.decode(payload, custom=connection.custom_fields)]

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Any 2xx will do."""
        del verdict, headers, raw
        return Reply(status=200)


ADAPTER: Adapter = Standard()
