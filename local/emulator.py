"""The local AWS: ministack on 127.0.0.1, in memory, empty at every start."""

import os
import shutil
import subprocess
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from local import layout, processes
from local.layout import HOST, Place

HEALTH = "/_ministack/health"


def start(place: Place) -> "subprocess.Popen[bytes]":
    """Start the emulator and return when it answers."""
    # Function code, layers and buckets are unpacked below the temporary directory: one of its own
    # leaves nothing in the machine's, and emptying it keeps nothing of an earlier run.
    clean(place)
    scratch = _scratch(place)
    scratch.mkdir(parents=True)
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
    """Remove what a stopped emulator has left on disk."""
    shutil.rmtree(_scratch(place), ignore_errors=True)


def _scratch(place: Place) -> Path:
    return place.state / "scratch"


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
