"""Pushes and the runs of dropped files: in memory and in DynamoDB alike; many at once."""

from dataclasses import replace

import pytest

from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.file_runs import DynamoFileRuns
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.pushes import DynamoPushes
from rapport.domain.identifiers import Namespace, Ref
from rapport.errors import ConflictError
from rapport.filedrop.ports import FileRuns
from rapport.pushes import Push, Pushes, PushState
from rapport.records import engine_event
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.contract.test_races import WORKERS, together
from tests.support.ats.desk import AtsDesk
from tests.support.ats.dropping import FakeFileRuns
from tests.support.ats.pushing import FakePushes
from tests.support.fakes import FakePseudonyms

REFS = FakePseudonyms()
ANA = REFS.ref(Namespace.EMAIL, "ana@inbox.halden.example")
PHONE = REFS.ref(Namespace.PHONE, "+4722334455")
OPPORTUNITY = REFS.ref(Namespace.ATS, "lever:works:opp-1")
PUSH = Push(connection="works", job="job-1", refs=(ANA, PHONE), since=NOW)


def dynamo_pushes(stores: Stores) -> DynamoPushes:
    assert isinstance(stores.log, DynamoLog)
    return DynamoPushes(TABLE_NAMES["book"], stores.log)


def test_a_push_is_found_by_any_identifier_and_moved_under_its_version(stores: Stores) -> None:
    pushes: Pushes = FakePushes(AtsDesk()) if stores.name == "fake" else dynamo_pushes(stores)
    assert pushes.of("works", "job-1", [ANA]) is None
    claimed = pushes.put(PUSH)
    assert pushes.of("works", "job-1", [PHONE, Ref("email#other")]) == claimed
    with pytest.raises(ConflictError):
        pushes.put(replace(PUSH, refs=(PHONE,)))
    done = replace(claimed, state=PushState.DONE, ids={"candidate": "opp-1"}, named=(OPPORTUNITY,))
    event = engine_event(
        "Prospect Pushed", subject=ANA, message_id="p_1", cause_at=NOW, now=NOW, properties={}
    )
    done = pushes.put(done, event)
    with pytest.raises(ConflictError):
        pushes.put(replace(claimed, state=PushState.REFUSED))
    assert pushes.into("works", [OPPORTUNITY]) == [done]
    assert pushes.into("work", [OPPORTUNITY]) == []
    assert pushes.of("works", "job-2", [ANA]) is None


def test_the_run_of_a_file_is_moved_under_its_version(stores: Stores) -> None:
    runs: FileRuns = (
        FakeFileRuns() if stores.name == "fake" else DynamoFileRuns(TABLE_NAMES["book"])
    )
    empty = runs.get("works", "c_*.csv")
    begun = runs.put(empty.begun("drop/works/c_1.csv", "digest", NOW))
    done = runs.put(begun.moved(100, {"news": 3}, NOW).done(NOW))
    assert runs.get("works", "c_*.csv") == done
    assert done.told("drop/works/c_1.csv", "digest")
    with pytest.raises(ConflictError):
        runs.put(begun)


def test_of_many_workers_one_claims_a_push(dynamo: Stores) -> None:
    pushes = dynamo_pushes(dynamo)

    def claim() -> bool:
        try:
            pushes.put(PUSH)
        except ConflictError:
            return False
        return True

    won = together([claim] * WORKERS)
    print(f"workers that pushed one candidate: {sum(won)} of {WORKERS}")
    assert sum(won) == 1
