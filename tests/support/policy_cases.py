"""One case for every way in which the policy decides on a mail: how often, when, about what.

START is a Monday, 09:00 UTC.
"""

from dataclasses import replace
from datetime import time, timedelta

from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_MARKETING,
    AddressState,
    ConsentStatus,
    LedgerEntry,
    Suppression,
)
from rapport.domain.decision import MailClass
from rapport.domain.frequency import AFTER_A_RIVAL
from rapport.domain.gates import Case, JobsWish, Verdict
from rapport.domain.person import (
    Account,
    JobMatch,
    Rival,
    Slate,
    Wishes,
    Zone,
    ZoneSource,
)
from rapport.domain.policy import Frequency, Policy, QuietHours, Relevance, Window
from rapport.domain.reasons import Reason
from rapport.domain.stopping import Stop
from tests.support.cases import (
    CASE,
    FRIEND,
    SECOND,
    STRANGER,
    TERMS,
    YES,
    Row,
    about_job,
    of_ats,
    with_fact,
    with_terms,
)
from tests.support.fakes import START
from tests.support.mailroom import AT_ANY_TIME, TOPIC, WELCOME

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# Of these tests: what an employer's usual numbers are may change.
RULES = Policy(
    frequency=Frequency(
        windows=(
            Window(most=1, within=7 * DAY),
            Window(most=2, within=30 * DAY),
            Window(most=3, within=90 * DAY),
        ),
        min_gap=7 * DAY,
        yearly=12,
        tired_after=6,
        tired_factor=2,
        silent_after=10,
        asked_windows=(Window(most=1, within=6 * DAY),),
        reserve=DAY,
    ),
    quiet=QuietHours(
        starts=time(20),
        ends=time(8),
        days_off=frozenset({6}),
        narrow_starts=time(17),
        narrow_ends=time(10),
        spread=10 * MINUTE,
    ),
    relevance=Relevance(best_floor=0.55, job_floor=0.4, min_jobs=2),
)
OSLO = Zone(names=("Europe/Oslo",), source=ZoneSource.STATED, sure=True)


def mail(
    days: float,
    *,
    program: str = "keep-in-touch",
    asked: bool = False,
    human: bool = False,
    blocks: tuple[str, ...] = (),
    jobs: tuple[str, ...] = (),
) -> LedgerEntry:
    """A mail that went out so many days ago; of days below zero, one that a fast clock wrote."""
    return LedgerEntry(
        at=START - days * DAY,
        program=program,
        send_key=f"{program} {days}",
        asked=asked,
        human=human,
        blocks=blocks,
        jobs=jobs,
    )


def had(*entries: LedgerEntry, policy: Policy = RULES, **terms: object) -> Case:
    """A friend in Oslo, where it is ten o'clock, who had these mails. The playbook is patient."""
    case = with_terms(policy=policy, stale_after=400 * DAY, **terms)
    return replace(case, zone=OSLO, address=replace(FRIEND, ledger=entries))


def calm(*entries: LedgerEntry, **terms: object) -> Case:
    return had(*entries, policy=AT_ANY_TIME, **terms)


def wishing(wishes: Wishes, *entries: LedgerEntry, elsewhere: bool = False) -> Case:
    case = calm(*entries)
    if elsewhere:
        return replace(case, others=(replace(SECOND, wishes=wishes),))
    return replace(case, address=replace(_address(case), wishes=wishes))


def consenting(case: Case = CASE, **changes: object) -> Case:
    word = replace(YES, **changes)  # type: ignore[arg-type]
    return replace(case, address=replace(FRIEND, consents={TOPIC: word}))


def closed(scope: str, *, days: float | None = None, case: Case | None = None) -> Case:
    until = None if days is None else START + days * DAY
    word = Suppression(reason="soft bounces", at=START, event_id="r_1", until=until)
    case = case or calm()
    words = {**_address(case).suppressions, scope: word}
    return replace(case, address=replace(_address(case), suppressions=words))


def needed(**changes: object) -> Case:
    """A transactional mail, at night, to somebody who had a mail today and is held out."""
    policy = replace(RULES, holdout=10_000)
    case = had(mail(0.1), policy=policy, mail_class=MailClass.TRANSACTIONAL)
    ended = replace(YES, status=ConsentStatus.WITHDRAWN)
    address = replace(_address(case), consents={TOPIC: ended})
    return replace(case, zone=zone("Pacific/Auckland"), address=address, **changes)  # type: ignore[arg-type]


def zone(*names: str, sure: bool = True) -> Zone:
    return Zone(names=names, source=ZoneSource.BROWSER, sure=sure)


def living(where: Zone | None) -> Case:
    """A friend there, by the usual quiet hours, whose mails leave without a spread."""
    quiet = replace(RULES.quiet, spread=timedelta())
    return replace(had(policy=replace(RULES, quiet=quiet)), zone=where)


def rival(hours: float, priority: int = 7) -> Rival:
    return Rival(program="one-to-one", priority=priority, due=START + hours * HOUR)


def slate(*scores: float, looking: bool = True) -> Slate:
    jobs = tuple(
        JobMatch(job=f"job-{n}", score=score, reasons=()) for n, score in enumerate(scores)
    )
    return Slate(jobs=jobs, looking=looking)


def jobs(found: Slate | None, *entries: LedgerEntry, **terms: object) -> Case:
    case = calm(*entries, **{"jobs": JobsWish.REQUIRED, **terms})
    return replace(case, slate=found)


def _address(case: Case) -> AddressState:
    return case.address or STRANGER


NO = Reason  # in the rows below: the reasons why not
_YEAR = [mail(30 * n + 20, human=True) for n in range(12)]
_LOOSE = replace(
    RULES, frequency=replace(RULES.frequency, windows=(), min_gap=DAY), quiet=AT_ANY_TIME.quiet
)

SWITCHED = (
    Row(
        "outreach is paused", with_terms(policy=Policy(paused=True)), NO.OUTREACH_PAUSED, "switches"
    ),
    Row(
        "what somebody needs goes while outreach is paused",
        with_terms(policy=Policy(paused=True), mail_class=MailClass.TRANSACTIONAL),
        Reason.TRANSACTIONAL,
        "repeat",
    ),
    Row("a playbook is paused", with_terms(paused=True), NO.PLAYBOOK_PAUSED, "switches"),
    Row(
        "all mail is stopped",
        replace(CASE, stop=Stop(at=START, by="an operator", why="a wrong link")),
        NO.STOPPED,
        "switches",
        15 * MINUTE,
    ),
    Row(
        "all mail is stopped, and what somebody needs waits too",
        needed(stop=Stop(at=START, by="an operator")),
        NO.STOPPED,
        "switches",
        15 * MINUTE,
    ),
    Row(
        "SES is paused",
        replace(CASE, account=Account(paused="sending is paused")),
        NO.SES_PAUSED,
        "SES",
        15 * MINUTE,
    ),
    Row(
        "SES is paused, and what somebody needs waits too",
        needed(account=Account(paused="suspended")),
        NO.SES_PAUSED,
        "SES",
        15 * MINUTE,
    ),
    Row(
        "SES is paused for longer than the playbook waits",
        replace(
            with_fact(occurred_at=START - 2 * DAY + 14 * MINUTE), account=Account(paused="paused")
        ),
        NO.SES_PAUSED,
        "SES",
    ),
    Row(
        "somebody was hired",
        replace(CASE, halted=Verdict(holds=False, detail="The candidate was hired.")),
        NO.HALTED,
        "halted",
    ),
    Row("the ATS writes itself", of_ats(speaks="ats"), NO.ATS_SPEAKS, "ATS"),
    Row("the ATS lets Rapport write", of_ats(), Reason.CONSENTED, "repeat"),
    Row("both write", of_ats(speaks="both"), Reason.CONSENTED, "repeat"),
    Row("an application moved on", of_ats(still=False), NO.STAGE_MOVED_ON, "stage"),
    Row(
        "a rhythm that an event of an ATS began",
        replace(of_ats(speaks="ats", still=False), terms=replace(TERMS, every=30 * DAY)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "nobody was hired",
        replace(CASE, halted=Verdict(holds=True, detail="Nobody hired them.")),
        Reason.CONSENTED,
        "repeat",
    ),
)
ALLOWED = (
    Row("consent ended", consenting(expires_at=START), NO.CONSENT_EXPIRED, "consent"),
    Row("consent ends", consenting(expires_at=START + MINUTE), Reason.CONSENTED, "repeat"),
    Row("consent to no words", consenting(statement=""), NO.CONSENT_UNPROVEN, "consent"),
    Row(
        "consent to no words where none are wanted",
        consenting(replace(CASE, country="US"), statement=""),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "consent to no words that was given elsewhere",
        consenting(replace(CASE, country="US"), statement="", jurisdiction="NO"),
        NO.CONSENT_UNPROVEN,
        "consent",
    ),
    Row(
        "consent given under another law",
        consenting(replace(CASE, country="FR"), jurisdiction="NO"),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "a topic is switched off",
        wishing(Wishes(topics_off=frozenset({TOPIC}))),
        NO.TOPIC_OFF,
        "consent",
    ),
    Row(
        "a topic is switched off at another address",
        wishing(Wishes(topics_off=frozenset({TOPIC})), elsewhere=True),
        NO.TOPIC_OFF,
        "consent",
    ),
    Row(
        "a pause",
        wishing(Wishes(paused_until=START + 3 * DAY)),
        NO.PAUSED_BY_CANDIDATE,
        "wishes",
        3 * DAY,
    ),
    Row("a pause that is over", wishing(Wishes(paused_until=START)), Reason.CONSENTED, "repeat"),
    Row(
        "a pause longer than the playbook waits",
        replace(CASE, address=replace(FRIEND, wishes=Wishes(paused_until=START + 3 * DAY))),
        NO.PAUSED_BY_CANDIDATE,
        "wishes",
    ),
    Row("soft bounces", closed(SCOPE_MARKETING, days=2), NO.SUPPRESSED, "suppression", 2 * DAY),
    Row("soft bounces that are over", closed(SCOPE_MARKETING, days=0), Reason.CONSENTED, "repeat"),
    Row(
        "soft bounces, and closed for good",
        closed(TOPIC, case=closed(SCOPE_MARKETING, days=2)),
        NO.SUPPRESSED,
        "suppression",
    ),
    Row("closed for the topic", closed(TOPIC), NO.SUPPRESSED, "suppression"),
    Row("closed for another topic", closed("alumni"), Reason.CONSENTED, "repeat"),
    Row(
        "held out",
        with_terms(policy=replace(AT_ANY_TIME, holdout=10_000)),
        NO.HOLDOUT,
        "holdout",
    ),
    Row(
        "held out, and asked to confirm all the same",
        replace(
            with_terms(policy=replace(AT_ANY_TIME, holdout=10_000)),
            address=STRANGER,
        ),
        Reason.CONFIRMATION,
        "asked",
    ),
    Row("what somebody needs", needed(), Reason.TRANSACTIONAL, "repeat"),
    Row(
        "what somebody needs, after an unsubscribe",
        closed(SCOPE_MARKETING, case=needed()),
        Reason.TRANSACTIONAL,
        "repeat",
    ),
    Row(
        "what somebody needs, after a bounce",
        closed(SCOPE_ALL, case=needed()),
        NO.SUPPRESSED,
        "suppression",
    ),
    Row(
        "what somebody needs, to an address that nobody confirmed",
        replace(needed(), address=STRANGER),
        Reason.CONFIRMATION,
        "asked",
    ),
)
HOW_MUCH = (
    Row(
        "another playbook's mail is no reminder",
        replace(
            about_job(),
            address=replace(FRIEND, ledger=(mail(1),)),
        ),
        Reason.CONSENTED,
        "repeat",
    ),
    Row("the first mail", had(), Reason.CONSENTED, "repeat"),
    Row("a mail this week", had(mail(3)), NO.FREQUENCY, "frequency", 4 * DAY),
    Row("a mail a week ago", had(mail(7)), Reason.CONSENTED, "repeat"),
    Row(
        "a mail this week, and no patience",
        replace(had(mail(3)), terms=with_terms(policy=RULES).terms),
        NO.FREQUENCY,
        "frequency",
    ),
    Row("two mails this month", had(mail(9), mail(20)), NO.FREQUENCY, "frequency", 10 * DAY),
    Row(
        "three mails in ninety days",
        had(mail(31), mail(50), mail(88)),
        NO.FREQUENCY,
        "frequency",
        2 * DAY,
    ),
    Row(
        "a year's mails",
        had(*_YEAR, policy=_LOOSE),
        NO.FREQUENCY,
        "frequency",
        15 * DAY,
    ),
    Row(
        "a mail this week at another address",
        replace(had(), others=(replace(SECOND, ledger=(mail(3),)),)),
        NO.FREQUENCY,
        "frequency",
        4 * DAY,
    ),
    Row("a mail that a fast clock wrote", had(mail(-1)), NO.FREQUENCY, "frequency", 8 * DAY),
    Row(
        "a transactional mail this week",
        had(replace(mail(3), counted=False)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row("an alert this week", had(mail(3, asked=True)), NO.FREQUENCY, "frequency", 4 * DAY),
    Row(
        "alerts use up nothing but the gap",
        had(mail(8, asked=True), mail(15, asked=True), mail(22, asked=True)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row("an alert after a mail", had(mail(3), asked=True), Reason.CONSENTED, "repeat"),
    Row(
        "an alert after an alert",
        had(mail(3, asked=True), asked=True),
        NO.FREQUENCY,
        "frequency",
        3 * DAY,
    ),
    Row(
        "whoever wants four a year had one a month ago",
        wishing(Wishes(per_year=4), mail(30)),
        NO.OWN_LIMIT,
        "frequency",
        timedelta(days=365) / 4 - 30 * DAY,
    ),
    Row(
        "whoever wants one a year at another address had an alert a month ago",
        wishing(Wishes(per_year=1), mail(30, asked=True), elsewhere=True),
        NO.OWN_LIMIT,
        "frequency",
        335 * DAY,
    ),
    Row(
        "six mails without an answer",
        had(*(mail(n) for n in (9, 100, 130, 160, 190, 220))),
        NO.FREQUENCY,
        "frequency",
        5 * DAY,
    ),
    Row(
        "six mails and an answer",
        had(mail(9, human=True), *(mail(n) for n in (100, 130, 160, 190, 220))),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "ten mails without an answer",
        had(*(mail(100 + n) for n in range(10))),
        NO.GONE_SILENT,
        "silence",
    ),
    Row(
        "ten alerts without an answer",
        had(*(mail(100 + n, asked=True) for n in range(10))),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "ten mails without an answer, and an alert",
        had(*(mail(100 + n) for n in range(10)), asked=True),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "ten mails without an answer, and the question whether to go on",
        had(*(mail(100 + n) for n in range(10)), asks_to_go_on=True),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "ten mails without an answer, and the question whether to go on among them",
        had(
            mail(99, program=WELCOME),
            *(mail(100 + n) for n in range(10)),
            asks_to_go_on=True,
        ),
        NO.GONE_SILENT,
        "silence",
    ),
    Row(
        "nine mails without an answer, and the question whether to go on",
        had(*(mail(100 + n) for n in range(9)), asks_to_go_on=True),
        NO.CONDITION_NOT_MET,
        "silence",
    ),
    Row(
        "a colleague writes this afternoon",
        replace(had(), rivals=(rival(4),)),
        NO.OUTRANKED,
        "priority",
        4 * HOUR + AFTER_A_RIVAL,
    ),
    Row(
        "a colleague should have written an hour ago",
        replace(had(), rivals=(rival(-1),)),
        NO.OUTRANKED,
        "priority",
        HOUR,
    ),
    Row(
        "a colleague should have written yesterday and nobody knows why not",
        replace(had(), rivals=(rival(-24.01),)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "a colleague writes the day after tomorrow",
        replace(had(), rivals=(rival(24.01),)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "what matters no more is due",
        replace(had(), rivals=(rival(1, priority=5),)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "there is room for both",
        replace(calm(), rivals=(rival(1),)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "a new domain has sent its day's mails",
        replace(calm(), account=Account(ramp_cap=200, ramp_used=200)),
        NO.RAMP,
        "ramp",
        15 * HOUR,
    ),
    Row(
        "a new domain has one mail left",
        replace(calm(), account=Account(ramp_cap=200, ramp_used=199)),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "the quota but for its reserve is used up",
        replace(calm(), account=Account(quota=100, quota_used=90)),
        NO.QUOTA,
        "quota",
        HOUR,
    ),
    Row(
        "the reserve is for what somebody needs",
        needed(account=Account(quota=100, quota_used=90)),
        Reason.TRANSACTIONAL,
        "repeat",
    ),
    Row(
        "the quota is used up",
        needed(account=Account(quota=100, quota_used=100)),
        NO.QUOTA,
        "quota",
        HOUR,
    ),
)
WHEN = (
    Row("ten in the morning in Oslo", living(zone("Europe/Oslo")), Reason.CONSENTED, "repeat"),
    Row(
        "night in New York",
        living(zone("America/New_York")),
        NO.QUIET_HOURS,
        "quiet hours",
        4 * HOUR,
    ),
    Row(
        "night in Auckland",
        living(zone("Pacific/Auckland")),
        NO.QUIET_HOURS,
        "quiet hours",
        10 * HOUR,
    ),
    Row(
        "nine in London, which is a guess",
        living(zone("Europe/London", sure=False)),
        NO.QUIET_HOURS,
        "quiet hours",
        HOUR,
    ),
    Row("nobody knows where", living(None), NO.QUIET_HOURS, "quiet hours", HOUR),
    Row(
        "no zone has that name",
        living(zone("Europe/Nowhere", "../x", "", "Europe")),
        NO.QUIET_HOURS,
        "quiet hours",
        HOUR,
    ),
    Row(
        "two zones, and day in one of them",
        living(zone("Europe/Oslo", "America/New_York")),
        NO.QUIET_HOURS,
        "quiet hours",
        4 * HOUR,
    ),
    Row(
        "too often, and night when it would be allowed",
        replace(living(OSLO), address=replace(FRIEND, ledger=(mail(6.5),))),
        NO.FREQUENCY,
        "frequency",
        # It would be allowed at ten in the evening, and waits until eight.
        22 * HOUR,
    ),
)
WHAT = (
    Row(
        "the same text",
        replace(calm(mail(100, blocks=("shifts", "pay"))), blocks=("pay",)),
        NO.CONTENT_REPEATED,
        "content",
    ),
    Row(
        "the same text after a year",
        replace(calm(mail(365, blocks=("pay",))), blocks=("pay",)),
        Reason.CONSENTED,
        "content",
    ),
    Row("jobs that fit", jobs(slate(0.9, 0.5)), Reason.CONSENTED, "mix"),
    Row("no jobs", jobs(slate()), NO.NOT_RELEVANT_ENOUGH, "relevance"),
    Row("nobody looked for jobs", jobs(None), NO.NOT_RELEVANT_ENOUGH, "relevance"),
    Row("no job that fits well", jobs(slate(0.54, 0.5)), NO.NOT_RELEVANT_ENOUGH, "relevance"),
    Row("one job that fits", jobs(slate(0.9, 0.39)), NO.NOT_RELEVANT_ENOUGH, "relevance"),
    Row(
        "the same jobs after three weeks",
        jobs(slate(0.9, 0.5), mail(21, jobs=("job-0", "job-1"))),
        NO.JOBS_REPEATED,
        "content",
    ),
    Row(
        "a job for the third time",
        jobs(slate(0.9, 0.5), mail(40, jobs=("job-1",)), mail(80, jobs=("job-1",))),
        NO.JOBS_REPEATED,
        "content",
    ),
    Row(
        "a job for the second time, after a month",
        jobs(slate(0.9, 0.5), mail(30, jobs=("job-1",))),
        Reason.CONSENTED,
        "mix",
    ),
    Row(
        "jobs beside the point of the mail",
        jobs(slate(0.1), mail(1, jobs=("job-0",)), jobs=JobsWish.OPTIONAL),
        Reason.CONSENTED,
        "mix",
    ),
    Row(
        "jobs for the fourth time in ten, to somebody who is not looking",
        jobs(slate(0.9, 0.5, looking=False), *(mail(n, jobs=(f"old-{n}",)) for n in (10, 20, 30))),
        NO.TOO_MANY_JOBS,
        "mix",
    ),
    Row(
        "jobs for the fourth time in eleven, to somebody who is not looking",
        jobs(
            slate(0.9, 0.5, looking=False),
            *(mail(n) for n in range(1, 8)),
            *(mail(n, jobs=(f"old-{n}",)) for n in (10, 20, 30)),
        ),
        Reason.CONSENTED,
        "mix",
    ),
    Row(
        "jobs for the fourth time in ten, to somebody who asked for them",
        jobs(
            slate(0.9, 0.5, looking=False),
            *(mail(n, jobs=(f"old-{n}",)) for n in (10, 20, 30)),
            asked=True,
        ),
        Reason.CONSENTED,
        "mix",
    ),
    Row(
        "jobs for the fourth time in ten, to somebody who is looking",
        jobs(slate(0.9, 0.5), *(mail(n, jobs=(f"old-{n}",)) for n in (10, 20, 30))),
        Reason.CONSENTED,
        "mix",
    ),
)
POLICY_ROWS = (*SWITCHED, *ALLOWED, *HOW_MUCH, *WHEN, *WHAT)
