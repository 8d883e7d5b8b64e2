"""The hand-labelled pairs of persons and jobs in tests/quality/pairs, as they are stored."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "quality" / "pairs"
FAMILIES = ("nursing", "physiotherapy", "laboratory", "administration", "it", "logistics")
VETOES = {
    "",
    "applied",
    "closed",
    "distance",
    "employment",
    "field",
    "language",
    "licence",
    "pay",
    "seniority",
}
PERSON_FIELDS = {
    "applied",
    "category",
    "city",
    "dismissed",
    "employment",
    "headline",
    "interests",
    "languages",
    "licences",
    "min_pay",
    "radius_km",
    "remote_ok",
    "seniority",
}


def pairs() -> list[dict[str, Any]]:
    """All pairs, family by family; how one looks is told in the folder's README."""
    return [
        pair
        for family in FAMILIES
        for pair in json.loads((FOLDER / f"{family}.json").read_text(encoding="utf-8"))
    ]


def places() -> dict[str, dict[str, Any]]:
    """Each city by its name: `name`, `country`, `lat` and `lon` in degrees."""
    found = json.loads((FOLDER / "places.json").read_text(encoding="utf-8"))
    return {place["name"]: place for place in found}
