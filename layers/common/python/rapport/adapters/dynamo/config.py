"""The configuration rows of `book`: write keys, the live bundle, jobs."""

from collections.abc import Sequence
from datetime import datetime

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import JobRow, PointerRow, WriteKeyRow, bind, store_errors
from rapport.domain.event import LogKey, Trust, from_millis, millis
from rapport.ports import Job, WriteKey


class DynamoConfig:
    """What `rapport publish` and `rapport jobs` write and every function reads."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def write_key(self, key: str) -> WriteKey | None:
        """A key of the tracking door by its value."""
        with store_errors():
            try:
                row = WriteKeyRow.get(*keys.write_key_key(key), consistent_read=True)
            except WriteKeyRow.DoesNotExist:
                return None
        return WriteKey(
            key=key,
            source=row.source,
            brand=row.brand,
            trust=Trust(row.trust),
            enabled=row.enabled,
        )

    def put_write_key(self, key: WriteKey) -> None:
        """Store a key; the row holds its hash, never its value."""
        with store_errors():
            WriteKeyRow(
                *keys.write_key_key(key.key),
                source=key.source,
                brand=key.brand,
                trust=key.trust.value,
                enabled=key.enabled,
            ).save()

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

    def open_jobs(self, category: str, *, limit: int) -> list[Job]:
        """The newest open jobs of a category, newest first."""
        found: list[Job] = []
        with store_errors():
            rows = JobRow.query(
                keys.JOBS,
                JobRow.sk.startswith(f"{category}#"),
                scan_index_forward=False,
                consistent_read=True,
            )
            for row in rows:
                if len(found) == limit:
                    break
                if row.open:
                    found.append(_job(row))
        return found

    def put_jobs(self, jobs: Sequence[Job]) -> int:
        """Make the stored jobs those of a feed; tells how many jobs it no longer had."""
        wanted = {keys.job_key(job): job for job in jobs}
        with store_errors():
            stored = [LogKey(row.pk, row.sk) for row in JobRow.query(keys.JOBS)]
            gone = [place for place in stored if place not in wanted]
            with JobRow.batch_write() as batch:
                for place in gone:
                    batch.delete(JobRow(*place))
                for place, job in wanted.items():
                    batch.save(_row(place, job))
        return len(gone)


def _row(place: LogKey, job: Job) -> JobRow:
    return JobRow(
        *place,
        job_id=job.id,
        title=job.title,
        category=job.category,
        location=job.location,
        url=job.url,
        opened_at=millis(job.opened_at),
        open=job.open,
    )


def _job(row: JobRow) -> Job:
    return Job(
        id=row.job_id,
        title=row.title,
        category=row.category,
        location=row.location,
        url=row.url,
        opened_at=from_millis(int(row.opened_at)),
        open=row.open,
    )
