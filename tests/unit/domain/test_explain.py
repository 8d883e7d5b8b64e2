"""Why did this candidate get this e-mail? In sentences."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.domain.address import SendState
from rapport.domain.decide import decide
from rapport.domain.decision import Outcome, from_body, to_body
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.explain import Report, explain, verdict
from rapport.records import report_of
from tests.support.cases import Row, of_ats
from tests.support.fakes import START
from tests.support.mailroom import ANA, Mailroom
from tests.support.policy_cases import POLICY_ROWS, had, living, mail, needed, zone


def joined(room: Mailroom) -> Event:
    return Event(
        partition=room.ref(ANA),
        home=room.ref(ANA),
        type="Talent Network Joined",
        source="career-site",
        message_id="m1",
        trust=Trust.ASSERTED,
        origin=Origin.LIVE,
        original_at=START,
        sent_at=None,
        received_at=START,
        at=START,
        body={},
    )


def test_of_a_fact_of_an_ats_it_is_told_where_the_application_went() -> None:
    room = Mailroom()
    decision = decide(of_ats(), now=START)
    said: dict[str, Json] = {"from_name": "Phone screen", "stage_name": "Interview"}
    event = replace(joined(room), body={"properties": said})
    told = [explain(decision, event=each)[1].text.partition("live. ")[2] for each in (event, None)]
    assert told == [
        "An application went to interview (Phone screen → Interview).",
        "An application went to interview.",
    ]


def test_a_sent_mail_is_told_from_the_event_to_what_ses_said() -> None:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    [decision] = room.decisions
    record = room.record()
    reports = [report_of(event, record.send_id) for event in room.log.rows.values()]
    lines = explain(
        decision,
        event=joined(room),
        record=record,
        reports=[
            *(report for report in reports if report is not None),
            Report(at=START + timedelta(seconds=5), kind="Delivery"),
            Report(at=START + timedelta(minutes=5), kind="Bounce", detail="Permanent, General"),
        ],
    )
    assert [f"{line.part}: {line.text}" for line in lines] == [
        (
            "event: “Talent Network Joined” happened on 2026-03-02 09:00 UTC, asserted"
            " by a browser, delivered by career-site."
        ),
        (
            "facts: It became the fact TalentNetworkJoined about the person"
            f" {decision.intent.person}, origin live."
        ),
        (
            "playbook: The playbook talent-network-welcome of bundle bundle-1 answers to it:"
            " Whoever joins the talent network is welcomed, told how hiring works, and shown the"
            " newest jobs of the field they chose."
        ),
        (
            "gate: passed, program: The playbook talent-network-welcome is part of the published"
            " bundle."
        ),
        (
            "gate: passed, switches: Neither all mail, nor the brand, outreach or playbook is"
            " switched off."
        ),
        "gate: passed, SES: SES is not known to refuse mail.",
        "gate: passed, live: The event happened now.",
        "gate: passed, fresh: The event is 0 seconds old; the playbook takes events up to 2 days.",
        "gate: passed, condition: The playbook has no condition.",
        "gate: passed, address: An e-mail address is known.",
        "gate: passed, allow-list: The brand sends to its allow-list, and the address is on it.",
        "gate: passed, confirmation: The owner confirmed the address on 2026-03-02 09:00 UTC.",
        (
            "gate: passed, consent: Consent to the topic talent-network was given on"
            " 2026-03-02 09:00 UTC (talent-network-1)."
        ),
        "gate: passed, wishes: The candidate did not ask for a pause.",
        "gate: passed, suppression: The address is not suppressed.",
        "gate: passed, holdout: Nobody is held out for comparison.",
        (
            "gate: passed, silence: Of the last mails 0 in a row were not answered; 10000 are too"
            " many."
        ),
        (
            "gate: passed, frequency: The candidate had 0 mails within a year; every rule allows"
            " one more."
        ),
        "gate: passed, priority: Nothing that matters more is due to the candidate soon.",
        "gate: passed, ramp: No ramp bounds the sending domain.",
        "gate: passed, quota: SES's quota is not known.",
        (
            "gate: passed, quiet hours: It is Monday 09:00 in UTC (a guess by employer), a time to"
            " write."
        ),
        "gate: passed, repeat: This mail was not sent to the address before, for this occasion.",
        (
            "result: The mail was sent on 2026-03-02 09:00 UTC. The candidate agreed to this"
            " kind of mail and every gate passed."
        ),
        "SES: 2026-03-02 09:00 UTC: Rapport handed the mail to SES, which accepted it.",
        "SES: 2026-03-02 09:00 UTC: the recipient's server accepted the mail.",
        "SES: 2026-03-02 09:05 UTC: the mail bounced (Permanent, General).",
        "SES: SES accepted the mail. Its message id there is ses-1.",
    ]


def test_a_drop_ends_with_the_gate_that_stopped_it() -> None:
    room = Mailroom()
    room.send_mode("off")
    room.send.deliver(room.intent(room.confirmed()))
    lines = explain(room.decisions[0])
    assert lines[-2].text == "stopped, switches: The brand's send mode is off."
    assert lines[-1].text == (
        "The mail was not sent, as decided on 2026-03-02 09:00 UTC."
        " Sending is switched off for this brand."
    )
    assert lines[0].text.endswith("its text is not kept.")


def test_a_request_to_confirm_is_called_what_it_is() -> None:
    room = Mailroom()
    room.send.deliver(room.intent(room.person()))
    result = next(line for line in explain(room.decisions[0]) if line.part == "result")
    assert result.text.startswith("The request to confirm was sent on")


@pytest.mark.parametrize("state", list(SendState))
def test_every_state_of_a_mail_has_its_sentence(state: SendState) -> None:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    record = replace(room.record(), state=state, message_id="")
    assert explain(room.decisions[0], record=record)[-1].text.endswith(".")


def test_a_report_of_a_kind_that_is_new_is_told_by_its_name() -> None:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    lines = explain(room.decisions[0], reports=[Report(at=START, kind="Subscription")])
    assert lines[-1].text == "2026-03-02 09:00 UTC: SES reported Subscription."


def test_events_about_other_mails_are_not_told() -> None:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    events = list(room.log.rows.values())
    assert [report_of(event, "another") for event in events] == [None] * len(events)


def test_a_decision_is_made_the_same_however_often_it_is_told() -> None:
    room = Mailroom()
    snapshot = room.send.reader.snapshot(room.intent(room.confirmed()))
    decision = decide(snapshot.case, now=START)
    assert explain(decision) == explain(decision)


def test_a_wait_is_told_by_the_clock_of_the_person() -> None:
    held = decide(had(mail(3)), now=START)
    assert verdict(held) == "waits until Fri 6 Mar 2026 10:00 in Oslo"
    assert explain(held)[-1].text == (
        "The mail waits until Fri 6 Mar 2026 10:00 in Oslo, as decided on 2026-03-02 09:00 UTC."
        " The candidate has had as many mails as one person gets for now."
    )
    guess = decide(living(zone("America/New_York", sure=False)), now=START)
    assert verdict(guess) == "waits until Mon 2 Mar 2026 10:00 in New York, as far as is known"
    # Read back from the log, the clock is still there.
    assert verdict(from_body(to_body(held))) == verdict(held)


def test_a_wait_whose_place_is_not_kept_is_told_by_universal_time() -> None:
    held = decide(had(mail(3)), now=START)
    bare = replace(held, gates=())
    assert verdict(bare) == "waits until 2026-03-06 09:00 UTC"


@pytest.mark.parametrize("row", POLICY_ROWS, ids=lambda row: row.says)
def test_every_decision_ends_in_a_sentence_that_says_what_became_of_it(row: Row) -> None:
    decision = decide(row.case, now=START)
    last = explain(decision)[-1].text
    words = {Outcome.SEND: "was sent", Outcome.HOLD: "waits until", Outcome.DROP: "was not sent"}
    assert words[decision.outcome] in last
    assert last.endswith(decision.reason.meaning)


def test_a_transactional_mail_is_called_so() -> None:
    assert explain(decide(needed(), now=START))[-1].text.startswith(
        "The transactional mail was sent"
    )
