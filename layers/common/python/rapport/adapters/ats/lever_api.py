"""Lever's API: opportunities with their contacts, postings, what was deleted; or one entity.

The key is the user of Basic authentication. Pages go by an opaque `offset`, which may expire; then
the window is read from its start. Times are milliseconds since 1970. An opportunity is one
candidacy, and the person behind several of them is its contact. Whether somebody was hired stands
in the type of the reason for which the opportunity was archived; who withdrew is not told apart
from who was rejected, unless the connection maps the reason's id to `withdrawn` among its stages.

Answers to writes come back with blank names and addresses, so nothing is ever read from them.
In Europe the API is at api.eu.lever.co: `api.base_url`.

Source: Lever's developer documentation.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, urlencode

from rapport.adapters.ats import apis, reading
from rapport.adapters.ats import lever_reading as read
from rapport.adapters.ats.reading import Mask, Node
from rapport.adapters.http import Answer, Http
from rapport.ats import WITHDRAWN, Connection, CursorGoneError, Page
from rapport.domain.ats import (
    AtsApplication,
    AtsCandidate,
    AtsEvent,
    AtsJob,
    Kind,
    Reason,
    Status,
    Told,
)
from rapport.domain.event import millis
from rapport.errors import PoisonError, RetryableError

BASE_URL = "https://api.lever.co"
LIMIT = 100
_OK = 200
_ABSENT = frozenset({404, 410})
_NO_OFFSET = frozenset({400, 410, 422})
_EXPANDED = ("contact", "applications", "stage")
# Kind → path and the filter by time.
_OF: Mapping[str, tuple[str, str]] = {
    "jobs": ("postings", "updated_at_start"),
    "applications": ("opportunities", "updated_at_start"),
    "deleted": ("opportunities/deleted", "deleted_at_start"),
}
_OVER = frozenset({"closed", "rejected"})


class LeverPages:
    """The port `Pages`. `deleted` is read for what has changed alone, never from the start."""

    kinds = tuple(_OF)

    def __init__(self, connection: Connection, *, http: Http, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._http = http
        self._now = now
        self._base = connection.api.get("base_url", BASE_URL).rstrip("/")
        self._hired: frozenset[str] | None = None

    def page(self, kind: str, cursor: str, *, since: datetime | None, token: str = "") -> Page:
        """A page of what changed since then."""
        del token
        if kind == "deleted" and since is None:
            return Page(events=())
        path, by_time = _OF[kind]
        query = [("limit", str(LIMIT))]
        if since is not None:
            query.append((by_time, str(millis(since))))
        if cursor:
            query.append(("offset", cursor))
        answer = self._get(path, [*query, *_expanded(kind)])
        if cursor and answer.status in _NO_OFFSET:
            raise CursorGoneError
        told = _told(answer)
        following = reading.text(told.get("next")) if told.get("hasNext") is True else ""
        if told.get("hasNext") is True and not following:
            msg = "lever says that there is more, and not where"
            raise RetryableError(msg)
        rows = reading.parts(told.get("data"))
        return Page(
            events=tuple(event for row in rows if (event := self._event(kind, row))),
            cursor=following,
        )

    def one(self, kind: str, id: str) -> Page:  # noqa: A002  (the port's word)
        """An opportunity or a posting; of a contact, all their opportunities."""
        if kind == "candidates":
            return self._of_contact(id)
        if kind not in ("applications", "jobs"):
            msg = f"lever has no {kind} to read one of"
            raise PoisonError(msg)
        answer = self._get(f"{_OF[kind][0]}/{quote(id, safe='')}", _expanded(kind))
        if answer.status in _ABSENT:
            # Lever says so by an object; the page of a proxy says nothing of an entity.
            if not reading.part(answer.json()):
                msg = f"lever answered {answer.status} without a word"
                raise RetryableError(msg)
            return Page(events=(apis.gone(kind, id),))
        event = self._event(kind, reading.part(_told(answer), "data"))
        return Page(events=(event,) if event else ())

    def _of_contact(self, ident: str) -> Page:
        """Whose contact is gone has no opportunities either: that is told by each of them."""
        query = [("contact_id", ident), ("limit", str(LIMIT)), *_expanded("applications")]
        rows = reading.parts(_told(self._get("opportunities", query)).get("data"))
        return Page(
            events=tuple(event for row in rows if (event := self._event("applications", row)))
        )

    def _event(self, kind: str, row: Node) -> AtsEvent | None:
        """What a row says; None for one without an id."""
        ident = reading.text(row.get("id"))
        if not ident:
            return None
        mask = Mask()
        match kind:
            case "applications":
                return self._opportunity(row, ident, mask)
            case "deleted":
                clock = reading.moment_ms(row.get("deletedAt"))
                return replace(
                    apis.gone("applications", ident),
                    clock=clock,
                    told=Told.VENDOR_EVENT if clock else Told.RECEIVED,
                )
            case _:
                job = read.job(row, ident)
                mask.pointers.add("/jobs")
                kind_of = Kind.JOB_CLOSED if job.status in _OVER else Kind.JOB_UPDATED
                clock = reading.moment_ms(row.get("updatedAt"))
                return apis.shown(kind_of, clock, mask, jobs=(job,))

    def _opportunity(self, row: Node, ident: str, mask: Mask) -> AtsEvent:
        clock = reading.moment_ms(row.get("updatedAt")) or reading.moment_ms(
            row.get("lastInteractionAt")
        )
        who = read.candidate(row, mask)
        applied = reading.parts(row.get("applications"))
        if reading.flag(row.get("isAnonymized")) is True and who.contact:
            bare = AtsCandidate(contact=who.contact)
            named = AtsApplication(id=ident)
            return apis.shown(
                Kind.CANDIDATE_ANONYMIZED, clock, Mask(), candidate=bare, application=named
            )
        status, reason, ended = self._ending(row, mask)
        since = reading.moment_ms(row.get("createdAt"))
        mask.told("/application/applied_at", since, row, "createdAt")
        told = AtsApplication(
            id=ident,
            also=read.others(ident, applied),
            status=status,
            applied_at=since,
            rejected_at=ended if status in {Status.REJECTED, Status.WITHDRAWN} else None,
            hired_at=ended if status is Status.HIRED else None,
            reason=reason,
        )
        if applied:
            mask.pointers.add("/jobs")
        event = apis.shown(
            Kind.APPLICATION_UPDATED,
            clock,
            mask,
            candidate=who if who.contact else None,
            application=told,
            jobs=tuple(
                AtsJob(id=posting, title=reading.text(reading.part(one, "posting").get("text")))
                for one in applied
                if (posting := read.ident_of(one.get("posting")))
            ),
        )
        stage = read.stage(row, mask)
        return replace(
            event,
            stage=stage,
            from_stage=read.before(row, stage),
            source=read.source(row, mask),
            present=mask.present,
        )

    def _ending(
        self, row: Node, mask: Mask
    ) -> tuple[Status | None, Reason | None, datetime | None]:
        """How it stands, why it ended and when."""
        if "archived" not in row:
            return None, None, None
        mask.pointers.add("/application/status")
        archived = reading.part(row, "archived")
        if not archived:
            return Status.ACTIVE, None, None
        mask.pointers.add("/application/reason")
        why = read.ident_of(archived.get("reason"))
        status = Status.REJECTED
        if why and why in self._reasons_of_hires():
            status = Status.HIRED
        elif self._connection.stages.get(why) == WITHDRAWN:
            status = Status.WITHDRAWN
        return (
            status,
            Reason(id=why) if why else None,
            reading.moment_ms(archived.get("archivedAt")),
        )

    def _reasons_of_hires(self) -> frozenset[str]:
        if self._hired is None:
            told = _told(self._get("archive_reasons", [("type", "hired")]))
            self._hired = frozenset(
                reading.text(one.get("id"))
                for one in reading.parts(told.get("data"))
                if one.get("type", "hired") == "hired"
            )
        return self._hired

    def _get(self, path: str, query: list[tuple[str, str]]) -> Answer:
        url = f"{self._base}/v1/{path}"
        who = apis.basic(apis.wanted(self._connection, "key"))
        answer = self._http.get(
            f"{url}?{urlencode(query)}" if query else url,
            {"Authorization": who, "Accept": "application/json"},
        )
        return apis.checked(answer, self._connection, now=self._now())


API = LeverPages


def _expanded(kind: str) -> list[tuple[str, str]]:
    return [("expand", name) for name in _EXPANDED] if kind == "applications" else []


def _told(answer: Answer) -> Node:
    """An answer with `data`; PoisonError for a refusal that another try would meet again."""
    if answer.status != _OK:
        msg = f"lever answered {answer.status}"
        raise PoisonError(msg)
    told = reading.part(answer.json())
    if "data" not in told:
        msg = "lever answered something that is no page"
        raise RetryableError(msg)
    return told
