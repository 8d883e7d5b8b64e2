"""What the events of one application, and of one record, of an ATS add up to."""

from functools import reduce
from itertools import permutations

import pytest

from rapport.domain.candidacy import MAX_STAGES, Candidacy, candidacy_from_json, candidacy_to_json
from rapport.domain.capping import MOST
from rapport.domain.event import Event, Json, Trust, millis
from rapport.domain.identifiers import Ref
from rapport.domain.jobs import Application, application_of
from rapport.domain.profile import (
    MAX_HOT_BYTES,
    Profile,
    detail_to_json,
    fold_profile,
    from_json,
    hot_to_json,
)
from rapport.domain.record import AtsRecord
from rapport.domain.tally import Tally, add, fold_partition
from rapport.seekers import _applied
from tests.support.histories import EVE, event

ANA = Ref("ats#" + "a" * 22)
APPLICATION, CANDIDATE = "p" * 22, "c" * 22
CLOCK = millis(EVE)
APPLIED: dict[str, Json] = {"stage": "applied", "stage_id": "1", "stage_name": "Applied"}
PHONE: dict[str, Json] = {"stage": "phone", "stage_id": "2", "stage_name": "Phone screen"}
TALK: dict[str, Json] = {"stage": "interview", "stage_id": "3", "stage_name": "Interview"}
FROM_PHONE: dict[str, Json] = {"from_id": "2", "from_name": "Phone", "from_source": "vendor"}


def told(kind: str, minute: int, *more: dict[str, Json], trust: Trust = Trust.VERIFIED) -> Event:
    """An event of an ATS, whose clock is a minute ahead of when it came."""
    said: dict[str, Json] = {"application": APPLICATION, "candidate": CANDIDATE}
    said["clock"] = CLOCK + minute * 60_000
    for each in more:
        said |= each
    body: dict[str, Json] = {"properties": said}
    return event(minute, user=ANA, kind=kind, body=body, trust=trust, message_id=f"{kind} {said}")


def folded(*events: Event) -> Profile:
    return fold_profile(ANA, [fold_partition(ANA, events)])


def candidacy(*events: Event) -> Candidacy:
    return folded(*events).recruiting.candidacies[APPLICATION]


def record(*events: Event) -> AtsRecord:
    return folded(*events).recruiting.records[CANDIDATE]


RECEIVED = told("Application Received", 0, APPLIED, {"job_id": "4105", "came_from": "Indeed"})
SCREENED = told("Application Stage Changed", 10, PHONE)
INVITED = told("Application Stage Changed", 30, TALK, FROM_PHONE)
SHOWN = told("Application Updated", 20, PHONE)
REJECTED = told("Application Rejected", 40, TALK, {"reason": "Too few years", "reason_by": "org"})


@pytest.mark.parametrize("order", list(permutations([RECEIVED, SCREENED, INVITED, SHOWN])))
def test_the_stages_of_an_application_are_told_in_their_order_however_they_came(
    order: tuple[Event, ...],
) -> None:
    found = candidacy(*order, *order)
    assert [move.called for move in found.way] == ["Applied", "Phone screen", "Interview"]
    assert found.stage is not None
    assert (found.stage.at, found.stage.from_name) == (CLOCK + 30 * 60_000, "Phone")
    assert (found.status, found.job, found.came_from) == ("active", "4105", (CLOCK, "Indeed"))


@pytest.mark.parametrize("order", list(permutations([RECEIVED, SCREENED, INVITED, REJECTED])))
def test_parts_of_a_candidacy_add_up_in_any_order_with_any_repeats(
    order: tuple[Event, ...],
) -> None:
    rising = [RECEIVED, SCREENED, INVITED, REJECTED]
    assert (
        reduce(add, [*order, *order], Tally()).recruiting == reduce(add, rising, Tally()).recruiting
    )


def test_an_application_that_came_back_to_a_stage_is_there_since_then() -> None:
    back = told("Application Stage Changed", 60, PHONE)
    found = candidacy(RECEIVED, SCREENED, INVITED, back)
    assert [move.stage for move in found.way] == ["applied", "phone", "interview", "phone"]
    assert found.stage is not None
    assert found.stage.at == CLOCK + 60 * 60_000


def test_of_a_stage_that_only_a_page_showed_the_application_is_in_it() -> None:
    late = told("Application Stage Changed", 15, TALK)
    found = candidacy(RECEIVED, SCREENED, late, told("Application Updated", 50, PHONE))
    assert found.still("phone")
    assert not found.still("interview")


@pytest.mark.parametrize(
    ("events", "there"),
    [
        ([RECEIVED], {"received", "applied"}),
        ([RECEIVED, INVITED], {"received", "interview"}),
        ([RECEIVED, INVITED, REJECTED], {"rejected"}),
        ([REJECTED, told("Application Reopened", 50)], {"received", "interview"}),
        ([RECEIVED, told("Application Withdrawn", 9)], {"withdrawn"}),
        ([RECEIVED, told("Candidate Hired", 9)], {"hired"}),
        ([RECEIVED, told("Candidate Hired", 9), told("Hire Undone", 12)], {"received", "applied"}),
        ([INVITED, told("Application Deleted", 9)], set()),
        ([told("Application Updated", 3, {"status": "archived"}), RECEIVED], set()),
    ],
)
def test_a_fact_holds_as_long_as_the_application_is_where_it_went(
    events: list[Event], there: set[str]
) -> None:
    went = {"received", "applied", "interview", "rejected", "withdrawn", "hired", ""}
    assert {each for each in went if candidacy(*events).still(each)} == there


def test_an_application_is_one_of_the_jobs_applied_for_and_a_prospect_is_not() -> None:
    job: dict[str, Json] = {"job_id": "4105", "requisition": "R-9"}
    applied = told("Application Received", 0, job, {"applied_at": CLOCK - 1000})
    prospect = told("Application Received", 0, job, {"prospect": True})
    assert application_of(prospect) is None
    assert _applied(folded(prospect)) == frozenset()
    assert _applied(folded(applied)) == {"4105", "R-9"}
    at = folded(applied).applications["4105"]
    assert isinstance(at, Application)
    assert at.submitted is not None
    assert millis(at.submitted) == CLOCK - 1000


@pytest.mark.parametrize("trust", [Trust.VERIFIED, Trust.ASSERTED])
def test_a_browser_tells_nothing_of_candidacies(trust: Trust) -> None:
    found = folded(told("Application Received", 0, APPLIED, {"can_email": True}, trust=trust))
    assert bool(found.recruiting) is (trust is Trust.VERIFIED)


def test_what_an_ats_does_is_no_sign_of_life() -> None:
    moved = add(Tally(), INVITED)
    assert (moved.first, moved.last) == (None, None)
    assert add(Tally(), told("Application Received", 0)).last == EVE


@pytest.mark.parametrize(
    ("words", "can_email"),
    [
        ([(0, True)], True),
        ([(0, True), (5, False)], False),
        ([(0, False), (5, True)], True),
        ([(5, True), (5, False)], False),
        ([(0, None)], None),
    ],
)
def test_the_latest_word_on_mail_holds_and_on_a_tie_the_no(
    words: list[tuple[int, bool | None]], can_email: bool | None
) -> None:
    said = [
        told("Candidate Recorded", minute, {"can_email": word}, {"private": word is False})
        for minute, word in words
    ]
    for order in (said, said[::-1]):
        assert record(*order).can_email is can_email
        assert record(*order).is_private is (can_email is False)


def test_who_goes_on_as_another_record_was_not_deleted() -> None:
    gone = told("Candidate Deleted", 9)
    assert record(gone).gone
    assert not record(gone, told("Candidate Merged", 8, {"into": "w" * 22})).gone


def test_whom_the_api_has_after_they_were_deleted_is_there() -> None:
    gone = told("Candidate Deleted", 9)
    before, after = (told("Candidate Recorded", at, {"pulled": True}) for at in (8, 10))
    assert record(gone, before).gone
    assert record(gone, told("Candidate Recorded", 11)).gone
    assert not record(after, gone, before).gone
    assert record(after, gone, before, told("Candidate Deleted", 12)).gone


def test_of_many_applications_sixteen_are_kept_and_the_hot_part_stays_small() -> None:
    tally = Tally()
    for number in range(60):
        name: dict[str, Json] = {"application": f"{number:022}"}
        tally = add(tally, told("Application Stage Changed", number, TALK, name))
    moves = [told("Application Stage Changed", n, {"stage": f"s{n}"}) for n in range(40)]
    found = folded(
        *moves, *(told("Candidate Recorded", 0, {"candidate": f"{n:022}"}) for n in range(40))
    )
    assert len(tally.recruiting.candidacies) == MOST
    assert tally.recruiting.fewer == {"candidacies"}
    assert found.overflow == ("records",)
    assert len(found.recruiting.candidacies[APPLICATION].moves) == MAX_STAGES
    hot, detail = hot_to_json(found), detail_to_json(found)
    assert len(hot.encode()) <= MAX_HOT_BYTES
    assert from_json(hot, detail) == found


def test_a_candidacy_takes_few_bytes_and_survives_storing() -> None:
    found = candidacy(RECEIVED, SCREENED, INVITED, REJECTED)
    raw = candidacy_to_json(found)
    assert candidacy_from_json(raw) == found
    print(f"a candidacy of {len(found.moves)} stages and a rejection: {len(str(raw))} bytes")
    assert len(str(raw)) < 700
