"""Cuts botocore's data to the calls that Rapport makes: 28 MB become about 0.3, and every client
is made a quarter faster, for botocore parses this data on each cold start.

What is left out cannot be called in Lambda: a client method of an operation that is not listed in
`OPERATIONS` does not exist there. A test compares this list with the actions that the roles grant.
"""

import gzip
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

# Service → the operations that some function calls.
OPERATIONS: dict[str, tuple[str, ...]] = {
    "dynamodb": (
        *("GetItem", "BatchGetItem", "Query", "Scan", "BatchWriteItem"),
        *("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"),
    ),
    "events": ("PutEvents",),
    "logs": ("FilterLogEvents",),
    "s3": ("GetObject", "HeadObject", "PutObject", "DeleteObject", "ListObjectsV2"),
    "scheduler": ("CreateSchedule", "UpdateSchedule", "DeleteSchedule"),
    "secretsmanager": ("GetSecretValue",),
    "sesv2": ("SendEmail", "GetAccount"),
    "sqs": ("SendMessage", "SendMessageBatch", "ReceiveMessage", "GetQueueAttributes"),
}
# Under what name botocore's endpoints.json knows a service, where it is not the service's own.
_ENDPOINT_NAMES = {"sesv2": "email"}
# Read by every client, whatever its service.
_SHARED = ("partitions.json", "_retry.json", "sdk-default-configuration.json")
# Read per service; the waiters and examples are left out.
_PER_SERVICE = ("endpoint-rule-set-1", "paginators-1", "service-2.sdk-extras")
_UNREAD = frozenset({"documentation", "documentationUrl", "examples"})

Json = Any


def _load(folder: Path, name: str) -> Json:
    """A data file by its name without ending, gzipped or not; None if there is none."""
    plain, zipped = folder / f"{name}.json", folder / f"{name}.json.gz"
    if plain.is_file():
        return json.loads(plain.read_bytes())
    if zipped.is_file():
        return json.loads(gzip.decompress(zipped.read_bytes()))
    return None


def _dump(path: Path, value: Json) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")


def _without_documentation(value: Json) -> Json:
    if isinstance(value, dict):
        return {k: _without_documentation(v) for k, v in value.items() if k not in _UNREAD}
    if isinstance(value, list):
        return [_without_documentation(each) for each in value]
    return value


def _shape_names(value: Json) -> Iterable[str]:
    """Every shape that a piece of a service model refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        for each in value.values():
            yield from _shape_names(each)
    elif isinstance(value, list):
        for each in value:
            yield from _shape_names(each)


def cut_model(model: Mapping[str, Json], operations: Iterable[str]) -> dict[str, Json]:
    """A service model with these operations and the shapes they reach; KeyError: no such one."""
    kept = {name: _without_documentation(model["operations"][name]) for name in operations}
    shapes: dict[str, Json] = {}
    open_names = list(_shape_names(kept))
    while open_names:
        name = open_names.pop()
        if name not in shapes:
            # A member may itself be called "documentation": shapes are cut one level further down.
            shapes[name] = _cut_shape(model["shapes"][name])
            open_names.extend(_shape_names(shapes[name]))
    rest = {key: value for key, value in model.items() if key not in _UNREAD}
    return rest | {"operations": kept, "shapes": shapes}


def _cut_shape(shape: Mapping[str, Json]) -> dict[str, Json]:
    cut = {key: value for key, value in shape.items() if key not in _UNREAD}
    if "members" in cut:
        cut["members"] = {
            name: _without_documentation(member) for name, member in cut["members"].items()
        }
    for part in ("member", "key", "value"):
        if part in cut:
            cut[part] = _without_documentation(cut[part])
    return cut


def cut_endpoints(endpoints: Mapping[str, Json], services: Iterable[str]) -> dict[str, Json]:
    """endpoints.json with the partition `aws` and these services only."""
    names = {_ENDPOINT_NAMES.get(service, service) for service in services}
    aws = next(each for each in endpoints["partitions"] if each["partition"] == "aws")
    kept = {name: told for name, told in aws["services"].items() if name in names}
    return {**endpoints, "partitions": [{**aws, "services": kept}]}


def cut(data: Path) -> None:
    """Replace a botocore `data` folder by what `OPERATIONS` needs of it."""
    whole = data.with_name("data.whole")
    data.rename(whole)
    for name in _SHARED:
        _dump(data / name, json.loads((whole / name).read_bytes()))
    _dump(data / "endpoints.json", cut_endpoints(_load(whole, "endpoints"), OPERATIONS))
    for service, operations in OPERATIONS.items():
        version = max(path.parent for path in (whole / service).glob("*/service-2.json*"))
        target = data / service / version.name
        _dump(target / "service-2.json", cut_model(_load(version, "service-2"), operations))
        for name in _PER_SERVICE:
            found = _load(version, name)
            if found is not None:
                _dump(target / f"{name}.json", found)
    shutil.rmtree(whole)
