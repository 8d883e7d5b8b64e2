"""What is ticked in the name of somebody known is asked of them by mail, whatever the form.

From the page that is handed in to the request in the mailbox: nothing stands in for a flow.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

import msgspec
import pytest

from functions.engage.flow import Scope
from functions.engage.signup import Turn, Visit
from rapport.domain.address import Consent, ConsentStatus
from rapport.domain.tokens import Purpose, issue
from tests.support.mailroom import ANA, TOPIC
from tests.support.town import Town

ALERTS = "job-alerts"
BOTH = (TOPIC, ALERTS)
ASKING = ("new-device", "always")
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "join": {"f.job_category": "nursing"},
    "new-jobs": {"f.job_category": "nursing"},
    "open-day": {"f.first_name": "Ana"},
    "recommend": {"f.works_here": "yes"},
    "apply-nursing": {
        "f.first_name": "Ana",
        "f.last_name": "Berg",
        "f.licences": "registered-nurse",
    },
}


class Mailbox:
    """Ana's, which a form names; and the browsers that nobody knows."""

    def __init__(self, opt_in: str) -> None:
        self.town = Town(random=Random(7))
        self.room = self.town.room
        self.room.send_mode("live")
        change = {"topics": BOTH, "opt_in": opt_in}
        forms = tuple(msgspec.structs.replace(each, **change) for each in self.room.bundle.forms)
        self.room.publish(msgspec.structs.replace(self.room.bundle, forms=forms))
        self._browsers = 0

    def knows(self, *topics: str, ended: bool = False) -> None:
        """Ana confirmed her address some time ago, and agreed to these."""
        now = self.room.clock()
        word = Consent(
            status=ConsentStatus.GRANTED,
            at=now,
            statement="talent-network-1",
            statement_hash="h",
            event_id="c_1",
            expires_at=now + timedelta(days=1) if ended else None,
        )
        self.room.state(
            ANA,
            lambda state: replace(
                state,
                version=state.version + 1,
                confirmed_at=now,
                consents={**state.consents, **dict.fromkeys(topics, word)},
            ),
        )
        self.passes(days=2)

    def passes(self, **length: float) -> None:
        self.room.clock.forward(**length)
        self.town.wake()

    def ticks(self, form: str, *topics: str) -> None:
        """A form from a browser that nobody saw before, settled to its last mail."""
        self._browsers += 1
        visit = Visit(visitor=f"new-browser-{self._browsers}", languages=(), ip="", agent="")
        shown = self.room.signup.open(form, visit)
        assert shown is not None
        self.room.clock.forward(seconds=20)
        words = {f"topic.{t}": (self.room.bundle.statement(t).said("en").hash,) for t in topics}
        typed = {name: (value,) for name, value in ANSWERS[form].items()}
        page = {"page": (shown.page,), "visitor": (visit.visitor,), "f.email": (ANA,)}
        taken = self.room.signup.hand_in(form, visit, {**typed, **words, **page})
        assert taken is not None
        assert taken.turn is Turn.TAKEN
        self.town.settle()

    @property
    def requests(self) -> list[str]:
        """The topics that the requests to confirm were about, in order."""
        keys = [m.tags["send_id"] for m in self.room.mails if m.tags["class"] == "confirmation"]
        return [self.room.book.sends[key].topic for key in keys]

    def confirms(self) -> None:
        """Ana confirms what she was asked last."""
        last = [m for m in self.room.mails if m.tags["class"] == "confirmation"][-1]
        key = last.tags["send_id"]
        self.room.engage.confirm(issue(self.room.rings.ring("tokens"), Purpose.CONFIRM, key))
        self.town.settle()

    def leaves(self, topic: str) -> None:
        """Ana says no, by a link of the last mail on the topic."""
        keys = [m.tags["send_id"] for m in self.room.mails]
        key = [k for k in keys if self.room.book.sends[k].topic == topic][-1]
        link = issue(self.room.rings.ring("tokens"), Purpose.UNSUBSCRIBE, key)
        assert self.room.engage.unsubscribe(link, Scope.TOPIC, method="page")
        self.town.settle()

    @property
    def granted(self) -> set[str]:
        state, now = self.room.book.addresses[self.room.ref(ANA)], self.room.clock()
        return {
            topic
            for topic, word in state.consents.items()
            if word.status is ConsentStatus.GRANTED
            and (word.expires_at is None or now < word.expires_at)
        }


@pytest.mark.parametrize("opt_in", ASKING)
@pytest.mark.parametrize("form", ANSWERS)
@pytest.mark.parametrize(("held", "ticked"), [(TOPIC, ALERTS), (ALERTS, TOPIC)])
def test_a_tick_on_another_topic_is_asked_of_its_owner(
    form: str, opt_in: str, held: str, ticked: str
) -> None:
    ana = Mailbox(opt_in)
    ana.knows(held)
    ana.ticks(form, ticked)
    assert ana.granted == {held}
    assert ana.requests == [ticked]
    ana.confirms()
    assert ana.granted == {held, ticked}


@pytest.mark.parametrize("opt_in", ASKING)
@pytest.mark.parametrize("form", ANSWERS)
@pytest.mark.parametrize("topic", BOTH)
def test_a_tick_on_what_ran_out_is_asked_of_its_owner(form: str, opt_in: str, topic: str) -> None:
    ana = Mailbox(opt_in)
    ana.knows(TOPIC, ALERTS)
    ana.knows(topic, ended=True)
    assert ana.granted == {*BOTH} - {topic}
    ana.ticks(form, topic)
    assert ana.requests == [topic]
    ana.confirms()
    assert ana.granted == {*BOTH}


@pytest.mark.parametrize("opt_in", ASKING)
@pytest.mark.parametrize("form", ANSWERS)
@pytest.mark.parametrize("topic", BOTH)
def test_a_request_that_nobody_answered_is_made_again_by_a_later_tick(
    form: str, opt_in: str, topic: str
) -> None:
    ana = Mailbox(opt_in)
    ana.knows(next(iter({*BOTH} - {topic})))
    ana.ticks(form, topic)
    ana.passes(days=8)
    asked = len(ana.requests)
    ana.ticks(form, topic)
    assert ana.requests[asked:] == [topic]


@pytest.mark.parametrize("opt_in", ASKING)
@pytest.mark.parametrize("form", ANSWERS)
@pytest.mark.parametrize("topic", BOTH)
def test_whoever_left_and_ticks_again_is_asked_and_nothing_is_undone_before(
    form: str, opt_in: str, topic: str
) -> None:
    ana = Mailbox(opt_in)
    ana.knows(*{*BOTH} - {topic})
    ana.ticks(form, topic)
    ana.confirms()
    ana.passes(days=1)
    ana.leaves(topic)
    ana.passes(days=8)
    asked = len(ana.requests)
    ana.ticks(form, topic)
    assert ana.requests[asked:] == [topic]
    assert topic not in ana.granted
    ana.confirms()
    assert ana.granted == {*BOTH}


@pytest.mark.parametrize("opt_in", ASKING)
@pytest.mark.parametrize("form", ANSWERS)
def test_of_two_ticks_both_are_asked_a_day_apart_at_the_least(form: str, opt_in: str) -> None:
    ana = Mailbox(opt_in)
    ana.knows(TOPIC, ALERTS, ended=True)
    ana.ticks(form, *BOTH)
    assert len(ana.requests) == 1
    for _ in range(10):
        ana.passes(days=1)
    assert sorted(ana.requests) == sorted(BOTH)


@pytest.mark.parametrize("known", [True, False])
def test_whoever_hands_in_forms_in_another_s_name_mails_them_once_a_day_at_most(
    *, known: bool
) -> None:
    ana, posts = Mailbox("always"), 60
    if known:
        ana.knows(*BOTH, ended=True)
    for number in range(posts):
        ana.ticks([*ANSWERS][number % 5], *BOTH[number % 2 :])
        ana.passes(hours=6)
    at = [
        ana.room.book.sends[m.tags["send_id"]].claimed_at
        for m in ana.room.mails
        if m.tags["class"] == "confirmation"
    ]
    gaps = [later - first for first, later in pairwise(at)]
    print(f"forms in Ana's name {posts}, known {known}, requests {len(at)} in 15 days")
    assert len(at) > 1
    assert min(gaps) >= timedelta(days=1)
    # Of each topic one in seven days, once the address is known.
    assert len(at) <= (2 * 3 if known else 16)
    assert not ana.granted


def test_a_second_alert_of_somebody_who_agreed_mails_nothing_twice() -> None:
    ana = Mailbox("always")
    ana.room.jobs("Nurse", "Night nurse", "Ward nurse")
    ana.knows(*BOTH)
    ana.ticks("new-jobs", ALERTS)
    mails = len(ana.room.mails)
    assert mails == 1
    for _ in range(5):
        ana.passes(hours=2)
        ana.ticks("new-jobs", ALERTS)
    assert len(ana.room.mails) == mails
    assert ana.requests == []
