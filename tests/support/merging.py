"""Mail to people who are merged and split while it is on its way: workers side by side on fakes.

Every worker is a greenlet that stands still before each call to a store. So any of them may come in
between any two calls of another, stay away for long, or die there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, cast

from greenlet import getcurrent

from functions.send.flow import Send
from rapport.absorb import Absorb
from rapport.domain.address import AddressState, SendRecord
from rapport.domain.decision import Decision, Intent
from rapport.domain.event import Event, LogKey, Trust
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.domain.observation import Decree, Observation, Ruling
from rapport.domain.profile import Profile
from rapport.domain.rules import Rules
from rapport.domain.statements import Register
from rapport.errors import ConflictError
from rapport.identity import Change, groups_of
from rapport.mailing.doubt import Doubts
from rapport.mailing.snapshot import Reader
from rapport.ports import Accepted, Mail, NotSent, Unknown, View, Withdrawal
from rapport.records import engine_event
from rapport.slates import NOTHING_PICKED, Picked
from rapport.waiting import Holds
from tests.support.clusters import FakeClusters
from tests.support.fakes import START, Calls, FakeBook, FakeLog, FakeMailer
from tests.support.mailroom import TOPIC, Mailroom

FIRST, SECOND = "ana@inbox.halden.example", "ana.second@inbox.halden.example"


class Steps(Calls):
    """Lets somebody else go on before every call."""

    def touch(self, name: str) -> None:
        if (hub := getcurrent().parent) is not None:
            hub.switch(name)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim that held, and whose address was whose in that very moment."""

    number: int
    record: SendRecord
    occurrence: str
    addresses: frozenset[Ref]
    withdrawn: bool


class Book(FakeBook):
    """A book that notes what was true when a claim held."""

    def __init__(self, log: FakeLog, clusters: FakeClusters, calls: Calls) -> None:
        super().__init__(log, clusters, calls)
        self.everybody = clusters
        self.claims: list[Claim] = []
        self.withdrawn: set[Ref] = set()
        self.between = 0

    def claim(self, record: SendRecord, state: AddressState, decision: Event, **more: Any) -> None:
        try:
            super().claim(record, state, decision, **more)
        except ConflictError:
            self.between += not self._is_at(record.cluster, record.cluster_version)
            raise
        self.between += not FakeBook._is_at(self, record.cluster, record.cluster_version)
        intent = cast(
            "dict[str, Any]", cast("dict[str, Any]", decision.body["properties"])["intent"]
        )
        own = record.program == intent["program"]
        self.claims.append(
            Claim(
                number=len(self.claims),
                record=record,
                occurrence=intent["occurrence"] if own else intent["fact"]["event_id"],
                addresses=addresses_of(self.everybody, record.subject),
                withdrawn=record.address in self.withdrawn,
            )
        )

    def last_claim(self, send_key: str) -> Claim:
        return next(c for c in reversed(self.claims) if c.record.send_key == send_key)


class Watched(FakeClusters):
    """Clusters that count how often two addresses became one person's, and two people's again."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(calls)
        self.persons = 0
        self.merges = 0
        self.splits = 0

    def allows(self, change: Change) -> bool:
        self.count()
        return super().allows(change)

    def count(self) -> None:
        """Compare with what was counted last; every commit asks first."""
        addresses = [ref for ref in self.nodes if ref.startswith(Namespace.EMAIL)]
        persons = len({addresses_of(self, ref) for ref in addresses})
        if len(addresses) > 1 and self.persons:
            self.merges += persons < self.persons
            self.splits += persons > self.persons
        self.persons = persons if len(addresses) > 1 else 0


def addresses_of(clusters: FakeClusters, ref: Ref) -> frozenset[Ref]:
    """The addresses of whoever has an identifier in this moment; nobody is held up by asking."""
    cluster = clusters.rows[clusters.end_of(clusters.nodes[ref].cluster)[0]]
    return frozenset(m for m in cluster.group_of(ref).members if m.startswith(Namespace.EMAIL))


class Composer:
    """Content is not what is looked at here: a mail says which one it is, and takes its time."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def compose(self, decision: Decision, *_made_of: object, **_more: object) -> Mail:
        for _ in range(4):
            self.calls.touch("rendering")
        which = {"send_id": decision.send_id}
        return Mail(sender="", to=decision.to, subject="", text="", html="", headers=(), tags=which)


class Unpicked:
    """Nothing is chosen for a mail here."""

    def pick(self, *_: object) -> Picked:
        return NOTHING_PICKED


class Mailer(FakeMailer):
    """SES on an ordinary day: most mail is taken, some not yet, some not at all."""

    def __init__(self, book: Book, random: Random) -> None:
        super().__init__(book.calls)
        self.book = book
        self.random = random
        self.sent: list[Claim] = []

    def submit(self, mail: Mail) -> Accepted | NotSent | Unknown:
        dice = self.random.random()
        if dice < 0.2:
            self.answers = [NotSent(code="TooManyRequestsException", again=True)]
        elif dice < 0.25:
            self.answers = [NotSent(code="MessageRejected", again=False)]
        else:
            self.sent.append(self.book.last_claim(mail.tags["send_id"]))
        return super().submit(mail)


class World:
    """Two people with an address each; what they are mailed, and what is said of who they are."""

    def __init__(
        self, seed: int, *, book: type[Book] = Book, reader: type[Reader] = Reader
    ) -> None:
        self.random = Random(seed)
        self.room = Mailroom(calls=Steps())
        self.room.jobs("Ward Nurse", "Midwife")
        self.room.clusters = self.clusters = Watched(self.room.calls)
        self.people = self.room.people
        self.book = book(self.room.log, self.clusters, self.room.calls)
        self.book.jobs = self.room.book.jobs
        self.mailer = Mailer(self.book, self.random)
        self.user = self.room.ref("u-1", Namespace.USER)
        self.other = self.room.ref("u-2", Namespace.USER)
        self.room.book = self.book
        self.mailboxes = {self.room.ref(each): each for each in (FIRST, SECOND)}
        self.first, self.second = self.mailboxes
        self.stated = {self.first: 1, self.second: 2}
        self.said = 0
        self.reader = reader(
            people=self.people,
            clusters=self.clusters,
            book=self.book,
            bundles=self.room.bundles,
            pseudonyms=self.room.refs,
            live=lambda: self.room.live,
            doubts=Doubts(review=lambda: self.room.review, suggestions=self.room.suggestions),
            around=replace(self.room.around, picker=cast("Any", Unpicked())),
            stopped=self.room.send.reader.stopped,
            stands=self.room.send.reader.stands,
        )

    # Who is one person

    def named(self, *strong: Ref) -> Callable[[], None]:
        """An event of the employer's server names identifiers together."""
        return partial(self._absorb, self._seen(strong=tuple(sorted(strong))))

    def decreed(self, a: Ref, b: Ref, ruling: Ruling) -> Callable[[], None]:
        """An operator's word on two identifiers."""
        nodes = (a, b) if a < b else (b, a)
        decree = Decree(nodes=nodes, ruling=ruling, at=self._when, id=f"i_{self.said}")
        return partial(self._absorb, self._seen(decrees=(decree,)))

    def _seen(self, **what: Any) -> Observation:
        self.said += 1
        key = LogKey(f"user#{self.said}", f"2026-03-02T09#server#{self.said}")
        return Observation(key=key, at=self._when, verified=True, **what)

    @property
    def _when(self) -> datetime:
        return START + timedelta(seconds=self.said)

    def _absorb(self, seen: Observation) -> None:
        Absorb(
            clusters=self.clusters,
            rules=Rules,
            alike=lambda _a, _b: True,
            random=self.random,
            pause=lambda _: None,
        ).take(seen)
        self.refresh()

    # Views, as `enrich` writes them: the view, then its group, then the write if nobody was faster

    def refresh(self) -> None:
        for node in [*self.clusters.nodes]:
            while not self._refreshed(node):
                pass

    def _refreshed(self, node: Ref) -> bool:
        view = self.people.view(person_id(node))
        group = groups_of(self.clusters, [node])[node]
        profile = Profile(root=node, moved_to=group.root)
        if group.root == node:
            stated = max(
                (m for m in group.members if m in self.stated),
                key=self.stated.__getitem__,
                default=None,
            )
            value = "" if stated is None else self.mailboxes[stated]
            email = Register(trust=Trust.VERIFIED, at=START, message_id="", value=value)
            profile = Profile(root=node, members=group.members, attributes={"email": email})
        if view is not None and view.profile == profile:
            return True
        version = 1 if view is None else view.version + 1
        return self.people.save_view(View(profile=profile, version=version), [], now=START)

    def restate(self) -> None:
        """The other address is the one that was stated last."""
        self.said += 1
        self.stated[min(self.stated, key=self.stated.__getitem__)] = 2 + self.said
        self.refresh()

    def withdraw(self, address: Ref) -> None:
        """The owner of an address says no."""
        now, name = self.room.clock(), f"u_{address}"
        said = engine_event(
            "Unsubscribed", subject=address, message_id=name, cause_at=now, now=now, properties={}
        )
        self.book.withdraw(
            Withdrawal(address=address, topics=(TOPIC,), suppress={}, at=now, event=said)
        )
        self.book.withdrawn.add(address)

    # Mail

    def intent(self, whose: Ref, program: str, occurrence: str, job: str = "") -> Intent:
        fact = self.room.fact(person_id(whose), job=job)
        return Intent(
            program=program,
            occurrence=occurrence or fact.event_id,
            person=fact.person,
            fact=fact,
            bundle=self.room.live,
            decided_at=fact.occurred_at,
        )

    def deliver(self, intent: Intent) -> None:
        """One worker with an intent."""
        Send(
            reader=self.reader,
            composer=Composer(self.room.calls),  # type: ignore[arg-type]
            book=self.book,
            log=self.room.log,
            mailer=self.mailer,
            linker=self.room.linker,
            funnel=self.room.fates,
            holds=Holds(runs=self.room.runs, schedules=self.room.schedules),
            accounts=self.room.accounts,
            counts=self.room.counts,
            pacing=self.room.pacing,
            now=self.room.clock,
        ).deliver(intent)
