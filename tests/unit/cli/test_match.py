"""Somebody at a terminal asks which jobs fit whom, and what a feed told of its jobs."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cli import fitting, jobs
from local.feed import FEED
from rapport.domain.event import Trust
from rapport.domain.identifiers import Namespace
from rapport.domain.jobs import Remote
from tests.support import on_moto
from tests.support.mailroom import shipped
from tests.unit.cli.conftest import Desk
from tests.unit.cli.test_jobs import NOW, NURSE, _feed


class Published:
    """The bundle that this repository ships, wherever it is asked for."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket

    def get(self, _hash: str) -> object:
        return shipped()


@pytest.fixture
def office(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    from rapport.adapters import bundles
    from rapport.adapters.dynamo.config import DynamoConfig

    monkeypatch.setattr(bundles, "S3Bundles", Published)
    DynamoConfig(on_moto.TABLES["book"]).set_live_bundle("b", now=datetime.now(UTC))
    jobs.load(on_moto.CONFIG, FEED)
    return desk


def joined(desk: Desk) -> None:
    ana = desk.ref(Namespace.EMAIL, "ana@inbox.halden.example")
    desk.tell(
        ana,
        kind="Talent Network Joined",
        trust=Trust.VERIFIED,
        body={
            "properties": {
                "email": "ana@inbox.halden.example",
                "category": "nursing",
                "city": "Halden",
                "licences": ["registered nurse"],
                "languages": ["English"],
            }
        },
    )
    desk.enrich()


def test_jobs_for_a_person_come_with_scores_parts_and_vetoes(office: Desk) -> None:
    joined(office)
    told = office.run("match", "ana@inbox.halden.example", "--json")
    assert told.code == 0, told.err
    found = {row["job"]: row for row in json.loads(told.out)["matches"]}
    assert "4105" not in found
    best = json.loads(told.out)["matches"][0]
    assert best["job"] == "4101"
    assert best["score"] >= shipped().policy.relevance.best_floor
    assert best["reasons"][0] == "in the field you chose"
    assert best["parts"]["field"] == 1.0
    assert found["4103"]["veto"] == "language"
    table = office.run("match", "ana@inbox.halden.example").out
    assert "veto: language" in table
    assert "Registered Nurse" in table


def test_people_for_a_job_come_with_what_the_reading_cost(office: Desk) -> None:
    joined(office)
    told = office.run("match", "--job", "4101", "--json")
    assert told.code == 0, told.err
    answer = json.loads(told.out)
    assert [row["score"] >= 0.55 for row in answer["matches"]] == [True]
    assert answer["read_units"] > 0
    assert "read units" in office.run("match", "--job", "4101").out


@pytest.mark.parametrize("args", [(), ("ana@inbox.halden.example", "--job", "1")])
def test_whoever_asks_for_neither_or_both_is_asked_which(desk: Desk, args: tuple[str, ...]) -> None:
    told = desk.run("match", *args)
    assert (told.code, told.out) == (1, "")
    assert "rapport match ID" in told.err


def test_the_command_is_part_of_the_command_line() -> None:
    assert [command.callback for command in fitting.commands.registered_commands] == [fitting.match]


def test_a_posting_tells_terms_pay_place_and_what_it_asks_for(desk: Desk) -> None:
    metadata = [
        {"name": "Employment Type", "value": "Full-time"},
        {"name": "Working hours", "value": "Night shift"},
        {"name": "Workplace type", "value": "Hybrid"},
        {"name": "Pay max", "value": "52 000"},
        {"name": "Currency", "value": "nok"},
        {"name": "Pay period", "value": "Monthly"},
        {"name": "Languages", "value": ["Norwegian", "English"]},
        {"name": "Licences", "value": "Registered nurse, B"},
        {"name": "Experience level", "value": "Senior"},
        {"name": "Closing date", "value": "2026-12-24"},
        {"name": "Country", "value": "no"},
        {"name": "Latitude", "value": "59.1"},
        {"name": "Longitude", "value": 181},
    ]
    content = "&lt;p&gt;Wound care &amp;amp; wounds, at night.&lt;/p&gt;"
    posting = NURSE | {"metadata": metadata, "content": content}
    (job,) = jobs.parse(_feed(posting), now=NOW)
    assert (job.city, job.country, job.latitude, job.longitude) == ("Halden", "NO", 59.1, None)
    assert (job.employment, job.shift, job.remote) == ("Full-time", "Night shift", Remote.HYBRID)
    assert (job.pay_min, job.pay_max, job.currency, job.period) == (None, 52_000, "NOK", "month")
    assert (job.languages, job.licences) == (("Norwegian", "English"), ("Registered nurse", "B"))
    assert (job.seniority, job.closes_at) == ("Senior", datetime(2026, 12, 24, tzinfo=UTC))
    assert set(job.terms) == {"wound", "care", "wounds", "night"}
    from rapport.adapters.dynamo.config import DynamoConfig

    DynamoConfig(on_moto.TABLES["book"]).put_jobs([job], now=NOW)
    assert desk.stores.book.job(job.id) == job
    assert desk.stores.book.open_jobs("", limit=9) == [replace(job, description="")]
