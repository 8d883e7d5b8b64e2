"""The checkers that know AWS: cdk-nag and cfn-lint, both clean, both proven to have looked."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.synth import Assembly

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
