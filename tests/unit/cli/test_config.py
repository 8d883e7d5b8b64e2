"""Which deployment a command talks to."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli import config
from cli.errors import CommandError

LOCAL = {
    "stage": "local",
    "api_url": "http://127.0.0.1:8700",
    "site_url": "http://127.0.0.1:8701",
    "mailbox_url": "http://127.0.0.1:8702",
    "emulator_url": "http://127.0.0.1:4566",
    "region": "us-east-1",
    "write_keys": {"browser": "wk", "server": "sk"},
    "tables": {"log": "L", "people": "P", "book": "B", "vault": "V"},
    "buckets": {"archive": "A", "bundle": "U", "failed": "F"},
    "bus": "rapport",
    "queues": {"send": "s", "feedback": "f"},
    "functions": {"track": "T"},
    "pids": {"emulator": 1},
}
OUTPUTS = {
    "ApiUrl": "https://x.example",
    "BusName": "rapport",
    **{f"{n.title()}Table": n for n in config.TABLES},
    **{f"{n.title()}Bucket": n for n in config.BUCKETS},
    **{f"{n.title()}QueueUrl": n for n in config.QUEUES},
    **{f"Function{n.title()}": n for n in config.FUNCTIONS},
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RAPPORT_CONFIG", raising=False)
    monkeypatch.setattr(config, "LOCAL_JSON", tmp_path / "local.json")


def _account() -> tuple[str, Mapping[str, str]]:
    return "eu-north-1", OUTPUTS


def _written(path: Path, text: str = json.dumps(LOCAL)) -> Path:
    path.write_text(text)
    return path


def test_the_local_stack_is_the_default(tmp_path: Path) -> None:
    _written(tmp_path / "local.json")
    found = config.load(outputs=_account)
    assert found.is_local
    assert found.tables["log"] == "L"
    assert found.write_keys["server"] == "sk"


def test_rapport_config_names_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = _written(tmp_path / "other.json", json.dumps(LOCAL | {"stage": "other"}))
    _written(tmp_path / "local.json")
    monkeypatch.setenv("RAPPORT_CONFIG", str(other))
    assert config.load(outputs=_account).stage == "other"


def test_without_a_local_stack_the_account_is_asked() -> None:
    found = config.load(outputs=_account)
    assert not found.is_local
    assert (found.region, found.tables["vault"]) == ("eu-north-1", "vault")
    assert found.functions["engage"] == "engage"


def test_rapport_config_account_passes_the_local_stack_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _written(tmp_path / "local.json")
    monkeypatch.setenv("RAPPORT_CONFIG", "account")
    assert not config.load(outputs=_account).is_local


def test_a_file_that_is_not_there_is_told_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"absent\.json is not there; start .* `make up`"):
        config.load(tmp_path / "absent.json")


@pytest.mark.parametrize("text", ["{", "[]", '{"stage": "local"}'])
def test_a_file_that_describes_no_stack_is_told_with_the_mend(tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandError, match="make up") as told:
        config.load(_written(tmp_path / "local.json", text))
    assert "\n" not in str(told.value)


def test_an_output_that_the_stacks_lack_is_named() -> None:
    lacking = {name: value for name, value in OUTPUTS.items() if name != "BookTable"}
    with pytest.raises(CommandError, match=r"lack the output BookTable; run `make deploy`"):
        config.of_outputs("eu-north-1", lacking)


def test_without_credentials_or_stack_both_mends_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(CommandError, match=r"`make up`, or give AWS credentials") as told:
        config.load()
    assert "\n" not in str(told.value)
