"""Which keys open the door, for whom, and how often."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.track.flow import NETWORK_RATE, Outcome
from functions.track.keys import PAUSE, REMEMBER, TIDE_OVER
from rapport.domain.rate import Rate
from rapport.door import WriteKey
from rapport.errors import RetryableError
from tests.support.door import BROWSER, NOON, SERVER, Door, page
from tests.support.gateway import posted

SITE = "https://careers.halden.example"


def code(outcome: Outcome) -> tuple[int, str] | None:
    problem = outcome.problem
    return None if problem is None else (problem.status, problem.code)


@pytest.mark.parametrize("origin", [SITE, f"{SITE}:8443", None])
def test_a_key_is_good_on_the_pages_of_its_list_and_without_a_page(origin: str | None) -> None:
    door = Door()
    door.knows(replace(BROWSER, origins=(SITE, f"{SITE}:8443")))
    outcome = door.batch(page(), headers={} if origin is None else {"origin": origin})
    assert outcome == Outcome(source="site", accepted=1)


@pytest.mark.parametrize(
    "origin",
    [
        *("null", "", "https://evil.example", "http://careers.halden.example", f"{SITE}/"),
        *(f"{SITE}.evil.example", f"{SITE}:443", SITE.upper(), "https://halden.example"),
    ],
)
def test_a_key_is_refused_on_the_pages_of_others_and_what_they_sent_is_kept(origin: str) -> None:
    door = Door()
    door.knows(replace(BROWSER, origins=(SITE,)))
    outcome = door.batch(page("m-1"), page("m-2"), headers={"origin": origin})
    assert code(outcome) == (403, "origin_not_allowed")
    assert (door.events, door.quarantine.reasons) == ([], [("origin_not_allowed", 2)])


def test_a_key_without_a_list_is_good_everywhere() -> None:
    assert code(Door().batch(page(), headers={"origin": "https://any.example"})) is None


def test_a_secret_key_is_refused_in_a_browser() -> None:
    door = Door()
    outcome = door.batch(page(), key="sk", headers={"origin": SITE})
    assert code(outcome) == (403, "secret_key_in_browser")
    assert (door.events, door.quarantine.reasons) == ([], [("secret_key_in_browser", 1)])


def test_a_secret_key_is_refused_in_a_url() -> None:
    door = Door()
    event = posted("/beacon/v1/batch", {"batch": [page()]}) | {"rawQueryString": "writeKey=sk"}
    assert code(door.receive(event)) == (401, "secret_key_in_url")
    assert door.quarantine.reasons == [("secret_key_in_url", 1)]
    public = posted("/beacon/v1/batch", {"batch": [page()]}) | {"rawQueryString": "writeKey=wk"}
    assert door.receive(public) == Outcome(source="site", accepted=1)


def test_what_comes_with_a_revoked_key_is_kept_and_with_an_unknown_one_forgotten() -> None:
    door = Door()
    assert code(door.batch(page(), key="old")) == (401, "unknown_write_key")
    assert door.quarantine.reasons == [("key_disabled", 1)]
    assert code(door.batch(page(), key="never-heard-of")) == (401, "unknown_write_key")
    assert code(door.batch(page(), writeKey="sk")) == (401, "write_keys_disagree")
    assert code(door.receive(posted("/v1/page", page()))) == (401, "missing_write_key")
    assert len(door.quarantine.kept) == 1


def test_a_key_that_was_read_lately_opens_the_door_while_nobody_can_be_asked() -> None:
    door = Door()
    door.batch(page("m-1"))
    door.book.write_key = _out_of_reach  # type: ignore[method-assign]
    door.clock.moment += TIDE_OVER
    assert door.batch(page("m-2")) == Outcome(source="site", accepted=1)
    door.clock.forward(seconds=6)
    assert door.batch(page("m-3")) == Outcome(unchecked=1, kept=1)
    assert [e.message_id for e in door.events] == ["m-1", "m-2"]


def test_what_comes_with_a_key_that_nobody_can_check_is_kept_for_a_replay() -> None:
    door = Door()
    door.book.write_key = _out_of_reach  # type: ignore[method-assign]
    assert door.batch(page("m-1"), page("m-2")) == Outcome(unchecked=2, kept=2)
    assert door.quarantine.reasons == [("key_unchecked", 2)]
    assert [each.good for each in door.quarantine.kept] == [True]
    assert door.quarantine.kept[0].source == "unknown"
    door.quarantine.out = True
    with pytest.raises(RetryableError):
        door.batch(page("m-3"))


def test_a_book_that_is_silent_is_asked_again_after_a_pause_only() -> None:
    """Each request would wait for it, known key or not."""
    door = Door()
    assert door.batch(page("m-0")).accepted == 1
    asked: list[str] = []

    def hangs(key: str) -> WriteKey | None:
        asked.append(key)
        door.clock.forward(seconds=7)
        raise RetryableError

    door.book.write_key = hangs  # type: ignore[method-assign]
    door.clock.moment = NOON + REMEMBER
    for n in range(5):
        assert door.batch(page(f"m-{n}"), key="new").unchecked == 1
        assert door.batch(page(f"m-{n}")).unchecked == 0
    assert asked == ["new"]
    door.clock.moment += PAUSE
    assert door.batch(page("m-5")).accepted == 1
    assert asked == ["new", "wk"]


def test_who_comes_too_often_with_a_key_is_told_when_to_come_again() -> None:
    door = Door()
    door.knows(replace(SERVER, rate=Rate(per_second=2, burst=10)))
    assert code(door.batch(*(page(f"m-{n}") for n in range(10)), key="sk")) is None
    outcome = door.batch(*(page(f"n-{n}") for n in range(5)), key="sk")
    assert code(outcome) == (429, "rate_limited")
    assert outcome.problem is not None
    assert outcome.problem.retry_after == 3
    assert (len(door.events), door.quarantine.kept) == (10, [])
    door.clock.forward(seconds=3)
    assert code(door.batch(*(page(f"n-{n}") for n in range(5)), key="sk")) is None


def test_an_empty_batch_counts_as_one_message() -> None:
    door = Door()
    door.knows(replace(SERVER, rate=Rate(per_second=1, burst=3)))
    answers = [code(door.batch(key="sk")) for _ in range(4)]
    assert answers == [None, None, None, (429, "rate_limited")]


def from_address(address: str, key: str, *messages: object) -> dict[str, object]:
    event = posted("/v1/batch", {"batch": [*messages]}, key=key)  # type: ignore[list-item]
    event["requestContext"]["http"]["sourceIp"] = address
    return event


def test_a_network_cannot_spend_a_public_key_for_all_others() -> None:
    door = Door()
    flood = [page(f"m-{n}") for n in range(1500)]
    spent = [code(door.receive(from_address("203.0.113.9", "wk", *flood))) for _ in range(3)]
    assert spent == [None, None, (429, "rate_limited")]
    assert code(door.receive(from_address("203.0.113.77", "wk", page()))) == (429, "rate_limited")
    assert code(door.receive(from_address("203.0.114.9", "wk", page()))) is None
    assert code(door.receive(from_address("203.0.113.9", "sk", page()))) is None
    door.clock.moment += timedelta(seconds=1500 / NETWORK_RATE.per_second)
    assert code(door.receive(from_address("203.0.113.9", "wk", *flood))) is None


def _out_of_reach(key: str) -> None:
    msg = "throttled"
    raise RetryableError(msg)
