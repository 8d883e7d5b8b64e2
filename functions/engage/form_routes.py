"""`/f/{form}`: GET and HEAD show a form, POST hands it in. `…/embed.js` puts it into a page."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from http.cookies import CookieError, SimpleCookie

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.engage import pages
from functions.engage.calendar import CALENDAR
from functions.engage.form import all_fields
from functions.engage.signup import Shown, Signup, Turn, Visit, visitor_in
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.allowance import DynamoAllowance
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.occasions import DynamoOccasions
from rapport.adapters.dynamo.signatures import DynamoSignatures
from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault, Pseudonymiser
from rapport.adapters.uploads import S3Shelf
from rapport.headers import SAFE
from rapport.observability import MetricUnit, metrics
from rapport.settings import EngageSettings

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
MAX_BYTES = 65_536
# The tracker's cookie, where pages and forms are of one host.
COOKIE = "rapport_id"
_STATUS = {
    Turn.WRONG: 422,
    Turn.QUICK: 422,
    Turn.STALE: 422,
    Turn.BUSY: 429,
    Turn.CLOSED: 410,
    Turn.FULL: 410,
}
_REFUSED = frozenset({Turn.QUICK, Turn.BUSY})
router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get("/f/<form>")
def show_form(form: str) -> Response[str]:
    """A form to fill in."""
    return _shown(_signup().open(form, _visit(_visitor())))


@router.post("/f/<form>")
def hand_in(form: str) -> Response[str]:
    """A form that was filled in."""
    event = router.current_event
    typed = all_fields(
        event.body or "",
        content_type=event.headers.get("content-type", ""),
        is_base64=bool(event.is_base64_encoded),
        most=MAX_BYTES,
    )
    shown = _signup().hand_in(form, _visit(visitor_in(typed)), typed)
    if shown is not None and shown.new:
        _count("Forms")
    elif shown is not None and shown.turn in _REFUSED:
        _count("FormsRefused")
    return _shown(shown)


@router.get("/f/<form>/resume")
def sent_resume(form: str) -> Response[str]:
    """Where S3 leads a browser that has put a file there."""
    return _shown(_signup().sent(form, _visit("")))


@router.get("/f/<form>/embed.js")
def embed(form: str) -> Response[str]:
    """What puts a form into a page."""
    kept = {"cache-control": "public, max-age=300", "cross-origin-resource-policy": "cross-origin"}
    body = pages.embed_script()
    return Response(status_code=200, content_type=SCRIPT, body=body, headers={**SAFE, **kept})


@router.get("/f/<form>/event.ics")
def calendar_entry(form: str) -> Response[str]:
    """An event for the reader's calendar."""
    found = _signup().entry(form, _visit(""))
    if found is None:
        raise NotFoundError
    return Response(status_code=200, content_type=CALENDAR, body=found, headers=dict(SAFE))


def answer_head(on: APIGatewayHttpRouter, path: str, shown: Callable[[str], Response[str]]) -> None:
    """Answer HEAD as GET does, without a body."""

    def head(form: str) -> Response[str]:
        try:
            answer = shown(form)
        except NotFoundError:
            return Response(status_code=404, content_type=TEXT, body="", headers=dict(SAFE))
        answer.body = ""
        return answer

    head.__name__ = f"head_{shown.__name__}"
    on.route(path, method=["HEAD"])(head)


for _path, _get in (
    ("/f/<form>", show_form),
    ("/f/<form>/resume", sent_resume),
    ("/f/<form>/embed.js", embed),
    ("/f/<form>/event.ics", calendar_entry),
):
    answer_head(router, _path, _get)


def _shown(shown: Shown | None) -> Response[str]:
    if shown is None:
        raise NotFoundError
    brand = shown.bundle.brand
    framed = bool(shown.form.frames) and _query("frame") == "1"
    told = pages.form_headers(shown.form, brand, framed=framed, ticket=shown.ticket)
    if shown.turn is Turn.BUSY:
        told["retry-after"] = "60"
    return Response(
        status_code=_STATUS.get(shown.turn, 200),
        content_type=HTML,
        body=pages.form_page(shown, framed=framed),
        headers=dict(told),
    )


def _visit(visitor: str) -> Visit:
    event = router.current_event
    accepted = event.headers.get("accept-language", "")
    named = (part.partition(";")[0].strip() for part in accepted.split(","))
    # Whoever asks not to be recognised is not; what they state themselves is theirs to state.
    private = "1" in {event.headers.get("sec-gpc", ""), event.headers.get("dnt", "")}
    return Visit(
        visitor="" if private else visitor,
        languages=tuple(tag for tag in (_query("lang"), *named) if tag),
        ip=event.request_context.http.source_ip,
        agent=event.headers.get("user-agent", ""),
        site=f"https://{event.headers.get('host', '')}",
    )


def _visitor() -> str:
    """The cookie that the page was opened with: the tracker's, or as the page around it says."""
    try:
        jar = SimpleCookie("; ".join(router.current_event.cookies))
    except CookieError:
        jar = SimpleCookie()
    held = jar[COOKIE].value if COOKIE in jar else ""
    return _query("visitor") or held


def _query(name: str) -> str:
    return router.current_event.query_string_parameters.get(name, "")


def _count(name: str) -> None:
    metrics().add_metric(name=name, unit=MetricUnit.Count, value=1)
    metrics().flush_metrics()


@cache
def _signup() -> Signup:
    settings = EngageSettings.from_env()
    vault = DynamoVault(settings.vault_table)
    log = DynamoLog(settings.log_table, vault)
    book = DynamoBook(settings.book_table, log=log)
    occasions = DynamoOccasions(settings.book_table, log)
    return Signup(
        signatures=DynamoSignatures(book, log, occasions),
        occasions=occasions,
        bundles=S3Bundles(settings.bundle_bucket),
        refs=Pseudonymiser(vault),
        allowance=DynamoAllowance(settings.book_table),
        ring=lambda: vault.ring(TOKEN_RING),
        live=LiveBundle(book.live_bundle).hash,
        random=secrets.token_bytes,
        now=lambda: datetime.now(UTC),
        shelf=S3Shelf(settings.drop_bucket) if settings.drop_bucket else None,
    )
