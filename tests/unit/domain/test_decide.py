"""Every gate, every reason: what is decided about one mail, and what is told of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.bundle import CONFIRM_PROGRAM
from rapport.domain.address import SendState
from rapport.domain.decide import begun, crowded, decide, ended, foresee, refused, target
from rapport.domain.decision import (
    NO_CONTENTS,
    Decision,
    Delivery,
    MailClass,
    Outcome,
    from_body,
    to_body,
)
from rapport.domain.gates import SendMode, Standing
from rapport.domain.identifiers import Ref
from rapport.domain.permission import bucket
from rapport.domain.person import UNKNOWN_ACCOUNT
from rapport.domain.reasons import OPENS_LATER, SENT, Reason
from tests.support import cases
from tests.support.campaign_cases import CAMPAIGN_ROWS
from tests.support.cases import (
    CASE,
    FRIEND,
    ROOM,
    STRANGER,
    TERMS,
    Row,
    about_job,
    with_terms,
)
from tests.support.fakes import START
from tests.support.mailroom import ANA, a_record
from tests.support.policy_cases import POLICY_ROWS

ROWS = (*cases.ROWS, *POLICY_ROWS, *CAMPAIGN_ROWS)
EARLY = {"program", "switches", "SES", "live", "fresh", "condition", "halted", "exit", "job"}
EARLY |= {"ATS", "stage", "campaign"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_the_first_gate_that_fails_gives_the_reason(row: Row) -> None:
    decision = decide(row.case, now=START)
    assert decision.reason is row.reason
    assert decision.gates[-1].gate == row.gate
    assert decision.until == (None if row.waits is None else START + row.waits)
    later = Outcome.DROP if row.waits is None else Outcome.HOLD
    assert decision.outcome is (Outcome.SEND if row.reason in SENT else later)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_a_mail_goes_out_only_if_every_gate_passed_and_every_gate_leaves_a_sentence(
    row: Row,
) -> None:
    decision = decide(row.case, now=START)
    assert all(gate.passed for gate in decision.gates[:-1])
    assert decision.gates[-1].passed is (decision.outcome is Outcome.SEND)
    assert all(gate.detail.endswith(".") for gate in decision.gates)
    assert not any(ANA in gate.detail for gate in decision.gates)


def test_what_was_held_is_judged_afresh_and_goes_when_its_time_has_come() -> None:
    waiting = [row for row in ROWS if row.waits is not None]
    for row in waiting:
        # A ramp, a quota, SES, a campaign and the brake open when somebody else says so, a rival
        # when it went.
        case = replace(row.case, account=UNKNOWN_ACCOUNT, rivals=(), stop=None, campaign=None)
        until = START + (row.waits or timedelta())
        assert decide(case, now=until).outcome is Outcome.SEND, row.says
        # Nothing lets it go a moment before, unless the moment was chosen by the clock on a wall.
        own = decide(row.case, now=until - timedelta(milliseconds=1))
        assert own.outcome is Outcome.HOLD, row.says


def unrendered() -> Decision:
    return refused(
        decide(CASE, now=START), reason=Reason.RENDER_FAILED, gate="render", detail="A gap."
    )


def test_every_reason_there_is_can_come_about() -> None:
    decisions = [decide(row.case, now=START) for row in ROWS]
    made = {decision.reason for decision in decisions} | {unrendered().reason}
    made.add(crowded(about_job(), most=16, now=START).reason)
    made.add(begun(CASE, began=START, now=START).reason)
    made.add(ended(CASE, now=START).reason)
    made.add(ended(CASE, now=START, gave_up=True).reason)
    held = {d.reason for d in decisions if d.outcome is Outcome.HOLD}
    gates = {gate.gate for decision in decisions for gate in decision.gates}
    print(f"gates {len(gates)}, reasons {len(made)} of {len(Reason)} produced, {len(held)} of")
    print(f"{len(OPENS_LATER)} also as a wait, by {len(ROWS)} cases")
    assert made == set(Reason)
    assert held == OPENS_LATER


def test_every_reason_means_something_in_a_plain_sentence() -> None:
    assert all(r.meaning[0].isupper() and r.meaning.endswith(".") for r in Reason)


def test_a_mail_that_cannot_be_put_together_is_dropped_and_keeps_what_was_seen() -> None:
    held = unrendered()
    assert held.outcome is Outcome.DROP
    assert [gate.gate for gate in held.gates][-2:] == ["repeat", "render"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_a_decision_is_stored_and_read_back_whole(row: Row) -> None:
    decision = decide(row.case, now=START)
    assert from_body(to_body(decision)) == decision


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_what_needs_no_address_is_foreseen_as_it_will_be_decided(row: Row) -> None:
    early = foresee(row.case, due=True, now=START)
    late = decide(row.case, now=START)
    if early is not None:
        assert (early.reason, early.gates) == (late.reason, late.gates)
    else:
        assert late.gates[-1].gate not in EARLY


@pytest.mark.parametrize("job", [Standing.CLOSED, Standing.UNKNOWN])
def test_a_job_is_looked_at_when_the_mail_is_due_and_not_before(job: Standing) -> None:
    assert foresee(about_job(job=job), due=False, now=START) is None
    assert foresee(about_job(job=job), due=True, now=START) is not None


def test_an_application_for_no_job_is_not_even_waited_with() -> None:
    case = about_job(job=Standing.UNKNOWN)
    nameless = replace(case.intent, fact=replace(case.intent.fact, job=""))
    held = foresee(replace(case, intent=nameless), due=False, now=START)
    assert held is not None
    assert held.reason is Reason.JOB_UNKNOWN


def test_a_wait_that_was_ended_tells_when_the_application_was_submitted() -> None:
    held = ended(about_job(submitted_at=START), now=START)
    assert (held.outcome, held.reason) == (Outcome.DROP, Reason.APPLICATION_SUBMITTED)
    assert [gate.gate for gate in held.gates] == ["program", "exit"]
    assert "2026-03-02 09:00 UTC" in held.gates[-1].detail


def test_a_mail_that_carries_the_request_goes_out_once_whoever_confirms_later() -> None:
    case = about_job()
    assert case.terms is not None
    asked = target(case.intent, case.terms, STRANGER)
    told = target(case.intent, case.terms, FRIEND)
    assert (asked.mail_class, told.mail_class) == (MailClass.CONFIRMATION, MailClass.MARKETING)
    assert asked.template == told.template == case.terms.template
    assert asked.send_key == told.send_key


@pytest.mark.parametrize(
    ("mail_class", "vouched", "goes"),
    [
        (MailClass.TRANSACTIONAL, True, MailClass.TRANSACTIONAL),
        (MailClass.TRANSACTIONAL, False, MailClass.CONFIRMATION),
        (MailClass.MARKETING, True, MailClass.CONFIRMATION),
    ],
)
def test_an_address_that_the_ats_states_gets_what_is_about_its_application_and_no_marketing(
    mail_class: MailClass, vouched: bool, goes: MailClass
) -> None:
    case = replace(with_terms(mail_class=mail_class), address=STRANGER, vouched=vouched)
    decision = decide(case, now=START)
    assert decision.mail_class is goes
    [confirmation] = [gate for gate in decision.gates if gate.gate == "confirmation"]
    stated = "applicant tracking system" in confirmation.detail
    assert stated == (goes is MailClass.TRANSACTIONAL)


@pytest.mark.parametrize(
    ("mode", "allow", "reason"),
    [
        (SendMode.LIVE, (), Reason.CONSENTED),
        (SendMode.ALLOW_LIST, (), Reason.TEST_MODE),
        (SendMode.ALLOW_LIST, (ANA,), Reason.CONSENTED),
        (SendMode.ALLOW_LIST, (ANA.upper(),), Reason.CONSENTED),
        (SendMode.ALLOW_LIST, ("INBOX.halden.example",), Reason.CONSENTED),
        (SendMode.ALLOW_LIST, ("other@inbox.halden.example",), Reason.TEST_MODE),
        (SendMode.OFF, (ANA,), Reason.SENDING_OFF),
    ],
)
def test_the_send_mode_says_how_far_mail_may_reach(
    mode: SendMode, allow: tuple[str, ...], reason: Reason
) -> None:
    case = with_terms(send_mode=mode, allow_list=allow)
    assert decide(case, now=START).reason is reason


def test_a_request_to_confirm_and_the_mail_itself_go_out_under_keys_of_their_own() -> None:
    request = target(CASE.intent, TERMS, STRANGER)
    mail = target(CASE.intent, TERMS, FRIEND)
    assert (request.mail_class, mail.mail_class) == (MailClass.CONFIRMATION, MailClass.MARKETING)
    assert (request.program, request.template) == (CONFIRM_PROGRAM, "confirm")
    assert request.send_key != mail.send_key


def test_a_request_that_never_left_does_not_count_as_asking() -> None:
    record = a_record(ROOM, state=SendState.RETRY, program=CONFIRM_PROGRAM)
    address = replace(STRANGER, version=1, confirmation_asked_at=record.claimed_at)
    decision = decide(replace(CASE, address=address, earlier=record), now=START)
    assert decision.reason is Reason.CONFIRMATION


def test_a_request_that_never_left_waits_if_another_one_was_sent_since() -> None:
    record = a_record(ROOM, state=SendState.RETRY, program=CONFIRM_PROGRAM)
    address = replace(
        STRANGER, version=2, confirmation_asked_at=record.claimed_at + timedelta(minutes=1)
    )
    decision = decide(
        replace(CASE, address=address, earlier=record), now=START + timedelta(hours=1)
    )
    assert decision.reason is Reason.CONFIRMATION_RECENT


def test_a_mail_that_could_not_be_carried_out_may_wait_for_a_while() -> None:
    until = START + timedelta(hours=1)
    held = refused(
        decide(CASE, now=START),
        reason=Reason.RAMP,
        gate="ramp",
        detail="The last one went.",
        outcome=Outcome.HOLD,
        until=until,
    )
    assert (held.outcome, held.until, held.gates[-1].until) == (Outcome.HOLD, until, until)


def test_a_decision_names_what_it_was_made_under() -> None:
    case = with_terms(priority=7, delivery=Delivery.QUARANTINE)
    sent = decide(case, now=START)
    assert (sent.priority, sent.delivery) == (7, Delivery.QUARANTINE)
    assert (sent.contents.consent, sent.contents.statement) == ("c_1", "talent-network-1")
    asked = decide(replace(case, address=STRANGER), now=START)
    assert (asked.delivery, asked.contents) == (Delivery.STRICT, NO_CONTENTS)


def test_as_many_are_held_out_as_the_policy_says_and_always_the_same() -> None:
    policy = replace(TERMS.policy, holdout=1_000)
    other = replace(policy, holdout_salt="next year")
    people = [f"person-{n}" for n in range(10_000)]
    out = {who for who in people if bucket(who, policy) < policy.holdout}
    again = {who for who in people if bucket(who, other) < policy.holdout}
    # The root of the variance of such a draw is 30 people.
    assert abs(len(out) - 1_000) < 150
    assert abs(len(out & again) - 100) < 50
    case = with_terms(policy=policy)
    last = bucket(CASE.subject, policy)
    for size, reason in ((last, Reason.CONSENTED), (last + 1, Reason.HOLDOUT)):
        edge = with_terms(policy=replace(policy, holdout=size))
        assert decide(edge, now=START).reason is reason
    reasons = {
        decide(replace(case, subject=Ref(who)), now=START).reason is Reason.HOLDOUT
        for who in people[:300]
        if who in out
    }
    assert reasons == {True}
