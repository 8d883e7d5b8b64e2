"""In-memory twins of the ports: real implementations, which pass the same contract suite.

Fakes that share a `Calls` let a test count calls, or let the n-th one die as a process would.

One module, longer than others here: the stores share a log as the tables do, and a test that reads
one of them wants the others beside it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rapport.bundle import Bundle
from rapport.domain.address import (
    AddressState,
    Consent,
    ConsentStatus,
    LedgerEntry,
    SendRecord,
    SendState,
    claimed_on,
    counted_on,
    reclaimable,
    released_from,
)
from rapport.domain.decision import FactRef, Intent, digest
from rapport.domain.event import Event, LogKey, named_by_home
from rapport.domain.granting import granted, lifted, no_of, raised, withdrawn
from rapport.domain.identifiers import Namespace, PersonId, Ref, keyed_digest, keyed_ref
from rapport.domain.jobs import Job, job_ref
from rapport.domain.occurrence import Occurrence
from rapport.domain.tally import Partition
from rapport.door import WriteKey
from rapport.errors import ConflictError, ErasedError, MisconfiguredError, PoisonError
from rapport.occasions import with_place
from rapport.ports import (
    Accepted,
    Mail,
    NotSent,
    SealedEvent,
    Unknown,
    View,
    Withdrawal,
)
from rapport.sealing import KEY_BYTES, seal
from rapport.signing import Signed, counting, signed_on, with_browser
from tests.support.occasions import FakeOccasions

if TYPE_CHECKING:
    from tests.support.clusters import FakeClusters

PEPPER = b"a pepper for tests"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class CrashError(BaseException):
    """A process that died: no `except Exception` may swallow it."""


@dataclass
class Clock:
    """A clock that moves when told to."""

    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Calls:
    """Every call on a fake, in order; `fail_after` lets that many pass, then dies."""

    names: list[str] = field(default_factory=list)
    fail_after: int | None = None

    def touch(self, name: str) -> None:
        self.names.append(name)
        if self.fail_after is not None and len(self.names) > self.fail_after:
            raise CrashError(name)

    def count(self, name: str) -> int:
        return self.names.count(name)


class FakePseudonyms:
    """Pseudonyms by a pepper that tests know."""

    def ref(self, ns: Namespace, value: str) -> Ref:
        return keyed_ref(PEPPER, ns, value)

    def digest(self, purpose: str, value: str) -> str:
        return keyed_digest(PEPPER, purpose, value)


class FakeKeyRings:
    """Key rings; every ring starts with one key."""

    def __init__(self) -> None:
        self.rings: dict[str, dict[str, bytes]] = {}

    def ring(self, name: str) -> Mapping[str, bytes]:
        return self.rings.setdefault(name, {"k1": name.encode().ljust(32, b"-")})


class FakeLog:
    """The log: a dict by key, with its stream as a list of what was put.

    Rows of homes in `erased` have lost their key; those in `damaged` do not open.
    """

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.rows: dict[LogKey, Event] = {}
        self.stream: list[SealedEvent] = []
        # The stream tells of them all the same.
        self.removed: dict[LogKey, Event] = {}
        self.erased: set[Ref] = set()
        self.damaged: set[LogKey] = set()
        # Whose an event is, where the test does not say so.
        self.owner_of: Callable[[Event], Ref | None] = named_by_home

    def append(self, events: Sequence[Event]) -> list[bool]:
        self.calls.touch("log.append")
        for event in events:
            seal(event.body, key=bytes(KEY_BYTES), at=event.key, nonce=bytes)
        return [self.put(event) for event in events]

    def put(self, event: Event) -> bool:
        if event.key in self.rows:
            return False
        self.rows[event.key] = replace(event, owner=event.owner or self.owner_of(event))
        sequence = str(len(self.stream) + 1).zfill(40)
        self.stream.append(
            SealedEvent(
                key=event.key,
                sequence=sequence,
                received_at=event.received_at,
                row={"pk": {"S": event.key.pk}, "sk": {"S": event.key.sk}},
            )
        )
        return True

    def get(self, key: LogKey) -> Event | None:
        self.calls.touch("log.get")
        event = self.rows.get(key)
        if event is not None and event.home in self.erased:
            raise ErasedError(key.sk)
        if key in self.damaged:
            raise PoisonError(key.sk)
        return event

    def partition(self, ref: Ref) -> list[Event]:
        self.calls.touch("log.partition")
        rows = sorted(self.rows.items())
        found = [e for k, e in rows if k.pk == ref and k not in self.damaged]
        return [e for e in found if e.home not in self.erased]

    def remove(self, keys: Iterable[LogKey]) -> None:
        self.calls.touch("log.remove")
        for key in keys:
            if key in self.rows:
                self.removed[key] = self.rows.pop(key)

    def open(self, rows: Sequence[SealedEvent]) -> list[Event | None]:
        self.calls.touch("log.open")
        events = [self.rows.get(row.key) or self.removed[row.key] for row in rows]
        for event in events:
            if event.key in self.damaged and event.home not in self.erased:
                raise PoisonError(event.key.sk)
        return [None if e.home in self.erased else e for e in events]


class FakePeople:
    """Identifiers, partitions and views in dicts."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.strongs: dict[Ref, set[Ref]] = {}
        self.months: dict[tuple[Ref, str], tuple[str, Partition]] = {}
        self.links: dict[Ref, set[Ref]] = {}
        self.views: dict[PersonId, View] = {}
        self.published: list[tuple[PersonId, int, Occurrence]] = []

    def partition(self, ref: Ref) -> tuple[Partition, Mapping[str, str]]:
        self.calls.touch("people.partition")
        mine = {month: row for (who, month), row in self.months.items() if who == ref}
        tallies = {slot: t for _, part in mine.values() for slot, t in part.tallies.items()}
        strongs = tuple(sorted(self.strongs.get(ref, set())))
        marks = {m: part.marks[m] for m, (_, part) in mine.items() if m in part.marks}
        partition = Partition(ref=ref, strongs=strongs, tallies=tallies, marks=marks)
        return partition, {month: sequence for month, (sequence, _) in mine.items()}

    def save_month(
        self, partition: Partition, month: str, *, sequence: str, after: str | None
    ) -> bool:
        self.calls.touch("people.save_month")
        stored = self.months.get((partition.ref, month))
        if (None if stored is None else stored[0]) != after:
            return False
        self._put_month(partition, month, sequence)
        return True

    def _put_month(self, partition: Partition, month: str, sequence: str) -> None:
        tallies = {slot: t for slot, t in partition.tallies.items() if slot[0] == month}
        marks = {month: partition.marks[month]} if month in partition.marks else {}
        kept = replace(partition, tallies=tallies, marks=marks)
        self.months[(partition.ref, month)] = (sequence, kept)

    def add_strong(self, partition: Ref, strong: Ref, at: datetime) -> None:
        self.calls.touch("people.add_strong")
        if partition != strong:
            self.links.setdefault(strong, set()).add(partition)
        self.strongs.setdefault(partition, set()).add(strong)

    def partitions_of(self, members: Sequence[Ref]) -> list[Ref]:
        self.calls.touch("people.partitions_of")
        linked = {ref for member in members for ref in self.links.get(member, set())}
        return [*members, *sorted(linked.difference(members))]

    def counted_with(self, strong: Sequence[Ref]) -> list[Ref]:
        self.calls.touch("people.counted_with")
        linked = {ref for each in strong for ref in self.links.get(each, set())}
        return sorted(linked | {ref for ref, _ in self.months if ref in strong})

    def view(self, person: PersonId) -> View | None:
        self.calls.touch("people.view")
        view = self.views.get(person)
        return None if view is None else replace(view, stored=view.profile)

    def save_view(self, view: View, occurrences: Sequence[Occurrence], *, now: datetime) -> bool:
        self.calls.touch("people.save_view")
        person = view.profile.person
        stored = self.views.get(person)
        if (0 if stored is None else stored.version) != view.version - 1:
            return False
        self.views[person] = view
        self.published += [(person, view.version, o) for o in occurrences]
        return True

    def root_of(self, person: PersonId) -> Ref | None:
        self.calls.touch("people.root_of")
        view = self.views.get(person)
        return None if view is None else view.profile.root


class FakeBook:
    """Consent, suppression, ledger, sends and configuration in dicts."""

    def __init__(
        self, log: FakeLog, clusters: "FakeClusters | None" = None, calls: Calls | None = None
    ) -> None:
        self.calls = calls or Calls()
        self.log = log
        self.clusters = clusters
        self.addresses: dict[Ref, AddressState] = {}
        # What stands in the consent ledger, in the order in which it was written.
        self.words: dict[Ref, list[tuple[str, Consent]]] = {}
        self.occasions = FakeOccasions(log)
        self.sends: dict[str, SendRecord] = {}
        self.intents: dict[str, str] = {}
        self.unsettled: dict[tuple[datetime, str], str] = {}
        self.write_keys: dict[str, WriteKey] = {}
        self.bundle: str | None = None
        self.rules: str | None = None
        self.jobs: list[Job] = []
        # Called between a claim's reading and its writing, to let somebody else in.
        self.before_claim: Callable[[], None] | None = None

    def address(self, ref: Ref) -> AddressState:
        self.calls.touch("book.address")
        return self.addresses.get(ref, AddressState(ref=ref))

    def send(self, send_key: str) -> SendRecord | None:
        self.calls.touch("book.send")
        return self.sends.get(send_key)

    def sent_for(self, intent: str) -> SendRecord | None:
        self.calls.touch("book.sent_for")
        return self.sends.get(self.intents.get(intent, ""))

    def claim(
        self,
        record: SendRecord,
        state: AddressState,
        decision: Event,
        *,
        others: Sequence[AddressState] = (),
        instead_of: Sequence[SendRecord] = (),
    ) -> None:
        self.calls.touch("book.claim")
        if self.before_claim is not None:
            meanwhile, self.before_claim = self.before_claim, None
            meanwhile()
        stored = self._now(state.ref)
        allowed = (
            self._stands(state)
            and self._others_stand(others)
            and self._free(record)
            and self._unspent(record, instead_of)
            and self._is_at(record.cluster, record.cluster_version)
            and decision.key not in self.log.rows
        )
        if not allowed:
            msg = "the claim was refused"
            raise ConflictError(msg)
        self.addresses[state.ref] = claimed_on(stored, record)
        self.sends[record.send_key] = record
        self.unsettled[(record.claimed_at, record.send_key)] = record.send_key
        for each in instead_of:
            self._fence_off(each, now=record.claimed_at)
        if record.intent:
            self.intents[record.intent] = record.send_key
        self.log.put(decision)

    def _fence_off(self, record: SendRecord, *, now: datetime) -> None:
        if reclaimable(record, now):
            self.sends[record.send_key] = replace(record, attempt=record.attempt + 1)

    def _now(self, address: Ref) -> AddressState:
        return self.addresses.get(address, AddressState(ref=address))

    def _stands(self, state: AddressState) -> bool:
        now = self._now(state.ref)
        return (now.version, now.suppression_version) == (state.version, state.suppression_version)

    def _others_stand(self, others: Sequence[AddressState]) -> bool:
        return all(self._now(other.ref).version == other.version for other in others)

    def _free(self, record: SendRecord) -> bool:
        held = self.sends.get(record.send_key)
        return held is None or reclaimable(held, record.claimed_at)

    def _unspent(self, record: SendRecord, instead_of: Sequence[SendRecord]) -> bool:
        for attempt in instead_of:
            held = self.sends[attempt.send_key]
            if (held.attempt, held.state) != (attempt.attempt, attempt.state):
                return False
        spent = self.intents.get(record.intent, record.send_key)
        return spent in {each.send_key for each in (record, *instead_of)}

    def _is_at(self, cluster: str, version: int) -> bool:
        if not cluster:
            return True
        stored = None if self.clusters is None else self.clusters.rows.get(cluster)
        return stored is not None and stored.version == version

    def advance(
        self,
        record: SendRecord,
        to: SendState,
        *,
        frm: Iterable[SendState],
        now: datetime,
        message_id: str = "",
    ) -> bool:
        self.calls.touch("book.advance")
        stored = self.sends.get(record.send_key)
        if stored is None or stored.attempt != record.attempt or stored.state not in set(frm):
            return False
        submitting = to is SendState.SUBMITTING
        if submitting and stored.lease <= now:
            return False
        self.sends[record.send_key] = replace(
            stored,
            state=to,
            message_id=message_id or stored.message_id,
            settled_at=stored.settled_at if submitting else now,
        )
        return True

    def doubt(self, record: SendRecord, *, now: datetime) -> bool:
        self.calls.touch("book.doubt")
        if not self._as_read(record):
            return False
        held = self.sends[record.send_key]
        self.sends[record.send_key] = replace(
            held, state=SendState.RETRY, doubtful=True, settled_at=now
        )
        return True

    def release(self, record: SendRecord, to: SendState, *, now: datetime) -> bool:
        self.calls.touch("book.release")
        if not self._as_read(record):
            return False
        held = self.sends[record.send_key]
        self.sends[record.send_key] = replace(held, state=to, settled_at=now)
        state = released_from(self._now(record.address), record.send_key)
        if state is not None:
            self.addresses[record.address] = state
        return True

    def _as_read(self, record: SendRecord) -> bool:
        held = self.sends.get(record.send_key)
        return held is not None and (held.attempt, held.state) == (record.attempt, record.state)

    def grant(
        self,
        address: Ref,
        topic: str,
        consent: Consent,
        event: Event,
        *,
        confirmed_at: datetime,
        browser: str = "",
    ) -> None:
        self.calls.touch("book.grant")
        if event.key in self.log.rows:
            return
        state = self.addresses.get(address, AddressState(ref=address))
        word = granted(state.consents.get(topic), consent)
        left = lifted(state, word)
        self.addresses[address] = replace(
            state,
            version=state.version + 1,
            confirmed_at=state.confirmed_at or confirmed_at,
            consents={**state.consents, topic: word},
            suppressions=state.suppressions if left is None else left,
            suppression_version=state.suppression_version + (left is not None),
            browsers=with_browser(state, browser),
        )
        self.words.setdefault(address, []).append((topic, consent))
        self.log.put(event)

    def sign(self, signed: Signed) -> bool:
        self.calls.touch("book.sign")
        if signed.events[0].key in self.log.rows:
            return False
        state = self.addresses.get(signed.address, AddressState(ref=signed.address))
        first, *rest = signed.events
        if signed.room is not None:
            first = with_place(first, self.occasions.take(signed.room, signed.address, first))
        self.addresses[signed.address] = signed_on(state, signed)
        self.words.setdefault(signed.address, []).extend(signed.words.items())
        for event in (first, *rest, *(signed.proofs[t] for t in counting(state, signed))):
            self.log.put(event)
        return True

    def withdraw(self, withdrawal: Withdrawal) -> None:
        self.calls.touch("book.withdraw")
        state = self.addresses.get(withdrawal.address, AddressState(ref=withdrawal.address))
        consents = dict(state.consents)
        for topic in withdrawal.topics:
            known = consents.get(topic)
            word = no_of(topic, withdrawal.event, withdrawal.at)
            if known is None or known.status is not ConsentStatus.WITHDRAWN:
                consents[topic] = withdrawn(known, word)
        scopes = raised(state.suppressions, withdrawal.suppress)
        if consents == state.consents and scopes == state.suppressions:
            return
        if not self.log.put(withdrawal.event):
            msg = "the event is already in the log"
            raise ConflictError(msg)
        news = [(t, word) for t, word in consents.items() if state.consents.get(t) != word]
        self.words.setdefault(withdrawal.address, []).extend(news)
        self.addresses[withdrawal.address] = replace(
            state,
            version=state.version + 1,
            consents=consents,
            suppressions=scopes,
            suppression_version=state.suppression_version + bool(withdrawal.suppress),
        )

    def count_elsewhere(self, address: Ref, entry: LedgerEntry) -> None:
        self.calls.touch("book.count_elsewhere")
        after = counted_on(self._now(address), entry)
        if after is not None:
            self.addresses[address] = after

    def write_key(self, key: str) -> WriteKey | None:
        self.calls.touch("book.write_key")
        return self.write_keys.get(key)

    def live_bundle(self) -> str | None:
        self.calls.touch("book.live_bundle")
        return self.bundle

    def identity_rules(self) -> str | None:
        self.calls.touch("book.identity_rules")
        return self.rules

    def put_identity_rules(self, text: str, *, now: datetime) -> None:
        self.calls.touch("book.put_identity_rules")
        self.rules = text

    def open_jobs(self, category: str, *, limit: int) -> list[Job]:
        self.calls.touch("book.open_jobs")
        found = [job for job in self.jobs if category in {"", job.category} and job.open]
        return sorted(found, key=lambda job: (job.opened_at, job.id), reverse=True)[:limit]

    def jobs_mark(self) -> str:
        self.calls.touch("book.jobs_mark")
        return digest(*map(repr, self.jobs))

    def job(self, ref: str) -> Job | None:
        self.calls.touch("book.job")
        return next((job for job in self.jobs if job_ref(job.id) == ref), None)


class FakeBundles:
    """Published bundles by hash."""

    def __init__(self, **bundles: Bundle) -> None:
        self.bundles = dict(bundles)

    def get(self, bundle_hash: str) -> Bundle:
        if bundle_hash not in self.bundles:
            raise MisconfiguredError(bundle_hash)
        return self.bundles[bundle_hash]


@dataclass
class FakeBus:
    """The bus: what was put on it; `refuse` names facts that it does not take."""

    taken: list[tuple[FactRef, int]] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)

    def publish(self, facts: Sequence[tuple[FactRef, int]]) -> list[bool]:
        answers = [fact.event_id not in self.refuse for fact, _ in facts]
        self.taken += [f for f, ok in zip(facts, answers, strict=True) if ok]
        return answers


class FakeIntents:
    """The queue in front of send."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.queue: list[Intent] = []
        self.delays: list[int] = []

    def put(self, intent: Intent, *, after_s: int = 0) -> None:
        self.calls.touch("intents.put")
        self.queue.append(intent)
        self.delays.append(after_s)


class FakeArchive:
    """Objects by key."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body


class FakeMailer:
    """SES: what it accepted; `answers` are given first, then everything is accepted."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.accepted: list[Mail] = []
        self.answers: list[Accepted | NotSent | Unknown] = []

    def submit(self, mail: Mail) -> Accepted | NotSent | Unknown:
        answer = self.answers.pop(0) if self.answers else None
        if answer is None or isinstance(answer, Accepted):
            self.accepted.append(mail)
            answer = answer or Accepted(message_id=f"ses-{len(self.accepted)}")
        # The mail is on its way before the process may die.
        self.calls.touch("mailer.submit")
        return answer
