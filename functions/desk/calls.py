"""One call of the operators' API, and what every route needs to answer it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import msgspec

from functions.desk.answers import (
    CONFLICT,
    NOT_FOUND,
    NOT_JSON,
    TOO_LARGE,
    UNFIT,
    Answer,
    ProblemError,
)
from functions.desk.requests import Privacy
from rapport.auditing import Audits
from rapport.brake import Brake
from rapport.bundle import Bundle
from rapport.campaigning import Campaigns
from rapport.contact import Contact
from rapport.cursors import CursorError, cursor_to, place_of
from rapport.domain.event import Json
from rapport.domain.operators import About, Action, Operator, may
from rapport.imports import Imports
from rapport.listing import Lists
from rapport.pool_files import PoolFiles
from rapport.reports import Reports
from rapport.saving import Saving
from rapport.searching import Segments
from rapport.sight import sight_of
from rapport.uploads import HandedIn
from rapport.viewing.finding import Found, NobodyError, find
from rapport.viewing.stores import Stores
from rapport.zones import country_of

MAX_BODY_BYTES = 64 * 1024
MAX_LIMIT = 100
DEFAULT_LIMIT = 25
MAX_QUERY_CHARS = 320
_PERSON = re.compile(r"p_[A-Za-z0-9_-]{1,64}")
_Body = TypeVar("_Body")
_Item = TypeVar("_Item")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A call as it came. `key` is the gateway's name of the route, `claims` those of the token."""

    key: str
    id: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, object] = field(default_factory=dict)
    body: bytes = b""

    @property
    def method(self) -> str:
        """Of HTTP."""
        return self.key.partition(" ")[0]

    def header(self, name: str) -> str:
        """A header by its name in lower case; empty when it did not come."""
        return self.headers.get(name, "")


class Over(StrEnum):
    """What a route is about, which says how it is allowed.

    ME      nothing but the operator
    PERSON  the one person in the path: whoever may not, gets what nobody there would get
    MANY    people or things of several kinds: what the operator may not see is left out
    COMMON  what everybody of the brand may know, whatever bounds their grants have
    BRAND   the brand as a whole
    """

    ME = "me"
    PERSON = "person"
    MANY = "many"
    COMMON = "common"
    BRAND = "brand"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What routes work with. `bundle` gives the live one, None when nothing was published.

    `site` is where candidates reach `/f/…`; `name_of` an operator by their subject; `token` a name
    that nobody guesses.
    """

    stores: Stores
    contact: Contact
    brake: Brake
    audits: Audits
    bundle: Callable[[], Bundle | None]
    ring: Callable[[], Mapping[str, bytes]]
    now: Callable[[], datetime]
    segments: Segments
    lists: Lists
    saving: Saving
    campaigns: Callable[[], Campaigns]
    imports: Callable[[], Imports]
    files: PoolFiles
    privacy: Privacy
    resumes: HandedIn
    reports: Callable[[], Reports]
    site: str
    name_of: Callable[[str], str]
    token: Callable[[], str]

    @property
    def whole(self) -> Bundle:
        """The live bundle; ProblemError when nothing was published."""
        bundle = self.bundle()
        if bundle is None:
            raise ProblemError(CONFLICT, "Nothing is published yet.")
        return bundle

    @property
    def brands(self) -> frozenset[str]:
        """The brands of this deployment."""
        bundle = self.bundle()
        return frozenset() if bundle is None else frozenset({bundle.brand.key})

    def about(self, found: Found) -> About:
        """What says who may see a person."""
        view, bundle = self.stores.people.view(found.person), self.bundle()
        if view is None or bundle is None:
            return About(brands=self.brands, person=found.person)
        return About(
            brands=self.brands,
            person=found.person,
            country=country_of(view.profile, bundle),
            lists=frozenset(view.profile.lists),
        )

    def seen(self, call: "Call") -> Segments:
        """Segments of nobody but those whom the call may be about."""
        sight = sight_of(call.operator, call.action, self.whole)
        return self.segments.seen_by(sight)

    def person(self, asked: str) -> Found:
        """A person by the public id; ProblemError when there is none."""
        if not _PERSON.fullmatch(asked):
            raise ProblemError(NOT_FOUND)
        try:
            return find(self.stores, asked)
        except NobodyError:
            raise ProblemError(NOT_FOUND) from None


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of somebody who may make it. `found`: the person that it is about, if it is."""

    request: Request
    operator: Operator
    action: Action
    now: datetime
    found: Found | None = None

    @property
    def person(self) -> Found:
        """The person in the path."""
        if self.found is None:
            raise ProblemError(NOT_FOUND)
        return self.found

    def sees(self, about: About) -> bool:
        """Whether this call may tell of somebody or something."""
        return may(self.operator, self.action, about)

    @property
    def limit(self) -> int:
        """How many are asked for; ProblemError unless it is a sensible number."""
        told = self.request.query.get("limit", str(DEFAULT_LIMIT))
        most = 4
        if not (told.isascii() and told.isdigit() and len(told) < most):
            raise ProblemError(UNFIT, f"limit is a number from 1 to {MAX_LIMIT}.")
        if not 1 <= int(told) <= MAX_LIMIT:
            raise ProblemError(UNFIT, f"limit is a number from 1 to {MAX_LIMIT}.")
        return int(told)

    def query(self, name: str, *, most: int = MAX_QUERY_CHARS, other: str = "") -> str:
        """What was asked with that name; ProblemError when it is longer than `most`."""
        told = self.request.query.get(name, other)
        if len(told) > most:
            raise ProblemError(UNFIT, f"{name} has at most {most} characters.")
        return told

    def place(self, desk: Desk) -> str:
        """Where the list goes on; empty for its beginning."""
        try:
            return place_of(self.request.query.get("cursor", ""), desk.ring(), self._bound)
        except CursorError as error:
            raise ProblemError(UNFIT, str(error)) from None

    def cursor(self, desk: Desk, place: str) -> str | None:
        """The cursor to a place; None when there is no more."""
        return cursor_to(place, desk.ring(), self._bound) if place else None

    @property
    def _bound(self) -> str:
        asked = sorted((k, v) for k, v in self.request.query.items() if k != "cursor")
        who = self.operator.subject
        return msgspec.json.encode([who, self.request.key, dict(self.request.path), asked]).decode()

    def body(self, kind: type[_Body]) -> _Body:
        """The body as a typed value; ProblemError when it is another."""
        request = self.request
        if len(request.body) > MAX_BODY_BYTES:
            raise ProblemError(TOO_LARGE)
        if request.header("content-type").partition(";")[0].strip().lower() != "application/json":
            raise ProblemError(NOT_JSON)
        try:
            return msgspec.json.decode(request.body, type=kind)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            # The message names fields and kinds, and never what was sent for them.
            told = str(error) if isinstance(error, msgspec.ValidationError) else "It is no JSON."
            raise ProblemError(UNFIT, told) from None


Run = Callable[[Desk, Call], Answer]


@dataclass(frozen=True, kw_only=True)
class Served:
    """What a route does: the action that must be allowed, about what, and the work."""

    key: str
    action: Action
    over: Over
    run: Run


def page(
    desk: Desk,
    call: Call,
    items: Sequence[_Item],
    *,
    place: Callable[[_Item], str],
    told: Callable[[_Item], Json],
) -> dict[str, Json]:
    """A page of a list that is in order: what comes after the place that the cursor names."""
    after, limit = call.place(desk), call.limit
    places = [place(item) for item in items]
    start = places.index(after) + 1 if after in places else 0
    if after and not start:
        # The list lost that place: what is left of it begins again.
        raise ProblemError(UNFIT, "The list changed; read it from its beginning.")
    shown = items[start : start + limit]
    more = start + limit < len(items)
    return {
        "items": [told(item) for item in shown],
        "next": call.cursor(desk, places[start + limit - 1] if more else ""),
    }
