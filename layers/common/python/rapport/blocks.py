"""Which block of content is next for somebody: one that fits and that they have not had."""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256

from rapport.bundle import EDUCATION, Block, Bundle
from rapport.domain.address import LedgerEntry
from rapport.domain.profile import Profile
from rapport.domain.titles import LEVELS, level
from rapport.openings import Lexicon
from rapport.seekers import told

# What people of a level are called besides.
_KINDS = {LEVELS.index(name): ("starting",) for name in ("student", "trainee", "junior")}
_OF_LEVELS = frozenset({*LEVELS, "starting"})


def next_block(
    profile: Profile,
    ledger: Iterable[LedgerEntry],
    bundle: Bundle,
    lexicon: Lexicon,
    *,
    now: datetime,
    languages: tuple[str, ...],
) -> str:
    """The key of the education block that fits best, or an empty string when none is left.

    Published, not told within `block_again_after`, for everybody or for their field of work and
    kind of person. What is about their field comes first, then what is written in their language;
    among equals a hash of person and block decides, the same whenever it is asked.
    """
    since = now - bundle.policy.relevance.block_again_after
    had = {key for entry in ledger if entry.at > since for key in entry.blocks}
    fields = _fields(profile, lexicon)
    kinds = _kinds(profile, bundle, lexicon)
    ranked = []
    for block in bundle.blocks:
        if block.kind != EDUCATION or block.key in had or not published(block, now):
            continue
        topic = _fit(block.topics, fields, lexicon)
        kind = _persona_fit(block.personas, kinds)
        if topic is None or kind is None:
            continue
        spread = sha256(f"{profile.person}|{block.key}".encode()).digest()
        ranked.append((-topic - kind, -_speaks(block, languages), spread, block.key))
    return min(ranked)[-1] if ranked else ""


def published(block: Block, now: datetime) -> bool:
    """Whether a block may be told now; its times are ISO 8601, UTC where they name no zone."""
    begun = not block.publish_at or _moment(block.publish_at) <= now
    return begun and (not block.expire_at or now < _moment(block.expire_at))


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _fields(profile: Profile, lexicon: Lexicon) -> frozenset[str]:
    """Fields of work: the chosen one, else the headline's, else all that was looked at."""
    stated = lexicon.field_of(told(profile, "job_category"))
    stated = stated or lexicon.families.head(told(profile, "headline"))
    return stated or frozenset(f for each in profile.interests for f in lexicon.field_of(each))


def _kinds(profile: Profile, bundle: Bundle, lexicon: Lexicon) -> frozenset[str]:
    """Kinds of people that somebody is known to be: their level, and whether they live abroad."""
    texts = (told(profile, "seniority"), told(profile, "headline"))
    known = next((at for text in texts if (at := level(text, lexicon.levels)) is not None), None)
    country, home = told(profile, "country").upper(), bundle.brand.country
    abroad = {"abroad"} if len(country) == len("NO") and home and country != home else set()
    return frozenset(abroad if known is None else {LEVELS[known], *_KINDS.get(known, ()), *abroad})


def _fit(topics: tuple[str, ...], fields: frozenset[str], lexicon: Lexicon) -> int | None:
    """2 for their own field, 0 for everybody's; None when it is about another one."""
    if not topics:
        return 0
    about = {field for topic in topics for field in lexicon.field_of(topic)}
    return 2 if about & fields else None


def _persona_fit(personas: tuple[str, ...], kinds: frozenset[str]) -> int | None:
    """1 for their kind of person, 0 for everybody, -1 where theirs is not known; None: others."""
    wanted = {persona.lower() for persona in personas}
    if not wanted or wanted & kinds:
        return 1 if wanted else 0
    return None if wanted <= _OF_LEVELS and kinds & _OF_LEVELS else -1


def _speaks(block: Block, languages: tuple[str, ...]) -> bool:
    own = languages[0].lower().partition("-")[0] if languages else ""
    return any(edition.language.lower().partition("-")[0] == own for edition in block.editions)
