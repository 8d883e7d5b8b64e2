"""Why a mail was sent or held, told from what was stored."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from cli import report
from rapport.domain.address import SendRecord, SendState
from rapport.domain.decision import Decision, FactRef, GateResult, Intent, MailClass, Outcome
from rapport.domain.event import Event
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.domain.reasons import Reason
from rapport.records import decision_event, submitted_event
from tests.support import on_moto
from tests.unit.cli.conftest import START, Desk
from tests.unit.cli.test_waiting import a_wait, applied

ANA = "ana@inbox.halden.example"
KEY = "ab" * 32


def _intent(event: Event, root: Ref) -> Intent:
    fact = FactRef(
        name="TalentNetworkJoined",
        event_id=event.message_id,
        person=person_id(root),
        origin="live",
        occurred_at=event.at,
        received_at=event.received_at,
        log_pk=event.key.pk,
        log_sk=event.key.sk,
    )
    return Intent(
        program="welcome",
        occurrence="ever",
        person=fact.person,
        fact=fact,
        bundle="b" * 64,
        decided_at=START,
    )


def _decision(intent: Intent, root: Ref, reason: Reason, *, minute: int) -> Decision:
    sent = reason is Reason.CONFIRMATION
    return Decision(
        outcome=Outcome.SEND if sent else Outcome.HOLD,
        reason=reason,
        intent=intent,
        bundle=intent.bundle,
        template="confirm",
        mail_class=MailClass.CONFIRMATION,
        topic="talent-network",
        gates=(GateResult(gate="live", passed=True, detail="The event happened now."),),
        decided_at=START + timedelta(minutes=minute),
        subject=root,
        address=root,
        to=ANA,
        send_key=KEY,
        send_id=KEY if sent else "",
        playbook={"program": "welcome", "meaning": "Welcomes."},
    )


def _claimed(desk: Desk, ana: Ref, sent: Event) -> SendRecord:
    record = SendRecord(
        send_key=KEY,
        send_id=KEY,
        state=SendState.CLAIMED,
        attempt=1,
        lease=START + timedelta(minutes=5),
        person=person_id(ana),
        subject=ana,
        address=ana,
        program="confirm-address",
        template="confirm",
        topic="talent-network",
        mail_class="confirmation",
        bundle="b" * 64,
        decision=sent.key,
        claimed_at=START + timedelta(minutes=1),
    )
    desk.stores.book.claim(record, desk.stores.book.address(ana), sent)
    return record


@pytest.fixture
def decided(desk: Desk) -> tuple[Event, Event]:
    """Ana joined; the request to confirm was sent, and a second one held."""
    ana = desk.ref(Namespace.EMAIL, ANA)
    joined = desk.tell(ana, kind="Talent Network Joined", body={"properties": {"email": ANA}})
    desk.enrich()
    intent = _intent(joined, ana)
    sent = decision_event(_decision(intent, ana, Reason.CONFIRMATION, minute=1), now=START)
    again = replace(intent, fact=replace(intent.fact, event_id="again"))
    held = decision_event(_decision(again, ana, Reason.CONFIRMATION_RECENT, minute=2), now=START)
    record = _claimed(desk, ana, sent)
    stores = desk.stores
    accepted = submitted_event(record, SendState.ACCEPTED, now=START, message_id="ses-1")
    stores.book.advance(
        record, SendState.ACCEPTED, frm=[SendState.CLAIMED], now=START, message_id="ses-1"
    )
    stores.log.append([held, accepted])
    return sent, held


def test_every_decision_is_told_from_event_to_what_ses_said(
    desk: Desk, decided: tuple[Event, Event]
) -> None:
    said = desk.run("why", ANA)
    assert said.code == 0
    parts = [line.split()[0] for line in said.out.splitlines() if line and line[0].isalpha()]
    assert parts == [
        *("event", "facts", "playbook", "gate", "result", "SES"),
        *("event", "facts", "playbook", "gate", "result"),
    ]
    assert "“Talent Network Joined” happened on 2026-11-23" in said.out
    assert "Its message id there is ses-1." in said.out
    assert Reason.CONFIRMATION_RECENT.meaning in said.out


def test_why_as_json_holds_the_stored_decision_and_the_story(
    desk: Desk, decided: tuple[Event, Event]
) -> None:
    sent, held = json.loads(desk.run("why", ANA, "--json").out)
    assert (sent["outcome"], sent["reason"], sent["state"]) == ("send", "confirmation", "accepted")
    assert (held["outcome"], held["reason"], held["state"]) == ("hold", "confirmation_recent", None)
    assert sent["gates"] == [{"gate": "live", "passed": True, "detail": "The event happened now."}]
    assert sent["story"][0]["part"] == "event"


def test_a_send_id_and_a_decision_id_tell_their_own_decision(
    desk: Desk, decided: tuple[Event, Event]
) -> None:
    sent, held = decided
    for asked, expected in ((KEY, sent), (sent.message_id, sent), (held.message_id, held)):
        told = json.loads(desk.run("why", asked, "--json").out)
        assert [story["id"] for story in told] == [expected.message_id], asked


def test_what_waits_is_told_after_the_decisions_unless_one_of_them_was_asked_for(
    desk: Desk, decided: tuple[Event, Event]
) -> None:
    a_wait(desk, applied(desk, desk.ref(Namespace.EMAIL, ANA)))
    told = desk.run("why", ANA).out
    assert told.index("Its message id there is ses-1.") < told.index("waits until 2026-11-24")
    assert "was decided on" not in told
    as_json = json.loads(desk.run("why", ANA, "--json").out)
    assert [story["outcome"] for story in as_json] == ["send", "hold", "wait"]
    assert "waits" not in desk.run("why", KEY).out


def test_somebody_about_whom_nothing_was_decided_is_told_so(desk: Desk) -> None:
    desk.tell(desk.ref(Namespace.ANON, "c-1"))
    said = desk.run("why", "c-1")
    assert said.code == 0
    assert "was decided on" in said.out
    assert json.loads(desk.run("why", "c-1", "--json").out) == []


def test_who_ends_with_the_last_decisions(desk: Desk, decided: tuple[Event, Event]) -> None:
    answer = json.loads(desk.run("who", ANA, "--json").out)
    assert [d["reason"] for d in answer["decisions"]] == ["confirmation", "confirmation_recent"]
    assert answer["address"]["mails"] == 1
    assert "it was asked to confirm 2026-11-23 09:01:00" in desk.run("who", ANA).out


def test_a_timeline_tells_decisions_in_words(desk: Desk, decided: tuple[Event, Event]) -> None:
    assert f"hold: {Reason.CONFIRMATION_RECENT.meaning}" in desk.run("timeline", ANA).out


def test_the_report_counts_people_mails_and_waits(desk: Desk, decided: tuple[Event, Event]) -> None:
    assert report.summary(on_moto.CONFIG) == {
        "profiles": 1,
        "identifiers": 1,
        "mails": {"confirmation": 1},
        "waits": {"confirmation_recent": 1},
        "not_sent": {},
    }


def test_whoever_an_address_was_joined_to_is_told_what_was_decided_about_it(
    desk: Desk, decided: tuple[Event, Event]
) -> None:
    desk.say(user="u-7", email=ANA, minute=9)
    desk.enrich()
    told = [story["id"] for story in json.loads(desk.run("why", "u-7", "--json").out)]
    assert told == [event.message_id for event in decided]


def test_a_mail_on_its_way_is_told_with_the_person_whose_it_would_be(desk: Desk) -> None:
    ana = desk.ref(Namespace.EMAIL, ANA)
    desk.say(user="u-7", email=ANA)
    joined = desk.say(kind="Talent Network Joined", email=ANA, minute=1)
    desk.enrich()
    decision = _decision(_intent(joined, ana), ana, Reason.CONFIRMATION, minute=1)
    record = _claimed(desk, ana, decision_event(decision, now=START))
    answer = json.loads(desk.run("unmerge", "u-7", ANA, "--dry-run", "--json").out)
    mails = {
        person["person"]: change
        for person in answer["after"]
        for change in person["changes"]
        if change["what"] == "mail"
    }
    name = f"confirm-address {record.send_id}"
    told = {"what": "mail", "name": name, "before": "", "after": "claimed"}
    assert mails[person_id(ana)] == told
    others = [change for person, change in mails.items() if person != person_id(ana)]
    assert others == [{**told, "before": "claimed", "after": ""}]
