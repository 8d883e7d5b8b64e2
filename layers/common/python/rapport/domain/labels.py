"""Labels: under what an event of a log partition is counted, and whose share that is.

A label follows from the events of the partition alone, never from which of its identifiers are one
person. So merging people, and undoing it, moves no count; only who takes a label changes.

    A    the event names the strong identifier A itself
    ~A   it names nobody; A was the last to log in, at most 30 minutes before
    -A   it names nobody; A was the last to log in, longer ago
    >A   it names nobody and comes before every login, of which A's is the first
    ""   it names nobody, and at most one strong identifier was ever seen in the partition

A person takes, of a partition that others used too:

    no other identifier    everything
    one other              A, ~A, -A and >A of each identifier A of theirs
    more (a kiosk)         A and ~A

What nobody takes stays with the cookie. A share depends on the person's own identifiers alone: that
two others turn out to be one person changes nothing in it.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from rapport.domain.event import Event
from rapport.domain.identifiers import Ref

NOBODY = ""
AFTER, LATER, BEFORE = "~", "-", ">"
SESSION = timedelta(minutes=30)
SEVERAL = 2


class Login(NamedTuple):
    """Somebody showed who they are. Of two at one time the greater identifier was the later."""

    at: datetime
    who: Ref


def label_of(event: Event, *, strongs: int, logins: Sequence[Login]) -> str:
    """The label of an event; `strongs` are in its partition, `logins` are all in order."""
    if event.owner is not None:
        return event.owner
    if strongs < SEVERAL:
        return NOBODY
    before = bisect_right(logins, event.at, key=lambda login: login.at)
    return since(logins[before - 1], event.at) if before else f"{BEFORE}{logins[0].who}"


def since(login: Login, at: datetime) -> str:
    """The label of an event that names nobody, after the last login before it."""
    return f"{AFTER if at - login.at <= SESSION else LATER}{login.who}"


def named_in(label: str) -> Ref | None:
    """The strong identifier that a label is about."""
    return Ref(label.lstrip(f"{AFTER}{LATER}{BEFORE}")) or None


def taken(members: Collection[Ref], strongs: Collection[Ref]) -> frozenset[str]:
    """The labels whose events belong to the person of these identifiers."""
    mine = frozenset(members).intersection(strongs)
    if not mine:
        return frozenset()
    others = len(strongs) - len(mine)
    marks = ["", AFTER] if others > 1 else ["", AFTER, LATER, BEFORE]
    labels = {f"{mark}{strong}" for strong in mine for mark in marks}
    return frozenset(labels if others else {NOBODY, *labels})


def left(roots: Mapping[Ref, Ref], strongs: Collection[Ref]) -> frozenset[str]:
    """The labels whose events stay with the cookie; one without a root is its own."""
    people: dict[Ref, set[Ref]] = {}
    for strong in strongs:
        people.setdefault(roots.get(strong, strong), set()).add(strong)
    kept = {NOBODY} if len(people) != 1 else set()
    for members in people.values():
        if len(strongs) - len(members) > 1:
            kept |= {f"{mark}{strong}" for strong in members for mark in (LATER, BEFORE)}
    return frozenset(kept)
