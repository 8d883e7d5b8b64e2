"""Mail that comes in, from the bucket to the timeline: the real handler, rows and wiring."""

import boto3

from cli.store import open_stores
from rapport.domain import names
from rapport.viewing.finding import find
from tests.inprocess.answers import ANSWER
from tests.inprocess.stores import BUCKETS, REGION
from tests.inprocess.story import ANA, CONFIG, Story, text_of


def test_an_answer_is_on_the_timeline_once_opens_a_task_and_reaches_the_employer_once(
    story: Story,
) -> None:
    stores = open_stores(CONFIG)
    events = stores.log.partition(find(stores, ANA).root)
    [reply] = [event for event in events if event.type == names.MAIL_REPLIED]
    properties = reply.body["properties"]
    assert isinstance(properties, dict)
    assert properties["text"] == ANSWER
    assert len([event for event in events if event.type == names.TASK_OPENED]) == 1
    [mail] = story.forwards
    assert mail["ReplyToAddresses"] == [ANA]
    assert ANSWER in text_of(mail)


def test_what_was_handled_is_gone_from_the_inbox_and_what_is_nobodys_stays(story: Story) -> None:
    listed = boto3.client("s3", REGION).list_objects_v2(Bucket=BUCKETS["inbox"])
    assert [each["Key"] for each in listed.get("Contents", [])] == ["inbox/nobody"]


def test_the_career_site_is_served_what_is_live(story: Story) -> None:
    assert {
        story.answers[path]["statusCode"] for path in ("brand", "topics", "blocks", "jobs")
    } == {200}
