"""One log partition: the records of a batch are added to its stored tallies, exactly once.

1. Read the stored tallies and, per month, the stream position applied. Records at or below it are
   in there already.
2. The other records are added, or the whole partition is folded again from the log (folding.py).
3. Strong identifiers are noted before the months that count them. Only a month that counts one
   proves that it was noted: a crash between the two is mended by the next delivery.
4. Changed months are written on the condition that their position is still the one read. Of a fold
   that changes several, some may be written and others not when the process dies. The batch then
   comes again, and because some of its records are at or below a position, it is folded again. If
   none is, then no month was written that its records belong to, and what sent them to the log
   still does: a login that is not proven, an event that is younger, a mark.

A partition has one shard and is applied in order, so the positions only tell repeats apart, and
keep a late twin of this very invocation from writing over its successor. The log may hold more than
the stream delivered, so a month may get more into it at the same record; its position is another
one then (`rapport.domain.positions`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from rapport.ats_events import OF_APPLICATIONS
from rapport.domain import names
from rapport.domain.candidacy import went_to
from rapport.domain.event import Event, month_of
from rapport.domain.identifiers import Ref
from rapport.domain.jobs import job_ref
from rapport.domain.labels import SEVERAL, named_in
from rapport.domain.occasions import Standing
from rapport.domain.occurrence import Occurrence
from rapport.domain.positions import written_anew
from rapport.domain.statements import section, text_of
from rapport.domain.tally import Partition
from rapport.errors import ConflictError
from rapport.events import fact_of
from rapport.forms import SOURCE_PREFIX
from rapport.ports import Log, People
from rapport.refreshing.folding import Fold, folded, proven

ATTEMPTS = 8
_OF_APPLICATIONS = frozenset(cls.event for cls in OF_APPLICATIONS)
_OF_OCCASIONS = frozenset(
    {names.EVENT_REGISTERED, names.EVENT_PLACE_GIVEN, names.EVENT_PLACE_GIVEN_UP}
)
_ABOUT_JOBS = _OF_APPLICATIONS | {names.APPLICATION_STARTED, names.APPLICATION_SUBMITTED}


@dataclass(frozen=True, kw_only=True)
class Record:
    """An opened log row and its position in the stream."""

    sequence: str
    event: Event


@dataclass(frozen=True, kw_only=True)
class News:
    """An occurrence of this batch, and the label that it is counted under in its partition.

    Whose it is: the person's whose `labels.taken(members, strongs)` has the label, else the
    cookie's. `certain`: nobody else of this partition can have been told of it before.
    """

    partition: Ref
    sequence: str
    label: str
    strongs: tuple[Ref, ...]
    certain: bool
    occurrence: Occurrence


@dataclass(frozen=True, kw_only=True)
class Applied:
    """How many records were new, and whose views to look at, each with the news for it.

    Refs are strong identifiers whose person's share may be another one than before, or who were
    named; and the cookie, if its own share may be. News stand with the identifier of their label.
    `repeated`: the batch may have been here before, and stopped anywhere. `whole`: the partition,
    if each of its months was written just now, so that nobody else's is among them.
    """

    count: int
    touched: Mapping[Ref, Sequence[News]]
    repeated: bool = False
    whole: Partition | None = None


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a batch will make of a partition as it was read; nothing is written yet."""

    records: Sequence[Record]
    stored: Partition
    positions: Mapping[str, str]
    fold: Fold
    fresh: int

    @property
    def ref(self) -> Ref:
        """Which partition it is."""
        return self.stored.ref

    @property
    def repeated(self) -> bool:
        """Somebody may have been here before and stopped half-way, or have folded these rows with
        earlier ones: then what is stored does not tell what the views have seen.
        """
        first = self.records[0].sequence
        return (
            any(position >= first for position in self.positions.values())
            or self.fold.may_repeat
            or self.stored.tallies == self.fold.partition.tallies
        )

    @cached_property
    def touched(self) -> dict[Ref, list[News]]:
        """Whose views to look at, and the news for each."""
        named = {r.event.owner for r in self.records if r.event.owner is not None}
        changed = named | _changed(self.stored, self.fold.partition, everyone=self.repeated)
        touched: dict[Ref, list[News]] = {who: [] for who in sorted(changed)}
        for news in _news(self.records, self.fold):
            touched.setdefault(_holder(self.fold.partition, news.label), []).append(news)
        return touched

    @cached_property
    def months(self) -> set[str]:
        """Those that have to be written."""
        after = self.fold.partition
        slots = self.stored.tallies.keys() | after.tallies.keys()
        return {month for month, who in slots if _differs(self.stored, after, month, who)}


def planned(
    ref: Ref, records: Sequence[Record], *, log: Log, people: People, anew: bool = False
) -> Planned:
    """Read a partition, and add to it records that are in order; `anew` as in `folded`."""
    stored, positions = people.partition(ref)
    fresh = [r for r in records if r.sequence > positions.get(month_of(r.event.at), "")]
    fold = folded(stored, [r.event for r in records], [r.event for r in fresh], log, anew=anew)
    return Planned(records=records, stored=stored, positions=positions, fold=fold, fresh=len(fresh))


def apply(plan: Planned, *, log: Log, people: People) -> Applied:
    """Bring a partition up to the records of a plan; afterwards they are counted once.

    Raises ConflictError when somebody else kept writing to the same partition.
    """
    now = plan
    for _ in range(ATTEMPTS):
        for strong, at in _unproven(now.stored, now.fold.events).items():
            people.add_strong(now.ref, strong, at)
        if _save(now, people):
            whole = bool(now.months) and now.positions.keys() <= now.months
            return Applied(
                count=plan.fresh,
                touched=now.touched,
                repeated=now.repeated,
                whole=now.fold.partition if whole else None,
            )
        now = planned(plan.ref, plan.records, log=log, people=people)
    msg = f"partition {plan.ref} was written by others {ATTEMPTS} times in a row"
    raise ConflictError(msg)


def _unproven(stored: Partition, events: Sequence[Event]) -> dict[Ref, datetime]:
    """The strong identifiers that no stored month counts yet, each with when it first showed."""
    known = proven(stored)
    first: dict[Ref, datetime] = {}
    for event in events:
        if event.owner is not None and event.owner not in known:
            first[event.owner] = min(event.at, first.get(event.owner, event.at))
    return first


def _save(plan: Planned, people: People) -> bool:
    sequence = plan.records[-1].sequence
    return all(
        people.save_month(
            plan.fold.partition,
            month,
            sequence=written_anew(sequence, plan.positions.get(month)),
            after=plan.positions.get(month),
        )
        for month in sorted(plan.months)
    )


def _differs(stored: Partition, after: Partition, month: str, label: str) -> bool:
    """Whether a month has to be written; one of an older version has no marks."""
    other = _is_other(stored, after, (month, label))
    return other or stored.marks.get(month) != after.marks.get(month)


def _changed(stored: Partition, after: Partition, *, everyone: bool) -> set[Ref]:
    """Whose share of the partition may be another one than before this batch.

    `everyone` when the batch may have been here before and stopped half-way: then what is stored
    does not tell any more what the views have seen. So it is with another strong identifier: how
    much a person takes depends on how many there are, and the cookie's own view says where its
    history went.
    """
    if everyone or set(proven(stored)) != set(after.strongs):
        return {stored.ref, *stored.strongs, *after.strongs}
    slots = stored.tallies.keys() | after.tallies.keys()
    labels = {slot[1] for slot in slots if _is_other(stored, after, slot)}
    changed = {_holder(after, label) for label in labels}
    # Of two identifiers' labels persons take all; from the third on the cookie may keep some.
    several = len(after.strongs) > SEVERAL
    kept = several and any(named_in(label) != label for label in labels)
    return changed | {stored.ref} if kept else changed


def _is_other(stored: Partition, after: Partition, slot: tuple[str, str]) -> bool:
    return stored.tallies.get(slot) != after.tallies.get(slot)


def _holder(partition: Partition, label: str) -> Ref:
    """The identifier that a label is about; NOBODY's is the only one there is, else the cookie."""
    alone = partition.strongs[0] if len(partition.strongs) == 1 else partition.ref
    return named_in(label) or alone


def _news(records: Sequence[Record], fold: Fold) -> list[News]:
    strongs = fold.partition.strongs
    found = []
    for record in records:
        event, fact = record.event, fact_of(record.event.type)
        # One without a label is a copy of what is counted under another key, or erased by now.
        if fact is None or event.key not in fold.labels:
            continue
        occurrence = Occurrence(
            name=fact.name,
            event_id=event.message_id,
            origin=event.origin,
            occurred_at=event.at,
            received_at=event.received_at,
            log_pk=event.key.pk,
            log_sk=event.key.sk,
            job=_job(event),
            **_of_ats(event),
            **_of_occasion(event),
        )
        found.append(
            News(
                partition=event.partition,
                sequence=record.sequence,
                label=fold.labels[event.key],
                strongs=strongs,
                certain=len(strongs) < SEVERAL,
                occurrence=occurrence,
            )
        )
    return found


def _job(event: Event) -> str:
    """The job that an application is for; a machine's, too: what it submits ends a wait as well."""
    properties = section(event.body, "properties")
    return job_ref(properties.get("job_id")) if event.type in _ABOUT_JOBS else ""


def _of_occasion(event: Event) -> dict[str, str]:
    """Which event of ours somebody signed up for, and what came of it: only by a form of ours."""
    if event.type not in _OF_OCCASIONS:
        return {}
    ours = event.type != names.EVENT_REGISTERED or event.source.startswith(SOURCE_PREFIX)
    properties = section(event.body, "properties")
    if not ours:
        return {}
    given = event.type == names.EVENT_PLACE_GIVEN
    stage = Standing.SEATED.value if given else text_of(properties, "place")
    return {"occasion": text_of(properties, "event_id"), "stage": stage}


def _of_ats(event: Event) -> dict[str, str]:
    """Which candidacy an event of an ATS is about, where it went, and who writes about that."""
    if event.type not in _OF_APPLICATIONS:
        return {}
    properties = section(event.body, "properties")
    told = {name: text_of(properties, name) for name in ("application", "speaks")}
    return {**told, "stage": went_to(event)}
