"""One case for every way in which a mail is decided on."""

from dataclasses import dataclass, replace
from datetime import timedelta

from rapport.bundle import CONFIRM_PROGRAM
from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_MARKETING,
    AddressState,
    Consent,
    ConsentStatus,
    LedgerEntry,
    SendState,
    Suppression,
)
from rapport.domain.decision import send_key
from rapport.domain.gates import Case, SendMode, Standing, Terms, Verdict
from rapport.domain.reasons import Reason
from tests.support.fakes import START
from tests.support.mailroom import ANA, AT_ANY_TIME, TOPIC, WELCOME, Mailroom, a_record

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
    policy=AT_ANY_TIME,
)
YES = Consent(
    status=ConsentStatus.GRANTED,
    at=START,
    statement="talent-network-1",
    statement_hash="h",
    event_id="c_1",
)
NO_MORE = replace(YES, status=ConsentStatus.WITHDRAWN, at=START - timedelta(days=1))
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


def asked_of(topic: str, hours: float, address: AddressState = STRANGER) -> AddressState:
    """Somebody who was asked about a topic by a request of its own."""
    at = START - timedelta(hours=hours)
    entry = LedgerEntry(at=at, program=CONFIRM_PROGRAM, send_key="r", topic=topic)
    return replace(address, version=1, confirmation_asked_at=at, ledger=(entry,))


def reminded(days: float) -> AddressState:
    at = START - timedelta(days=days)
    entry = LedgerEntry(at=at, program=WELCOME, send_key="of another application")
    return replace(FRIEND, ledger=(entry,))


SECOND = AddressState(ref=ROOM.ref("ana.second@inbox.halden.example"), version=1)


def elsewhere(state: SendState, *, hours: float = 1) -> Case:
    """The same mail stands at another address of the person."""
    sent = a_record(ROOM, state=state, claimed_at=START - timedelta(hours=hours))
    key = send_key(sent.program, CASE.intent.occurrence, SECOND.ref)
    sent = replace(sent, send_key=key, address=SECOND.ref)
    ledger = (LedgerEntry(at=sent.claimed_at, program=sent.program, send_key=key),)
    return replace(CASE, others=(replace(SECOND, ledger=ledger),), elsewhere=(sent,))


@dataclass(frozen=True)
class Row:
    says: str
    case: Case
    reason: Reason
    gate: str
    # How long after START the mail is judged afresh; None: never, or it is sent.
    waits: timedelta | None = None


def with_fact(**changes: object) -> Case:
    fact = replace(CASE.intent.fact, **changes)  # type: ignore[arg-type]
    return replace(CASE, intent=replace(CASE.intent, fact=fact))


def with_terms(**changes: object) -> Case:
    return replace(CASE, terms=replace(TERMS, **changes))  # type: ignore[arg-type]


def in_doubt(*, holds: bool) -> Verdict:
    return Verdict(holds=holds, detail="An open suggestion of score 85 is about this candidate.")


SUBMITTED = Reason.APPLICATION_SUBMITTED


def about_job(**changes: object) -> Case:
    """The case of an application whose job is open."""
    case = with_terms(ends=("ApplicationSubmitted",), about_job=True, carries=True)
    fact = replace(case.intent.fact, name="ApplicationStarted", job="4105")
    intent = replace(case.intent, occurrence="application:4105", fact=fact)
    return replace(case, intent=intent, **{"job": Standing.OPEN, **changes})  # type: ignore[arg-type]


def of_ats(*, speaks: str = "rapport", still: bool = True) -> Case:
    """The case of an application that went to the interviews."""
    case = with_fact(application="a" * 22, stage="interview", speaks=speaks)
    detail = "The application is still where it went." if still else "The application has moved on."
    return replace(case, still=Verdict(holds=still, detail=detail))


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
    Row(
        "a stranger is asked about another topic a day later",
        replace(CASE, address=asked_of("job-alerts", 1)),
        Reason.CONFIRMATION_RECENT,
        "asked",
        timedelta(hours=23),
    ),
    Row(
        "what is no wish does not wait for another topic's day",
        replace(with_fact(name="EventRegistered"), address=asked_of("job-alerts", 1)),
        Reason.CONFIRMATION_RECENT,
        "asked",
    ),
    Row(
        "a friend is asked about another topic after a day",
        replace(CASE, address=asked_of("job-alerts", 24, replace(FRIEND, consents={}))),
        Reason.CONFIRMATION,
        "asked",
    ),
    Row(
        "a friend is not asked about a topic twice a week",
        replace(CASE, address=asked_of(TOPIC, 24 * 6.99, replace(FRIEND, consents={}))),
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
    Row(
        "an address in other letters",
        replace(CASE, to="", address=None, unsupported=True),
        Reason.ADDRESS_UNSUPPORTED,
        "address",
    ),
    Row("sending is off", with_terms(send_mode=SendMode.OFF), Reason.SENDING_OFF, "switches"),
    Row(
        "somebody else's domain",
        with_terms(allow_list=("halden.example",)),
        Reason.TEST_MODE,
        "allow-list",
    ),
    Row(
        "a look-alike domain",
        with_terms(allow_list=("box.halden.example", "nbox.halden.example")),
        Reason.TEST_MODE,
        "allow-list",
    ),
    Row("a bounce", replace(CASE, address=closed(SCOPE_ALL)), Reason.SUPPRESSED, "suppression"),
    Row(
        "no marketing",
        replace(CASE, address=closed(SCOPE_MARKETING)),
        Reason.SUPPRESSED,
        "suppression",
    ),
    Row(
        "whom an ATS says not to mail",
        replace(CASE, address=closed("ats:somebody")),
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
        replace(with_fact(name="JobViewed"), address=replace(FRIEND, consents={"alumni": YES})),
        Reason.NO_CONSENT,
        "consent",
    ),
    Row(
        "confirmed, but for something else, and asks for this now",
        replace(CASE, address=replace(FRIEND, consents={"alumni": YES})),
        Reason.CONFIRMATION,
        "asked",
    ),
    Row(
        "unsubscribed, and asks for it again",
        replace(CASE, address=replace(FRIEND, consents={TOPIC: NO_MORE})),
        Reason.CONFIRMATION,
        "asked",
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
    Row(
        "mailed before at another address",
        elsewhere(SendState.ACCEPTED),
        Reason.ALREADY_SENT,
        "repeat",
    ),
    Row(
        "being mailed at another address",
        elsewhere(SendState.CLAIMED, hours=0),
        Reason.ALREADY_SENT,
        "repeat",
    ),
    Row(
        "an attempt at another address ended before it submitted",
        elsewhere(SendState.CLAIMED),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "SES refused another address",
        elsewhere(SendState.FAILED),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "mailed before at another address, and begun at this one",
        replace(elsewhere(SendState.UNCERTAIN), earlier=a_record(ROOM, state=SendState.RETRY)),
        Reason.ALREADY_SENT,
        "repeat",
    ),
    Row(
        "somebody who may be somebody else",
        replace(CASE, identity=in_doubt(holds=False)),
        Reason.IDENTITY_IN_DOUBT,
        "identity",
    ),
    Row(
        "somebody of whom a weak suggestion is open",
        replace(CASE, identity=in_doubt(holds=True)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "a doubt about somebody without an address",
        replace(CASE, identity=in_doubt(holds=False), to="", address=None),
        Reason.IDENTITY_IN_DOUBT,
        "identity",
    ),
    Row("an application is reminded of", about_job(), Reason.CONSENTED, "repeat"),
    Row("an application was submitted", about_job(submitted_at=START), SUBMITTED, "exit"),
    Row("a job was closed", about_job(job=Standing.CLOSED), Reason.JOB_CLOSED, "job"),
    Row("a job is in no feed", about_job(job=Standing.UNKNOWN), Reason.JOB_UNKNOWN, "job"),
    Row(
        "a stranger is reminded and asked in one",
        about_job(address=STRANGER),
        Reason.CONFIRMATION,
        "pause",
    ),
    Row(
        "whoever was reminded this week is not reminded of the next",
        about_job(address=reminded(6.99)),
        Reason.REMINDED_RECENTLY,
        "pause",
    ),
    Row(
        "whoever was reminded this week at another address is not reminded of the next",
        about_job(others=(replace(SECOND, ledger=reminded(6.99).ledger),)),
        Reason.REMINDED_RECENTLY,
        "pause",
    ),
    Row(
        "a reminder that never left another address does not count",
        replace(
            elsewhere(SendState.RETRY),
            intent=about_job().intent,
            terms=about_job().terms,
            job=Standing.OPEN,
        ),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "whoever was asked today at another address is asked at this one",
        replace(CASE, address=STRANGER, others=(replace(asked(1), ref=SECOND.ref),)),
        Reason.CONFIRMATION,
        "asked",
    ),
    Row(
        "whoever was reminded last week is reminded of the next",
        about_job(address=reminded(7)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "a stranger who was asked today is not reminded",
        about_job(address=asked(23.99)),
        Reason.CONFIRMATION_RECENT,
        "asked",
    ),
)
