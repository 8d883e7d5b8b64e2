"""Runs the suites, each a process of its own, three at a time, with one closing line per suite.

`python -m tests.suites` runs all of them; `python -m tests.suites moto types` those named.
A suite that fails is followed by its output; one whose output names a person of the tests has
failed (`tests.support.redaction`). A suite that this machine cannot run says so: it has
neither passed nor failed, but where CI is set it has failed, for there everything is to be checked.
Where browsers and SDKs keep their own time, a test or two that failed while other suites took the
processor are run once more when those have ended; what passes then has passed, and is named.
Exit code 0 only if no suite failed. The last line counts the tests of all suites: "tests: N passed,
N failed", and those that were skipped, if any.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.support.redaction import leaks

REPO = Path(__file__).resolve().parents[1]
ROOMS = (
    "layers/common/python/rapport",
    *("functions", "infra", "cli", "local", "tests", "bench", "tools"),
)
# Two cores are what CI has, and suites that drive browsers and SDKs wait a good part of their time.
AT_ONCE = 3
CHROMIUM = "chromium"
OUTREACH = ("tests/e2e/test_outreach.py", "tests/e2e/test_visitors.py")
PILOT = "tests/e2e/test_pilot.py"
TOOLS = Path(sys.executable).parent
WORDS = ("passed", "failed", "errors", "skipped")
# More than so many at once are no matter of time.
MOST_AGAIN = 2
_FALLEN = re.compile(r"^(?:FAILED|ERROR) (tests/\S+\.py::.+?)(?: - .*)?$", re.MULTILINE)
_FAILURES = "= FAILURES ="
_COUNTS = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")


@dataclass(frozen=True, kw_only=True)
class Suite:
    """One suite: what the closing line calls it, and its command, one of the pinned tools."""

    name: str
    command: tuple[str, ...]
    # Why this machine cannot run it; empty if it can.
    hindrance: Callable[[], str] = str
    # Whether it drives browsers and SDKs, whose own clocks run on while others have the processor.
    keeps_time: bool = False

    @property
    def has_tests(self) -> bool:
        """Whether the suite is pytest's, so that its closing line counts tests."""
        return self.command[0] == "pytest"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one suite ended; `counts` are pytest's, empty for a checker.

    `persons` counts the identifiers of persons in its output. `not_run` tells why it was not even
    started; then nothing else is known of it.
    """

    suite: Suite
    code: int = 0
    seconds: float = 0
    output: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    persons: int = 0
    not_run: str = ""
    # The tests that failed beside the other suites and passed alone.
    alone: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Passed; a pytest run that executed nothing has not."""
        if self.not_run or self.persons:
            return False
        return self.code == 0 and (not self.suite.has_tests or self.counts.get("passed", 0) > 0)

    @property
    def line(self) -> str:
        """The closing line."""
        told = self.not_run or ", ".join(f"{count} {word}" for word, count in self.counts.items())
        if self.alone:
            told += f"; only when run alone: {', '.join(self.alone)}"
        if self.persons:
            told += f", {self.persons} identifier(s) of persons in its output"
        verdict = "NOT RUN" if self.not_run else "ok" if self.ok else "FAILED"
        return f"{self.suite.name:<11} {verdict:<7} {self.seconds:6.1f} s  {told}".rstrip()


def _pytest(
    name: str, *folders: str, hindrance: Callable[[], str] = str, keeps_time: bool = False
) -> Suite:
    # Importing this plugin takes as long as a small suite; one suite has cases of it.
    without = () if name == "api" else ("-p", "no:schemathesis")
    command = ("pytest", "-q", *without, *folders)
    return Suite(name=name, command=command, hindrance=hindrance, keeps_time=keeps_time)


def without_chromium() -> str:
    """Why no test can open a browser here; empty if it can."""
    if shutil.which(CHROMIUM):
        return ""
    return f"no {CHROMIUM} on this machine (Debian: apt-get install {CHROMIUM})"


def suites() -> tuple[Suite, ...]:
    """All suites: cheap verdicts first, then the longest, so that none is left for the end.

    Those on a stack wait more than they work, and leave the processor to the ones beside them.
    """
    rooms = tuple(room for room in ROOMS if any((REPO / room).rglob("*.py")))
    return (
        Suite(name="format", command=("ruff", "format", "--check", "--quiet", ".")),
        Suite(name="lint", command=("ruff", "check", "--quiet", ".")),
        Suite(name="types", command=("mypy", *rooms)),
        Suite(name="imports", command=("lint-imports", "--no-cache")),
        Suite(name="spelling", command=("codespell", ".")),
        # Three stacks, each with its suite. One compares the totals of a fresh one and publishes
        # other playbooks in the end; on the next a person reads mails after machines did, and
        # visitors browse, all of them from one address; a pilot publishes playbooks of its own.
        _pytest("pilot", PILOT, hindrance=without_chromium, keeps_time=True),
        _pytest(
            "e2e",
            "tests/e2e",
            *(f"--ignore={file}" for file in (*OUTREACH, PILOT)),
            keeps_time=True,
        ),
        _pytest("outreach", *OUTREACH, keeps_time=True),
        _pytest("browser", "tests/browser", hindrance=without_chromium, keeps_time=True),
        _pytest("dialects", "tests/dialects", keeps_time=True),
        _pytest("unit", "tests/unit"),
        _pytest("quality", "tests/quality"),
        _pytest("properties", "tests/properties"),
        _pytest("strangers", "tests/strangers"),
        _pytest("identity", "tests/identity"),
        _pytest("contract", "tests/contract"),
        _pytest("api", "tests/api"),
        _pytest("moto", "tests/inprocess"),
        _pytest("packaging", "tests/packaging"),
        _pytest("infra", "tests/infra"),
        _pytest("local", "tests/local"),
    )


def forgotten() -> set[str]:
    """Folders with tests that no suite runs."""
    folders = {path.relative_to(REPO).parts[1] for path in (REPO / "tests").glob("*/**/test_*.py")}
    return folders - {Path(part).name for suite in suites() for part in suite.command}


def _counts(output: str) -> dict[str, int]:
    """What pytest's closing line counts, by word; `error` counts as `errors`."""
    lines = [line for line in output.splitlines() if " in " in line and _COUNTS.search(line)]
    found = _COUNTS.findall(lines[-1]) if lines else []
    return {("errors" if word == "error" else word): int(count) for count, word in found}


def run(suite: Suite) -> Outcome:
    """Run one suite and gather its output, if this machine can run it."""
    hindrance = suite.hindrance()
    if hindrance:
        return Outcome(suite=suite, not_run=hindrance)
    started = time.monotonic()
    done = subprocess.run(
        [TOOLS / suite.command[0], *suite.command[1:]],
        cwd=REPO,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(
        suite=suite,
        code=done.returncode,
        seconds=time.monotonic() - started,
        output=done.stdout,
        counts=_counts(done.stdout) if suite.has_tests else {},
        persons=len(leaks(done.stdout)) if suite.has_tests else 0,
    )


def again(outcome: Outcome) -> Outcome:
    """The suite's outcome after the few tests that failed in it were run once more, alone."""
    fallen = tuple(dict.fromkeys(_FALLEN.findall(outcome.output)))
    told = sum(outcome.counts.get(word, 0) for word in ("failed", "errors"))
    if not outcome.suite.keeps_time or not 0 < told == len(fallen) <= MOST_AGAIN:
        return outcome
    second = run(replace(outcome.suite, command=("pytest", "-q", *fallen)))
    if not second.ok or second.counts.get("passed") != told:
        return replace(outcome, output=f"{outcome.output}\nonce more, alone:\n{second.output}")
    counts = {word: n for word, n in outcome.counts.items() if word not in {"failed", "errors"}}
    counts["passed"] = counts.get("passed", 0) + told
    # A failing test prints what it held in its hands; the rest of the output still names nobody.
    persons = len(leaks(outcome.output.partition(_FAILURES)[0]))
    return replace(outcome, code=0, counts=counts, persons=persons, alone=fallen)


def run_all(chosen: Sequence[Suite]) -> Iterator[Outcome]:
    """Run the suites, as many at a time as pay off, and tell each as it ends."""
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        running = [pool.submit(run, suite) for suite in chosen]
        for future in as_completed(running):
            yield future.result()


def main(names: list[str]) -> int:
    """Run the named suites, or all; prints closing lines, failures' output and the total."""
    known = suites()
    unknown = set(names) - {suite.name for suite in known}
    if unknown:
        there_are = ", ".join(suite.name for suite in known)
        print(f"no suite {', '.join(sorted(unknown))}; there are: {there_are}")
        return 2
    started = time.monotonic()
    outcomes: list[Outcome] = []
    for outcome in run_all([suite for suite in known if not names or suite.name in names]):
        outcomes.append(outcome)
        print(outcome.line, flush=True)
        if outcome.output and not outcome.ok:
            print(outcome.output, flush=True)
    for place, outcome in enumerate(outcomes):
        outcomes[place] = again(outcome)
        if outcomes[place].alone:
            print(outcomes[place].line, flush=True)
    fallen = [outcome.suite.name for outcome in outcomes if failed(outcome, ci=in_ci())]
    fallen += [f"tests/{folder} (no suite runs it)" for folder in sorted(forgotten())]
    for line in closing(outcomes, fallen, time.monotonic() - started):
        print(line)
    return 1 if fallen else 0


def in_ci() -> bool:
    """Whether this is the run that nobody looks at, which everything depends on."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def failed(outcome: Outcome, *, ci: bool) -> bool:
    """Whether a suite's end fails the run. One that could not be run does so in CI alone."""
    return ci if outcome.not_run else not outcome.ok


def closing(outcomes: Sequence[Outcome], fallen: Sequence[str], seconds: float) -> list[str]:
    """The last lines: what became of the suites, and how many tests there were."""
    not_run = [outcome.suite.name for outcome in outcomes if outcome.not_run]
    told = (
        f"failed: {', '.join(fallen)}" if fallen else "no other failed" if not_run else "all passed"
    )
    kept_out = f"not run: {', '.join(not_run)}; " if not_run else ""
    lines = [f"{len(outcomes)} suites in {seconds:.0f} s, {kept_out}{told}"]
    if any(outcome.suite.has_tests for outcome in outcomes):
        count = {word: sum(o.counts.get(word, 0) for o in outcomes) for word in WORDS}
        line = f"tests: {count['passed']} passed, {count['failed'] + count['errors']} failed"
        lines.append(line + (f", {count['skipped']} skipped" if count["skipped"] else ""))
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
