"""A message whose copies differ in their time counts once, and the log is seldom asked."""

from dataclasses import replace

import pytest

from rapport.domain import copies
from rapport.domain.event import Event
from rapport.domain.profile import to_json
from rapport.domain.tally import fold_partition
from tests.support.definition import everybody
from tests.support.histories import COOKIES, USERS, Stores, enrich_of, event, joined

TABLET = COOKIES[0]
ANA = USERS[0]


class Stream:
    """Events that reach the log and enrich one by one."""

    def __init__(self) -> None:
        self.stores = Stores()
        self.log, self.people = self.stores.log, self.stores.people

    def tell(self, *events: Event) -> None:
        for each in events:
            self.log.append([each])
            assert not enrich_of(self.stores).batch(self.log.stream[-1:]).failures

    @property
    def asked(self) -> int:
        return self.log.calls.count("log.partition")

    def totals(self, who: str) -> dict[str, int]:
        views = [v.profile for v in self.people.views.values() if v.profile.root == who]
        return dict(views[0].totals)


@pytest.mark.parametrize("apart", [60, 61, 24 * 60, 3 * 30 * 24 * 60])
def test_a_copy_that_says_another_time_counts_for_nothing(apart: int) -> None:
    stream = Stream()
    first = joined(0, cookie=TABLET, user=ANA, message_id="form-1")
    copy = joined(apart, cookie=TABLET, user=ANA, message_id="form-1")
    stream.tell(first, event(5, cookie=TABLET), copy, event(apart + 5, cookie=TABLET))
    assert len(stream.log.rows) == 4, "the log keeps both: their hours differ"
    assert stream.totals(ANA) == {"Talent Network Joined": 1, "page": 2}
    told = [o.event_id for _, _, o in stream.people.published if o.name == "TalentNetworkJoined"]
    assert told == ["form-1"]


def test_a_copy_received_first_stands_even_if_it_is_delivered_last() -> None:
    stream = Stream()
    late = event(60, cookie=TABLET, message_id="m", late=30)
    early = event(0, cookie=TABLET, message_id="m", late=1)
    stream.tell(late, early)
    [profile] = [v.profile for v in stream.people.views.values()]
    assert profile.last == early.at
    assert to_json(profile) == to_json(everybody([early, late]).profile(TABLET))


def test_the_same_id_from_another_source_or_browser_is_another_message() -> None:
    stream = Stream()
    first = event(0, cookie=TABLET, message_id="m")
    stream.tell(first, replace(event(1, cookie=TABLET, message_id="m"), source="server"))
    stream.tell(event(0, cookie=COOKIES[1], message_id="m"))
    assert stream.totals(TABLET) == {"page": 2}
    assert stream.totals(COOKIES[1]) == {"page": 1}


def test_an_ordinary_history_is_hardly_ever_folded_again() -> None:
    stream = Stream()
    for n in range(300):
        stream.tell(event(n * 7, cookie=TABLET, message_id=f"node-next-{n}"))
    print(f"an ordinary history of 300 events was folded again {stream.asked} times")
    assert stream.asked == 0
    assert stream.totals(TABLET) == {"page": 300}


def test_a_month_that_an_older_version_wrote_is_folded_again_once() -> None:
    stream = Stream()
    stream.tell(event(0, cookie=TABLET), event(9, cookie=TABLET))
    for slot, (sequence, partition) in list(stream.people.months.items()):
        stream.people.months[slot] = (sequence, replace(partition, marks={}))
    stream.tell(event(20, cookie=TABLET))
    assert stream.asked == 1
    stream.tell(event(30, cookie=TABLET))
    assert stream.asked == 1
    assert stream.totals(TABLET) == {"page": 4}
    stored, _ = stream.people.partition(TABLET)
    assert stored == fold_partition(TABLET, stream.log.rows.values())


def test_the_history_of_an_endless_cookie_is_not_read_for_a_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sender that gives all its visitors one cookie must not keep its neighbours waiting."""
    monkeypatch.setattr(copies, "MAX_SEARCHED", 20)
    stream = Stream()
    for n in range(21):
        stream.tell(event(n, cookie=TABLET, message_id=f"m-{n}"))
    asked = stream.asked
    assert asked == 1, "to come there"
    for n in range(21):
        stream.tell(event(60 + n, cookie=TABLET, message_id=f"m-{n}"))
    assert stream.asked == asked
    assert stream.totals(TABLET) == {"page": 42}, "copies count there, which is told in limits.md"
    stored, _ = stream.people.partition(TABLET)
    assert stored == fold_partition(TABLET, stream.log.rows.values())
    assert not any(stored.marks.values()), "the row grows no further"
