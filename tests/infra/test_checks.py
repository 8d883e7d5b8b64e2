"""The checkers that know AWS: cdk-nag and cfn-lint, both clean, both proven to have looked."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.support.synth import REPO, Assembly

# W3005: CDK writes dependencies that follow from references as well; harmless, and everywhere.
IGNORED = "W3005"


def test_cdk_nag_has_no_finding_that_nobody_answered_for(assembly: Assembly) -> None:
    report = json.loads((assembly.path / "validation-report.json").read_text(encoding="utf-8"))
    (nag,) = [each for each in report["pluginReports"] if each["pluginName"] == "AwsSolutions"]
    assert nag["conclusion"] == "success"
    assert nag["violations"] == []
    answered = nag["suppressedViolations"]
    assert answered
    assert all(len(each["reason"].split()) >= 4 for each in answered)
    # On the resource, next to the cause: never on a stack or the app.
    assert all(each["acknowledgedAt"].count("/") >= 1 for each in answered)


def test_mypy_reads_every_part_of_the_cdk_that_infra_uses() -> None:
    configured = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
    overrides = configured["tool"]["mypy"]["overrides"]
    read = {name for each in overrides for name in each["module"] if "normal" in each.values()}
    sources = "".join(path.read_text(encoding="utf-8") for path in (REPO / "infra").rglob("*.py"))
    used = set(re.findall(r"\baws_cdk import (aws_\w+) as", sources))
    used |= set(re.findall(r"from aws_cdk\.(aws_\w+) import", sources))
    assert used
    assert {f"aws_cdk.{name}" for name in used} <= read


def test_cfn_lint_is_clean(assembly: Assembly) -> None:
    done = subprocess.run(
        [
            *(Path(sys.executable).parent / "cfn-lint", "--ignore-checks", IGNORED, "--"),
            *(assembly.data.path, assembly.engine.path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
