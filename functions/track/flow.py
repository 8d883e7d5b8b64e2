"""One delivery: check the key, read each message, store what is valid, keep the rest aside.

1. The key: presented once, known, used where its kind may be used, from a page of its list.
2. The allowance: of the address if the key is a browser's, then of the key.
3. The messages, each for itself. What is refused, or meets a fault of ours, goes to the quarantine;
   its neighbours are stored.

The answer is a success only after the log has stored every valid message. A quarantine that is out
of reach loses what would have been refused anyhow, and never makes an answer an error; but where it
is the only place left for a message that may be good, the sender is told to come again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from typing import TypeAlias

from functions.track import aside, problems
from functions.track.delivery import Broken, Delivery, PresentedKey, Raw
from functions.track.events import Reader
from functions.track.keys import WriteKeys
from functions.track.problems import Problem
from rapport.domain.event import Event, Origin, Trust, from_millis, millis
from rapport.domain.privacy import network
from rapport.domain.rate import Rate
from rapport.domain.wire import MAX_BATCH, Refusal
from rapport.door import Allowance, Quarantine, Refused, WriteKey
from rapport.errors import PoisonError, RetryableError
from rapport.ports import Log, Pseudonyms
from rapport.routes import BATCH

# A public key may be used by anybody, so no network has more of it than a busy office needs.
NETWORK_RATE = Rate(per_second=50, burst=3_000)
UNCHECKED = "key_unchecked"
REVOKED = "key_disabled"
# A defect of ours at one message. Anything else concerns the deployment, and all messages.
DEFECTS = (PoisonError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

_Bad: TypeAlias = "dict[str, list[Raw]]"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a delivery. Accepted, repeated, refused and unchecked are its messages.

    `kept` and `not_kept` tell how many of those that were not stored are in the quarantine.
    """

    problem: Problem | None = None
    source: str = ""
    accepted: int = 0
    repeated: int = 0
    unchecked: int = 0
    kept: int = 0
    not_kept: int = 0
    refused: Mapping[Refusal, int] = field(default_factory=dict)
    faults: tuple[Exception, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Track:
    """The tracking door on its ports. A replay gives what it delivers another `origin`."""

    keys: WriteKeys
    log: Log
    refs: Pseudonyms
    quarantine: Quarantine
    allowance: Allowance
    now: Callable[[], datetime]
    origin: Origin = Origin.LIVE

    def receive(self, request: Delivery | Broken) -> Outcome:
        """Store a delivery's messages. RetryableError: some may be stored, send it all again."""
        at = from_millis(millis(self.now()))
        presented = {key.value for key in request.keys}
        if len(presented) != 1:
            problem = problems.KEYS_DISAGREE if presented else problems.NO_KEY
            return Outcome(problem=request.problem if isinstance(request, Broken) else problem)
        [value] = presented
        try:
            key = self.keys.write_key(value)
        except RetryableError:
            return self._unchecked(request, value, at)
        if key is None:
            return Outcome(problem=problems.UNKNOWN_KEY)
        return self._with_key(request, key, at)

    def _with_key(self, request: Delivery | Broken, key: WriteKey, at: datetime) -> Outcome:
        misused = _misused(key, request)
        if misused is not None:
            return self._turned_away(request, *misused, key, at)
        wait = self._wait(key, request, at)
        if wait is not None:
            seconds = max(1, ceil(wait.total_seconds()))
            problem = replace(problems.RATE_LIMITED, retry_after=seconds)
            return Outcome(problem=problem, source=key.source)
        if isinstance(request, Broken):
            return self._turned_away(request, request.problem.code, request.problem, key, at)
        return self._store(request, key, at)

    def _turned_away(
        self, request: Delivery | Broken, reason: str, problem: Problem, key: WriteKey, at: datetime
    ) -> Outcome:
        kept, not_kept = self._aside(request, reason, key.source, key.key, at)
        return Outcome(problem=problem, source=key.source, kept=kept, not_kept=not_kept)

    def _store(self, delivery: Delivery, key: WriteKey, at: datetime) -> Outcome:
        reader = Reader(key=key, refs=self.refs, origin=self.origin, received_at=at)
        bad: _Bad = {}
        faults: list[Exception] = []
        found: dict[tuple[str, str], tuple[Event, Raw]] = {}
        good = 0
        for raw in delivery.messages[:MAX_BATCH]:
            try:
                read = reader.event(raw, delivery)
            except DEFECTS as fault:
                faults.append(fault)
                read = Refusal.FAULT
            if isinstance(read, Refusal):
                bad.setdefault(read.value, []).append(raw)
            else:
                good += 1
                # One id twice in a request is one message, whatever else differs: the first stands.
                found.setdefault((read.partition, read.message_id), (read, raw))
        if len(delivery.messages) > MAX_BATCH:
            bad[Refusal.TOO_MANY.value] = list(delivery.messages[MAX_BATCH:])
        stored = self._append([event for event, _ in found.values()])
        for (_, raw), new in zip(found.values(), stored, strict=True):
            if isinstance(new, Exception):
                faults.append(new)
                bad.setdefault(Refusal.FAULT.value, []).append(raw)
        accepted = sum(new is True for new in stored)
        lost = sum(isinstance(new, Exception) for new in stored)
        kept, not_kept = self._keep_bad(delivery, bad, key, at)
        if faults and not_kept:
            # The fault is ours and the message may be good: it must not be lost without a word.
            raise faults[0]
        refused = Counter({Refusal.of(code): len(raws) for code, raws in bad.items()})
        alone = delivery.call != BATCH and bool(refused)
        return Outcome(
            problem=_of_refusal(next(iter(refused))) if alone else None,
            source=key.source,
            accepted=accepted,
            repeated=good - accepted - lost,
            kept=kept,
            not_kept=not_kept,
            refused=dict(refused),
            # One of a kind: a batch may meet the same defect 2 500 times.
            faults=tuple({type(fault): fault for fault in faults}.values()),
        )

    def _append(self, events: Sequence[Event]) -> list[bool | Exception]:
        """Per event whether it was new, or what is wrong with it alone."""
        if not events:
            return []
        try:
            return [*self.log.append(events)]
        except DEFECTS as fault:
            if len(events) == 1:
                return [fault]
        # Halved until it stands alone: one after the other, a large batch would take too long.
        half = len(events) // 2
        return [*self._append(events[:half]), *self._append(events[half:])]

    def _wait(self, key: WriteKey, request: Delivery | Broken, now: datetime) -> timedelta | None:
        tokens = 1 if isinstance(request, Broken) else max(1, len(request.messages))
        limits: list[tuple[str, str, Rate]] = [("key", key.key, key.rate)]
        near = network(request.sender.source_ip)
        if key.trust is Trust.ASSERTED and near:
            limits.insert(0, ("network", near, NETWORK_RATE))
        for purpose, value, rate in limits:
            scope = f"{purpose}.{self.refs.digest(purpose, value)}"
            wait = self.allowance.take(scope, min(tokens, MAX_BATCH), rate, now)
            if wait is not None:
                return wait
        return None

    def _unchecked(self, request: Delivery | Broken, value: str, at: datetime) -> Outcome:
        """Nobody can tell whether the key is good: take the messages now, decide by a replay."""
        kept, not_kept = self._aside(request, UNCHECKED, "", value, at)
        if isinstance(request, Broken):
            return Outcome(problem=request.problem, kept=kept, not_kept=not_kept)
        if not_kept:
            msg = "neither write keys nor the quarantine can be reached"
            raise RetryableError(msg)
        return Outcome(unchecked=kept, kept=kept)

    def _aside(
        self, request: Delivery | Broken, reason: str, source: str, value: str, at: datetime
    ) -> tuple[int, int]:
        """Keep a whole request; how many messages were kept, and how many were not."""
        if isinstance(request, Broken):
            return self._keep(aside.broken(request, at=at, source=source, key=value))
        if not request.messages:
            return 0, 0
        bad = {reason: request.messages}
        refused = aside.refused(request, bad, at=at, source=source, key=value)
        return self._keep(replace(refused, good=reason == UNCHECKED))

    def _keep_bad(
        self, delivery: Delivery, bad: _Bad, key: WriteKey, at: datetime
    ) -> tuple[int, int]:
        if not bad:
            return 0, 0
        return self._keep(aside.refused(delivery, bad, at=at, source=key.source, key=key.key))

    def _keep(self, refused: Refused) -> tuple[int, int]:
        try:
            kept = self.quarantine.keep(refused)
        except RetryableError:
            kept = False
        return (refused.count, 0) if kept else (0, refused.count)


def _misused(key: WriteKey, request: Delivery | Broken) -> tuple[str, Problem] | None:
    """Why a key that exists does not open the door for this request: code and answer."""
    if not key.enabled:
        return REVOKED, problems.UNKNOWN_KEY
    if key.trust is Trust.VERIFIED and request.sender.origin is not None:
        return problems.KEY_IN_BROWSER.code, problems.KEY_IN_BROWSER
    if key.trust is Trust.VERIFIED and _stands_in_url(request.keys):
        return problems.KEY_IN_URL.code, problems.KEY_IN_URL
    if key.origins and request.sender.origin not in {None, *key.origins}:
        return problems.FOREIGN_ORIGIN.code, problems.FOREIGN_ORIGIN
    return None


def _stands_in_url(keys: Iterable[PresentedKey]) -> bool:
    return any(key.place == "query" for key in keys)


def _of_refusal(refusal: Refusal) -> Problem:
    return Problem(status=400, code=refusal.value, message=refusal.meaning)
