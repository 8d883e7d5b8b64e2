"""One mail to many, with all real handlers."""

from rapport.adapters.dynamo.campaigns import DynamoLaunches
from rapport.domain.launch import State
from tests.inprocess.campaigns import KEY, to_siv
from tests.inprocess.stores import TABLES
from tests.inprocess.story import Story, class_of, headers_of, text_of

WELCOMED = 2


def test_whoever_is_on_the_list_gets_the_mail_of_the_campaign_once(story: Story) -> None:
    [mail] = to_siv(story)[WELCOMED:]
    assert class_of(mail) == "marketing"
    assert "There is soup, and it is over by eight." in text_of(mail)
    assert {"List-Unsubscribe", "List-Id"} <= set(headers_of(mail))
    launch = DynamoLaunches(TABLES["book"]).get(KEY)
    assert (launch.state, launch.audience, launch.put) == (State.DONE, 1, 1)


def test_testers_were_mailed_by_whoever_tried_it_and_by_no_function(story: Story) -> None:
    assert list(story.tried) == ["tester@inbox.halden.example"]
    assert [m for m in story.mails if m["Destination"]["ToAddresses"] == list(story.tried)] == []


def test_a_campaign_that_nothing_is_left_to_do_for_asks_for_no_further_call(story: Story) -> None:
    url = story.engine.url_of("CampaignWorkQueue")
    assert story.engine.left(url) == 0
