"""Where one person stands in the stores, and what may keep them from being erased; read only."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rapport.domain import names
from rapport.domain.attributes import ATTRIBUTES, TOLD_BY_TRAITS
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json, millis, moment_of
from rapport.domain.identifiers import Namespace, Ref, is_strong, namespace_of, person_id
from rapport.domain.labels import label_of, named_in
from rapport.domain.tally import fold_partition, logins_of
from rapport.domain.tombstones import Hold, Traces
from rapport.extraction import identifiers_of
from rapport.identity import Clusters, Group, groups_of
from rapport.ports import Book, Log, People

_ID_CHARS = 24


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would be erased. `words`, `names`: what is looked for; `rows`: how many of the log.

    `hold`: why it may not be now; `not_before`: an ATS that told of a deletion may yet tell that it
    was a merge.
    """

    traces: Traces
    words: tuple[str, ...]
    rows: int
    names: tuple[str, ...] = ()
    hold: Hold | None = None
    not_before: datetime | None = None

    def to_json(self) -> dict[str, Json]:
        """Counts and ids, no words."""
        traces = self.traces
        return {
            "person": traces.person,
            "identifiers": len(traces.strong),
            "browsers": len(traces.cookies),
            "shared_browsers": len(traces.shared),
            "log_rows": self.rows,
            "mails": len(traces.sends),
            "held": None if self.hold is None else self.hold.reason,
            "not_before": None if self.not_before is None else self.not_before.isoformat(),
        }


class Holds(Protocol):
    """Who may not be erased."""

    def hold(self, refs: Iterable[Ref]) -> Hold | None:
        """What keeps somebody with one of these identifiers from being erased."""
        ...


@dataclass(frozen=True, kw_only=True)
class Tracing:
    """Looks a person up, on its ports."""

    log: Log
    people: People
    clusters: Clusters
    book: Book
    holds: Holds
    now: Callable[[], datetime]

    def plan(self, group: Group) -> Plan:
        """What would be erased of a person; nothing is changed."""
        now = self.now()
        strong = tuple(ref for ref in group.members if is_strong(ref))
        seen = self.people.partitions_of(strong or [group.root])
        places = [*dict.fromkeys([*strong, group.root, *seen])]
        rows = {ref: self.log.partition(ref) for ref in places}
        cookies = tuple(
            ref for ref in places if not is_strong(ref) and self._alone(ref, rows, group)
        )
        shared = tuple(ref for ref in places if not is_strong(ref) and ref not in cookies)
        theirs = [e for ref in (*strong, *cookies) for e in rows.get(ref, ())]
        mixed = [e for ref in shared for e in _labelled(rows[ref], strong)]
        sends, intents = self._mails([*theirs, *mixed], strong)
        traces = Traces(
            id=f"e_{digest('erasure', group.root, str(millis(now)))[:_ID_CHARS]}",
            at=now,
            person=group.person,
            strong=strong,
            cookies=cookies,
            shared=shared,
            persons=tuple(sorted({group.person, *map(person_id, (*strong, *cookies))})),
            events=tuple(e.key for e in mixed),
            sends=sends,
            intents=intents,
        )
        return Plan(
            traces=traces,
            words=tuple(sorted(_words([*theirs, *mixed]))),
            rows=len(theirs) + len(mixed),
            names=tuple(sorted(_names([*theirs, *mixed]))),
            hold=self.holds.hold(strong),
            not_before=_not_before(theirs),
        )

    def _alone(self, cookie: Ref, rows: Mapping[Ref, list[Event]], group: Group) -> bool:
        """Whether a browser's history went to this person alone."""
        strongs = fold_partition(cookie, rows[cookie]).strongs
        roots = {each.root for each in groups_of(self.clusters, strongs).values()}
        return roots == {group.root} or (not roots and cookie == group.root)

    def _mails(
        self, events: Sequence[Event], strong: Sequence[Ref]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The send keys and intents of what was mailed, or was to be."""
        told = [_properties(e) for e in events if e.type == names.DECISION]
        sends = {str(each.get("send_key") or "") for each in told}
        for ref in strong:
            if namespace_of(ref) is Namespace.EMAIL:
                sends |= {line.send_key for line in self.book.address(ref).ledger}
        records = [self.book.send(key) for key in sorted(sends - {""})]
        intents = {r.intent for r in records if r is not None and r.intent}
        named = {e.message_id.split("_")[1] for e in events if e.message_id.startswith("d_")}
        ids = {r.send_id for r in records if r is not None}
        return tuple(sorted((sends | ids) - {""})), tuple(sorted(intents | named))


def _labelled(events: Sequence[Event], strong: Collection[Ref]) -> list[Event]:
    """The rows of a browser that others used too which a person's label is on, copies included.

    So also what was done before or after they showed who they are, which names nobody.
    """
    logins = logins_of(events)
    strongs = len({login.who for login in logins})
    return [e for e in events if named_in(label_of(e, strongs=strongs, logins=logins)) in strong]


def _properties(event: Event) -> Mapping[str, Json]:
    found = event.body.get("properties")
    return found if isinstance(found, dict) else {}


def _words(events: Iterable[Event]) -> set[str]:
    """What names the person and nobody else: identifiers, and the addresses that were mailed."""
    found: set[str] = set()
    for event in events:
        for who in identifiers_of(event):
            # Of an id of an ATS the vendor's own part is what files and rosters hold.
            found |= {who.value, who.value.rpartition(":")[2]} if ":" in who.value else {who.value}
        to = _properties(event).get("to") if event.type == names.DECISION else None
        found |= {to} if isinstance(to, str) and to else set()
    return found


def _names(events: Iterable[Event]) -> set[str]:
    """Their full names, in both orders. A first or a last name alone is too many people's."""
    found: set[str] = set()
    for event in events:
        traits = event.body.get("traits")
        for said in (_properties(event), traits if isinstance(traits, dict) else {}):
            first, last = (_said(said, ATTRIBUTES[name]) for name in ("first_name", "last_name"))
            if first and last:
                found |= {f"{first} {last}", f"{last} {first}", f"{last}, {first}"}
            # Elsewhere `name` means the page's, or the job's.
            whole = _said(said, TOLD_BY_TRAITS["name"]) if said is traits else ""
            found |= {whole} if " " in whole else set()
    return found


def _said(told: Mapping[str, Json], places: Sequence[str]) -> str:
    return next((str(told[place]).strip() for place in places if told.get(place)), "")


def _not_before(events: Iterable[Event]) -> datetime | None:
    asked = (e for e in events if e.type == names.ERASURE_REQUESTED)
    times = [at for e in asked if (at := moment_of(_properties(e).get("not_before"))) is not None]
    return max(times, default=None)
