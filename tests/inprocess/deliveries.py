"""What an employer's ATS tells that day: an application, a stage, a no to mail, and odd things."""

import json

from rapport.adapters.ats.connections import SecretConnections
from rapport.domain.event import Json
from rapport.settings import secrets_prefix
from tests.inprocess.engine import PUBLIC_URL
from tests.inprocess.story import Story
from tests.support.ats.signing import connection, deliver

GITA = "gita@inbox.halden.example"
GREENHOUSE, LEVER = connection("greenhouse"), connection("lever")


def told_by_ats(story: Story) -> None:
    """Gita applies, comes a stage further, and is marked not to be mailed."""
    connections = SecretConnections(secrets_prefix("local"))
    connections.put(GREENHOUSE)
    connections.put(LEVER)
    applied = application("2026-11-20T09:00:00.000Z", 1)
    delivered(story, "ats applied", "new_candidate_application", applied)
    moved = application("2026-11-20T10:00:00.000Z", 2)
    delivered(story, "ats moved", "candidate_stage_change", moved)
    delivered(story, "ats moved, again", "candidate_stage_change", moved)
    no = application("2026-11-20T11:00:00.000Z", 2, can_email=False)
    delivered(story, "ats no", "application_updated", no)
    delivered(story, "ats unknown event", "never_heard_of", moved)
    delivered(story, "ats unknown connection", "ping", {}, to="nobody")
    delivered(story, "ats forged", "ping", {}, secret="of-somebody-else")
    opportunity: Json = {"opportunityId": "o-1", "candidateId": "c-1", "contactId": "p-1"}
    body: Json = {"event": "candidateStageChange", "data": opportunity}
    signed = deliver(LEVER, body, story.now())
    for step in ("ats hint", "ats hint, again"):
        url = f"{PUBLIC_URL}/webhooks/{LEVER.name}"
        story.request(step, "POST", url, signed.body.decode(), signed.headers)


def delivered(
    story: Story, step: str, action: str, payload: Json, *, to: str = "", secret: str = ""
) -> None:
    """A delivery of Greenhouse, and all that follows from it."""
    raw = json.dumps({"action": action, "payload": payload}).encode()
    signer = GREENHOUSE if not secret else connection("greenhouse", secret)
    signed = deliver(signer, raw, story.now())
    url = f"{PUBLIC_URL}/webhooks/{to or GREENHOUSE.name}"
    story.request(step, "POST", url, raw.decode(), signed.headers)


def application(at: str, stage: int, *, can_email: bool = True) -> Json:
    """An application as Greenhouse tells it."""
    return {
        "application": {
            "id": 48206,
            "status": "active",
            "prospect": False,
            "applied_at": "2026-11-20T09:00:00.000Z",
            "last_activity_at": at,
            "current_stage": {"id": 7000 + stage, "name": f"Stage {stage}"},
            "candidate": {
                "id": 57683,
                "first_name": "Gita",
                "last_name": "Berg",
                "is_private": False,
                "can_email": can_email,
                "email_addresses": [{"value": GITA, "type": "personal"}],
                "phone_numbers": [],
            },
            "jobs": [{"id": 4105, "name": "Nurse", "status": "open"}],
        }
    }
