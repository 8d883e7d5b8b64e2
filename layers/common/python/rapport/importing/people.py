"""A row → the candidate that it tells of, or why it tells of none.

What is doubtful is told, and left out where it could do harm: a number that cannot be dialled, a
country that nobody knows. A row that names nobody is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from rapport.domain.attributes import TRAIT_PREFIX
from rapport.domain.identifiers import Identifier, Namespace, identifier
from rapport.domain.observation import MAX_STRONG
from rapport.domain.roles import role_of
from rapport.domain.statements import MAX_ATTRIBUTE_CHARS
from rapport.extraction import phone
from rapport.filedrop.rows import BadRowError
from rapport.filedrop.tables import Row
from rapport.importing.columns import (
    ABOUT,
    AS_OF,
    CONSENT_DATE,
    EMPLOYER,
    EMPLOYER_TRAIT,
    IDENTIFIERS,
    PROOF,
    Columns,
    is_trait,
)
from rapport.importing.values import moment
from rapport.zones import country_code

_COUNTRY = "country"
# Of what names a person there is more in a row than one person has: the first of it are read.
SEVERAL = "several"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One row. `digest` is of all that it says, so that the same row twice has the same.

    `told` is what it says of consent, by column field; `at` how old it is, if it says so. `doubts`
    are words of `a-z_` for what could not be read.
    """

    number: int
    digest: str
    names: tuple[Identifier, ...]
    attributes: Mapping[str, str]
    traits: Mapping[str, str]
    told: Mapping[str, str]
    at: datetime | None = None
    given_at: datetime | None = None
    doubts: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        """The address, normalised; empty without one."""
        return next((who.value for who in self.names if who.ns is Namespace.EMAIL), "")

    @property
    def country(self) -> str:
        """ISO 3166 alpha-2, as far as the row tells."""
        return self.attributes.get(_COUNTRY, "")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the rows of one file are read. `employers`: writing → name, for all of the file.

    `languages` are those in which countries are named.
    """

    columns: Columns
    dates: Mapping[str, str] = field(default_factory=dict)
    employers: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()

    def candidate(self, row: Row) -> Candidate:
        """The candidate of a row; BadRowError with a word of `a-z_` when it tells of none."""
        if row.bad:
            raise BadRowError(row.bad)
        doubts: list[str] = []
        said = self._said(row)
        about = {name: said[name] for name in sorted(ABOUT & said.keys())}
        if _COUNTRY in about:
            code = _country(about[_COUNTRY], self.languages)
            about |= {_COUNTRY: code}
            if not code:
                del about[_COUNTRY]
                doubts.append("country")
        found = self._names(said, about.get(_COUNTRY, "") or self.columns.region, doubts)
        if not found:
            reason = "nobody"
            raise BadRowError(reason)
        traits = {n.removeprefix(TRAIT_PREFIX): text for n, text in said.items() if is_trait(n)}
        if EMPLOYER in said:
            traits[EMPLOYER_TRAIT] = self.employers.get(said[EMPLOYER], said[EMPLOYER])
        return Candidate(
            number=row.number,
            digest=_digest(said),
            names=found,
            attributes=about,
            traits=dict(sorted(traits.items())),
            told={name: said[name] for name in sorted(PROOF & said.keys())},
            at=self._moment(said, AS_OF, doubts),
            given_at=self._moment(said, CONSENT_DATE, doubts),
            doubts=tuple(doubts),
        )

    def _said(self, row: Row) -> dict[str, str]:
        """Field → text; of several columns of one field all, by `;`."""
        said: dict[str, str] = {}
        for column, name in self.columns.columns.items():
            cell = row.cells.get(column)
            text = " ".join(cell.split())[:MAX_ATTRIBUTE_CHARS] if isinstance(cell, str) else ""
            if text:
                said[name] = f"{said[name]};{text}" if name in said else text
        return said

    def _names(
        self, said: Mapping[str, str], region: str, doubts: list[str]
    ) -> tuple[Identifier, ...]:
        found: list[Identifier] = []
        for name, ns in IDENTIFIERS.items():
            texts = [each.strip() for each in said.get(name, "").split(";")] if name in said else []
            # Somebody has many telephones. Two addresses in a cell may be those of two people.
            most = MAX_STRONG if ns is Namespace.PHONE else 1
            for text in filter(None, texts):
                if sum(each.ns is ns for each in found) >= most:
                    doubts.append(SEVERAL)
                    break
                who = phone(text, region) if ns is Namespace.PHONE else identifier(ns, text)
                if who is None:
                    doubts.append(name)
                elif who not in found:
                    found.append(who)
                if who is not None and ns is Namespace.EMAIL and role_of(who.value):
                    doubts.append("role_address")
        return tuple(found)

    def _moment(self, said: Mapping[str, str], name: str, doubts: list[str]) -> datetime | None:
        if name not in said:
            return None
        order = self.columns.dates or self.dates.get(name, "")
        found = moment(said[name], order, self.columns.zone)
        if found is None:
            doubts.append(name)
        return found


@lru_cache(maxsize=1024)
def _country(told: str, languages: tuple[str, ...]) -> str:
    return country_code(told, *languages)


def _digest(said: Mapping[str, str]) -> str:
    plain = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()[:32]
