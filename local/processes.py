"""Child processes: started in a group of their own, remembered by pid, stopped by pid.

A pid alone may by now belong to somebody else, so it is kept together with the moment when the
process was started, and nothing is signalled unless both still agree.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.faults import LocalError
from local.layout import HOST, Place

POLL_SECONDS = 0.05
STOP_SECONDS = 8.0
# What this process started, kept until it is stopped: a forgotten child is reported as a leak.
_OURS: dict[int, "subprocess.Popen[bytes]"] = {}
PROC = Path("/proc")


def require_free(ports: Sequence[int]) -> None:
    """Refuse to start where somebody listens already."""
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As our servers do it: a port in TIME_WAIT is free, a port with a listener is not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                msg = (
                    f"Port {port} is in use; stop what listens there (`make down`, if it is an"
                    " earlier run) or choose others: `make run PORT=9700`."
                )
                raise LocalError(msg) from error


def start(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path
) -> "subprocess.Popen[bytes]":
    """Start a process whose output goes to `log`; Ctrl-C at the terminal does not reach it."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _OURS[process.pid] = process
    return process


def wait_until(
    ready: Callable[[], bool],
    *,
    process: "subprocess.Popen[bytes]",
    name: str,
    log: Path,
    seconds: float = 30.0,
) -> None:
    """Poll until `ready`; a process that ends or never gets ready is a LocalError with its log."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            msg = f"The {name} ended at once ({last_line(log)}); its output is in {log}."
            raise LocalError(msg)
        if time.monotonic() > deadline:
            msg = f"The {name} was not ready after {seconds:.0f} s; its output is in {log}."
            raise LocalError(msg)
        time.sleep(POLL_SECONDS)


def last_line(log: Path) -> str:
    """The last line of a log that says something, cut to a readable length."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "no output")


@dataclass(frozen=True, kw_only=True)
class _Stat:
    state: str
    group: int
    started: str


def _stat(pid: int) -> _Stat | None:
    """What Linux says of a process; None if there is no such process, or no /proc."""
    try:
        # The second field is a name in brackets and may hold anything.
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return _Stat(state=fields[0], group=int(fields[2]), started=fields[19])


def born(pid: int) -> str | None:
    """When a process was started, in the system's own words; None if it no longer lives."""
    if PROC.exists():
        stat = _stat(pid)
        return None if stat is None or stat.state in "ZX" else stat.started
    asked = subprocess.run(
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, moment = asked.stdout.strip().partition(" ")
    return None if state in {"", "Z"} else moment.strip()


def stop_group(pid: int) -> None:
    """Stop a process that `start` made and whatever it started itself; politely, then firmly."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signum)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if not _group_lives(pid):
                if pid in _OURS:
                    # Reaps our own child; a process of an earlier command is not ours to reap.
                    _OURS.pop(pid).wait()
                return
            time.sleep(POLL_SECONDS)


def _group_lives(group: int) -> bool:
    """Whether a process group has a member that is more than a zombie."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS answers so for a group that holds only a zombie.
        return born(group) is not None
    rows = [_stat(int(each.name)) for each in PROC.glob("[0-9]*")]
    if not rows:
        return True
    return any(row is not None and row.group == group and row.state not in "ZX" for row in rows)


class Register:
    """The processes of one place, on disk from the moment they are started."""

    def __init__(self, place: Place) -> None:
        """Nothing is read before it is asked for."""
        self._path = place.pids_json

    def living(self) -> dict[str, int]:
        """Name → pid of every registered process that still is what it was."""
        return {
            name: pid
            for name, (pid, moment) in self._read().items()
            if moment is not None and born(pid) == moment
        }

    def add(self, name: str, pid: int) -> None:
        """Remember a process that was just started."""
        self._write(self._read() | {name: (pid, born(pid))})

    def stop_all(self) -> list[str]:
        """Stop what lives, last started first, and forget all; returns the names stopped."""
        living = self.living()
        for pid in reversed(living.values()):
            stop_group(pid)
        self._path.unlink(missing_ok=True)
        return list(living)

    def _read(self) -> dict[str, tuple[int, str | None]]:
        if not self._path.exists():
            return {}
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            return {name: (int(row["pid"]), row["born"]) for name, row in stored.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            msg = f"{self._path} cannot be read ({error}); delete it and run again."
            raise LocalError(msg) from error

    def _write(self, rows: dict[str, tuple[int, str | None]]) -> None:
        text = json.dumps({n: {"pid": p, "born": b} for n, (p, b) in rows.items()}, indent=2)
        self._path.write_text(text + "\n", encoding="utf-8")
