"""Histories that reports are made of: a log, and the rows beside it.

`History` lets chance write a log: people who visit, join, apply, are hired, are merged by what they
say and by decree, and taken apart again; mails to them with all that may become of a mail; events
that come late and twice; and somebody who is forgotten. Beside the log it keeps the rows that the
flows would have kept.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from rapport.bundle import Brand, Bundle
from rapport.campaigns import Campaign
from rapport.domain.address import SendRecord, SendState
from rapport.domain.cluster import contribution, joined
from rapport.domain.decision import Decision, FactRef, Intent, MailClass, Outcome, send_key
from rapport.domain.event import Event, LogKey, Trust, millis, named_by_home
from rapport.domain.fate import Fate, news_of
from rapport.domain.identifiers import PersonId, Ref, person_id
from rapport.domain.observation import Ruling
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.reasons import Reason
from rapport.domain.resolve import resolve
from rapport.domain.rules import Rules
from rapport.domain.tally import fold_partition
from rapport.identity import Cluster
from rapport.records import decision_event, engine_event, reported_event, submitted_event
from rapport.reports import Reports
from tests.support.clusters import FakeClusters
from tests.support.fakes import FakeBook, FakeBundles, FakeLog
from tests.support.fates import FakeFates
from tests.support.histories import EMAILS, EVE, USERS, alike, decreed, event, naming, told

DAY_MINUTES = 1_440
DAYS = 200
NOW = EVE + timedelta(days=DAYS)
PROGRAMS = ("campaign:spring", "keep-in-touch")
SOURCES = ("meetup", "jobboard")
BUNDLES = ("a", "b")
REASONS = (Reason.STALE, Reason.NO_CONSENT)
HOLDS = (Reason.QUIET_HOURS, Reason.FREQUENCY)
# What SES and people say of a mail.
REPORTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Delivery", {}),
    ("Delivery", {}),
    ("Delivery", {}),
    ("Bounce", {"type": "Permanent", "subtype": "General"}),
    ("Bounce", {"type": "Transient", "subtype": "MailboxFull"}),
    ("Complaint", {"feedback": "abuse"}),
    ("Complaint", {"feedback": "not-spam"}),
    ("Reject", {}),
)


def bundle_of(name: str) -> Bundle:
    """One of two bundles, which differ in all that mails are told apart by."""
    campaign = Campaign(
        key="spring",
        name="Spring",
        brand=name,
        topic="talent-network",
        letters={},
        segment="nurses" if name == "a" else "",
        list="" if name == "a" else "fair",
        sender_name="Rita" if name == "b" else "",
    )
    brand = Brand(
        key=f"brand-{name}",
        name="Halden",
        site_url="https://careers.halden.example",
        sender_name="Halden",
        sender="careers@halden.example",
        reply_to="careers@halden.example",
        postal_address="Halden 1",
        language="en",
        accent="#006600",
        send_mode="off",
    )
    return Bundle(brand=brand, playbooks=(), templates=(), statements=(), campaigns=(campaign,))


@dataclass(kw_only=True)
class Rows:
    """The port `Reported` over what the history keeps."""

    sends: dict[str, SendRecord] = field(default_factory=dict)
    known: Mapping[str, Fate] = field(default_factory=dict)
    views: dict[PersonId, Profile] = field(default_factory=dict)

    def mails(self, send_keys: Iterable[str]) -> Mapping[str, tuple[SendRecord, Fate]]:
        found = [self.sends[key] for key in send_keys if key in self.sends]
        return {each.send_key: (each, self.known.get(each.send_key, Fate())) for each in found}

    def profiles(self, persons: Iterable[PersonId]) -> Mapping[PersonId, Profile]:
        return {person: self.views[person] for person in persons if person in self.views}

    def everybody(self) -> Iterator[Profile]:
        return (profile for profile in self.views.values() if profile.moved_to is None)


class History:
    """One seed's log, and the rows beside it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        # Most of it happens within so many days, so that one thing can come out of another.
        first = self.random.randint(0, DAYS - 60)
        self.season = first, first + self.random.choice([15, 30, 46])
        self.log: dict[LogKey, Event] = {}
        self.fates = FakeFates(FakeBook(FakeLog()))
        self.rows = Rows(known=self.fates.known)
        self.clusters = FakeClusters()
        self.tracked: set[str] = set()
        self.merges = self.forgotten = 0
        self.bundles = {name: bundle_of(name) for name in BUNDLES}
        self._play()
        self.store()

    def reports(self) -> Reports:
        bundles = FakeBundles()
        bundles.bundles.update(self.bundles)
        return Reports(
            funnel=self.fates,
            reported=self.rows,
            clusters=self.clusters,
            bundles=bundles,
            now=lambda: NOW,
        )

    # What happens

    def _play(self) -> None:
        random = self.random
        told_of = [*self._people(), *self._undone()]
        told_of += [each for number in range(random.randint(1, 4)) for each in self._mail(number)]
        # They come late, and some of them twice.
        random.shuffle(told_of)
        for each in told_of + random.sample(told_of, k=len(told_of) // 4):
            self._hear(each)
        if random.random() < 0.2:
            self._forget(random.choice(USERS[:2] + EMAILS[:2]))

    def _hear(self, one: Event) -> None:
        self.log.setdefault(one.key, replace(one, owner=one.owner or named_by_home(one)))
        send_id = one.body.get("properties", {}).get("send_id")  # type: ignore[union-attr]
        if isinstance(send_id, str):
            self.fates.learn(send_id, news_of(one))

    def _day(self) -> int:
        first, last = self.season
        return self.random.randint(first, last) * DAY_MINUTES + self.random.randint(0, 1_300)

    def _people(self) -> Iterator[Event]:
        random = self.random
        for number, who in enumerate((*USERS[:2], *EMAILS[:1])):
            cookie = Ref(f"anon#{number}") if random.random() < 0.6 else None
            if random.random() < 0.6:
                yield self._visit(cookie, who)
            if random.random() < 0.6:
                box = random.choice(EMAILS[:2])
                trust = random.choice([*Trust])
                yield naming(self._day(), who, box, kind="identify", trust=trust)
            yield from self._applying(who)
            if random.random() < 0.5:
                yield self._word(who, "Address Confirmed", topic="talent-network")
            if random.random() < 0.2:
                yield self._word(who, "Unsubscribed", scope=random.choice(["x", "marketing"]))
        for number in range(random.randint(0, 2)):
            yield self._visit(Ref(f"anon#nobody-{number}"), None)

    def _visit(self, cookie: Ref | None, who: Ref | None) -> Event:
        body: dict[str, Any] = {}
        if self.random.random() < 0.5:
            body = {"context": {"campaign": {"source": self.random.choice(SOURCES)}}}
        return event(self._day(), cookie=cookie, user=who, body=body)

    def _applying(self, who: Ref) -> Iterator[Event]:
        for job in ("1", "2"):
            minute, dice = self._day(), self.random.random()
            if dice < 0.5:
                about: dict[str, Any] = {"properties": {"job_id": job}}
                yield event(minute, user=who, kind="Application Submitted", body=about)
            if dice < 0.3:
                # One of an ATS that says for which job, or only for which requisition.
                named = {"job_id": job} if dice < 0.2 else {"requisition": f"r{job}"}
                told_by: dict[str, Any] = {**named, "application": f"{who}{job}"}
                for kind in ("Application Received", "Candidate Hired", "Hire Undone"):
                    told_by["clock"] = millis(EVE + timedelta(minutes=minute))
                    body: dict[str, Any] = {"properties": {**told_by}}
                    yield event(minute, user=who, kind=kind, body=body, trust=Trust.VERIFIED)
                    minute += self.random.randint(1, 9 * DAY_MINUTES)
                    if self.random.random() < 0.5:
                        break

    def _word(self, who: Ref, kind: str, **about: str) -> Event:
        at = EVE + timedelta(minutes=self._day())
        return engine_event(
            kind,
            subject=who,
            message_id=f"w-{kind}-{who}",
            cause_at=at,
            now=at,
            properties={"email": "", **about},
        )

    def _undone(self) -> Iterator[Event]:
        """Merges by an operator's word, and some of them undone."""
        for _ in range(self.random.choice([0, 1, 1, 2])):
            pair = self.random.sample([*USERS[:2], *EMAILS[:2]], k=2)
            for ruling in (Ruling.TOGETHER, Ruling.APART)[: self.random.randint(1, 2)]:
                yield decreed(self._day(), ruling, *pair)

    def _mail(self, number: int) -> Iterator[Event]:
        random = self.random
        subject, at = (
            random.choice(USERS[:1] * 5 + USERS[1:2] + EMAILS[:2]),
            EVE + timedelta(minutes=self._day()),
        )
        held = [
            self._decision(number, subject, at + timedelta(days=days), Outcome.HOLD)
            for days in sorted(random.sample(range(9), k=random.choice([0, 0, 1, 2])))
        ]
        # What waits is judged again, days later.
        at += timedelta(days=random.randint(9, 12))
        outcome = random.choice([Outcome.SEND] * 6 + [Outcome.DROP, Outcome.HOLD])
        decision = self._decision(number, subject, at, outcome)
        told_of = [*held, decision]
        random.shuffle(told_of)
        for each in told_of:
            self.fates.tell(each)
            yield decision_event(each, now=each.decided_at)
        if outcome is Outcome.SEND:
            yield from self._sent(decision)
            if random.random() < 0.2:
                yield from self._told_again(decision)

    def _told_again(self, sent: Decision) -> Iterator[Event]:
        """The queue brings an intent again whose mail left: a later word, which changes nothing."""
        later = min(NOW, sent.decided_at + timedelta(days=self.random.randint(1, 30)))
        again = replace(
            sent, outcome=Outcome.DROP, reason=Reason.ALREADY_SENT, decided_at=later, send_key=""
        )
        self.fates.tell(again)
        yield decision_event(again, now=later)

    def _decision(self, number: int, subject: Ref, at: datetime, outcome: Outcome) -> Decision:
        random = self.random
        program = PROGRAMS[number % 2]
        fact = FactRef(
            name="f",
            event_id=f"e{number}",
            person=person_id(subject),
            origin="live",
            occurred_at=EVE,
            received_at=EVE,
            log_pk=subject,
            log_sk="x",
        )
        intent = Intent(
            program=program,
            occurrence=str(number),
            person=fact.person,
            fact=fact,
            bundle="a",
            decided_at=EVE,
        )
        reason = {
            Outcome.SEND: Reason.CONSENTED,
            Outcome.HOLD: random.choice(HOLDS),
            Outcome.DROP: random.choice(REASONS),
        }[outcome]
        address = random.choice([subject, subject, subject, *EMAILS[:2]])
        return Decision(
            outcome=outcome,
            reason=reason,
            intent=intent,
            bundle=random.choice(BUNDLES),
            template="t",
            mail_class=MailClass.MARKETING,
            topic="talent-network",
            gates=(),
            decided_at=at,
            subject=subject,
            address=address,
            send_key=(key := send_key(program, str(number), address)),
            send_id=key,
            until=at + timedelta(days=1) if outcome is Outcome.HOLD else None,
        )

    def _sent(self, decision: Decision) -> Iterator[Event]:
        random, at, subject = self.random, decision.decided_at, decision.subject
        states = random.choice(
            [("accepted",)] * 6 + [("uncertain",), ("uncertain", "lost"), ("failed",), ()]
        )
        if random.random() < 0.6:
            self.tracked.add(decision.send_key)
        record = SendRecord(
            send_key=decision.send_key,
            send_id=decision.send_key,
            state=SendState(states[-1]) if states else SendState.CLAIMED,
            attempt=1,
            lease=at,
            person=person_id(subject),
            subject=subject,
            address=decision.address or subject,
            program=decision.intent.program,
            template="t",
            topic="talent-network",
            mail_class="marketing",
            bundle=decision.bundle,
            decision=LogKey("", ""),
            claimed_at=at,
            intent=decision.intent.id,
            tracked=decision.send_key in self.tracked,
        )
        self.rows.sends[record.send_key] = record
        for state in states:
            yield submitted_event(record, SendState(state), now=at)
        if states != ("accepted",):
            return
        for n, (kind, details) in enumerate(random.sample(REPORTS, k=random.randint(0, 2))):
            then = at + timedelta(minutes=random.randint(1, 9_000))
            yield reported_event(
                record, kind=kind, report_id=str(n), reported_at=then, now=then, details=details
            )
        for kind in ("Mail Clicked", "Mail Replied", "Unsubscribed", "Mail Opened"):
            if random.random() < (0.6 if kind == "Mail Clicked" else 0.3):
                then = at + timedelta(minutes=random.randint(1, 20 * DAY_MINUTES))
                yield engine_event(
                    kind,
                    subject=subject,
                    message_id=f"s-{kind}-{record.send_key[:20]}",
                    cause_at=then,
                    now=then,
                    properties={"send_id": record.send_key, "scope": "talent-network", "block": ""},
                )
                if kind == "Mail Clicked" and random.random() < 0.5:
                    # Some apply after that, within the thirty days or not.
                    minute = (then - EVE) // timedelta(minutes=1) + random.randint(0, 50_000)
                    about: dict[str, Any] = {"properties": {"job_id": random.choice("345")}}
                    if minute < DAYS * DAY_MINUTES:
                        yield event(minute, user=subject, kind="Application Submitted", body=about)

    def _forget(self, who: Ref) -> None:
        """Every event of somebody is gone from the log; rows about their mails may still stand."""
        observed = [told(each) for each in self.log.values()]
        resolution = resolve(joined(map(contribution, observed)), Rules(), alike)
        if who not in resolution.roots:
            return
        gone = set(resolution.group_of(who))
        self.forgotten += 1
        self.log = {key: each for key, each in self.log.items() if gone.isdisjoint(_named(each))}

    # What is stored of it

    def store(self) -> None:
        """Clusters and profiles as the log resolves and folds."""
        state = joined(contribution(told(each)) for each in self.log.values())
        resolution = resolve(state, Rules(), alike)
        if resolution.groups:
            self.clusters.put(
                Cluster(
                    id="c",
                    version=1,
                    state=state,
                    groups=resolution.groups,
                    roots=tuple(resolution.roots[group[0]] for group in resolution.groups),
                )
            )
        places: dict[Ref, list[Event]] = {}
        for each in self.log.values():
            places.setdefault(each.partition, []).append(each)
        partitions = [fold_partition(ref, events) for ref, events in sorted(places.items())]
        for group in resolution.groups:
            root = resolution.roots[group[0]]
            self.merges += len(group) > 1
            self._view(fold_profile(root, partitions, members=group))
        for partition in partitions:
            if partition.ref.startswith("anon#"):
                roots = resolution.roots
                self._view(fold_profile(partition.ref, [partition], roots=roots))

    def _view(self, profile: Profile) -> None:
        self.rows.views[profile.person] = profile


def _named(one: Event) -> set[Ref]:
    """Everybody whom an event is about."""
    seen = told(one)
    return {one.home, *seen.strong, *(ref for decree in seen.decrees for ref in decree.nodes)}
