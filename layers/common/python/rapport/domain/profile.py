"""The profile: what is known of one person, folded from the partitions of their identifiers.

`fold_profile` is a pure function; the stored view is its result, byte for byte. Decay and age are
computed on reading: nothing in a profile changes because time passes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from rapport.domain.event import Json, Origin, from_millis, millis
from rapport.domain.identifiers import PersonId, Ref, person_id
from rapport.domain.jobs import (
    Application,
    applications_from_json,
    applications_to_json,
    merge_applications,
)
from rapport.domain.statements import (
    Register,
    merge_registers,
    registers_from_json,
    registers_to_json,
)
from rapport.domain.tally import Partition, capped

MAX_COOKIES = 8


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """A fact as it travels with the view write that it caused; `job` as in `FactRef`."""

    name: str
    event_id: str
    origin: Origin
    occurred_at: datetime
    received_at: datetime
    log_pk: str
    log_sk: str
    job: str = ""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One person as of the events folded. `root` is the identifier that the person is named by.

    A cookie whose history went to a strong identifier keeps a profile with `moved_to`, so that an
    id once handed out resolves for ever. `overflow` names the capped sets that hold less than there
    is: of `cookies` the first 8, of `interests` and `applications` (by `job_ref`) 16 by hash.
    """

    root: Ref
    totals: Mapping[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    attributes: Mapping[str, Register] = field(default_factory=dict)
    interests: Mapping[str, int] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)
    cookies: tuple[Ref, ...] = ()
    moved_to: Ref | None = None
    overflow: tuple[str, ...] = ()

    @property
    def person(self) -> PersonId:
        """The public id."""
        return person_id(self.root)

    def attribute(self, name: str) -> str:
        """An attribute's value, or an empty string."""
        register = self.attributes.get(name)
        return "" if register is None else register.value


def fold_profile(root: Ref, partitions: Iterable[Partition]) -> Profile:
    """The profile of the person rooted at `root`, from every partition that may hold events of it.

    The order of partitions does not matter. An attribute is taken from the register with the
    greatest stamp, so what a browser asserts never displaces a verified value.
    """
    totals: dict[str, int] = {}
    times: list[datetime] = []
    attributes: dict[str, Register] = {}
    interests: dict[str, int] = {}
    applications: dict[str, Application] = {}
    cookies: set[Ref] = set()
    moved_to: Ref | None = None
    evicted = more = False
    for partition in partitions:
        mine = partition.of(root)
        if partition.ref != root and mine:
            cookies.add(partition.ref)
        if partition.ref == root and not mine and len(partition.strongs) == 1:
            moved_to = partition.strongs[0]
        for tally in mine:
            for kind, days in tally.counts.items():
                totals[kind] = totals.get(kind, 0) + sum(days.values())
            times += [t for t in (tally.first, tally.last) if t is not None]
            attributes = merge_registers(attributes, tally.registers)
            for category, count in tally.interests.items():
                interests[category] = interests.get(category, 0) + count
            evicted |= tally.interests_overflow
            applications, more = merge_applications(
                applications, tally.applications, overflow=more or tally.applications_overflow
            )
    interests, evicted = capped(interests, overflow=evicted)
    overflowing = {
        "cookies": len(cookies) > MAX_COOKIES,
        "interests": evicted,
        "applications": more,
    }
    return Profile(
        root=root,
        totals=totals,
        first=min(times, default=None),
        last=max(times, default=None),
        attributes=attributes,
        interests=interests,
        applications=applications,
        cookies=tuple(sorted(cookies)[:MAX_COOKIES]),
        moved_to=moved_to,
        overflow=tuple(name for name, less in overflowing.items() if less),
    )


def to_json(profile: Profile) -> str:
    """The profile in canonical JSON: equal profiles give equal bytes. Times in ms."""
    raw: dict[str, Json] = {"root": profile.root, "totals": dict(profile.totals)}
    if profile.first is not None:
        raw["first"] = millis(profile.first)
    if profile.last is not None:
        raw["last"] = millis(profile.last)
    if profile.attributes:
        raw["attrs"] = registers_to_json(profile.attributes)
    if profile.interests:
        raw["interests"] = dict(profile.interests)
    if profile.applications:
        raw["applications"] = applications_to_json(profile.applications)
    if profile.cookies:
        raw["cookies"] = [str(c) for c in profile.cookies]
    if profile.moved_to is not None:
        raw["moved_to"] = profile.moved_to
    if profile.overflow:
        raw["overflow"] = list(profile.overflow)
    return json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> Profile:
    """The inverse of `to_json`."""
    raw = cast("dict[str, Json]", json.loads(text))
    first, last = cast("int | None", raw.get("first")), cast("int | None", raw.get("last"))
    moved_to = cast("str | None", raw.get("moved_to"))
    return Profile(
        root=Ref(cast("str", raw["root"])),
        totals=cast("dict[str, int]", raw["totals"]),
        first=None if first is None else from_millis(first),
        last=None if last is None else from_millis(last),
        attributes=registers_from_json(raw.get("attrs", [])),
        interests=cast("dict[str, int]", raw.get("interests", {})),
        applications=applications_from_json(raw.get("applications", {})),
        cookies=tuple(Ref(c) for c in cast("list[str]", raw.get("cookies", []))),
        moved_to=None if moved_to is None else Ref(moved_to),
        overflow=tuple(cast("list[str]", raw.get("overflow", []))),
    )
