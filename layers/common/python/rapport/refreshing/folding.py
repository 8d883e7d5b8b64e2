"""Records of a batch are added to a stored partition, or the partition is folded from the log.

A record is added under its label (`rapport.domain.labels`). While at most one strong identifier
was seen, a label follows from the event alone. With several, that of an event which names nobody
follows from the last login before it: the one that is stored last, if the event is not older; and a
login changes no other label if nothing is younger.

In all other cases the log is read: when an event comes late, on the second strong identifier if
there is anything that names nobody, and when a message may be a copy of one that is counted, under
another key because its timestamp or its source differs: 24 bits of each id tell. The log may be
ahead of the stream; rows folded early are folded again when their record comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapport.domain import copies
from rapport.domain.event import Event, LogKey, month_of
from rapport.domain.identifiers import Ref
from rapport.domain.labels import NOBODY, SEVERAL, Login, named_in, since
from rapport.domain.tally import Partition, Tally, add, fold_partition, owned
from rapport.ports import Log


@dataclass(frozen=True, kw_only=True)
class Fold:
    """A partition with the batch in it, what named its strong identifiers, and the labels.

    `may_repeat`: some of the batch may have been counted before.
    """

    partition: Partition
    events: Sequence[Event]
    labels: Mapping[LogKey, str]
    may_repeat: bool = False


def folded(
    stored: Partition,
    events: Sequence[Event],
    fresh: Sequence[Event],
    log: Log,
    *,
    anew: bool = False,
) -> Fold:
    """The partition with a batch in it, of which `fresh` are beyond the positions applied.

    `anew`: rows were taken away, so only the log tells.
    """
    repeats = _may_repeat(stored, events, fresh)
    added = None if repeats or anew else _added(stored, events, fresh)
    if added is not None:
        return added
    rows = log.partition(stored.ref)
    return Fold(
        partition=fold_partition(stored.ref, rows),
        events=rows,
        labels={event.key: label for event, label in owned(rows)},
        may_repeat=repeats,
    )


def proven(stored: Partition) -> tuple[Ref, ...]:
    """The strong identifiers that a month counts by name."""
    return tuple(sorted({who for label in stored.labels if (who := named_in(label)) == label}))


def _may_repeat(stored: Partition, events: Sequence[Event], fresh: Sequence[Event]) -> bool:
    """Whether a message may be counted already, or comes twice in this batch.

    Where copies are not told apart any more nothing is; it takes one fold to come there.
    """
    if stored.counted > copies.MAX_SEARCHED:
        return False
    if len(fresh) < len(events) or stored.counted + len(fresh) > copies.MAX_SEARCHED:
        return True
    marks = {copies.mark_of(event) for event in fresh}
    return len(marks) < len(fresh) or any(stored.may_have(event) for event in fresh)


def _added(stored: Partition, events: Sequence[Event], fresh: Sequence[Event]) -> Fold | None:
    """The partition with the fresh events added to it; None if only the log can tell."""
    strongs = {*stored.strongs, *(e.owner for e in events if e.owner is not None)}
    if len(strongs) < SEVERAL:
        labels = {event.key: event.owner or NOBODY for event in events}
    elif stored.counted <= copies.MAX_SEARCHED and _is_labelled(stored):
        found = _following(stored, events)
        if found is None:
            return None
        labels = found
    else:
        return None
    tallies, marks = dict(stored.tallies), dict(stored.marks)
    seen: dict[str, set[int]] = {}
    for event in fresh:
        month = month_of(event.at)
        slot = (month, labels[event.key])
        tallies[slot] = add(tallies.get(slot, Tally()), event)
        seen.setdefault(month, set()).add(copies.mark_of(event))
    if stored.counted <= copies.MAX_SEARCHED:
        marks |= {month: marks.get(month, frozenset()) | new for month, new in seen.items()}
    after = Partition(ref=stored.ref, strongs=tuple(sorted(strongs)), tallies=tallies, marks=marks)
    return Fold(partition=after, events=events, labels=labels)


def _is_labelled(stored: Partition) -> bool:
    """Whether what is stored stands under the labels of a browser that several people use."""
    return NOBODY not in stored.labels and set(stored.strongs) <= set(proven(stored))


def _following(stored: Partition, events: Sequence[Event]) -> dict[LogKey, str] | None:
    """The labels of events none of which changes that of another; None if one may."""
    labels: dict[LogKey, str] = {}
    login, unnamed = stored.last_login, stored.last_unnamed
    for event in events:
        if event.owner is not None:
            shown = Login(event.at, event.owner)
            if unnamed is not None and (shown.at <= unnamed or (login and shown < login)):
                return None
            login = shown if login is None else max(login, shown)
            labels[event.key] = event.owner
        elif login is None or event.at < login.at:
            return None
        else:
            unnamed = event.at if unnamed is None else max(unnamed, event.at)
            labels[event.key] = since(login, event.at)
    return labels
