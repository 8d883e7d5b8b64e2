"""An operator at work: finds somebody, reads all of them, writes, stops, and is written down."""

import json
from datetime import UTC, datetime
from typing import Any

from rapport.adapters.dynamo.audits import DynamoAudits
from rapport.adapters.dynamo.operators import DynamoOperators
from rapport.domain.operators import ANY, Grant, Operator, Role
from rapport.routes import READ_SCOPE, WRITE_SCOPE
from tests.inprocess.engine import PUBLIC_URL
from tests.inprocess.stores import TABLES
from tests.inprocess.story import ANA, Story

SUBJECT = "0f3c"
DESK = f"{PUBLIC_URL}/desk/v1"


def operated(story: Story) -> None:
    """Everything that the operators' API does today, once."""
    grants = tuple(Grant(role=role, brand=ANY) for role in Role)
    DynamoOperators(TABLES["book"]).put(
        Operator(subject=SUBJECT, name="Rita", grants=grants, added_at=datetime.now(UTC))
    )
    (found,) = ask(story, "GET", f"/people?q={ANA}")["items"]
    person = f"/people/{found['person']}"
    for path in (
        "/me",
        person,
        f"{person}/timeline",
        f"{person}/why",
        f"/audit?person={found['person']}",
    ):
        ask(story, "GET", path)
    ask(story, "POST", f"{person}/notes", {"text": "called"})
    ask(story, "POST", f"{person}/messages", {"subject": "Hello", "text": "Are you well?"})
    ask(story, "POST", f"{person}/stop", {})
    ask(story, "DELETE", f"{person}/stop")
    for task in ask(story, "GET", "/tasks")["items"]:
        ask(story, "POST", f"/tasks/{task['id']}/done")
    sending = ask(story, "GET", "/sending")
    assert sending["stopped"] is None
    version = story.answers["GET /sending"]["headers"]["etag"]
    ask(story, "PUT", "/sending", {"stopped": True}, etag=version)
    ask(story, "PUT", "/sending", {"stopped": False}, etag='"1"')
    assert len(DynamoAudits(TABLES["book"]).of(found["person"]).entries) > len(person.split("/"))


def ask(story: Story, method: str, path: str, body: Any = None, *, etag: str = "") -> Any:
    """One call with a good token; it is answered well."""
    told = story.engine.told["functions"]["desk"]["environment"]
    answer = story.engine.request(
        method,
        f"{DESK}{path}",
        body="" if body is None else json.dumps(body),
        headers={
            "Authorization": "Bearer a.b.c",
            "Content-Type": "application/json",
            **({"If-Match": etag} if etag else {}),
        },
        claims={
            "sub": SUBJECT,
            "iss": told["RAPPORT_ISSUER"],
            "client_id": told["RAPPORT_CLIENT"],
            "token_use": "access",
            "scope": f"{READ_SCOPE} {WRITE_SCOPE}",
            "exp": str(int(datetime.now(UTC).timestamp()) + 600),
        },
    )
    story.answers[f"{method} {path}"] = answer
    story.engine.settle()
    assert answer["statusCode"] < 300, (method, answer["statusCode"])
    return json.loads(answer["body"])
