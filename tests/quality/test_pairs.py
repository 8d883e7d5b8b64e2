"""The labelled pairs of persons and jobs are complete: what is measured on them means something."""

from collections import Counter

from tests.support.pairs import FAMILIES, PERSON_FIELDS, VETOES, pairs, places

LEAST_OF_A_FAMILY = 100
LEAST_IN_ALL = 640


def test_every_family_and_language_has_enough_pairs_and_about_half_fit() -> None:
    found = pairs()
    families = Counter(pair["family"] for pair in found)
    fitting = sum(pair["fits"] for pair in found) / len(found)
    print(f"labelled pairs: {len(found)}, of which {fitting:.0%} fit; {dict(families)}")
    assert len(found) >= LEAST_IN_ALL
    assert set(families) == set(FAMILIES)
    assert min(families.values()) >= LEAST_OF_A_FAMILY
    assert 0.40 <= fitting <= 0.50
    spoken = Counter((pair["family"], pair["language"]) for pair in found)
    assert min(spoken[family, language] for family in FAMILIES for language in ("en", "de")) >= 30


def test_a_pair_says_why_and_names_a_veto_exactly_when_it_does_not_fit() -> None:
    for pair in pairs():
        assert pair["why"]
        assert (pair["veto"] == "") == pair["fits"]
        assert pair["veto"] in VETOES
        assert set(pair["person"]) == PERSON_FIELDS
    assert {pair["veto"] for pair in pairs()} == VETOES


def test_no_pair_is_judged_twice_and_a_job_is_the_same_wherever_it_stands() -> None:
    judged = Counter((repr(pair["person"]), pair["job"]["id"]) for pair in pairs())
    assert max(judged.values()) == 1
    jobs: dict[str, object] = {}
    for pair in pairs():
        assert jobs.setdefault(pair["job"]["id"], pair["job"]) == pair["job"]


def test_every_city_of_a_pair_has_its_place() -> None:
    known = places()
    cities = {pair[side]["city"] for pair in pairs() for side in ("person", "job")} - {""}
    assert cities == set(known)
    assert all(
        -90 <= place["lat"] <= 90 and -180 <= place["lon"] <= 180 for place in known.values()
    )
