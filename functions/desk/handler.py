"""`/desk/v1/…`: the gateway verified the token's signature; the rest is the flow's."""

from base64 import b64decode
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from functions.desk.answers import FAULT, JSON, LATER, NOT_FOUND, Answer, ProblemError, problem_json
from functions.desk.calls import Request
from functions.desk.claims import Expected
from functions.desk.composing import composed
from functions.desk.console import Console, Setup, is_asked
from functions.desk.flow import Door
from functions.desk.table import SERVED
from rapport.adapters.dynamo.operators import DynamoOperators
from rapport.errors import RetryableError
from rapport.headers import SAFE
from rapport.observability import MetricUnit, logger, metrics, tell_fault
from rapport.operator_routes import OPERATOR_ROUTES
from rapport.operators import Known
from rapport.routes import Route
from rapport.settings import DeskSettings

PROBLEM = "application/problem+json"
app = APIGatewayHttpResolver()


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request, whatever it is and whatever happens."""
    if is_asked(event):
        return _console().answer(event)
    return app.resolve(event, context)


@app.exception_handler(RetryableError)  # type: ignore[untyped-decorator]
def later(error: RetryableError) -> Response[str]:
    """The trail could not be written, so nothing is answered."""
    logger().warning("not answered", error=type(error).__name__)
    return _told(ProblemError(LATER))


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def fault(error: Exception) -> Response[str]:
    """A defect. Left to Powertools it would be logged with its text, which may name a person."""
    tell_fault(error)
    return _told(ProblemError(FAULT))


@app.not_found
def nothing(_: Exception) -> Response[str]:
    """No route of ours."""
    return _told(ProblemError(NOT_FOUND))


def _serve(route: Route) -> None:
    (key,) = route.keys

    def serve(**path: str) -> Response[str]:
        return _told(_counted(_door().answer(_request(key, path))))

    (method,) = route.methods
    app.route(route.path.replace("{", "<").replace("}", ">"), method=method)(serve)


for _each in OPERATOR_ROUTES:
    _serve(_each)


def _request(key: str, path: dict[str, str]) -> Request:
    event = app.current_event
    raw = event.body or ""
    body = b64decode(raw) if event.is_base64_encoded else raw.encode()
    authorizer = event.raw_event.get("requestContext", {}).get("authorizer", {})
    return Request(
        key=key,
        id=event.request_context.request_id,
        path=path,
        query=dict(event.query_string_parameters or {}),
        headers={name.lower(): value for name, value in event.headers.items()},
        claims=authorizer.get("jwt", {}).get("claims", {}),
        body=body,
    )


def _counted(found: Answer | ProblemError) -> Answer | ProblemError:
    refused = isinstance(found, ProblemError)
    name = "CallsRefused" if refused else "Calls"
    metrics().add_metric(name=name, unit=MetricUnit.Count, value=1)
    metrics().flush_metrics()
    return found


def _told(found: Answer | ProblemError) -> Response[str]:
    request = {"x-request-id": app.current_event.request_context.request_id}
    if isinstance(found, ProblemError):
        again = {"retry-after": "5"} if found.problem is LATER else {}
        return Response(
            status_code=found.problem.status,
            content_type=PROBLEM,
            body=msgspec.json.encode(problem_json(found)).decode(),
            headers={**SAFE, **request, **again},
        )
    as_json = found.kind == JSON
    return Response(
        status_code=found.status,
        content_type=found.kind,
        body=msgspec.json.encode(found.body).decode() if as_json else str(found.body),
        headers={**SAFE, **request, **found.headers},
    )


@cache
def _door() -> Door:
    settings = DeskSettings.from_env()
    operators = Known(DynamoOperators(settings.book_table), _now)
    return Door(
        desk=composed(settings, operators, now=_now),
        operators=operators,
        expected=Expected(issuer=settings.issuer, client=settings.client),
        served=SERVED,
    )


@cache
def _console() -> Console:
    settings = DeskSettings.from_env()
    return Console(
        setup=Setup(
            issuer=settings.issuer,
            client=settings.client,
            sign_in=settings.sign_in,
            uploads=tuple(settings.uploads.split()),
        )
    )


def _now() -> datetime:
    return datetime.now(UTC)
