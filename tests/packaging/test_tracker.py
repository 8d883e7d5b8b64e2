"""rapport.js as it is served is what its sources say, and small."""

import gzip
import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from local.layout import REPO

LARGEST = 4096
BIN = REPO / ".venv" / "bin"
SCRIPT = json.loads((REPO / "package.json").read_text(encoding="utf-8"))["scripts"]["tracker"]
PROGRAM, *OPTIONS = shlex.split(SCRIPT)
(SERVED,) = (REPO / each.split("=", 1)[1] for each in OPTIONS if each.startswith("--outfile="))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The sources built once more, elsewhere."""
    target = tmp_path_factory.mktemp("tracker") / "rapport.js"
    others = [each for each in OPTIONS if not each.startswith("--outfile=")]
    done = subprocess.run(
        [REPO / "node_modules" / ".bin" / PROGRAM, *others, f"--outfile={target}"],
        cwd=REPO,
        env={"PATH": os.pathsep.join([str(BIN), os.environ["PATH"]])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return target.read_bytes()


def test_the_tracker_that_is_served_is_what_its_sources_say(built: bytes) -> None:
    assert SERVED.read_bytes() == built, "the sources are newer: make tracker"


def test_the_tracker_stays_below_four_kilobytes(built: bytes) -> None:
    size = len(gzip.compress(built, 9))
    print(f"rapport.js: {size} bytes compressed, {len(built)} plain")
    assert size < LARGEST


def test_the_tracker_is_one_script_for_browsers_of_many_years() -> None:
    assert {"--bundle", "--minify", "--format=iife", "--target=es2018"} <= set(OPTIONS)
    assert SERVED == REPO / "functions" / "track" / "documents" / "rapport.js"


def test_the_tracker_s_modules_are_short() -> None:
    sources = sorted(Path(REPO / "tracker" / "src").glob("*.js"))
    assert sources
    assert max(len(each.read_text(encoding="utf-8").splitlines()) for each in sources) < 300
