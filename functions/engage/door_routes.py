"""`/f/{form}/check-in`: the page of an event's door, its scripts, its names, and what it tells.

All of it answers 404 to whoever has no link that is good.
"""

import json
from functools import cache

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.engage import door_pages, form_routes
from functions.engage.door import Door, Opened, told_in
from functions.engage.form import all_fields
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.headers import SAFE
from rapport.settings import EngageSettings

HTML = "text/html; charset=utf-8"
JSON = "application/json"
# A worker lives by the policy that its script came with, and has to ask us.
OWN = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get("/f/<form>/check-in")
def show_door(form: str) -> Response[str]:
    """The page of whoever stands at the door."""
    return _page(_open(form), "")


@router.post("/f/<form>/check-in")
def tell_door(form: str) -> Response[str]:
    """What a device tells; or, without a script, what somebody typed."""
    opened, event = _open(form), router.current_event
    if event.headers.get("content-type", "").startswith(JSON):
        told = told_in(event.decoded_body or "")
        return _json(json.dumps(_door().arrive(opened, told)))
    typed = all_fields(
        event.body or "",
        content_type=event.headers.get("content-type", ""),
        is_base64=bool(event.is_base64_encoded),
    )
    who = next(iter(typed.get("who", ())), "")
    words = door_pages.door_words(opened.language)
    return _page(opened, words.done if _door().typed(opened, who) else words.nobody)


@router.get("/f/<form>/check-in/names")
def names(form: str) -> Response[str]:
    """Who has a place."""
    start = router.current_event.query_string_parameters.get("from", "0")
    from_ = int(start) if start.isascii() and start.isdigit() else 0
    return _json(json.dumps(_door().names(_open(form), from_)))


@router.get("/f/<form>/check-in.js")
def door_script(form: str) -> Response[str]:
    """What makes the page work without a network."""
    return _script("check-in.js")


@router.get("/f/<form>/check-in-worker.js")
def door_worker(form: str) -> Response[str]:
    """What keeps the page for when there is none."""
    return _script("check-in-worker.js")


for _path, _shown in (
    ("/f/<form>/check-in", show_door),
    ("/f/<form>/check-in/names", names),
    ("/f/<form>/check-in.js", door_script),
    ("/f/<form>/check-in-worker.js", door_worker),
):
    form_routes.answer_head(router, _path, _shown)


def _open(form: str) -> Opened:
    event = router.current_event
    accepted = event.headers.get("accept-language", "")
    languages = [part.partition(";")[0].strip() for part in accepted.split(",")]
    token = event.query_string_parameters.get("t", "")
    opened = _door().open(form, token, *(each for each in languages if each))
    if opened is None:
        raise NotFoundError
    return opened


def _page(opened: Opened, result: str) -> Response[str]:
    token = router.current_event.query_string_parameters.get("t", "")
    return Response(
        status_code=200,
        content_type=HTML,
        body=door_pages.door_page(opened, token, result),
        headers=dict(door_pages.door_headers(opened.bundle.brand)),
    )


def _json(body: str) -> Response[str]:
    return Response(status_code=200, content_type=JSON, body=body, headers=dict(SAFE))


def _script(name: str) -> Response[str]:
    return Response(
        status_code=200,
        content_type=form_routes.SCRIPT,
        body=door_pages.script(name),
        headers={**SAFE, "cache-control": "public, max-age=300", "content-security-policy": OWN},
    )


@cache
def _door() -> Door:
    settings, signup = EngageSettings.from_env(), form_routes._signup()  # noqa: SLF001  (one room)
    return Door(
        bundles=signup.bundles,
        occasions=signup.occasions,
        log=DynamoLog(settings.log_table, DynamoVault(settings.vault_table)),
        refs=signup.refs,
        ring=signup.ring,
        live=signup.live,
        now=signup.now,
    )
