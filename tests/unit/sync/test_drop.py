"""Files that are dropped: applied once, gone on with after a crash, and never a reason to delete.

The intake is the real one, on in-memory stores: what counts is what the log holds in the end. A
little longer than other modules: each way in which a file can be wrong is beside the ones like it.
"""

from datetime import UTC, datetime, timedelta

import pytest

from functions.sync.drop import PAGE_ROWS, State
from rapport.domain import names
from rapport.domain.event import Origin
from rapport.errors import PoisonError
from tests.support.ats.dropping import (
    APPLICATIONS,
    APPLIED,
    CANDIDATES,
    FOLDER,
    DropDesk,
    application,
    candidate,
    table,
    works,
)

MANY = PAGE_ROWS + 20
GONE = {names.CANDIDATE_DELETED, names.APPLICATION_DELETED, names.ERASURE_REQUESTED}


def deletions(desk: DropDesk) -> int:
    return len([event for event in desk.told() if event.type in GONE])


def test_a_first_file_says_how_things_stand_and_starts_nothing() -> None:
    desk = DropDesk(works(CANDIDATES))
    report = desk.drop("candidates_1.csv", table(candidate(n) for n in range(5)))
    assert report.state is State.APPLIED
    assert report.counts == {"news": 5, "rows": 5}
    told = desk.told(names.CANDIDATE_RECORDED)
    assert len(told) == 5
    assert {event.origin for event in told} == {Origin.BACKFILL}
    assert not desk.drops.files


def test_the_next_file_tells_only_what_changed_and_as_news() -> None:
    desk = DropDesk(works(CANDIDATES))
    desk.drop("candidates_1.csv", table(candidate(n) for n in range(5)))
    before = len(desk.told())
    rows = [candidate(n) for n in range(5)]
    rows[3] = candidate(3, First_Name="Ane", Changed="04.11.2026 10:00")
    report = desk.drop("candidates_2.csv", table(rows))
    assert len(desk.told()) == before + 1
    assert report.counts["news"] == 1
    assert desk.told()[-1].origin is Origin.LIVE
    # Ten in Oslo's winter is nine in UTC.
    assert desk.told()[-1].original_at == datetime(2026, 11, 4, 9, tzinfo=UTC)


def test_a_file_without_times_that_says_the_same_writes_nothing() -> None:
    desk = DropDesk(works(APPLICATIONS))
    rows = [application(n) for n in range(5)]
    desk.drop("applications_1.csv", table(rows, APPLIED))
    before = len(desk.told())
    # The same content in another order: other bytes, so it is read, and nothing is new.
    report = desk.drop("applications_2.csv", table(reversed(rows), APPLIED))
    assert report.state is State.APPLIED
    assert len(desk.told()) == before


def test_an_application_that_went_on_is_told_as_a_change_of_stage() -> None:
    desk = DropDesk(works(APPLICATIONS))
    rows = [application(n) for n in range(6)]
    desk.drop("applications_1.csv", table(rows, APPLIED))
    rows[2] = application(2, step="s2")
    rows[4] = application(4, status="Not selected")
    desk.drop("applications_2.csv", table(rows, APPLIED))
    assert len(desk.told(names.APPLICATION_STAGE_CHANGED)) == 1
    assert len(desk.told(names.APPLICATION_REJECTED)) == 1


def test_a_file_that_is_dropped_twice_changes_nothing() -> None:
    desk = DropDesk(works(CANDIDATES))
    first = table(candidate(n) for n in range(5))
    second = table(candidate(n, First_Name="Ane", Changed="04.11.2026 10:00") for n in range(5))
    desk.drop("candidates_1.csv", first)
    desk.drop("candidates_2.csv", second)
    before = desk.state()
    states = [
        desk.drop("candidates_2.csv", second).state,
        desk.drop("candidates_1.csv", first).state,
    ]
    assert states == [State.REPEATED, State.REPEATED]
    assert desk.state() == before


def test_what_was_undone_counts_though_the_file_is_what_it_was_two_files_ago() -> None:
    files = APPLICATIONS | {"name": "applications.csv"}
    desk = DropDesk(works(files))
    here = table([application(n) for n in range(5)], APPLIED)
    there = table([application(n, step="s2") for n in range(5)], APPLIED)
    for content in (here, there, here):
        assert desk.drop("applications.csv", content).state is State.APPLIED
    assert len(desk.told(names.APPLICATION_STAGE_CHANGED)) == 10


def test_rows_that_cannot_be_read_stay_aside_with_their_number_and_the_others_go_on() -> None:
    desk = DropDesk(works(CANDIDATES))
    rows = [candidate(n) for n in range(20)]
    rows[4] = candidate(4, Changed="yesterday")
    rows[7] = candidate(7, Last_Name="")
    rows[9] = candidate(9, Mail_allowed="perhaps")
    report = desk.drop("candidates_1.csv", table(rows))
    assert report.state is State.APPLIED
    assert report.counts == {"bad": 3, "news": 17, "rows": 20}
    (kept,) = desk.around.kept
    assert isinstance(kept["rows"], list)
    why = [(row["row"], row["reason"]) for row in kept["rows"] if isinstance(row, dict)]
    assert why == [(5, "date"), (8, "required"), (10, "value")]


def test_of_a_file_with_more_than_a_fifth_of_bad_rows_nothing_is_applied() -> None:
    desk = DropDesk(works(CANDIDATES))
    rows = [candidate(n, Changed="yesterday" if n < 5 else "02.11.2026 09:30") for n in range(20)]
    report = desk.drop("candidates_1.csv", table(rows))
    assert (report.state, report.reason) == (State.ASIDE, "bad_rows")
    assert not desk.told()
    assert desk.drops.files


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (("Candidate ID", "First Name", "E-mail", "Mail allowed", "Changed"), "column_gone"),
        (
            (
                "Candidate ID",
                "First Name",
                "Last Name",
                "E-mail",
                "Mail allowed",
                "Changed",
                "Race",
            ),
            "column_new",
        ),
    ],
)
def test_when_the_columns_are_others_nothing_is_applied(
    header: tuple[str, ...], reason: str
) -> None:
    desk = DropDesk(works(CANDIDATES))
    rows = [{name: candidate(n).get(name, "") for name in header} for n in range(5)]
    report = desk.drop("candidates_1.csv", table(rows, header))
    assert (report.state, report.reason) == (State.ASIDE, reason)
    assert not desk.told()


def test_whoever_is_called_is_told_why_a_file_was_set_aside() -> None:
    desk = DropDesk(works(CANDIDATES))
    desk.put("candidates_1.csv", b"Candidate ID;ana@inbox.halden.example\n")
    message = {"do": "drop", "key": FOLDER + "candidates_1.csv"}
    result = desk.flow.do(message, desk.desk.clock() + timedelta(minutes=5))
    assert (result.figures["FilesSetAside"], result.why) == (1, "column_gone")
    assert "example" not in str(result)


def test_a_file_that_nobody_can_tell_how_to_read_stays_where_it_is() -> None:
    desk = DropDesk(works(CANDIDATES))
    report = desk.drop("offers.csv", b"a,b\n1,2\n")
    assert (report.state, report.reason) == (State.ASIDE, "no_mapping")
    assert desk.apply("nowhere.csv").reason == "no_mapping"
    assert desk.apply("candidates_9.csv").state is State.GONE


def test_what_one_full_file_lacks_is_not_asked_about_and_what_two_lack_is() -> None:
    desk = DropDesk(works(CANDIDATES), can_ask=True)
    everybody = [candidate(n) for n in range(20)]
    desk.drop("candidates_1.csv", table(everybody))
    desk.drop("candidates_2.csv", table(everybody[1:]))
    assert not desk.around.asked
    report = desk.drop("candidates_3.csv", table(everybody[2:]))
    assert [each.id for each in desk.around.asked] == ["C0"]
    assert report.counts["missing"] == 1
    desk.drop("candidates_4.csv", table(everybody[1:]))
    assert [each.id for each in desk.around.asked] == ["C0"]
    assert deletions(desk) == 0


def test_where_nobody_can_be_asked_an_application_that_two_files_lack_is_archived() -> None:
    desk = DropDesk(works(APPLICATIONS))
    rows = [application(n) for n in range(20)]
    desk.drop("applications_1.csv", table(rows, APPLIED))
    desk.drop("applications_2.csv", table(rows[1:], APPLIED))
    before = len(desk.told())
    desk.drop("applications_3.csv", table([*rows[2:], application(1)], APPLIED))
    news = desk.told()[before:]
    assert {event.origin for event in news} == {Origin.IMPORT}
    assert {event.body["properties"]["status"] for event in news} == {"archived"}  # type: ignore[index,call-overload]
    assert deletions(desk) == 0


def test_a_full_file_that_lost_more_than_a_fifth_is_set_aside_until_somebody_insists() -> None:
    desk = DropDesk(works(CANDIDATES), can_ask=True)
    desk.drop("candidates_1.csv", table(candidate(n) for n in range(20)))
    short = table(candidate(n) for n in range(10))
    report = desk.drop("candidates_2.csv", short)
    assert (report.state, report.reason) == (State.ASIDE, "shrunk")
    assert desk.apply("candidates_2.csv", force=True).state is State.APPLIED
    assert not desk.around.asked


def test_a_cut_off_or_empty_file_deletes_nothing_wherever_it_was_cut() -> None:
    whole = table(candidate(n, First_Name='A "B" C\nD') for n in range(12))
    desk = DropDesk(works(CANDIDATES), can_ask=True)
    desk.drop("candidates_0.csv", whole)
    before = desk.told()
    cuts = range(0, len(whole), 7)
    aside = 0
    for number, cut in enumerate(cuts, 1):
        report = desk.drop(f"candidates_{number}.csv", whole[:cut], hours=1)
        aside += report.state is State.ASIDE
    # Whatever a cut file says, it never says anything that the whole one did not.
    assert desk.told() == before
    print(
        f"truncated files: {len(cuts)}, set aside {aside}, deletions {deletions(desk)}, "
        f"wrong values applied {len(desk.told()) - len(before)}"
    )
    assert deletions(desk) == 0


def test_a_formula_is_the_text_of_a_formula() -> None:
    desk = DropDesk(works(CANDIDATES))
    desk.drop(
        "candidates_1.csv", table([candidate(1, First_Name='=HYPERLINK("http://x.example")')])
    )
    (event,) = desk.told(names.CANDIDATE_RECORDED)
    assert event.body["traits"]["first_name"] == '=HYPERLINK("http://x.example")'  # type: ignore[index,call-overload]


def test_a_worker_that_runs_out_of_time_leaves_the_rest_to_the_next_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("functions.sync.drop.PAGE_ROWS", 2)
    desk = DropDesk(works(CANDIDATES))
    desk.put("candidates_1.csv", table(candidate(n) for n in range(5)))
    message = {"do": "drop", "key": FOLDER + "candidates_1.csv"}
    result = desk.flow.do(message, desk.desk.clock())
    assert result.figures["FilesUnderWay"] == 1
    assert desk.around.work == [(message, 0)]
    # No call is so short that it does nothing: else a slow one would come again for ever.
    assert len(desk.told(names.CANDIDATE_RECORDED)) == 2
    result = desk.flow.do(message, desk.desk.clock() + timedelta(minutes=5))
    assert result.figures["FilesApplied"] == 1
    assert len(desk.told(names.CANDIDATE_RECORDED)) == 5
    with pytest.raises(PoisonError):
        desk.flow.do({"do": "drop", "key": "inbox/mail"}, desk.desk.clock())


def test_another_file_of_the_same_kind_waits_for_the_one_that_is_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("functions.sync.drop.PAGE_ROWS", 2)
    desk = DropDesk(works(CANDIDATES))
    desk.put("candidates_1.csv", table(candidate(n) for n in range(5)))
    desk.put("candidates_2.csv", table(candidate(n, First_Name="Ane") for n in range(5)))
    desk.apply("candidates_1.csv", minutes=0)
    assert desk.apply("candidates_2.csv").again_s == 60
    desk.desk.clock.forward(minutes=17)
    assert desk.apply("candidates_2.csv").state is State.APPLIED
    assert desk.apply("candidates_1.csv").state is State.APPLIED


def _played(crash_at: int | None) -> tuple[DropDesk, int]:
    """Two full files, the second with news and gaps; the worker may die after a call on the way."""
    desk = DropDesk(works(APPLICATIONS))
    rows = [application(n) for n in range(MANY)]
    desk.drop("applications_1.csv", table(rows, APPLIED))
    desk.drop("applications_2.csv", table(rows[2:], APPLIED))
    rows[5] = application(5, step="s2")
    rows[6] = application(6, status="Not selected")
    rows[7] = application(7, status="who knows")
    # Two are lacking for the second time, one for the first.
    del rows[12]
    desk.desk.clock.forward(hours=24)
    desk.put("applications_3.csv", table(rows[2:], APPLIED))
    crashes = 0
    while crash_at is not None and crashes < 3 and desk.crash_after("applications_3.csv", crash_at):
        crashes += 1
    desk.calls.names.clear()
    desk.apply("applications_3.csv")
    return desk, crashes


def test_a_worker_killed_after_any_call_loses_nothing_and_doubles_nothing() -> None:
    whole, _ = _played(None)
    expected = whole.state()
    theirs = expected["log"]
    assert isinstance(theirs, dict)
    lost = doubled = killed = 0
    # Every call at the start and at the end, and some of those that the intake makes row by row.
    calls = len(whole.calls.names)
    for at in [*range(12), *range(12, calls - 12, 41), *range(calls - 12, calls)]:
        again, crashes = _played(at)
        killed += crashes
        ours = again.state()["log"]
        assert isinstance(ours, dict)
        lost += len(theirs.keys() - ours.keys())
        doubled += len(ours.keys() - theirs.keys())
        assert again.state()["rosters"] == expected["rosters"]
        assert again.state()["run"] == expected["run"]
    print(f"dropped files: killed {killed} times after a call, lost {lost}, doubled {doubled}")
    assert (lost, doubled) == (0, 0)
    assert killed > 40
