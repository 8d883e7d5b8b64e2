"""What is kept between two deployments, and how a failed one is told."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cli.config import FUNCTIONS
from local import deploy, description, emulator, preflights
from local.faults import LocalError
from local.layout import Place, Ports


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(ports=Ports(), state=tmp_path)


def _write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_only_assets_of_a_finished_assembly_are_kept(place: Place) -> None:
    out = place.state / "cdk.out"
    kept = [_write(out / "asset.aaa" / "f.py"), _write(out / ".cache" / "aaa.zip")]
    gone = [_write(out / "asset.bbb" / "f.py"), _write(out / ".cache" / "bbb.zip")]
    gone += [_write(out / "manifest.json")]
    gone += [_write(out / "Rapport.assets.json", '{"files":{"aaa":{"path":"asset.aaa"}}}')]
    assert deploy._empty_assembly(place) == out
    assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in gone)


def test_of_an_interrupted_synthesis_nothing_is_kept(place: Place) -> None:
    half = _write(place.state / "cdk.out" / "asset.aaa" / "f.py")
    deploy._empty_assembly(place)
    assert not half.exists()


def test_a_layer_is_uploaded_as_a_line_that_leads_to_its_folder(place: Place) -> None:
    out = place.state / "cdk.out"
    for name, file in (("aaa", "python/rapport_layer.py"), ("bbb", "functions/handler.py")):
        _write(out / f"asset.{name}" / file, "")
    stale = _write(out / ".cache" / "aaa.zip")
    sources = {name: {"source": {"path": f"asset.{name}"}} for name in ("aaa", "bbb")}
    told = _write(out / "Rapport.assets.json", json.dumps({"files": sources}))
    deploy._lead_to_layers(out)
    paths = {k: v["source"]["path"] for k, v in json.loads(told.read_text())["files"].items()}
    assert paths == {"aaa": "leading.aaa", "bbb": "asset.bbb"}
    assert not stale.exists()
    packages = out / "leading.aaa" / "python" / "lib" / "python3" / "site-packages"
    found = "import site, sys; site.addsitedir(sys.argv[1]); import rapport_layer as it; "
    ran = subprocess.run(
        [sys.executable, "-c", f"{found}print(it.__file__)", str(packages)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == str(out / "asset.aaa" / "python" / "rapport_layer.py")


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("noise\n❌  RapportEngine failed: it exists\nmore", "❌  RapportEngine failed: it exists"),
        ("a\nValueError: bad stage\nSubprocess exited with error 1", "ValueError: bad stage"),
        ("just this\n\n", "just this"),
        ("", "no output"),
    ],
)
def test_the_telling_line_of_a_log_is_found(place: Place, log: str, told: str) -> None:
    assert deploy.telling_line(_write(place.log("cdk-deploy"), log)) == told


def test_what_the_stacks_say_becomes_local_json(place: Place) -> None:
    names: tuple[str, ...] = (
        "LogTable",
        "PeopleTable",
        "BookTable",
        "VaultTable",
        "ArchiveBucket",
        "BundleBucket",
        "FailedBucket",
        "DropBucket",
    )
    names += ("BusName", "SendQueueUrl", "FeedbackQueueUrl", "SyncQueueUrl", "InboxBucket")
    names += ("PrivacyQueueUrl", "CampaignQueueUrl", "WakeQueueUrl")
    names += tuple(f"Function{name.title()}" for name in FUNCTIONS)
    names += ("OperatorPool", "OperatorClient", "SignInUrl")
    outputs = {
        "RapportData": {name: f"the-{name}" for name in names},
        "RapportEngine": {"ApiUrl": "http://abc123.execute-api.localhost:4566"},
    }
    assert description.api_id(outputs) == "abc123"
    described = description.describe(place, outputs)
    description.write(place, described)
    assert description.read(place) == described
    assert stat.S_IMODE(place.local_json.stat().st_mode) == 0o600
    assert json.loads(place.local_json.read_text())["functions"]["track"] == "the-FunctionTrack"
    assert described["tables"]["vault"] == "the-VaultTable"


def test_an_output_that_is_missing_is_named(place: Place) -> None:
    with pytest.raises(LocalError, match="no output LogTable"):
        description.describe(place, {"RapportData": {}})


def test_memory_of_killed_emulators_is_freed_and_that_of_living_ones_is_not(
    tmp_path: Path,
) -> None:
    dead, alive = tmp_path / "rapport-dead", tmp_path / "rapport-alive"
    young, foreign = tmp_path / "rapport-young", tmp_path / "other"
    _write(dead / "ministack-1.pid", str(2**22 + 1))
    _write(alive / "ministack-2.pid", str(os.getpid()))
    for folder in (young, foreign):
        folder.mkdir()
    for folder in (dead, alive, foreign):
        os.utime(folder, (1, 1))
    emulator.sweep(tmp_path)
    assert not dead.exists()
    assert all(folder.exists() for folder in (alive, young, foreign))


def test_preflights_are_answered_by_what_the_template_says() -> None:
    cors = {"AllowOrigins": ["*"], "AllowHeaders": ["authorization"]}
    template = {
        "Resources": {
            "Door": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"CorsConfiguration": cors}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
        }
    }
    assert preflights.cors_of(template) == cors
