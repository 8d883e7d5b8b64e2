"""What ATSs tell converges: in any order, with any repeats and delays, between pages of their API.

What is compared is what people see: each application's way through stages and how it stands, whom
the ATS lets mail go to, what is known of the candidate, and which transitions were told as facts.
"""

from collections import Counter
from random import Random

import pytest

from rapport.domain import names
from rapport.domain.ats import AtsEvent
from rapport.domain.record import AtsRecord
from tests.support.ats.desk import NOW, AtsDesk, canonical, pages
from tests.support.ats.histories import History, histories
from tests.support.depth import rounds
from tests.support.fakes import Clock

SHUFFLES = rounds(12)
FACTS = {
    names.APPLICATION_RECEIVED,
    names.APPLICATION_STAGE_CHANGED,
    names.APPLICATION_REJECTED,
    names.APPLICATION_WITHDRAWN,
    names.CANDIDATE_HIRED,
}
HISTORIES = histories()


def seen(desk: AtsDesk) -> dict[str, object]:
    """What people see of a history."""
    profile = desk.profile()
    return {
        "ways": {
            key: [(move.at, move.id) for move in candidacy.way]
            for key, candidacy in profile.recruiting.candidacies.items()
        },
        "stands": {k: c.status for k, c in profile.recruiting.candidacies.items()},
        "records": {key: word_of(record) for key, record in profile.recruiting.records.items()},
        "attributes": {name: word.value for name, word in profile.attributes.items()},
        "closed": {
            a: sorted(s.suppressions) for a, s in desk.book.addresses.items() if s.suppressions
        },
    }


def word_of(record: AtsRecord) -> tuple[object, ...]:
    """What holds of a record. A merge has no time of its own, so that is when it was heard of."""
    into = "" if record.into is None else record.into.key
    return (record.can_email, record.is_private, into, record.gone, bool(record.anonymized))


def transitions(desk: AtsDesk) -> Counter[tuple[str, ...]]:
    """The facts, by application and where it went."""
    found: Counter[tuple[str, ...]] = Counter()
    for event in desk.events():
        told = event.body["properties"]
        assert isinstance(told, dict)
        if event.type in FACTS:
            place = str(told.get("stage_id", "")) if "Stage" in event.type else ""
            found[(str(told["application"]), event.type, place)] += 1
    return found


def told_in_order(history: History) -> AtsDesk:
    desk = AtsDesk(clock=Clock(NOW))
    desk.tell(*canonical(history), connection=history.connection)
    return desk


def shuffled(history: History, random: Random, *, pulls: bool) -> AtsDesk:
    """The history as a bad network delivers it."""
    events = canonical(history)
    deliveries: list[tuple[AtsEvent, bool]] = [(event, False) for event in events]
    deliveries += random.choices(deliveries, k=len(deliveries) // 2)
    if pulls:
        for _ in range(3):
            upto = random.randint(1, len(events))
            deliveries += [(page, True) for page in pages(events[:upto])]
    random.shuffle(deliveries)
    if pulls:
        deliveries += [(page, True) for page in pages(events)]
    desk = AtsDesk(clock=Clock(NOW))
    for event, pulled in deliveries:
        desk.clock.forward(minutes=random.randint(0, 600))
        desk.tell(event, connection=history.connection, pulled=pulled)
    return desk


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
@pytest.mark.parametrize("pulls", [False, True], ids=["deliveries", "and pages"])
def test_a_history_is_the_same_in_whatever_order_it_is_told(history: History, pulls: bool) -> None:
    told = told_in_order(history)
    if pulls:
        told.tell(*pages(canonical(history)), connection=history.connection, pulled=True)
    expected, facts = seen(told), transitions(told)
    converged = 0
    for seed in range(SHUFFLES):
        desk = shuffled(history, Random(seed), pulls=pulls)
        assert seen(desk) == expected, f"seed {seed}"
        assert transitions(desk) == facts, f"seed {seed}"
        converged += 1
    print(f"shuffled histories converged {converged}/{SHUFFLES}: {history.name}")
