"""Every gate, every reason: what is decided about one mail, and what is told of it."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from rapport.bundle import CONFIRM_PROGRAM
from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_MARKETING,
    AddressState,
    Consent,
    ConsentStatus,
    SendState,
    Suppression,
)
from rapport.domain.decide import decide, foresee, refused, target
from rapport.domain.decision import Decision, MailClass, Outcome, from_body, to_body
from rapport.domain.gates import Case, SendMode, Terms, Verdict
from rapport.domain.reasons import Reason
from tests.support.fakes import START
from tests.support.mailroom import ANA, TOPIC, WELCOME, Mailroom, a_record

ROOM = Mailroom()
PERSON = ROOM.person()
TERMS = Terms(
    program=WELCOME,
    meaning="Whoever joins is welcomed.",
    template="welcome",
    topic=TOPIC,
    stale_after=timedelta(days=2),
    confirm_program=CONFIRM_PROGRAM,
    confirm_template="confirm",
    send_mode=SendMode.ALLOW_LIST,
    allow_list=("inbox.halden.example",),
)
YES = Consent(
    status=ConsentStatus.GRANTED,
    at=START,
    statement="talent-network-1",
    statement_hash="h",
    event_id="c_1",
)
STRANGER = AddressState(ref=ROOM.ref(ANA))
FRIEND = replace(STRANGER, version=1, confirmed_at=START, consents={TOPIC: YES})
CASE = Case(
    intent=ROOM.intent(PERSON),
    bundle="b1",
    subject=ROOM.ref(ANA),
    terms=TERMS,
    to=ANA,
    address=FRIEND,
)


def closed(scope: str) -> AddressState:
    word = Suppression(reason="hard bounce", at=START, event_id="r_1")
    return replace(FRIEND, suppressions={scope: word})


def asked(hours: float) -> AddressState:
    return replace(STRANGER, version=1, confirmation_asked_at=START - timedelta(hours=hours))


@dataclass(frozen=True)
class Row:
    says: str
    case: Case
    reason: Reason
    gate: str


def with_fact(**changes: object) -> Case:
    fact = replace(CASE.intent.fact, **changes)  # type: ignore[arg-type]
    return replace(CASE, intent=replace(CASE.intent, fact=fact))


def with_terms(**changes: object) -> Case:
    return replace(CASE, terms=replace(TERMS, **changes))  # type: ignore[arg-type]


ROWS = (
    Row("a friend is mailed", CASE, Reason.CONSENTED, "repeat"),
    Row("a stranger is asked", replace(CASE, address=STRANGER), Reason.CONFIRMATION, "asked"),
    Row(
        "a stranger is asked again after a day",
        replace(CASE, address=asked(24)),
        Reason.CONFIRMATION,
        "asked",
    ),
    Row(
        "a stranger is not asked twice a day",
        replace(CASE, address=asked(23.99)),
        Reason.CONFIRMATION_RECENT,
        "asked",
    ),
    Row("a playbook is gone", replace(CASE, terms=None), Reason.PROGRAM_UNKNOWN, "program"),
    Row("an import starts nothing", with_fact(origin="import"), Reason.NOT_LIVE, "live"),
    Row("a rebuild starts nothing", with_fact(origin="rebuild"), Reason.NOT_LIVE, "live"),
    Row("a rules change starts nothing", with_fact(origin="rules"), Reason.NOT_LIVE, "live"),
    Row(
        "yesterday's news",
        with_fact(occurred_at=START - timedelta(days=2, seconds=1)),
        Reason.STALE,
        "fresh",
    ),
    Row(
        "another field",
        replace(CASE, condition=Verdict(holds=False, detail="It does not hold.")),
        Reason.CONDITION_NOT_MET,
        "condition",
    ),
    Row("no address", replace(CASE, to="", address=None), Reason.ADDRESS_MISSING, "address"),
    Row("sending is off", with_terms(send_mode=SendMode.OFF), Reason.SENDING_OFF, "send mode"),
    Row(
        "somebody else's domain",
        with_terms(allow_list=("halden.example",)),
        Reason.TEST_MODE,
        "send mode",
    ),
    Row(
        "a look-alike domain",
        with_terms(allow_list=("box.halden.example", "nbox.halden.example")),
        Reason.TEST_MODE,
        "send mode",
    ),
    Row("a bounce", replace(CASE, address=closed(SCOPE_ALL)), Reason.SUPPRESSED, "suppression"),
    Row(
        "no marketing",
        replace(CASE, address=closed(SCOPE_MARKETING)),
        Reason.SUPPRESSED,
        "suppression",
    ),
    Row(
        "a stranger who bounced is not even asked",
        replace(CASE, address=replace(closed(SCOPE_ALL), confirmed_at=None)),
        Reason.SUPPRESSED,
        "suppression",
    ),
    Row(
        "unsubscribed",
        replace(
            CASE,
            address=replace(FRIEND, consents={TOPIC: replace(YES, status=ConsentStatus.WITHDRAWN)}),
        ),
        Reason.CONSENT_WITHDRAWN,
        "consent",
    ),
    Row(
        "confirmed, but for something else",
        replace(CASE, address=replace(FRIEND, consents={"alumni": YES})),
        Reason.NO_CONSENT,
        "consent",
    ),
    Row(
        "mailed before",
        replace(CASE, earlier=a_record(ROOM, state=SendState.ACCEPTED)),
        Reason.ALREADY_SENT,
        "repeat",
    ),
    Row(
        "nobody can tell whether it was mailed",
        replace(CASE, earlier=a_record(ROOM, state=SendState.UNCERTAIN)),
        Reason.ALREADY_SENT,
        "repeat",
    ),
    Row(
        "being mailed",
        replace(CASE, earlier=a_record(ROOM, state=SendState.CLAIMED)),
        Reason.ALREADY_SENT,
        "repeat",
    ),
    Row(
        "refused by SES before",
        replace(CASE, earlier=a_record(ROOM, state=SendState.FAILED)),
        Reason.REJECTED,
        "repeat",
    ),
    Row(
        "SES asked to try again",
        replace(CASE, earlier=a_record(ROOM, state=SendState.RETRY)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "a worker died before it submitted",
        replace(
            CASE,
            earlier=a_record(
                ROOM, state=SendState.CLAIMED, claimed_at=START - timedelta(minutes=2)
            ),
        ),
        Reason.CONSENTED,
        "repeat",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_the_first_gate_that_fails_gives_the_reason(row: Row) -> None:
    decision = decide(row.case, now=START)
    assert decision.reason is row.reason
    assert decision.gates[-1].gate == row.gate
    sends = row.reason in {Reason.CONSENTED, Reason.CONFIRMATION}
    assert decision.outcome is (Outcome.SEND if sends else Outcome.HOLD)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_a_mail_goes_out_only_if_every_gate_passed_and_every_gate_leaves_a_sentence(
    row: Row,
) -> None:
    decision = decide(row.case, now=START)
    assert all(gate.passed for gate in decision.gates[:-1])
    assert decision.gates[-1].passed is (decision.outcome is Outcome.SEND)
    assert all(gate.detail.endswith(".") for gate in decision.gates)
    assert not any(ANA in gate.detail for gate in decision.gates)


def unrendered() -> Decision:
    return refused(
        decide(CASE, now=START), reason=Reason.RENDER_FAILED, gate="render", detail="A gap."
    )


def test_every_reason_there_is_can_come_about() -> None:
    made = {decide(row.case, now=START).reason for row in ROWS} | {unrendered().reason}
    assert made == set(Reason)


def test_every_reason_means_something_in_a_plain_sentence() -> None:
    assert all(r.meaning[0].isupper() and r.meaning.endswith(".") for r in Reason)


def test_a_mail_that_cannot_be_put_together_is_a_hold_that_keeps_what_was_seen() -> None:
    held = unrendered()
    assert held.outcome is Outcome.HOLD
    assert [gate.gate for gate in held.gates][-2:] == ["repeat", "render"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_a_decision_is_stored_and_read_back_whole(row: Row) -> None:
    decision = decide(row.case, now=START)
    assert from_body(to_body(decision)) == decision


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_what_needs_no_address_is_foreseen_as_it_will_be_decided(row: Row) -> None:
    early = foresee(row.case, now=START)
    late = decide(row.case, now=START)
    if early is not None:
        assert (early.reason, early.gates) == (late.reason, late.gates)
    else:
        assert late.reason not in {
            Reason.PROGRAM_UNKNOWN,
            Reason.NOT_LIVE,
            Reason.STALE,
            Reason.CONDITION_NOT_MET,
        }


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
