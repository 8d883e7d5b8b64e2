"""What the bench makes of its measurements: ratios, and which bound was missed."""

from collections import Counter
from dataclasses import replace

import pytest

from bench import ats, cold, hostile, importing, prices, steps, throughput
from bench.cold import BOTO3, Cold, Taken
from bench.corpus import Hostile
from bench.hostile import Cost, Found, Measured
from bench.steps import REPORTED, SENT, SETTLED, Figures, Step
from bench.throughput import Block, Rates
from tests.support.hostile import hostile_requests

FINE = Measured(
    hostile=Hostile(name="a bomb", event={}),
    cost=Cost(status=400, cpu=0.3, mb=12.0, calls=2),
    ordinary=0.01,
)


def test_a_request_within_all_bounds_is_bounded() -> None:
    assert Found.bounded(FINE)
    assert "a bomb" in Found.told(FINE)
    assert "30.0 times" in Found.told(FINE)


@pytest.mark.parametrize(
    "worse", [{"status": 500}, {"cpu": 0.61}, {"mb": 65.0}, {"calls": hostile.MORE_CALLS + 1}]
)
def test_each_bound_is_missed_alone(worse: dict[str, float]) -> None:
    assert not Found.bounded(replace(FINE, cost=replace(FINE.cost, **worse)))  # type: ignore[arg-type]


def test_more_good_messages_may_take_more() -> None:
    large = replace(FINE, hostile=Hostile(name="many", event={}, storable=2500))
    assert Found.bounded(replace(large, cost=replace(FINE.cost, cpu=1.8, calls=5_027)))
    assert not Found.bounded(replace(large, cost=replace(FINE.cost, cpu=1.9)))
    assert not Found.bounded(replace(large, cost=replace(FINE.cost, calls=5_028)))


def test_the_corpus_names_each_request_once_and_fits_the_gateway() -> None:
    cases = hostile_requests()
    assert len({case.name for case in cases}) == len(cases) >= 30
    assert all(len(case.event["body"]) <= 10 * 1024 * 1024 for case in cases)


def test_the_doors_throughput_is_told_against_the_plain_handlers() -> None:
    slow = tuple(Block(cpu=cpu, clock=2 * cpu) for cpu in (4.0, 2.0, 9.0))
    quick = tuple(Block(cpu=cpu, clock=cpu) for cpu in (3.0, 1.0, 2.0))
    assert Rates(door=slow, plain=quick).ratio == 0.5
    assert Rates(door=slow, plain=quick).clock_ratio == 0.25


def test_processor_time_of_a_process_grows_with_its_work() -> None:
    import os
    import time

    own = throughput.cpu_of(os.getpid())
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    assert throughput.cpu_of(os.getpid()) >= own + 0.05


def test_a_cold_start_is_told_against_a_boto3_client() -> None:
    measured = Cold(
        taken={
            BOTO3: tuple(Taken(wall=0.5, cpu=cpu) for cpu in (0.4, 0.3, 0.9)),
            "track": tuple(Taken(wall=0.4, cpu=cpu) for cpu in (0.1, 0.2, 0.3)),
        }
    )
    assert measured.ratio("track") == 0.5
    assert measured.wall_ratio("track") == 0.8
    assert measured.spread("track") == pytest.approx(0.2)


def test_a_program_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="ended with"):
        cold.Program(code="raise SystemExit(3)").run()


def test_the_whole_of_a_mail_is_its_sending_its_reports_and_its_settling() -> None:
    sent = Step(times=2, writes=Counter(book=28, log=6), calls=Counter({"sqs.SendMessage": 2}))
    told = Step(times=2, writes=Counter(book=4), reads=Counter(Query=8))
    known = {SENT: sent, "a click": told, REPORTED: told, SETTLED: told}
    figures = Figures(steps=known, idle_minute=Step(times=1))
    assert figures.write_units == (28 + 6 + 4 + 4) / 2
    assert steps.dollars(figures.whole) == pytest.approx(
        {
            "writes": 21_000 * prices.DYNAMODB_WRITE_UNIT,
            "reads": 8_000 * prices.DYNAMODB_READ_UNIT,
            # Put, received and deleted.
            "queues": 3_000 * prices.SQS_REQUEST,
        }
    )


def of_an_ats(**more: int) -> ats.Figures:
    """Each at its bound, some a unit or more beyond."""
    units = {name: most + more.get(name, 0) for name, most in ats.MAX_UNITS.items()}
    written = {name: Counter(book=10 * each) for name, each in units.items()}
    calls = Counter({"dynamodb.PutItem": 15, "vendor.Request": 5, "sqs.SendMessage": 10})
    return ats.Figures(
        steps={name: Step(times=10, writes=each, calls=calls) for name, each in written.items()}
    )


def test_what_an_ats_tells_is_bounded_by_its_write_units_and_told_with_its_requests() -> None:
    figures = of_an_ats()
    assert figures.bounded
    told = dict(line.split(": ", 1) for line in figures.told())
    assert told.keys() == ats.MAX_UNITS.keys()
    assert all("1.5 requests to the store, 0.5 to the vendor" in line for line in told.values())


@pytest.mark.parametrize("dear", sorted(ats.MAX_UNITS))
def test_each_thing_that_an_ats_tells_has_a_bound_of_its_own(dear: str) -> None:
    assert not of_an_ats(**{dear: 1}).bounded


def test_what_was_not_played_is_not_bounded() -> None:
    known = of_an_ats().steps
    assert not ats.Figures(steps={name: known[name] for name in list(known)[1:]}).bounded


def test_a_put_object_is_in_the_price_of_a_step() -> None:
    page = Step(times=1, calls=Counter({"s3.PutObject": 2, "s3.GetObject": 2}))
    assert steps.dollars(page) == {"objects": pytest.approx(2_000 * prices.S3_PUT)}


def test_judging_a_table_counts_each_row_as_what_it_says() -> None:
    figures = importing.measure(rows=100)
    assert (figures.counts["consents"], figures.counts["without_proof"]) == (70, 30)
    slow = replace(figures, read=1.0, judged=importing.MAX_RATIO)
    assert not slow.bounded
    assert replace(slow, judged=1.0).bounded
    wrong = replace(slow, judged=1.0, counts=Counter(figures.counts) + Counter(consents=1))
    assert not wrong.bounded
