"""What functions call of AWS is what the layer keeps of botocore: nothing else is a method."""

import ast
from pathlib import Path

import botocore.session
from botocore import xform_name

from infra.botocore_data import OPERATIONS
from tests.support.synth import REPO

SOURCES = (REPO / "layers" / "common" / "python" / "rapport", REPO / "functions")
# boto3's own methods, and the operations that they make of themselves.
MADE_OF = {
    "download_fileobj": "head_object",
    "upload_fileobj": "create_multipart_upload",
    "get_waiter": "",
}


def methods(service: str) -> set[str]:
    """Every method that an untouched client of the service has for an operation."""
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name) for name in model.operation_names}


def called(path: Path) -> set[str]:
    """The names of all methods that a module calls."""
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if _is_call(node))
    return {node.func.attr for node in calls}  # type: ignore[attr-defined]


def test_every_operation_that_is_called_is_kept_in_the_layer() -> None:
    kept = {xform_name(name) for names in OPERATIONS.values() for name in names}
    known = set().union(*(methods(service) for service in OPERATIONS)) | set(MADE_OF)
    lacking = {
        f"{path.relative_to(REPO)}: {name}"
        for root in SOURCES
        for path in root.rglob("*.py")
        for name in called(path) & known
        if MADE_OF.get(name, name) not in kept
    }
    print(f"operations kept: {len(kept)}, called and not kept: {len(lacking)}")
    assert sorted(lacking) == []


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
