"""Who is fed by what, as the synthesised templates say it: short enough to read and to commit.

`make test-moto` runs without Node and so without a synthesis; it takes
`tests/inprocess/wiring.json`. The infra suite, which synthesises, checks that this file says what
the templates say. To write it anew after a change of the stacks:

    .venv/bin/python -m tests.support.wiring

Resources go by their logical ids without CDK's hash: `Log`, `Log.StreamArn`, `IntentsQueue.Arn`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.support import synth

REPO = Path(__file__).resolve().parents[2]
COMMITTED = REPO / "tests" / "inprocess" / "wiring.json"
Template = Mapping[str, Any]
_HASH = re.compile(r"[0-9A-F]{8}$")


def committed() -> dict[str, Any]:
    """What the file says."""
    loaded: dict[str, Any] = json.loads(COMMITTED.read_text("utf-8"))
    return loaded


def wiring(data: Template, engine: Template) -> dict[str, Any]:
    """Functions with their environment, routes, CORS, mappings, rules and calls of the clock."""
    exports = {
        output["Export"]["Name"]: output["Value"]
        for output in data["Outputs"].values()
        if "Export" in output
    }
    resources = engine["Resources"]
    functions = {
        _plain(name): properties["Handler"].split(".")[1]
        for name, properties in _of(resources, "AWS::Lambda::Function")
        if properties["Handler"].startswith("functions.")
    }

    def said(value: Any) -> Any:
        """The value with every reference in it replaced by a name; functions by theirs."""
        name = value
        match value:
            case {"Ref": logical_id}:
                name = functions.get(_plain(logical_id), _plain(logical_id))
            case {"Fn::GetAtt": [logical_id, attribute]}:
                name = functions.get(_plain(logical_id), f"{_plain(logical_id)}.{attribute}")
            case {"Fn::ImportValue": exported}:
                name = said(exports[exported])
            case {"Fn::Join": [between, parts]}:
                name = between.join(str(said(part)) for part in parts)
            case dict():
                name = {key: said(each) for key, each in value.items()}
            case list():
                name = [said(each) for each in value]
        return name

    integrations = {
        f"integrations/{_plain(name)}": said(properties["IntegrationUri"])
        for name, properties in _of(resources, "AWS::ApiGatewayV2::Integration")
    }
    [(_, api)] = _of(resources, "AWS::ApiGatewayV2::Api")
    return {
        "cors": api["CorsConfiguration"],
        "functions": {
            functions[_plain(name)]: {
                "handler": properties["Handler"],
                "environment": said(properties["Environment"]["Variables"]),
            }
            for name, properties in _of(resources, "AWS::Lambda::Function")
            if _plain(name) in functions
        },
        "routes": {
            properties["RouteKey"]: integrations[said(properties["Target"])]
            for _, properties in _of(resources, "AWS::ApiGatewayV2::Route")
        },
        "mappings": [
            {
                "source": said(properties["EventSourceArn"]),
                "function": said(properties["FunctionName"]),
                "records": properties["BatchSize"],
                "filters": [
                    json.loads(each["Pattern"])
                    for each in properties.get("FilterCriteria", {}).get("Filters", [])
                ],
                "answers": properties.get("FunctionResponseTypes", []),
            }
            for _, properties in _of(resources, "AWS::Lambda::EventSourceMapping")
        ],
        "rules": {
            _plain(name): {
                "bus": said(properties["EventBusName"]),
                "pattern": said(properties["EventPattern"]),
                "targets": [said(target["Arn"]) for target in properties["Targets"]],
            }
            for name, properties in _of(resources, "AWS::Events::Rule")
            if "EventPattern" in properties
        },
        "nightly": _called("cron", resources, said),
        "asked": {
            said(target["Arn"]): json.loads(target["Input"])
            for _, properties in _of(resources, "AWS::Events::Rule")
            for target in properties["Targets"]
            if target.get("Input", "{}") != "{}"
        },
        "minutely": _called("rate", resources, said),
    }


def _called(by: str, resources: Mapping[str, Any], said: Callable[[Any], Any]) -> dict[str, Any]:
    """What rules of the clock call whose expression begins so."""
    return {
        _plain(name): [said(target["Arn"]) for target in properties["Targets"]]
        for name, properties in _of(resources, "AWS::Events::Rule")
        if properties.get("ScheduleExpression", "").startswith(by)
    }


def _of(resources: Mapping[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in sorted(resources.items()):
        if resource["Type"] == kind:
            yield name, resource["Properties"]


def _plain(logical_id: str) -> str:
    return _HASH.sub("", logical_id)


def synthesised() -> str:
    """The file's text, as the templates of this working tree want it."""
    found = synth.assembly()
    return json.dumps(wiring(found.data.body, found.engine.body), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    COMMITTED.write_text(synthesised(), "utf-8")
