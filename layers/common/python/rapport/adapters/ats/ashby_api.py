"""Ashby's API: what changed, page by page, or one entity.

Every call is a POST with the key as the user of Basic authentication. Pages go by `nextCursor` as
long as `moreDataAvailable`; the last one gives a `syncToken`, and with it the next run gets what
changed since. There is no filter by time, so without a token all is read.

What went wrong is told with 200 and `success: false`: as `errorInfo.code`, as a list `errors` of
texts or of objects, or as one text `error`.

Source: Ashby's developer documentation and OpenAPI description.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import msgspec

from rapport.adapters.ats import apis, reading
from rapport.adapters.ats import ashby_reading as read
from rapport.adapters.ats.reading import Mask, Node
from rapport.adapters.http import Http
from rapport.ats import Connection, CursorGoneError, Page, SlowDown
from rapport.domain.ats import AtsEvent, Kind
from rapport.domain.event import Json
from rapport.errors import MisconfiguredError, PoisonError, RetryableError

BASE_URL = "https://api.ashbyhq.com"
LIMIT = 100
# Kind → what its calls begin with, and what the id is called when one is asked for.
_OF: Mapping[str, tuple[str, str]] = {
    "jobs": ("job", "id"),
    "candidates": ("candidate", "id"),
    "applications": ("application", "applicationId"),
}
_OVER = frozenset({"closed", "archived"})
# Words of what is told → what it is about. The first that is found counts.
_CURSOR = ("cursor", "sync_token", "synctoken")
_RATE = ("rate_limit", "rate limit", "too_many", "too many")
_ABSENT = ("not_found", "not found")
_RIGHTS = ("unauthorized", "forbidden", "permission", "api_key", "api key")


class AshbyPages:
    """The port `Pages`."""

    kinds = tuple(_OF)

    def __init__(self, connection: Connection, *, http: Http, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._http = http
        self._now = now
        self._base = connection.api.get("base_url", BASE_URL).rstrip("/")

    def page(self, kind: str, cursor: str, *, since: datetime | None, token: str = "") -> Page:
        """A page of what changed since the token was given; of everything without one."""
        del since  # the token says it
        asked: dict[str, Json] = {"limit": LIMIT}
        asked |= {"cursor": cursor} if cursor else {}
        asked |= {"syncToken": token} if token else {}
        told = self._post(f"{_OF[kind][0]}.list", asked)
        if told is None:
            raise CursorGoneError
        more = reading.flag(told.get("moreDataAvailable")) is True
        following = reading.text(told.get("nextCursor"))
        if more and not following:
            msg = "ashby says that there is more, and not where"
            raise RetryableError(msg)
        if "results" not in told:
            msg = "ashby answered something that is no page"
            raise RetryableError(msg)
        return Page(
            events=tuple(self._events(kind, reading.parts(told["results"]))),
            cursor=following if more else "",
            token="" if more else reading.text(told.get("syncToken")),
        )

    def one(self, kind: str, id: str) -> Page:  # noqa: A002  (the port's word)
        """One entity as it is now."""
        if kind not in _OF:
            msg = f"ashby has no {kind} to read one of"
            raise PoisonError(msg)
        name, key = _OF[kind]
        told = self._post(f"{name}.info", {key: id})
        if told is None:
            return apis.single(kind, id, [])
        found = self._events(kind, [reading.part(told, "results")])
        if not found:
            msg = "ashby answered something that is no entity"
            raise RetryableError(msg)
        return apis.single(kind, id, found)

    def _events(self, kind: str, rows: Iterable[Node]) -> list[AtsEvent]:
        return [event for row in rows if (event := _event(kind, row))]

    def _post(self, call: str, asked: Mapping[str, Json]) -> Node | None:
        """The answer; None when what was named in the question is not there any more."""
        answer = self._http.post(
            f"{self._base}/{call}",
            {
                "Authorization": apis.basic(apis.wanted(self._connection, "key")),
                "Content-Type": "application/json",
                "Accept": "application/json; version=1",
            },
            msgspec.json.encode(asked),
        )
        apis.checked(answer, self._connection, now=self._now())
        told = reading.part(answer.json())
        if told.get("success") is True:
            return told
        if told.get("success") is not False:
            # A word of whatever stands between is none of Ashby's.
            msg = f"ashby answered {answer.status} to {call}"
            raise RetryableError(msg)
        words = " ".join(_complaints(told)).lower()
        if any(word in words for word in _RATE):
            raise SlowDown(seconds=apis.A_WHILE_S)
        if any(word in words for word in _RIGHTS):
            msg = f"connection {self._connection.name}: ashby refuses its key or its rights"
            raise MisconfiguredError(msg)
        if any(word in words for word in (_ABSENT if call.endswith(".info") else _CURSOR)):
            return None
        msg = f"ashby refused {call}"
        raise RetryableError(msg)


API = AshbyPages


def _complaints(told: Node) -> Iterator[str]:
    """What an answer without success says, whichever of its forms it has."""
    info = reading.part(told, "errorInfo")
    yield from (reading.text(info.get(key)) for key in ("code", "message"))
    yield reading.text(told.get("error"))
    yield from reading.texts(told.get("errors"))
    for one in reading.parts(told.get("errors")):
        yield from (reading.text(one.get(key)) for key in ("code", "message", "error"))


def _event(kind: str, row: Node) -> AtsEvent | None:
    """What a row says; None for one without an id."""
    if not reading.text(row.get("id")):
        return None
    mask = Mask()
    clock = reading.moment(row.get("updatedAt"))
    match kind:
        case "candidates":
            who = read.candidate(row, mask)
            return apis.shown(Kind.CANDIDATE_UPDATED, clock, mask, candidate=who)
        case "applications":
            told, who = read.application(row, mask), read.candidate(_part(row), mask)
            stage, source = read.stage(row, mask), read.source(row, mask)
            jobs = read.jobs(row, mask)
            event = apis.shown(
                Kind.APPLICATION_UPDATED,
                clock,
                mask,
                candidate=who if who.id else None,
                application=told,
                jobs=jobs,
            )
            return replace(event, stage=stage, source=source)
        case _:
            job = read.job(row)
            mask.pointers.add("/jobs")
            over = job.status in _OVER
            return apis.shown(
                Kind.JOB_CLOSED if over else Kind.JOB_UPDATED, clock, mask, jobs=(job,)
            )


def _part(row: Node) -> Node:
    return reading.part(row, "candidate")
