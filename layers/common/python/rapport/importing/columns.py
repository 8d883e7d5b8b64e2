"""What the columns of a file mean; it is kept for each source, and confirmed by a person once.

A column becomes one of `FIELDS`, or `trait.<name>`: an attribute of the employer's own. A column
that is neither mapped nor ignored is passed over, and the report says so.
"""

import re
from collections.abc import Iterable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from rapport.domain.attributes import MAX_TRAITS, TRAIT_NAME, TRAIT_PREFIX
from rapport.domain.identifiers import Namespace
from rapport.errors import MisconfiguredError
from rapport.filedrop.tables import DELIMITERS

EMPLOYER = "employer"
# The attribute of the person that an employer of theirs becomes.
EMPLOYER_TRAIT = "employer"
# Who it is. `ats` is `<vendor>:<instance>:<id>`.
IDENTIFIERS = {
    "user": Namespace.USER,
    "ats": Namespace.ATS,
    "linkedin": Namespace.LINKEDIN,
    "email": Namespace.EMAIL,
    "phone": Namespace.PHONE,
}
ABOUT = frozenset(
    {
        *("first_name", "last_name", "name", "headline", "street", "postal_code", "city"),
        *("country", "locale", "timezone", "job_category", "licences", "languages", "seniority"),
    }
)
# How old what the row says is.
AS_OF = "as_of"
# What the employer may do with it, and how they know.
BASIS, STATEMENT, TEXT = "basis", "statement", "consent_text"
CONSENT_DATE, CONSENT_SOURCE, EVIDENCE = "consent_date", "consent_source", "evidence"
TOPIC, LANGUAGE = "topic", "language"
PROOF = frozenset({BASIS, STATEMENT, TEXT, CONSENT_DATE, CONSENT_SOURCE, EVIDENCE, TOPIC, LANGUAGE})
DATES = frozenset({AS_OF, CONSENT_DATE})
FIELDS = frozenset({*IDENTIFIERS, *ABOUT, *PROOF, AS_OF, EMPLOYER})
# Day first, month first, year first.
DMY, MDY, YMD = "dmy", "mdy", "ymd"
ORDERS = (DMY, MDY, YMD)
_SHOWN = 40
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")

# Headers as files have them, without case and signs, in the languages that they come in.
_HEADERS = {
    "email": "email emailaddress mail epost epostadresse correo courriel adressemail",
    "phone": "phone phonenumber telephone mobile mobilephone cell telefon mobil mobilnummer "
    "telefonnummer handy telefono telephoneportable",
    "first_name": "firstname givenname fornavn vorname prenom nombre",
    "last_name": "lastname surname familyname etternavn nachname nom apellido apellidos",
    "name": "name fullname candidate candidatename navn fulltnavn",
    "linkedin": "linkedin linkedinurl linkedinprofile",
    "city": "city town by sted ort stadt ville ciudad location",
    "country": "country land pays pais countrycode",
    "postal_code": "postalcode zip zipcode postnummer plz codepostal",
    "street": "street address streetaddress adresse strasse",
    "headline": "headline title jobtitle currenttitle stilling",
    "locale": "locale preferredlanguage sprak sprache langue",
    "timezone": "timezone tidssone",
    "job_category": "jobcategory category fieldofwork fagomrade",
    "user": "userid candidateid",
    EMPLOYER: "employer company currentemployer currentcompany arbeidsgiver arbeitgeber",
    AS_OF: "updated updatedat lastupdated modified lastmodified asof sistendret",
    BASIS: "basis lawfulbasis legalbasis rechtsgrundlage",
    STATEMENT: "statement statementid consentstatement",
    TEXT: "consenttext",
    CONSENT_DATE: "consentdate consentgiven consentedat optindate samtykkedato",
    CONSENT_SOURCE: "consentsource optinsource",
    EVIDENCE: "evidence proof evidenceid",
    TOPIC: "topic consenttopic",
    LANGUAGE: "consentlanguage",
}
_BY_HEADER = {word: name for name, words in _HEADERS.items() for word in words.split()}
_SIGNS = re.compile(r"[^a-z0-9]+")
_FOLDED = str.maketrans({"å": "a", "ø": "o", "æ": "ae", "ä": "a", "ö": "o", "ü": "u", "é": "e"})


class Columns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the files of a source are read. `columns`: header → field.

    `dates` is the order of day, month and year where a date could be read in two ways; `region`
    (ISO 3166 alpha-2) where a number without a country's code is dialled; `zone` of what has no
    time of day. `employers`: a writing of an employer → the name that it gets.
    """

    columns: dict[str, str]
    ignored: tuple[str, ...] = ()
    dates: str = ""
    region: str = ""
    zone: str = "UTC"
    encoding: str = ""
    delimiter: str = ""
    employers: dict[str, str] = {}

    @property
    def traits(self) -> tuple[str, ...]:
        """The names of the employer's own attributes."""
        mapped = {
            field.removeprefix(TRAIT_PREFIX) for field in self.columns.values() if is_trait(field)
        }
        told = {EMPLOYER_TRAIT} if EMPLOYER in self.columns.values() else set[str]()
        return tuple(sorted(mapped | told))


def is_trait(field: str) -> bool:
    """Whether a field is an attribute of the employer's own."""
    return field.startswith(TRAIT_PREFIX)


def suggested(header: Iterable[str]) -> Columns:
    """The columns as their headers say; the first of two that say the same. A person confirms."""
    taken: dict[str, str] = {}
    for name in header:
        word = _SIGNS.sub("", name.casefold().translate(_FOLDED))
        field = _BY_HEADER.get(word)
        if field is not None and field not in taken.values():
            taken[name] = field
    return Columns(columns=taken)


def check_source(source: str) -> str:
    """The name of a source; MisconfiguredError for what is none."""
    if not _SOURCE.fullmatch(source):
        msg = "A source has a name of a-z, 0-9 and hyphens, at most 48, as `fair-2026`."
        raise MisconfiguredError(msg)
    return source


def read_columns(raw: object) -> Columns:
    """Columns as somebody wrote them down; MisconfiguredError that says what is wrong."""
    try:
        columns = msgspec.convert(raw, Columns)
    except msgspec.ValidationError as error:
        msg = f"The mapping cannot be read: {error}"
        raise MisconfiguredError(msg) from None
    if wrong := complaints(columns):
        msg = f"The mapping is wrong: {'; '.join(wrong)}."
        raise MisconfiguredError(msg)
    return columns


def complaints(columns: Columns, header: Iterable[str] = ()) -> list[str]:
    """What is wrong with columns, on their own and for a file of that header."""
    fields = [*columns.columns.values()]
    own = {field for field in fields if is_trait(field)}
    wrong = [f"{f!r} is no field" for f in sorted({*fields} - own - FIELDS)]
    names = {each.removeprefix(TRAIT_PREFIX) for each in own}
    wrong += [f"{n!r} is no name of a trait" for n in sorted(names) if not TRAIT_NAME.fullmatch(n)]
    if len(columns.traits) > MAX_TRAITS:
        wrong.append(f"{len(columns.traits)} traits; a person has at most {MAX_TRAITS}")
    twice = sorted({f for f in fields if fields.count(f) > 1 and f != "phone"})
    wrong += [f"{field!r} stands for several columns" for field in twice]
    if not {*fields} & {*IDENTIFIERS}:
        wrong.append(f"no column says who it is: one of {', '.join(IDENTIFIERS)}")
    if columns.dates not in {"", *ORDERS}:
        wrong.append(f"dates are one of {', '.join(ORDERS)}")
    if columns.delimiter not in {"", *DELIMITERS}:
        wrong.append("a delimiter is one of , ; | and the tab")
    try:
        ZoneInfo(columns.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A part of the world is a folder to it.
        wrong.append(f"zone {columns.zone[:_SHOWN]!r} is not known")
    there = {*header}
    lost = sorted({*columns.columns} - there) if there else []
    wrong += [f"the column {name!r} is not in the file" for name in lost]
    return wrong
