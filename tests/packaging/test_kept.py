"""`.rapport/layers` stays small, and nobody loses the layer that they are working with."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import layer_build

HOLD = """
import fcntl, os, sys
fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_SH)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(layer_build, "LAYERS", tmp_path)
    monkeypatch.setattr(layer_build, "_IN_USE", {})
    yield tmp_path
    ended()


def fill(python: Path) -> None:
    python.mkdir()
    (python / "module.py").write_text("x = 1\n", encoding="utf-8")


def built(version: int, name: str = "common-native") -> Path:
    folder = layer_build._built(name, str(version), fill, "native")
    os.utime(folder, (version, version))
    return folder


def ended() -> None:
    """What the end of the process that built them does."""
    while layer_build._IN_USE:
        os.close(layer_build._IN_USE.popitem()[1])


def versions(room: Path, name: str = "common-native") -> set[Path]:
    return set(room.glob(f"{name}-*"))


def test_only_the_last_three_versions_of_a_layer_are_kept(room: Path) -> None:
    other = built(1, "dependencies-native")
    for version in range(1, 4):
        built(version)
        ended()
    old = [built(version) for version in (4, 5)]
    ended()
    newest = built(6)
    assert versions(room) == {*old, newest}
    assert other.is_dir()


def test_a_version_that_is_asked_for_again_counts_as_new(room: Path) -> None:
    first, second, third = (built(version) for version in (1, 2, 3))
    ended()
    assert layer_build._built("common-native", "1", fill, "native") == first
    ended()
    fourth = built(4)
    assert versions(room) == {first, third, fourth}
    assert not second.exists()


def test_a_version_that_another_process_works_with_is_kept(room: Path) -> None:
    first = built(1)
    ended()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(first)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for version in range(2, 6):
            built(version)
            ended()
        assert first.is_dir()
        holder.communicate("")
    built(6)
    assert not first.exists()


def test_what_a_killed_build_left_behind_is_removed(room: Path) -> None:
    draft = room / ".common-native-abc"
    fill_in = draft / "python"
    draft.mkdir()
    fill(fill_in)
    built(1)
    assert not draft.exists()
