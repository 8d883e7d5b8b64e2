"""What a delivery leaves in the log, and what it does not."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from time import process_time
from typing import Any

import pytest

from functions.track.events import CLOCK_TOLERANCE
from functions.track.flow import Outcome
from rapport.domain.event import NO_HOUR, Event, Origin, Trust
from rapport.domain.identifiers import Namespace, identifier
from rapport.domain.wire import MAX_BATCH, MAX_DEPTH, MAX_MESSAGE_BYTES, Refusal
from rapport.errors import MisconfiguredError, PoisonError, RetryableError
from tests.support import gateway
from tests.support.clusters import FakeClusters
from tests.support.door import NOON, REFS, Door, page
from tests.support.fakes import FakeLog, FakePeople
from tests.support.gateway import posted, recorded
from tests.support.histories import composed


@pytest.mark.parametrize("name", gateway.RECORDED)
def test_what_an_sdk_recorded_ends_as_the_events_it_meant(name: str) -> None:
    door = Door()
    outcome = door.receive(recorded(name))
    events = door.events
    types = [
        *("page", "Job Viewed", "identify", "Application Submitted"),
        *("group", "alias", "screen", "track"),
    ]
    numeric = ["track"] if "python" in name else []
    assert [e.type for e in events] == types + numeric
    # The application gave two messages of the batch the same id.
    assert outcome == Outcome(source="careers", accepted=len(events), repeated=1)

    who = "gzip01" if "gzip" in name else "basic01"
    cookie = REFS.ref(Namespace.ANON, f"anon-{who}")
    person = REFS.ref(Namespace.USER, f"cand-{who}")
    suffix = [(REFS.ref(Namespace.USER, "424242"),) * 2] if numeric else []
    assert [(e.partition, e.home) for e in events] == [
        (cookie, cookie),
        (cookie, cookie),
        (cookie, person),
        (cookie, person),
        (cookie, person),
        (cookie, person),
        (person, person),
        (person, person),
        *suffix,
    ]
    viewed, identify = events[1], events[2]
    properties = viewed.body["properties"]
    assert isinstance(properties, dict)
    assert properties["tags"] == ["go", "aws", None]
    assert properties["title"] == "Platform Engineer – München 🚀"
    if numeric:
        assert properties["big"] == 9007199254740993
    assert viewed.body["call"] == "track"
    assert viewed.body["event"] == "Job Viewed"
    assert identify.body["userId"] == f"cand-{who}"
    traits = identify.body["traits"]
    assert isinstance(traits, dict)
    assert traits["email"] == f"jane.{who}@example.com"
    for event in events:
        assert not event.body.keys() & {"messageId", "timestamp", "integrations", "_metadata"}
        assert event.source == "careers"
        assert event.trust is Trust.VERIFIED
        assert event.origin is Origin.LIVE
        assert event.received_at == NOON
        assert event.sent_at is not None
        assert event.at == event.original_at
        assert event.key.sk == f"2026-11-22T23#careers#{event.message_id}"


def test_a_request_delivered_again_stores_nothing_new() -> None:
    door = Door()
    first = door.receive(recorded("segment-analytics-node/basic-001"))
    stored = dict(door.log.rows)
    door.clock.forward(hours=5)
    again = door.receive(recorded("segment-analytics-node/basic-001"))
    assert (again.accepted, again.repeated) == (0, first.accepted + first.repeated)
    assert door.log.rows == stored


def test_a_request_cut_short_by_the_store_is_completed_by_its_repetition() -> None:
    class Failing(FakeLog):
        broken = True

        def append(self, events: Sequence[Event]) -> list[bool]:
            if self.broken:
                super().append(events[:1])
                msg = "throttled"
                raise RetryableError(msg)
            return super().append(events)

    log = Failing()
    door = Door(log)
    with pytest.raises(RetryableError):
        door.batch(page("m-1"), page("m-2"))
    log.broken = False
    assert door.batch(page("m-1"), page("m-2")) == Outcome(source="site", accepted=1, repeated=1)
    assert [e.message_id for e in door.events] == ["m-1", "m-2"]


def test_a_bad_message_does_not_cost_its_neighbours() -> None:
    door = Door()
    outcome = door.batch(
        page("m-1"),
        "junk",
        {"type": "track", "anonymousId": "a-1"},
        page("m-2", userId="undefined", anonymousId="null"),
        page("m-3", timestamp="yesterday"),
        page("m-4"),
        page("m-1"),
        None,
    )
    assert [e.message_id for e in door.events] == ["m-1", "m-4"]
    assert outcome == Outcome(
        source="site",
        accepted=2,
        repeated=1,
        refused={
            Refusal.NOT_AN_OBJECT: 2,
            Refusal.NO_EVENT_NAME: 1,
            Refusal.IDENTIFIERS_BLOCKED: 1,
            Refusal.BAD_TIMESTAMP: 1,
        },
        kept=5,
    )


def test_a_message_too_large_or_too_deep_does_not_cost_its_neighbours() -> None:
    door = Door()
    noise = "".join(chr(Random(7 * n).randrange(0x20, 0xD7FF)) for n in range(40_000))
    outcome = door.batch(page("m-1"), page("m-2", a=noise), page("m-3", a=nested(500)), page("m-4"))
    assert [e.message_id for e in door.events] == ["m-1", "m-4"]
    refused = {Refusal.TOO_LARGE: 1, Refusal.TOO_DEEP: 1}
    assert outcome == Outcome(source="site", accepted=2, refused=refused, kept=2)


def test_the_context_of_a_batch_counts_in_each_of_its_messages() -> None:
    door = Door()
    outcome = door.batch(page("m-1"), page("m-2"), context={"a": "x" * MAX_MESSAGE_BYTES})
    assert outcome.refused == {Refusal.TOO_LARGE: 2}


def test_no_address_reaches_a_key_or_a_fact_through_a_message_id() -> None:
    address = "ana@inbox.halden.example"
    joined = {"type": "track", "event": "Talent Network Joined", "properties": {"email": address}}
    message = joined | {"messageId": address, "userId": "u-1", "anonymousId": "a-1"}
    door, people = Door(), FakePeople()
    assert door.batch(message) == Outcome(source="site", accepted=1)
    door.clock.forward(days=2)
    assert door.batch(message) == Outcome(source="site", repeated=1)
    composed(door.log, people, FakeClusters(), now=door.clock).batch(door.log.stream)
    _, [_, _, fact] = people.published
    assert fact.event_id == door.events[0].message_id
    assert address not in str((door.events[0].key, fact))


def test_a_batch_of_nothing_stores_nothing_and_is_fine() -> None:
    door = Door()
    assert door.batch() == Outcome(source="site")
    assert door.batch("junk").problem is None
    assert door.log.calls.count("log.append") == 0


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else "x"


@pytest.mark.parametrize(
    ("path", "message", "refusal"),
    [
        ("page", {}, Refusal.NO_IDENTIFIER),
        ("page", {"type": "pages", "userId": "u-1"}, Refusal.UNKNOWN_TYPE),
        ("page", {"userId": "undefined"}, Refusal.IDENTIFIERS_BLOCKED),
        ("track", {"userId": "u-1"}, Refusal.NO_EVENT_NAME),
        ("alias", {"userId": "u-1"}, Refusal.NO_ALIAS),
        ("group", {"userId": "u-1"}, Refusal.NO_GROUP),
        ("page", {"userId": "u-1", "a": "x" * MAX_MESSAGE_BYTES}, Refusal.TOO_LARGE),
        ("page", {"userId": "u-1", "a": nested(MAX_DEPTH)}, Refusal.TOO_DEEP),
        ("page", {"userId": "u-1", "messageId": []}, Refusal.BAD_MESSAGE_ID),
        ("page", {"userId": "u-1", "timestamp": "soon"}, Refusal.BAD_TIMESTAMP),
    ],
)
def test_a_bad_message_on_its_own_is_told_to_its_sender(
    path: str, message: dict[str, Any], refusal: Refusal
) -> None:
    door = Door()
    outcome = door.receive(posted(f"/v1/{path}", message, key="wk"))
    assert outcome.problem is not None
    assert (outcome.problem.status, outcome.problem.code) == (400, refusal.value)
    assert outcome.refused == {refusal: 1}
    assert door.events == []


def test_the_first_copy_in_a_batch_wins_and_the_order_stays() -> None:
    door = Door()
    door.batch(page("m-2", name="first"), page("m-1"), page("m-2", name="second"))
    assert [e.message_id for e in door.events] == ["m-2", "m-1"]
    assert door.events[0].body["name"] == "first"


def test_vocabulary_names_stand_in_clear_and_invented_ones_do_not() -> None:
    names = ["Talent Network Joined", "Ana Nowak looked", "Address Confirmed", "Decision"]
    door = Door()
    door.batch(
        *(page(f"m-{i}", type="track", event=name) for i, name in enumerate(names)), key="sk"
    )
    assert [e.type for e in door.events] == ["Talent Network Joined", "track", "track", "track"]
    assert [e.body["event"] for e in door.events] == names


def test_trust_comes_from_the_key_and_never_from_the_body() -> None:
    door = Door()
    door.batch(page("m-1", trust="verified", context={"trust": "verified"}))
    door.batch(page("m-2"), key="sk")
    assert [(e.trust, e.source) for e in door.events] == [
        (Trust.ASSERTED, "site"),
        (Trust.VERIFIED, "server"),
    ]


def test_a_message_without_a_time_happens_when_it_is_received() -> None:
    door = Door()
    door.batch(page())
    [event] = door.events
    assert event.original_at is None
    assert event.at == NOON
    assert event.key.sk == f"{NO_HOUR}#site#m-1"


def at_of(key: str, *, original: timedelta, sent: timedelta | None) -> tuple[Event, timedelta]:
    door = Door()
    around: dict[str, Any] = {} if sent is None else {"sentAt": (NOON + sent).isoformat()}
    door.batch(page(timestamp=(NOON + original).isoformat()), key=key, **around)
    [event] = door.events
    assert event.original_at == NOON + original
    assert event.sent_at == (None if sent is None else NOON + sent)
    assert event.received_at == NOON
    return event, event.at - NOON


@pytest.mark.parametrize(
    ("key", "original", "sent", "expected"),
    [
        ("wk", timedelta(seconds=-9), timedelta(seconds=-1), timedelta(seconds=-9)),
        ("wk", timedelta(seconds=-9), CLOCK_TOLERANCE, timedelta(seconds=-9)),
        ("wk", timedelta(days=2, seconds=-9), timedelta(days=2), timedelta(seconds=-9)),
        ("wk", timedelta(days=-2, seconds=-9), timedelta(days=-2), timedelta(seconds=-9)),
        ("wk", timedelta(days=2), timedelta(days=1), timedelta(0)),
        ("wk", timedelta(days=-2), None, timedelta(days=-2)),
        ("wk", timedelta(days=2), None, timedelta(0)),
        ("sk", timedelta(days=-2, seconds=-9), timedelta(days=-2), timedelta(days=-2, seconds=-9)),
        ("sk", timedelta(days=2, seconds=-9), timedelta(days=2), timedelta(0)),
    ],
)
def test_a_browsers_wrong_clock_is_corrected_and_a_servers_is_believed(
    key: str, original: timedelta, sent: timedelta | None, expected: timedelta
) -> None:
    event, corrected = at_of(key, original=original, sent=sent)
    assert corrected == expected
    hour = (NOON + original).strftime("%Y-%m-%dT%H")
    assert event.key.sk.startswith(f"{hour}#"), "the key is by the client's clock, uncorrected"


def test_the_callers_network_is_kept_only_for_a_call_from_the_persons_device() -> None:
    door = Door()
    door.batch(page("m-1"), page("m-2", context={"direct": True}))
    assert "context" not in door.events[0].body
    assert door.events[1].body["context"] == {"direct": True, "ip": "198.51.100.0"}


def test_one_id_twice_in_a_request_is_one_message_whatever_else_differs() -> None:
    door = Door()
    outcome = door.batch(
        page("m-1", timestamp="2026-11-23T10:59:59.990Z", name="first"),
        page("m-1", timestamp="2026-11-23T11:00:00.034Z", name="second"),
        page("m-1", timestamp="2026-11-23T10:59:59.990Z", anonymousId="a-2"),
    )
    assert (outcome.accepted, outcome.repeated) == (2, 1)
    assert [e.body.get("name") for e in door.events] == ["first", None]


def test_an_event_at_a_time_nobody_can_believe_is_kept_and_starts_nothing() -> None:
    door = Door()
    for year in ("9999", "0001"):
        door.batch(page(year, timestamp=f"{year}-12-31T23:59:59Z"))
        door.clock.forward(hours=3)
        again = door.batch(page(year, timestamp=f"{year}-12-31T23:59:59Z"))
        assert (again.accepted, again.repeated) == (0, 1)
    first, second = door.events
    assert first.key.sk == f"{NO_HOUR}#site#9999"
    assert (first.original_at, first.at, second.origin) == (None, NOON, Origin.BACKFILL)
    assert first.body["unbelievable_time"] == "9999-12-31T23:59:59Z"


def test_a_defect_of_ours_at_one_message_costs_no_other() -> None:
    class Choosy(FakeLog):
        def append(self, events: Sequence[Event]) -> list[bool]:
            if any(event.message_id == "m-2" for event in events):
                raise PoisonError
            return super().append(events)

    door = Door(Choosy())
    outcome = door.batch(page("m-1"), page("m-2"), page("m-3"), page("m-1"))
    assert [e.message_id for e in door.events] == ["m-1", "m-3"]
    assert (outcome.accepted, outcome.repeated, outcome.kept) == (2, 1, 1)
    assert outcome.problem is None
    assert outcome.refused == {Refusal.FAULT: 1}
    assert [type(fault) for fault in outcome.faults] == [PoisonError]
    door.quarantine.out = True
    with pytest.raises(PoisonError):
        door.batch(page("m-2"), page("m-4"))


def test_a_row_of_combining_marks_costs_no_time() -> None:
    """Putting them in order takes time by the square of their number."""
    marks = "\u0315\u0300" * 30_000
    began = process_time()
    assert identifier(Namespace.ANON, marks) is None
    assert process_time() - began < 1


def test_one_that_does_not_fit_the_log_costs_few_calls_and_no_neighbour() -> None:
    class Choosy(FakeLog):
        def append(self, events: Sequence[Event]) -> list[bool]:
            self.calls.touch("tried")
            if any(event.message_id == "m-700" for event in events):
                raise PoisonError
            return super().append(events)

    door = Door(log=Choosy())
    outcome = door.batch(*(page(f"m-{n}") for n in range(1_000)))
    assert (outcome.accepted, outcome.refused) == (999, {Refusal.FAULT: 1})
    assert door.log.calls.count("tried") < 30


def test_a_defect_of_the_deployment_is_no_fault_of_a_message() -> None:
    class Denied(FakeLog):
        def append(self, events: Sequence[Event]) -> list[bool]:
            msg = "no such table"
            raise MisconfiguredError(msg)

    door = Door(Denied())
    with pytest.raises(MisconfiguredError):
        door.batch(page("m-1"), page("m-2"))
    assert door.quarantine.kept == []


def test_of_a_batch_that_is_too_long_the_messages_beyond_are_kept_aside() -> None:
    door = Door()
    outcome = door.batch(*(page(f"m-{n}") for n in range(MAX_BATCH + 1)))
    assert (outcome.problem, outcome.accepted) == (None, MAX_BATCH)
    assert outcome.refused == {Refusal.TOO_MANY: 1}
    assert door.quarantine.reasons == [("too_many_messages", 1)]
    assert "m-2500" in str(door.quarantine.kept[0].content["messages"])
