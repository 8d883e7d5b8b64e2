"""Every way through the operators' door: `infra` makes a gateway route of each, with an authorizer.

`docs/openapi-desk.yaml` describes each; `functions/desk` says which action it is and about whom.
"""

from rapport.routes import READ, READ_SCOPE, WRITE_SCOPE, Route

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


# The console: anybody may have its files, which hold nothing; what they show needs a token.
CONSOLE_ROUTES: tuple[Route, ...] = tuple(
    Route(path=path, methods=READ, function=_FUNCTION, meaning="The console of operators.")
    for path in ("/console", "/console/{path+}")
)

OPERATOR_ROUTES: tuple[Route, ...] = (
    _route("GET /me", "Who signed in, and what they may do."),
    _route(
        "GET /people",
        "Find a person by an id, or the people of a segment, of a list, or of a condition.",
    ),
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
    _route("GET /count", "How many people are in a segment, on a list, or as a condition says."),
    _route("GET /segments", "The saved segments."),
    _route("POST /segments/check", "Whether a condition is one, and what is wrong with it."),
    _route("GET /segments/{segment}", "A saved segment."),
    _route("PUT /segments/{segment}", "Save a segment."),
    _route("DELETE /segments/{segment}", "Take a segment away."),
    _route("GET /lists", "The static lists that people were put on, or that something names."),
    _route("POST /lists/{list}/people", "Put people on a list, or tell how many that would be."),
    _route(
        "POST /lists/{list}/removals",
        "Take people off a list, or tell how many that would be.",
    ),
    _route("POST /tables", "Ask for a segment, a list or a condition as a file (CSV)."),
    _route("GET /tables/{table}", "Where to fetch that file, for some minutes."),
    _route("GET /forms", "The forms."),
    _route("GET /forms/{form}", "A form, and where it is shown."),
    _route("PUT /forms/{form}", "Save a form."),
    _route("DELETE /forms/{form}", "Take a form away."),
    _route("POST /uploads", "Get an address to upload a file to."),
    _route("GET /uploads/{upload}", "What a file would come to, and what became of it."),
    _route("POST /uploads/{upload}/look", "Have a file looked through; nothing is imported."),
    _route("POST /uploads/{upload}/start", "Import a file."),
    _route("GET /imports", "The imports, the newest first."),
    _route("GET /imports/{import}", "How far an import has come."),
    _route("POST /imports/{import}/undo", "Take a whole import back."),
    _route("POST /imports/{import}/ask", "Put those whom one mail may ask for consent on a list."),
    _route("GET /campaigns", "The campaigns, and how far each has come."),
    _route("GET /campaigns/{campaign}", "A campaign, and how far it has come."),
    _route("PUT /campaigns/{campaign}", "Save a campaign."),
    _route("DELETE /campaigns/{campaign}", "Take a campaign away."),
    _route(
        "POST /campaigns/{campaign}/preview",
        "Have everybody judged, to know what a campaign would come to.",
    ),
    _route(
        "GET /campaigns/{campaign}/preview",
        "What a campaign would come to, as far as it is known.",
    ),
    _route(
        "GET /campaigns/{campaign}/examples",
        "Mails as some of the audience would get them now.",
    ),
    _route(
        "POST /campaigns/{campaign}/seed",
        "Mail the testers what the first of the audience would get.",
    ),
    _route("POST /campaigns/{campaign}/ask", "Ask for a second person's word to a campaign."),
    _route("POST /campaigns/{campaign}/approve", "Agree to a campaign as it is now."),
    _route(
        "POST /campaigns/{campaign}/launch",
        "Launch a campaign: now, or for the time that it names.",
    ),
    _route("POST /campaigns/{campaign}/pause", "Let nothing more of a campaign leave."),
    _route("POST /campaigns/{campaign}/resume", "Let a campaign go on, as it is now."),
    _route("POST /campaigns/{campaign}/cancel", "End a campaign for good."),
    _route("GET /campaigns/{campaign}/result", "What came of a campaign."),
    _route("GET /bundle", "What is live, and what changed since an earlier one."),
    _route("GET /bundle/files", "The forms, segments and campaigns that are live, whole."),
    _route("POST /people/{person}/erasure", "Ask for a person to be erased from every store."),
    _route("GET /erasures/{erasure}", "How far an erasure has come, and its certificate."),
    _route("GET /people/{person}/resumes", "The résumés that a person handed in."),
    _route("POST /people/{person}/exports", "Ask for everything that is held on a person."),
    _route("GET /people/{person}/exports/{export}", "Where to fetch it, for some minutes."),
    _route("GET /report", "What came of mail and of people."),
    _route("GET /report/csv", "The same as a table (CSV)."),
    _route("GET /report/page", "The same as a page to read (HTML)."),
    _route("GET /report/people", "The people of one number of a report."),
)
