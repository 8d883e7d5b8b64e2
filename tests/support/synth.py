"""One synthesis for a whole test run: every suite that looks at the templates takes this one.

Kept in `.rapport/synth` under a digest of what goes into it, so that suites, which are processes of
their own, share it. The stage is `local` with native layers; other stages differ in numbers only.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
KEPT = REPO / ".rapport" / "synth"
INGREDIENTS = ("infra", "functions", "layers/common/python", "requirements/lambda.txt", "cdk.json")
KEEP_SECONDS = 3600
CONTEXT = {"stage": "local", "layer": "native"}

Resource = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Template:
    """One synthesised stack."""

    path: Path
    body: Mapping[str, Any]

    def of_type(self, kind: str) -> dict[str, Resource]:
        """Logical id → resource, of one CloudFormation type."""
        found: dict[str, Resource] = self.body["Resources"]
        return {name: each for name, each in found.items() if each["Type"] == kind}


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """A folder that `cdk deploy --app FOLDER` takes."""

    path: Path

    @cached_property
    def data(self) -> Template:
        """What must survive."""
        return self._template("RapportData")

    @cached_property
    def engine(self) -> Template:
        """What runs."""
        return self._template("RapportEngine")

    @cached_property
    def functions(self) -> dict[str, Resource]:
        """Folder name under `functions/` → its AWS::Lambda::Function."""
        found = self.engine.of_type("AWS::Lambda::Function").values()
        return {each["Properties"]["Handler"].split(".")[1]: each for each in found}

    def logical_id(self, function: str) -> str:
        """The logical id of `functions/<function>/`."""
        found = self.engine.of_type("AWS::Lambda::Function")
        handler = f"functions.{function}.handler.lambda_handler"
        return next(i for i, each in found.items() if each["Properties"]["Handler"] == handler)

    def asset(self, content: Mapping[str, str]) -> Path:
        """The folder behind the `Code` of a function or the `Content` of a layer."""
        return self.path / f"asset.{content['S3Key'].removesuffix('.zip')}"

    def _template(self, stack: str) -> Template:
        path = self.path / f"{stack}.template.json"
        return Template(path=path, body=json.loads(path.read_text(encoding="utf-8")))


def _sources() -> Iterator[Path]:
    for ingredient in INGREDIENTS:
        root = REPO / ingredient
        found = sorted(root.rglob("*")) if root.is_dir() else [root]
        yield from (p for p in found if p.is_file() and "__pycache__" not in p.parts)


def _digest() -> str:
    seen = hashlib.sha256(str(sys.version_info[:2]).encode())
    for path in _sources():
        seen.update(f"{path.relative_to(REPO)}\0".encode())
        seen.update(path.read_bytes() + b"\0")
    return seen.hexdigest()[:16]


def _forget_old() -> None:
    """Drop what no running suite can still be reading."""
    for folder in KEPT.glob("[!.]*"):
        if time.time() - folder.stat().st_mtime > KEEP_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


@cache
def assembly() -> Assembly:
    """The cloud assembly of the working tree; an AssertionError carries what the synthesis said."""
    folder = KEPT / _digest()
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / ".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "manifest.json").is_file():
            _forget_old()
            _synthesise(folder)
    return Assembly(path=folder)


def _synthesise(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".draft-", dir=KEPT) as made:
        draft = Path(made) / "cdk.out"
        context = json.loads((REPO / "cdk.json").read_text(encoding="utf-8"))["context"] | CONTEXT
        done = subprocess.run(
            [sys.executable, "-m", "infra.app"],
            cwd=REPO,
            env=os.environ | {"CDK_CONTEXT_JSON": json.dumps(context), "CDK_OUTDIR": str(draft)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
        draft.rename(folder)
