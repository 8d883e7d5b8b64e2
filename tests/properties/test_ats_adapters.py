"""Every vendor's adapter is total: whatever comes, it has an answer, and never a fault.

Deliveries as they really come are spoilt: values are put in the place of others, objects become
lists, and keys go missing. A signature is never found genuine over what was not signed.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.adapters.ats import VENDORS, adapter_for
from rapport.ats import Outcome, Verdict
from rapport.domain.ats import AtsEvent, Kind
from rapport.domain.event import Json
from rapport.errors import PoisonError
from tests.support.ats.histories import histories
from tests.support.ats.huntflow import VACANCY, first, second
from tests.support.ats.signing import SIGNATURE_HEADERS, connection, deliver
from tests.support.depth import rounds

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BODIES, DELIVERIES = rounds(120), rounds(40)
TRIED: dict[str, Counter[str]] = {}
LEVER_IDS = {"opportunityId": "op-1", "candidateId": "ca-1", "contactId": "co-1"}
TEAMTAILOR_JOB = {"title": "Designer", "status": "open", "updated-at": "2026-11-22T22:10:48+01:00"}
# Of those whose courses of events are not written down: what comes, and with which headers.
OTHERS: Mapping[str, tuple[tuple[object, Mapping[str, str]], ...]] = {
    "lever": (
        ({"event": "candidateStageChange", "data": LEVER_IDS}, {}),
        ({"event": "contactUpdated", "data": {"contactId": "co-1"}}, {}),
    ),
    "smartrecruiters": (
        ({"job_id": "jo-1", "candidate_id": "ca-1"}, {"event-name": "application.created"}),
        ({"id": "ca-1"}, {"event-name": "candidate.updated", "link": "<https://a.example>; rel=b"}),
    ),
    "teamtailor": tuple(
        ({"event_name": name, "data": {"id": "2", "type": "x", "attributes": TEAMTAILOR_JOB}}, {})
        for name in ("job.update", "candidate.update", "job_application.destroy")
    ),
    "kombo": (
        (
            {
                "id": "wh-1",
                "type": "data-changed",
                "data": {"integration_id": "in-1", "changed_models": [{"name": "ats_jobs"}]},
            },
            {},
        ),
    ),
    "merge": tuple(
        (
            {
                "hook": {"event": name},
                "linked_account": {"id": "ac-1", "category": "ats"},
                "data": {"id": "me-1"},
            },
            {},
        )
        for name in ("Candidate.changed", "Application.removed", "LinkedAccount.synced")
    ),
    "huntflow": tuple(
        (body, {})
        for body in (
            first("STATUS", vacancy=VACANCY, status={"id": 3, "name": "Offer"}),
            second("STATUS", vacancy=VACANCY, status={"id": 3}, rejection_reason={"id": 4}),
            second("COMMENT", vacancy=VACANCY, calendar_event={"id": 2, "start": "2026-11-25"}),
            second("DOUBLE", source=40),
            second("AGREEMENT"),
        )
    ),
}
# What is a number, a time or a name to somebody, and has broken somebody's reader.
ODD = st.sampled_from(
    (
        *("", " ", "\0", "null", "2026-11-20", "2026-11-20 18:16:27", "2026-11-20T18:16:27+99:99"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1" * 5000, "a@b", "\ud800"),
        *(0, -1, 10**18, 10**40, -(10**400), 1e308, 0.5),
        [[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]],
    )
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | ODD,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


HEADERS = (
    *("webhook-id", "webhook-timestamp", "smartrecruiters-timestamp", "event-id", "event-name"),
    *("event-version", "link", "x-hook-secret", "teamtailor-signature", "x-huntflow-event"),
)


@cache
def deliveries(vendor: str) -> tuple[tuple[Json, Mapping[str, str]], ...]:
    """Payloads as they come, with their headers."""
    if vendor in OTHERS:
        return tuple((json.loads(json.dumps(body)), headers) for body, headers in OTHERS[vendor])
    courses = (each for each in histories() if each.connection.vendor == vendor)
    told = [(json.loads(one.body), one.headers) for each in courses for one in each.deliveries]
    return tuple(told)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Everywhere that a value stands: the object or the list, and the key."""
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in list(keys):
        yield node, key
        yield from places(node[key])


def spoilt(vendor: str) -> st.SearchStrategy[tuple[Json, Mapping[str, str]]]:
    """Deliveries of which one to four values are others, or gone."""

    @st.composite
    def made(draw: st.DrawFn) -> tuple[Json, Mapping[str, str]]:
        told: tuple[Json, Mapping[str, str]] = draw(st.sampled_from(deliveries(vendor)))
        body, headers = deepcopy(told[0]), dict(told[1])
        for _ in range(draw(st.integers(1, 4))):
            found = list(places(body))
            if not found:
                break
            node, key = draw(st.sampled_from(found))
            if isinstance(node, dict) and draw(st.booleans()):
                del node[key]
            else:
                node[key] = deepcopy(draw(ANYTHING))
        for name in sorted(headers)[: draw(st.integers(0, 2))]:
            headers[name] = draw(st.text(max_size=20))
        return body, headers

    return made()


def sound(event: AtsEvent) -> None:
    """What whoever takes an event may rely on, whatever it was made of."""
    assert event.vendor_event
    assert event.vendor_event.isascii()
    application = event.application
    for at in (event.clock, application.applied_at if application else None):
        assert at is None or at.utcoffset() == timedelta(0)
    if event.kind in {Kind.PING, Kind.UNKNOWN}:
        assert not event.present
    assert msgspec.json.encode(event)  # no half of a pair of surrogates, no number too large


@pytest.mark.parametrize("vendor", VENDORS)
def test_any_object_becomes_events_or_is_refused_as_poison(vendor: str) -> None:
    adapter, ours = adapter_for(vendor), connection(vendor)
    counts = TRIED.setdefault(vendor, Counter())

    @settings(max_examples=BODIES)
    @given(spoilt(vendor) | st.tuples(ANYTHING, st.just({})))
    def holds(told: tuple[Json, Mapping[str, str]]) -> None:
        body, headers = told
        payload = body if isinstance(body, dict) else {"": body}
        try:
            events = adapter.normalise(payload, headers, ours)
        except PoisonError:
            counts["refused"] += 1
            return
        counts["read"] += 1
        for event in events:
            sound(event)

    holds()
    print(f"{vendor}: spoilt bodies read {counts['read']}, refused as poison {counts['refused']}")
    assert counts["read"]
    assert counts["refused"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_any_headers_and_bytes_get_a_verdict_and_none_that_is_unsigned_is_genuine(
    vendor: str,
) -> None:
    adapter, ours = adapter_for(vendor), connection(vendor)
    names = st.sampled_from(sorted({*SIGNATURE_HEADERS.values(), *HEADERS}))
    values = st.text(max_size=30) | st.sampled_from(
        ("sha256 00", "v1=00", "v1,AAAA", "\ud800", "9" * 40)
    )
    raws = st.binary(max_size=60) | spoilt(vendor).map(
        lambda told: json.dumps(told[0]).encode() if told[0] is not None else b""
    )

    @settings(max_examples=DELIVERIES)
    @given(st.dictionaries(names, values, max_size=6), raws)
    def holds(headers: dict[str, str], raw: bytes) -> None:
        verdict = adapter.verify(headers, raw, ours, NOW)
        assert isinstance(verdict, Verdict)
        assert verdict.outcome in {Outcome.FORGED, Outcome.HANDSHAKE}
        assert verdict.outcome is Outcome.HANDSHAKE or verdict.reason
        assert adapter.reply(verdict, headers, raw).status in {200, 202}

    holds()
    body, headers = deliveries(vendor)[0]
    sent = deliver(ours, body, NOW, dict(headers) if vendor == "smartrecruiters" else {})
    assert adapter.verify(sent.headers, sent.body, ours, NOW).outcome is Outcome.GENUINE
