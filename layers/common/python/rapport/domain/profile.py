"""The profile: what is known of one person, folded from the partitions of their identifiers.

`fold_profile` is a pure function; the stored view is its result, byte for byte. Decay and age are
computed on reading: nothing in a profile changes because time passes.

A profile is written in two parts. What changes with every visit is small (`hot_to_json`, at most
`MAX_HOT_BYTES`); the rest changes seldom (`detail_to_json`).
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from rapport.domain import recency
from rapport.domain.alert_rows import alerts_from_json, alerts_to_json
from rapport.domain.alerts import NOTHING_ASKED, JobAlert, standing
from rapport.domain.capping import capped, united
from rapport.domain.consents import Word, holding, merge_words, words_from_json, words_to_json
from rapport.domain.engagement import reports_of, runs_out
from rapport.domain.event import Json, from_millis, millis, moment_of
from rapport.domain.identifiers import PersonId, Ref, is_strong, person_id
from rapport.domain.jobs import Application, applications_from_json, applications_to_json
from rapport.domain.memberships import joined_words, on_lists
from rapport.domain.recruiting import NOTHING, Recruiting, recruiting_from_json, recruiting_to_json
from rapport.domain.statements import (
    Register,
    merge_registers,
    registers_from_json,
    registers_to_json,
)
from rapport.domain.tally import Partition, Tally, keeps, takes
from rapport.domain.touch import Touch, first_and_last, touches_from_json, touches_to_json

MAX_COOKIES = 8
# A write is paid by the kilobyte. Beside these the row has key, version, time and facts to publish.
MAX_HOT_BYTES = 640
_HOT = frozenset({"r", "n", "l", "t", "z", "d", "to"})


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One person as of the events folded. `root` is the identifier that the person is named by.

    `members` are all strong identifiers of the person, sorted; a cookie that is nobody's has none.
    `lists`: the static lists that they are on, and since when. `recent`: per activity the UTC days
    of the last three (`recency`). `alerts`: at most ten by id; None for whoever never asked for
    any. `score_zero_at` is when the interest shown has run out (`engagement.score`). A cookie whose
    history went to one person, or a root that is part of another person now, keeps a profile with
    `moved_to`, so that an id once handed out resolves for ever. `overflow` names the capped sets
    that hold less than there is: of `cookies` the first 8, of `lists` 64, of `alerts` the 24 last
    spoken of, of `interests`, `applications`, `candidacies` and `records` 16 by hash.
    """

    root: Ref
    members: tuple[Ref, ...] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    first_touch: Touch | None = None
    last_touch: Touch | None = None
    attributes: Mapping[str, Register] = field(default_factory=dict)
    interests: Mapping[str, int] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)
    consents: Mapping[str, Word] = field(default_factory=dict)
    lists: Mapping[str, datetime] = field(default_factory=dict)
    recent: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    recruiting: Recruiting = NOTHING
    alerts: Mapping[str, JobAlert] | None = None
    score_zero_at: datetime | None = None
    cookies: tuple[Ref, ...] = ()
    moved_to: Ref | None = None
    overflow: tuple[str, ...] = ()

    @property
    def person(self) -> PersonId:
        """The public id."""
        return person_id(self.root)

    @property
    def engagement(self) -> Mapping[str, int]:
        """How the mails to this person fared: kind of report (`Delivery`, …) → how many."""
        return reports_of(self.totals)

    def attribute(self, name: str) -> str:
        """An attribute's value, or an empty string."""
        register = self.attributes.get(name)
        return "" if register is None else register.value


def fold_profile(
    root: Ref,
    partitions: Iterable[Partition],
    *,
    members: Collection[Ref] = (),
    roots: Mapping[Ref, Ref] | None = None,
) -> Profile:
    """The profile of the person rooted at `root`, from every partition that may hold events of it.

    `members` are the person's strong identifiers, `root` alone if none are given; a cookie has
    none. `roots` names, for a cookie, the person of each strong identifier seen on it; one that is
    not named there is a person of its own. The order of partitions does not matter. An attribute is
    taken from the register with the greatest stamp, so what a browser asserts never displaces a
    verified value.
    """
    who = tuple(sorted(members)) or ((root,) if is_strong(root) else ())
    shares: list[tuple[str, Tally]] = []
    cookies: set[Ref] = set()
    moved_to: Ref | None = None
    for partition in partitions:
        if who:
            mine = partition.share(takes(who, partition))
            if mine and not is_strong(partition.ref):
                cookies.add(partition.ref)
            shares += mine
        elif partition.ref == root:
            shares += partition.share(keeps(roots or {}, partition))
            people = {(roots or {}).get(strong, strong) for strong in partition.strongs}
            moved_to = people.pop() if len(people) == 1 else None
    return _folded(root, who, shares, cookies, moved_to)


def _folded(
    root: Ref,
    members: tuple[Ref, ...],
    shares: Iterable[tuple[str, Tally]],
    cookies: Collection[Ref],
    moved_to: Ref | None,
) -> Profile:
    days: dict[str, dict[str, int]] = {}
    times: list[datetime] = []
    touches: list[Touch] = []
    attributes: dict[str, Register] = {}
    interests: dict[str, int] = {}
    applications: dict[str, Application] = {}
    consents: dict[str, Word] = {}
    lists: dict[str, Word] = {}
    recruiting = NOTHING
    asked = NOTHING_ASKED
    evicted = more = unlisted = False
    for month, tally in shares:
        for kind, counts in tally.counts.items():
            for day, count in counts.items():
                that = days.setdefault(f"{month}-{day}", {})
                that[kind] = that.get(kind, 0) + count
        times += [t for t in (tally.first, tally.last) if t is not None]
        touches += tally.touches
        attributes = merge_registers(attributes, tally.registers)
        for category, count in tally.interests.items():
            interests[category] = interests.get(category, 0) + count
        evicted |= tally.interests_overflow
        applications, more = united(
            applications, tally.applications, overflow=more or tally.applications_overflow
        )
        consents = merge_words(consents, tally.consents)
        lists, unlisted = joined_words(
            lists, tally.lists, overflow=unlisted or tally.lists_overflow
        )
        recruiting |= tally.recruiting
        asked |= tally.alerts
    interests, evicted = capped(interests, overflow=evicted)
    overflowing = {
        "cookies": len(cookies) > MAX_COOKIES,
        "interests": evicted,
        "applications": more,
        "lists": unlisted,
        "alerts": asked.fewer or asked.unheard,
        **dict.fromkeys(sorted(recruiting.fewer), True),
    }
    ends = first_and_last(touches)
    return Profile(
        root=root,
        members=members,
        totals=recency.totals_of(days),
        first=min(times, default=None),
        last=max(times, default=None),
        first_touch=ends[0] if ends else None,
        last_touch=ends[-1] if ends else None,
        attributes=attributes,
        interests=interests,
        applications=applications,
        consents=holding(consents),
        lists=on_lists(lists),
        recent=recency.recent_of(days),
        recruiting=recruiting,
        alerts=standing(asked),
        score_zero_at=runs_out(days),
        cookies=tuple(sorted(cookies)[:MAX_COOKIES]),
        moved_to=moved_to,
        overflow=tuple(name for name, less in overflowing.items() if less),
    )


def to_json(profile: Profile) -> str:
    """The whole profile in canonical JSON: equal profiles give equal bytes. Times in ms."""
    return _dumps(_raw(profile))


def hot_to_json(profile: Profile) -> str:
    """What changes with every visit, in at most `MAX_HOT_BYTES`, canonical.

    Of totals those that are counted most, as far as there is room; the others are in the detail.
    """
    raw = _raw(profile)
    hot: dict[str, Json] = {name: raw[name] for name in _HOT & raw.keys()}
    return _dumps({**hot, "n": _fitting(hot, recency.shortened(profile.totals))})


def detail_to_json(profile: Profile) -> str:
    """What `hot_to_json` leaves out, canonical."""
    raw = _raw(profile)
    hot: dict[str, Json] = {name: raw[name] for name in _HOT & raw.keys()}
    totals = recency.shortened(profile.totals)
    fitting = _fitting(hot, totals)
    rest: dict[str, Json] = {n: c for n, c in totals.items() if n not in fitting}
    detail = {name: value for name, value in raw.items() if name not in _HOT}
    return _dumps({**detail, "n": rest} if rest else detail)


def from_json(hot: str, detail: str = "{}") -> Profile:
    """The inverse of `to_json`, or of its two parts."""
    more = cast("dict[str, Json]", json.loads(detail))
    raw = {**more, **cast("dict[str, Json]", json.loads(hot))}
    root = Ref(cast("str", raw["r"]))
    moved_to = cast("str | None", raw.get("to"))
    totals = cast("dict[str, int]", raw["n"]) | cast("dict[str, int]", more.get("n", {}))
    return Profile(
        root=root,
        # The root, which every person has among them, is not written twice.
        members=tuple(sorted([root, *_refs(raw["m"])])) if "m" in raw else (),
        totals=recency.lengthened(totals),
        first=moment_of(raw.get("f")),
        last=moment_of(raw.get("l")),
        first_touch=_touch(raw.get("b")),
        last_touch=_touch(raw.get("t")),
        attributes=registers_from_json(raw.get("a", [])),
        interests=cast("dict[str, int]", raw.get("i", {})),
        applications=applications_from_json(raw.get("j", {})),
        consents=words_from_json(raw.get("k", {})),
        lists={k: from_millis(at) for k, at in cast("dict[str, int]", raw.get("g", {})).items()},
        recent=recency.recent_from_text(cast("str", raw.get("d", ""))),
        recruiting=recruiting_from_json(raw.get("u")),
        alerts=alerts_from_json(raw.get("e")),
        score_zero_at=moment_of(raw.get("z")),
        cookies=_refs(raw.get("c")),
        moved_to=None if moved_to is None else Ref(moved_to),
        overflow=tuple(cast("list[str]", raw.get("o", []))),
    )


def _raw(profile: Profile) -> dict[str, Json]:
    first, last = profile.first_touch, profile.last_touch
    raw: dict[str, Json] = {
        "f": None if profile.first is None else millis(profile.first),
        "l": None if profile.last is None else millis(profile.last),
        "b": [] if first is None else touches_to_json((first,))[0],
        "t": [] if last is None else touches_to_json((last,))[0],
        "a": registers_to_json(profile.attributes),
        "i": dict(profile.interests),
        "j": applications_to_json(profile.applications),
        "k": words_to_json(profile.consents),
        "g": {key: millis(at) for key, at in profile.lists.items()},
        "d": recency.recent_to_text(profile.recent),
        "u": recruiting_to_json(profile.recruiting),
        "e": alerts_to_json(profile.alerts),
        "z": None if profile.score_zero_at is None else millis(profile.score_zero_at),
        "c": [str(c) for c in profile.cookies],
        "to": profile.moved_to,
        "o": list(profile.overflow),
    }
    # Short names, for each write pays for them.
    kept = {name: value for name, value in raw.items() if value not in (None, [], {}, "")}
    if profile.members:
        kept["m"] = [str(m) for m in profile.members if m != profile.root]
    return {"r": profile.root, "n": dict(recency.shortened(profile.totals)), **kept}


def _fitting(hot: Mapping[str, Json], totals: Mapping[str, int]) -> dict[str, Json]:
    room = MAX_HOT_BYTES - len(_dumps({**hot, "n": {}}).encode())
    fitting: dict[str, Json] = {}
    for name, count in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        room -= len(_dumps({name: count}).encode()) - 1
        if room < 0:
            break
        fitting[name] = count
    return fitting


def _dumps(raw: Mapping[str, Json]) -> str:
    return json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _refs(raw: Json) -> tuple[Ref, ...]:
    return tuple(Ref(ref) for ref in cast("list[str] | None", raw) or ())


def _touch(raw: Json) -> Touch | None:
    return None if raw is None else touches_from_json([raw])[0]
