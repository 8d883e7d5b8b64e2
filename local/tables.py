"""Tables as the data stack declares them, made by hand where tests and benches deploy no stack."""

from collections.abc import Mapping
from typing import Any

STREAMED = ("log", "people")


def create(dynamo: Any, names: Mapping[str, str]) -> None:
    """Create the tables; `names` gives each its full name."""
    for table, full in names.items():
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        dynamo.create_table(
            TableName=full,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
            **({"StreamSpecification": stream} if table in STREAMED else {}),
        )
