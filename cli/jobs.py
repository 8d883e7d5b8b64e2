"""`rapport jobs FEED`: the open requisitions of a job board, in the shape Greenhouse serves it.

    {"jobs": [{"id": 101, "title": "Nurse", "absolute_url": "https://…",
               "location": {"name": "Halden"}, "departments": [{"name": "Nursing"}],
               "first_published": "2026-11-20T09:00:00Z", "updated_at": "…",
               "metadata": [{"name": "status", "value": "closed"}]}]}

The feed is the truth: jobs that it no longer has are removed. The first department is the job's
category. `first_published` says when it opened, `updated_at` where that is missing. A job whose
metadata say `closed` is stored as closed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from cli.config import Config
from cli.errors import CommandError
from cli.store import use
from rapport.ports import Job

SECONDS_TO_ANSWER: Final = 20


class _Named(msgspec.Struct, frozen=True):
    name: str | None = None


class _Metadatum(msgspec.Struct, frozen=True):
    name: str = ""
    value: object = None


class _Posting(msgspec.Struct, frozen=True):
    id: int | str
    title: str
    absolute_url: str
    location: _Named = _Named()
    departments: tuple[_Named, ...] = ()
    first_published: datetime | None = None
    updated_at: datetime | None = None
    metadata: tuple[_Metadatum, ...] | None = None


class _Feed(msgspec.Struct, frozen=True):
    jobs: tuple[_Posting, ...]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What became of a feed: its jobs, and how many stored ones it no longer had."""

    jobs: tuple[Job, ...]
    gone: int


def load(config: Config, feed: str | Path) -> Loaded:
    """Make the deployment's jobs those of a feed: a file, or an http(s) address."""
    jobs = parse(read(str(feed)))
    use(config)
    from rapport.adapters.dynamo.config import DynamoConfig

    return Loaded(jobs=tuple(jobs), gone=DynamoConfig(config.tables["book"]).put_jobs(jobs))


def parse(feed: bytes) -> list[Job]:
    """The jobs of a feed; raises CommandError that names the place where the feed is ill-formed."""
    try:
        return [_job(posting) for posting in msgspec.json.decode(feed, type=_Feed).jobs]
    except msgspec.DecodeError as wrong:
        msg = f'This is no job-board feed: {wrong}. Expected: {{"jobs": [{{"id", "title", …}}]}}.'
        raise CommandError(msg) from None


def _job(posting: _Posting) -> Job:
    opened = posting.first_published or posting.updated_at
    if opened is None:
        msg = f"Job {posting.id} has neither first_published nor updated_at; add one of them."
        raise CommandError(msg)
    if opened.tzinfo is None:
        opened = opened.replace(tzinfo=UTC)
    status = {m.name.lower(): str(m.value).lower() for m in posting.metadata or ()}.get("status")
    category = next((d.name for d in posting.departments if d.name), "")
    return Job(
        id=str(posting.id),
        title=posting.title.strip(),
        category=category.strip().lower(),
        location=(posting.location.name or "").strip(),
        url=posting.absolute_url,
        opened_at=opened.astimezone(UTC),
        open=status != "closed",
    )


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
