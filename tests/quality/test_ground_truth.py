"""How well people are told apart, measured on labelled records that others made up and published.

What links by itself must be right; what it misses shall at least be suggested. The records come
with packages that only tests install; nothing of them stands here.
"""

from pathlib import Path

import pytest

from rapport.domain.rules import Rules
from tests.support.labelled import (
    dupehell_contacts,
    febrl,
    linked,
    observed,
    of_links,
    of_suggestions,
)

LEAST_PRECISION = 0.995
# Of FEBRL's four sets: least recall of links, of suggestions alone, and of both together. Their
# dates of birth are put aside: Rapport keeps none.
FEBRL = {
    "1": (("dataset1.csv",), 0.89, 0.70, 0.95),
    "2": (("dataset2.csv",), 0.86, 0.56, 0.93),
    "3": (("dataset3.csv",), 0.84, 0.52, 0.92),
    "4": (("dataset4a.csv", "dataset4b.csv"), 0.90, 0.70, 0.97),
}
# Least recall of links. Medium noise leaves little of a name: it shows what is lost, no goal.
DUPEHELL = {"light": 0.93, "medium": 0.43}


@pytest.mark.parametrize("name", FEBRL)
def test_records_with_a_number_in_common_are_linked_and_most_others_suggested(name: str) -> None:
    files, of_numbers, of_likeness, of_both = FEBRL[name]
    found = febrl(*files)
    persons = linked(found, observed(found), Rules())
    links, suggested = of_links(found, persons), of_suggestions(found, persons)
    print(
        f"FEBRL {name}, {len(found)} records: links {links}; suggested {suggested.all}, "
        f"of what is not linked {suggested.besides}; both {suggested.either}"
    )
    assert links.precision >= LEAST_PRECISION
    assert links.recall >= of_numbers
    assert suggested.all.precision >= LEAST_PRECISION
    assert suggested.all.recall >= of_likeness
    assert suggested.either.recall >= of_both


@pytest.mark.parametrize(
    ("difficulty", "locale", "seed"),
    [
        *(("light", locale, seed) for locale in ("en", "de", "fr") for seed in (11, 12)),
        ("medium", "en", 11),
    ],
)
def test_contacts_are_linked_by_what_they_share_unless_their_names_are_two_peoples(
    tmp_path: Path, locale: str, seed: int, difficulty: str
) -> None:
    everyone = dupehell_contacts(tmp_path, seed=seed, difficulty=difficulty, locale=locale)
    found = [record for record in everyone if not record.decoy]
    told = observed(everyone)
    persons = linked(found, told, Rules())
    # They bear another person's name and number or address: nothing could tell them apart.
    decoyed = of_links(everyone, linked(everyone, told, Rules()))
    links, suggested = of_links(found, persons), of_suggestions(found, persons)
    print(
        f"dupehell {locale} {difficulty} {seed}, {len(found)} records: links {links}; "
        f"suggested of what is not linked {suggested.besides}; both {suggested.either}; "
        f"with {len(everyone) - len(found)} decoys: links {decoyed}"
    )
    assert links.precision >= LEAST_PRECISION
    assert links.recall >= DUPEHELL[difficulty]


def test_without_a_look_at_names_contacts_of_other_people_are_linked(tmp_path: Path) -> None:
    """The measure can fail: it sees what the veto of names is good for."""
    found = dupehell_contacts(tmp_path, seed=12, difficulty="medium", locale="en")
    found = [record for record in found if not record.decoy]
    blind = of_links(found, linked(found, observed(found), Rules(veto_on=frozenset())))
    assert blind.precision < LEAST_PRECISION
