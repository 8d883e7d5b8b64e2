"""What a profile holds of consents, attributes and touches, and in how many bytes."""

from datetime import timedelta
from itertools import permutations

import pytest

from rapport.domain.address import ConsentStatus
from rapport.domain.consents import Word
from rapport.domain.event import Event, Json, Trust
from rapport.domain.identifiers import Ref
from rapport.domain.profile import (
    MAX_HOT_BYTES,
    Profile,
    detail_to_json,
    fold_profile,
    from_json,
    hot_to_json,
    to_json,
)
from rapport.domain.statements import registers_of
from rapport.domain.tally import BOT_SUFFIX, fold_partition
from rapport.domain.touch import Touch
from rapport.events import CALLS, VOCABULARY
from tests.support.histories import EVE, USERS, event, strong

ANA = USERS[0]
MAIL = strong("email", "ana")


def folded(*rows: Event) -> Profile:
    return fold_profile(ANA, [fold_partition(ANA, rows)])


def word(minute: int, kind: str, trust: Trust = Trust.VERIFIED, **properties: Json) -> Event:
    body: dict[str, Json] = {"properties": properties}
    return event(minute, user=ANA, kind=kind, body=body, trust=trust, message_id=f"{kind}{minute}")


def yes(minute: int, topic: str = "jobs", trust: Trust = Trust.VERIFIED) -> Event:
    return word(minute, "Address Confirmed", trust, topic=topic)


def no(minute: int, scope: str = "jobs") -> Event:
    return word(minute, "Unsubscribed", scope=scope)


@pytest.mark.parametrize(
    ("words", "status", "minute"),
    [
        ([yes(0)], ConsentStatus.GRANTED, 0),
        ([yes(0), no(5)], ConsentStatus.WITHDRAWN, 5),
        ([yes(9), no(5)], ConsentStatus.GRANTED, 9),
        ([yes(5), no(5)], ConsentStatus.WITHDRAWN, 5),
        ([yes(0), no(5, "marketing")], ConsentStatus.WITHDRAWN, 5),
        ([yes(9), no(5, "marketing")], ConsentStatus.GRANTED, 9),
        ([yes(0), no(5, "news")], ConsentStatus.GRANTED, 0),
        ([yes(0), no(5, "")], ConsentStatus.WITHDRAWN, 5),
    ],
)
def test_the_last_word_on_a_topic_holds_and_no_wins_a_tie(
    words: list[Event], status: ConsentStatus, minute: int
) -> None:
    for order in permutations(words):
        held = folded(*order).consents["jobs"]
        assert (held.status, held.at) == (status, EVE + timedelta(minutes=minute))


def test_what_nobody_vouches_for_is_no_consent() -> None:
    assert folded(yes(0, trust=Trust.ASSERTED)).consents == {}


def test_the_traits_of_a_person_are_more_than_their_name() -> None:
    traits: dict[str, Json] = {
        "name": "Ana Lindqvist",
        "headline": "Ward nurse",
        "address": {"city": "Halden", "country": "NO", "name": "Home"},
        "linkedinUrl": "https://www.linkedin.example/in/ana",
    }
    found = registers_of(event(user=ANA, kind="identify", body={"traits": traits}))
    assert {name: register.value for name, register in found.items()} == {
        "name": "Ana Lindqvist",
        "headline": "Ward nurse",
        "city": "Halden",
        "country": "NO",
        "linkedin": "https://www.linkedin.example/in/ana",
    }


def test_the_city_of_a_job_is_not_the_applicants() -> None:
    properties: dict[str, Json] = {"city": "Oslo", "country": "NO", "name": "Ward nurse"}
    body: dict[str, Json] = {"properties": properties}
    assert registers_of(event(user=ANA, kind="Application Started", body=body)) == {}


def test_the_first_and_the_last_touch_outlive_a_login() -> None:
    tablet = Ref("anon#tablet")

    def came(minute: int, source: str, user: Ref | None = None) -> Event:
        body: dict[str, Json] = {"context": {"campaign": {"source": source}}}
        return event(minute, cookie=tablet, user=user, body=body)

    rows = [came(0, "fair"), came(50, "linkedin"), came(60, "search", ANA), event(70, user=ANA)]
    profile = fold_profile(ANA, [fold_partition(tablet, rows[:3]), fold_partition(ANA, rows[3:])])
    assert profile.first_touch is not None
    assert profile.last_touch is not None
    assert (profile.first_touch.source, profile.last_touch.source) == ("fair", "search")


def test_a_person_is_written_with_all_identifiers_and_an_absorbed_one_with_none() -> None:
    both = Profile(root=ANA, members=(MAIL, ANA), totals={"page": 1})
    alone = Profile(root=ANA, members=(ANA,))
    moved = Profile(root=MAIL, moved_to=ANA)
    for profile in (both, alone, moved, Profile(root=Ref("anon#t"))):
        assert from_json(to_json(profile)) == profile
        assert from_json(hot_to_json(profile), detail_to_json(profile)) == profile
    assert to_json(both).count(ANA) == 1


def test_equal_profiles_give_equal_bytes() -> None:
    one = Profile(root=ANA, members=(ANA,), totals={"page": 1, "identify": 2})
    other = Profile(root=ANA, members=(ANA,), totals={"identify": 2, "page": 1})
    assert hot_to_json(one) == hot_to_json(other)
    assert detail_to_json(one) == detail_to_json(other)


def test_what_changes_with_every_visit_is_small_whatever_happens() -> None:
    kinds = [*CALLS, *VOCABULARY, *(f"{kind}{BOT_SUFFIX}" for kind in (*CALLS, *VOCABULARY))]
    profile = Profile(
        root=strong("linkedin", "ana"),
        members=(*sorted(strong("email", str(n)) for n in range(255)), strong("linkedin", "ana")),
        totals={kind: 10**9 + n for n, kind in enumerate(kinds)},
        first=EVE,
        last=EVE,
        first_touch=Touch(EVE, "m" * 99, "s" * 40, "m" * 24, "c" * 40, "h" * 48, "p" * 64),
        last_touch=Touch(EVE, "m" * 99, "s" * 40, "m" * 24, "c" * 40, "h" * 48, "p" * 64),
        consents={"jobs": Word(EVE, withdrawn=False)},
        score_zero_at=EVE,
        moved_to=strong("linkedin", "bo"),
    )
    hot, detail = hot_to_json(profile), detail_to_json(profile)
    print(f"the largest hot part is {len(hot.encode())} bytes, beside {len(detail.encode())}")
    assert len(hot.encode()) <= MAX_HOT_BYTES
    assert from_json(hot, detail) == profile


def test_an_ordinary_visit_changes_nothing_but_the_small_part() -> None:
    rows = [event(n, user=ANA, kind=("page", "Job Viewed")[n % 2]) for n in range(6)]
    assert detail_to_json(folded(*rows[:5])) == detail_to_json(folded(*rows))
    assert hot_to_json(folded(*rows[:5])) != hot_to_json(folded(*rows))
