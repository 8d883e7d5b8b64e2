"""`/f/confirm` and `/u/{token}`: GET and HEAD show, POST acts and answers. `/c/…` leads on.

Forms have routes of their own (`form_routes.py`).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from functions.engage import alerts, door_routes, form_routes, pages, places, resumes
from functions.engage.alerts import JobAlerts, Refused
from functions.engage.centre import Centre
from functions.engage.clicks import Clicks, Visit, is_ahead
from functions.engage.composing import job_alerts
from functions.engage.flow import Engage, Request, Scope
from functions.engage.form import all_fields, is_one_click, wanted
from functions.engage.places import Places
from functions.engage.words import words
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.fates import DynamoFates
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.occasions import DynamoOccasions
from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault, Pseudonymiser
from rapport.adapters.dynamo.wishes import DynamoPreferences
from rapport.adapters.judgements import SqsJudgements
from rapport.adapters.uploads import S3Shelf
from rapport.errors import RetryableError
from rapport.headers import SAFE
from rapport.observability import MetricUnit, logger, metrics, tell_fault
from rapport.settings import EngageSettings
from rapport.signs import Noticing
from rapport.uploads import Came, Uploads

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
# Mail programs read this, not people.
DONE = "You are unsubscribed.\n"
app = APIGatewayHttpResolver()
app.include_router(form_routes.router)
app.include_router(door_routes.router)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request, whatever it is and whatever happens; or hear a scanner's word."""
    if resumes.is_verdict(event):
        came = _uploads().judge(resumes.verdict_in(event))
        _count("ResumesKept", came is Came.KEPT)
        return {"came": came.value}
    return app.resolve(event, context)


@app.exception_handler(RetryableError)  # type: ignore[untyped-decorator]
def later(error: RetryableError) -> Response[str]:
    """Nothing can be promised now; try again."""
    logger().warning("not done", error=type(error).__name__)
    return _told(503, words(*_accepted()).later, **{"retry-after": "60"})


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def fault(error: Exception) -> Response[str]:
    """A defect. Left to Powertools it would be logged with its text, which may name a person."""
    tell_fault(error)
    return _told(500, words(*_accepted()).fault)


@app.not_found
def nothing(_: Exception) -> Response[str]:
    """What looks like no token leads nowhere."""
    return _told(404, words(*_accepted()).absent)


def _told(status: int, sentence: str, **headers: str) -> Response[str]:
    return _plain(status, f"{sentence}\n", **headers)


def _plain(status: int, text: str, **headers: str) -> Response[str]:
    return Response(status_code=status, content_type=TEXT, body=text, headers={**SAFE, **headers})


@app.get("/f/confirm")
def show_request() -> Response[str]:
    """The page with the button."""
    return _request(_flow().request(_token()))


@app.post("/f/confirm")
def confirm() -> Response[str]:
    """The button."""
    asked, new = _flow().confirm(_token())
    _count("Confirmations", new)
    return _request(asked)


@app.get("/u/<token>")
def show_centre(token: str) -> Response[str]:
    """The page of preferences."""
    return _centre(token, _flow().centre(token))


@app.post("/u/<token>")
def choose(token: str) -> Response[str]:
    """A mail program's one click, or a button of the page."""
    event = app.current_event
    typed = all_fields(
        event.body or "",
        content_type=event.headers.get("content-type", ""),
        is_base64=bool(event.is_base64_encoded),
    )
    form = {name: values[0] for name, values in typed.items()}
    if is_one_click(form):
        _count("Withdrawals", _flow().unsubscribe(token, Scope.TOPIC, method="one-click"))
        return _answer(DONE, TEXT)
    whole = wanted(form)
    if whole is not None:
        return _centre(token, _flow().choose(token, whole), done=True)
    if form.get(alerts.DO) in alerts.ASKS:
        return _alert(token, typed)
    occasion = places.asked(form)
    if occasion:
        _count("PlacesGivenUp", _places().give_up(token, occasion))
        return _centre(token, _flow().centre(token), done=True)
    if form.get("scope") not in set(Scope):
        found = _flow().centre(token)
        known = _accepted() if found is None else (found.language,)
        return _html(pages.unclear_page(_flow().brand(), *known), status=400)
    _count("Withdrawals", _flow().unsubscribe(token, Scope(form["scope"]), method="page"))
    return _centre(token, _flow().centre(token), done=True)


@app.route("/f/confirm", method=["HEAD"])
def head_request() -> Response[str]:
    """Nothing but the headers."""
    return _html("")


@app.route("/u/<token>", method=["HEAD"])
def head_subscription(token: str) -> Response[str]:
    """Nothing but the headers."""
    return _html("")


@app.get("/c/<token>/<number>")
def follow(token: str, number: str) -> Response[str]:
    """To where a link of a mail leads."""
    return _led(token, number)


@app.route("/c/<token>/<number>", method=["HEAD"])
def head_link(token: str, number: str) -> Response[str]:
    """The same, and nobody followed it."""
    return _led(token, number)


def _led(token: str, number: str) -> Response[str]:
    event = app.current_event
    visit = Visit(
        token=token,
        number=number,
        agent=event.headers.get("user-agent", ""),
        ip=event.request_context.http.source_ip,
        ahead=is_ahead(event.request_context.http.method, event.headers),
    )
    url, noticed = _clicks().follow(visit)
    _count("Clicks", noticed)
    return _plain(302, "", location=url)


def _accepted() -> tuple[str, ...]:
    """What the browser would rather read, the best first. A link that is not ours has no mail."""
    told = app.current_event.headers.get("accept-language", "")
    named = (part.partition(";")[0].strip() for part in told.split(","))
    return tuple(tag for tag in named if tag)


def _request(asked: Request | None) -> Response[str]:
    brand = _flow().brand()
    shown = pages.unknown_page(brand, *_accepted()) if asked is None else pages.request_page(asked)
    return _html(shown)


def _token() -> str:
    return app.current_event.query_string_parameters.get("t", "")


def _centre(
    token: str, centre: Centre | None, *, done: bool = False, wrong: Refused | None = None
) -> Response[str]:
    if centre is None:
        return _html(pages.unknown_page(_flow().brand(), *_accepted()))
    held = places.shown(_places().of(token), centre.language)
    held += alerts.shown_in(_alerts().of(token, wrong), centre.language)
    return _html(pages.centre_page(centre, done=done, places=held))


def _html(body: str, *, status: int = 200) -> Response[str]:
    return _answer(body, HTML, status=status)


def _answer(body: str, content_type: str, *, status: int = 200) -> Response[str]:
    return Response(
        status_code=status,
        content_type=content_type,
        body=body,
        headers=dict(pages.headers(_flow().brand())),
    )


def _count(name: str, new: bool) -> None:  # noqa: FBT001  (a count of one or none)
    if new:
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=1)
        metrics().flush_metrics()


@cache
def _flow() -> Engage:
    settings = EngageSettings.from_env()
    vault = DynamoVault(settings.vault_table)
    log = DynamoLog(settings.log_table, vault)
    book = DynamoBook(settings.book_table, log=log)
    return Engage(
        book=book,
        log=log,
        bundles=S3Bundles(settings.bundle_bucket),
        preferences=DynamoPreferences(book, log),
        fates=DynamoFates(settings.book_table),
        ring=lambda: vault.ring(TOKEN_RING),
        live=LiveBundle(book.live_bundle).hash,
        now=_now,
    )


def _alert(token: str, typed: Mapping[str, Sequence[str]]) -> Response[str]:
    """What a button of a job alert asks for."""
    centre = _flow().centre(token)
    wrong = None if centre is None else _alerts().act(token, centre, typed)
    return _centre(token, _flow().centre(token), done=wrong is None, wrong=wrong)


@cache
def _alerts() -> JobAlerts:
    return job_alerts(_flow(), EngageSettings.from_env(), _now)


@cache
def _places() -> Places:
    flow, settings = _flow(), EngageSettings.from_env()
    log = DynamoLog(settings.log_table, DynamoVault(settings.vault_table))
    return Places(
        book=flow.book,
        bundles=flow.bundles,
        occasions=DynamoOccasions(settings.book_table, log),
        ring=flow.ring,
        live=flow.live,
        now=_now,
    )


@cache
def _uploads() -> Uploads:
    settings = EngageSettings.from_env()
    return Uploads(shelf=S3Shelf(settings.drop_bucket), log=_flow().log, now=_now)


@cache
def _clicks() -> Clicks:
    settings = EngageSettings.from_env()
    flow, vault = _flow(), DynamoVault(settings.vault_table)
    fates = DynamoFates(settings.book_table)
    queue = settings.judge_queue_url
    return Clicks(
        book=flow.book,
        log=flow.log,
        links=fates,
        noticing=Noticing(
            book=flow.book,
            log=flow.log,
            fates=fates,
            signs=fates,
            links=fates,
            marks=fates,
            pseudonyms=Pseudonymiser(vault),
            judgements=SqsJudgements(queue, after_s=settings.judge_after_s) if queue else None,
            now=_now,
        ),
        ring=flow.ring,
        site=lambda: _flow().brand().site_url,
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
