"""What an employer's ATS tells that day: applications, stages, a no to mail, and odd things."""

import csv
import io
import json
from dataclasses import replace
from datetime import datetime, timedelta

import boto3

from rapport.adapters.ats.connections import SecretConnections
from rapport.ats import ANY, Connection
from rapport.domain.ats import Speaks
from rapport.domain.event import Json
from rapport.settings import DROP_PREFIX, secrets_prefix
from tests.inprocess.engine import PUBLIC_URL
from tests.inprocess.outreach import TOVE
from tests.inprocess.stores import BUCKETS, REGION
from tests.inprocess.story import Story
from tests.support.ats.signing import connection, deliver

GITA = "gita@inbox.halden.example"
LEVER = connection("lever")
GREENHOUSE = replace(
    connection("greenhouse"),
    stages={"7002": "interview"},
    speaks={"interview": Speaks.RAPPORT, ANY: Speaks.ATS},
)
# An ATS that exports files.
WORKS = Connection(
    name="works",
    vendor="workday",
    mapping={
        "files": [
            {
                "name": "candidates_*.csv",
                "kind": "candidates",
                "format": "csv",
                "full": True,
                "id": "Candidate ID",
                "columns": {"Name": "candidate.full", "E-mail": "candidate.emails"},
            }
        ]
    },
)
# So long ago that what waits for a recruiter's second thought is due.
PATIENCE = timedelta(hours=1)
EXPORTED = ("hilde@mail.example", "henrik@mail.example")


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
    # What she was mailed before was sent at times still to come.
    with story.engine.later(timedelta(minutes=10)):
        _tove_is_invited(story)
    connections.put(WORKS)
    _dropped(story)


def _tove_is_invited(story: Story) -> None:
    """She rests from what she asked for once; what she applied for is something else."""
    earlier = story.now() - PATIENCE
    applied = application(_iso(earlier), 1, who=TOVE, since=_iso(earlier))
    delivered(story, "tove applied", "new_candidate_application", applied)
    invited = application(_iso(earlier + PATIENCE / 2), 2, who=TOVE, since=_iso(earlier))
    for step in ("tove invited", "tove invited, again"):
        delivered(story, step, "candidate_stage_change", invited)


def _dropped(story: Story) -> None:
    """A file is put into the bucket, and S3's event of it into the queue."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(("Candidate ID", "Name", "E-mail"))
    rows.writerows((f"W-{number}", "Sand", each) for number, each in enumerate(EXPORTED))
    key = f"{DROP_PREFIX}{WORKS.name}/candidates_1.csv"
    boto3.client("s3", REGION).put_object(
        Bucket=BUCKETS["drop"], Key=key, Body=out.getvalue().encode()
    )
    boto3.client("sqs", REGION).send_message(
        QueueUrl=story.engine.url_of("SyncWorkQueue"),
        MessageBody=json.dumps({"detail": {"object": {"key": key}}}),
    )
    story.engine.settle()


def delivered(
    story: Story, step: str, action: str, payload: Json, *, to: str = "", secret: str = ""
) -> None:
    """A delivery of Greenhouse, and all that follows from it."""
    raw = json.dumps({"action": action, "payload": payload}).encode()
    signer = GREENHOUSE if not secret else connection("greenhouse", secret)
    signed = deliver(signer, raw, story.now())
    url = f"{PUBLIC_URL}/webhooks/{to or GREENHOUSE.name}"
    story.request(step, "POST", url, raw.decode(), signed.headers)


def application(
    at: str,
    stage: int,
    *,
    can_email: bool = True,
    who: str = GITA,
    since: str = "2026-11-20T09:00:00.000Z",
) -> Json:
    """An application as Greenhouse tells it; `since` it is one."""
    number = 1 if who == GITA else 2
    return {
        "application": {
            "id": 48206 + number,
            "status": "active",
            "prospect": False,
            "applied_at": since,
            "last_activity_at": at,
            "current_stage": {"id": 7000 + stage, "name": f"Stage {stage}"},
            "candidate": {
                "id": 57683 + number,
                "first_name": who.partition("@")[0].title(),
                "last_name": "Berg",
                "is_private": False,
                "can_email": can_email,
                "email_addresses": [{"value": who, "type": "personal"}],
                "phone_numbers": [],
            },
            "jobs": [{"id": 4105, "name": "Nurse", "status": "open"}],
        }
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
