"""What is known of a mail is the same in any order and with any repeats."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.send.reports import read_report
from rapport.domain.fate import NOTHING_KNOWN, Fate, Said
from tests.support.depth import rounds
from tests.support.fakes import START

SAMPLES = sorted((Path(__file__).parents[2] / "support" / "ses").glob("*.json"))
MOMENTS = st.integers(0, 9).map(lambda n: START + timedelta(seconds=n))
FATES = st.builds(
    Fate,
    at=st.dictionaries(st.sampled_from(list(Said)), MOMENTS),
    bounce=st.sampled_from(["", "Permanent/General", "Transient/MailboxFull"]),
    machine_opens=st.booleans(),
    machine_clicks=st.booleans(),
    clicked_blocks=st.frozensets(st.sampled_from(["a", "b", "c"])),
)


def told_by(path: Path) -> Fate:
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    report = read_report(raw)
    return NOTHING_KNOWN if report is None else report.news


def joined(news: Sequence[Fate]) -> Fate:
    fate = NOTHING_KNOWN
    for each in news:
        fate |= each
    return fate


@settings(max_examples=rounds(150), deadline=None)
@given(FATES, FATES, FATES)
def test_joining_is_commutative_associative_and_idempotent(a: Fate, b: Fate, c: Fate) -> None:
    # A bounce is told together with its time.
    a, b, c = (
        x if x.at.keys() & {Said.SOFT_BOUNCED, Said.HARD_BOUNCED} else bare(x) for x in (a, b, c)
    )
    assert a | b == b | a
    assert (a | b) | c == a | (b | c)
    assert a | a == a == a | NOTHING_KNOWN


def bare(fate: Fate) -> Fate:
    return Fate(
        at=fate.at,
        machine_opens=fate.machine_opens,
        machine_clicks=fate.machine_clicks,
        clicked_blocks=fate.clicked_blocks,
    )


def test_every_sample_in_any_order_and_with_any_repeats_comes_to_the_same() -> None:
    news = [told_by(path) for path in SAMPLES]
    whole = joined(news)
    seen = 0

    @settings(max_examples=rounds(200), deadline=None, database=None)
    @given(st.permutations(news), st.lists(st.sampled_from(news), max_size=20), st.randoms())
    def shuffled(order: list[Fate], repeats: list[Fate], random: Any) -> None:
        nonlocal seen
        several = [*order, *repeats]
        random.shuffle(several)
        assert joined(several) == whole
        seen += 1

    shuffled()
    few = [one for one in news if one != NOTHING_KNOWN][:6]
    for order in permutations(few):
        assert joined(order) == joined(few)
        seen += 1
    assert {Said.ACCEPTED, Said.DELIVERED, Said.HARD_BOUNCED, Said.COMPLAINED} <= set(whole.at)
    print(f"orders of {len(SAMPLES)} samples that came to the same fate: {seen} of {seen}")


def test_a_late_delivery_does_not_hide_a_complaint() -> None:
    complained = Fate(at={Said.COMPLAINED: START})
    delivered = Fate(at={Said.DELIVERED: START + timedelta(hours=1)})
    assert (complained | delivered).shown is Said.COMPLAINED


def test_the_bounce_told_is_the_earliest() -> None:
    soft = Fate(at={Said.SOFT_BOUNCED: START}, bounce="Transient/General")
    hard = Fate(at={Said.HARD_BOUNCED: START + timedelta(days=1)}, bounce="Permanent/NoEmail")
    assert (hard | soft).bounce == "Transient/General"
    assert (hard | soft).shown is Said.HARD_BOUNCED


def test_only_people_make_a_human_sign() -> None:
    told: Callable[[Said], Fate] = lambda said: Fate(at={said: START})  # noqa: E731
    human = {said for said in Said if told(said).human_at is not None}
    assert human == {Said.OPENED, Said.CLICKED, Said.REPLIED, Said.APPLIED}
    assert NOTHING_KNOWN.shown is None
