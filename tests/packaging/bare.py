"""A Python that has nothing but what Lambda would give it: the code asset and the two layers."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Layers:
    """The `python` folders of the two layers, which Lambda lays over one another in /opt/python."""

    common: Path
    packages: Path

    @property
    def both(self) -> tuple[Path, Path]:
        """In the order of the path."""
        return (self.common, self.packages)


def run(code: str, *path: Path, environment: Mapping[str, str] | None = None) -> Any:
    """What `code` leaves in `told`, run with only these folders and variables, and no site."""
    program = "\n".join(
        (
            "import json, sys",
            f"sys.path[:0] = {[str(each) for each in path]!r}",
            code,
            "print(json.dumps(told))",
        )
    )
    done = subprocess.run(
        # -I: no PYTHON* variables and no current folder; -S: no site-packages; -B: write nothing.
        [Path(sys.executable).resolve(), "-I", "-S", "-B", "-c", program],
        env={**(environment or {})},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
