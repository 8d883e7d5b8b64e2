"""The readers that all adapters share: whatever stands in a body, they answer."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.adapters.ats import reading, signatures
from rapport.ats import Outcome
from rapport.domain.ats import Contact
from rapport.domain.event import Json
from rapport.errors import PoisonError

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

ANYTHING: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["\ud800", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 10**50]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "type", "at"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(ANYTHING)
def test_every_reader_answers_to_anything(value: Json) -> None:
    reading.part(value, "value", "type")
    reading.parts(value)
    reading.text(value).encode()
    reading.texts(value)
    reading.flag(value)
    reading.number(value)
    reading.moment(value)
    reading.moment_ms(value)
    reading.latest(value, "at")
    reading.contact(value)
    for found in reading.contacts(value):
        found.value.encode()


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-05-04T12:00:00Z", NOON),
        ("2026-05-04T14:00:00.000+02:00", NOON),
        ("2026-05-04 12:00:00+00:00", NOON),
        ("2026-05-04T12:00:00", None),
        ("2026-05-04", None),
        ("05/04/2026", None),
        (1777896000000, None),
    ],
    ids=str,
)
def test_a_time_has_a_zone_and_a_day_alone_is_none(written: Json, at: datetime | None) -> None:
    assert reading.moment(written) == at


def test_a_time_without_a_zone_is_read_where_the_vendor_has_one() -> None:
    berlin = timezone(timedelta(hours=2))

    assert reading.moment("2026-05-04 14:00:00", zone=berlin) == NOON


def test_milliseconds_are_read_to_the_last_of_them() -> None:
    assert reading.moment_ms(1777896000123) == NOON.replace(microsecond=123_000)
    assert reading.moment_ms("1777896000123") == NOON.replace(microsecond=123_000)
    assert reading.moment_ms(-1) is None


def test_the_latest_time_is_looked_for_where_it_was_asked_for_alone() -> None:
    body: Json = {
        "created_at": "2026-05-01T00:00:00Z",
        "starts_at": "2027-01-01T00:00:00Z",
        "custom_fields": {"created_at": "2028-01-01T00:00:00Z"},
        "jobs": [{"created_at": "2026-05-04T12:00:00Z"}, {"created_at": None}],
    }

    assert reading.latest(body, "created_at") == NOON


def test_an_id_is_text_and_true_is_no_number() -> None:
    told: list[Json] = [12, " a ", True, 1.5, None, []]

    assert [reading.text(value) for value in told] == ["12", "a", "", "", "", ""]


def test_contacts_are_read_once_each_in_their_order() -> None:
    told: Json = [
        {"value": "b@halden.example", "type": "Work "},
        "a@halden.example",
        {"value": "b@halden.example"},
        {"value": ""},
        3,
    ]

    assert reading.contacts(told) == (
        Contact(value="b@halden.example", kind="work"),
        Contact(value="a@halden.example"),
    )


def test_the_name_of_an_event_is_fit_for_a_log_or_there_is_none() -> None:
    assert reading.event_name("robin@halden.example\n") == "robin_halden.example"
    assert len(reading.event_name("x" * 1000)) == 64
    with pytest.raises(PoisonError):
        reading.event_name(None)


def test_any_key_may_have_made_any_signature_and_none_is_no_proof() -> None:
    made = signatures.made(b"old", b"body")

    assert signatures.judge([b"new", b"old"], b"body", ["x", made]).outcome is Outcome.GENUINE
    assert signatures.judge([b"new"], b"body", ["é", made]).outcome is Outcome.FORGED
    assert signatures.judge([], b"body", [made]).outcome is Outcome.UNPROVEN
