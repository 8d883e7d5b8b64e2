"""The console as it is deployed: one script, which holds every module of the folder."""

import re
from pathlib import Path

import pytest

from infra import layer_build, one_script
from infra.one_script import ENTRY, ScriptError
from tests.support.synth import REPO

SOURCE = REPO / "console"


def test_a_page_of_the_deployed_console_asks_for_one_script() -> None:
    packed = layer_build.code("desk", "native") / "console"
    there = {path.name for path in packed.iterdir()}
    written = {path.name for path in SOURCE.iterdir()}
    pages = "".join(path.read_text("utf-8") for path in packed.glob("*.html"))
    asked = set(re.findall(r'(?:src|href)="(?:[^"]*/)?([a-z_]+\.(?:js|css|svg))"', pages))
    assert ENTRY in asked
    assert asked <= there
    assert {name for name in there if name.endswith(".js")} == asked - {"style.css", "icon.svg"}
    # What is no module of it came along as it was.
    assert {name for name in written if not name.endswith((".js", ".md"))} <= there
    script = (packed / ENTRY).read_text("utf-8")
    assert not re.search(r'(?:from|import)\s*"\./', script)
    print(f"scripts of a page: 1, {len(script) / 1024:.0f} KB instead of {_source_size():.0f}")


def test_a_module_that_is_missing_stops_the_packing(tmp_path: Path) -> None:
    (tmp_path / ENTRY).write_text('import { h } from "./dom.js"; h();\n', "utf-8")
    with pytest.raises(ScriptError, match=r"dom\.js"):
        one_script.made_one(tmp_path)


def _source_size() -> float:
    return sum(path.stat().st_size for path in SOURCE.glob("*.js")) / 1024
