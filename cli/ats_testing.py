"""`rapport ats test NAME`: whether the door takes what the vendor signs, and the API lets us read.

A harmless delivery is signed as the vendor would sign it and sent to the public address; so is one
with a wrong signature, which has to be refused. Nothing of either is stored. What the vendor sends
itself can only be seen when it comes.
"""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeAlias

from cli import output
from cli.ats_setup import SET_UPS
from cli.ats_store import Desk
from rapport.adapters.ats import signatures, standard
from rapport.adapters.ats.apis import pages_for
from rapport.ats import Connection, CursorGoneError, Pages, SlowDown
from rapport.domain.ats import AtsEvent, Kind
from rapport.errors import MisconfiguredError, RapportError, RetryableError

Signed: TypeAlias = tuple[dict[str, str], bytes]
# Somebody signed with the secret; a token that is good once; when.
Signing: TypeAlias = Callable[[str, str, datetime], Signed]
# What changed since then is asked for: enough to be answered, and seldom much.
WINDOW = timedelta(days=30)
_EVENT = "candidateStageChange"
_OK, _NO_SUCH, _FORGED, _LATER, _ALL_OK = 200, 404, 401, 503, 300
_WRONG = "not-the-secret-of-this-connection"
_WRONG_STANDARD = f"whsec_{b64encode(_WRONG.encode()).decode()}"


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing that was tried: what came of it, and what to mend where it does not work.

    `optional`: what it lacks may be meant.
    """

    what: str
    said: str
    mend: str = ""
    optional: bool = False

    @property
    def works(self) -> bool:
        """Whether nothing is to be mended."""
        return self.optional or not self.mend


def tried(desk: Desk, connection: Connection, *, now: datetime, token: str) -> list[Found]:
    """Everything that can be tried of a connection. `token`: of so many letters that it is new."""
    found = []
    if connection.vendor in SIGNINGS:
        found += _door(desk, connection, now, token)
    if connection.mapping:
        found.append(Found(what="files", said=f"drop them into {desk.drop(connection.name)}"))
    return [*found, *_api(desk, connection, now)]


def delivery(connection: Connection, *, token: str, now: datetime) -> Signed:
    """A harmless delivery, signed with the current secret; empty secrets sign nothing."""
    event = connection.event_secrets.get(_EVENT, ())
    secret = (*event, *connection.secrets, "")[0]
    return SIGNINGS[connection.vendor](secret, token, now)


def _door(desk: Desk, connection: Connection, now: datetime, token: str) -> list[Found]:
    if not (connection.secrets or connection.event_secrets):
        name = connection.name
        mend = f"`rapport ats connect {name} --secret …` tells it what the vendor signs with."
        return [Found(what="webhook", said="there is no signing secret", mend=mend)]
    wrong = _WRONG_STANDARD if connection.vendor == "standard" else _WRONG
    forged = replace(connection, secrets=(wrong,), event_secrets={})
    return [
        _taken(desk, connection, delivery(connection, token=token, now=now)),
        _refused(desk, connection, delivery(forged, token=f"{token}0", now=now)),
    ]


def _taken(desk: Desk, connection: Connection, signed: Signed) -> Found:
    what = "signed delivery"
    status = _sent(desk, connection, signed)
    if isinstance(status, Found):
        return replace(status, what=what)
    if _OK <= status < _ALL_OK:
        return Found(what=what, said=f"taken ({status})")
    mends = {
        _FORGED: "A worker remembers a secret for a minute: try again then. If it stays, the clock"
        " of this machine is wrong.",
        _NO_SUCH: f"{desk.address(connection.name)} is not the door of this stage, or its role may"
        " not read the secret: deploy again.",
        _LATER: "The door cannot read the secret, or its stores are out of reach: look into the"
        " log of the function `ats`.",
    }
    mend = mends.get(status, "Look into the log of the function `ats`.")
    return Found(what=what, said=f"answered with {status}", mend=mend)


def _refused(desk: Desk, connection: Connection, signed: Signed) -> Found:
    what = "forged delivery"
    status = _sent(desk, connection, signed)
    if isinstance(status, Found):
        return replace(status, what=what)
    if status == _FORGED:
        return Found(what=what, said="refused (401)")
    mend = "It has to be 401: something before the door answers in its place."
    return Found(what=what, said=f"answered with {status}", mend=mend)


def _sent(desk: Desk, connection: Connection, signed: Signed) -> int | Found:
    headers, body = signed
    try:
        return desk.http.post(desk.address(connection.name), headers, body).status
    except (RetryableError, MisconfiguredError) as failed:
        mend = f"Nothing answers at {desk.address(connection.name)}: is the stack up?"
        return Found(what="", said=f"no answer ({failed})", mend=mend)


def _api(desk: Desk, connection: Connection, now: datetime) -> list[Found]:
    set_up = SET_UPS.get(connection.vendor)
    pages = pages_for(connection, http=desk.http, now=lambda: now)
    if pages is None:
        lacking = " ".join(f"--api {name}" for name in (set_up.api if set_up else ()))
        if not lacking:
            return [Found(what="API", said="Rapport reads none of this vendor's", optional=True)]
        mend = f"rapport ats connect {connection.name} {lacking}"
        said = "no access, so what no webhook tells stays unknown"
        # Without it nothing is learnt from Lever's webhooks.
        return [Found(what="API", said=said, mend=mend, optional=connection.vendor != "lever")]
    return [_page(pages, kind, connection, now) for kind in pages.kinds]


def _page(pages: Pages, kind: str, connection: Connection, now: datetime) -> Found:
    """One page of a kind: each kind is a right of its own."""
    what = f"API: {kind}"
    try:
        page = pages.page(kind, "", since=now - WINDOW)
    except SlowDown as wanted:
        return Found(what=what, said=f"busy: it wants a rest of {wanted.seconds:.0f} s; as it may")
    except MisconfiguredError as refused:
        mend = f"Give its key the right to read {kind}, or another key: rapport ats connect"
        return Found(what=what, said=str(refused), mend=f"{mend} {connection.name} --api …")
    except (RapportError, CursorGoneError) as failed:
        mend = "Try again; if it stays, look whether `api.base_url` is the vendor's."
        return Found(what=what, said=f"no answer ({failed})", mend=mend)
    more = " and more" if page.cursor else ""
    days = WINDOW.days
    return Found(what=what, said=f"{len(page.events)}{more} changed in the last {days} days")


def show(found: list[Found]) -> bool:
    """A line each; whether all of it works."""
    for each in found:
        word = "note" if each.optional else "ok" if each.works else "mend"
        output.line(f"{word:<6}{each.what}: {each.said}")
        if each.mend:
            output.line(f"      {each.mend}", "yellow")
    return all(each.works for each in found)


def _json(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _greenhouse(secret: str, token: str, now: datetime) -> Signed:
    body = _json({"action": "ping", "payload": {}})
    told = f"sha256 {signatures.made(secret.encode(), body)}"
    return {"Signature": told, "Greenhouse-Event-Id": token}, body


def _ashby(secret: str, token: str, now: datetime) -> Signed:
    body = _json({"action": "ping", "webhookActionId": token})
    return {"Ashby-Signature": f"sha256={signatures.made(secret.encode(), body)}"}, body


def _lever(secret: str, token: str, now: datetime) -> Signed:
    at = int(now.timestamp() * 1000)
    signature = signatures.made(secret.encode(), f"{token}{at}".encode())
    told = {"event": _EVENT, "data": {}, "triggeredAt": at, "token": token, "signature": signature}
    return {}, _json(told)


def _standard(secret: str, token: str, now: datetime) -> Signed:
    ping = AtsEvent(kind=Kind.PING, vendor_event="", clock=now)
    return standard.delivery(ping, source="/rapport", ident=token, secret=secret, at=now)


def _smartrecruiters(secret: str, token: str, now: datetime) -> Signed:
    # Of a job nothing is taken in from a delivery.
    body, at = _json({"job_id": "rapport-test"}), str(int(now.timestamp()))
    names = {"event-id": token, "event-name": "job.created", "event-version": "1", "link": ""}
    signed = b".".join((at.encode(), body, *(each.encode() for each in names.values())))
    told = {"smartrecruiters-timestamp": at}
    signature = f"v1={signatures.made(secret.encode(), signed)}"
    return {**names, **told, "smartrecruiters-signature": signature}, body


def _teamtailor(secret: str, token: str, now: datetime) -> Signed:
    body, at = _json({"event_name": "job.update", "data": {"id": token}}), int(now.timestamp())
    digest = signatures.made(secret.encode(), f"{at}.".encode() + body)
    return {"TT-Signature": b64encode(f"t={at},v2={digest}".encode()).decode()}, body


def _kombo(secret: str, token: str, now: datetime) -> Signed:
    data = {"integration_id": "rapport-test", "changed_models": []}
    body = _json({"id": token, "type": "data-changed", "data": data})
    told = signatures.made(secret.encode(), body, _base64url)
    return {"X-Kombo-Signature": told.rstrip("=")}, body


def _merge(secret: str, token: str, now: datetime) -> Signed:
    account = {"id": "rapport-test", "category": "hris"}
    body = _json({"hook": {"event": "Candidate.synced", "id": token}, "linked_account": account})
    told = signatures.made(secret.encode(), body, _base64url)
    return {"X-Merge-Webhook-Signature": told}, body


def _huntflow(secret: str, token: str, now: datetime) -> Signed:
    body = _json({"meta": {"event_type": "PING", "event_id": token}})
    told = {"X-Huntflow-Event": "PING", "X-Huntflow-Delivery": token}
    return {**told, "X-Huntflow-Signature": signatures.made(secret.encode(), body)}, body


def _base64url(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode()


SIGNINGS: Mapping[str, Signing] = MappingProxyType(
    {
        "greenhouse": _greenhouse,
        "ashby": _ashby,
        "lever": _lever,
        "standard": _standard,
        "smartrecruiters": _smartrecruiters,
        "teamtailor": _teamtailor,
        "kombo": _kombo,
        "merge": _merge,
        "huntflow": _huntflow,
    }
)
