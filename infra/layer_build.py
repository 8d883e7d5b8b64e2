"""Builds the folders of the two Lambda layers and of each function's code, without Docker.

1. `dependencies(flavour)` installs requirements/lambda.txt: for `cloud` the wheels of python3.13 on
   arm64 Linux, whatever machine builds them; for `native` those of this very interpreter, for the
   local AWS runs functions in it.
2. Leaves out what no function reads: botocore's data of other services, most locales, tests, the
   parts of Powertools and pytz that nothing imports. A cold start unpacks all that is left.
3. Compiles to bytecode with the Python minor version that will run it: /opt is read-only, so a
   layer without bytecode compiles everything again on each cold start and takes twice as long.
4. `common(flavour)` does the same with our own package, `code(name, flavour)` with the folder of a
   function, which lies where nothing can be compiled either.

A finished folder is named by a digest of all that went into it and kept in `.rapport/layers`; the
next build with the same ingredients takes no time and changes no asset. The last few used of each
name are kept, and any that a running process was given.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from infra import botocore_data, one_script

Flavour = Literal["cloud", "native"]

REPO = Path(__file__).resolve().parents[1]
LAYERS = REPO / ".rapport" / "layers"
LOCK = REPO / "requirements" / "lambda.txt"
COMMON = REPO / "layers" / "common" / "python"
# What a function is deployed with besides its own folder.
BESIDE = {"desk": ("console",)}
KEEP = 3
RUNTIME = (3, 13)
# Amazon Linux 2023, where python3.13 runs, has glibc 2.34; pip wants each older one said.
PLATFORMS = tuple(
    f"manylinux{tag}_aarch64"
    for tag in ("_2_34", "_2_31", "_2_28", "_2_27", "_2_26", "_2_24", "_2_17", "2014")
)
# The languages that playbooks may be written in; babel takes `root` for all others.
LOCALES = frozenset(
    (
        *("ar", "bg", "cs", "da", "de", "de_AT", "de_CH", "el", "en", "en_001", "en_150", "en_AU"),
        *("en_CA", "en_GB", "en_IE", "en_US", "es", "es_419", "es_MX", "et", "fi", "fr", "fr_CA"),
        *("fr_CH", "ga", "hr", "hu", "is", "it", "it_CH", "lt", "lv", "mt", "nb", "nl", "nn", "no"),
        *("pl", "pt", "pt_PT", "ro", "root", "ru", "sk", "sl", "sr", "sr_Latn", "sv", "tr", "uk"),
        *("zh", "zh_Hans", "zh_Hant"),
    )
)
# Relative to the layer's `python` folder. Licences stay in the wheels they came from.
LEFT_OUT = (
    *("bin", "*.dist-info", "**/tests", "**/*.pyi", "**/*.exe"),
    "bazel-project",  # the build tree that the CEL wheel carries along
    "cel_expr_python/ext",  # its optional libraries; playbooks use the standard one
    "boto3/data",  # resource models; we use clients
    "boto3/examples",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.js",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.css",
    *(
        f"aws_lambda_powertools/utilities/{utility}"
        for utility in (
            *("auth_alpha", "batch", "circuit_breaker", "data_masking", "feature_flags"),
            *("idempotency", "kafka", "metadata", "parameters", "parser", "streaming"),
            "validation",
        )
    ),
    # cryptography needs cffi's compiled backend alone; these two make bindings.
    *("cffi", "pycparser"),
    # Emergency and premium numbers, country by country; nobody is asked for one.
    "phonenumbers/shortdata/region_*.py",
    # python-liquid imports pytz and asks it for UTC, which is made without a file.
    "pytz/zoneinfo",
)
# Folders that this process was given, by descriptors that hold a shared lock as long as it runs.
_IN_USE: dict[Path, int] = {}


class LayerError(Exception):
    """A layer could not be built; the message carries what pip or the compiler said."""


def dependencies(flavour: Flavour) -> Path:
    """The folder of the third-party layer (its content sits in `python/`)."""

    def fill(python: Path) -> None:
        _install(python, flavour)
        _leave_out(python)
        botocore_data.cut(python / "botocore" / "data")

    seen = _digest(LOCK, Path(__file__), Path(botocore_data.__file__))
    return _built(f"dependencies-{flavour}", seen, fill, flavour)


def common(flavour: Flavour) -> Path:
    """The folder of the layer that holds the package `rapport`."""

    def fill(python: Path) -> None:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(COMMON, python, ignore=ignored, dirs_exist_ok=True)

    sources = sorted(path for path in COMMON.rglob("*") if _is_source(path))
    return _built(f"common-{flavour}", _digest(*sources, Path(__file__)), fill, flavour)


def code(name: str, flavour: Flavour) -> Path:
    """The folder that is deployed as the code of `functions/<name>`, and what `BESIDE` names."""
    functions = REPO / "functions"
    folders = (functions / name, *(REPO / each for each in BESIDE.get(name, ())))
    sources = [path for each in folders for path in each.rglob("*") if _is_source(path)]
    sources = sorted(path for path in (functions / "__init__.py", *sources) if path.suffix != ".md")

    def fill(task: Path) -> None:
        for path in sources:
            to = task / path.relative_to(REPO)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
        for each in BESIDE.get(name, ()):
            one_script.made_one(task / each)

    seen = _digest(*sources, Path(__file__), Path(one_script.__file__), REPO / "package-lock.json")
    return _built(f"code-{name}-{flavour}", seen, fill, flavour, at="/var/task") / "python"


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _digest(*paths: Path) -> str:
    seen = hashlib.sha256()
    for path in paths:
        seen.update(str(path.relative_to(REPO)).encode() + b"\0")
        seen.update(path.read_bytes() + b"\0")
    return seen.hexdigest()


def _built(
    name: str,
    seen: str,
    fill: Callable[[Path], None],
    flavour: Flavour,
    *,
    at: str = "/opt/python",
) -> Path:
    """The finished folder; `at` is where Lambda will have its `python`."""
    compiler = _compiler(flavour)
    runs_on = f"{platform.machine()} {sys.version_info[:2]}" if flavour == "native" else ""
    key = hashlib.sha256(f"{seen} {runs_on} {compiler is not None}".encode()).hexdigest()[:16]
    folder = LAYERS / f"{name}-{key}"
    if _taken(folder):
        return folder
    LAYERS.mkdir(parents=True, exist_ok=True)
    with (LAYERS / f".{name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _taken(folder):  # else another synthesis was quicker
            _build(name, folder, fill, compiler, at)
            _taken(folder)
        _forget_old(name)
    return folder


def _taken(folder: Path) -> bool:
    """Whether the folder is there; if it is, nobody forgets it while this process runs."""
    if folder not in _IN_USE:
        try:
            held = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            return False
        fcntl.flock(held, fcntl.LOCK_SH)
        if not folder.is_dir():  # forgotten while we waited
            os.close(held)
            return False
        _IN_USE[folder] = held
    os.utime(folder)  # the age of a folder is the time since it was last asked for
    return True


def _forget_old(name: str) -> None:
    """Keep the folders used last, and those in use; called under the name's lock."""
    for draft in LAYERS.glob(f".{name}-*"):  # of a build that was killed
        shutil.rmtree(draft, ignore_errors=True)
    folders = sorted(LAYERS.glob(f"{name}-*"), key=lambda each: each.stat().st_mtime, reverse=True)
    for folder in folders[KEEP:]:
        held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(held)


def _build(
    name: str, folder: Path, fill: Callable[[Path], None], compiler: str | None, at: str
) -> None:
    draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=LAYERS))
    try:
        fill(draft / "python")
        if compiler is None:
            print(
                "warning: no python3.13 here, so the layer goes without bytecode and cold starts "
                "take twice as long; install python3.13 where you deploy from",
                file=sys.stderr,
            )
        else:
            _compile(draft / "python", compiler, at)
        draft.chmod(0o755)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@cache
def _compiler(flavour: Flavour) -> str | None:
    """The interpreter whose bytecode the layer's runtime reads; None if there is none."""
    if flavour == "native" or sys.version_info[:2] == RUNTIME:
        return sys.executable
    for candidate in _candidates():
        told = subprocess.run(
            [candidate, "-c", "import sys; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
        if told.stdout.strip() == str(RUNTIME):
            return candidate
    return None


def _candidates() -> Iterator[str]:
    name = f"python{RUNTIME[0]}.{RUNTIME[1]}"
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        found = Path(folder) / name
        if found.is_file() and os.access(found, os.X_OK):
            yield str(found)
    # pyenv keeps interpreters off PATH unless they are switched on.
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for found in sorted(root.glob(f"versions/{RUNTIME[0]}.{RUNTIME[1]}.*/bin/python")):
        yield str(found)


def _run(step: str, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"{step} failed: {(done.stderr or done.stdout).strip()[-2000:]}"
        raise LayerError(msg)


def _install(python: Path, flavour: Flavour) -> None:
    foreign: list[str] = []
    if flavour == "cloud":
        version = f"{RUNTIME[0]}.{RUNTIME[1]}"
        foreign = ["--implementation", "cp", "--python-version", version]
        for abi in (f"cp{RUNTIME[0]}{RUNTIME[1]}", "abi3", "none"):
            foreign += ["--abi", abi]
        for each in PLATFORMS:
            foreign += ["--platform", each]
    _run(
        "installing requirements/lambda.txt",
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--only-binary=:all:", "--no-deps", "--no-compile"),
        *("--target", str(python), "--requirement", str(LOCK), *foreign),
    )


def _leave_out(python: Path) -> None:
    unread = [path for pattern in LEFT_OUT for path in python.glob(pattern)]
    locales = (python / "babel" / "locale-data").glob("*.dat")
    unread.extend(path for path in locales if path.stem not in LOCALES)
    for path in unread:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _compile(python: Path, compiler: str, at: str) -> None:
    _run(
        "compiling a folder",
        *(compiler, "-m", "compileall", "-q", "-j", "0"),
        # Checked by nobody: files in a layer never change. Deterministic: no times, no local paths.
        *("--invalidation-mode", "unchecked-hash"),
        *("-s", str(python), "-p", at, str(python)),
    )
