"""The door's first event loads what it needs, and no more: noise cannot hide an import."""

import pytest

from bench import door, stub
from tests.packaging import bare

# With all that is in them. Powertools asks whether the bare package botocore is there.
DENIED = (
    *("asyncio", "aws_xray_sdk", "babel", "boto3", "botocore.client", "botocore.compat"),
    *("botocore.session", "cel_expr_python", "concurrent", "crawleruseragents", "dateutil"),
    *("jinja2", "liquid", "pydantic", "pynamodb", "requests", "s3transfer", "urllib3", "yaml"),
)
LOADED = "told = sorted(sys.modules)"


@pytest.fixture(scope="module")
def packed() -> door.Packed:
    return door.packed()


def loaded(packed: door.Packed, program: str) -> set[str]:
    """The packages that a program had loaded when it ended; it must have stored one event."""
    with stub.running() as store:
        told = bare.run(f"{program}\n{LOADED}", environment=door.environment(store.url))
        kinds = [item["k"]["S"] for item in store.rows.values()]
    assert kinds.count("e") == 1
    return set(told)


def test_a_stored_event_loads_nothing_that_it_does_not_need(packed: door.Packed) -> None:
    modules = loaded(packed, door.first_event(packed.path))
    assert {"cryptography", "functions", "msgspec", "rapport"} <= modules
    assert [each for each in modules if f"{each}.".startswith(tuple(f"{d}." for d in DENIED))] == []


def test_off_lambda_the_same_door_goes_through_botocore(packed: door.Packed) -> None:
    with stub.running() as store:
        environment = door.environment(store.url)
        del environment["AWS_LAMBDA_FUNCTION_NAME"]
        program = f"{door.first_event(packed.path)}\n{LOADED}"
        told = bare.run(program, environment=environment)
        kinds = [item["k"]["S"] for item in store.rows.values()]
    assert kinds.count("e") == 1
    assert {"botocore", "pynamodb"} <= set(told)
