"""A fact about an application names what it is about on every hop; a job as may stand in clear."""

import json
from dataclasses import replace

import pytest

from rapport.adapters.dynamo.stream import view_occurrences
from rapport.adapters.dynamo.view_rows import occurrences_from_json, occurrences_to_json
from rapport.domain import names
from rapport.domain.decision import FactRef, fact_from_json, fact_to_json
from rapport.domain.identifiers import Ref
from rapport.domain.occurrence import Occurrence
from tests.support.histories import Stores, enrich_of, event

ANA = Ref("user#ana")


def told(kind: str, job_id: object) -> Occurrence:
    stores = Stores()
    stores.log.append([event(0, user=ANA, kind=kind, body={"properties": {"job_id": job_id}})])  # type: ignore[dict-item]
    assert not enrich_of(stores).batch(stores.log.stream).failures
    _, [_, _, occurrence] = stores.people.published
    return occurrence


def on_the_bus(*occurrences: Occurrence) -> list[FactRef]:
    """The facts of a view write that carries these."""
    stored = json.dumps(occurrences_to_json(occurrences))
    image = {"k": {"S": "view"}, "pk": {"S": "V#p_x"}, "sk": {"S": "VIEW"}, "v": {"N": "1"}}
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": {**image, "f": {"S": stored}}}}
    return [fact for fact, _ in view_occurrences(record)]


@pytest.mark.parametrize("kind", [names.APPLICATION_STARTED, names.APPLICATION_SUBMITTED])
def test_a_fact_about_an_application_names_its_job(kind: str) -> None:
    assert told(kind, 4105).job == told(kind, "4105").job == "4105"


def test_a_job_id_that_may_be_more_than_an_id_travels_as_a_hash() -> None:
    job = told(names.APPLICATION_STARTED, "ana@inbox.halden.example").job
    assert job.startswith("h_")
    assert "ana" not in job


def test_other_facts_name_no_job() -> None:
    assert not told(names.TALENT_NETWORK_JOINED, "4105").job


@pytest.mark.parametrize("job", ["4105", ""])
def test_the_job_is_kept_in_the_view_and_on_the_bus(job: str) -> None:
    occurrence = told(names.APPLICATION_STARTED, job)
    stored = json.dumps(occurrences_to_json([occurrence]))
    assert occurrences_from_json(stored) == [occurrence]
    [fact] = on_the_bus(occurrence)
    assert fact.job == job
    assert fact_from_json(fact_to_json(fact)) == fact


def test_where_an_application_went_and_who_writes_about_it_reach_the_bus() -> None:
    about = {"application": "a" * 22, "stage": "interview", "speaks": "ats"}
    occurrence = replace(told(names.APPLICATION_STARTED, "4105"), **about)  # type: ignore[arg-type]
    [fact] = on_the_bus(occurrence)
    assert (fact.job, fact.application) == ("4105", "a" * 22)
    assert (fact.stage, fact.speaks) == ("interview", "ats")


def test_views_written_before_facts_named_jobs_still_read() -> None:
    old = '[["TalentNetworkJoined","m-1","live",0,1,"anon#a","2026#site#m-1"]]'
    assert occurrences_from_json(old)[0].job == ""
