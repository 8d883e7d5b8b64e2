"""The whole slice on fakes, from the tracking door to SES: what is posted is played to its end."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

from functions.engage.flow import Scope
from functions.track.delivery import Delivery
from functions.track.flow import Track
from functions.track.keys import RememberedKeys
from rapport.domain.decision import FactRef, Intent
from rapport.domain.event import Event, Json, Trust
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.occurrence import Occurrence
from rapport.domain.run import waiting
from rapport.domain.tokens import Purpose, issue
from rapport.door import WriteKey
from rapport.extraction import observe
from rapport.ports import Pseudonyms
from tests.support.doorkeeping import FakeAllowance, FakeQuarantine
from tests.support.gateway import posted, read_request
from tests.support.histories import composed
from tests.support.mailroom import Mailroom

PUBLIC = WriteKey(key="wk", source="site", brand="halden", trust=Trust.ASSERTED)


@dataclass(kw_only=True)
class Town:
    """One deployment whose public write key everybody knows."""

    random: Random
    room: Mailroom = field(default_factory=Mailroom)
    mailed: dict[str, list[datetime]] = field(default_factory=dict)
    _read: int = 0
    _published: int = 0
    _mails: int = 0

    def __post_init__(self) -> None:
        room = self.room
        room.book.write_keys[PUBLIC.key] = PUBLIC
        self.track = Track(
            keys=RememberedKeys(room.book, now=room.clock),
            log=room.log,
            refs=room.refs,
            quarantine=FakeQuarantine(),
            allowance=FakeAllowance(),
            now=room.clock,
        )
        room.log.owner_of = partial(_owner, refs=room.refs)
        self.enrich = composed(
            room.log,
            room.people,
            room.clusters,
            observed=partial(observe, refs=room.refs),
            now=room.clock,
        )

    def post(self, path: str, document: Json) -> None:
        """Knock at the tracking door with the public key; what it refuses is refused."""
        delivery = read_request(posted(path, document, key=PUBLIC.key))
        if isinstance(delivery, Delivery):
            self.track.receive(delivery)

    def settle(self) -> None:
        """Let everything that was posted come to its end; queues may deliver twice."""
        while self._read < len(self.room.log.stream):
            rows = self.room.log.stream[self._read :]
            self._read += len(rows)
            assert not self.enrich.batch(rows).failures
            published = self.room.people.published[self._published :]
            self._published += len(published)
            for person, _, occurrence in published:
                self._start(fact_of(person, occurrence))

    def _start(self, fact: FactRef) -> None:
        intents: list[Intent] = []
        for _ in range(self.random.choice((1, 1, 2))):
            intents += self.room.trigger.start(fact).intents
        self._mail(intents)

    def wake(self) -> None:
        """Wake whoever is due, some of them twice; a schedule that fired is gone."""
        schedules = self.room.schedules
        due = [who for who, at in schedules.at.items() if at <= self.room.clock()]
        for who in due:
            del schedules.at[who]
            intents: list[Intent] = []
            for _ in range(self.random.choice((1, 1, 2))):
                intents += self.room.trigger.wake(who).intents
            self._mail(intents)

    def waits_are_woken_for(self) -> bool:
        """Whether everybody who waits has a schedule, for the earliest that they wait for."""
        earliest: dict[Ref, datetime] = {}
        for run in waiting(self.room.runs.rows.values()):
            earliest.setdefault(run.subject, run.due)
        return earliest == self.room.schedules.at

    def _mail(self, intents: list[Intent]) -> None:
        self.room.intents.queue.clear()
        self.random.shuffle(intents)
        for intent in intents:
            self.room.send.deliver(intent)
        for mail in self.room.mails[self._mails :]:
            self.mailed.setdefault(mail.to, []).append(self.room.clock())
        self._mails = len(self.room.mails)

    def press_confirm(self) -> None:
        """The owner of the address mailed last confirms it."""
        key = self.room.mails[-1].tags["send_id"]
        self.room.engage.confirm(issue(self.room.rings.ring("tokens"), Purpose.CONFIRM, key))
        self.settle()

    def leave(self) -> None:
        """The owner of the address mailed last unsubscribes from its topic."""
        key = self.room.mails[-1].tags["send_id"]
        token = issue(self.room.rings.ring("tokens"), Purpose.UNSUBSCRIBE, key)
        self.room.engage.unsubscribe(token, Scope.TOPIC, method="page")
        self.settle()

    def join(self, message_id: str, **who: Any) -> None:
        """Somebody joins the talent network on the career site."""
        message = {"event": "Talent Network Joined", "messageId": message_id, **who}
        self.post("/v1/track", message)
        self.settle()


def _owner(event: Event, refs: Pseudonyms) -> Ref | None:
    return observe(event, refs).owner


def fact_of(person: PersonId, occurrence: Occurrence) -> FactRef:
    """An occurrence as it travels on the bus."""
    return FactRef(
        name=occurrence.name,
        event_id=occurrence.event_id,
        person=person,
        origin=occurrence.origin.value,
        occurred_at=occurrence.occurred_at,
        received_at=occurrence.received_at,
        log_pk=Ref(occurrence.log_pk),
        log_sk=occurrence.log_sk,
        job=occurrence.job,
    )
