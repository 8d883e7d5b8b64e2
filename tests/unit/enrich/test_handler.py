"""What Lambda is answered: the lowest failing record, by the number that Lambda gave it."""

import logging
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pytest

from functions.enrich import handler
from rapport import observability
from rapport.domain.identifiers import Ref
from rapport.errors import RetryableError
from rapport.ports import SealedEvent
from tests.support.histories import Stores, WatchedPeople, enrich_of, event

TABLET = Ref("anon#tablet")
ANA = Ref("user#ana")


class ThrottledFor(WatchedPeople):
    """Does not answer for some partitions."""

    def __init__(self, *refs: Ref) -> None:
        super().__init__()
        self._refs = refs

    def partition(self, ref: Ref) -> Any:
        if ref in self._refs:
            msg = "throttled"
            raise RetryableError(msg)
        return super().partition(ref)


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the function's logger writes."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "enrich")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    observability.logger.cache_clear()
    observability.metrics.cache_clear()
    observability.logger()
    stream = StringIO()
    for attached in logging.getLogger("enrich").handlers:
        monkeypatch.setattr(attached, "stream", stream)
    return stream


def record(row: SealedEvent, *, received_ms: int = 0) -> Mapping[str, Any]:
    """A stream record as Lambda hands it over: positions without padding."""
    return {
        "eventName": "INSERT",
        "dynamodb": {
            "SequenceNumber": row.sequence.lstrip("0"),
            "NewImage": {**row.row, "tr": {"N": str(received_ms)}},
        },
    }


def answer(monkeypatch: pytest.MonkeyPatch, people: WatchedPeople) -> dict[str, Any]:
    stores = Stores(people=people)
    stores.log.append([event(0, cookie=TABLET), event(0, user=ANA), event(1, user=ANA)])
    monkeypatch.setattr(handler, "_flow", lambda: enrich_of(stores))
    return handler.lambda_handler({"Records": [record(row) for row in stores.log.stream]}, None)


def test_a_batch_that_went_well_reports_nothing_and_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(monkeypatch, WatchedPeople()) == {"batchItemFailures": []}
    told = capsys.readouterr().out
    assert '"EventsApplied":[3.0]' in told
    assert '"ViewsWritten":[2.0]' in told


def test_the_first_record_of_what_failed_is_reported_as_lambda_numbered_it(
    monkeypatch: pytest.MonkeyPatch, lines: StringIO
) -> None:
    people = ThrottledFor(ANA)
    assert answer(monkeypatch, people) == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert "RetryableError" in lines.getvalue()


def test_several_failures_are_reported_as_the_lowest(monkeypatch: pytest.MonkeyPatch) -> None:
    people = ThrottledFor(ANA, TABLET)
    assert answer(monkeypatch, people) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
