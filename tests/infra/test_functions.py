"""Every folder under functions/ is one function, told what its settings say and no more."""

from itertools import chain
from pathlib import Path

import pytest

from infra.layer_build import BESIDE
from infra.stages import STAGES
from rapport import settings
from tests.support.synth import REPO, Assembly

POWERTOOLS = {"LOG_LEVEL", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"}
FOLDERS = sorted(path.name for path in (REPO / "functions").glob("[a-z]*") if path.is_dir())
SETTINGS = {each.function: each for each in settings.ALL}


def test_every_function_folder_has_exactly_one_function_and_vice_versa(assembly: Assembly) -> None:
    handlers = [
        each["Properties"]["Handler"]
        for each in assembly.engine.of_type("AWS::Lambda::Function").values()
    ]
    assert sorted(handlers) == [f"functions.{name}.handler.lambda_handler" for name in FOLDERS]
    assert sorted(SETTINGS) == FOLDERS


@pytest.mark.parametrize("name", FOLDERS)
def test_a_function_is_told_exactly_what_its_settings_read(assembly: Assembly, name: str) -> None:
    told = assembly.functions[name]["Properties"]["Environment"]["Variables"]
    assert set(told) == {*SETTINGS[name].env_names(), *POWERTOOLS}
    assert told["POWERTOOLS_SERVICE_NAME"] == name
    assert told["POWERTOOLS_METRICS_NAMESPACE"] == "Rapport"


@pytest.mark.parametrize("name", FOLDERS)
def test_a_function_runs_on_python_313_on_arm_with_both_layers(
    assembly: Assembly, name: str
) -> None:
    properties = assembly.functions[name]["Properties"]
    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    assert len(properties["Layers"]) == 2


@pytest.mark.parametrize("name", FOLDERS)
def test_the_code_of_a_function_is_its_own_folder_and_what_is_named_beside_it(
    assembly: Assembly, name: str
) -> None:
    asset = assembly.asset(assembly.functions[name]["Properties"]["Code"])
    packed = {
        path.relative_to(asset)
        for path in asset.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    folders = (REPO / "functions" / name, *(REPO / each for each in BESIDE.get(name, ())))
    own = {
        path.relative_to(REPO)
        for path in chain.from_iterable(folder.rglob("*") for folder in folders)
        if path.is_file() and path.suffix not in {".md", ".pyc"}
    }
    # What a page asks for is one script; tests/packaging tells that nothing of it is missing.
    modules = {path for path in own if path.suffix == ".js"}
    assert packed - modules == {Path("functions/__init__.py"), *own} - modules
    assert packed - own == {Path("functions/__init__.py")}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_function_writes_to_a_log_group_that_forgets(assembly: Assembly, name: str) -> None:
    group = assembly.functions[name]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    log_group = assembly.engine.of_type("AWS::Logs::LogGroup")[group]
    assert log_group["Properties"]["RetentionInDays"] == STAGES["local"].log_retention_days


@pytest.mark.parametrize("name", FOLDERS)
def test_errors_and_throttles_of_a_function_raise_an_alarm(assembly: Assembly, name: str) -> None:
    function = {"Ref": assembly.logical_id(name)}
    watched = {
        alarm["Properties"]["MetricName"]
        for alarm in assembly.engine.of_type("AWS::CloudWatch::Alarm").values()
        if {"Name": "FunctionName", "Value": function} in alarm["Properties"]["Dimensions"]
    }
    assert {"Errors", "Throttles"} <= watched


def test_every_log_group_forgets(assembly: Assembly) -> None:
    groups = assembly.engine.of_type("AWS::Logs::LogGroup")
    assert len(groups) == len(FOLDERS) + 1
    assert all(group["Properties"].get("RetentionInDays") for group in groups.values())
