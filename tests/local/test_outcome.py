"""What the demo day must come to, and how a shortfall is told."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from local.day import Day
from local.figures import _metrics, percentile
from local.outcome import DROPPED, HELD, Outcome, expected, found, settled, shortfalls
from local.policy import PROGRAMS
from local.table import programs, reasons, table
from local.visitors import cast


def _day() -> Day:
    return Day(sent=200, repeated=7, visitors=cast(), clicks=[100, 200, 300])


def test_the_expectation_follows_from_who_came_by() -> None:
    wanted = expected(_day())
    assert (wanted.accepted, wanted.repeated) == (200, 7)
    assert (wanted.profiles, wanted.identifiers) == (14, 17)
    assert wanted.reasons(HELD) == {"quiet_hours": 2, "paused_by_candidate": 1}
    assert wanted.reasons(DROPPED) == {
        "test_mode": 1,
        "confirmation_recent": 10,
        "application_submitted": 2,
        "ats_speaks": 2,
        "halted": 1,
        "consent_withdrawn": 1,
        "replied": 2,
        "frequency": 1,
    }
    assert wanted.heard["Task Opened"] == wanted.heard["Mail Replied"] == 1
    assert sum(wanted.mails_by_address.values()) == wanted.of("accepted") == 26
    assert wanted.mails_by_address["greta@inbox.halden.example"] == 1
    assert not any("elsewhere" in address for address in wanted.mails_by_address)


def test_every_mail_intended_left_or_waits_or_has_a_reason_why_not() -> None:
    wanted = expected(_day())
    for program in PROGRAMS:
        parts = [wanted.of(step, program) for step in ("accepted", HELD, DROPPED)]
        assert sum(parts) == wanted.of("intended", program) > 0


def test_a_day_that_went_as_it_must_falls_short_of_nothing() -> None:
    wanted = expected(_day())
    assert shortfalls(wanted, wanted) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"accepted": 199}, "events accepted: 199, expected 200"),
        ({"repeated": 0}, "repeats refused: 0, expected 7 or more"),
        ({"profiles": 11}, "profiles: 11, expected 14"),
        ({"identifiers": 12}, "identifiers of people: 12, expected 17"),
        ({"steps": {}}, "mails of keep-in-touch intended: 0, expected 8"),
        ({"heard": {}}, "events Mail Replied: 0, expected 1"),
    ],
)
def test_each_shortfall_is_a_sentence(change: dict[str, object], told: str) -> None:
    wanted = expected(_day())
    assert told in shortfalls(wanted, replace(wanted, **change))  # type: ignore[arg-type]


def test_an_sdk_that_repeats_by_itself_is_no_shortfall() -> None:
    wanted = expected(_day())
    assert shortfalls(wanted, replace(wanted, repeated=9)) == []


def test_a_mail_too_many_is_told_with_its_address() -> None:
    wanted = expected(_day())
    twice = dict(wanted.mails_by_address) | {"ana@inbox.halden.example": 5, "x@y.example": 1}
    assert shortfalls(wanted, replace(wanted, mails_by_address=twice)) == [
        "mails to ana@inbox.halden.example: 5, expected 4",
        "mails to x@y.example: 1, expected 0",
    ]


def test_looking_ends_as_soon_as_everything_is_there() -> None:
    wanted = expected(_day())
    seen = iter([replace(wanted, profiles=3), wanted])
    assert settled(lambda: next(seen), wanted) == wanted


def test_what_the_stack_says_becomes_an_outcome() -> None:
    got = found(
        counters={"EventsAccepted": 3},
        summary={"profiles": 1, "identifiers": 2, "mails": {}, "waits": {}, "not_sent": {}},
        mails=[
            {"to": ["a@x.example"], "tags": {}},
            {"to": ["a@x.example"], "tags": {"class": "marketing"}},
            {"to": ["hr@x.example"], "tags": {"class": "forward"}},
        ],
        steps={("job-alert", "accepted", ""): 2, ("job-alert", "underway", ""): 0},
        heard={"Mail Replied": 1},
    )
    assert got == Outcome(
        accepted=3,
        repeated=0,
        profiles=1,
        identifiers=2,
        steps={("job-alert", "accepted", ""): 2},
        heard={"Mail Replied": 1},
        mails_by_address={"a@x.example": 2},
    )


def test_metrics_are_read_from_their_embedded_lines() -> None:
    names = [{"Name": "EventsAccepted", "Unit": "Count"}, {"Name": "EventsRepeated"}]
    line = {
        "_aws": {"CloudWatchMetrics": [{"Namespace": "Rapport", "Metrics": names}]},
        "EventsAccepted": [2.0, 3.0],
        "EventsRepeated": 1,
    }
    assert dict(_metrics(json.dumps(line))) == {"EventsAccepted": 5, "EventsRepeated": 1}
    foreign = {"_aws": {"CloudWatchMetrics": [{"Namespace": "Other", "Metrics": names}]}}
    for message in ("START RequestId: 1", '{"level":"INFO"}', "[1]", json.dumps(line | foreign)):
        assert dict(_metrics(message)) == {}


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([], 0.5) is None
    assert percentile([7], 0.95) == 7
    assert percentile([4, 1, 3, 2], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.95) == 95


def test_the_tables_say_what_each_figure_means() -> None:
    out = io.StringIO()
    console, got = Console(file=out, width=100), expected(_day())
    for drawn in (
        table(visitors=15, requests=180, got=got, clicks=[100, 200, 300]),
        programs(got),
        reasons(got),
    ):
        console.print(drawn)
    told = out.getvalue()
    for shown in ("Requests", "180", "200 ms", "300 ms", "allow-list", "keep-in-touch", "100.0%"):
        assert shown in told
