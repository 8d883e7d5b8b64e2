"""What the closing lines of `make test` say, above all of a suite that this machine cannot run."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests import suites
from tests.suites import Outcome, Suite, closing, failed

UNIT = Suite(name="unit", command=("pytest", "-q", "tests/unit"))
BROWSER = Suite(name="browser", command=("pytest", "-q", "tests/browser"))
PASSED = Outcome(suite=UNIT, seconds=3, counts={"passed": 7, "skipped": 2})
NOT_RUN = Outcome(suite=BROWSER, not_run="no chromium on this machine")


def test_a_suite_that_cannot_be_run_says_so_and_why_and_has_not_passed() -> None:
    assert not NOT_RUN.ok
    assert re.fullmatch(r"browser +NOT RUN +0\.0 s  no chromium on this machine", NOT_RUN.line)


def test_a_laptop_without_a_browser_passes_but_is_not_told_that_all_was_checked() -> None:
    assert not failed(NOT_RUN, ci=False)
    suites_line, tests_line = closing([PASSED, NOT_RUN], [], 9)
    assert "not run: browser" in suites_line
    assert "all passed" not in suites_line
    assert tests_line == "tests: 7 passed, 0 failed, 2 skipped"


def test_ci_fails_for_what_it_could_not_check() -> None:
    assert failed(NOT_RUN, ci=True)
    assert not failed(PASSED, ci=True)


@pytest.mark.parametrize(
    ("value", "ci"), [("true", True), ("1", True), ("", False), ("0", False), ("False", False)]
)
def test_ci_is_what_the_environment_calls_so(
    monkeypatch: pytest.MonkeyPatch, value: str, ci: bool
) -> None:
    monkeypatch.setenv("CI", value)
    assert suites.in_ci() is ci


def test_a_run_in_which_everything_was_run_says_that_all_passed() -> None:
    assert closing([PASSED], [], 3) == [
        "1 suites in 3 s, all passed",
        "tests: 7 passed, 0 failed, 2 skipped",
    ]


def test_errors_count_as_failures_and_tests_that_found_nothing_to_do_are_no_success() -> None:
    broken = Outcome(suite=UNIT, code=1, counts={"passed": 1, "failed": 1, "errors": 2})
    empty = Outcome(suite=UNIT, counts={"skipped": 4})
    assert failed(broken, ci=False)
    assert failed(empty, ci=False)
    assert closing([broken], ["unit"], 1)[-1] == "tests: 1 passed, 3 failed"


def test_a_suite_is_not_started_on_a_machine_that_lacks_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (suite,) = (each for each in suites.suites() if each.name == "browser")
    outcome = suites.run(suite)
    assert "chromium" in outcome.not_run
    assert outcome.line.startswith("browser     NOT RUN")


def test_no_folder_of_tests_is_left_out() -> None:
    assert not suites.forgotten()


SLOW = Suite(name="browser", command=("pytest", "-q", "tests/browser"), keeps_time=True)
FELL = "FAILED tests/browser/test_one.py::test_it[a b] - AssertionError: late"


def _fell(*lines: str, suite: Suite = SLOW) -> Outcome:
    counts = {"failed": len(lines), "passed": 9}
    return Outcome(suite=suite, code=1, output="\n".join(lines), counts=counts)


def _second(monkeypatch: pytest.MonkeyPatch, *, passes: bool) -> list[Suite]:
    asked: list[Suite] = []

    def run(suite: Suite) -> Outcome:
        asked.append(suite)
        counts = {"passed": 1} if passes else {"failed": 1}
        return Outcome(suite=suite, code=0 if passes else 1, counts=counts, output="second")

    monkeypatch.setattr(suites, "run", run)
    return asked


def test_a_test_of_a_browser_that_passes_when_it_is_alone_has_passed_and_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = _second(monkeypatch, passes=True)
    outcome = suites.again(_fell(FELL))
    assert [suite.command for suite in asked] == [
        ("pytest", "-q", "tests/browser/test_one.py::test_it[a b]")
    ]
    assert outcome.ok
    assert outcome.counts == {"passed": 10}
    assert "only when run alone: tests/browser/test_one.py::test_it[a b]" in outcome.line


@pytest.mark.parametrize("told", ["before the failures", "in a failure"])
def test_whom_a_failing_test_had_in_its_hands_is_not_held_against_the_suite(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    _second(monkeypatch, passes=True)
    named, rule = "vera@inbox.halden.example", "= FAILURES ="
    lines = (named, rule, FELL) if told == "before the failures" else (rule, named, FELL)
    fell = replace(_fell(FELL), output="\n".join(lines), persons=1)
    assert suites.again(fell).ok is (told == "in a failure")


def test_what_fails_twice_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    _second(monkeypatch, passes=False)
    outcome = suites.again(_fell(FELL))
    assert not outcome.ok
    assert "second" in outcome.output


@pytest.mark.parametrize(
    "outcome",
    [
        _fell(FELL, suite=UNIT),
        _fell(FELL, FELL.replace("one", "two"), FELL.replace("one", "three")),
        Outcome(suite=SLOW, code=2, output="INTERNALERROR", counts={}),
        Outcome(suite=SLOW, code=0, counts={"passed": 3}),
    ],
    ids=["a suite that keeps no time", "three at once", "no test at all", "nothing failed"],
)
def test_nothing_else_is_run_again(monkeypatch: pytest.MonkeyPatch, outcome: Outcome) -> None:
    asked = _second(monkeypatch, passes=True)
    assert suites.again(outcome) == outcome
    assert not asked
