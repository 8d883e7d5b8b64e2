"""What `make` does before anything else: it must survive the very folder that it replaces."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from local.layout import REPO


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with its tools and a virtual environment, and nothing installed in it."""
    shutil.copytree(REPO / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__py*"))
    (tmp_path / ".rapport").mkdir()
    venv.create(tmp_path / ".venv", symlinks=True)
    return tmp_path


def _in(clone: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """A command as `make` runs it: with `.venv/bin` first on PATH."""
    path = os.pathsep.join([str(clone / ".venv" / "bin"), os.environ["PATH"]])
    return subprocess.run(
        command,
        cwd=clone,
        env={"PATH": path, "HOME": str(clone)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_environment_is_made_anew_by_the_interpreter_that_stands_in_it(clone: Path) -> None:
    old = clone / ".venv" / "of-the-last-lock"
    old.touch()
    anew = "import bootstrap; bootstrap._new_venv(bootstrap.VENV)"
    within = f"import sys; sys.path.insert(0, 'tools'); {anew}"
    done = _in(clone, str(clone / ".venv" / "bin" / "python3"), "-c", within)
    assert done.returncode == 0, done.stderr
    assert not old.exists()
    assert _in(clone, str(clone / ".venv" / "bin" / "python"), "-c", "import pip").returncode == 0


def test_the_tools_start_with_the_interpreter_that_the_environment_was_made_with(
    clone: Path,
) -> None:
    (clone / "tools" / "bootstrap.py").write_text("import sys; print(sys.executable, sys.prefix)")
    done = _in(clone, "sh", "tools/bootstrap.sh", "python")
    interpreter, prefix = done.stdout.split()
    assert not Path(interpreter).is_relative_to(clone)
    assert prefix == sys.base_prefix


def test_a_missing_program_is_told_in_one_line_with_the_mend(clone: Path) -> None:
    (clone / "package-lock.json").touch()
    done = _in(clone, "sh", "tools/bootstrap.sh", "node")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "installing the Node packages failed" in line
    assert "npm" in line
    assert "Mend: " in line


def _programs(clone: Path, **scripts: str) -> None:
    """Programs of these names and contents, and no others but those that the tools need."""
    for name, script in scripts.items():
        program = clone / ".venv" / "bin" / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


def _browser(clone: Path, *, root: bool) -> "subprocess.CompletedProcess[str]":
    """The part `browser` on a machine that has nothing but what `_programs` put there."""
    asked = (
        "import os, sys; sys.path.insert(0, 'tools'); import bootstrap; "
        f"os.geteuid = lambda: {0 if root else 1000}; bootstrap.VENV = bootstrap.REPO; "
        "sys.exit(bootstrap.main(['browser']))"
    )
    folder = clone / ".venv" / "bin"
    return subprocess.run(
        [folder / "python", "-c", asked],
        cwd=clone,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_browser_that_is_there_is_left_alone(clone: Path) -> None:
    _programs(clone, chromium="exit 0", apt_get="exit 9")
    done = _browser(clone, root=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_root_gets_the_browser_from_the_system(clone: Path) -> None:
    _programs(clone, apt_get='echo "asked for: $*"')
    done = _browser(clone, root=True)
    assert done.returncode == 0, done.stderr
    assert "Chromium ready in" in done.stdout
    log = (clone / ".rapport" / "bootstrap.log").read_text().splitlines()
    asked = "asked for: -o DPkg::Lock::Timeout=120"
    assert [line for line in log if line.startswith("asked for")] == [
        f"{asked} update",
        f"{asked} install --yes --no-install-recommends chromium fonts-liberation",
    ]


def test_one_mirror_that_is_out_of_reach_does_not_keep_the_browser_away(clone: Path) -> None:
    _programs(clone, apt_get='case "$*" in *update) echo "E: no mirror"; exit 100;; esac')
    done = _browser(clone, root=True)
    assert "Chromium ready in" in done.stdout


def test_the_reason_is_of_this_very_command_and_the_first_that_apt_get_gives(clone: Path) -> None:
    (clone / ".rapport" / "bootstrap.log").write_text("npm error: of another day\n")
    lock = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7"
    told = f'echo "Reading"; echo "{lock}"; echo "E: Unable to acquire it"; exit 100'
    _programs(clone, apt_get=f'case "$*" in *update) exit 0;; esac; {told}')
    line = _browser(clone, root=True).stdout.splitlines()[-1]
    assert f"installing chromium failed: {lock} (all of it" in line
    _programs(clone, apt_get="exit 100")
    assert "of another day" not in _browser(clone, root=True).stdout


@pytest.mark.parametrize(
    ("root", "programs", "reason"),
    [
        (False, {"apt_get": "exit 0"}, "apt-get needs root"),
        (True, {}, "there is no apt-get"),
        (True, {"apt_get": "echo 'Error: no mirror'; exit 100"}, "Error: no mirror"),
    ],
)
def test_without_a_browser_one_line_says_why_and_everything_else_goes_on(
    clone: Path, root: bool, programs: dict[str, str], reason: str
) -> None:
    _programs(clone, **programs)
    done = _browser(clone, root=root)
    assert done.returncode == 0
    line = done.stdout.splitlines()[-1]
    assert line.startswith("no Chromium, so the browser suite will not run; ")
    assert reason in line
    assert not done.stderr
