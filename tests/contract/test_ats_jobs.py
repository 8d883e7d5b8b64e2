"""Jobs that an ATS tells of on the engine: many at once, and each change is told once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.job_tellings import DynamoJobTellings
from rapport.ats import Connection
from rapport.ats_jobs import JobIntake
from rapport.domain.ats import AtsEvent, AtsJob, Kind
from rapport.domain.event import Origin
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.contract.test_races import together

OWN = Connection(name="halden", vendor="standard")
WORKERS = 6
NURSE = AtsJob(id="r1", title="Nurse", url="https://careers.halden.example/r1", status="open")


def test_of_many_who_tell_of_one_job_the_latest_is_right_and_no_fact_is_lost(
    dynamo: Stores,
) -> None:
    del dynamo
    intake = JobIntake(store=DynamoJobTellings(TABLE_NAMES["book"]), now=lambda: NOW)
    stored = DynamoConfig(TABLE_NAMES["book"])

    def tell(number: int) -> Callable[[], int]:
        last = number == WORKERS - 1
        job = AtsJob(id="r1") if last else replace(NURSE, title=f"Nurse {number}")
        event = AtsEvent(
            kind=Kind.JOB_CLOSED if last else Kind.JOB_UPDATED,
            vendor_event="job",
            clock=NOW + timedelta(minutes=number),
            jobs=(job,),
        )
        return lambda: intake.take(OWN, [event], origin=Origin.LIVE)

    first = AtsEvent(
        kind=Kind.JOB_CREATED, vendor_event="job", clock=NOW - timedelta(hours=1), jobs=(NURSE,)
    )
    assert intake.take(OWN, [first], origin=Origin.LIVE) == 1
    came = together([tell(number) for number in range(WORKERS)])
    assert stored.open_jobs("", limit=9) == []
    versions = stored.versions("r1")
    assert [each.number for each in versions] == [*range(1, 2 + sum(came))]
    told = [(fact.version, fact.change) for fact in stored.untold()]
    assert sorted(told) == [(each.number, each.change) for each in versions if each.change]
    assert versions[-1].change == "closed"
