"""The four tables on moto, in this process, and a configuration that points at them.

moto answers streams only when botocore does not put the account id into their host name.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from moto import mock_aws
from moto.core.config import default_user_config
from moto.core.model import Shape
from moto.core.serialize import ResponseSerializer

from cli.config import Config
from local.tables import create
from rapport.adapters import aws
from rapport.adapters.dynamo import models
from tests.support import moto_by_hand

TABLES = {name: f"Rapport-{name}" for name in ("log", "people", "book", "vault")}
CONFIG = Config(
    stage="test",
    region="us-east-1",
    api_url="https://api.example",
    tables=TABLES,
    buckets={
        "archive": "rapport-archive",
        "bundle": "rapport-bundle",
        "failed": "rapport-failed",
    },
    bus="rapport",
    queues={"send": "", "feedback": ""},
    functions={},
)


@contextmanager
def tables() -> Iterator[None]:
    """Empty tables, as the data stack declares them; bound, and gone afterwards.

    Sessions and clients are dearer than most tests. They keep nothing of what moto keeps, so those
    of the first test serve all that follow.
    """
    os.environ["AWS_ACCOUNT_ID_ENDPOINT_MODE"] = "disabled"
    with mock_aws(config={"core": {**default_user_config["core"], "reset_boto3_session": False}}):
        forget_clients()
        models.connection()._client = _client()
        create(_client(), TABLES)
        try:
            yield
        finally:
            forget_clients()


@cache
def _client() -> Any:
    return models.connection().client


def forget_clients() -> None:
    """Make the adapters build their clients anew: moto only sees those made inside of it."""
    models.disconnect()
    aws.session.cache_clear()


def _look_values_up_at_once() -> None:
    """A value of DynamoDB is a dict by the names on the wire.

    moto asks it for each of ten kinds by four names, which takes a fifth of a test's time.
    """
    honest = ResponseSerializer.get_value

    def look_up(self: ResponseSerializer, value: Any, key: str, shape: Shape) -> Any:
        owner = getattr(shape, "parent", None)
        if owner is not None and owner.name == "AttributeValue" and type(value) is dict:
            return value.get(key)
        return honest(self, value, key, shape)

    ResponseSerializer.get_value = look_up  # type: ignore[method-assign]


_look_values_up_at_once()
moto_by_hand.install()
