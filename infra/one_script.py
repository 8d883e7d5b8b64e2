"""The console's modules as one script: a page of 60 modules would wake 60 functions at once.

Done where the function is packed, with the esbuild that `package-lock.json` pins; the folder in the
repository stays as it is written, and a browser can load that too.
"""

import json
import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
ESBUILD = REPO / "node_modules" / ".bin" / "esbuild"
ENTRY = "app.js"


class ScriptError(Exception):
    """The modules could not be made one; the message carries what esbuild said."""


def made_one(folder: Path) -> None:
    """Put all that `app.js` imports into it, and take the modules away; the rest stays."""
    if not ESBUILD.exists():
        msg = "esbuild is missing: run `make synth` or `make run`, which set everything up"
        raise ScriptError(msg)
    told = folder / "modules.json"
    options = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=error")
    names = (ENTRY, f"--outfile={ENTRY}", "--allow-overwrite", f"--metafile={told.name}")
    done = subprocess.run(
        [ESBUILD, *names, *options], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        msg = f"the console's modules could not be made one: {done.stderr.strip()[-2000:]}"
        raise ScriptError(msg)
    modules = json.loads(told.read_text(encoding="utf-8"))["inputs"]
    for name in modules:
        if name != ENTRY:
            (folder / name).unlink()
    told.unlink()
