"""Records: what an applicant tracking system notes of a candidate, whatever they applied for.

An `AtsRecord` is what the events of one candidate of one ATS add up to, in any order and with any
repeats. Where two words have the same time, the one that lets less mail out holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, cast

from rapport.domain import candidacy, names
from rapport.domain.event import Event, Json, Trust, millis
from rapport.domain.statements import clock_of, section, text_of

_OF_CANDIDATES = frozenset(
    {
        names.CANDIDATE_RECORDED,
        names.CANDIDATE_MERGED,
        names.CANDIDATE_DELETED,
        names.CANDIDATE_ANONYMIZED,
    }
)
# An event of an application may tell what the ATS notes of its candidate, too.
TELLING = _OF_CANDIDATES | candidacy.TELLING | {names.RECRUITING_NOTED}


class Closed(NamedTuple):
    """A mark that closes somebody to mail was set or taken back, at so many ms."""

    at: int
    closed: bool


class Into(NamedTuple):
    """They go on as another record of the same ATS."""

    at: int
    key: str


_Word = TypeVar("_Word", bound=tuple[object, ...])


@dataclass(frozen=True, kw_only=True)
class AtsRecord:
    """One candidate of one ATS. `deleted`, `anonymized`: since when, in ms; 0: they are not.

    `forbidden`: the ATS says not to mail them. `private`: it shows them to few. `there`: when its
    API last had them. Some vendors tell of a merge as if somebody was deleted, so whoever is there
    afterwards was not. As a deletion and a page share no clock, both are by ours.
    """

    connection: str = ""
    forbidden: Closed | None = None
    private: Closed | None = None
    into: Into | None = None
    deleted: int = 0
    anonymized: int = 0
    there: int = 0

    def __or__(self, other: "AtsRecord") -> "AtsRecord":
        """Both together; the order does not matter."""
        return AtsRecord(
            connection=max(self.connection, other.connection),
            forbidden=_later(self.forbidden, other.forbidden),
            private=_later(self.private, other.private),
            into=_later(self.into, other.into),
            deleted=max(self.deleted, other.deleted),
            anonymized=_earlier(self.anonymized, other.anonymized),
            there=max(self.there, other.there),
        )

    @property
    def can_email(self) -> bool | None:
        """Whether the ATS says that they may be mailed; None: it does not say."""
        return None if self.forbidden is None else not self.forbidden.closed

    @property
    def is_private(self) -> bool:
        """Whether the ATS shows them to few."""
        return self.private is not None and self.private.closed

    @property
    def gone(self) -> bool:
        """Whether they were deleted, are still so, and do not go on as somebody else."""
        return self.deleted > self.there and self.into is None


def record_of(event: Event) -> tuple[str, AtsRecord] | None:
    """The key of the candidate that an event is about, and what it notes of them."""
    if event.type not in TELLING or event.trust is not Trust.VERIFIED:
        return None
    told = section(event.body, "properties")
    key, at = text_of(told, "candidate"), millis(clock_of(event))
    if not key:
        return None
    into, ours = text_of(told, "into"), millis(event.received_at)
    shown = event.type == names.CANDIDATE_RECORDED and told.get("pulled") is True
    can_email, private = told.get("can_email"), told.get("private")
    if event.type not in _OF_CANDIDATES and can_email is None and private is None:
        return None
    return key, AtsRecord(
        connection=text_of(told, "connection"),
        forbidden=Closed(at, not can_email) if isinstance(can_email, bool) else None,
        private=Closed(at, private) if isinstance(private, bool) else None,
        into=Into(at, into) if into else None,
        deleted=ours if event.type == names.CANDIDATE_DELETED else 0,
        anonymized=at if event.type == names.CANDIDATE_ANONYMIZED else 0,
        there=ours if shown else 0,
    )


def record_to_json(record: AtsRecord) -> dict[str, Json]:
    """As compact JSON; what is not known is left out."""
    raw: dict[str, Json] = {
        "c": record.connection,
        "e": None if record.forbidden is None else list(record.forbidden),
        "p": None if record.private is None else list(record.private),
        "m": None if record.into is None else list(record.into),
        "d": record.deleted,
        "x": record.anonymized,
        "t": record.there,
    }
    return {name: value for name, value in raw.items() if value}


def record_from_json(json: Json) -> AtsRecord:
    """The inverse of `record_to_json`."""
    raw = cast("Mapping[str, Any]", json)
    return AtsRecord(
        connection=raw.get("c", ""),
        forbidden=Closed(*raw["e"]) if "e" in raw else None,
        private=Closed(*raw["p"]) if "p" in raw else None,
        into=Into(*raw["m"]) if "m" in raw else None,
        deleted=raw.get("d", 0),
        anonymized=raw.get("x", 0),
        there=raw.get("t", 0),
    )


def _later(mine: _Word | None, theirs: _Word | None) -> _Word | None:
    return max((word for word in (mine, theirs) if word is not None), default=None)


def _earlier(mine: int, theirs: int) -> int:
    return min(mine, theirs) if mine and theirs else mine or theirs
