"""What the applicant tracking systems of the employer know of a person: candidacies and records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from rapport.domain.candidacy import (
    Candidacy,
    candidacy_from_json,
    candidacy_of,
    candidacy_to_json,
)
from rapport.domain.capping import united
from rapport.domain.event import Event, Json
from rapport.domain.record import AtsRecord, record_from_json, record_of, record_to_json

# What there may be fewer of than there are.
CANDIDACIES, RECORDS = "candidacies", "records"


@dataclass(frozen=True, kw_only=True)
class Recruiting:
    """At most 16 of each, by key; `fewer` names what holds less than there is."""

    candidacies: Mapping[str, Candidacy] = field(default_factory=dict)
    records: Mapping[str, AtsRecord] = field(default_factory=dict)
    fewer: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether any ATS knows anything."""
        return bool(self.candidacies or self.records)

    def __or__(self, other: "Recruiting") -> "Recruiting":
        """Both together; the order does not matter."""
        if not (self and other):
            return self or other
        candidacies, less = united(self.candidacies, other.candidacies, overflow=False)
        records, missing = united(self.records, other.records, overflow=False)
        now = {CANDIDACIES: less, RECORDS: missing}
        return Recruiting(
            candidacies=candidacies,
            records=records,
            fewer=self.fewer | other.fewer | {name for name, fewer in now.items() if fewer},
        )


NOTHING = Recruiting()


def recruiting_of(event: Event) -> Recruiting:
    """What one event of an ATS tells; nothing, for any other."""
    candidacy, record = candidacy_of(event), record_of(event)
    if candidacy is None and record is None:
        return NOTHING
    return Recruiting(
        candidacies=dict([] if candidacy is None else [candidacy]),
        records=dict([] if record is None else [record]),
    )


def recruiting_to_json(recruiting: Recruiting) -> dict[str, Json]:
    """As compact JSON: `c` candidacies, `r` records, `o` of what there is more; empty: left out."""
    candidacies = {k: candidacy_to_json(c) for k, c in recruiting.candidacies.items()}
    records = {k: record_to_json(r) for k, r in recruiting.records.items()}
    raw: dict[str, Json] = {
        "c": cast("Json", candidacies),
        "r": cast("Json", records),
        "o": list[Json](sorted(recruiting.fewer)),
    }
    return {name: value for name, value in raw.items() if value}


def recruiting_from_json(raw: Json) -> Recruiting:
    """The inverse of `recruiting_to_json`."""
    told = cast("dict[str, dict[str, Json]]", raw or {})
    if not told:
        return NOTHING
    return Recruiting(
        candidacies={k: candidacy_from_json(c) for k, c in told.get("c", {}).items()},
        records={k: record_from_json(r) for k, r in told.get("r", {}).items()},
        fewer=frozenset(cast("list[str]", told.get("o", []))),
    )
