"""What a telling changes of a candidate: whether they may be mailed, where, what became of them.

A no of the ATS, a deletion and an anonymisation close the addresses of the candidate; the scope is
the candidate's own, so that after a merge only the candidate who said no can take it back.
"""

from collections.abc import Mapping
from dataclasses import replace

from rapport.ats import Refetch
from rapport.ats_body import key_of
from rapport.ats_forgetting import ANONYMIZED, DELETED
from rapport.ats_judgement import Plan, taken
from rapport.ats_rows import MAX_ADDRESSES, MAX_MERGES, Fate, KnownCandidate, Said
from rapport.ats_telling import OF_CANDIDATES, Telling
from rapport.domain import names
from rapport.domain.ats import Kind
from rapport.domain.event import Json, Origin
from rapport.domain.identifiers import Ref

_CANDIDATES = "candidates"
_OF_CANDIDATES: Mapping[Kind, str] = {
    Kind.CANDIDATE_CREATED: names.CANDIDATE_RECORDED,
    Kind.CANDIDATE_UPDATED: names.CANDIDATE_RECORDED,
    Kind.CANDIDATE_MERGED: names.CANDIDATE_MERGED,
    Kind.CANDIDATE_DELETED: names.CANDIDATE_DELETED,
    Kind.CANDIDATE_ANONYMIZED: names.CANDIDATE_ANONYMIZED,
}


def judge_candidate(
    telling: Telling,
    known: KnownCandidate | None,
    addresses: tuple[Ref, ...],
    plan: Plan,
) -> None:
    """What any event changes of its candidate, and what an event of a candidate says."""
    event, kind, ref = telling.event, telling.event.kind, telling.candidate
    if ref is None or event.candidate is None:
        return
    before = known or KnownCandidate(ref=ref)
    of_candidate = kind in OF_CANDIDATES
    if of_candidate:
        _ask(telling, before, plan)
    if _goes_on(telling, before):
        plan.merged.add(ref)
    both = tuple(dict.fromkeys((*addresses, *before.addresses)))[:MAX_ADDRESSES]
    after = replace(
        before,
        can_email=_latest(before.can_email, telling),
        addresses=both,
    )
    asked = before.fate is Fate.ASKED
    shown = telling.pulled and before.shown == telling.shown
    unchanged = shown and after == before and not asked
    repeated = telling.mark in before.taken
    # An answer is news, though the API shows what it showed before the question.
    answers = asked and telling.pulled
    if of_candidate and not unchanged and (answers or not repeated):
        after = taken(telling, _fated(telling, before, after, plan))
        extra: dict[str, Json] = {}
        if telling.winner is not None:
            extra["into"] = key_of(telling.winner)
        ident = (telling.mark, *([str(before.version)] if repeated else []))
        row = telling.row(_OF_CANDIDATES[kind], ident, owner=ref, properties=extra)
        plan.events.append(row)
        drifted = telling.pulled and telling.origin is Origin.LIVE
        if drifted and (known is None or after.can_email != before.can_email):
            plan.drift.append(kind.value)
    if after != before:
        plan.rows[ref] = after


def judge_winner(telling: Telling, known: KnownCandidate | None, plan: Plan) -> None:
    """Who goes on as another candidate knows of them."""
    ref, winner = telling.candidate, telling.winner
    if ref is None or winner in {None, ref} or ref not in plan.rows or winner is None:
        return
    before = known or KnownCandidate(ref=winner)
    if ref not in before.merged:
        plan.rows[winner] = replace(before, merged=(*before.merged, ref)[-MAX_MERGES:])


def _ask(telling: Telling, before: KnownCandidate, plan: Plan) -> None:
    """Have the candidate read from the API: who was deleted may have gone on as somebody else."""
    event, connection = telling.event, telling.connection
    ends = event.kind is Kind.CANDIDATE_DELETED and connection.can_be_asked and before.into is None
    may_be_there = ends and before.fate is not Fate.DELETED
    # Lever has people by their contacts alone.
    ident = "" if event.candidate is None else event.candidate.id or event.candidate.contact
    if ident and not telling.pulled and (event.needs_refetch or may_be_there):
        plan.refetches.append(Refetch(connection=connection.name, kind=_CANDIDATES, id=ident))


def _goes_on(telling: Telling, before: KnownCandidate) -> bool:
    """Whether somebody who ended there is known to be somebody else by now."""
    match telling.event.kind:
        case Kind.CANDIDATE_MERGED:
            return telling.winner not in {None, before.ref}
        case Kind.CANDIDATE_DELETED:
            return before.into is not None
    return False


def _fated(
    telling: Telling, before: KnownCandidate, after: KnownCandidate, plan: Plan
) -> KnownCandidate:
    """The candidate after what became of them."""
    kind, connection = telling.event.kind, telling.connection
    match kind:
        case Kind.CANDIDATE_MERGED if telling.winner not in {None, after.ref}:
            fate = after.fate if after.fate is Fate.ANONYMIZED else Fate.PRESENT
            plan.spared |= {after.ref} if before.fate is Fate.DELETED else set()
            return replace(after, into=telling.winner, fate=fate)
        case Kind.CANDIDATE_ANONYMIZED:
            if before.fate not in {Fate.ANONYMIZED, Fate.DELETED}:
                plan.forget[after.ref] = ANONYMIZED
            return replace(after, fate=Fate.ANONYMIZED)
        case Kind.CANDIDATE_DELETED if before.into is None:
            if connection.can_be_asked and not telling.pulled and before.fate is not Fate.DELETED:
                there = before.fate is Fate.PRESENT
                return replace(after, fate=Fate.ASKED if there else before.fate)
            if before.fate in {Fate.PRESENT, Fate.ASKED}:
                plan.forget[after.ref] = DELETED
                return replace(after, fate=Fate.DELETED)
        case _ if telling.pulled and before.fate is Fate.ASKED:
            # It was asked for, and is there: whoever was deleted was somebody else's copy of them.
            return replace(after, fate=Fate.PRESENT)
    return after


def _latest(known: Said | None, telling: Telling) -> Said | None:
    """The later word; of two of one time the no."""
    who = telling.event.candidate
    if who is None or who.can_email is None:
        return known
    new = Said(at=telling.at, value=who.can_email)
    if known is None or (new.at, not new.value) > (known.at, not known.value):
        return new
    return known
