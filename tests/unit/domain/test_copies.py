"""Which rows of the log are one message."""

from dataclasses import replace
from itertools import permutations

from rapport.domain.copies import mark_of, once
from rapport.domain.event import Event, Trust
from rapport.domain.tally import fold_partition
from tests.support.histories import COOKIES, USERS, event

TABLET = COOKIES[0]
FIRST = event(0, cookie=TABLET, message_id="m", late=5)
SERVER = replace(FIRST, source="server", trust=Trust.VERIFIED)


def counted(*rows: Event) -> list[Event]:
    results = [once(order) for order in permutations(rows)]
    assert all(result == results[0] for result in results)
    return results[0]


def test_one_event_sent_under_two_write_keys_counts_once_and_the_verified_one_stands() -> None:
    assert counted(FIRST, SERVER) == [SERVER]
    assert mark_of(FIRST) == mark_of(SERVER)


def test_an_id_that_two_sources_give_at_different_times_is_two_messages() -> None:
    later = event(60, cookie=TABLET, message_id="m")
    assert len(counted(FIRST, replace(later, source="server"))) == 2


def test_an_id_that_two_sources_give_to_different_kinds_of_event_is_two_messages() -> None:
    assert len(counted(FIRST, replace(SERVER, type="Job Viewed"))) == 2


def test_on_another_browser_it_is_another_message() -> None:
    assert len(counted(FIRST, replace(SERVER, partition=COOKIES[1]))) == 2


def test_copies_of_copies_are_copies() -> None:
    again = event(60, cookie=TABLET, message_id="m", late=5)
    both = replace(again, source="server", received_at=again.received_at)
    assert counted(FIRST, again, both) == [FIRST]


def test_a_copy_that_is_not_counted_still_tells_who_used_the_browser() -> None:
    ana, bo = USERS[:2]
    rows = [
        event(0, cookie=TABLET, user=bo),
        event(58, cookie=TABLET, message_id="m", late=1),
        event(61, cookie=TABLET, message_id="m", user=ana, late=9),
        event(70, cookie=TABLET),
    ]
    partition = fold_partition(TABLET, rows)
    assert partition.counted == 3
    assert partition.last_login == (rows[2].at, ana)
    assert f"~{ana}" in partition.labels
