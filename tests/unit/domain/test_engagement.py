"""When interest runs out, and how mails fared."""

from datetime import UTC, datetime, timedelta

import pytest

from rapport.domain import engagement
from rapport.domain.engagement import LONGEST, WORTH, Worth, reports_of, runs_out, score
from rapport.domain.profile import fold_profile
from rapport.domain.tally import fold_partition
from tests.support.histories import EVE, USERS, event

ANA = USERS[0]
DAY = "2026-11-23"
START = datetime(2026, 11, 23, tzinfo=UTC)


def hours(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def test_an_act_counts_from_the_start_of_its_day() -> None:
    assert runs_out({DAY: {"Job Viewed": 2}}) == hours(12)


def test_only_so_many_of_a_day_count() -> None:
    assert runs_out({DAY: {"page": 1000}}) == hours(10)


def test_interest_that_has_not_run_out_is_added_to() -> None:
    both = {DAY: {"Application Started": 1}, "2026-11-24": {"page": 1}}
    assert runs_out(both) == hours(73)
    assert runs_out({**both, "2026-12-24": {"page": 1}}) == datetime(2026, 12, 24, 1, tzinfo=UTC)


def test_what_was_done_to_somebody_and_what_machines_do_shows_no_interest() -> None:
    for kind in ("Decision", "Mail Submitted", "Mail Reported (Open)", "page (bot)", "identify"):
        assert runs_out({DAY: {kind: 5}}) is None


def test_nobodys_interest_lasts_longer_than_half_a_year() -> None:
    first = datetime(2000, 1, 1, tzinfo=UTC)
    eager = {kind: worth.daily for kind, worth in WORTH.items()}
    days = {(first + timedelta(days=n)).strftime("%Y-%m-%d"): eager for n in range(30_000)}
    assert runs_out(days) == first + timedelta(days=29_999) + LONGEST


def test_the_score_is_what_is_left_and_never_less_than_nothing() -> None:
    assert score(hours(12), hours(2)) == 10
    assert score(hours(12), hours(11) + timedelta(minutes=1)) == 0
    assert score(hours(12), hours(500)) == 0
    assert score(None, START) == 0


def test_the_table_in_the_docs_of_the_module_is_the_table() -> None:
    told = {}
    for line in (engagement.__doc__ or "").splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if len(cells) == 3 and cells[1].isdigit():
            for kind in cells[0].split("(")[0].split(","):
                told[kind.strip()] = Worth(int(cells[1]), int(cells[2]))
    assert told == WORTH


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Delivery", "Mail Reported (Delivery)"),
        ("anything", "Mail Reported"),
        ([], "Mail Reported"),
        (None, "Mail Reported"),
    ],
)
def test_each_kind_of_report_on_a_mail_is_counted_apart(kind: object, name: str) -> None:
    report = event(user=ANA, kind="Mail Reported", body={"properties": {"kind": kind}})  # type: ignore[dict-item]
    profile = fold_profile(ANA, [fold_partition(ANA, [report])])
    assert profile.totals == {name: 1}
    assert profile.engagement == ({"Delivery": 1} if kind == "Delivery" else {})
    assert profile.score_zero_at is None


def test_how_mails_fared_is_read_from_the_totals() -> None:
    totals = {"Mail Reported (Bounce)": 2, "Mail Reported": 1, "page": 9}
    assert reports_of(totals) == {"Bounce": 2}


def test_a_profile_knows_when_interest_has_run_out() -> None:
    rows = [event(0, user=ANA, kind="Job Viewed"), event(1, user=ANA, kind="Application Started")]
    profile = fold_profile(ANA, [fold_partition(ANA, rows)])
    start = EVE.replace(hour=0)
    assert profile.score_zero_at == start + timedelta(hours=78)
