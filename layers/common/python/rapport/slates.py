"""What a mail is made of beside its template: jobs that fit, the block that is next, a message.

A `Picker` chooses before the mail is decided on, so that the decision is about exactly what goes
out. All open jobs are read once in a while and compared in memory; the few that are chosen are then
read afresh, one by one, so that a job that was closed a moment ago is never shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rapport.alerts import Found, Reading, called, mails_alerts, matching, searches
from rapport.blocks import next_block
from rapport.bundle import Bundle
from rapport.campaigns import Campaign, key_of
from rapport.domain import names
from rapport.domain.address import AddressState, LedgerEntry
from rapport.domain.event import LogKey
from rapport.domain.gates import Case, JobsWish, Terms
from rapport.domain.jobs import Job, job_ref
from rapport.domain.languages import best
from rapport.domain.market import Market
from rapport.domain.person import Slate
from rapport.domain.profile import Profile
from rapport.domain.ranking import as_slate, slate
from rapport.domain.statements import section
from rapport.errors import ErasedError
from rapport.openings import Lexicon
from rapport.phrases import of_alert, spoken
from rapport.ports import Book, Log
from rapport.render import header_text
from rapport.seekers import looking, seeker

MAX_JOBS = 20_000
# How long nobody asks whether the jobs have changed, and after how long they are read in any case:
# a feed that was stored in part leaves no mark.
KEPT = timedelta(seconds=30)
RENEWED = timedelta(hours=1)
_MESSAGE_WRITTEN = names.MESSAGE_WRITTEN.replace(" ", "")


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a person of the employer wrote; a reply is forwarded to `owner`."""

    subject: str
    text: str
    block: str
    sender_name: str
    owner: str


@dataclass(frozen=True, kw_only=True)
class Picked:
    """What a mail will be made of. `jobs` are those of the slate, in its order.

    `languages` are RFC 5646 tags, the best first. `block` is the key of a block, or empty.
    """

    languages: tuple[str, ...] = ()
    slate: Slate | None = None
    jobs: tuple[Job, ...] = ()
    block: str = ""
    message: Message | None = None
    campaign: Campaign | None = None

    @property
    def owner(self) -> str:
        """To whom of the employer's an answer goes; empty: to the brand."""
        if self.campaign is not None:
            return self.campaign.owner
        return "" if self.message is None else self.message.owner

    def reasons(self, job: Job) -> tuple[str, ...]:
        """Why a job of the slate fits, in the person's language."""
        matches = () if self.slate is None else self.slate.jobs
        return next((m.reasons for m in matches if m.job == job_ref(job.id)), ())


NOTHING_PICKED = Picked()


@dataclass(kw_only=True)
class Shelf:
    """All open jobs, ready to be compared; read again when they are others than before."""

    book: Book
    _bundle: str = field(default="", init=False)
    _asked_at: datetime | None = field(default=None, init=False)
    _read_at: datetime | None = field(default=None, init=False)
    _mark: str = field(default="", init=False)
    _lexicon: Lexicon = field(init=False)
    _market: Market = field(init=False)

    def lexicon(self, bundle: Bundle, bundle_hash: str) -> Lexicon:
        """What the words of a bundle mean."""
        if bundle_hash != self._bundle:
            self._lexicon = Lexicon(bundle.matching, bundle.places)
            self._bundle = bundle_hash
            self.forget()
        return self._lexicon

    def market(self, bundle: Bundle, bundle_hash: str, now: datetime) -> Market:
        """The jobs, as they were at most `KEPT` ago."""
        lexicon = self.lexicon(bundle, bundle_hash)
        if self._asked_at is not None and now - self._asked_at <= KEPT:
            return self._market
        # Before the jobs: what is stored while they are read has another mark.
        mark = self.book.jobs_mark()
        late = self._read_at is None or now - self._read_at > RENEWED
        if late or not mark or mark != self._mark:
            jobs = self.book.open_jobs("", limit=MAX_JOBS)
            self._market = Market(map(lexicon.opening, jobs), lexicon.neighbours)
            self._read_at, self._mark = now, mark
        self._asked_at = now
        return self._market

    def forget(self) -> None:
        """Read the jobs again next time."""
        self._asked_at = self._read_at = None


@dataclass(frozen=True, kw_only=True)
class Picker:
    """Chooses what mails are made of."""

    book: Book
    log: Log
    shelf: Shelf
    now: Callable[[], datetime]

    def pick(self, case: Case, bundle: Bundle, profile: Profile) -> Picked:
        """What the mail of a case would be made of, as far as it wants anything.

        For the request to confirm a language and no more: what nobody confirmed is not told to the
        owner of an address.
        """
        terms, address = case.terms, case.address
        if terms is None or address is None:
            return NOTHING_PICKED
        languages = spoken_by(profile, address, bundle)
        if address.confirmed_at is None:
            return Picked(languages=languages)
        entries = tuple(e for state in (address, *case.others) for e in state.ledger)
        campaign = bundle.campaign(key_of(case.intent.program))
        if campaign is not None:
            languages = _lettered(campaign, languages)
        message = self._message(case)
        block = "" if message is None else message.block
        block = block if campaign is None else campaign.block
        if terms.education:
            lexicon = self.shelf.lexicon(bundle, case.bundle)
            block = next_block(
                profile, entries, bundle, lexicon, now=self.now(), languages=languages
            )
        wanted = _wanted(terms, bundle, languages)
        picked = Picked(languages=languages, block=block, message=message, campaign=campaign)
        if not wanted:
            return picked
        found, jobs = self._slate(
            case, bundle, profile, entries, languages=languages, wanted=wanted
        )
        return replace(picked, slate=found, jobs=jobs)

    def _slate(
        self,
        case: Case,
        bundle: Bundle,
        profile: Profile,
        entries: tuple[LedgerEntry, ...],
        *,
        languages: tuple[str, ...],
        wanted: int,
    ) -> tuple[Slate, tuple[Job, ...]]:
        picked = self._chosen(case, bundle, profile, entries, wanted=wanted)
        if picked is None:
            # A job was closed since they were read: read them again, and leave out what still is.
            self.shelf.forget()
            picked = self._chosen(case, bundle, profile, entries, wanted=wanted, lenient=True)
        matches, jobs, vetoed = picked or ((), (), ())
        told = [(f.match, self._reasons(f, case, bundle, profile, languages)) for f in matches]
        return as_slate(told, vetoed, looking=looking(profile, self.now())), jobs

    def _chosen(
        self,
        case: Case,
        bundle: Bundle,
        profile: Profile,
        entries: tuple[LedgerEntry, ...],
        *,
        wanted: int,
        lenient: bool = False,
    ) -> tuple[tuple[Found, ...], tuple[Job, ...], tuple[tuple[str, int], ...]] | None:
        """Matches, their jobs as they are now, and vetoes; None when one of them is closed now."""
        now, relevance = self.now(), bundle.policy.relevance
        market = self.shelf.market(bundle, case.bundle, now)
        lexicon = self.shelf.lexicon(bundle, case.bundle)
        jobs = market.by_job
        if profile.alerts is not None and mails_alerts(bundle, case.intent.program):
            asked = searches(profile, lexicon, relevance, now, ledger=entries, openings=jobs)
            most = min(wanted, relevance.max_jobs)
            reading = Reading(job=self.book.job)
            found, vetoed = matching(asked, market, relevance, reading, now, most=most)
        else:
            who = seeker(profile, lexicon, relevance, now, ledger=entries, openings=jobs)
            matches, vetoed = slate(who, market, relevance, now, most=wanted)
            found = tuple(Found(match, "") for match in matches)
        fresh = [(each, self.book.job(each.match.job)) for each in found]
        still = [(each, job) for each, job in fresh if job is not None and job.is_open(now)]
        if len(still) < len(found) and not lenient:
            return None
        return tuple(each for each, _ in still), tuple(job for _, job in still), vetoed

    def _reasons(
        self, found: Found, case: Case, bundle: Bundle, profile: Profile, languages: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Why a job is there, and by which alert."""
        reasons = spoken(found.match.reasons, *languages)
        alert = (profile.alerts or {}).get(found.alert)
        if alert is None:
            return reasons
        name = called(alert, bundle, self.shelf.lexicon(bundle, case.bundle), *languages)
        return (*reasons, of_alert(header_text(name), *languages))

    def _message(self, case: Case) -> Message | None:
        fact = case.intent.fact
        if fact.name != _MESSAGE_WRITTEN:
            return None
        try:
            event = self.log.get(LogKey(fact.log_pk, fact.log_sk))
        except ErasedError:
            return None
        if event is None or event.type != names.MESSAGE_WRITTEN:
            return None
        said = section(event.body, "properties")
        return Message(**{name: str(said.get(name) or "") for name in Message.__annotations__})


def spoken_by(profile: Profile, address: AddressState, bundle: Bundle) -> tuple[str, ...]:
    """The languages to write to somebody in: as they wish, as their browser speaks, as we do."""
    brand = bundle.brand
    told = (address.wishes.language, profile.attribute("locale"), brand.language, *brand.languages)
    return tuple(dict.fromkeys(tag.replace("_", "-") for tag in told if tag))


def _lettered(campaign: Campaign, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages, that of the best letter first: all of a mail is in the language of one."""
    found = best(languages, campaign.letters) or next(iter(campaign.letters), "")
    return tuple(dict.fromkeys((found, *languages)))


def _wanted(terms: Terms, bundle: Bundle, languages: tuple[str, ...]) -> int:
    """How many jobs a mail may show: what its template has room for, else what the policy says."""
    room = bundle.template(terms.template, *languages).jobs
    if terms.jobs is JobsWish.NONE:
        return room
    return room or terms.policy.relevance.max_jobs
