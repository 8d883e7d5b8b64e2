"""Who was erased gets one request to confirm when they come by themselves, and nothing else."""

from dataclasses import replace

import pytest

from rapport.domain.address import SCOPE_ERASED, AddressState
from rapport.domain.decision import Intent
from rapport.domain.identifiers import PersonId, person_id
from rapport.domain.tokens import Purpose, issue
from rapport.domain.tombstones import Traces, suppression
from tests.support.fakes import START
from tests.support.mailroom import ANA, TOPIC, Mailroom

JOINS = 40


class Gone:
    """Somebody who was welcomed, and erased a day later: of the address stays what closes it."""

    def __init__(self) -> None:
        self.room = Mailroom()
        self.person: PersonId = self.room.confirmed()
        # What is on its way while she is erased: in a queue, or in a dead-letter queue.
        self.queued: Intent = self.room.intent(self.person)
        self.room.clock.forward(days=1)
        self.forget()

    def forget(self) -> None:
        ref = self.room.ref(ANA)
        traces = Traces(
            id="e_1",
            at=self.room.clock(),
            person=self.person,
            strong=(ref,),
            persons=(self.person,),
        )
        self.room.people.views.clear()
        self.room.book.addresses[ref] = AddressState(
            ref=ref, suppressions=suppression(traces), suppression_version=1
        )

    def comes_back(self) -> PersonId:
        """She fills in a form of her own, and has a profile again."""
        self.room.clock.forward(hours=2)
        return self.room.person(ANA, first_name="Ana", job_category="nursing")

    def joins(self, name: str = "TalentNetworkJoined", *, origin: str = "live") -> str:
        intent = self.room.intent(self.person, origin=origin)
        fact = replace(intent.fact, name=name)
        self.room.send.deliver(replace(intent, fact=fact))
        return self.room.reasons[-1]

    @property
    def mailed(self) -> list[str]:
        return [mail.tags["class"] for mail in self.room.mails]


@pytest.mark.parametrize("times", [1, 3])
def test_an_intent_that_was_queued_or_is_put_back_from_dead_letters_finds_nobody(
    times: int,
) -> None:
    ana = Gone()
    for _ in range(times):
        ana.room.send.deliver(ana.queued)
    assert ana.mailed == []
    ana.comes_back()
    ana.room.send.deliver(ana.queued)
    assert ana.mailed == [], "what she had before she was erased is no wish of hers now"


def test_whoever_comes_back_is_asked_once_and_mailed_when_they_confirm() -> None:
    ana = Gone()
    ana.comes_back()
    for _ in range(JOINS):
        ana.joins()
        ana.room.clock.forward(minutes=7)
    assert ana.mailed == ["confirmation"]
    print(f"joins of somebody who was erased {JOINS}, requests {len(ana.mailed)}")
    token = issue(ana.room.rings.ring("tokens"), Purpose.CONFIRM, ana.room.mails[0].tags["send_id"])
    ana.room.engage.confirm(token)
    state = ana.room.book.addresses[ana.room.ref(ANA)]
    assert SCOPE_ERASED not in state.suppressions
    assert state.consents[TOPIC].at > START
    ana.room.clock.forward(days=2)
    assert ana.joins() == "consented"
    assert ana.mailed == ["confirmation", "marketing"]


@pytest.mark.parametrize(
    "name", ["ApplicationStageChanged", "CandidateRecorded", "EventRegistered"]
)
def test_what_others_tell_of_them_mails_them_nothing_until_they_confirm(name: str) -> None:
    ana = Gone()
    ana.comes_back()
    assert ana.joins(name) == "suppressed"
    assert ana.mailed == []


@pytest.mark.parametrize("origin", ["import", "backfill", "rebuild", "merge"])
def test_an_import_of_them_mails_nothing(origin: str) -> None:
    ana = Gone()
    ana.comes_back()
    assert ana.joins(origin=origin) == "not_live"
    assert ana.mailed == []


def test_the_frozen_audience_of_a_campaign_names_an_id_that_leads_to_nobody() -> None:
    ana = Gone()
    intent = ana.room.intent(person_id(ana.room.ref(ANA)))
    sheet = replace(intent, program="campaign", occurrence="launch-1")
    ana.room.send.deliver(sheet)
    assert ana.mailed == []
