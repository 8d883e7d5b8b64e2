"""Present, and not annoying: what a year of outreach comes to for ten thousand people.

An ordinary run asks a quarter of them (`tests/support/depth.py`).

Two halves, so that two workers share them; each must hold by itself. `tests/support/year.py` says
what is real in it and what is played.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from cli.compiling import compile_bundle
from rapport.domain.decision import MailClass
from rapport.domain.policy import Policy, Window
from tests.support.depth import rounds
from tests.support.members import DAY, YEAR, Mail, Person, Rules
from tests.support.year import people

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
PEOPLE = rounds(10_000)
FEWEST, MOST = 8, 12
LONGEST_SILENCE = 60 * DAY
LATEST = timedelta(seconds=5)


@pytest.mark.parametrize("half", [0, 1])
def test_in_a_year_nobody_is_forgotten_and_nobody_is_pestered(half: int) -> None:
    began = process_time()
    rules = Rules.of(compile_bundle(PLAYBOOKS))
    policy = rules.bundle.policy
    lived = list(people(PEOPLE, seed=1, rules=rules, part=slice(half, None, 2)))
    members = [person for person in lived if person.consents]
    present = sum(FEWEST <= len(_touches(p)) <= MOST for p in members) / len(members)
    silences = [_silence(p) for p in members if not p.wishes_less]
    education = _education(members)
    mails = [mail for person in lived for mail in person.mails]
    late = sum(mail.late > LATEST for mail in mails)
    print(
        f"a year of {len(lived)} people, half {half + 1} of 2: {len(mails)} mails,"
        f" {sum(p.decided for p in lived)} decisions, {process_time() - began:.0f} s CPU;"
        f" touches {dict(sorted(Counter(len(_touches(p)) for p in members).items()))};"
        f" {present:.1%} of the consenting have {FEWEST}-{MOST};"
        f" longest silence {max(silences) / DAY:.1f} days;"
        f" education in mails to the passive {education:.0%};"
        f" later than the first permitted instant + 5 s: {late}"
    )
    assert present >= 0.95
    assert max(silences) <= LONGEST_SILENCE
    assert education >= 0.70
    assert late == 0
    # Nor was anything held for longer than it had to be.
    assert sum(p.probed for p in lived) > len(lived) // 50
    assert sum(p.opened_early for p in lived) == 0
    assert {p.number: said for p in lived if (said := _over_budget(p, policy))} == {}
    assert [p.number for p in lived if not _heeded(p)] == []
    assert [p.number for p in lived if _told_twice(p)] == []
    assert [p.number for p in lived if _woken(p, policy)] == []


def _touches(person: Person) -> list[Mail]:
    """The mails that the employer wrote of its own accord."""
    return [m for m in person.mails if m.entry.counted and not m.entry.asked]


def _silence(person: Person) -> timedelta:
    """The longest time without any marketing mail, up to the end of the year."""
    mailed = [e.at for e in person.before[-1:]] or [person.began]
    mailed += sorted(m.entry.at for m in person.mails if m.entry.counted)
    return max(after - before for before, after in pairwise([*mailed, person.began + YEAR]))


def _education(members: Sequence[Person]) -> float:
    passive = [m for p in members if not p.looking for m in p.mails if m.entry.counted]
    return sum(m.education for m in passive) / len(passive)


def _over_budget(person: Person, policy: Policy) -> str:
    """Which rule was broken; every stretch of time is looked at, with the mails of before."""
    mailed = [e for e in (*person.before, *(m.entry for m in person.mails)) if e.counted]
    mailed.sort(key=lambda entry: entry.at)
    own = [entry.at for entry in mailed if not entry.asked]
    asked = [entry.at for entry in mailed if entry.asked]
    frequency = policy.frequency
    for window in (*frequency.windows, Window(most=frequency.yearly, within=YEAR)):
        if _crowded(own, window):
            return f"more than {window.most} in {window.within}"
    if any(_crowded(asked, window) for window in frequency.asked_windows):
        return "too many alerts"
    gaps = [after.at - before.at for before, after in pairwise(mailed) if not after.asked]
    return "too small a gap" if min(gaps, default=YEAR) < frequency.min_gap else ""


def _crowded(times: Sequence[datetime], window: Window) -> bool:
    return any(
        later - at < window.within for at, later in zip(times, times[window.most :], strict=False)
    )


def _heeded(person: Person) -> bool:
    """Whether what they said of mail was heeded from that moment on."""
    said, wishes = person.said_at, person.state.wishes
    if said is None:
        return True
    mailed = [m.entry.at for m in person.mails if m.entry.counted]
    after = [at for at in mailed if at >= said]
    if wishes.paused_until is not None:
        return all(at >= wishes.paused_until for at in after)
    if wishes.per_year is None:
        return not after
    mailed = sorted([*(entry.at for entry in person.before), *mailed])
    return all(sum(at - YEAR < one <= at for one in mailed) <= wishes.per_year for at in after)


def _told_twice(person: Person) -> bool:
    """Whether a block came again, within the year or of what they were told in the one before."""
    told: dict[str, datetime] = {}
    for entry in (*person.before, *(m.entry for m in person.mails)):
        for block in entry.blocks:
            if block in told and (told[block] >= person.began or entry.at - told[block] < YEAR):
                return True
            told[block] = entry.at
    return False


def _woken(person: Person, policy: Policy) -> bool:
    """Whether marketing came at night or on a Sunday, by any clock that they may live by."""
    names = (policy.home_zone,) if person.zone is None else person.zone.names
    for mail in person.mails:
        if mail.mail_class is MailClass.MARKETING:
            for name in names:
                wall = mail.entry.at.astimezone(ZoneInfo(name))
                if wall.weekday() == 6 or not 8 <= wall.hour < 20:
                    return True
    return False
