"""One day of a small employer: who joins, confirms and leaves, and what is mailed meanwhile."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cli import jobs
from cli.config import Config
from rapport.domain.event import Json
from tests.inprocess.engine import PUBLIC_URL, Engine
from tests.inprocess.stores import BUCKETS, REGION, TABLES

ANA = "ana@inbox.halden.example"
OUTSIDER = "olga@elsewhere.example"
BOUNCING = "bo@inbox.halden.example"
LATE = "late@inbox.halden.example"
BROWSER_KEY = "wk_halden_site"
FEED = Path(__file__).resolve().parents[2] / "local" / "jobs.json"
CONFIG = Config(
    stage="test",
    region=REGION,
    api_url=PUBLIC_URL,
    tables=TABLES,
    buckets=BUCKETS,
    bus="Bus",
    queues={},
    functions={},
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JUNK = 200
_CONFIRM = re.compile(r"https://door\.example/f/confirm\?t=[\w.-]+")


@dataclass(kw_only=True)
class Story:
    """What the visitors saw: answers of the door by step, and mails by step."""

    engine: Engine
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    mails_after: dict[str, int] = field(default_factory=dict)
    schedules: list[dict[str, Any]] = field(default_factory=list)
    clicks: list[int] = field(default_factory=list)
    # What SES said to the testers of a campaign, by address.
    tried: dict[str, str] = field(default_factory=dict)

    @property
    def mails(self) -> list[dict[str, Any]]:
        """What candidates were mailed."""
        return [mail for mail in self.engine.recorder.mails if class_of(mail) != "forward"]

    @property
    def forwards(self) -> list[dict[str, Any]]:
        """Answers of candidates, on their way to the employer."""
        return [mail for mail in self.engine.recorder.mails if class_of(mail) == "forward"]

    def visit(self, step: str, *messages: dict[str, Json], key: str = BROWSER_KEY) -> None:
        """A batch as `@segment/analytics-node` posts it."""
        body = {"batch": list(messages), "sentAt": _iso(datetime.now(UTC))}
        basic = b64encode(f"{key}:".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        self.request(step, "POST", f"{PUBLIC_URL}/v1/batch", json.dumps(body), headers)

    def request(
        self,
        step: str,
        method: str,
        url: str,
        body: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """One request, and all that follows from it."""
        self.answers[step] = self.engine.request(method, url, body=body, headers=headers)
        self.engine.settle()
        self.mails_after[step] = len(self.mails)

    def now(self) -> datetime:
        """The time at which a step is taken."""
        return datetime.now(UTC)

    def confirmation_link(self) -> str:
        found = _CONFIRM.search(text_of(self.mails[0]))
        assert found is not None, text_of(self.mails[0])
        return found[0]

    def unsubscribe_link(self) -> str:
        return headers_of(self.mails[1])["List-Unsubscribe"].partition(",")[0].strip("<>")


def track(cookie: str, name: str, number: int, **more: Json) -> dict[str, Json]:
    """A track call; `timestamp` and `properties` as given."""
    return {
        "type": "track",
        "event": name,
        "anonymousId": cookie,
        "messageId": f"{cookie}-{number}",
        "timestamp": _iso(datetime.now(UTC)),
        "context": {"library": {"name": "@segment/analytics-node", "version": "3"}},
        **more,
    }


def joined(
    cookie: str, number: int, email: str, timestamp: datetime | None = None
) -> dict[str, Json]:
    """The talent-network form."""
    properties: Json = {"email": email, "first_name": "Annelise", "category": "Nursing"}
    at = _iso(timestamp or datetime.now(UTC))
    return track(cookie, "Talent Network Joined", number, properties=properties, timestamp=at)


def told(engine: Engine) -> Story:
    """Play the day; the playbooks are published."""
    story = Story(engine=engine)
    jobs.load(CONFIG, FEED)
    story.visit("stranger", joined("c-0", 1, ANA), key="wk_of_nobody")
    viewed: Json = {"job_id": "4105", "title": "Nurse", "category": "nursing"}
    story.visit(
        "join",
        {**track("c-1", "", 1), "type": "page", "name": "Home", "properties": {"path": "/"}},
        track("c-1", "Job Viewed", 2, properties=viewed),
        joined("c-1", 3, ANA),
    )
    story.request("check", "HEAD", story.confirmation_link())
    story.request("look", "GET", story.confirmation_link())
    story.request("confirm", "POST", story.confirmation_link(), "", FORM)
    ses_says(story, 1, "Delivery")
    story.request("check again", "HEAD", story.unsubscribe_link())
    story.request("manage", "GET", story.unsubscribe_link())
    one_click = "List-Unsubscribe=One-Click"
    story.request("leave", "POST", story.unsubscribe_link(), one_click, FORM)
    story.visit("again", joined("c-1", 4, ANA))
    story.visit("outsider", joined("c-1", 5, OUTSIDER))
    story.visit("mistyped", joined("c-4", 1, BOUNCING))
    ses_says(story, 2, "Bounce", {"bounceType": "Permanent", "bounceSubType": "General"})
    story.visit("bounced", joined("c-4", 2, BOUNCING))
    story.visit("late", joined("c-3", 1, LATE, datetime.now(UTC) - timedelta(days=30)))
    # More than a worker passes without asking: the network's bucket in book is opened.
    junk: list[dict[str, Json]] = [{"type": "junk", "messageId": str(n)} for n in range(JUNK)]
    story.visit("junk", *junk)
    engine.night()
    return story


def ses_says(story: Story, mail: int, kind: str, details: Mapping[str, Json] | None = None) -> None:
    """SES reports on a mail, in the shape in which its events reach the default bus."""
    sent = story.mails[mail]
    tags = {tag["Name"]: [tag["Value"]] for tag in sent["EmailTags"]}
    now = _iso(datetime.now(UTC))
    story.engine.report(
        {
            "version": "0",
            "id": f"report-{mail}-{kind}",
            "detail-type": f"Email {kind}",
            "source": "aws.ses",
            "account": "123456789012",
            "time": now,
            "region": REGION,
            "resources": [],
            "detail": {
                "eventType": kind,
                "mail": {
                    "timestamp": now,
                    "messageId": sent["MessageId"],
                    "destination": sent["Destination"]["ToAddresses"],
                    "tags": {"ses:configuration-set": [sent["ConfigurationSetName"]], **tags},
                },
                kind.lower(): {"timestamp": now, **(details or {})},
            },
        }
    )
    story.engine.settle()


def class_of(mail: Mapping[str, Any]) -> str:
    return next(str(tag["Value"]) for tag in mail["EmailTags"] if tag["Name"] == "class")


def headers_of(mail: Mapping[str, Any]) -> dict[str, str]:
    return {h["Name"]: h["Value"] for h in mail["Content"]["Simple"]["Headers"]}


def text_of(mail: Mapping[str, Any]) -> str:
    return str(mail["Content"]["Simple"]["Body"]["Text"]["Data"])


def html_of(mail: Mapping[str, Any]) -> str:
    return str(mail["Content"]["Simple"]["Body"]["Html"]["Data"])


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
