"""Forged and altered deliveries of every vendor, and genuine ones that come in another shape.

Every delivery goes through the real flow and the vendor's own adapter. Refused means: answered 401,
and nothing came of it. Lever signs its token and time alone, so what is altered beside these two is
refused by its token having been used, and reported as such.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rapport.adapters.ats import VENDORS, adapter_for
from rapport.ats import Connection, Outcome
from tests.support.ats.door import NOW, Hall
from tests.support.ats.signing import (
    SIGNATURE_HEADERS,
    Signed,
    connection,
    deliver,
    with_secrets,
)

# An escape that JSON libraries write in another way, and one that they never write by themselves.
NOTE = b'"note": "caf\\u00e9 \\u003cb\\u003e http:\\/\\/x"'
BODIES: Mapping[str, bytes] = {
    "greenhouse": b'{"action": "interview_deleted", %b, "payload": {"id": 7}}' % NOTE,
    "ashby": b'{"action": "ping", %b, "data": {}}' % NOTE,
    "lever": b'{"event": "candidateHired", %b, "data": {"opportunityId": "o-1"}}' % NOTE,
    "standard": b'{"type": "crm.ats.connection.ping", %b, "data": {}}' % NOTE,
    "smartrecruiters": b'{"job_id": "j-1", "candidate_id": "c-1", %b}' % NOTE,
    "teamtailor": b'{"event_name": "job.update", %b, "data": {"id": "1"}}' % NOTE,
    "kombo": b'{"id": "1", "type": "data-changed", %b, "data": {}}' % NOTE,
    "merge": b'{"hook": {"event": "Candidate.synced"}, %b, "data": {}}' % NOTE,
    "huntflow": b'{"changes": {}, "event": {}, "meta": {"event_type": "PING"}, %b}' % NOTE,
}
HEADERS: Mapping[str, Mapping[str, str]] = {
    "smartrecruiters": {"event-id": "1", "event-name": "application.created", "link": "<x>"}
}
# Those that sign a time: a delivery that was recorded is of no use later.
TIMED = {"standard", "smartrecruiters", "teamtailor", "lever"}
TIME_HEADERS = {
    "standard": "webhook-timestamp",
    "smartrecruiters": "smartrecruiters-timestamp",
}


def genuine(to: Connection, at: Any = NOW) -> Signed:
    return deliver(to, BODIES[to.vendor], at, HEADERS.get(to.vendor, {}))


def with_header(signed: Signed, name: str, value: str) -> Signed:
    return Signed(headers={**signed.headers, name: value}, body=signed.body)


def flipped(text: str, at: int, bit: int) -> str:
    return text[:at] + chr(ord(text[at]) ^ bit) + text[at + 1 :]


def spread(length: int, parts: int = 12) -> Iterator[int]:
    """Places all over something, its first and its last one among them."""
    return iter(sorted({round(part * (length - 1) / (parts - 1)) for part in range(parts)}))


def altered_bodies(vendor: str, signed: Signed) -> Iterator[tuple[str, Signed]]:
    """What happens to bytes on their way, or in the hands of others."""
    raw = signed.body
    if vendor == "lever":
        told = json.loads(raw)
        for name in ("token", "signature"):
            for at in spread(len(told[name])):
                changed = {**told, name: flipped(told[name], at, 1)}
                yield f"{name} flipped", replace(signed, body=json.dumps(changed).encode())
        for moved in (1, -1000, 60_000):
            changed = {**told, "triggeredAt": told["triggeredAt"] + moved}
            yield "time changed", replace(signed, body=json.dumps(changed).encode())
        yield "cut", replace(signed, body=raw[:-1])
        yield "empty", replace(signed, body=b"")
        return
    for at in spread(len(raw)):
        for bit in (1, 0x20, 0x80):
            body = raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :]
            yield "bit flipped in the body", replace(signed, body=body)
    for cut in (raw[:-1], raw[1:], raw[: len(raw) // 2], b""):
        yield "cut", replace(signed, body=cut)
    for made in (json.dumps(json.loads(raw)), json.dumps(json.loads(raw), separators=(",", ":"))):
        yield "serialised anew", replace(signed, body=made.encode())
    yield "byte order mark put before", replace(signed, body=b"\xef\xbb\xbf" + raw)
    yield "line end put after", replace(signed, body=raw + b"\n")


def altered_headers(vendor: str, signed: Signed) -> Iterator[tuple[str, Signed]]:
    if vendor == "lever":
        return
    name = SIGNATURE_HEADERS[vendor]
    value = signed.headers[name]
    for at in spread(len(value)):
        for bit in (1, 2):
            yield "bit flipped in the signature", with_header(signed, name, flipped(value, at, bit))
    for at in spread(len(signed.headers.get(TIME_HEADERS.get(vendor, ""), "")) or 1):
        if vendor in TIME_HEADERS:
            told = flipped(signed.headers[TIME_HEADERS[vendor]], at, 1)
            yield "time changed", with_header(signed, TIME_HEADERS[vendor], told)
    for told in ("", " ", "sha256", "sha256=", "sha256 ", "v1,", "v1=", "=", ",", ";", "é" * 32):
        yield "signature is no such thing", with_header(signed, name, told)
    yield "not ASCII", with_header(signed, name, value[:-1] + "\u0661")
    yield "not UTF-8", with_header(signed, name, value[:-1] + "\udce9")
    yield "cut signature", with_header(signed, name, value[: len(value) // 2])
    bare = {key: each for key, each in signed.headers.items() if key != name}
    yield "no signature", replace(signed, headers=bare)


def forgeries(vendor: str) -> Iterator[tuple[str, Signed]]:
    to = connection(vendor)
    alone = with_secrets(to, to.secrets[0])
    signed = genuine(alone)
    yield from altered_bodies(vendor, signed)
    yield from altered_headers(vendor, signed)
    yield "of another connection", genuine(connection(vendor, "somebody-else"))
    yield "by a secret of before the last", genuine(connection(vendor, to.name, generation=0))
    if vendor in TIMED:
        yield "of a year ago", genuine(to, NOW - timedelta(days=365))
        yield "of an hour from now", genuine(to, NOW + timedelta(hours=1))
    if vendor == "standard":
        for told in ("v1a,", "v1,AAAA v1,BBBB", "v2,"):
            yield "other schemes", with_header(signed, SIGNATURE_HEADERS[vendor], told)
        yield "another id", with_header(signed, "webhook-id", "msg_other")
    if vendor == "smartrecruiters":
        for name in ("event-id", "event-name", "event-version", "link"):
            yield f"another {name}", with_header(signed, name, "another")


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_forged_or_altered_is_refused_and_nothing_comes_of_it(vendor: str) -> None:
    hall, to = Hall(), connection(vendor)
    hall.knows(to)
    tried = [*forgeries(vendor)]
    passed = [
        what
        for what, signed in tried
        if hall.receive(to.name, signed).code != "bad_signature" or not hall.untouched
    ]
    print(f"{vendor}: forged or altered deliveries refused {len(tried) - len(passed)}/{len(tried)}")
    assert passed == []
    assert len(tried) > 10


def variants(vendor: str) -> Iterator[tuple[str, Signed]]:
    """Genuine deliveries, however they look."""
    to = connection(vendor)
    current, previous = to.secrets
    yield "by the current secret", genuine(with_secrets(to, current))
    yield "by the previous secret", genuine(with_secrets(to, previous), NOW + timedelta(seconds=1))
    if vendor == "lever":
        return
    signed = genuine(with_secrets(to, current))
    name = SIGNATURE_HEADERS[vendor]
    if vendor == "standard":
        wrong = f"v1,{base64.b64encode(bytes(32)).decode()}"
        both = f"{wrong} v1a,AAAA {signed.headers[name]}"
        yield "several signatures in one header", with_header(signed, name, both)
    if vendor == "smartrecruiters":
        both = ";".join([f"v1={'0' * 64}"] * 15 + [signed.headers[name]])
        yield "sixteen signatures in one header", with_header(signed, name, both)


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_genuine_is_taken_whichever_of_the_two_secrets_made_it(vendor: str) -> None:
    hall, to = Hall(), connection(vendor)
    hall.knows(to)
    for what, signed in variants(vendor):
        received = hall.receive(to.name, signed)
        assert received.code in {"taken", "kept"}, what
        assert received.reply is not None
        assert received.reply.status == (202 if vendor == "smartrecruiters" else 200)


def test_a_token_of_lever_on_other_data_changes_nothing() -> None:
    hall, to = Hall(), connection("lever")
    hall.knows(to)
    signed = genuine(to)
    assert hall.receive(to.name, signed).code == "taken"
    seen = list(hall.intake.seen)

    told = json.loads(signed.body)
    for name, value in (("event", "candidateDeleted"), ("data", {"opportunityId": "o-2"})):
        forged = replace(signed, body=json.dumps({**told, name: value}).encode())
        received = hall.receive(to.name, forged)
        assert received.code == "repeated"
        assert received.reply is not None
        assert received.reply.status == 200
    assert hall.receive(to.name, signed).code == "repeated"
    assert hall.intake.seen == seen


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_connection_without_a_secret_believes_nobody_and_is_delivered_to_again(
    vendor: str,
) -> None:
    hall, to = Hall(), connection(vendor)
    hall.knows(with_secrets(to))
    received = hall.receive(to.name, genuine(to))
    assert (received.code, received.reply) == ("no_secret", None)
    assert hall.untouched


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_secret_that_was_rotated_a_moment_ago_is_known_at_once(vendor: str) -> None:
    hall, old = Hall(), connection(vendor)
    new = connection(vendor, generation=4)
    hall.connections.stale[old.name] = old
    hall.connections.newest[old.name] = new
    assert hall.receive(old.name, genuine(new)).code in {"taken", "kept"}
    assert hall.connections.fresh_reads == 1


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("secrets", [(), ("",)], ids=["no secret", "an empty one"])
def test_nothing_is_called_forged_while_there_is_no_secret_to_tell_by(
    vendor: str, secrets: tuple[str, ...]
) -> None:
    """Some vendors never come back after 401, and somebody is still setting the connection up."""
    signed = genuine(connection(vendor))
    nobody = replace(connection(vendor), secrets=secrets, event_secrets={})
    adapter = adapter_for(vendor)
    for headers in (signed.headers, HEADERS.get(vendor, {})):
        verdict = adapter.verify(headers, signed.body, nobody, NOW)
        assert verdict.outcome is Outcome.UNPROVEN
