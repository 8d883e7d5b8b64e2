"""Every handler starts from what is deployed: the unpacked asset and layers, and nothing else."""

import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.packaging import bare
from tests.packaging.bare import Layers
from tests.support.synth import REPO, Assembly

FOLDERS = sorted(path.name for path in (REPO / "functions").glob("[a-z]*") if path.is_dir())
# Only those who render or judge conditions pay for it at their cold start.
HEAVY = {"babel", "cel_expr_python", "liquid"}
STARTS_LIGHT = ("track", "enrich", "publish", "archive")

IMPORT = """
import importlib
handler = importlib.import_module("functions.{name}.handler")
assert callable(handler.lambda_handler)
told = {{
    "files": sorted({{m.__file__ for m in sys.modules.values() if getattr(m, "__file__", None)}}),
    "modules": sorted({{each.partition(".")[0] for each in sys.modules}}),
}}
"""


def unpacked(assembly: Assembly, name: str, folder: Path) -> Path:
    """The function's code after the way through a zip file, as Lambda unpacks it."""
    asset = assembly.asset(assembly.functions[name]["Properties"]["Code"])
    packed = folder / "code.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in asset.rglob("*"):
            archive.write(path, path.relative_to(asset))
    task = folder / "task"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(task)
    return task


@pytest.mark.parametrize("name", FOLDERS)
def test_a_handler_starts_in_an_empty_environment(
    assembly: Assembly, native: Layers, tmp_path: Path, name: str
) -> None:
    task = unpacked(assembly, name, tmp_path)
    told = bare.run(IMPORT.format(name=name), task, *native.both)
    allowed = (
        *(str(path) for path in (task, *native.both)),
        *(sysconfig.get_path(each) for each in ("stdlib", "platstdlib")),
        str(Path(sys.base_prefix) / "lib"),
    )
    strangers = [file for file in told["files"] if not file.startswith(allowed)]
    assert strangers == []
    assert not [file for file in told["files"] if "site-packages" in file]
    if name in STARTS_LIGHT:
        assert HEAVY.isdisjoint(told["modules"])
