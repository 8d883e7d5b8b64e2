"""The local AWS: ministack on 127.0.0.1, in memory, empty at every start."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from local import layout, processes
from local.layout import HOST, Place

HEALTH = "/_ministack/health"
# The file system in memory that Linux has; used where it leaves plenty of room.
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own below it, readable by its owner
ROOM_BYTES = 8 * 2**30
YOUNG_SECONDS = 60


def start(place: Place) -> "subprocess.Popen[bytes]":
    """Start the emulator and return when it answers."""
    # Function code, layers and buckets are unpacked below the temporary directory: one of its own
    # leaves nothing in the machine's, and emptying it keeps nothing of an earlier run.
    clean(place)
    sweep()
    scratch = _scratch(place)
    scratch.mkdir(parents=True, mode=0o700)
    log = place.log("emulator")
    process = processes.start(
        [layout.ministack()], env=_environment(place, str(scratch)), cwd=scratch, log=log
    )
    processes.Register(place).add("emulator", process.pid)
    processes.wait_until(
        lambda: _answers(place.ports.emulator), process=process, name="emulator", log=log
    )
    return process


def clean(place: Place) -> None:
    """Remove what a stopped emulator has left on disk or in memory."""
    for each in _scratches(place):
        shutil.rmtree(each, ignore_errors=True)


def sweep(memory: Path = MEMORY) -> None:
    """Free the memory that emulators hold whose command was killed before it could clean up."""
    for left in memory.glob("rapport-*"):
        with contextlib.suppress(OSError, ValueError):
            about = left.stat()
            young = time.time() - about.st_mtime < YOUNG_SECONDS
            if about.st_uid != os.getuid() or young:
                continue
            # The emulator keeps its pid in its temporary directory.
            pids = [int(each.read_text()) for each in left.glob("ministack-*.pid")]
            if all(processes.born(pid) is None for pid in pids):
                shutil.rmtree(left)


def _scratches(place: Place) -> tuple[Path, Path]:
    """Where the emulator may unpack: in memory, or below the place's own folder.

    Each copy of a function that starts unpacks its code again, and on a slow disk that takes long.
    """
    name = hashlib.sha256(bytes(place.state)).hexdigest()[:12]
    return MEMORY / f"rapport-{name}", place.state / "scratch"


def _scratch(place: Place) -> Path:
    in_memory, on_disk = _scratches(place)
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return in_memory if roomy and shutil.disk_usage(MEMORY).free >= ROOM_BYTES else on_disk


def _environment(place: Place, scratch: str) -> dict[str, str]:
    """A bare environment: the functions inherit it, and must not see the developer's own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(place.ports.emulator),
        "PYTHONUNBUFFERED": "1",
    }


def _answers(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == 200  # noqa: PLR2004 - the one good status
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
