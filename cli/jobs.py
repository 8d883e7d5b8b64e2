"""`rapport jobs FEED`: jobs of a file or an address in the shape of Greenhouse's job board.

Whoever loads a file answers for it: a job that it does not have is closed at once. A board that is
read every hour stands in `playbooks/jobs.yaml` instead, and closes on evidence alone. The jobs of a
file have no source, and no board touches them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cli.config import Config
from cli.errors import CommandError
from cli.store import use
from rapport.domain.jobs import Job, job_ref
from rapport.feeds import greenhouse
from rapport.feeds.reading import FeedError, together, with_terms

SECONDS_TO_ANSWER: Final = 20


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What became of a feed: its jobs, and how many stored ones it no longer had."""

    jobs: tuple[Job, ...]
    gone: int


def load(config: Config, feed: str | Path) -> Loaded:
    """Make the deployment's jobs those of a feed: a file, or an http(s) address."""
    now = datetime.now(UTC)
    jobs = parse(read(str(feed)), now=now)
    use(config)
    from rapport.adapters.dynamo.config import DynamoConfig

    gone = DynamoConfig(config.tables["book"]).put_jobs(jobs, now=now)
    return Loaded(jobs=tuple(jobs), gone=gone)


def history(config: Config, ident: str) -> list[str]:
    """The versions of a job, a line each; raises CommandError for one that no feed ever had."""
    use(config)
    from rapport.adapters.dynamo.config import DynamoConfig

    versions = DynamoConfig(config.tables["book"]).versions(job_ref(ident))
    if not versions:
        msg = f"No feed ever had a job {ident}; `rapport jobs FEED` loads a file of jobs."
        raise CommandError(msg)
    return [
        f"{each.number}  {each.at:%Y-%m-%d %H:%M}  {each.change or 'untold'}"
        f"  {each.job.title} | {each.job.location} | {each.job.source or 'a file'}"
        for each in versions
    ]


def parse(feed: bytes, *, now: datetime) -> list[Job]:
    """The jobs of a feed; raises CommandError that names the place where the feed is ill-formed."""
    try:
        page = greenhouse.parse(feed, url="", seen=now)
    except FeedError as wrong:
        msg = f'{wrong} Expected: {{"jobs": [{{"id", "title", "absolute_url", …}}]}}.'
        raise CommandError(msg) from None
    return with_terms(together(page.jobs))


def read(feed: str) -> bytes:
    """The bytes of a feed that is a file or an http(s) address."""
    if not feed.startswith(("http://", "https://")):
        try:
            return Path(feed).read_bytes()
        except OSError as missing:
            msg = f"{feed} cannot be read ({missing.strerror}); give a file or an http address."
            raise CommandError(msg) from None
    import requests

    try:
        answer = requests.get(feed, timeout=SECONDS_TO_ANSWER)
        answer.raise_for_status()
    except requests.RequestException as failed:
        msg = f"{feed} did not answer with a feed ({failed}); check the address of the job board."
        raise CommandError(msg) from None
    return answer.content
