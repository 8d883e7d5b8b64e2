"""A campaign's way from its launch to the last wish to mail somebody; `send` judges each of those.

go      1. Stand still while the campaign is paused, cancelled or other than what was agreed to:
           whoever changes that queues the next call.
        2. Write the audience down, a page at a time: the rows and how far it has come in one
           transaction, so that a worker that dies leaves a whole page or none.
        3. Put the intents of whoever's turn it is into the queue of `send`, as far ahead as SES
           takes in a minute, and note after each batch how far it has come. The note fails when
           somebody paused the campaign, so that no further batch is put.
        4. Come back when there is room, or when the next people's turn is.
list    Write the audience of a rehearsal down, and have each page of it judged.
judge   Judge one page, and keep the counts.

An intent is named by the campaign and the person: one that is put twice, because a worker died
between the batch and its note, is mailed once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from rapport.bundle import Bundle
from rapport.campaign_work import (
    Audiences,
    Work,
    audience_of,
    going,
    judging,
    listing,
    wants_approval,
)
from rapport.campaigns import Campaign
from rapport.domain import launch as way
from rapport.domain.decision import Intent
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId
from rapport.domain.launch import GOING, Launch, State
from rapport.errors import PoisonError
from rapport.identity import Clusters
from rapport.launching import (
    PAGE,
    Chunk,
    Launches,
    beginning,
    grouped,
    intent_of,
    most_of,
    print_of,
    turn,
)
from rapport.mailing.compose import Composer
from rapport.mailing.snapshot import Reader
from rapport.ports import Bundles, People
from rapport.profiles import person_of
from rapport.rehearsing import Rehearsals, counted, judged
from rapport.sending import Accounts
from rapport.zones import zone_of

# Intents between two notes of how far it has come, and seconds of SES's pace that may wait.
BATCH = 50
AHEAD_S = 60
COME_BACK_S = 20
LONGEST_S = 900
# When SES does not tell its rate: that of an account that it has just let out of its sandbox.
USUAL_PER_SECOND = 14.0
MOST_SPENT = "it has sent as many mails as it may"


class Came(StrEnum):
    """What a call came to; each is a metric."""

    STANDS = "CampaignsStanding"
    LISTED = "AudiencePages"
    AHEAD = "CampaignsAhead"
    WAITS = "CampaignsWaiting"
    DONE = "CampaignsDone"
    JUDGED = "RehearsalPages"
    OVERTAKEN = "CampaignsOvertaken"
    GONE = "CampaignsGone"


class Queue(Protocol):
    """The queue in front of `send`."""

    def put_all(self, intents: Sequence[Intent]) -> None:
        """Queue them all, to be judged at once; RetryableError if some may not have been."""
        ...

    def waiting(self) -> int:
        """About how many are in it, those that were put back for a while too."""
        ...


@dataclass(frozen=True, kw_only=True)
class Drive:
    """The flow. `bundles` and `live` give the live bundle; `reader` judges as if launched."""

    live: Callable[[], str]
    bundles: Bundles
    launches: Launches
    rehearsals: Rehearsals
    audiences: Audiences
    people: People
    clusters: Clusters
    reader: Reader
    composer: Composer
    queue: Queue
    accounts: Accounts
    work: Work
    now: Callable[[], datetime]

    def do(self, message: Mapping[str, Json], *, until: datetime) -> Came:
        """Do what a message says, as far as the time allows; PoisonError for what is none."""
        match message:
            case {"do": "go", "campaign": str(key)}:
                return self._go(key, until)
            case {"do": "list", "campaign": str(key), "run": str(run)}:
                return self._list(key, run, until)
            case {"do": "judge", "campaign": str(key), "run": str(run), "page": int(page)}:
                return self._judge(key, run, page)
        msg = "this message says nothing that a campaign can do"
        raise PoisonError(msg)

    def _go(self, key: str, until: datetime) -> Came:
        came = self._went(key, until)
        if came is Came.OVERTAKEN:
            # By somebody who paused or changed it, or by another worker: look at it afresh.
            self.work.put(going(key), after_s=1)
        return came

    def _went(self, key: str, until: datetime) -> Came:
        bundle_hash = self.live()
        bundle = self.bundles.get(bundle_hash)
        campaign, launch = bundle.campaign(key), self.launches.get(key)
        if campaign is None:
            return Came.GONE
        if launch.state not in GOING - {State.DONE}:
            return Came.STANDS
        told, _ = print_of(bundle, campaign)
        if told != launch.agreed:
            # It may come back as it was: nobody has to say so then.
            self.work.put(going(key), after_s=LONGEST_S)
            return Came.STANDS
        if launch.frozen:
            return self._put(campaign, launch, bundle_hash, until)
        return self._freeze(bundle, campaign, launch, until)

    def _freeze(self, bundle: Bundle, campaign: Campaign, launch: Launch, until: datetime) -> Came:
        """Write the audience down, as far as the time allows; the next call goes on."""
        while not launch.frozen and self.now() < until:
            after = self._page(bundle, campaign, launch)
            if after is None:
                return Came.OVERTAKEN
            launch = after
        if launch.frozen and wants_approval(bundle, launch) and not launch.approved(launch.agreed):
            # More people than when it was launched.
            self.launches.save(way.pause(launch, way.unapproved(campaign.key), now=self.now()))
            return Came.STANDS
        self.work.put(going(campaign.key))
        return Came.LISTED

    def _page(self, bundle: Bundle, campaign: Campaign, launch: Launch) -> Launch | None:
        """The launch with one more page of its audience; None if somebody else wrote first."""
        people, cursor = self.audiences.page(audience_of(bundle, campaign), cursor=launch.after)
        begins = launch.begins or self.now()
        turns = [(person, self._turn(bundle, campaign, person, begins)) for person in people]
        chunks = grouped(turns, page=launch.pages)
        after = way.page_added(launch, people=len(people), after=cursor, whole=not cursor)
        return after if self.launches.save(after, chunks) else None

    def _turn(
        self, bundle: Bundle, campaign: Campaign, person: PersonId, begins: datetime
    ) -> datetime:
        if campaign.local_hour < 0:
            return begins
        found = person_of(self.people, self.clusters, person)
        if found is None:
            return begins
        return turn(begins, campaign.local_hour, zone_of(found.profile, bundle))

    def _put(self, campaign: Campaign, launch: Launch, bundle_hash: str, until: datetime) -> Came:
        key, room = campaign.key, self._room(campaign)
        while self.now() < until:
            chunk = self._next(launch)
            if chunk is None:
                return self._waits(launch)
            if room <= 0:
                break
            left = chunk.people[launch.within if chunk.name == launch.chunk else 0 :]
            batch = left[: min(BATCH, room)]
            self.queue.put_all(
                [
                    replace(
                        intent_of(
                            launch,
                            campaign.program,
                            person,
                            due=chunk.due,
                            bundle_hash=bundle_hash,
                        ),
                        decided_at=self.now(),
                    )
                    for person in batch
                ]
            )
            within = len(chunk.people) - len(left) + len(batch)
            after = way.put_on(launch, chunk=chunk.name, within=within, people=len(batch))
            if not self.launches.save(after):
                return Came.OVERTAKEN
            launch, room = after, room - len(batch)
        most = most_of(campaign)
        if most is not None and self.launches.spent(key) >= most:
            self.launches.save(way.pause(launch, MOST_SPENT, now=self.now()))
            return Came.STANDS
        self.work.put(going(key), after_s=COME_BACK_S)
        return Came.AHEAD

    def _room(self, campaign: Campaign) -> int:
        """How many intents may be put now: what SES takes in a minute, and the bound leaves."""
        rate = self.accounts.account().per_second or USUAL_PER_SECOND
        waiting = self.queue.waiting()
        room = int(rate * AHEAD_S) - waiting
        most = most_of(campaign)
        if most is None:
            return room
        return min(room, most - self.launches.spent(campaign.key) - waiting)

    def _next(self, launch: Launch) -> Chunk | None:
        """The chunk that is under way, or the next that is due."""
        found = self.launches.chunks(launch.campaign, since=launch.chunk, until=self.now(), limit=2)
        for chunk in found:
            if chunk.name != launch.chunk or launch.within < len(chunk.people):
                return chunk
        return None

    def _waits(self, launch: Launch) -> Came:
        """Nobody's turn is now: come back for the next, or be done."""
        due = self.launches.next_due(launch.campaign, after=launch.chunk)
        if due is None:
            return Came.DONE if self.launches.save(way.finish(launch)) else Came.OVERTAKEN
        wait = max(due - self.now(), timedelta(seconds=1))
        self.work.put(going(launch.campaign), after_s=min(wait.total_seconds(), LONGEST_S))
        return Came.WAITS

    def _list(self, key: str, run: str, until: datetime) -> Came:
        bundle = self.bundles.get(self.live())
        campaign, rehearsal = bundle.campaign(key), self.rehearsals.last(key)
        if campaign is None or rehearsal is None or rehearsal.run != run:
            return Came.GONE
        while not rehearsal.listed:
            if self.now() >= until:
                self.work.put(listing(key, run))
                return Came.LISTED
            of = audience_of(bundle, campaign)
            people, cursor = self.audiences.page(of, cursor=rehearsal.cursor)
            rehearsal = replace(
                rehearsal,
                version=rehearsal.version + 1,
                cursor=cursor,
                pages=rehearsal.pages + (1 if people else 0),
                people=rehearsal.people + len(people),
                listed=not cursor,
            )
            if not self.rehearsals.save(rehearsal, people):
                return Came.OVERTAKEN
        # Not before: a page whose message was lost would never be judged.
        for page in range(rehearsal.pages):
            self.work.put(judging(key, run, page))
        return Came.LISTED

    def _judge(self, key: str, run: str, page: int) -> Came:
        bundle_hash = self.live()
        campaign = self.bundles.get(bundle_hash).campaign(key)
        people = self.rehearsals.page(key, run, page)
        if campaign is None or not people:
            return Came.GONE
        launch = self.launches.get(key)
        begins = beginning(campaign, self.now())
        intents = (
            intent_of(launch, campaign.program, person, due=begins, bundle_hash=bundle_hash)
            for person in people[:PAGE]
        )
        told = [
            judged(self.reader, self.composer, intent, campaign, begins=begins)
            for intent in intents
        ]
        self.rehearsals.judged(key, run, page, counted(told))
        return Came.JUDGED
