"""The made-up pool: people of a career fair, as the table that an employer would have of them."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

SEED: Final = 20261123
DOMAIN: Final = "pool.example"
SOURCE: Final = "fair-2026"
LIST: Final = "fair-2026"
# What the columns mean, as a marketer confirms it.
MAPPING: Final = """\
columns:
  E-mail: email
  Given name: first_name
  Family name: last_name
  Town: city
  Country: country
  Field: job_category
  Shift: trait.shift
  Firm: employer
  Agreed: basis
ignored: [Remarks]
region: NO
zone: Europe/Oslo
"""
_HEADER = ("E-mail", "Given name", "Family name", "Town", "Country", "Field", "Shift", "Firm",
           "Agreed", "Remarks")  # fmt: skip


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GIVEN = _words("""
    Ada Agnes Alma Anders Anne Arve Berit Bjarne Bo Camilla Cato Dag Dina Egil Eirin Elin Emil Erik
    Eva Finn Frida Geir Gro Guro Hanne Harald Hege Henrik Ida Inger Ivar Jan Jon Kari Karin Kjell
    Lars Lene Liv Magnus Marit Mona Nils Nina Odd Ola Pernille Petter Ragnhild Randi Roar Siri
    Solveig Stein Sverre Tone Tor Trine Unni Vegard
""")
# Names of farms, as most family names in Norway are: few people share both names.
_FARMS = _words("Aas Berg Brekk Dal Eik Elv Fjell Haug Hell Kvern Lang Lund Myr Sand Vik")
_LANDS = _words("bakken dal eng haugen heim land lien moen rud set stad strand svik tun vang")
_FAMILY = tuple(farm + land for farm in _FARMS for land in _LANDS)
_TOWNS = _words("Halden Fredrikstad Sarpsborg Moss Oslo Ski Drammen Askim Horten Hamar")
_FIELDS = ("nursing", "physiotherapy", "laboratory", "administration")
# One firm, as five people write it.
_FIRMS = ("Sarpsborg Hospital", "sarpsborg hospital", "Sarpsborg Hospital AS", "Sarpsborg Hopsital")
_NIGHT_EACH: Final = 8
# What a spreadsheet would run; here it is a name like any other.
FORMULA: Final = '=HYPERLINK("https://bad.example";"Ida")'


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How many rows, and how many of them are special; none is two of these at once."""

    rows: int = 5000
    without_proof: int = 200
    suppressed: int = 12

    @property
    def consenting(self) -> int:
        """Who can be mailed once the table is in."""
        return self.rows - self.without_proof - self.suppressed

    @property
    def nights(self) -> int:
        """Who works at night, of those who agreed."""
        special = self.without_proof + self.suppressed
        return sum(number % _NIGHT_EACH == 0 for number in range(special, self.rows))


def address(number: int) -> str:
    """The address of the row of that number, from 0."""
    return f"p{number:05}@{DOMAIN}"


def suppressed(sizes: Sizes) -> list[str]:
    """The addresses of the table that the applicant tracking system told not to mail."""
    first = sizes.without_proof
    return [address(number) for number in range(first, first + sizes.suppressed)]


def of_night(sizes: Sizes) -> list[str]:
    """Who agreed, and works at night."""
    special = sizes.without_proof + sizes.suppressed
    return [address(n) for n in range(special, sizes.rows) if n % _NIGHT_EACH == 0]


def others(sizes: Sizes) -> list[str]:
    """Who agreed, and works by day."""
    special = sizes.without_proof + sizes.suppressed
    return [address(n) for n in range(special, sizes.rows) if n % _NIGHT_EACH]


def table(sizes: Sizes) -> bytes:
    """The table as CSV: first who never agreed, then the suppressed, then all others."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(_HEADER)
    writer.writerows(_rows(sizes))
    return out.getvalue().encode()


def _rows(sizes: Sizes) -> Iterator[tuple[str, ...]]:
    random = Random(SEED)  # noqa: S311 - made-up people, the same in every run
    for number in range(sizes.rows):
        given = FORMULA if number == sizes.rows - 1 else random.choice(_GIVEN)
        yield (
            address(number),
            given,
            random.choice(_FAMILY),
            random.choice(_TOWNS),
            "Norway",
            random.choice(_FIELDS),
            "night" if number % _NIGHT_EACH == 0 else "day",
            random.choice(_FIRMS),
            "" if number >= sizes.without_proof else "none",
            "met at the stand",
        )
