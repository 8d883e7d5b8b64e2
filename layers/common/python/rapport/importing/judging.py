"""Rows held against what is known: who they are already, what they may be mailed, what is doubtful.

The same judgement makes the dry run and the real one. Whoever was erased is left out. A no, a
bounce or a consent that ran out is never overruled by what is imported.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rapport.bundle import Bundle
from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_ATS,
    SCOPE_ERASED,
    SCOPE_MARKETING,
    AddressState,
    ConsentStatus,
)
from rapport.domain.cluster import contribution, joined
from rapport.domain.event import Event
from rapport.domain.granting import lasting
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.profile import Profile
from rapport.domain.resolve import Alike, resolve
from rapport.domain.rules import Rules
from rapport.domain.statements import registers_of
from rapport.extraction import observe
from rapport.identity import NOWHERE, Clusters, Group, groups_of
from rapport.importing.people import Candidate
from rapport.importing.ports import Import
from rapport.importing.proof import ASKABLE, Agreed, Claim, agreed
from rapport.importing.telling import Named, named, told_event
from rapport.ports import Pseudonyms

ERASED, REPEATED = "erased", "repeated"
NEW, KNOWN = "new", "known"
CONSENTS, WITHOUT_PROOF, ASK = "consents", "without_proof", "askable"
SUPPRESSED, WITHDRAWN, EXPIRED, NO_ADDRESS = "suppressed", "withdrawn", "expired", "no_address"
JOINS, REFUSED_JOINS, DOUBTFUL = "joins", "refused_joins", "doubtful"
LACKS, CHANGES, STAYS, ADDS = "lacks_", "changes", "stays", "adds"


@dataclass(frozen=True, kw_only=True)
class Differs:
    """An attribute of somebody known: whether the import's value takes the place of what is held.

    It stays where a system of record told it, or the person later than the row.
    """

    name: str
    held: str
    told: str
    changes: bool


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One row. `fate` is erased, new or known; `word` the consent that is written, if one is.

    `mail` says why none is: lacking proof, suppressed, withdrawn, expired, no address. `joins`: so
    many known people would become one through it. `refused`: the guard that keeps them apart.
    """

    known: Named
    event: Event
    claim: Claim
    fate: str
    mail: str = ""
    lacks: tuple[str, ...] = ()
    word: Agreed | None = None
    differs: tuple[Differs, ...] = ()
    joins: int = 0
    refused: str = ""

    @property
    def counts(self) -> tuple[str, ...]:
        """What it counts as."""
        told = [
            self.fate,
            *((CONSENTS,) if self.word else ()),
            *((self.mail,) if self.mail else ()),
        ]
        told += [f"{LACKS}{each}" for each in self.lacks]
        told += [ASK] if self.askable else []
        told += [JOINS] if self.joins else []
        told += [REFUSED_JOINS] if self.refused else []
        told += [DOUBTFUL] if self.known.who.doubts else []
        for each in self.differs:
            told.append(CHANGES if each.changes and each.held else ADDS if each.changes else STAYS)
        return tuple(told)

    @property
    def askable(self) -> bool:
        """Whether their basis allows one mail that asks for consent, and nothing stands against."""
        open_to = self.mail == WITHOUT_PROOF and self.known.address is not None
        return self.fate != ERASED and open_to and self.claim.basis in ASKABLE


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Judges rows on what is stored.

    `erased` tells which identifiers are of somebody who was forgotten; `spread` does one thing for
    many, several at a time where the store allows it.
    """

    clusters: Clusters
    address: Callable[[Ref], AddressState]
    profile: Callable[[PersonId], Profile | None]
    refs: Pseudonyms
    rules: Callable[[], Rules]
    alike: Alike
    bundle: Callable[[], Bundle]
    now: Callable[[], datetime]
    spread: Callable[[Callable[[Ref], AddressState], Sequence[Ref]], list[AddressState]] = field(
        default=lambda work, each: [work(one) for one in each]
    )

    def page(self, candidates: Iterable[Candidate], by: Import) -> list[Judged]:
        """The rows of a page, in their order."""
        rows = [named(who, self.refs) for who in candidates]
        everybody = {ref for row in rows for ref in row.refs}
        gone = self.erased(everybody)
        groups = groups_of(self.clusters, everybody) if everybody else {}
        bundle, now = self.bundle(), self.now()
        claims = [by.claim.of(row.who) for row in rows]
        words = [agreed(claim, bundle, now) for claim in claims]
        asked = sorted({row.address for row in rows if row.address is not None})
        states = dict(zip(asked, self.spread(self.address, asked), strict=True))
        found = []
        for row, claim, word in zip(rows, claims, words, strict=True):
            event = told_event(row, by, claim.basis, now=now)
            if gone.intersection(row.refs):
                found.append(Judged(known=row, event=event, claim=claim, fate=ERASED))
                continue
            judged = Judged(known=row, event=event, claim=claim, fate=NEW)
            state = None if row.address is None else states[row.address]
            judged = _with_mail(judged, word, state, now)
            found.append(self._with_people(judged, groups))
        return found

    def erased(self, refs: Collection[Ref]) -> frozenset[Ref]:
        """Those whose person was forgotten."""
        pointers = self.clusters.pointers(sorted(refs)) if refs else {}
        return frozenset(ref for ref, each in pointers.items() if each.erased_at is not None)

    def _with_people(self, judged: Judged, groups: Mapping[Ref, Group]) -> Judged:
        """With who they are already."""
        mine = [groups[ref] for ref in judged.known.refs]
        people = {group.person: group for group in mine if group.cluster != NOWHERE}
        if not people:
            return judged
        if len(people) == 1:
            differs = self._differs(judged.event, next(iter(people)))
            return replace(judged, fate=KNOWN, differs=differs)
        joins, refused = self._joins(judged.event, [*people.values()])
        return replace(judged, fate=KNOWN, joins=joins, refused=refused)

    def _joins(self, event: Event, people: Sequence[Group]) -> tuple[int, str]:
        """How many known people the row makes one, or the guard that keeps them apart."""
        stored = self.clusters.clusters({group.cluster.id for group in people})
        seen = observe(event, self.refs)
        whole = joined([*(each.state for each in stored.values()), contribution(seen)])
        after = resolve(whole, self.rules(), self.alike)
        ends = {after.roots.get(group.root, group.root) for group in people}
        if len(ends) < len(people):
            return len(people), ""
        told = {each.guard for each in after.refused if {*each.pair} & {*seen.strong}}
        return 0, min(told, default="rules")

    def _differs(self, event: Event, person: PersonId) -> tuple[Differs, ...]:
        profile = self.profile(person)
        if profile is None:
            return ()
        found = []
        for name, told in sorted(registers_of(event).items()):
            held = profile.attributes.get(name)
            value = "" if held is None else held.value
            if value != told.value:
                changes = held is None or told.stamp > held.stamp
                found.append(Differs(name=name, held=value, told=told.value, changes=changes))
        return tuple(found)


def _with_mail(
    judged: Judged, word: Agreed | tuple[str, ...], state: AddressState | None, now: datetime
) -> Judged:
    """With the consent that is written, or why none is and what its proof lacks."""
    if state is None:
        return replace(judged, mail=NO_ADDRESS)
    closed = lasting(state, now)
    topic = word.topic if isinstance(word, Agreed) else ""
    scopes = {SCOPE_ALL, SCOPE_ERASED, SCOPE_MARKETING, topic}
    if any(scope in scopes or scope.startswith(SCOPE_ATS) for scope in closed):
        return replace(judged, mail=SUPPRESSED)
    if isinstance(word, tuple):
        return replace(judged, mail=WITHOUT_PROOF, lacks=word)
    held = state.consents.get(topic)
    if held is not None and held.status is ConsentStatus.WITHDRAWN:
        return replace(judged, mail=WITHDRAWN)
    expires = word.consent("", "").expires_at
    if expires is not None and expires <= now:
        return replace(judged, mail=EXPIRED)
    return replace(judged, word=word)
