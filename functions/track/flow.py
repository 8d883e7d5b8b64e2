"""One delivery: check the key, read each message, store what is valid, count the rest.

The answer is a success only after the log has stored every valid message. A batch never fails for
a single message: what is refused is counted by reason, its neighbours are stored.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.track.keys import WriteKeys
from functions.track.problems import (
    BATCH,
    KEYS_DISAGREE,
    NO_KEY,
    UNKNOWN_KEY,
    Problem,
)
from functions.track.request import Delivery
from rapport.domain.event import Event, LogKey, Origin, Trust, corrected_time, from_millis, millis
from rapport.domain.wire import Message, Refusal, read_message, with_address
from rapport.events import stored_type
from rapport.ports import Log, Pseudonyms, WriteKey

# Below this a difference of clocks is the network's, or a retry whose sender did not refresh
# `sentAt`; correcting for it would move the event by the delay.
CLOCK_TOLERANCE = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a delivery. Accepted, repeated and refused add up to its messages."""

    problem: Problem | None = None
    source: str = ""
    accepted: int = 0
    repeated: int = 0
    refused: Mapping[Refusal, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Track:
    """The tracking door on its ports."""

    keys: WriteKeys
    log: Log
    refs: Pseudonyms
    now: Callable[[], datetime]

    def receive(self, delivery: Delivery) -> Outcome:
        """Store a delivery's messages. RetryableError: some may be stored, send it all again."""
        received_at = from_millis(millis(self.now()))
        key = self._key(delivery.write_keys)
        if isinstance(key, Problem):
            return Outcome(problem=key)
        messages = [
            read_message(raw, call=delivery.call, batch_sent_at=delivery.sent_at)
            for raw in delivery.messages
        ]
        refused = Counter(m for m in messages if isinstance(m, Refusal))
        if refused and delivery.call != BATCH:
            [reason] = refused
            problem = Problem(status=400, code=reason.value, message=reason.meaning)
            return Outcome(problem=problem, source=key.source, refused=refused)
        events: dict[LogKey, Event] = {}
        for message in messages:
            if isinstance(message, Message):
                event = self._event(message, key, received_at, delivery.source_ip)
                events.setdefault(event.key, event)
        accepted = sum(self.log.append(list(events.values()))) if events else 0
        return Outcome(
            source=key.source,
            accepted=accepted,
            repeated=len(messages) - refused.total() - accepted,
            refused=refused,
        )

    def _key(self, presented: frozenset[str]) -> WriteKey | Problem:
        if len(presented) != 1:
            return KEYS_DISAGREE if presented else NO_KEY
        key = self.keys.write_key(*presented)
        return key if key is not None and key.enabled else UNKNOWN_KEY

    def _event(self, message: Message, key: WriteKey, received_at: datetime, ip: str) -> Event:
        home = self.refs.ref(message.home.ns, message.home.value)
        anon = message.anon
        return Event(
            partition=home if anon is None else self.refs.ref(anon.ns, anon.value),
            home=home,
            type=stored_type(message.call, message.name),
            source=key.source,
            message_id=message.message_id,
            trust=key.trust,
            origin=Origin.LIVE,
            original_at=message.original_at,
            sent_at=message.sent_at,
            received_at=received_at,
            at=corrected_time(
                original_at=message.original_at,
                # A server's clock is taken at its word, a browser's is not.
                sent_at=message.sent_at if key.trust is Trust.ASSERTED else None,
                received_at=received_at,
                tolerance=CLOCK_TOLERANCE,
            ),
            body=with_address(message.body, ip),
        )
