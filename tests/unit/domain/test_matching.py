"""Jobs and people compared: vetoes by name, scores that no gap sinks, and a stable order."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.geo import Point, kilometres
from rapport.domain.jobs import Remote
from rapport.domain.market import Market, Opening, Seeker
from rapport.domain.matching import NOTHING_KNOWN, OTHER_FIELD, Judge, Match, Veto, total
from rapport.domain.policy import Relevance
from rapport.domain.ranking import people_for, slate

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HALDEN, OSLO = Point(59.13, 11.39), Point(59.91, 10.75)
ANA = Seeker(person="p_ana", chosen=frozenset({"nursing"}), point=HALDEN, country="NO")
NURSE = Opening(
    job="1",
    opened_at=NOW - timedelta(days=3),
    families={"nursing": 1.0},
    words={"~nursing": 1.0, "ward": 1.0},
    core="nurse",
    site="halden",
    point=HALDEN,
    country="NO",
)
RULES = Relevance()


def compare(seeker: Seeker = ANA, opening: Opening = NURSE, **neighbours: list[str]) -> Match:
    return Judge(seeker, Market([opening], neighbours), NOW).match(opening)


VETOES: tuple[tuple[Veto, dict[str, Any], dict[str, Any]], ...] = (
    (Veto.CLOSED, {}, {"open": False}),
    (Veto.CLOSED, {}, {"closes_at": NOW}),
    (Veto.BRAND, {"brand": "a"}, {"brand": "b"}),
    (Veto.APPLIED, {"applied": frozenset({"1"})}, {}),
    (Veto.DISMISSED, {"dismissed": frozenset({"1"})}, {}),
    (Veto.SHOWN, {"rests": frozenset({"1"})}, {}),
    (Veto.LICENCE, {"licences": frozenset({"b"})}, {"licences": frozenset({"rn"})}),
    (Veto.LICENCE, {"headline": frozenset({"kitchen"})}, {"licences": frozenset({"rn"})}),
    (Veto.LICENCE, {"learner": True}, {"licences": frozenset({"rn"})}),
    (
        Veto.EMPLOYMENT,
        {"employment": frozenset({"full-time"})},
        {"employment": frozenset({"part-time"})},
    ),
    (Veto.SHIFT, {"shifts": frozenset({"day"})}, {"shifts": frozenset({"night"})}),
    (Veto.PAY, {"min_pay": 500_000.0}, {"pay_max": 499_999.0}),
    (Veto.LANGUAGE, {"languages": frozenset({"en"})}, {"languages": frozenset({"en", "no"})}),
    (Veto.SENIORITY, {"levels": frozenset({2})}, {"seniority": 4}),
    (Veto.DISTANCE, {}, {"point": OSLO}),
    (Veto.DISTANCE, {"point": None}, {"country": "SE", "remote": Remote.YES}),
    (Veto.DISTANCE, {"remote_ok": False}, {"point": OSLO, "remote": Remote.YES}),
)


@pytest.mark.parametrize(("veto", "person", "job"), VETOES)
def test_a_veto_ends_it_with_its_name(
    veto: Veto, person: dict[str, Any], job: dict[str, Any]
) -> None:
    assert compare().veto is None
    match = compare(replace(ANA, **person), replace(NURSE, **job))
    assert (match.veto, match.score, match.reasons) == (veto, 0.0, ())


def test_every_veto_is_in_the_table() -> None:
    assert {veto for veto, _, _ in VETOES} == set(Veto)


@pytest.mark.parametrize(("_veto", "person", "job"), VETOES[6:15])
def test_what_only_one_of_the_two_tells_vetoes_nothing(
    _veto: Veto, person: dict[str, Any], job: dict[str, Any]
) -> None:
    assert compare(replace(ANA, **person)).veto is None
    if "point" not in job:
        assert compare(opening=replace(NURSE, **job)).veto is None


@pytest.mark.parametrize(
    ("person", "job"),
    [
        ({}, {"point": OSLO, "remote": Remote.YES}),
        ({"radius_km": 60.0}, {"point": OSLO, "remote": Remote.HYBRID}),
        ({"radius_km": 120.0}, {"point": OSLO}),
        ({"min_pay": 500_000.0, "currency": "NOK"}, {"pay_max": 60_000.0, "currency": "EUR"}),
        ({"licences": frozenset({"rn", "b"})}, {"licences": frozenset({"rn"})}),
        ({"headline": frozenset({"nursing"})}, {"licences": frozenset({"rn"})}),
        ({"levels": frozenset({2, 4})}, {"seniority": 5}),
        (
            {"levels": frozenset({0})},
            {"seniority": 2, "employment": frozenset({"part-time"})},
        ),
    ],
)
def test_what_does_not_stand_in_the_way_is_no_veto(
    person: dict[str, Any], job: dict[str, Any]
) -> None:
    assert compare(replace(ANA, **person), replace(NURSE, **job)).veto is None


def test_the_score_is_the_weighed_mean_of_what_is_known() -> None:
    knows_all = replace(ANA, words=frozenset({"ward"}), acted={"nursing": 50.0})
    fresh = replace(NURSE, opened_at=NOW)
    assert compare(knows_all, fresh).score == pytest.approx(1.0, abs=1e-6)
    assert compare(replace(ANA, point=None), fresh).score == pytest.approx(1.0)
    far = Point(HALDEN.latitude + 0.18, HALDEN.longitude)
    match = compare(ANA, replace(fresh, point=far))
    assert match.km == pytest.approx(20.0, abs=0.1)
    expected = (0.35 + 0.20 * 2.718281828 ** (-20.015 / 40) + 0.15) / 0.70
    assert match.score == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("missing", ["words", "point", "acted"])
def test_what_is_not_known_of_a_person_does_not_sink_a_job_that_fits(missing: str) -> None:
    known = replace(ANA, words=frozenset({"ward"}), acted={"nursing": 3.0})
    nothing: dict[str, Any] = {"words": frozenset(), "point": None, "acted": {}}
    unknown = replace(known, **{missing: nothing[missing]})
    assert compare(unknown).score >= 0.8


def test_nobody_known_and_another_field_stay_below_the_floor() -> None:
    stranger = Seeker(person="p", point=HALDEN, country="NO")
    assert compare(stranger).score == NOTHING_KNOWN < RULES.job_floor
    cook = replace(ANA, chosen=frozenset({"kitchen"}))
    assert compare(cook).score == OTHER_FIELD < RULES.job_floor
    assert compare(cook, kitchen=["nursing"]).score >= RULES.job_floor


def test_what_was_chosen_outranks_what_was_looked_at() -> None:
    browses = {"it": 9}
    chose = replace(ANA, viewed=browses, acted={"it": 9.0})
    looked = replace(chose, chosen=frozenset())
    developer = replace(NURSE, families={"it": 1.0})
    assert compare(chose, developer).score <= OTHER_FIELD
    assert compare(looked, developer).score > compare(looked).score
    assert compare(chose).score > compare(looked, developer).score - 0.1


def test_reasons_tell_what_spoke_for_a_job() -> None:
    person = replace(ANA, viewed={"nursing": 3}, words=frozenset({"ward"}))
    near = replace(NURSE, point=Point(59.24, 11.39))
    told = [(why.code, why.number) for why in compare(person, near).reasons]
    assert told == [("chosen", 0), ("near", 12), ("viewed", 3), ("words", 0), ("new", 0)]
    assert ("here", 0) in compare(person).reasons
    assert ("home", 0) in compare(person, replace(near, remote=Remote.YES)).reasons


def many(count: int, **change: Any) -> list[Opening]:
    made = [replace(NURSE, job=str(n), core=f"nurse {n}", site=f"town {n}") for n in range(count)]
    return [replace(each, **change) for each in made]


def slated(openings: list[Opening], person: str = "p_ana", rules: Relevance = RULES) -> list[str]:
    matches, _ = slate(replace(ANA, person=person), Market(openings, {}), rules, NOW)
    return [match.job for match in matches]


def test_a_slate_has_at_most_two_of_a_title_and_prefers_other_places() -> None:
    assert len(slated(many(9, core="nurse"))) == 2
    crowd = many(4, site="halden")
    elsewhere = [replace(NURSE, job="x", core="midwife", site="moss", opened_at=NOW.replace(day=1))]
    assert "x" in slated([*crowd, *elsewhere])
    assert len(slated(crowd)) == RULES.max_jobs


def test_equal_scores_are_ordered_by_a_hash_of_person_and_job() -> None:
    openings = many(12)
    assert slated(openings) == slated(openings[::-1])
    assert len({tuple(slated(openings, f"p_{n}")) for n in range(8)}) > 4


def test_jobs_below_the_floor_are_not_in_a_slate_and_vetoes_are_counted() -> None:
    openings = [*many(2), *many(3, open=False), replace(NURSE, job="it", families={"it": 1.0})]
    matches, vetoed = slate(ANA, Market(openings, {}), RULES, NOW)
    assert {m.job for m in matches} == {"0", "1"}
    assert vetoed == (("closed", 3),)
    assert slated(openings, rules=replace(RULES, job_floor=1.01)) == []


def test_the_other_way_round_the_same_judge_answers() -> None:
    people = [
        replace(ANA, person="p_far", point=Point(59.40, 11.39)),
        replace(ANA, person="p_near"),
        replace(ANA, person="p_applied", applied=frozenset({"1"})),
    ]
    market = Market([NURSE], {})
    ranked = people_for(NURSE, people, market, NOW)
    assert [match.person for match in ranked] == ["p_near", "p_far"]
    assert ranked[0] == Judge(people[1], market, NOW).match(NURSE)


@given(
    parts=st.tuples(*[st.none() | st.floats(0, 1)] * 5),
)
def test_a_score_is_between_0_and_1_whatever_is_known(parts: Any) -> None:
    from rapport.domain.matching import Parts

    assert 0.0 <= total(Parts(*parts)) <= 1.0


def test_distances_are_those_of_the_earth() -> None:
    assert kilometres(HALDEN, OSLO) == pytest.approx(94, abs=2)
    assert kilometres(Point(0, 179.9), Point(0, -179.9)) == pytest.approx(22.2, abs=0.1)
    assert kilometres(HALDEN, HALDEN) == 0


def test_a_seeker_has_no_place_for_what_must_not_count() -> None:
    told = {each.name for each in fields(Seeker)}
    never = ("age", "birth", "gender", "sex", "nation", "health", "photo", "name", "religion")
    assert not [name for name in told for word in never if word in name.replace("languages", "")]
