"""What was started is stopped by pid; a port in use is told in one line."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import processes
from local.faults import LocalError
from local.layout import REPO, Place, Ports

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(ports=Ports.ephemeral(), state=tmp_path)


def _start(place: Place, argv: list[str]) -> int:
    env = {"PATH": os.environ["PATH"]}
    process = processes.start(argv, env=env, cwd=place.state, log=place.log("test"))
    process.returncode = 0  # the register, not this object, looks after it
    return process.pid


def test_a_registered_process_is_stopped_with_its_children(place: Place) -> None:
    parent = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(60)"
    pid = _start(place, [sys.executable, "-c", parent, *SLEEPER])
    register = processes.Register(place)
    register.add("emulator", pid)
    assert register.living() == {"emulator": pid}
    assert register.stop_all() == ["emulator"]
    assert processes.born(pid) is None
    assert not processes._group_lives(pid)
    assert processes.Register(place).living() == {}


def test_a_pid_that_now_belongs_to_somebody_else_is_left_alone(place: Place) -> None:
    pid = _start(place, SLEEPER)
    place.pids_json.write_text(f'{{"emulator": {{"pid": {pid}, "born": "1"}}}}')
    register = processes.Register(place)
    assert register.living() == {}
    assert register.stop_all() == []
    assert processes.born(pid) is not None
    processes.stop_group(pid)


def test_stopping_twice_is_harmless(place: Place) -> None:
    assert processes.Register(place).stop_all() == []


def test_a_broken_register_says_what_to_do(place: Place) -> None:
    place.pids_json.write_text("[1")
    with pytest.raises(LocalError, match="delete it"):
        processes.Register(place).living()


def test_a_port_in_use_names_the_port_and_the_mend(place: Place) -> None:
    processes.require_free(place.ports.all())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", place.ports.site))
        taken.listen()
        with pytest.raises(LocalError) as told:
            processes.require_free(place.ports.all())
    assert str(place.ports.site) in str(told.value)
    assert "make run PORT=" in str(told.value)


def test_a_tool_that_ends_at_once_is_told_with_its_last_words(place: Place) -> None:
    log = place.log("test")
    process = processes.start(
        [sys.executable, "-c", "print('no such thing')"],
        env={},
        cwd=place.state,
        log=log,
    )
    with pytest.raises(LocalError, match="no such thing"):
        processes.wait_until(lambda: False, process=process, name="tool", log=log)


def test_make_run_ends_in_one_line_where_a_port_is_taken(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", place.ports.api))
        taken.listen()
        env = os.environ | {"PORT": str(place.ports.api), "RAPPORT_STATE_DIR": str(place.state)}
        done = subprocess.run(
            [sys.executable, "-m", "local.run"],
            cwd=REPO,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: Port {place.ports.api} is in use;")
    assert done.stderr.count("\n") == 1


def test_make_down_with_nothing_up_says_so(place: Place) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.down"],
        cwd=REPO,
        env=os.environ | {"RAPPORT_STATE_DIR": str(place.state)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (0, "Nothing of Rapport runs here.\n")
