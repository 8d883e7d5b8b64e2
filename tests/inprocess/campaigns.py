"""An evening for those who asked to hear of it: rehearsed, tried, launched, and bounded."""

import re
from datetime import datetime, timedelta
from typing import Any

from cli.campaigns import room
from cli.previewing import Sending
from cli.store import open_stores
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.adapters.dynamo.lists import DynamoListNames
from rapport.campaigning import Campaigns
from rapport.domain.launch import State
from rapport.listing import Lists
from rapport.searching import Segments
from rapport.settings import CampaignSettings, SendSettings
from rapport.viewing.finding import find
from tests.inprocess.outreach import GAP
from tests.inprocess.stores import TABLES
from tests.inprocess.story import CONFIG, FORM, Story, joined, text_of

SIV = "siv@inbox.halden.example"
KEY = "rota-evening"
AFTER = timedelta(minutes=20)
_CONFIRM = re.compile(r"https://door\.example/f/confirm\?t=[\w.-]+")


def campaigned(story: Story) -> None:
    """Siv joins, is put on the list, and gets the one mail that its campaign is."""
    # Later than all that others lived through, for mails leave one after the other.
    with story.engine.later(AFTER):
        story.visit("siv", joined("c-30", 1, SIV))
        found = _CONFIRM.search(text_of(to_siv(story)[0]))
        assert found is not None
        story.request("siv confirms", "POST", found[0], "", FORM)
        _listed(story)
    with story.engine.later(AFTER + 2 * GAP) as now:
        asked = _asked(story, now)
        asked.rehearse(KEY, by="kari")
        story.engine.settle()
        outlook = asked.outlook(KEY)
        assert outlook is not None
        assert (outlook.people, outlook.tally.now, outlook.complete) == (1, 1, True)
        story.tried.update(asked.seed(KEY))
        asked.launch(KEY, by="kari")
        story.engine.settle()
        shown = asked.show(KEY)
        assert (shown.launch.state, shown.counts, shown.spent) == (State.DONE, {"sent": 1}, 1)


def to_siv(story: Story) -> list[dict[str, Any]]:
    """What Siv was mailed."""
    return [mail for mail in story.mails if mail["Destination"]["ToAddresses"] == [SIV]]


def _listed(story: Story) -> None:
    stores = open_stores(CONFIG)
    view = stores.people.view(find(stores, SIV).person)
    assert view is not None
    lists = Lists(
        segments=Segments(
            rows=DynamoFinder(TABLES["people"]),
            profile=lambda _: None,
            ring=dict,
            now=story.now,
        ),
        append=stores.log.append,
        names=DynamoListNames(TABLES["book"]),
        now=story.now,
    )
    assert lists.change_one(view.profile, KEY, on=True, by="kari", run=story.now())
    story.engine.settle()


def _asked(story: Story, now: datetime) -> Campaigns:
    told = SendSettings.from_env(story.engine.environment("send"))
    way = Sending(
        configuration_set=told.configuration_set,
        endpoint=told.ses_endpoint,
        public_url=told.public_url,
    )
    settings = CampaignSettings.from_env(story.engine.environment("campaign"))
    return room(settings, way, lambda: now)
