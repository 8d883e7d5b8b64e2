"""The key of an event is a function of the message alone, and garbage never becomes a node."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from functions.track.delivery import Delivery, PresentedKey, Sender
from functions.track.flow import Track
from rapport.domain.event import Event, Trust
from rapport.domain.identifiers import BLOCKED_VALUES, Namespace, Ref
from rapport.door import WriteKey
from tests.support.doorkeeping import FakeAllowance, FakeQuarantine
from tests.support.fakes import FakeBook, FakeLog, FakePseudonyms

MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(2019, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2099, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.just(UTC),
)
written = moments.map(datetime.isoformat)
ids = st.from_regex(r"c-[a-zæøå0-9]{1,8}", fullmatch=True)
garbage = st.one_of(
    st.sampled_from(sorted(BLOCKED_VALUES)).map(lambda v: f" {v.upper()} "),
    st.sampled_from(sorted(BLOCKED_VALUES)).map(lambda v: f"'{v}'"),
    st.from_regex(r"[0-]{1,12}", fullmatch=True).filter(lambda v: set(v) <= set("0-")),
    st.booleans(),
    st.floats(allow_nan=False),
    st.just([]),
    st.just({}),
)
messages = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["identify", "page", "track", "screen"]),
        "event": st.sampled_from(["Job Viewed", "Something Else"]),
        "anonymousId": ids,
    },
    optional={
        "userId": ids,
        "messageId": ids,
        "timestamp": written,
        "originalTimestamp": written,
        "traits": st.fixed_dictionaries({}, optional={"email": st.just("ana@x.example")}),
        "context": st.just({"direct": True}),
    },
)

aliases = st.fixed_dictionaries(
    {"type": st.just("alias"), "previousId": ids, "userId": ids},
    optional={"anonymousId": ids, "messageId": ids, "timestamp": written},
)


class AskedPseudonyms(FakePseudonyms):
    """Pseudonyms that remember which values they were asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def ref(self, ns: Namespace, value: str) -> Ref:
        self.asked.add(value)
        return super().ref(ns, value)


def stored(
    *raw: Any, at: datetime = MORNING, trust: Trust = Trust.ASSERTED, ip: str = "198.51.100.23"
) -> tuple[list[Event], AskedPseudonyms]:
    log, refs = FakeLog(), AskedPseudonyms()
    book = FakeBook(log)
    book.write_keys["wk"] = WriteKey(key="wk", source="site", brand="halden", trust=trust)
    track = Track(
        keys=book,
        log=log,
        refs=refs,
        quarantine=FakeQuarantine(),
        allowance=FakeAllowance(),
        now=lambda: at,
    )
    sender = Sender(
        source_ip=ip, origin=None, user_agent="", gpc=False, dnt=False, request_id="req-1"
    )
    track.receive(
        Delivery(
            call="batch",
            messages=tuple(raw),
            sent_at=None,
            keys=(PresentedKey(value="wk", place="header"),),
            sender=sender,
        )
    )
    return list(log.rows.values()), refs


@given(raw=messages | aliases, again=moments, sent=written, trust=st.sampled_from(Trust))
def test_no_circumstance_of_a_delivery_moves_an_event(
    raw: dict[str, Any], again: datetime, sent: str, trust: Trust
) -> None:
    [first], _ = stored(raw)
    copy = raw | {"sentAt": sent, "writeKey": "wk", "_metadata": {"retryCount": 2}}
    [second], _ = stored(copy, at=again, trust=trust, ip="203.0.113.9")
    assert second.key == first.key


@given(raw=aliases)
def test_an_alias_stands_with_the_events_of_the_cookie_that_it_is_about(
    raw: dict[str, Any],
) -> None:
    [event], refs = stored(raw)
    previous = raw["previousId"] if raw["previousId"] != raw["userId"] else None
    cookie = raw.get("anonymousId", previous)
    ns = Namespace.USER if cookie is None else Namespace.ANON
    assert event.partition == refs.ref(ns, cookie or raw["userId"])
    assert event.home == refs.ref(Namespace.USER, raw["userId"])


@given(raw=messages, user=ids)
def test_a_copy_that_gained_a_user_id_lands_on_its_first_copy(
    raw: dict[str, Any], user: str
) -> None:
    first = {k: v for k, v in raw.items() if k != "userId"} | {"messageId": "m-1"}
    [event], _ = stored(first, first | {"userId": user})
    assert event.body == stored(first)[0][0].body


@given(raw=messages, trust=st.sampled_from(Trust), late=st.timedeltas(timedelta(0)))
def test_nothing_happens_after_it_was_received(
    raw: dict[str, Any], trust: Trust, late: timedelta
) -> None:
    late %= timedelta(days=1)
    sent = {"sentAt": (MORNING - late).isoformat()}
    [event], _ = stored(raw | sent, trust=trust)
    assert event.at <= event.received_at == MORNING


@given(raw=messages, junk=garbage, anonymous=st.booleans())
def test_garbage_never_becomes_a_node(raw: dict[str, Any], junk: Any, *, anonymous: bool) -> None:
    field = "anonymousId" if anonymous else "userId"
    _, refs = stored(raw | {field: junk}, raw | {"userId": junk, "anonymousId": junk})
    named = {raw["anonymousId"], raw.get("userId", ""), "ana@x.example"}
    assert refs.asked <= named
