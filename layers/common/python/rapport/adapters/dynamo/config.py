"""The configuration rows of `book`: write keys, the live bundle, the rules of identity, jobs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import (
    FeedRow,
    JobRow,
    PointerRow,
    PostingRow,
    RulesRow,
    store_errors,
)
from rapport.adapters.dynamo.write_keys import DynamoWriteKeys
from rapport.domain.decision import digest
from rapport.domain.event import LogKey, from_millis, millis
from rapport.domain.jobs import Job, Remote, job_ref

_LISTS = frozenset({"languages", "licences", "terms"})
_MORE = (
    *("city", "country", "latitude", "longitude", "remote", "employment", "shift", "pay_min"),
    *("pay_max", "currency", "period", "languages", "licences", "seniority", "terms"),
)


class DynamoConfig(DynamoWriteKeys):
    """What `rapport publish` and `rapport jobs` write and every function reads."""

    def live_bundle(self) -> str | None:
        """The hash of the published playbook bundle."""
        with store_errors():
            try:
                return str(PointerRow.get(*keys.pointer_key(), consistent_read=True).bundle)
            except PointerRow.DoesNotExist:
                return None

    def set_live_bundle(self, bundle_hash: str, *, now: datetime) -> None:
        """Make a stored bundle the live one."""
        with store_errors():
            PointerRow(*keys.pointer_key(), bundle=bundle_hash, published_at=millis(now)).save()

    def identity_rules(self) -> str | None:
        """The rules of identity in force as JSON; None if none were ever applied."""
        with store_errors():
            try:
                return str(RulesRow.get(*keys.rules_key(), consistent_read=True).rules)
            except RulesRow.DoesNotExist:
                return None

    def put_identity_rules(self, text: str, *, now: datetime) -> None:
        """Put rules in force: every function resolves by them within 10 s."""
        with store_errors():
            RulesRow(*keys.rules_key(), rules=text, applied_at=millis(now)).save()

    def open_jobs(self, category: str, *, limit: int) -> list[Job]:
        """The newest open jobs of a category, newest first; of all when it is empty."""
        found: list[Job] = []
        with store_errors():
            rows = JobRow.query(
                keys.JOBS,
                JobRow.sk.startswith(f"{category}#") if category else None,
                scan_index_forward=False,
                consistent_read=True,
            )
            for row in rows:
                # Rows sort by category first: of all jobs the newest may come last.
                if category and len(found) == limit:
                    break
                if row.open:
                    found.append(_job(row))
        return sorted(found, key=lambda job: (job.opened_at, job.id), reverse=True)[:limit]

    def jobs_mark(self) -> str:
        """What tells one feed's jobs from another's; empty when none was ever loaded."""
        with store_errors():
            try:
                return str(FeedRow.get(*keys.feed_key(), consistent_read=True).mark)
            except FeedRow.DoesNotExist:
                return ""

    def job(self, ref: str) -> Job | None:
        """A job by its `job_ref`, open or closed; None when no feed ever had it."""
        with store_errors():
            try:
                return _job(PostingRow.get(*keys.posting_key(ref), consistent_read=True))
            except PostingRow.DoesNotExist:
                return None

    def put_jobs(self, jobs: Sequence[Job]) -> int:
        """Make the stored jobs those of a feed; tells how many jobs it no longer had.

        Postings are written first: a job that somebody can find is never unknown by its ref. The
        mark is written last: whoever reads jobs meanwhile knows them under the old one.
        """
        wanted = {keys.job_key(job): job for job in jobs}
        with store_errors():
            stored = {LogKey(row.pk, row.sk): _job(row) for row in JobRow.query(keys.JOBS)}
            gone = {place: job for place, job in stored.items() if place not in wanted}
            closed = {job_ref(job.id): replace(job, open=False) for job in gone.values()}
            with PostingRow.batch_write() as postings:
                for ref, job in (closed | {job_ref(job.id): job for job in jobs}).items():
                    postings.save(PostingRow(*keys.posting_key(ref), **_told(job)))
            with JobRow.batch_write() as batch:
                for place in gone:
                    batch.delete(JobRow(*place))
                for place, job in wanted.items():
                    batch.save(JobRow(*place, **_told(job)))
            FeedRow(*keys.feed_key(), mark=_mark(jobs)).save()
        return len(gone)


def _mark(jobs: Sequence[Job]) -> str:
    told = sorted(json.dumps(_told(job), sort_keys=True) for job in jobs)
    return digest(*told)


def _told(job: Job) -> Mapping[str, Any]:
    return {
        "job_id": job.id,
        "title": job.title,
        "category": job.category,
        "location": job.location,
        "url": job.url,
        "opened_at": millis(job.opened_at),
        "open": job.open,
        "more": _more(job),
    }


def _more(job: Job) -> str | None:
    """What else a feed told of a job, in JSON; None when that is nothing. Times in ms."""
    raw: dict[str, Any] = {
        name: value
        for name in _MORE
        if (value := getattr(job, name)) not in (None, "", (), Remote.NO)
    }
    if job.closes_at is not None:
        raw["closes_at"] = millis(job.closes_at)
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":")) if raw else None


def _job(row: JobRow | PostingRow) -> Job:
    raw = json.loads(row.more) if row.more else {}
    lists = {name: tuple(raw[name]) for name in _LISTS & raw.keys()}
    if "remote" in raw:
        raw["remote"] = Remote(raw["remote"])
    if "closes_at" in raw:
        raw["closes_at"] = from_millis(raw["closes_at"])
    return Job(
        id=row.job_id,
        title=row.title,
        category=row.category,
        location=row.location,
        url=row.url,
        opened_at=from_millis(int(row.opened_at)),
        open=row.open,
        **raw | lists,
    )
