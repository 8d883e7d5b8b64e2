"""The door's first event loads what it needs, and no more: noise cannot hide an import."""

import json
from base64 import b64encode

import pytest

from bench import door, stub
from infra import layer_build
from rapport.adapters.ats import VENDORS
from rapport.adapters.ats.connections import encode
from rapport.settings import AtsSettings
from tests.packaging import bare
from tests.support.ats.greenhouse_courses import Greenhouse

# With all that is in them. Powertools asks whether the bare package botocore is there.
DENIED = (
    *("asyncio", "aws_xray_sdk", "babel", "boto3", "botocore.client", "botocore.compat"),
    *("botocore.session", "cel_expr_python", "concurrent", "crawleruseragents", "dateutil"),
    *("jinja2", "liquid", "pydantic", "pynamodb", "requests", "s3transfer", "urllib3", "yaml"),
)
# Of a delivery of an ATS, which needs transactions, and so botocore. What sends and what queues a
# reading makes a client when it is asked to.
DENIED_TO_A_DELIVERY = (
    *("asyncio", "aws_xray_sdk", "babel", "boto3", "cel_expr_python"),
    *("crawleruseragents", "jinja2", "liquid", "phonenumbers", "pydantic", "requests"),
    *("s3transfer", "yaml"),
    *("rapport.adapters.archive", "rapport.adapters.http", "rapport.adapters.mailer"),
    *("rapport.adapters.ats.apis", "rapport.adapters.ats.greenhouse_api"),
    *("rapport.extraction", "rapport.filedrop", "rapport.render", "rapport.zones"),
    *(f"rapport.adapters.ats.{vendor}" for vendor in VENDORS if vendor != "greenhouse"),
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


def test_a_delivery_of_an_ats_loads_its_own_vendor_and_no_client_that_it_does_not_ask() -> None:
    told = Greenhouse(1)
    told.of_application("new_candidate_application", stage=told.SCREEN)
    (delivery,) = told.deliveries
    event = {
        "headers": dict(delivery.headers),
        "pathParameters": {"connection": told.connection.name},
        "requestContext": {"requestId": "cold"},
        "body": b64encode(delivery.body).decode(),
        "isBase64Encoded": True,
    }
    names = {name.removeprefix("RAPPORT_").lower(): "bench" for name in AtsSettings.env_names()}
    settings = AtsSettings(**(names | door.TABLES | {"people_table": "people"}))
    program = "\n".join(
        (
            "from functions.ats.handler import lambda_handler",
            f"answer = lambda_handler(json.loads({json.dumps(event)!r}), None)",
            "assert answer['statusCode'] == 200, answer",
            LOADED,
        )
    )
    layers = door.packed()
    path = (layer_build.code("ats", "native"), layers.common, layers.packages)
    with stub.running() as store:
        store.secrets[f"bench{told.connection.name}"] = encode(told.connection)
        environment = {**door.environment(store.url), **settings.to_env()}
        modules = set(bare.run(program, *path, environment=environment))
        kinds = [item["k"]["S"] for item in store.rows.values()]
    assert kinds.count("e") >= 1
    assert {"rapport.adapters.ats.greenhouse", "pynamodb"} <= modules
    denied = tuple(f"{name}." for name in DENIED_TO_A_DELIVERY)
    assert [each for each in sorted(modules) if f"{each}.".startswith(denied)] == []
    print(f"a cold delivery of an ATS: {len(modules)} modules")
