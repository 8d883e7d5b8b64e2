"""Requests made up from docs/openapi.yaml, valid and not, at the real handlers: never a fault.

Every check of the tool is on, but for these:

    negative_data_rejection   on the paths of tracking and of the pages: whatever comes is taken
                              where it can be, field by field, and a batch never fails for a message
    unsupported_method        on the pixel: POST /pixel/v1/page is a call behind the prefix /pixel
    ignored_auth              once it has passed for an operation: it asks five times more each time

`OPTIONS`, `TRACE` and `QUERY` reach no function: the gateway answers them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth

from rapport.routes import REST, ROUTES
from tests.support.depth import rounds
from tests.support.gateway import basic
from tests.support.public_door import BROWSER_KEY, PublicDoor

EXAMPLES = rounds(200)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
KEY = {"Authorization": basic(BROWSER_KEY)}
TOLERANT = [route.path for route in ROUTES if route.methods == ("POST",)]
TOLERANT += ["/pixel/v1/{call}", "/f/confirm", "/u/{token}", "/sourceConfig"]
TOLERANT += ["/f/{form}", "/f/{form}/embed.js"]


def _methods() -> dict[str, tuple[str, ...]]:
    return {route.path: route.methods for route in ROUTES} | {"/{anything}": REST[0].methods}


# A path is asked EXAMPLES times, whatever its methods. Where there is a body, the tool begins with
# some hundreds of requests that go through its schema, one boundary after the other; more of them
# at random are dear, and the paths for calls lead to the same reading of the same body.
SHARE = {path: EXAMPLES // len(methods) for path, methods in _methods().items()}
SHARE |= {path: 2 for path, methods in _methods().items() if methods == ("POST",)}
SHARE |= {"/v1/batch": 15, "/v1/{call}": 25, "/webhooks/{connection}": EXAMPLES}
SHARE["/pixel/v1/{call}"] += 25
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"with-security-parameters": False},
        "phases": {"coverage": {"unexpected-methods": ["get", "post", "put", "patch", "delete"]}},
        "operations": [
            {
                "include-path": path,
                "generation": {"max-examples": count},
                "checks": {
                    "negative_data_rejection": {"enabled": path not in TOLERANT},
                    "unsupported_method": {"enabled": path != "/pixel/v1/{call}"},
                },
            }
            for path, count in SHARE.items()
        ],
    }
)
SCHEMA = schemathesis.openapi.from_path(PAGE, config=CONFIG)
asked: Counter[str] = Counter()
without_key: set[str] = set()


class Application:
    """The application that the made-up requests go to, once a test has opened its door."""

    door: PublicDoor | None = None

    def __call__(self, environ: Any, start: Any) -> Iterable[bytes]:
        assert self.door is not None
        return self.door.wsgi(environ, start)


APPLICATION = Application()
SCHEMA.app = APPLICATION


@pytest.fixture(scope="module", autouse=True)
def door() -> Iterator[PublicDoor]:
    with pytest.MonkeyPatch.context() as patch:
        APPLICATION.door = PublicDoor(patch)
        yield APPLICATION.door
    APPLICATION.door = None


@SCHEMA.parametrize()
@settings(
    # What the profile says of the number would stand above what is said of each path.
    max_examples=settings.get_profile("default").max_examples,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_no_request_meets_a_fault(case: Any) -> None:
    if isinstance(case.body, dict):
        # A second key that differs from the first is refused before anything is looked at.
        case.body.pop("writeKey", None)
    response = case.call(headers=KEY)
    asked[case.operation.path] += 1
    case.validate_response(response, headers=KEY, excluded_checks=_settled(case.operation.label))
    if 200 <= response.status_code < 300:
        without_key.add(case.operation.label)


def _settled(operation: str) -> list[Any]:
    """Without a key, or with a wrong one, is asked once an operation: five requests each time."""
    return [ignored_auth] if operation in without_key else []


def test_the_door_was_asked_often_enough_and_never_answered_with_a_fault(door: PublicDoor) -> None:
    # The same request is not made up twice, and this path has neither parameters nor a body.
    few = {path: n for path, n in asked.items() if n < EXAMPLES and path != "/sourceConfig"}
    faults = sum(count for status, count in door.seen.items() if status >= 500)
    print(f"made-up requests: {asked.total()} on {len(asked)} paths, 5xx = {faults}")
    assert faults == 0
    assert set(asked) == set(SHARE)
    assert few == {}
