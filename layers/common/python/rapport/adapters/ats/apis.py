"""Which APIs of applicant tracking systems can be read, and what calling any of them is like."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import Protocol, cast

from rapport.adapters.ats.reading import Mask
from rapport.adapters.http import Answer, Http
from rapport.ats import Connection, Page, Pages, SlowDown
from rapport.domain.ats import AtsApplication, AtsCandidate, AtsEvent, AtsJob, Kind, Told
from rapport.errors import MisconfiguredError, RetryableError

# When a vendor says that it is too much and not until when.
A_WHILE_S = 30.0
# No vendor's window is longer; a date far off is a mistake of somebody's clock.
LONGEST_S = 3600.0
_TOO_MANY, _UNAVAILABLE, _SERVERS_FAULT = 429, 503, 500
_NO_RIGHT = frozenset({401, 403})


class Api(Protocol):
    """How a vendor's class is made."""

    def __call__(self, connection: Connection, *, http: Http, now: Callable[[], datetime]) -> Pages:
        """The API of that connection."""
        ...


def pages_for(
    connection: Connection,
    *,
    http: Http | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Pages | None:
    """The API of a connection; None when its vendor has none here, or no access was given.

    Each is a module `<vendor>_api` of this package with a class `API`.
    """
    if not connection.can_be_asked:
        return None
    module = import_module(f"{__package__}.{connection.vendor}_api")
    return cast("Api", module.API)(connection, http=http or Http(), now=now)


def wanted(connection: Connection, name: str) -> str:
    """What the connection says under `api`; MisconfiguredError when it does not."""
    found = connection.api.get(name, "")
    if not found:
        msg = f"connection {connection.name}: `api` lacks {name}"
        raise MisconfiguredError(msg)
    return found


def basic(user: str, password: str = "") -> str:
    """What `Authorization` is by RFC 7617."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def checked(answer: Answer, connection: Connection, *, now: datetime) -> Answer:
    """The answer, unless it is about the asking: SlowDown, RetryableError, MisconfiguredError."""
    after = rest(answer.headers, now)
    if answer.status == _TOO_MANY:
        raise SlowDown(seconds=A_WHILE_S if after is None else after)
    if answer.status == _UNAVAILABLE and after is not None:
        raise SlowDown(seconds=after)
    if answer.status >= _SERVERS_FAULT:
        msg = f"{connection.vendor} answered {answer.status}"
        raise RetryableError(msg)
    if answer.status in _NO_RIGHT:
        msg = f"connection {connection.name}: {connection.vendor} refuses its key or its rights"
        raise MisconfiguredError(msg)
    return answer


def shown(
    kind: Kind,
    clock: datetime | None,
    mask: Mask,
    *,
    candidate: AtsCandidate | None = None,
    application: AtsApplication | None = None,
    jobs: tuple[AtsJob, ...] = (),
) -> AtsEvent:
    """What an entity looks like, as of the vendor's own time of its last change."""
    return AtsEvent(
        kind=kind,
        vendor_event=f"api.{kind.value}",
        clock=clock,
        told=Told.ENTITY_UPDATED if clock else Told.RECEIVED,
        candidate=candidate,
        application=application,
        jobs=jobs,
        present=mask.present,
    )


def single(kind: str, ident: str, events: Sequence[AtsEvent]) -> Page:
    """What the question for one entity came to: the entity, the one that it was merged into, or
    that it is gone.
    """
    if not events:
        return Page(events=(gone(kind, ident),))
    here = events[0].candidate
    if kind == "candidates" and here is not None and here.id not in ("", ident):
        merged = AtsCandidate(id=ident, merged_into=here.id)
        told = shown(Kind.CANDIDATE_MERGED, events[0].clock, Mask(), candidate=merged)
        return Page(events=(told, *events))
    return Page(events=tuple(events))


def gone(kind: str, ident: str) -> AtsEvent:
    """That the vendor has no entity of that id."""
    match kind:
        case "candidates":
            who = AtsCandidate(id=ident)
            return shown(Kind.CANDIDATE_DELETED, None, Mask(), candidate=who)
        case "applications":
            told = AtsApplication(id=ident)
            return shown(Kind.APPLICATION_DELETED, None, Mask(), application=told)
        case _:
            return shown(Kind.JOB_DELETED, None, Mask(), jobs=(AtsJob(id=ident),))


def rest(headers: Mapping[str, str], now: datetime) -> float | None:
    """For how many seconds a vendor wants to be left alone; None when it does not say.

    `Retry-After` is seconds or a date (RFC 9110); `X-RateLimit-Reset` seconds, or seconds since
    1970.
    """
    said = headers.get("retry-after") or headers.get("x-ratelimit-reset")
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:
        seconds = _until(said, now)
    if seconds > now.timestamp() - timedelta(days=1).total_seconds():
        seconds -= now.timestamp()
    # Also nothing that is no number.
    return min(seconds, LONGEST_S) if seconds >= 0 else A_WHILE_S


def _until(said: str, now: datetime) -> float:
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return A_WHILE_S
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
