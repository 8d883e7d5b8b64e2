"""What people do with campaigns: look at what one would come to, approve, launch, stop, see it end.

The console, the operators' API and the command line do it by this class. Whoever does something is
named by the subject that they sign in with. What takes long is asked of `functions/campaign` by its
queue, and looked at later.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rapport.bundle import Bundle
from rapport.campaign_work import (
    Audiences,
    CampaignError,
    Example,
    Standing,
    Work,
    answered,
    as_test,
    audience_of,
    going,
    listing,
    wants_approval,
)
from rapport.campaigns import Campaign
from rapport.domain import launch as way
from rapport.domain.decision import Outcome, digest
from rapport.domain.identifiers import PersonId
from rapport.domain.launch import Launch, MoveError
from rapport.launching import Launches, beginning, everybody, intent_of, most_of, moved, print_of
from rapport.mailing.around import sending_domain
from rapport.mailing.compose import Composer
from rapport.mailing.snapshot import Reader
from rapport.outcomes import Funnel, Intended
from rapport.ports import Mailer
from rapport.rehearsing import (
    Outlook,
    Rehearsal,
    Rehearsals,
    Tally,
    bounded,
    judged,
    paced,
    rooms,
    together,
)
from rapport.sending import Counts, day_of

EXAMPLES = 10
# So many people are judged at most to find the examples.
MOST_LOOKED_AT = 200
RUN_CHARS = 16


@dataclass(frozen=True, kw_only=True)
class Campaigns:
    """What can be done, on ports. `live` gives the live bundle and its hash.

    `reader` judges as if the campaign were launched; `test_link` makes an unsubscribe link for a
    test mail to an address.
    """

    live: Callable[[], tuple[Bundle, str]]
    launches: Launches
    rehearsals: Rehearsals
    audiences: Audiences
    work: Work
    reader: Reader
    composer: Composer
    mailer: Mailer
    counts: Counts
    funnel: Funnel
    test_link: Callable[[str], str]
    now: Callable[[], datetime]

    def all(self) -> Sequence[Standing]:
        """Every campaign that is published, without what came of its intents."""
        bundle, _ = self.live()
        return [self._standing(bundle, each, {}) for each in bundle.campaigns]

    def show(self, key: str) -> Standing:
        """One campaign."""
        bundle, campaign, _ = self._campaign(key)
        launch = self.launches.get(key)
        return self._standing(bundle, campaign, self._came(campaign, launch))

    def rehearse(self, key: str, *, by: str) -> Rehearsal:
        """Have everybody judged; `outlook` tells what they came to, as far as it is known."""
        bundle, campaign, _ = self._campaign(key)
        told, lacking = print_of(bundle, campaign)
        if lacking:
            raise CampaignError(lacking)
        now = self.now()
        run = digest("rehearsal", key, by, now.isoformat())[:RUN_CHARS]
        rehearsal = Rehearsal(campaign=key, run=run, by=by, at=now, fingerprint=told)
        self.rehearsals.save(rehearsal)
        self.work.put(listing(key, run))
        return rehearsal

    def outlook(self, key: str) -> Outlook | None:
        """What the last rehearsal came to; None if there was none."""
        bundle, campaign, _ = self._campaign(key)
        rehearsal = self.rehearsals.last(key)
        if rehearsal is None:
            return None
        tallies = self.rehearsals.tallies(key, rehearsal.run)
        tally = together(each for each in tallies if each is not None)
        return Outlook(
            tally=self._bounded(bundle, campaign, tally),
            people=rehearsal.people,
            complete=rehearsal.listed and None not in tallies and len(tallies) == rehearsal.pages,
            at=rehearsal.at,
            fingerprint=rehearsal.fingerprint,
        )

    def examples(self, key: str, *, most: int = EXAMPLES) -> Sequence[Example]:
        """Mails as some of the audience would get them at their turn; kept nowhere."""
        bundle, campaign, bundle_hash = self._campaign(key)
        begins, found = beginning(campaign, self.now()), list[Example]()
        launch = self.launches.get(key)
        for looked, person in enumerate(self._people(bundle, campaign)):
            if len(found) == most or looked == MOST_LOOKED_AT:
                break
            intent = intent_of(
                launch, campaign.program, person, due=begins, bundle_hash=bundle_hash
            )
            each = judged(self.reader, self.composer, intent, campaign, begins=begins)
            if each.mail is not None:
                found.append(Example(person=person, mail=each.mail))
        return found

    def seed(self, key: str) -> Mapping[str, str]:
        """Mail the seeds what the first of the audience would get, as a test that counts nowhere.

        By address what SES said: its message id, or why it took none. CampaignError if there are
        no seeds, or nobody may be mailed now.
        """
        bundle, campaign, _ = self._campaign(key)
        if not campaign.seeds:
            msg = f"The campaign {key} names no seeds; list the addresses of testers in it."
            raise CampaignError(msg)
        example = next(iter(self.examples(key, most=1)), None)
        if example is None:
            msg = f"Nobody of {MOST_LOOKED_AT} may be mailed now, so there is no mail to test with."
            raise CampaignError(msg)
        said = {}
        for address in campaign.seeds:
            mail = as_test(
                example.mail, address, self.test_link(address), reply_to=bundle.brand.reply_to
            )
            said[address] = answered(self.mailer.submit(mail))
        return said

    def approve(self, key: str, *, by: str, seen: str = "") -> Standing:
        """Agree to the campaign as it is now, with all that it names.

        `seen`: the fingerprint, or how it begins, of what they looked at: refused for another.
        """
        bundle, campaign, _ = self._campaign(key)
        told, now = self._whole(bundle, campaign), self.now()
        if not told.startswith(seen):
            msg = f"The campaign {key} was changed since you looked at it; look at it again."
            raise CampaignError(msg)
        who = campaign.authors
        launch = self._move(key, lambda each: way.approve(each, told, by, authors=who, now=now))
        if launch.going:
            self.work.put(going(key))
        return self._standing(bundle, campaign, {})

    def ask(self, key: str, *, by: str) -> Standing:
        """Ask for a second person's word to the campaign as it is now; harmless to repeat."""
        bundle, campaign, _ = self._campaign(key)
        told, now = self._whole(bundle, campaign), self.now()
        self._move(key, lambda launch: way.ask(launch, told, by, now=now))
        return self._standing(bundle, campaign, {})

    def launch(self, key: str, *, by: str) -> Standing:
        """Launch it: now, or for the time that it names. CampaignError says what stands in the way.

        Its audience is who is in the segment, or on the list, when it is launched.
        """
        bundle, campaign, _ = self._campaign(key)
        told, now = self._whole(bundle, campaign), self.now()
        people = self.audiences.size(audience_of(bundle, campaign))
        if not people:
            msg = f"Nobody is in the audience of {key}; look at its segment or list."
            raise CampaignError(msg)
        everyone = everybody(bundle, campaign)
        wanted = everyone or people > bundle.policy.approve_over
        self._move(
            key,
            lambda launch: way.begin(
                launch,
                told,
                by,
                begins=beginning(campaign, now),
                everybody=everyone,
                needs_approval=wanted,
                now=now,
            ),
        )
        self.work.put(going(key))
        return self._standing(bundle, campaign, {})

    def pause(self, key: str, *, why: str = "") -> Standing:
        """Let nothing more leave; harmless to repeat."""
        self._move(key, lambda launch: way.pause(launch, why, now=self.now()))
        return self._shown(key)

    def resume(self, key: str) -> Standing:
        """Go on, with the campaign as it is now; harmless to repeat."""
        bundle, campaign, _ = self._campaign(key)
        told = self._whole(bundle, campaign)
        self._move(
            key,
            lambda launch: way.resume(launch, told, needs_approval=wants_approval(bundle, launch)),
        )
        self.work.put(going(key))
        return self._standing(bundle, campaign, {})

    def cancel(self, key: str) -> Standing:
        """End it for good; harmless to repeat."""
        self._move(key, way.cancel)
        return self._shown(key)

    def _shown(self, key: str) -> Standing:
        bundle, campaign, _ = self._campaign(key)
        return self._standing(bundle, campaign, {})

    def _campaign(self, key: str) -> tuple[Bundle, Campaign, str]:
        bundle, bundle_hash = self.live()
        campaign = bundle.campaign(key)
        if campaign is None:
            msg = f"No campaign {key!r} is published; `rapport campaigns` lists those that are."
            raise CampaignError(msg)
        return bundle, campaign, bundle_hash

    def _whole(self, bundle: Bundle, campaign: Campaign) -> str:
        told, lacking = print_of(bundle, campaign)
        if lacking:
            raise CampaignError(lacking)
        return told

    def _move(self, key: str, step: Callable[[Launch], Launch]) -> Launch:
        try:
            return moved(self.launches, key, step)
        except MoveError as error:
            raise CampaignError(str(error)) from None

    def _people(self, bundle: Bundle, campaign: Campaign) -> Iterator[PersonId]:
        of, cursor = audience_of(bundle, campaign), ""
        while True:
            people, cursor = self.audiences.page(of, cursor=cursor)
            yield from people
            if not cursor:
                return

    def _standing(self, bundle: Bundle, campaign: Campaign, counts: Mapping[str, int]) -> Standing:
        told, lacking = print_of(bundle, campaign)
        launch = self.launches.get(campaign.key)
        return Standing(
            campaign=campaign,
            launch=launch,
            fingerprint=told,
            lacking=lacking,
            approved=launch.approved(told) or (launch.at is not None and launch.agreed == told),
            spent=0 if most_of(campaign) is None else self.launches.spent(campaign.key),
            counts=counts,
        )

    def _came(self, campaign: Campaign, launch: Launch) -> Mapping[str, int]:
        """Of the intents that were judged, how many came to what: `sent`, `held …`, `dropped …`."""
        if launch.at is None:
            return {}
        latest: dict[str, Intended] = {}
        day, today = launch.at.astimezone(UTC).date(), self.now().astimezone(UTC).date()
        while day <= today:
            for row in self.funnel.intended(campaign.program, day.isoformat()):
                latest[row.intent] = row
            day += timedelta(days=1)
        words = {Outcome.SEND: "sent", Outcome.HOLD: "held", Outcome.DROP: "dropped"}
        counts: Counter[str] = Counter()
        for row in latest.values():
            outcome = Outcome(row.outcome)
            reason = "" if outcome is Outcome.SEND else f" {row.reason}"
            counts[f"{words[outcome]}{reason}"] += 1
        return counts

    def _bounded(self, bundle: Bundle, campaign: Campaign, tally: Tally) -> Tally:
        """With what bounds all together: each person alone would fit into the day's number."""
        now, most = self.now(), most_of(campaign)
        left = None if most is None else most - self.launches.spent(campaign.key)
        used = self.counts.used(sending_domain(bundle), day_of(now))
        room = rooms(bundle.policy, self.reader.around.accounts.account(), used=used, now=now)
        return paced(bounded(tally, room=left, until=now + timedelta(days=1)), room)
