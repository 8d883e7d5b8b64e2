"""Campaigns on twins of everything, with the real `send` behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from functions.campaign.flow import Drive
from rapport.campaigning import Campaigns
from rapport.campaigns import Campaign
from rapport.domain.decision import Intent
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId
from rapport.domain.person import Account
from rapport.launching import AsIfLaunched
from rapport.mailing.snapshot import Reader
from rapport.rehearsing import Rehearsal, Tally
from rapport.segments import Segment
from tests.support.mailroom import PUBLIC_URL, Mailroom

KEY = "rota-evening"
MINUTE = timedelta(minutes=1)


class FakeRehearsals:
    """Rehearsals, their pages and what those came to, in dicts."""

    def __init__(self) -> None:
        self.rows: dict[str, Rehearsal] = {}
        self.pages: dict[tuple[str, str, int], tuple[PersonId, ...]] = {}
        self.counts: dict[tuple[str, str, int], Tally] = {}

    def last(self, campaign: str) -> Rehearsal | None:
        return self.rows.get(campaign)

    def save(self, rehearsal: Rehearsal, page: Sequence[PersonId] = ()) -> bool:
        stored = self.rows.get(rehearsal.campaign)
        same = stored is not None and stored.run == rehearsal.run
        if rehearsal.version > 1 and not (
            same and stored is not None and stored.version == rehearsal.version - 1
        ):
            return False
        self.rows[rehearsal.campaign] = rehearsal
        if page:
            self.pages[rehearsal.campaign, rehearsal.run, rehearsal.pages - 1] = tuple(page)
        return True

    def page(self, campaign: str, run: str, page: int) -> Sequence[PersonId]:
        return self.pages.get((campaign, run, page), ())

    def judged(self, campaign: str, run: str, page: int, tally: Tally) -> None:
        self.counts[campaign, run, page] = tally

    def tallies(self, campaign: str, run: str) -> Sequence[Tally | None]:
        mine = sorted(key for key in self.pages if key[:2] == (campaign, run))
        return [self.counts.get(key) for key in mine]


@dataclass
class FakeAudiences:
    """Everybody in one list, `size_of_page` at a time."""

    people: list[PersonId] = field(default_factory=list)
    size_of_page: int = 500

    def size(self, of: Segment | str) -> int:
        return len(self.people)

    def page(self, of: Segment | str, *, cursor: str) -> tuple[Sequence[PersonId], str]:
        first = int(cursor or 0)
        last = first + self.size_of_page
        return self.people[first:last], str(last) if last < len(self.people) else ""


class FakeWork:
    """The queue in front of the worker, with the delay of each message."""

    def __init__(self) -> None:
        self.queue: list[tuple[Mapping[str, Json], float]] = []

    def put(self, message: Mapping[str, Json], *, after_s: float = 0) -> None:
        self.queue.append((message, after_s))


@dataclass(kw_only=True)
class Agency:
    """A room for mail, and who launches campaigns in it. `crash` dies after so many calls."""

    room: Mailroom = field(default_factory=Mailroom)
    audiences: FakeAudiences = field(default_factory=FakeAudiences)
    rehearsals: FakeRehearsals = field(default_factory=FakeRehearsals)
    work: FakeWork = field(default_factory=FakeWork)
    put: list[Intent] = field(default_factory=list)
    # When each batch was put, and how many intents.
    batches: list[tuple[datetime, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.room.accounts.known = Account(per_second=14.0)
        # Kept, as a worker keeps it: how campaigns stand is read every 10 s.
        self.send = self.room.send
        self.edit(KEY, local_hour=-1, most_usd=0.0, block="")

    @property
    def reader(self) -> Reader:
        return replace(self.room.send.reader, stands=AsIfLaunched())

    @property
    def campaigns(self) -> Campaigns:
        room = self.room
        return Campaigns(
            live=lambda: (room.bundle, room.live),
            launches=room.launches,
            rehearsals=self.rehearsals,
            audiences=self.audiences,
            work=self.work,
            reader=self.reader,
            composer=room.send.composer,
            mailer=room.mailer,
            counts=room.counts,
            funnel=room.fates,
            test_link=lambda address: f"{PUBLIC_URL}/u/test-{len(address)}",
            now=room.clock,
        )

    @property
    def drive(self) -> Drive:
        room = self.room
        return Drive(
            live=lambda: room.live,
            bundles=room.bundles,
            launches=room.launches,
            rehearsals=self.rehearsals,
            audiences=self.audiences,
            people=room.people,
            clusters=room.clusters,
            reader=self.reader,
            composer=room.send.composer,
            queue=self,
            accounts=room.accounts,
            work=self.work,
            now=room.clock,
        )

    # The queue in front of `send`

    def put_all(self, intents: Sequence[Intent]) -> None:
        self.room.intents.queue += intents
        self.put += intents
        self.batches.append((self.room.clock(), len(intents)))

    def waiting(self) -> int:
        return len(self.room.intents.queue)

    # What happens

    def edit(self, key: str, **told: Any) -> Campaign:
        """Publish the campaign of that key, changed."""
        bundle = self.room.bundle
        changed = {
            each.key: msgspec.structs.replace(each, **told) if each.key == key else each
            for each in bundle.campaigns
        }
        self.room.publish(msgspec.structs.replace(bundle, campaigns=tuple(changed.values())))
        return changed[key]

    def crowd(self, count: int) -> list[PersonId]:
        """So many people who agreed to be mailed; they are the audience."""
        people = [self.room.confirmed(f"p{n}@inbox.halden.example") for n in range(count)]
        self.audiences.people = people
        return people

    def step(self) -> bool:
        """Do the first message of the worker's queue, when its time has come."""
        if not self.work.queue:
            return False
        message, after_s = self.work.queue.pop(0)
        self.room.clock.forward(seconds=after_s)
        self.drive.do(message, until=self.room.clock() + MINUTE)
        return True

    def mail(self, most: int = 5_000) -> None:
        """Let `send` work through its queue."""
        for _ in range(most):
            if not self.room.intents.queue:
                return
            # Whoever dies leaves the message where it was.
            self.send.deliver(self.room.intents.queue[0])
            self.room.intents.queue.pop(0)
            # As fast as they may leave; else they would be put back.
            self.room.clock.forward(seconds=1 / (self.room.accounts.known.per_second or 1.0))

    def run(self, most: int = 60) -> None:
        """Drive and mail until nothing is left to do."""
        for _ in range(most):
            self.mail()
            if not self.step():
                return
