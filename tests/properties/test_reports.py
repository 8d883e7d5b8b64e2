"""Whatever happened, a report is what the log says, and every number leads to its people."""

from collections import Counter
from datetime import timedelta
from random import Random
from time import process_time

from rapport.domain.numbers import TOGETHER, Numbers, Step, Table
from rapport.report_groups import By
from rapport.reports import Asked, Report
from tests.support.counted import Counted, Recount
from tests.support.depth import rounds
from tests.support.histories import EVE
from tests.support.report_histories import DAYS, NOW, PROGRAMS, History

HISTORIES = rounds(1_000)


def flat(table: Table, *, before: str = "") -> Counted:
    return {
        (f"{before}{group}", part.of.value, part.name.value, part.reason): {*number.things.items()}
        for group, numbers in table.items()
        for part, number in numbers.items()
    }


def without_things(counted: Counted) -> dict[tuple[str, str, str, str], list[str]]:
    """Mails are named otherwise by either hand: whose they are is compared, each with its times."""
    return {place: sorted(person for _, person in things) for place, things in counted.items()}


def asked(random: Random) -> Asked:
    first = random.randint(0, DAYS - 1)
    last = random.choice([first, DAYS, DAYS])
    return Asked(
        by=random.choice([*By]),
        first=(EVE + timedelta(days=random.choice([0, 0, first]))).date(),
        last=(EVE + timedelta(days=last)).date(),
        program=random.choice(["", "", "", "", *PROGRAMS]),
    )


def adds_up(numbers: Numbers) -> None:
    """Each step's parts are the step without a rest, thing by thing."""
    for step in {part.of for part in numbers}:
        parts = [
            number.things
            for part, number in numbers.items()
            if part.of is step and part.name not in {step, *TOGETHER}
        ]
        whole = [n.things for part, n in numbers.items() if part.name is step]
        told = Counter(thing for things in parts for thing in things)
        if parts:
            assert told == Counter({thing for things in whole for thing in things}), step


def compare(history: History, wish: Asked) -> Report:
    report = history.reports().of(wish)
    recount = Recount([*history.log.values()], history.bundles, history.tracked, NOW)
    mails = recount.of_mails(wish.by, wish.program, wish.first, wish.last)
    assert without_things(flat(report.mails)) == without_things(mails)
    people = recount.of_people(wish.first, wish.last)
    told = flat(report.sources) | flat({"pool": report.pool} if report.pool else {})
    assert told | flat(report.hires, before="hires ") == people
    for table in (report.mails, report.sources, {"": report.pool}):
        for numbers in table.values():
            adds_up(numbers)
    return report


def test_a_report_is_what_a_second_hand_counts_in_the_log() -> None:
    began, told = process_time(), Counter[str]()
    for seed in range(HISTORIES):
        history = History(seed)
        report = compare(history, asked(Random(seed)))
        told["equal"] += 1
        told["merged"] += history.merges
        told["forgotten"] += history.forgotten
        for numbers in report.mails.values():
            for part, number in numbers.items():
                told[part.name] += number.count
    for step in (Step.APPLIED_AFTER_CLICK, Step.HIRED_AFTER_MAIL, Step.LOST, Step.NO_WORD):
        assert told[step], f"no history had any {step}"
    print(
        f"reports equal {told['equal']}/{HISTORIES}: {told[Step.INTENDED]} mails, "
        f"{told['merged']} merged people, {told['forgotten']} forgotten; "
        f"{told[Step.APPLIED_AFTER_CLICK]} applications after a click, "
        f"{told[Step.APPLIED_AFTER_MAIL]} after a mail; {process_time() - began:.1f} CPU-s"
    )
