"""How often: nothing before the instant that is told, and that instant itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.address import LedgerEntry, SendState
from rapport.domain.decide import decide
from rapport.domain.decision import Outcome
from rapport.domain.frequency import next_allowed, rules
from rapport.domain.policy import Frequency, Window
from rapport.domain.reasons import Reason
from tests.support.cases import CASE, FRIEND, ROOM, SECOND
from tests.support.depth import rounds
from tests.support.fakes import START
from tests.support.mailroom import a_record
from tests.support.policy_cases import DAY, HOUR, RULES, calm, had, mail, rival

FREQUENCY = RULES.frequency
HOURS = st.integers(min_value=-100, max_value=24 * 500)
LEDGERS = st.lists(
    st.builds(
        lambda hours, asked, human, counted: replace(
            mail(hours / 24, asked=asked, human=human), counted=counted
        ),
        HOURS,
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    max_size=20,
    unique_by=lambda entry: entry.at,
)


def allowed(
    entries: list[LedgerEntry], at: timedelta, *, asked: bool, per_year: int | None
) -> bool:
    """The rules, told once more, by counting: whether one more may go `at` after START."""
    now = START + at
    counted = sorted((e for e in entries if e.counted), key=lambda e: e.at)

    def within(of: list[LedgerEntry], length: timedelta) -> int:
        return sum(e.at > now - length for e in of)

    own = [e for e in counted if e.asked == asked]
    year = timedelta(days=365)
    if per_year and (within(counted, year) >= per_year or within(counted, year / per_year)):
        return False
    if asked:
        return all(within(own, w.within) < w.most for w in FREQUENCY.asked_windows)
    silent = 0
    for entry in reversed(counted):
        if entry.human:
            break
        silent += not entry.asked
    gap = FREQUENCY.min_gap * (FREQUENCY.tired_factor if silent >= FREQUENCY.tired_after else 1)
    return (
        all(within(own, w.within) < w.most for w in FREQUENCY.windows)
        and within(own, year) < FREQUENCY.yearly
        and not within(counted, gap)
    )


@given(LEDGERS, st.booleans(), st.sampled_from([None, 1, 4, 12]), st.lists(HOURS, max_size=8))
@settings(max_examples=rounds(200))
def test_nothing_before_the_instant_is_allowed_and_it_itself_is(
    entries: list[LedgerEntry], asked: bool, per_year: int | None, hours: list[int]
) -> None:
    found = rules(entries, FREQUENCY, asked=asked, per_year=per_year, now=START)
    instant = next_allowed(found).allowed_at
    after = timedelta.max if instant.year < START.year - 2 else instant - START
    told = {"asked": asked, "per_year": per_year}
    if after is timedelta.max:
        assert allowed(entries, timedelta(days=-900), **told)  # type: ignore[arg-type]
        return
    assert allowed(entries, after, **told)  # type: ignore[arg-type]
    just_before = timedelta(microseconds=1)
    assert not allowed(entries, after - just_before, **told)  # type: ignore[arg-type]
    for hour in hours:
        at = timedelta(hours=hour)
        assert allowed(entries, after + abs(at), **told)  # type: ignore[arg-type]


@given(LEDGERS)
@settings(max_examples=rounds(100))
def test_what_is_held_by_the_budget_goes_at_the_time_that_was_told(
    entries: list[LedgerEntry],
) -> None:
    heard = [replace(entry, human=True) for entry in entries]
    held = decide(had(*heard), now=START)
    if held.outcome is Outcome.HOLD:
        assert held.reason is Reason.FREQUENCY
        assert held.until is not None
        assert decide(had(*heard), now=held.until).outcome is Outcome.SEND


def test_a_year_of_mails_as_early_as_they_may_go_stays_within_the_budget() -> None:
    entries: list[LedgerEntry] = []
    now = START
    while now < START + 3 * 365 * DAY:
        found = rules(entries, FREQUENCY, asked=False, per_year=None, now=now)
        now = max(now, next_allowed(found).allowed_at)
        entries.append(LedgerEntry(at=now, program="p", send_key=str(now), human=True))
    times = [entry.at for entry in entries]
    for window in (*FREQUENCY.windows, Window(most=FREQUENCY.yearly, within=timedelta(days=365))):
        most = max(sum(start <= at < start + window.within for at in times) for start in times)
        assert most <= window.most
        print(f"at most {most} in {window.within.days} days, allowed {window.most}")
    print(f"{sum(at < START + 365 * DAY for at in times)} mails in the first year")


def test_a_window_of_no_mails_never_opens() -> None:
    frequency = Frequency(windows=(Window(most=0, within=DAY),))
    for later in (START, START + 1000 * DAY):
        found = rules([], frequency, asked=False, per_year=None, now=later)
        assert next_allowed(found).allowed_at == later + DAY


@pytest.mark.parametrize("state", [SendState.RETRY, SendState.CLAIMED])
def test_a_mail_never_counts_against_itself(state: SendState) -> None:
    earlier = a_record(ROOM, state=state, claimed_at=START - HOUR)
    own = LedgerEntry(at=START - HOUR, program=earlier.program, send_key=earlier.send_key)
    case = had(own)
    key = decide(case, now=START).send_key
    assert decide(replace(case, earlier=replace(earlier, send_key=key)), now=START).reason is (
        Reason.CONSENTED
    )
    # The same line under another key is another mail.
    other = replace(had(replace(own, send_key="another")), earlier=replace(earlier, send_key=key))
    assert decide(other, now=START).reason is Reason.FREQUENCY


def test_a_mail_that_two_ledgers_tell_of_is_counted_once() -> None:
    seen = mail(40)
    policy = replace(
        RULES, frequency=replace(FREQUENCY, windows=(Window(most=2, within=90 * DAY),))
    )
    case = replace(had(seen, policy=policy), others=(replace(SECOND, ledger=(seen,)),))
    assert decide(case, now=START).outcome is Outcome.SEND
    # Of two times the later one is when it went out.
    later = replace(seen, at=START - DAY)
    for first, second in ((seen, later), (later, seen)):
        two = replace(had(first), others=(replace(SECOND, ledger=(second,)),))
        assert decide(two, now=START).gates[-1].until == START + 6 * DAY


def test_the_numbers_that_a_person_is_told_are_those_of_the_ledger() -> None:
    [gate] = [
        gate
        for gate in decide(had(mail(3), mail(20), mail(100)), now=START).gates
        if gate.gate == "frequency"
    ]
    assert gate.until == START + 10 * DAY
    assert gate.detail == (
        "The candidate had 3 mails within a year, the last on 2026-02-27 09:00 UTC;"
        " the rule is at most 2 mails in 30 days."
    )
    assert (gate.numbers["in_7_days"], gate.numbers["in_30_days"], gate.numbers["in_90_days"]) == (
        1,
        2,
        2,
    )
    assert gate.numbers["zones"] == ["Europe/Oslo"]


def test_clocks_that_disagree_never_open_the_gate() -> None:
    for ahead in (1, 24, 1000):
        held = decide(had(mail(-ahead / 24)), now=START)
        assert held.reason is Reason.FREQUENCY
    assert decide(replace(calm(mail(-1)), address=FRIEND), now=START - DAY).outcome is Outcome.SEND
    assert decide(CASE, now=START - 3 * DAY).outcome is Outcome.SEND


def test_behind_a_rival_that_never_goes_a_mail_is_judged_a_few_times_and_then_goes() -> None:
    case, now, holds = replace(had(), rivals=(rival(0),)), START, 0
    while (judged := decide(case, now=now)).outcome is Outcome.HOLD:
        assert judged.reason is Reason.OUTRANKED
        assert judged.until is not None
        assert judged.until > now
        now, holds = judged.until, holds + 1
    print(f"rival overdue: judged {holds} times within {(now - START) / DAY:.1f} days, then sent")
    assert judged.outcome is Outcome.SEND
    assert holds <= 13
    assert now - START <= 2 * FREQUENCY.reserve
