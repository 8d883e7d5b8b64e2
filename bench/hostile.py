"""What a hostile request can cost: processor time, memory and store calls, each bounded.

The deployed door in a fresh process under a limit of memory. It takes ordinary batches first, then
one request of the corpus. Its processor time is told as a multiple of an ordinary batch's in the
same process; a request with more good messages may take more in proportion.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

from bench import corpus, door
from bench.corpus import ORDINARY_BATCH, Hostile
from bench.stub import running

MAX_CPU = 60.0
MAX_MB = 64
# The key of the day and the object, where something is kept in the quarantine.
MORE_CALLS = 2
ORDINARY = 5
MEMORY = 1 << 30
_READ_AT_ONCE = 100

# Runs in a process of its own; prints one line of JSON.
_PROGRAM = """
import json, resource, sys, time
sys.path[:0] = {path!r}
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
events = json.load(open({events!r}, encoding="utf-8"))
from functions.track.handler import lambda_handler
from rapport.adapters.dynamo.direct import Direct
from rapport.adapters.quarantine import S3Quarantine
calls = 0
def counted(method):
    def count(*told):
        global calls
        calls += 1
        return method(*told)
    return count
Direct.__call__ = counted(Direct.__call__)
S3Quarantine._put = counted(S3Quarantine._put)
out, sys.stdout = sys.stdout, open("/dev/null", "w")
def memory(which):
    # On Linux the peak of rusage is inherited from whoever started this process.
    if sys.platform == "linux":
        with open("/proc/self/status", encoding="ascii") as told:
            return next(int(line.split()[1]) for line in told if line.startswith(which)) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1048576
def send(event):
    if sys.platform == "linux":
        with open("/proc/self/clear_refs", "w", encoding="ascii") as peak:
            peak.write("5")
    before, began, asked = memory("VmRSS"), time.process_time(), calls
    status = lambda_handler(event, None)["statusCode"]
    taken = time.process_time() - began
    return dict(status=status, cpu=taken, mb=memory("VmHWM") - before, calls=calls - asked)
print(json.dumps([send(event) for event in events]), file=out)
"""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one request took. `mb` is by how much the peak of the process's memory grew."""

    status: int
    cpu: float
    mb: float
    calls: int


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A hostile request beside the ordinary ones of its process."""

    hostile: Hostile
    cost: Cost
    ordinary: float

    @property
    def ratio(self) -> float:
        """Processor time, as a multiple of an ordinary batch's."""
        return self.cost.cpu / self.ordinary


@dataclass(frozen=True, kw_only=True)
class Found:
    """All of the corpus."""

    hostile: tuple[Measured, ...]

    @staticmethod
    def most_calls(storable: int) -> int:
        """What as many accepted messages may need: to find keys, to make them, to put; and more."""
        return ceil(storable / _READ_AT_ONCE) + 2 * storable + MORE_CALLS

    @staticmethod
    def most_cpu(storable: int) -> float:
        """Multiples of an ordinary batch, of which a larger one may take as many as it is."""
        return max(MAX_CPU, 1.5 * storable / ORDINARY_BATCH)

    @classmethod
    def bounded(cls, each: Measured) -> bool:
        """Whether a request stayed within all bounds, and was answered."""
        storable = each.hostile.storable
        return (
            each.cost.status < 500  # noqa: PLR2004  (HTTP's line)
            and each.ratio <= cls.most_cpu(storable)
            and each.cost.mb <= MAX_MB
            and each.cost.calls <= cls.most_calls(storable)
        )

    @staticmethod
    def told(each: Measured) -> str:
        """One line."""
        cost = each.cost
        return (
            f"{each.hostile.name:<44} {cost.status}  {each.ratio:6.1f} times  {cost.mb:5.1f} MB  "
            f"{cost.calls:>4} calls"
        )


def measure(cases: Sequence[Hostile] | None = None) -> Found:
    """Each case in a process of its own, on the same stub."""
    found = []
    path = list(door.packed().path)
    with running() as stub, tempfile.TemporaryDirectory() as folder:
        for case in corpus.corpus() if cases is None else cases:
            warm = [corpus.refused(), *(corpus.ordinary(n) for n in range(ORDINARY))]
            events = Path(folder) / "events.json"
            events.write_text(json.dumps([*warm, case.event]), encoding="utf-8")
            program = _PROGRAM.format(path=path, memory=MEMORY, events=str(events))
            *before, cost = _run(program, door.environment(stub.url))
            ordinary = median(each.cpu for each in before[2:])
            found.append(Measured(hostile=case, cost=cost, ordinary=ordinary))
    return Found(hostile=tuple(found))


def _run(program: str, environment: dict[str, str]) -> list[Cost]:
    done = subprocess.run(
        [door.interpreter(), "-I", "-S", "-B", "-c", program],
        env=environment,
        cwd=os.sep,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return [Cost(**each) for each in told]
