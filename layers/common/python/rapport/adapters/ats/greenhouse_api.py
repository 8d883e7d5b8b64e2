"""Greenhouse's Harvest API, version 3: what changed, page by page, or one entity.

The token comes by OAuth 2 client credentials (RFC 6749 §4.4) and is made anew once when it is
refused. The next page is the cursor in `Link: <…>; rel="next"`, which is sent alone: filters go
with the first request only, as `updated_at=gte|<time>`. 500 a page; limits are counted in windows
of 30 seconds.

No answer of version 3 was ever seen: the names of fields are those of version 1, whose objects the
vendor's own examples show, and beside them the flat `job_id` and `job_interview_stage_id` that
version 3 is said to use (docs/limits.md).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from rapport.adapters.ats import apis, reading
from rapport.adapters.ats import greenhouse_reading as read
from rapport.adapters.ats.reading import Mask, Node
from rapport.adapters.http import Answer, Http
from rapport.ats import Connection, CursorGoneError, Page
from rapport.domain.ats import (
    AtsCandidate,
    AtsEvent,
    Kind,
    Stage,
    Status,
)
from rapport.errors import PoisonError, RetryableError

BASE_URL = "https://harvest.greenhouse.io"
TOKEN_URL = "https://auth.greenhouse.io/token"  # noqa: S105  (an address)
PER_PAGE = 500
# A token is not used in its last minute: it would be refused under way.
_MARGIN = timedelta(seconds=60)
_LIFE_S = 3600
_OK = 200
_UNAUTHORIZED = 401
_NO_CURSOR = frozenset({400, 410, 422})
_NEXT = re.compile(r'<([^<>]*)>\s*;[^<>]*\brel="?next"?')
# What the reading of webhooks does not know, for they do not say so.
_IN_PROCESS = "in_process"


class GreenhousePages:
    """The port `Pages`."""

    kinds = ("jobs", "candidates", "applications")

    def __init__(self, connection: Connection, *, http: Http, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._http = http
        self._now = now
        self._base = connection.api.get("base_url", BASE_URL).rstrip("/")
        self._bearer = ""
        self._until = datetime.min.replace(tzinfo=UTC)

    def page(self, kind: str, cursor: str, *, since: datetime | None, token: str = "") -> Page:
        """A page of what changed since then."""
        del token
        query = {"cursor": cursor} if cursor else {"per_page": str(PER_PAGE)}
        if since is not None and not cursor:
            query["updated_at"] = f"gte|{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        answer = self._get(kind, query)
        if cursor and answer.status in _NO_CURSOR:
            raise CursorGoneError
        return Page(events=tuple(self._events(kind, _rows(answer))), cursor=_next(answer))

    def one(self, kind: str, id: str) -> Page:  # noqa: A002  (the port's word)
        """One entity, asked for by the filter `ids`; an empty answer means that it is gone."""
        if kind not in self.kinds:
            msg = f"greenhouse has no {kind} to read one of"
            raise PoisonError(msg)
        rows = _rows(self._get(kind, {"ids": id}))
        # Candidates who were merged may be answered by the one who goes on.
        exact = [row for row in rows if reading.text(row.get("id")) == id]
        found = exact or (rows if kind == "candidates" and len(rows) == 1 else ())
        if rows and not found:
            # Whoever passes over the filter says nothing of the one that was asked for.
            msg = "greenhouse answered others than were asked for"
            raise RetryableError(msg)
        return apis.single(kind, id, self._events(kind, found))

    def _events(self, kind: str, rows: Iterable[Node]) -> list[AtsEvent]:
        return [event for row in rows if (event := _event(kind, row, self._connection))]

    def _get(self, kind: str, query: dict[str, str]) -> Answer:
        url = f"{self._base}/v3/{kind}?{urlencode(query)}"
        answer = self._http.get(url, self._headers())
        if answer.status == _UNAUTHORIZED:
            self._bearer = ""
            answer = self._http.get(url, self._headers())
        return apis.checked(answer, self._connection, now=self._now())

    def _headers(self) -> dict[str, str]:
        if not self._bearer or self._now() >= self._until:
            self._sign_in()
        return {"Authorization": f"Bearer {self._bearer}", "Accept": "application/json"}

    def _sign_in(self) -> None:
        api = self._connection.api
        who = apis.basic(
            apis.wanted(self._connection, "client_id"),
            apis.wanted(self._connection, "client_secret"),
        )
        form = {"grant_type": "client_credentials"}
        if api.get("user_id"):
            form["sub"] = api["user_id"]
        answer = self._http.post(
            api.get("token_url", TOKEN_URL),
            {"Authorization": who, "Content-Type": "application/x-www-form-urlencoded"},
            urlencode(form).encode(),
        )
        # A wrong client is told by 400 (RFC 6749 §5.2), which is no matter of a cursor.
        told = replace(answer, status=_UNAUTHORIZED) if answer.status in _NO_CURSOR else answer
        node = reading.part(apis.checked(told, self._connection, now=self._now()).json())
        self._bearer = reading.text(node.get("access_token"))
        if not self._bearer:
            msg = "greenhouse gave no token"
            raise RetryableError(msg)
        life = reading.number(node.get("expires_in"))
        life_s = min(max(life, 0), _LIFE_S * 24) if life is not None else _LIFE_S
        self._until = self._now() + timedelta(seconds=life_s) - _MARGIN


API = GreenhousePages


def _rows(answer: Answer) -> tuple[Node, ...]:
    """The objects of a page; PoisonError for what can be no page."""
    if answer.status != _OK:
        msg = f"greenhouse answered {answer.status}"
        raise PoisonError(msg)
    found = answer.json()
    if not isinstance(found, list):
        msg = "greenhouse answered something that is no page"
        raise RetryableError(msg)
    return reading.parts(found)


def _next(answer: Answer) -> str:
    """The cursor of the next page; empty on the last one."""
    found = _NEXT.search(answer.headers.get("link", ""))
    if not found:
        return ""
    cursor = parse_qs(urlsplit(found[1]).query).get("cursor", [""])[0]
    if not cursor:
        msg = "the next page has no cursor"
        raise RetryableError(msg)
    return cursor


def _event(kind: str, row: Node, connection: Connection) -> AtsEvent | None:
    """What a row says; None for one without an id."""
    mask = Mask()
    match kind:
        case "candidates":
            who = read.candidate(row, mask, custom=connection.custom_fields)
            clock = reading.moment(row.get("updated_at")) or reading.moment(
                row.get("last_activity")
            )
            return (
                apis.shown(Kind.CANDIDATE_UPDATED, clock, mask, candidate=who) if who.id else None
            )
        case "applications":
            return _application(row, mask)
        case _:
            job = read.job(row)
            mask.pointers.add("/jobs")
            closed = job.status == "closed"
            clock = reading.moment(row.get("updated_at"))
            told = Kind.JOB_CLOSED if closed else Kind.JOB_UPDATED
            return apis.shown(told, clock, mask, jobs=(job,)) if job.id else None


def _application(row: Node, mask: Mask) -> AtsEvent | None:
    told = read.application(row, mask)
    if not told.id:
        return None
    if reading.text(row.get("status")).lower() == _IN_PROCESS:
        told = replace(told, status=Status.ACTIVE)
        mask.pointers.add("/application/status")
    stage = read.stage(row, mask)
    flat = reading.first_text(row, "job_interview_stage_id", "stage_id")
    if flat and stage is None:
        stage = Stage(id=flat, name=reading.text(row.get("stage_name")))
        mask.pointers.add("/stage")
    source, jobs = read.source(row, mask), read.jobs(row, mask)
    who = AtsCandidate(id=reading.text(row.get("candidate_id")))
    clock = reading.moment(row.get("last_activity_at")) or reading.moment(row.get("updated_at"))
    event = apis.shown(
        Kind.APPLICATION_UPDATED,
        clock,
        mask,
        candidate=who if who.id else None,
        application=told,
        jobs=jobs,
    )
    return replace(event, stage=stage, source=source)
