"""What the shipped tables make of titles, headlines, licences and languages, in three languages."""

import pytest

from rapport.domain.jobs import Job
from rapport.domain.titles import LEVELS, core, level
from rapport.openings import Lexicon, per_year
from tests.support.fakes import START
from tests.support.mailroom import shipped

LEXICON = Lexicon(shipped().matching, shipped().places)


@pytest.mark.parametrize(
    ("title", "families"),
    [
        ("Registered Nurse, Medical Ward", {"nursing"}),
        ("Spesialsykepleier, intensiv", {"nursing"}),
        ("Intensivkrankenpfleger (m/w/d)", {"nursing"}),
        ("Krankenpfleger/in", {"nursing"}),
        ("Medical Secretary, Laboratory", {"administration"}),
        ("Bioingeniør", {"laboratory"}),
        ("Fysioterapeut i Moss", {"physiotherapy"}),
        ("Physiotherapy Assistant, Pool and Gym", {"therapy-assistance"}),
        ("Lkw-Fahrer CE (m/w/d)", {"driving"}),
        ("Fachkraft für Lagerlogistik", {"warehouse"}),
        ("Backend Developer", {"software"}),
        ("Astronaut", set()),
    ],
)
def test_a_title_is_of_a_field_in_any_listed_language(title: str, families: set[str]) -> None:
    assert LEXICON.families.head(title) == families


def test_the_title_outranks_the_department() -> None:
    secretary = LEXICON.opening(job("Ward Secretary", "nursing"))
    assert set(secretary.families) == {"administration"}
    assert set(LEXICON.opening(job("Astronaut", "nursing")).families) == {"nursing"}
    assert set(LEXICON.opening(job("Astronaut", "space")).families) == {"=space"}


def job(title: str, category: str, **told: object) -> Job:
    return Job(
        id="1",
        title=title,
        category=category,
        location="Halden, Norway",
        url="https://careers.halden.example/jobs/1",
        opened_at=START,
        **told,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nursing student", "student"),
        ("Trainee", "trainee"),
        ("Junior Developer", "junior"),
        ("Senior Physiotherapist", "senior"),
        ("Teamleitung Pflege", "lead"),
        ("Head of Nursing", "head"),
        ("Nurse", None),
    ],
)
def test_a_title_tells_a_level_or_none(text: str, name: str | None) -> None:
    found = level(text, LEXICON.levels)
    assert (None if found is None else LEVELS[found]) == name


def test_the_same_job_on_two_wards_has_one_core() -> None:
    titles = ("Senior Nurse, Ward 3", "Nurse – Ward 4 (f/m/d)", "Nurse")
    assert {core(title, LEXICON.levels) for title in titles} == {"nurse"}


def test_licences_and_languages_are_named_in_many_ways_and_the_greater_holds_the_lesser() -> None:
    assert LEXICON.licences_in(["CE"]) == {"driving-b", "driving-c", "driving-ce"}
    assert LEXICON.licences_in(["B"]) == LEXICON.licences_in(["førerkort"]) == {"driving-b"}
    assert LEXICON.licences_in(["Pilot licence"]) == {"pilot licence"}
    assert LEXICON.languages_in(["German (B2)", "norsk", "EN", "Klingon"]) == {
        *("de", "no", "en", "klingon")
    }


def test_a_licence_that_a_title_implies_counts_where_the_feed_names_none() -> None:
    implied = LEXICON.opening(job("Registered Nurse", "nursing"))
    assert implied.licences == {"registered-nurse"}
    told = LEXICON.opening(job("Registered Nurse", "nursing", licences=("Pilot licence",)))
    assert told.licences == {"pilot licence"}


def test_a_place_is_found_by_any_of_its_names_and_a_job_stands_there() -> None:
    opening = LEXICON.opening(job("Nurse", "nursing"))
    assert opening.point is not None
    assert opening.country == "NO"
    told = LEXICON.opening(job("Nurse", "nursing", latitude=1.0, longitude=2.0))
    assert told.point == (1.0, 2.0)
    assert LEXICON.place("Atlantis") is None


def test_pay_is_compared_by_the_year() -> None:
    assert per_year(50_000, "month") == per_year(600_000, "year") == per_year(600_000, "")
