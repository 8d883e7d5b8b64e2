"""Two who start applications: one lets them lie and is reminded, one sends hers off in time."""

from datetime import UTC, datetime, timedelta

from rapport.domain.event import Json
from tests.inprocess.story import Story, track

CARLA = "carla@inbox.halden.example"
DINA = "dina@inbox.halden.example"
FORGOTTEN, ANOTHER, SENT_OFF = "4101", "4102", "4103"


def applied(story: Story) -> None:
    """Play both; ten hours later a reminder is due, and another one still waits."""
    carla: dict[str, Json] = {"job_id": ANOTHER, "title": "Not what the feed says", "email": CARLA}
    story.visit("another", track("c-5", "Application Started", 1, properties=carla))
    earlier = (datetime.now(UTC) - timedelta(hours=10)).isoformat(timespec="milliseconds")
    forgotten = track("c-5", "Application Started", 2, properties={**carla, "job_id": FORGOTTEN})
    story.visit("started", {**forgotten, "timestamp": earlier.replace("+00:00", "Z")})
    dina: Json = {"job_id": SENT_OFF, "email": DINA}
    story.visit("dina", track("c-6", "Application Started", 1, properties=dina))
    story.visit("sent off", track("c-6", "Application Submitted", 2, properties=dina))
    story.schedules = story.engine.schedules()
    with story.engine.later(timedelta(hours=10, minutes=1)) as now:
        story.engine.fire(now)
        story.engine.settle()
    story.mails_after["reminded"] = len(story.mails)
