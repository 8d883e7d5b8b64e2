"""Every way through the operators' door: `infra` makes a gateway route of each, with an authorizer.

`docs/openapi-desk.yaml` describes each; `functions/desk` says which action it is and about whom.
"""

from rapport.routes import READ_SCOPE, WRITE_SCOPE, Route

_FUNCTION = "desk"


def scope_of(method: str) -> str:
    """The scope that a token must carry for a method."""
    return READ_SCOPE if method == "GET" else WRITE_SCOPE


def _route(key: str, meaning: str) -> Route:
    method, _, path = key.partition(" ")
    return Route(
        path=f"/desk/v1{path}",
        methods=(method,),
        function=_FUNCTION,
        meaning=meaning,
        operator=True,
    )


OPERATOR_ROUTES: tuple[Route, ...] = (
    _route("GET /me", "Who signed in, and what they may do."),
    _route("GET /people", "Find a person by e-mail address, phone number or another id."),
    _route("GET /people/{person}", "Everything that is known of one person."),
    _route("GET /people/{person}/timeline", "What happened to a person, the newest first."),
    _route("GET /people/{person}/why", "Why mails were sent, wait or were not; the newest first."),
    _route("POST /people/{person}/stop", "Do not write to this person."),
    _route("DELETE /people/{person}/stop", "Take that word of the employer back."),
    _route("POST /people/{person}/notes", "Note something for colleagues."),
    _route("POST /people/{person}/messages", "Write one mail to one person."),
    _route("GET /tasks", "What waits for somebody, the first due first."),
    _route("POST /tasks/{task}/done", "Say that a task is done."),
    _route("GET /audit", "What operators did, on a day or about a person; the newest first."),
    _route("GET /sending", "Whether mail goes out, and how far it reaches."),
    _route("PUT /sending", "Stop all mail, let it go, or change how far it reaches."),
)
