"""The real CDK command line against the local AWS: bootstrap, synth and deploy of both stacks.

Bootstrapping and synthesis do not need each other, so they run side by side; the deployment then
takes the finished cloud assembly. Nothing of an earlier run is reused.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from local import layout, processes
from local.faults import LocalError
from local.layout import ACCOUNT, REGION, REPO, Place

SENDER_DOMAIN = "halden.example"
# An hour of a playbook is a second here; a schedule may fire ten seconds late.
WAIT_DIVISOR = "3600"
# Opens and clicks are judged when no more of them are to come; here they come within seconds.
JUDGE_AFTER_S = "4"
TOO_LONG_SECONDS = 300.0
QUIET = ("--ci", "--no-notices", "--no-version-reporting", "--no-color")

Outputs = Mapping[str, Mapping[str, str]]


class Tool:
    """One run of the CDK command line, its output in a log of its own."""

    def __init__(self, place: Place, name: str, *arguments: str, cwd: Path = REPO) -> None:
        """Start it."""
        self._name = name
        self._log = place.log(f"cdk-{name}")
        self._began = time.monotonic()
        self._process = processes.start(
            [layout.cdk(), name, *arguments, *QUIET],
            env=_environment(place),
            cwd=cwd,
            log=self._log,
        )

    def finish(self) -> None:
        """Wait for the end; a failure is a LocalError with the telling line and the log's path."""
        left = self._began + TOO_LONG_SECONDS - time.monotonic()
        try:
            code = self._process.wait(timeout=max(left, 0))
        except subprocess.TimeoutExpired as error:
            self.stop()
            msg = f"`cdk {self._name}` took over {TOO_LONG_SECONDS:.0f} s; see {self._log}."
            raise LocalError(msg) from error
        except BaseException:
            self.stop()
            raise
        if code != 0:
            msg = f"`cdk {self._name}` failed: {telling_line(self._log)} (all of it: {self._log})"
            raise LocalError(msg)

    def stop(self) -> None:
        """End it, whatever it is doing."""
        processes.stop_group(self._process.pid)


def deploy(place: Place) -> Outputs:
    """Deploy both stacks; returns stack name → output id → value."""
    assembly = _empty_assembly(place)
    # Away from cdk.json, or bootstrapping would look at the app.
    bootstrap = Tool(place, "bootstrap", f"aws://{ACCOUNT}/{REGION}", cwd=place.state)
    try:
        synth = Tool(place, "synth", "--quiet", "--output", str(assembly), *_context(place))
        synth.finish()
        bootstrap.finish()
    except BaseException:
        bootstrap.stop()
        raise
    _lead_to_layers(assembly)
    outputs = place.state / "outputs.json"
    outputs.unlink(missing_ok=True)
    Tool(
        place,
        "deploy",
        "--all",
        *("--app", str(assembly)),
        *("--require-approval", "never"),
        *("--method", "direct"),
        *("--concurrency", "2"),
        *("--progress", "events"),
        *("--outputs-file", str(outputs)),
        cwd=place.state,
    ).finish()
    if not outputs.exists():
        msg = f"`cdk deploy` told no outputs; see {place.log('cdk-deploy')}."
        raise LocalError(msg)
    loaded: dict[str, dict[str, str]] = json.loads(outputs.read_text(encoding="utf-8"))
    return loaded


def _empty_assembly(place: Place) -> Path:
    """The folder for the cloud assembly, without anything but the assets of the last one.

    Assets and the CDK's zips of them are named by the hash of what they hold, so none can be stale;
    copying and packing the big one anew would cost seconds. The list of assets is written last: if
    there is none, the last synthesis did not come to its end, and nothing of it is kept.
    """
    assembly = place.state / "cdk.out"
    zips = assembly / ".cache"
    lists = [*assembly.glob("*.assets.json")]
    used = "".join(each.read_text(encoding="utf-8") for each in lists)
    for old in [*assembly.glob("*"), *zips.glob("*")]:
        is_asset = old.parent == zips or old.name.startswith("asset.")
        if old == zips or (is_asset and old.name.removesuffix(".zip") in used):
            continue
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink()
    return assembly


def _lead_to_layers(assembly: Path) -> None:
    """Upload, instead of each layer, one line that leads a function to its folder in the assembly.

    The local AWS would unpack every layer once more for each copy of a function: some 70 MB and
    3000 files, which takes longer than the function's own start. The folders are the ones that a
    deployment elsewhere packs, and the template is the same.
    """
    for told in assembly.glob("*.assets.json"):
        stack = json.loads(told.read_text(encoding="utf-8"))
        for key, asset in stack["files"].items():
            layer = assembly / asset["source"]["path"] / "python"
            if not layer.is_dir():
                continue
            leading = assembly / f"leading.{key}"
            line = leading / "python" / "lib" / "python3" / "site-packages" / "layer.pth"
            line.parent.mkdir(parents=True, exist_ok=True)
            line.write_text(f"import sys; sys.path.insert(0, {str(layer)!r})\n", encoding="utf-8")
            # The CDK packs nothing for which there is a zip of that name.
            (assembly / ".cache" / f"{key}.zip").unlink(missing_ok=True)
            asset["source"]["path"] = leading.name
        told.write_text(json.dumps(stack), encoding="utf-8")


def telling_line(log: Path) -> str:
    """The line of a CDK log that says what went wrong."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marks = ("❌", "Error:", "error:", "failed", "Error")
    for mark in marks:
        for line in lines:
            if mark in line:
                return line[:300]
    return processes.last_line(log)


def _context(place: Place) -> list[str]:
    values = {
        "stage": "local",
        "layer": "native",
        "public_url": place.api_url,
        "ses_endpoint": place.mailbox_url,
        "operator_sign_in": place.emulator_url,
        "upload_origin": place.emulator_url,
        "sender_domain": SENDER_DOMAIN,
        "wait_divisor": os.environ.get("RAPPORT_WAIT_DIVISOR", WAIT_DIVISOR),
        "judge_after_s": JUDGE_AFTER_S,
    }
    return [part for name, value in values.items() for part in ("--context", f"{name}={value}")]


def _environment(place: Place) -> dict[str, str]:
    return layout.aws_env(place.emulator_url) | {
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
        "CDK_DISABLE_VERSION_CHECK": "1",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }
