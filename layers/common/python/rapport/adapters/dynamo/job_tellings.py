"""The stored jobs as an ATS changes them: one at a time, on the condition that nobody else did."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from pynamodb.expressions.condition import Condition

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.job_rows import (
    job_of,
    known_of,
    list_row,
    posting_row,
    untold_row,
    version_row,
)
from rapport.adapters.dynamo.models import (
    FeedRow,
    JobRow,
    PostingRow,
    bind,
    store_errors,
    transaction,
)
from rapport.domain.closing import Known, Step
from rapport.domain.decision import digest
from rapport.domain.jobs import job_ref


class DynamoJobTellings:
    """The port `AtsJobs`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def told_of(self, ids: Iterable[str]) -> Mapping[str, Known]:
        """What is stored under those ids."""
        by_ref = {job_ref(ident): ident for ident in ids if ident}
        places = [tuple(keys.posting_key(ref)) for ref in by_ref]
        with store_errors():
            rows = [*PostingRow.batch_get(places, consistent_read=True)] if places else []
        return {by_ref[row.pk.removeprefix("J#")]: known_of(row) for row in rows}

    def of_requisitions(
        self, sources: Sequence[str], requisitions: Collection[str]
    ) -> Mapping[str, Sequence[str]]:
        """Per requisition of the ATS the ids of the open jobs of those sources that are of it."""
        found: dict[str, list[str]] = {}
        with store_errors():
            for row in JobRow.query(
                keys.JOBS, filter_condition=JobRow.source.is_in(*sources), consistent_read=True
            ):
                if (internal := job_of(row).internal) in requisitions:
                    found.setdefault(internal, []).append(row.job_id)
        return found

    def move(self, step: Step, *, before: int) -> None:
        """Store a job's next version and the fact to be told, whole or not at all."""
        job, was = step.known.job, step.before
        with store_errors():
            place = keys.feed_key()
            try:
                mark = str(FeedRow.get(*place, consistent_read=True).mark)
            except FeedRow.DoesNotExist:
                mark = ""
        with store_errors(), transaction() as write:
            write.save(posting_row(step.known), condition=_version_is(before))
            write.save(version_row(step))
            if step.change is not None:
                write.save(untold_row(step, step.change))
            if job.open:
                write.save(list_row(step.known))
            if (
                was is not None
                and was.open
                and not (job.open and keys.job_key(was) == keys.job_key(job))
            ):
                write.delete(JobRow(*keys.job_key(was)))
            write.save(FeedRow(*place, mark=digest(mark, step.event_id)))


def _version_is(version: int) -> Condition:
    # One that a feed told before there were versions has none.
    return PostingRow.version == version if version else PostingRow.version.does_not_exist()
