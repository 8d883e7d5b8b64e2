"""Cold start: a fresh process to its first stored event, held against making a boto3 client.

Both run in the same interpreter with bytecode, in turn and in random order, so that whatever else
the machine does burdens both; medians of the processor time are compared. The yardstick is
`boto3.client("dynamodb")` of the package as it is published, and it calls nothing. The door is what
is deployed: it reads its write key, pepper and seal key from a stub, makes a seal key, seals the
event and puts it.
"""

import compileall
import os
import shutil
import sysconfig
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from py_compile import PycInvalidationMode
from random import Random
from statistics import median, quantiles

from bench import door
from bench.stub import Stub, running

ROUNDS = 21
WARM_UP = 2
# Import packages of boto3 and what it needs.
STOCK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
BOTO3 = "boto3.client"
UNCHECKED = PycInvalidationMode.UNCHECKED_HASH


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Seconds of one process."""

    wall: float
    cpu: float


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a fresh interpreter runs."""

    code: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> Taken:
        """Start it, wait for its end, and tell what it took; RuntimeError when it failed."""
        command = [door.interpreter(), "-I", "-S", "-B", "-c", self.code]
        silent = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
        began = time.perf_counter()
        pid = os.posix_spawn(command[0], command, self.environment, file_actions=[silent])
        _, status, used = os.wait4(pid, 0)
        wall = time.perf_counter() - began
        if status:
            msg = f"a process of the cold-start bench ended with {status}"
            raise RuntimeError(msg)
        return Taken(wall=wall, cpu=used.ru_utime + used.ru_stime)


@dataclass(frozen=True, kw_only=True)
class Cold:
    """Processes by name, in the order of the rounds."""

    taken: Mapping[str, tuple[Taken, ...]]

    def cpu(self, name: str) -> float:
        """Median seconds of processor time."""
        return median(each.cpu for each in self.taken[name])

    def spread(self, name: str) -> float:
        """The middle half of the processor times, in seconds."""
        low, _, high = quantiles((each.cpu for each in self.taken[name]), n=4)
        return high - low

    def ratio(self, name: str) -> float:
        """How many times a boto3 client."""
        return self.cpu(name) / self.cpu(BOTO3)

    def wall_ratio(self, name: str) -> float:
        """The same by the clock."""
        medians = (median(each.wall for each in self.taken[which]) for which in (name, BOTO3))
        return next(medians) / next(medians)


def stock(folder: Path) -> Path:
    """boto3 as published, and what it needs, with bytecode; from this environment's packages."""
    packages = Path(sysconfig.get_path("purelib"))
    for name in STOCK:
        if (packages / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(packages / name, folder / name, ignore=ignored)
        else:
            shutil.copy(packages / name, folder)
    compileall.compile_dir(folder, quiet=2, invalidation_mode=UNCHECKED, workers=0)
    return folder


def measure(folder: Path, *, rounds: int = ROUNDS) -> Cold:
    """All programs in turn; RuntimeError when the door did not store an event each time."""
    with running() as stub:
        path = door.packed().path
        environment = door.environment(stub.url)
        made = f"import sys; sys.path[:0] = [{str(stock(folder))!r}]\nimport boto3\n"
        programs = {
            "bare python": Program(code="pass"),
            BOTO3: Program(code=made + 'boto3.client("dynamodb")', environment=environment),
            "track": Program(code=door.first_event(path), environment=environment),
        }
        taken: dict[str, list[Taken]] = {name: [] for name in programs}
        chance = Random(rounds)  # noqa: S311  (an order, no secret)
        for n in range(WARM_UP + rounds):
            order = list(programs)
            chance.shuffle(order)
            for name in order:
                one = _forgetful(stub, programs[name])
                if n >= WARM_UP:
                    taken[name].append(one)
                if name == "track":
                    _stored(stub)
    return Cold(taken={name: tuple(each) for name, each in taken.items()})


def _forgetful(stub: Stub, program: Program) -> Taken:
    """A program on tables that hold the write key and a pepper, and nothing from before."""
    for at in [at for at, item in stub.rows.items() if item["k"]["S"] in {"e", "seal_key"}]:
        del stub.rows[at]
    return program.run()


def _stored(stub: Stub) -> None:
    kinds = sorted(item["k"]["S"] for item in stub.rows.values())
    if kinds.count("e") != 1 or kinds.count("seal_key") != 1:
        msg = f"the door's process left {kinds}"
        raise RuntimeError(msg)
