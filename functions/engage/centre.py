"""What the owner of an address may choose on the page behind a mail's link, and what it comes to.

Pure: the flow reads and writes, the pages show.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from rapport.bundle import Brand, Bundle, Statement, Wording
from rapport.domain.address import TRACKING, AddressState, SendRecord
from rapport.domain.granting import holds, own_no
from rapport.domain.languages import best
from rapport.domain.person import Wishes

# At most so many mails a year; 0: as they come. And months that a pause may last.
OFTEN: Final = (0, 12, 6, 4, 2)
MONTHS: Final = (1, 3, 6)
KEEP, END = "keep", "end"
# A tick without words of its own: of a page that showed none, or as they stand there now.
TICK: Final = "on"
PAUSES: Final = (KEEP, END, *map(str, MONTHS))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody sent with the form: topics with a tick, and one of each list.

    A tick that agrees to words is their hash, so that nobody agrees to others than they saw.
    `pause` is one of `PAUSES`; `language` is what stood there, known or not.
    """

    topics: Mapping[str, str]
    per_year: int
    pause: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A topic as the page shows it. To be switched on it needs the words that are agreed to."""

    topic: str
    name: str
    meaning: str
    on: bool
    statement: Statement | None


@dataclass(frozen=True, kw_only=True)
class Centre:
    """The page: what is in force for an address. `about` is the topic of the mail that led here.

    `to` is empty for somebody who was erased. `since`: when they agreed to that topic, if they did.
    Without `confirmed` nothing can be switched on.
    """

    brand: Brand
    language: str
    to: str
    about: Offer
    offers: tuple[Offer, ...]
    tracking: Offer | None
    wishes: Wishes
    confirmed: bool
    nothing: bool
    sent_at: datetime
    since: datetime | None
    now: datetime

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages to choose from."""
        return languages(self.brand)

    @property
    def all_offers(self) -> tuple[Offer, ...]:
        """Topics of mails, and being noticed."""
        return self.offers if self.tracking is None else (*self.offers, self.tracking)

    @property
    def often(self) -> int:
        """The one of `OFTEN` that is in force, or the next that is stricter than it."""
        wish = self.wishes.per_year
        return 0 if wish is None else max((n for n in OFTEN[1:] if n <= wish), default=OFTEN[-1])

    @property
    def paused_until(self) -> datetime | None:
        """The end of a pause that lasts."""
        until = self.wishes.paused_until
        return until if until is not None and until > self.now else None


def languages(brand: Brand) -> tuple[str, ...]:
    """The languages of a brand, its own first."""
    return brand.languages or (brand.language,)


def centre_of(
    bundle: Bundle, state: AddressState, record: SendRecord, *, to: str, now: datetime
) -> Centre:
    """The page for the reader of one mail."""
    language = language_of(bundle.brand, state.wishes.language, record.contents.language)
    statements = {s.topic: s for s in bundle.statements}
    kinds = {topic.key: topic for topic in bundle.topics}
    closed = own_no(state) is not None
    named = [*kinds, *(t for t in statements if t not in kinds)]

    def offer(topic: str) -> Offer:
        kind, statement = kinds.get(topic), statements.get(topic)
        off = topic in state.wishes.topics_off if statement is None else closed
        agreed = statement is None or holds(state.consents.get(topic), now)
        return Offer(
            topic=topic,
            name=topic.replace("-", " ") if kind is None else _said(kind.name, language),
            meaning="" if kind is None else _said(kind.meaning, language),
            on=agreed and not off,
            statement=statement,
        )

    offers = tuple(offer(topic) for topic in named if topic != TRACKING)
    word = state.consents.get(record.topic)
    return Centre(
        brand=bundle.brand,
        language=language,
        to=to,
        about=offer(record.topic),
        offers=offers,
        tracking=offer(TRACKING) if TRACKING in statements else None,
        wishes=state.wishes,
        confirmed=state.confirmed_at is not None,
        nothing=closed or not any(each.on for each in offers),
        sent_at=record.claimed_at,
        since=word.at if word is not None and holds(word, now) else None,
        now=now,
    )


def language_of(brand: Brand, *wished: str) -> str:
    """The first of these languages that the brand has, `nb-NO` served by `nb`; else its own."""
    return best(wished, languages(brand)) or brand.language


def withdrawn_by(centre: Centre, wanted: Wanted) -> Iterator[str]:
    """Topics that were on by consent, and have no tick any more."""
    for offer in centre.all_offers:
        if offer.on and offer.statement is not None and offer.topic not in wanted.topics:
            yield offer.topic


def granted_by(centre: Centre, wanted: Wanted) -> Iterator[tuple[Statement, Wording]]:
    """The statements of topics that were off and have a tick now, each in the words beside it.

    Words that are no longer there were not agreed to: the page shows what stands in their place.
    """
    for offer in centre.all_offers if centre.confirmed else ():
        statement, tick = offer.statement, wanted.topics.get(offer.topic, "")
        if offer.on or statement is None or not tick:
            continue
        shown = statement.said(centre.language)
        wordings = (shown,) if tick == TICK else statement.wordings
        yield from ((statement, each) for each in wordings if tick in {TICK, each.hash})


def wishes_after(centre: Centre, wanted: Wanted) -> Wishes:
    """The wishes with what was chosen; when they change is told elsewhere.

    Topics that nobody agrees to in words are switched off by wish.
    """
    free = {offer.topic for offer in centre.offers if offer.statement is None}
    other = wanted.language in centre.languages and wanted.language != centre.language
    return replace(
        centre.wishes,
        per_year=wanted.per_year or None,
        paused_until=_paused_until(centre, wanted.pause),
        topics_off=frozenset(free - wanted.topics.keys()) | (centre.wishes.topics_off - free),
        # The language that the page came in is no wish, unless it was one before.
        language=wanted.language if other else centre.wishes.language,
    )


def _paused_until(centre: Centre, pause: str) -> datetime | None:
    """A pause ends at midnight UTC, so that the same form sent twice is one wish."""
    if pause == KEEP:
        return centre.wishes.paused_until
    if pause == END:
        return None
    years, month = divmod(centre.now.month - 1 + int(pause), 12)
    year = centre.now.year + years
    day = min(centre.now.day, monthrange(year, month + 1)[1])
    return datetime(year, month + 1, day, tzinfo=UTC)


def _said(by_language: dict[str, str], language: str) -> str:
    return by_language.get(language) or next(iter(by_language.values()), "")
