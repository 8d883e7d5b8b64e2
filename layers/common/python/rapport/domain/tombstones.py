"""Who was erased, and what of them stood where: keyed hashes alone, so that it may be kept.

A tombstone outlives the person. It says from when on nothing of theirs may stand anywhere, so that
an erasure can be done again after tables were put back, and that machines may not bring the person
back: only what they do themselves on our pages afterwards starts anew.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import cast

from rapport.domain.address import SCOPE_ERASED, Suppression
from rapport.domain.event import Json, LogKey, from_millis, millis
from rapport.domain.identifiers import PersonId, Ref, person_id

# Rows that note clicks name a mail by so many characters of its send key.
NEAR_CHARS = 16
ERASED = "erased at the person's request"


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What stands of one person, as of when it was looked up (`at`).

    `strong`: their identifiers; `cookies`: browsers whose history went to them alone; `shared`:
    browsers that others used too, of which only `events` are theirs. `persons`: the ids under which
    they have or had a profile. `sends` and `intents`: keys of what was mailed to them.
    """

    id: str
    at: datetime
    person: PersonId
    strong: tuple[Ref, ...]
    cookies: tuple[Ref, ...] = ()
    shared: tuple[Ref, ...] = ()
    persons: tuple[PersonId, ...] = ()
    events: tuple[LogKey, ...] = ()
    sends: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[Ref, ...]:
        """The log partitions that are theirs alone, which are also the homes of their keys."""
        return (*self.strong, *self.cookies)

    def without(self, back: Collection[Ref]) -> "Traces":
        """What is left to forget of somebody who came back by these identifiers."""
        if not back:
            return self
        return replace(
            self,
            strong=tuple(ref for ref in self.strong if ref not in back),
            persons=tuple(sorted({*self.persons} - {person_id(ref) for ref in back})),
        )

    @cached_property
    def tokens(self) -> frozenset[str]:
        """The words by which a row is known to be about them."""
        return frozenset(
            {
                *(ref.partition("#")[2] for ref in self.own),
                *self.persons,
                *self.sends,
                *(key[:NEAR_CHARS] for key in self.sends),
                *self.intents,
            }
        )


def suppression(traces: Traces) -> Mapping[str, Suppression]:
    """What closes the addresses of somebody who was erased, until they come back themselves."""
    return {SCOPE_ERASED: Suppression(reason=ERASED, at=traces.at, event_id=traces.id)}


@dataclass(frozen=True, kw_only=True)
class Tombstone:
    """That an identifier's person was erased: when, and by which erasure."""

    ref: Ref
    at: datetime
    erasure: str


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Why somebody may not be erased for now: a dispute at law, say; by whose word, since when."""

    reason: str
    by: str
    at: datetime


def traces_to_json(traces: Traces) -> dict[str, Json]:
    """For a row or an object."""
    return {
        "id": traces.id,
        "at": millis(traces.at),
        "person": traces.person,
        "strong": list[Json](traces.strong),
        "cookies": list[Json](traces.cookies),
        "shared": list[Json](traces.shared),
        "persons": list[Json](traces.persons),
        "events": [[key.pk, key.sk] for key in traces.events],
        "sends": list[Json](traces.sends),
        "intents": list[Json](traces.intents),
    }


def traces_from_json(raw: Mapping[str, Json]) -> Traces:
    """The inverse of `traces_to_json`."""

    def texts(name: str) -> list[str]:
        return [str(each) for each in cast("list[Json]", raw[name])]

    return Traces(
        id=str(raw["id"]),
        at=from_millis(cast("int", raw["at"])),
        person=PersonId(str(raw["person"])),
        strong=tuple(map(Ref, texts("strong"))),
        cookies=tuple(map(Ref, texts("cookies"))),
        shared=tuple(map(Ref, texts("shared"))),
        persons=tuple(map(PersonId, texts("persons"))),
        events=tuple(LogKey(*pair) for pair in cast("list[list[str]]", raw["events"])),
        sends=tuple(texts("sends")),
        intents=tuple(texts("intents")),
    )


@dataclass(frozen=True, kw_only=True)
class Gone:
    """What one pass of erasing did in one store.

    `erased`: rows or objects taken away or rewritten; `items`: all that was looked at; `stays`:
    what is kept on purpose, by name, with how many; `hits`: where words of theirs still stand;
    `named`: where a name stands that is theirs, or a namesake's.
    """

    erased: int = 0
    items: int = 0
    stays: Mapping[str, int] = field(default_factory=dict)
    hits: tuple[str, ...] = ()
    named: int = 0


def gone_to_json(gone: Gone) -> dict[str, Json]:
    """For a row or a certificate."""
    return {
        "erased": gone.erased,
        "items": gone.items,
        "stays": dict[str, Json](gone.stays),
        "hits": list[Json](gone.hits),
        "named": gone.named,
    }


def gone_from_json(raw: Mapping[str, Json]) -> Gone:
    """The inverse of `gone_to_json`."""
    return Gone(
        erased=cast("int", raw["erased"]),
        items=cast("int", raw["items"]),
        stays=dict(cast("dict[str, int]", raw["stays"])),
        hits=tuple(cast("list[str]", raw["hits"])),
        named=cast("int", raw["named"]),
    )
