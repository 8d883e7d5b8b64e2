"""What the columns of an exported file mean: a part of the connection's secret, `mapping`.

    {"files": [{
        "name": "candidates_*.csv",           which files; the first that matches counts
        "kind": "candidates",                 candidates, applications or jobs
        "format": "csv",                      csv, xml, json or ndjson
        "full": true,                         all that there is, or (false) what changed
        "id": "Candidate ID",                 the column with the id of what a row is about
        "columns": {"First Name": "candidate.first", "E-mail": "candidate.emails"},
        "ignored": ["Salary"],                columns that are known and not wanted
        "required": ["Last Name"],            a row without one of these is kept aside
        "values": {"application.status": {"In Process": "active"}},
        "dates": ["%d.%m.%Y %H:%M"],          tried in order; without it ISO 8601
        "zone": "Europe/Oslo",                of times that name none; without it UTC
        "separator": ";",                     between several values in one cell
        "encoding": "cp1252", "delimiter": ";",
        "unended": true,                      the last line has no line end, and is whole
        "rows": "Report_Entry"                xml: the element of a row; json: the key of the list
    }]}

A column of XML or JSON is a path, `person.email` or `person.@id`. `clock` is the column of when the
row was last changed; without one a row is as old as its file.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from rapport.domain.ats import Status
from rapport.domain.event import Json
from rapport.errors import MisconfiguredError

CANDIDATES, APPLICATIONS, JOBS = "candidates", "applications", "jobs"
KINDS = (CANDIDATES, APPLICATIONS, JOBS)
CSV, XML, JSON, NDJSON = "csv", "xml", "json", "ndjson"
FORMATS = (CSV, XML, JSON, NDJSON)
CLOCK = "clock"
# What a column may be mapped to, by how its cell is read.
TEXTS = frozenset(
    {
        "candidate.id",
        "candidate.external",
        "candidate.first",
        "candidate.last",
        "candidate.full",
        "candidate.headline",
        "candidate.location",
        "candidate.country",
        "application.id",
        "application.reason",
        "stage.id",
        "stage.name",
        "source.name",
        "job.id",
        "job.post",
        "job.requisition",
        "job.title",
        "job.status",
        "job.url",
    }
)
LISTS = frozenset(
    {
        "candidate.emails",
        "candidate.phones",
        "candidate.links",
        "candidate.tags",
        "job.locations",
        "job.departments",
    }
)
FLAGS = frozenset(
    {"candidate.private", "candidate.can_email", "application.prospect", "job.confidential"}
)
MOMENTS = frozenset(
    {
        CLOCK,
        "application.applied_at",
        "application.rejected_at",
        "application.hired_at",
        "job.opened_at",
        "job.closed_at",
    }
)
STATUS = "application.status"
FIELDS = TEXTS | LISTS | FLAGS | MOMENTS | {STATUS}
# What the id column of each kind says.
IDS = {CANDIDATES: "candidate.id", APPLICATIONS: "application.id", JOBS: "job.id"}


class FileMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the files of one name are read; see the module."""

    name: str
    kind: str
    format: str
    id: str
    columns: dict[str, str]
    full: bool = False
    ignored: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    values: dict[str, dict[str, str]] = {}
    dates: tuple[str, ...] = ()
    zone: str = "UTC"
    separator: str = ";"
    encoding: str = ""
    delimiter: str = ""
    unended: bool = False
    rows: str = ""

    @property
    def known(self) -> frozenset[str]:
        """The columns that may be there."""
        return frozenset({self.id, *self.columns, *self.ignored})

    @property
    def wanted(self) -> frozenset[str]:
        """The columns that a table of lines must have."""
        return frozenset({self.id, *self.columns, *self.required})


def mappings(mapping: Mapping[str, Json]) -> tuple[FileMapping, ...]:
    """The mappings of a connection; MisconfiguredError that says what is wrong with them."""
    try:
        found = msgspec.convert(mapping.get("files", []), tuple[FileMapping, ...])
    except msgspec.ValidationError as error:
        msg = f"the mapping of files: {error}"
        raise MisconfiguredError(msg) from None
    for each in found:
        _check(each)
    return found


def mapping_of(mapping: Mapping[str, Json], file: str) -> FileMapping | None:
    """The first mapping whose pattern fits a file's name; None: nobody told how to read it."""
    return next((each for each in mappings(mapping) if fnmatchcase(file, each.name)), None)


def _check(each: FileMapping) -> None:
    wrong: list[str] = []
    if each.kind not in KINDS:
        wrong.append(f"kind {each.kind!r} is none of {', '.join(KINDS)}")
    if each.format not in FORMATS:
        wrong.append(f"format {each.format!r} is none of {', '.join(FORMATS)}")
    wrong += [f"{f!r} is no field" for f in sorted({*each.columns.values()} - FIELDS)]
    wrong += [f"{f!r} is no field" for f in sorted({*each.values} - FIELDS)]
    if len(each.delimiter) > 1:
        wrong.append("the delimiter is one character")
    if each.kind == APPLICATIONS and "candidate.id" not in each.columns.values():
        wrong.append("applications need a column with candidate.id")
    if each.format == XML and not each.rows:
        wrong.append("xml needs `rows`, the element of a row")
    words = {word for word in each.values.get(STATUS, {}).values() if word not in {*Status}}
    wrong += [f"{word!r} is no status" for word in sorted(words)]
    try:
        ZoneInfo(each.zone)
        "".encode(each.encoding or "utf-8")
    except (ZoneInfoNotFoundError, ValueError):
        wrong.append(f"zone {each.zone!r} is not known")
    except LookupError:
        wrong.append(f"encoding {each.encoding!r} is not known")
    if wrong:
        msg = f"the mapping of {each.name}: {'; '.join(wrong)}"
        raise MisconfiguredError(msg)
