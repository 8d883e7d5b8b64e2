"""The layers: the right machine's code, compiled, and no more of it than is used."""

import json
import re
import struct
import sys
import tomllib
from pathlib import Path

import pytest

from infra import layer_build
from infra.botocore_data import OPERATIONS
from tests.packaging import bare
from tests.packaging.bare import Layers
from tests.support.synth import REPO

MIB = 1024 * 1024
# Lambda's limit for code and layers of a function together, unpacked.
LIMIT = 250 * MIB
# An eighth more than there are: a package that comes along unseen is seen. Our own modules do not
# count, for they come one at a time and on purpose.
# Some 650 of them are the time zones of the world, in which nights are kept free of mail.
MOST_FILES = 3_000
AARCH64 = 0xB7
UNCHECKED_HASH = 0b01
MAGIC_OF_313 = 3571

CLIENTS = """
import boto3
session = boto3.session.Session(
    aws_access_key_id="made-up", aws_secret_access_key="made-up", region_name="eu-north-1"
)
told = {}
for service in OPERATIONS:
    client = session.client(service)
    told[service] = [client.meta.endpoint_url, sorted(client.meta.service_model.operation_names)]
"""


def files(layers: Layers) -> list[Path]:
    return [path for root in layers.both for path in files_in(root)]


def files_in(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def size(root: Path) -> int:
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


def bytecode_of(source: Path, tag: str) -> Path:
    return source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc"


def test_every_module_of_the_native_layers_is_compiled_and_never_checked_again(
    native: Layers,
) -> None:
    sources = [path for path in files(native) if path.suffix == ".py"]
    assert len(sources) > 500
    tag = sys.implementation.cache_tag or ""
    assert [path for path in sources if not bytecode_of(path, tag).is_file()] == []
    for path in sources:
        header = bytecode_of(path, tag).read_bytes()[:8]
        assert struct.unpack("<I", header[4:])[0] == UNCHECKED_HASH


def test_bytecode_for_the_cloud_is_of_the_runtime_there(cloud: Layers) -> None:
    if layer_build._compiler("cloud") is None:
        pytest.skip("no python3.13 on this machine; the build said so")
    sources = [path for path in files(cloud) if path.suffix == ".py"]
    assert [path for path in sources if not bytecode_of(path, "cpython-313").is_file()] == []
    assert not [p for p in files(cloud) if p.suffix == ".pyc" and "cpython-313" not in p.name]
    (one, *_) = (path for path in files(cloud) if path.suffix == ".pyc")
    assert struct.unpack("<H", one.read_bytes()[:2])[0] == MAGIC_OF_313


def test_the_layer_for_the_cloud_holds_arm64_code_only(cloud: Layers) -> None:
    libraries = [path for path in files(cloud) if re.search(r"\.so(\.|$)", path.name)]
    assert {path.name.split(".")[0] for path in libraries} >= {"_core", "_rust", "cel"}
    for path in libraries:
        header = path.read_bytes()[:20]
        assert header[:4] == b"\x7fELF", path
        assert struct.unpack("<H", header[18:20])[0] == AARCH64, path
    assert not [p for p in files(cloud) if "x86_64" in p.name or p.suffix in {".pyd", ".dylib"}]


def test_both_layers_together_are_far_from_lambdas_limit(cloud: Layers, native: Layers) -> None:
    for layers in (cloud, native):
        assert size(layers.common) + size(layers.packages) < LIMIT / 3


def test_botocore_knows_the_calls_we_make_and_no_others(native: Layers) -> None:
    data = native.packages / "botocore" / "data"
    assert size(data) < MIB / 2
    assert {path.name for path in data.iterdir() if path.is_dir()} == set(OPERATIONS)
    told = bare.run(f"OPERATIONS = {list(OPERATIONS)!r}\n{CLIENTS}", native.packages)
    assert {service: calls for service, (_, calls) in told.items()} == {
        service: sorted(calls) for service, calls in OPERATIONS.items()
    }


def test_clients_still_find_every_regions_endpoints(native: Layers) -> None:
    told = bare.run(f"OPERATIONS = {list(OPERATIONS)!r}\n{CLIENTS}", native.packages)
    hosts = {service: endpoint.removeprefix("https://") for service, (endpoint, _) in told.items()}
    names = {"sesv2": "email"}
    for service, host in hosts.items():
        assert host.split(".")[:2] == [names.get(service, service), "eu-north-1"], host


def test_the_layers_carry_no_tests_no_second_copy_and_nothing_of_the_build(native: Layers) -> None:
    tops = {path.name for path in native.packages.iterdir()}
    assert not {each for each in tops if each.endswith((".dist-info", ".egg-info"))}
    assert tops.isdisjoint({"bin", "tests", "bazel-project", "moto", "aws_cdk", "pip"})
    assert tops.isdisjoint({"cffi", "pycparser"})
    assert not [path for path in files(native) if "tests" in path.relative_to("/").parts[-3:-1]]
    assert [path.name for path in native.common.iterdir()] == ["rapport"]


def test_a_cold_start_unpacks_no_part_of_a_package_that_nothing_imports(native: Layers) -> None:
    assert not [each for each in layer_build.LEFT_OUT if [*native.packages.glob(each)]]
    assert len(files_in(native.packages)) < MOST_FILES


def test_every_package_that_the_layer_is_declared_to_carry_is_imported() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[^a-z0-9-]", each)[0] for each in project["dependencies"]}
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for root in (layer_build.COMMON, REPO / "functions")
        for path in root.rglob("*.py")
    )
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", code, re.MULTILINE))
    # A package of data has nothing to import; its files are read.
    imported |= set(re.findall(r"\bfiles\(\"(\w+)\"\)", code))
    names = {
        "cel-expr-python": "cel_expr_python",
        "crawler-user-agents": "crawleruseragents",
        "phonenumberslite": "phonenumbers",
        "python-liquid": "liquid",
    }
    assert {names.get(each, each.replace("-", "_")) for each in declared} <= imported


def test_the_lock_of_the_layer_reads_the_same_on_every_python() -> None:
    # The layer for python3.13 is resolved by whatever Python runs the build, which would judge
    # markers of versions by itself.
    lock = (REPO / "requirements" / "lambda.txt").read_text(encoding="utf-8")
    assert "python_version" not in lock
    assert "python_full_version" not in lock
    assert "sys_platform" not in lock


@pytest.mark.parametrize("name", ["lambda", "dev", "emulator"])
def test_a_lock_pins_by_digest_and_names_no_place_to_fetch_from(name: str) -> None:
    lock = (REPO / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    pins = [line for line in lock.splitlines() if line and not line.startswith(" ")]
    assert pins
    assert all(re.match(r"[a-z0-9._-]+(\[[a-z,-]+\])?==\S+ .*\\$", line) for line in pins)
    assert lock.count("--hash=sha256:") >= len(pins)
    assert "://" not in lock
    assert "index-url" not in lock
    assert "find-links" not in lock


def test_the_node_lock_names_digests_and_no_hosts() -> None:
    lock = json.loads((REPO / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert not any("resolved" in each for each in packages.values())
