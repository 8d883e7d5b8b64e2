"""`rapport match WHO` and `rapport match --job ID`: which job fits whom, and why the others do not.

For one person every open job is compared, as it would be when a mail is put together. For one job
all people are: that reads the table of profiles from end to end, and tells what it cost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cli import output
from cli.errors import CommandError
from cli.store import Stores
from rapport.bundle import Bundle
from rapport.domain.event import Json
from rapport.domain.identifiers import Namespace, is_strong, namespace_of
from rapport.domain.jobs import Job, job_ref
from rapport.domain.market import Market
from rapport.domain.matching import Judge, Match
from rapport.domain.profile import Profile
from rapport.domain.profile import to_json as profile_json
from rapport.domain.ranking import people_for
from rapport.openings import Lexicon
from rapport.phrases import spoken
from rapport.seekers import seeker
from rapport.slates import MAX_JOBS
from rapport.viewing.finding import Found

# What DynamoDB reads for half a read unit, and what a million units cost (us-east-1, on demand).
_BYTES_A_HALF_UNIT = 4_096
_DOLLARS_A_MILLION = 0.125
SHOWN = 15


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table: the match, and what its job or person is called."""

    match: Match
    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was compared, best first; `read` is how many bytes of profiles that took."""

    about: str
    rows: tuple[Row, ...]
    read: int = 0

    @property
    def read_units(self) -> float:
        """Read units of a scan that need not be strongly consistent."""
        return -(-self.read // _BYTES_A_HALF_UNIT) / 2


def jobs_for(stores: Stores, found: Found, bundle: Bundle, *, now: datetime) -> Answer:
    """All open jobs for one person, the vetoed ones last."""
    view = stores.people.view(found.person)
    if view is None:
        msg = f"No profile is stored of {found.asked} yet; try again in a moment."
        raise CommandError(msg)
    jobs = stores.book.open_jobs("", limit=MAX_JOBS)
    lexicon = Lexicon(bundle.matching, bundle.places)
    market = Market(map(lexicon.opening, jobs), lexicon.neighbours)
    addresses = [m for m in view.profile.members if namespace_of(m) is Namespace.EMAIL]
    who = seeker(
        view.profile,
        lexicon,
        bundle.policy.relevance,
        now,
        ledger=[entry for ref in addresses for entry in stores.book.address(ref).ledger],
        openings=market.by_job,
    )
    judge = Judge(who, market, now)
    titles = {job_ref(job.id): _title(job) for job in jobs}
    matches = [judge.match(opening) for opening in market.openings]
    ranked = sorted(matches, key=lambda m: (m.veto is not None, -m.score, m.job))
    return Answer(about=found.person, rows=tuple(_row(m, titles[m.job]) for m in ranked))


def people_of(stores: Stores, job_id: str, bundle: Bundle, *, now: datetime) -> Answer:
    """Everybody whom a job fits, best first. Reads every profile, page by page."""
    job = stores.book.job(job_ref(job_id))
    if job is None:
        msg = f"No feed ever had the job {job_id}; `rapport jobs FEED` loads them."
        raise CommandError(msg)
    lexicon = Lexicon(bundle.matching, bundle.places)
    opening = lexicon.opening(job)
    others = (lexicon.opening(each) for each in stores.book.open_jobs("", limit=MAX_JOBS))
    market = Market([opening, *(o for o in others if o.job != opening.job)], lexicon.neighbours)
    profiles: list[Profile] = []
    read = 0
    for profile in stores.finder.profiles():
        read += len(profile_json(profile).encode())
        if is_strong(profile.root) and profile.moved_to is None:
            view = stores.people.view(profile.person)
            if view is not None:
                read += len(profile_json(view.profile).encode())
                profiles.append(view.profile)
    relevance = bundle.policy.relevance
    seekers = (seeker(profile, lexicon, relevance, now) for profile in profiles)
    matches = people_for(opening, seekers, market, now)
    return Answer(
        about=_title(job), rows=tuple(_row(match, match.person) for match in matches), read=read
    )


def _title(job: Job) -> str:
    return f"{job.title} ({job.location})" if job.location else job.title


def _row(match: Match, name: str) -> Row:
    return Row(match=match, name=name, reasons=spoken(match.reasons))


def to_json(answer: Answer) -> dict[str, Json]:
    """The answer for programs."""
    return {
        "about": answer.about,
        "read_units": answer.read_units,
        "matches": [
            {
                "job": row.match.job,
                "person": row.match.person,
                "name": row.name,
                "score": round(row.match.score, 4),
                "veto": None if row.match.veto is None else row.match.veto.value,
                "km": None if row.match.km is None else round(row.match.km, 1),
                "parts": {
                    name: None if part is None else round(part, 4)
                    for name, part in row.match.parts._asdict().items()
                },
                "reasons": list(row.reasons),
            }
            for row in answer.rows
        ],
    }


def show(answer: Answer) -> None:
    """The answer as a table."""
    output.line(output.clean(answer.about))
    if not answer.rows:
        output.line("  nothing to compare")
    for line in _lines(answer.rows[:SHOWN]):
        output.line(output.clean(line))
    if len(answer.rows) > SHOWN:
        output.line(f"  and {len(answer.rows) - SHOWN} more; --json shows all.")
    if answer.read:
        cost = answer.read_units * _DOLLARS_A_MILLION / 1_000_000
        output.line(f"  read {answer.read_units:.1f} read units, about ${cost:.6f}")


def _lines(rows: Sequence[Row]) -> Iterable[str]:
    yield "  score  field words   km   age  acts  what"
    for row in rows:
        parts = row.match.parts
        told = [_number(parts.field), _number(parts.words), _far(row.match.km)]
        told += [_number(parts.age), _number(parts.behaviour)]
        veto = row.match.veto
        score = f"{row.match.score:.2f}" if veto is None else "  no"
        why = ", ".join(row.reasons) if veto is None else f"veto: {veto.value}"
        yield f"   {score}  {' '.join(f'{each:>5}' for each in told)}  {row.name}: {why}"


def _number(part: float | None) -> str:
    return "-" if part is None else f"{part:.2f}"


def _far(km: float | None) -> str:
    return "-" if km is None else f"{km:.0f}"
