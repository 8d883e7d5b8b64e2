"""Write keys, when the table that holds them cannot be read."""

from collections.abc import Mapping
from typing import Any

import pytest

from rapport.adapters.dynamo.calls import RefusedCallError
from rapport.adapters.dynamo.write_keys import DynamoWriteKeys
from rapport.errors import RetryableError


class Refusing:
    """DynamoDB for a role that may not read the table."""

    at_once = 1

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        code = "AccessDeniedException"
        raise RefusedCallError(code)


def test_a_table_that_may_not_be_read_is_out_of_reach_and_costs_no_event() -> None:
    """The door then keeps what is sent, as it does when the table does not answer."""
    with pytest.raises(RetryableError, match="AccessDenied"):
        DynamoWriteKeys("book", through=Refusing()).write_key("wk_site")
