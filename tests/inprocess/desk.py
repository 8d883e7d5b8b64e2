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
        f"{person}/resumes",
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
    planned(story)
    brought(story, person)
    assert len(DynamoAudits(TABLES["book"]).of(found["person"]).entries) > len(person.split("/"))


def planned(story: Story) -> None:
    """People of segments, a segment saved and taken away, campaigns looked at, a report."""
    assert ask(story, "GET", "/count?when=person.reachable")["people"] > 0
    assert ask(story, "GET", "/people?when=person.reachable&limit=1")["items"]
    assert ask(story, "POST", "/segments/check", {"when": "person.reachable"})["ok"]
    before = ask(story, "GET", "/bundle")["hash"]
    segment = {"name": "Who can be reached", "when": "person.reachable"}
    ask(story, "PUT", "/segments/of-the-day", segment)
    assert ask(story, "GET", f"/bundle?since={before}")["since"]["segments"] == ["of-the-day"]
    ask(story, "DELETE", "/segments/of-the-day")
    assert ask(story, "GET", "/bundle/files")["hash"] == before
    for path in ("/segments", "/forms", "/lists", "/imports", "/report?people=yes"):
        ask(story, "GET", path)
    campaign = f"/campaigns/{ask(story, 'GET', '/campaigns')['items'][0]['campaign']}"
    ask(story, "POST", f"{campaign}/preview")
    for path in (campaign, f"{campaign}/preview", f"{campaign}/examples", f"{campaign}/result"):
        ask(story, "GET", path)
    dry = {"when": "person.reachable", "dry_run": True}
    assert ask(story, "POST", "/lists/of-the-day/people", dry)["people"] > 0


def brought(story: Story, person: str) -> None:
    """A file that never came is told of as such; all that is held on a person waits to be read."""
    upload = ask(story, "POST", "/uploads", {"bytes": 100})
    assert upload["upload"] in upload["url"]
    ask(story, "POST", f"/uploads/{upload['upload']}/look", {"source": "fair"})
    assert ask(story, "GET", f"/uploads/{upload['upload']}")["state"] == "refused"
    export = ask(story, "POST", f"{person}/exports")["export"]
    assert ask(story, "GET", f"{person}/exports/{export}")["state"] == "done"
    table = ask(story, "POST", "/tables", {"when": "person.reachable"})["table"]
    told = ask(story, "GET", f"/tables/{table}")
    assert told["people"] > 0
    assert told["left_out"] == 0


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
