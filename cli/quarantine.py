"""`rapport quarantine`: what the tracking door refused, and delivering it again.

A replay runs the door's own flow on the messages that were kept, with the keys as they are now and
at the time at which they came. Unless it is told to be live, what it stores starts nothing. It may
be repeated, for a message that is stored already is a repeated one.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from cli import output
from cli.config import Config
from cli.errors import CommandError
from cli.store import use
from functions.track import aside
from functions.track.flow import Outcome, Track
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.adapters.dynamo.write_keys import DynamoWriteKeys
from rapport.adapters.quarantine import Kept, S3Quarantine
from rapport.domain.event import Json, Origin, from_millis
from rapport.domain.rate import Rate
from rapport.domain.wire import MAX_BATCH
from rapport.door import Refused, WriteKey


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What became of one object: messages by outcome, and why the rest is still refused."""

    accepted: int = 0
    repeated: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether nothing is left that the object is good for."""
        return not self.refused


class Desk:
    """The quarantine of a deployment, opened by the person at the keyboard."""

    def __init__(self, config: Config) -> None:
        """Open the deployment that the configuration names."""
        use(config)
        self._config = config
        self._vault = DynamoVault(config.tables["vault"])
        self._shelf = S3Quarantine(config.buckets["failed"], self._vault)

    def listed(self, *, day: str = "", source: str = "", reason: str = "") -> list[Kept]:
        """What is kept, in order of time."""
        return [
            kept
            for kept in self._shelf.names(day)
            if source in {"", kept.source} and reason in {"", kept.reason}
        ]

    def found(self, asked: str) -> Kept:
        """The object of that id."""
        for kept in self._shelf.names():
            if kept.id == asked:
                return kept
        msg = f"Nothing in the quarantine has the id {asked}; rapport quarantine list shows them."
        raise CommandError(msg)

    def content(self, kept: Kept) -> Mapping[str, Json]:
        """What was kept, opened."""
        return self._shelf.read(kept)

    def drop(self, kept: Kept) -> None:
        """Forget it."""
        self._shelf.drop(kept)

    def replay(self, kept: Kept, *, live: bool) -> Replayed:
        """Deliver it again. CommandError when nobody could read it then, nor can now."""
        content = self.content(kept)
        if kept.source.startswith("ats-") and "call" not in content:
            name = kept.source.removeprefix("ats-")
            msg = f"An ATS told it: rapport ats replay {name} --id {kept.id}"
            raise CommandError(msg)
        delivery = aside.delivery_of(content)
        if delivery is None or not delivery.messages:
            msg = (
                f"Nothing of {kept.id} can be delivered: it was too large or no JSON."
                f" rapport quarantine show {kept.id} tells what it is; mend it where it was made."
            )
            raise CommandError(msg)
        at = from_millis(cast("int", content["received_at"]))
        done = Counter[str]()
        for start in range(0, len(delivery.messages), MAX_BATCH):
            part = delivery.messages[start : start + MAX_BATCH]
            outcome = self._track(at, live=live).receive(replace(delivery, messages=part))
            done += _counted(outcome, len(part))
        taken = {name: done.pop(name, 0) for name in ("accepted", "repeated")}
        return Replayed(**taken, refused=dict(done))

    def _track(self, at: datetime, *, live: bool) -> Track:
        return Track(
            keys=_KeysOfNow(DynamoWriteKeys(self._config.tables["book"])),
            log=DynamoLog(self._config.tables["log"], self._vault),
            refs=Pseudonymiser(self._vault),
            quarantine=_Nowhere(),
            allowance=_Boundless(),
            now=lambda: at,
            origin=Origin.LIVE if live else Origin.BACKFILL,
        )


class _KeysOfNow:
    """A source's messages may be delivered with its key of now, if theirs was revoked."""

    def __init__(self, stored: DynamoWriteKeys) -> None:
        self._stored = stored

    def write_key(self, key: str) -> WriteKey | None:
        """The key, or what followed it; never one for a key that was unknown."""
        found = self._stored.write_key(key)
        if found is None or found.enabled:
            return found
        return self._stored.successor(found) or found


class _Nowhere:
    """What is refused again stays where it is."""

    def keep(self, refused: Refused) -> bool:
        return True


class _Boundless:
    """An operator may deliver as much as there is."""

    def take(self, scope: str, tokens: int, limit: Rate, now: datetime) -> timedelta | None:
        return None


def _counted(outcome: Outcome, messages: int) -> Counter[str]:
    counts = Counter({"accepted": outcome.accepted, "repeated": outcome.repeated})
    if outcome.problem is not None and not outcome.refused:
        counts[outcome.problem.code] = messages
    for refusal, count in outcome.refused.items():
        counts[refusal.value] = count
    return +counts


def show_list(kept: list[Kept]) -> None:
    """One line per object."""
    lines = [(output.clock(k.at), k.source, k.reason, k.count, k.id) for k in kept]
    if not lines:
        output.line("Nothing is in the quarantine.")
        return
    output.rows(("received", "source", "reason", "messages", "id"), lines)


def shown(content: Mapping[str, Json]) -> Json:
    """What was kept, without the write key, which may be a secret one."""
    return {name: value for name, value in content.items() if name != "key"}


def show_replayed(kept: Kept, done: Replayed) -> None:
    """What became of it, and what to do with the rest."""
    output.line(f"{done.accepted} stored, {done.repeated} were stored already.")
    for reason, count in sorted(done.refused.items()):
        output.line(f"{count} refused again: {reason}.")
    if done.whole:
        output.line(f"Nothing is left in it: rapport quarantine drop {kept.id}")
