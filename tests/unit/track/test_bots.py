"""Programs are told from people by evidence, and what they send is labelled and kept."""

import sys
from typing import Any

import crawleruseragents
import pytest

from functions.track.bots import DRIVEN, LISTED, evidence, unusual
from tests.support.door import Door, page

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko)"
PEOPLE = [
    f"{WINDOWS} Chrome/126.0.0.0 Safari/537.36",
    f"{WINDOWS} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.68",
    f"{WINDOWS} Chrome/125.0.0.0 Safari/537.36 OPR/111.0.0.0",
    f"{MAC} Version/17.5 Safari/605.1.15",
    f"{PHONE} (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    f"{PHONE} (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    f"{ANDROID} Chrome/126.0.0.0 Mobile Safari/537.36",
    f"{ANDROID} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
]
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
CRAWLERS = [
    agent
    for crawler in crawleruseragents.CRAWLER_USER_AGENTS_DATA
    for agent in crawler["instances"]
    if crawleruseragents.is_crawler(agent[:512])
]


@pytest.mark.parametrize("agent", PEOPLE)
def test_the_browsers_of_people_cost_no_look_at_the_list(agent: str) -> None:
    assert not unusual(agent)
    assert evidence({"userAgent": agent}, agent=agent) == ()


def test_every_agent_on_the_list_of_crawlers_is_found() -> None:
    missed = [agent for agent in CRAWLERS if evidence({"userAgent": agent}, agent="") != (LISTED,)]
    print(f"crawlers found: {len(CRAWLERS) - len(missed)} of {len(CRAWLERS)}")
    assert len(CRAWLERS) > 1_000
    assert missed == []


def test_an_unusual_agent_that_is_not_listed_is_a_persons() -> None:
    assert unusual("Halden Careers App/3.1")
    assert evidence({"userAgent": "Halden Careers App/3.1"}, agent="") == ()


@pytest.mark.parametrize(
    ("agent", "found"),
    [
        (GOOGLE, (LISTED,)),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", (LISTED,)),
        ("python-requests/2.32.3", ()),
        ("analytics-python/2.4.0", ()),
        ("curl/8.5.0", ()),
        ("axios/1.7", ()),
        ("", ()),
    ],
)
def test_the_requests_own_agent_counts_when_it_claims_to_visit(
    agent: str, found: tuple[str, ...]
) -> None:
    assert evidence(None, agent=agent) == found


@pytest.mark.parametrize("said", [False, None, "true", 1])
def test_a_driven_browser_says_so_itself(said: Any) -> None:
    assert evidence({"webdriver": True, "userAgent": PEOPLE[0]}, agent="") == (DRIVEN,)
    assert evidence({"webdriver": said}, agent="") == ()


def test_what_a_robot_sends_is_labelled_and_stored() -> None:
    door = Door()
    context = {"userAgent": GOOGLE, "webdriver": True}
    assert door.batch(page("m-1", context=context), page("m-2")).accepted == 2
    robot, person = door.events
    assert robot.body["bot"] == {"because": [LISTED, DRIVEN]}
    assert robot.body["context"] == context
    assert "bot" not in person.body


def test_a_servers_own_agent_is_not_the_visitors() -> None:
    door = Door()
    door.batch(page("m-1"), headers={"user-agent": GOOGLE})
    door.batch(page("m-2"), key="sk", headers={"user-agent": GOOGLE})
    assert ["bot" in event.body for event in door.events] == [True, False]


def test_an_ordinary_request_does_not_load_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "crawleruseragents", raising=False)
    door = Door()
    door.batch(page("m-1", context={"userAgent": PEOPLE[0]}), headers={"user-agent": PEOPLE[0]})
    assert "crawleruseragents" not in sys.modules
