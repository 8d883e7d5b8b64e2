"""What is sealed can be opened: a body that could not be is refused before it is stored."""

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.event import LogKey
from rapport.domain.wire import Message, read_message
from rapport.errors import PoisonError
from rapport.sealing import (
    KEY_BYTES,
    MAX_BODY_BYTES,
    MAX_BODY_DEPTH,
    MAX_SEALED_BYTES,
    seal,
    unseal,
)

AT = LogKey("anon#x", "2026-11-23T09#site#m-1")
KEY = bytes(range(KEY_BYTES))
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**20, max_value=10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from([64, 4_000, 40_000, 600_000]).map(lambda n: Random(n).randbytes(n).hex()),
    st.sampled_from([1_000, MAX_BODY_BYTES]).map(lambda n: "x" * n),
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def nested(value: Any, depth: int, *, arrays: bool) -> Any:
    for _ in range(depth):
        value = [value] if arrays else {"a": value}
    return value


depths = st.one_of(
    st.integers(0, 4), st.integers(MAX_BODY_DEPTH - 9, MAX_BODY_DEPTH + 2), st.integers(900, 3_000)
)
bodies = st.builds(nested, values, depths, arrays=st.booleans()).map(lambda value: {"call": value})


def stored(body: Any) -> bytes | None:
    try:
        return seal(body, key=KEY, at=AT, nonce=bytes)
    except PoisonError:
        return None


@given(body=bodies)
def test_whatever_is_sealed_is_opened_as_it_was(body: dict[str, Any]) -> None:
    sealed = stored(body)
    if sealed is not None:
        assert len(sealed) <= MAX_SEALED_BYTES
        assert unseal(sealed, key=KEY, at=AT) == body


@given(body=bodies)
def test_whatever_the_door_takes_fits_a_row(body: dict[str, Any]) -> None:
    message = read_message({"type": "page", "anonymousId": "a-1", "properties": body})
    if isinstance(message, Message):
        assert stored(message.body) is not None


def test_the_largest_and_the_deepest_body_open_and_one_more_is_refused() -> None:
    frame = len('{"a":""}')
    just = {"a": "x" * (MAX_BODY_BYTES - frame)}
    assert unseal(stored(just) or b"", key=KEY, at=AT) == just
    assert stored({"a": "x" * (MAX_BODY_BYTES - frame + 1)}) is None
    assert stored({"a": "\x00" * (MAX_BODY_BYTES // 6)}) is None
    deep = nested(1, MAX_BODY_DEPTH, arrays=False)
    assert unseal(stored(deep) or b"", key=KEY, at=AT) == deep
    assert stored(nested(1, MAX_BODY_DEPTH + 1, arrays=False)) is None


def test_what_does_not_pack_small_enough_for_a_row_is_refused() -> None:
    noise = Random(7)
    letters = "".join(chr(noise.randrange(0x100, 0xD7FF)) for _ in range(700_000 // 3))
    assert stored({"a": letters}) is None
    assert stored({"a": letters[: MAX_SEALED_BYTES // 3]}) is not None
