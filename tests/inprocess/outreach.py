"""Tove agrees to be noticed, is written to too soon, follows a link later, and takes a break."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import boto3

from cli import publish
from cli.store import open_stores
from cli.strict_yaml import load
from local.policy import demo_playbooks
from rapport.viewing import write
from rapport.viewing.finding import find
from tests.inprocess.engine import PUBLIC_URL
from tests.inprocess.stores import REGION
from tests.inprocess.story import CONFIG, FORM, Story, headers_of, html_of, joined, text_of

TOVE = "tove@inbox.halden.example"
GAP = timedelta(minutes=1)
CHOSEN = {"do": "save", "often": "0", "pause": "keep", "language": "en"}
TICKED = {"topic.talent-network": "on", "topic.tracking": "on"}
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
SCANNER = {"user-agent": "Mozilla/5.0 (Windows NT 10.0) MailScanner/4.2"}
_CONFIRM = re.compile(r"https://door\.example/f/confirm\?t=[\w.-]+")
_COUNTED = re.compile(r'href="(https://door\.example/c/[^"]+)"')


def publish_for_any_hour() -> None:
    """The shipped playbooks, with a policy under which the hour of a test makes no difference."""
    with TemporaryDirectory() as state:
        folder = demo_playbooks(Path(state), datetime.now(UTC))
        _change(folder / "keep-in-touch.yaml", wait="33d")
        frequency = json.loads((folder / "outreach.yaml").read_text("utf-8"))["frequency"]
        gap = f"{GAP.total_seconds():.0f}s"
        _change(folder / "outreach.yaml", frequency=frequency | {"min_gap": gap})
        evening = folder / "campaigns" / "rota-evening.yaml"
        said = {k: v for k, v in load(evening.read_text("utf-8")).items() if k != "local_hour"}
        evening.write_text(json.dumps(said | {"seeds": ["tester@inbox.halden.example"]}), "utf-8")
        publish.publish(CONFIG, folder)


def came_back(story: Story) -> None:
    """Play her part."""
    story.visit("tove", joined("c-20", 1, TOVE))
    found = _CONFIRM.search(text_of(mails(story)[0]))
    assert found is not None
    story.request("tove confirms", "POST", found[0], "", FORM)
    page = headers_of(mails(story)[1])["List-Unsubscribe"].partition(",")[0].strip("<>")
    story.request("tove chooses", "POST", page, urlencode(CHOSEN | TICKED), FORM)
    _written(story, "A question")
    story.mails_after["too soon"] = len(mails(story))
    with story.engine.later(GAP + timedelta(seconds=5)) as now:
        story.engine.fire(now)
        story.engine.settle()
    mail = mails(story)[2]
    link = _COUNTED.findall(html_of(mail))[0]
    story.request("scanner", "GET", link, "", SCANNER)
    _judged(story, mail)
    story.clicks.append(_clicks())
    with story.engine.later(GAP + timedelta(minutes=5)):
        story.request("tove clicks", "GET", link, "", BROWSER)
        _judged(story, mail)
    story.clicks.append(_clicks())
    story.request("nobody's link", "GET", f"{PUBLIC_URL}/c/{'a' * 40}/0", "", BROWSER)
    story.request("tove rests", "POST", page, urlencode(CHOSEN | TICKED | {"pause": "3"}), FORM)
    _written(story, "A last word")


def mails(story: Story) -> list[dict[str, Any]]:
    """What Tove was mailed."""
    return [mail for mail in story.mails if mail["Destination"]["ToAddresses"] == [TOVE]]


def _change(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def _written(story: Story, subject: str) -> None:
    stores = open_stores(CONFIG)
    what = write.Message(subject=subject, text="How we hire:", block="how-we-hire")
    write.write(stores, find(stores, TOVE), what, now=datetime.now(UTC), dry=False)
    story.engine.settle()


def _judged(story: Story, mail: dict[str, Any]) -> None:
    """What the queue delivers two minutes after a sign."""
    [send_id] = [tag["Value"] for tag in mail["EmailTags"] if tag["Name"] == "send_id"]
    boto3.client("sqs", REGION).send_message(
        QueueUrl=story.engine.url_of("MailFeedbackQueue"),
        MessageBody=json.dumps({"judge": open_stores(CONFIG).book.send(send_id).send_key}),  # type: ignore[union-attr]
    )
    story.engine.settle()


def _clicks() -> int:
    stores = open_stores(CONFIG)
    ref = find(stores, TOVE).root
    return sum(event.type == "Mail Clicked" for event in stores.log.partition(ref))
