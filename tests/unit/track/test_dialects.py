"""Where a path leads, in every dialect and under any prefix."""

from typing import Any

import pytest

from functions.track.delivery import Delivery
from functions.track.dialects import Goal, Way, way_to
from functions.track.problems import NOT_FOUND, Problem
from rapport.events import CALLS
from rapport.routes import ROUTES, Route
from tests.support.gateway import as_rest, asked, payload_1, posted, read_request

VIEW: dict[str, Any] = {"anonymousId": "a-1", "name": "Jobs"}


def call_at(path: str) -> str:
    way = way_to("POST", path)
    assert isinstance(way, Way), way
    assert way.goal is Goal.CALL
    return way.parts[0]


@pytest.mark.parametrize("call", [*CALLS, "batch"])
@pytest.mark.parametrize("room", ["/v1/", "/api/s/", "/api/s/s2s/", "/beacon/v1/", "/pixel/v1/"])
def test_a_call_has_a_long_and_a_short_name_in_every_dialect(room: str, call: str) -> None:
    assert call_at(room + call) == call
    assert call_at(room + call[0]) == call


@pytest.mark.parametrize(
    "path",
    [
        "/v1/track",
        "/v1/track/",
        "//v1/track",
        "/v1//track//",
        "/prod/v1/track",
        "/crm/events/v1/track",
        "/v1/v1/track",
        "/v1/projects/v1/track",
    ],
)
def test_any_prefix_and_any_number_of_slashes_may_stand_in_a_path(path: str) -> None:
    assert call_at(path) == "track"
    assert isinstance(read_request(posted(path, VIEW, key="k")), Delivery)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "", "//", "/v1", "/v1/", "/v1/tracks", "/v2/track", "/v1/track/x", "/xv1/track"),
        *("/v1/Track", "/v1/x", "/api/track", "/s/track", "/track", "/prod/schemas"),
        *("/v1/%74rack", "/" + "a/" * 5_000, "/" + "v1/" * 3_000 + "x"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "X"])
def test_an_unknown_path_is_not_found_whatever_the_method(method: str, path: str) -> None:
    assert way_to(method, path) == NOT_FOUND


@pytest.mark.parametrize(
    ("path", "goal", "parts", "prefix"),
    [
        ("/v1/projects/wk/settings", Goal.SETTINGS, ("wk",), ""),
        ("/crm/v1/projects/wk/settings/", Goal.SETTINGS, ("wk",), "/crm"),
        ("/sourceConfig/", Goal.SOURCE_CONFIG, (), ""),
        ("//crm//sourceConfig", Goal.SOURCE_CONFIG, (), "/crm"),
        ("/crm/pixel/v1/page", Goal.PIXEL, ("page",), "/crm"),
        ("/rapport.js", Goal.SCRIPT, (), ""),
        ("/schemas", Goal.SCHEMAS, (), ""),
        ("/schemas/job-viewed/1/", Goal.SCHEMAS, ("job-viewed", "1"), ""),
        ("/schemas/sourceConfig", Goal.SCHEMAS, ("sourceConfig",), ""),
        ("/.well-known/gpc.json", Goal.PRIVACY, (), ""),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_read_has_a_path_too(
    method: str, path: str, goal: Goal, parts: tuple[str, ...], prefix: str
) -> None:
    assert way_to(method, path) == Way(goal=goal, parts=parts, prefix=prefix)


def test_documents_are_found_behind_the_stage_of_a_gateway() -> None:
    assert way_to("GET", "/prod/rapport.js") == NOT_FOUND
    assert way_to("GET", "/prod/rapport.js", base="/prod") == Way(goal=Goal.SCRIPT)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET", "HEAD", "POST", "OPTIONS"])
def test_a_known_path_names_the_methods_that_it_takes(method: str, route: Route) -> None:
    path = route.path
    for name, values in route.values.items():
        path = path.replace(f"{{{name}}}", values[0])
    path = path.replace("{", "").replace("}", "")
    found = way_to(method, path)
    taken = route.methods
    if method in taken:
        here = route.function == "track"
        assert isinstance(found, Way) if here else found == NOT_FOUND
        return
    if "pixel" in path and method == "POST":
        # To an SDK whose prefix is `/pixel`.
        assert isinstance(found, Way)
        return
    assert isinstance(found, Problem)
    assert (found.status, found.code) == (405, "method_not_allowed")
    assert set(taken) <= set(found.allow)


def test_the_method_counts_in_every_shape_of_an_event() -> None:
    wrong = asked("/v1/track", method="GET")
    for event in (wrong, payload_1(wrong), as_rest(wrong)):
        found = read_request(event)
        assert isinstance(found, Problem)
        assert (found.status, found.allow) == (405, ("POST",))
