"""Installs what the project needs, inside the repository: `bootstrap.py python|node|…`.

Each part leaves a stamp that holds a digest of what it was installed from, so a second call does
nothing and takes a few milliseconds, and a changed lock file is noticed. Standard library only,
for it runs before anything is installed.

- `python`    `.venv`, from requirements/dev.txt and truth.txt, and this repository as editable
- `node`      `node_modules`, by `npm ci`, with the Node that `.venv` brings
- `emulator`  `.rapport/emulator-venv`, from requirements/emulator.txt
- `browser`   the system's Chromium, where this may be installed; without it one suite is not run
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
WORK = REPO / ".rapport"
VENV = REPO / ".venv"
EMULATOR_VENV = WORK / "emulator-venv"
LOG = WORK / "bootstrap.log"
LOCK_SECONDS = 120
# Even inside a virtual environment the interpreter that it was made with: it outlives .venv.
PYTHON = Path(getattr(sys, "_base_executable", sys.executable))


class InstallError(Exception):
    """An installation step failed; the message says which, where its output is, and the mend."""


def _digest(*paths: Path) -> str:
    """A digest of the files' contents and of the interpreter that installs them."""
    seen = hashlib.sha256(f"{sys.version_info[:2]} {REPO}".encode())
    for path in paths:
        seen.update(path.read_bytes())
    return seen.hexdigest()


def _run(step: str, *command: str | Path, mend: str) -> None:
    """Run one command with its output in the log; raises InstallError with the mend."""
    path = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(map(str, command))}\n")
        log.flush()
        began = log.tell()
        try:
            done = subprocess.run(
                [str(word) for word in command],
                cwd=REPO,
                env=os.environ
                | {
                    "PATH": path,
                    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                    "DEBIAN_FRONTEND": "noninteractive",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        except OSError as error:
            msg = f"{step} failed: {error.strerror}: {error.filename}. Mend: {mend}"
            raise InstallError(msg) from error
    if done.returncode:
        said = _complaint(LOG.read_bytes()[began:].decode(errors="replace"))
        msg = f"{step} failed: {said} (all of it: {LOG.relative_to(REPO)}). Mend: {mend}"
        raise InstallError(msg)


def _complaint(output: str) -> str:
    """The line that tells why a command failed: the last that speaks of an error, else the last.

    apt-get writes `E:` for it, and the first such line is the cause of the others.
    """
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    apt = (line for line in lines if line.startswith("E: "))
    other = (line for line in reversed(lines) if "error" in line.lower())
    return next(apt, None) or next(other, None) or (lines[-1] if lines else "it does not say why")


def _once(stamp: Path, digest: str, what: str, install: Callable[[], None]) -> None:
    """Call `install` unless the stamp already carries this digest."""
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return
    started = time.monotonic()
    print(f"setting up {what} …", flush=True)
    stamp.unlink(missing_ok=True)
    install()
    stamp.write_text(digest, encoding="utf-8")
    print(f"{what} ready in {time.monotonic() - started:.0f} s", flush=True)


def _new_venv(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _run(
        "creating a virtual environment",
        *(PYTHON, "-m", "venv", folder),
        mend="install Python's venv module (Debian and Ubuntu: apt-get install python3-venv)",
    )


def _install_locked(venv: Path, lock: Path, *how: str) -> None:
    _run(
        f"installing {lock.relative_to(REPO)}",
        # Without --no-compile two thirds of the time go into modules that nobody ever imports.
        *(venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile"),
        *("--require-hashes", "--only-binary=:all:", *how),
        *("--requirement", lock),
        mend="see that the package index is within reach, then run the same command again",
    )


def ensure_python() -> None:
    """Make `.venv` what requirements/dev.txt says, and this repository importable in it."""
    lock, project = REPO / "requirements" / "dev.txt", REPO / "pyproject.toml"
    # Packages whose files are read and whose code is not run.
    truth = REPO / "requirements" / "truth.txt"

    def install() -> None:
        _new_venv(VENV)
        _install_locked(VENV, lock)
        _install_locked(VENV, truth, "--no-deps")

    def editable() -> None:
        _run(
            "installing this repository",
            *(VENV / "bin" / "python", "-m", "pip", "install", "--quiet"),
            *("--no-deps", "--no-build-isolation", "--no-index", "--editable", REPO),
            mend="look at pyproject.toml: the build back end could not read it",
        )

    _once(VENV / ".installed", _digest(lock, truth), "Python packages", install)
    _once(VENV / ".editable", _digest(lock, project), "the rapport package", editable)


def ensure_node() -> None:
    """Make `node_modules` what package-lock.json says."""
    lock = REPO / "package-lock.json"

    def install() -> None:
        _run(
            "installing the Node packages",
            *(VENV / "bin" / "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"),
            mend="see that the package registry is within reach, then run the same command again",
        )

    _once(REPO / "node_modules" / ".installed", _digest(lock), "Node packages", install)


def ensure_emulator() -> None:
    """Make the emulator's own virtual environment what requirements/emulator.txt says."""
    lock = REPO / "requirements" / "emulator.txt"

    def install() -> None:
        _new_venv(EMULATOR_VENV)
        _install_locked(EMULATOR_VENV, lock)

    _once(EMULATOR_VENV / ".installed", _digest(lock), "the local AWS", install)


def ensure_browser() -> None:
    """Have the system's Chromium, if that is for us to install; never a reason to stop."""
    if shutil.which("chromium"):
        return
    why = "it cannot be installed from here: " + (
        "apt-get needs root" if shutil.which("apt-get") else "there is no apt-get"
    )
    if os.geteuid() == 0 and shutil.which("apt-get"):
        started = time.monotonic()
        print("setting up Chromium …", flush=True)
        why = _install_packages("chromium", "fonts-liberation")
        if not why:
            print(f"Chromium ready in {time.monotonic() - started:.0f} s", flush=True)
            return
    print(f"no Chromium, so the browser suite will not run; {why}", flush=True)


def _install_packages(*packages: str) -> str:
    """Install packages of the system; the reason if that failed, with its mend."""
    mend = f"see that the package mirror is within reach, or: apt-get install {packages[0]}"
    # Somebody else may be installing, as machines do when they have just started.
    apt_get = ("apt-get", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}")

    def trouble(step: str, *command: str) -> str:
        try:
            _run(step, *apt_get, *command, mend=mend)
        except InstallError as failure:
            return str(failure)
        return ""

    # One mirror of several out of reach fails the update, and the others may do.
    before = trouble("apt-get update", "update")
    installed = ("install", "--yes", "--no-install-recommends", *packages)
    after = trouble(f"installing {packages[0]}", *installed)
    return after and (before or after)


PARTS: dict[str, Callable[[], None]] = {
    "python": ensure_python,
    "node": ensure_node,
    "emulator": ensure_emulator,
    "browser": ensure_browser,
}


def main(parts: list[str]) -> int:
    """Ensure the named parts, one process at a time; 1 and one line if a part failed."""
    WORK.mkdir(exist_ok=True)
    with (WORK / "bootstrap.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            for part in parts:
                PARTS[part]()
        except InstallError as failure:
            print(failure, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(PARTS)))
