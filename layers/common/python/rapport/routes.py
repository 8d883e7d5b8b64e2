"""Every way through the public door: method, path, the function behind it, what it is for.

`infra` makes a gateway route of each, `docs/openapi.yaml` describes each, and `track` tells by
`methods_at` an unknown path from a wrong method, for whatever no route names reaches it by `REST`:
SDKs put prefixes of their own before `/v1/`, and an answer of ours has a code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from rapport.events import CALLS

BATCH = "batch"
# As the JavaScript SDKs that are proxied spell calls, so that no list of blockers knows the path.
SHORT: Mapping[str, str] = MappingProxyType({call[0]: call for call in (*CALLS, BATCH)})
ALL_CALLS = (*CALLS, BATCH, *SHORT)
ONE_CALL = tuple(call for call in ALL_CALLS if SHORT.get(call, call) != BATCH)

READ = ("GET", "HEAD")
# What a token of an operator must carry, on top of what its subject may do.
READ_SCOPE = "rapport/read"
WRITE_SCOPE = "rapport/write"
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Route:
    """One documented path. `values`: what a parameter of the path may be, where that is closed.

    `prefixed`: the path is known behind any other as well, `/anything/v1/track`. `operator`: only
    with a token of the employer's people.
    """

    path: str
    methods: tuple[str, ...]
    function: str
    meaning: str
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prefixed: bool = False
    operator: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """As the gateway names them."""
        return tuple(f"{method} {self.path}" for method in self.methods)


ROUTES: tuple[Route, ...] = (
    Route(
        path="/v1/batch",
        methods=("POST",),
        function="track",
        meaning="A batch of calls, as tracking SDKs send them.",
        prefixed=True,
    ),
    Route(
        path="/v1/b",
        methods=("POST",),
        function="track",
        meaning="A batch of calls, by the short name.",
        prefixed=True,
    ),
    Route(
        path="/v1/{call}",
        methods=("POST",),
        function="track",
        meaning="One call of a tracking SDK.",
        values={"call": ONE_CALL},
        prefixed=True,
    ),
    Route(
        path="/beacon/v1/batch",
        methods=("POST",),
        function="track",
        meaning="A batch from a page that is being left; the key stands in the query.",
        prefixed=True,
    ),
    Route(
        path="/api/s/{call}",
        methods=("POST",),
        function="track",
        meaning="One call of a browser, in the dialect of Jitsu.",
        values={"call": ONE_CALL},
        prefixed=True,
    ),
    Route(
        path="/api/s/s2s/{call}",
        methods=("POST",),
        function="track",
        meaning="One call of a server, in the dialect of Jitsu.",
        values={"call": ONE_CALL},
        prefixed=True,
    ),
    Route(
        path="/v1/projects/{key}/settings",
        methods=READ,
        function="track",
        meaning="The settings that browser SDKs of Segment load first.",
        prefixed=True,
    ),
    Route(
        path="/sourceConfig",
        methods=READ,
        function="track",
        meaning="The settings that SDKs of RudderStack load first.",
        prefixed=True,
    ),
    Route(
        path="/pixel/v1/{call}",
        methods=READ,
        function="track",
        meaning="One call as an image, for pages without a script.",
        values={"call": ("page", "track")},
        prefixed=True,
    ),
    Route(
        path="/rapport.js",
        methods=READ,
        function="track",
        meaning="The tracker for a career site.",
    ),
    Route(
        path="/schemas",
        methods=READ,
        function="track",
        meaning="Every event of the vocabulary, with its versions.",
    ),
    Route(
        path="/schemas/{name}",
        methods=READ,
        function="track",
        meaning="The newest JSON Schema of one event.",
    ),
    Route(
        path="/schemas/{name}/{version}",
        methods=READ,
        function="track",
        meaning="One version of the JSON Schema of one event.",
    ),
    Route(
        path="/.well-known/gpc.json",
        methods=READ,
        function="track",
        meaning="That Global Privacy Control is honoured.",
    ),
    Route(
        path="/content/v1/brand",
        methods=READ,
        function="content",
        meaning="The brand: name, colours, and why to work there.",
    ),
    Route(
        path="/content/v1/topics",
        methods=READ,
        function="content",
        meaning="What people can have mail about.",
    ),
    Route(
        path="/content/v1/blocks",
        methods=READ,
        function="content",
        meaning="The blocks that site and mails share, as they are shown now.",
    ),
    Route(
        path="/content/v1/blocks/{key}",
        methods=READ,
        function="content",
        meaning="One block, as it is shown now or as a mail told it.",
    ),
    Route(
        path="/jobs/v1",
        methods=READ,
        function="content",
        meaning="The jobs that are open, by filters.",
    ),
    Route(
        path="/jobs/v1/{id}",
        methods=READ,
        function="content",
        meaning="One job, open or closed.",
    ),
    Route(
        path="/webhooks/{connection}",
        methods=("POST",),
        function="ats",
        meaning="A signed delivery of an applicant tracking system.",
    ),
    Route(
        path="/f/confirm",
        methods=(*READ, "POST"),
        function="engage",
        meaning="Where the owner of an address confirms it; only POST acts.",
    ),
    Route(
        path="/f/{form}",
        methods=(*READ, "POST"),
        function="engage",
        meaning="A form of the employer's; only POST acts.",
    ),
    Route(
        path="/f/{form}/embed.js",
        methods=READ,
        function="engage",
        meaning="What puts a form into a page of the employer's.",
    ),
    Route(
        path="/f/{form}/event.ics",
        methods=READ,
        function="engage",
        meaning="An event that people sign up for, as a calendar entry.",
    ),
    Route(
        path="/f/{form}/resume",
        methods=READ,
        function="engage",
        meaning="Where a browser is led that has handed in a résumé.",
    ),
    Route(
        path="/f/{form}/check-in",
        methods=(*READ, "POST"),
        function="engage",
        meaning="The door of an event, for whoever has its link; only POST acts.",
    ),
    Route(
        path="/f/{form}/check-in/names",
        methods=READ,
        function="engage",
        meaning="Who has a place at an event, for its door.",
    ),
    Route(
        path="/f/{form}/check-in.js",
        methods=READ,
        function="engage",
        meaning="The script of the door's page.",
    ),
    Route(
        path="/f/{form}/check-in-worker.js",
        methods=READ,
        function="engage",
        meaning="What keeps the door's page for when there is no network.",
    ),
    Route(
        path="/u/{token}",
        methods=(*READ, "POST"),
        function="engage",
        meaning="Where the owner of an address unsubscribes; only POST acts.",
    ),
    Route(
        path="/c/{token}/{number}",
        methods=READ,
        function="engage",
        meaning="From a link of a mail to where it leads.",
    ),
)

# Whatever else is asked. Method by method: with `$default` or `ANY` a gateway hands preflights to
# the function, and a page that is being left does not wait for a cold start.
REST: tuple[Route, ...] = tuple(
    Route(
        path=path,
        methods=(*READ, "POST", "PUT", "PATCH", "DELETE"),
        function="track",
        meaning="Any other path and method: tracking calls behind a prefix, else 404 or 405.",
    )
    for path in ("/", "/{path+}")
)


def methods_at(path: str) -> tuple[str, ...]:
    """The methods that a path takes, with or without a slash at its end; none: no path of ours."""
    for route, pattern in _patterns():
        if pattern.fullmatch(path):
            return route.methods
    return ()


@cache
def _patterns() -> tuple[tuple[Route, re.Pattern[str]], ...]:
    return tuple((route, _pattern(route)) for route in ROUTES)


def _pattern(route: Route) -> re.Pattern[str]:
    *literal, last = _PARAMETER.split(route.path)
    parts = [
        re.escape(each) if place % 2 == 0 else _choice(route.values.get(each, ()))
        for place, each in enumerate(literal)
    ]
    before = "(?:/.*)?" if route.prefixed else ""
    return re.compile(f"{before}{''.join(parts)}{re.escape(last)}/*", re.DOTALL)


def _choice(values: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(map(re.escape, values))})" if values else "[^/]+"
