"""The addresses that a no of an ATS closes, and those that its later yes opens again.

A no closes all addresses at which the person of the candidate can be reached, so far as they are
known. What stands closed on whose account is noted in the candidate's row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapport.ats_judgement import Plan
from rapport.ats_rows import (
    MAX_ADDRESSES,
    AtsBook,
    Closing,
    Fate,
    Known,
    KnownCandidate,
)
from rapport.ats_telling import Telling
from rapport.domain.address import Suppression, ats_scope
from rapport.domain.granting import raised
from rapport.domain.identifiers import Namespace, Ref, namespace_of
from rapport.identity import Clusters, groups_of

# A transaction of DynamoDB has room for so many rows.
ROOM = 100
# Of so many addresses of those that a candidate was merged with each is closed.
_MAX_SHARED = 32
# A yes opens so many at once; what is left is opened with what is told of the candidate next.
_MAX_OPENED = 32
_WHY = {
    Fate.PRESENT: "the applicant tracking system says not to mail the candidate",
    Fate.ASKED: "the candidate was deleted in the applicant tracking system",
    Fate.DELETED: "the candidate was deleted in the applicant tracking system",
    Fate.ANONYMIZED: "the candidate was anonymised in the applicant tracking system",
}


def closings(
    told: Telling, seen: Mapping[Ref, Known], plan: Plan, *, clusters: Clusters, book: AtsBook
) -> list[Closing]:
    """The addresses as they shall stand, those that open last; `plan.rows` note what is closed."""
    scopes: dict[Ref, dict[str, Suppression | None]] = {}
    if not any(isinstance(row, KnownCandidate) for row in plan.rows.values()):
        return []
    rows = {**seen, **plan.rows}
    parties = [row for _, row in sorted(rows.items()) if isinstance(row, KnownCandidate)]
    shared = tuple(ref for row in parties for ref in row.addresses)[:_MAX_SHARED]
    for row in parties:
        held = row.closed if row.says_no else row.closed[_MAX_OPENED:]
        closed = tuple(dict.fromkeys((*held, *_closed_by(row, shared, clusters))))
        for address in {*closed} ^ {*row.closed}:
            word = _word(told, row) if address in closed else None
            scopes.setdefault(address, {})[ats_scope(row.ref)] = word
        if closed != row.closed:
            plan.rows[row.ref] = replace(row, closed=closed)
    # By whether they open, then by address.
    order = sorted(scopes.items(), key=lambda each: (None in each[1].values(), each[0]))
    return [_closing(address, words, book) for address, words in order]


def ahead(found: Sequence[Closing], others: int) -> int:
    """How many closings do not fit a transaction with so many other rows."""
    return max(0, min(len(found), len(found) + others - ROOM))


def _closed_by(row: KnownCandidate, shared: tuple[Ref, ...], clusters: Clusters) -> tuple[Ref, ...]:
    """All the addresses at which the person of a candidate who says no can be reached."""
    if not row.says_no:
        return ()
    members = groups_of(clusters, [row.ref])[row.ref].members
    theirs = [ref for ref in members if namespace_of(ref) is Namespace.EMAIL]
    return (*row.addresses, *shared, *theirs[:MAX_ADDRESSES])


def _word(told: Telling, row: KnownCandidate) -> Suppression:
    return Suppression(reason=_WHY[row.fate], at=told.received_at, event_id=told.mark)


def _closing(address: Ref, words: Mapping[str, Suppression | None], book: AtsBook) -> Closing:
    state = book.address(address)
    left = {s: w for s, w in state.suppressions.items() if words.get(s, w) is not None}
    new = {scope: word for scope, word in words.items() if word is not None}
    version = state.suppression_version
    return Closing(address=address, version=version, scopes=raised(left, new))
