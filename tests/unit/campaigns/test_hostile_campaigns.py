"""Campaigns as somebody works them who presses too often, and messages that say nothing."""

import msgspec
import pytest

from functions.campaign.flow import Came
from rapport.domain.event import Json
from rapport.editing import EditError, Save, edited
from rapport.errors import PoisonError
from tests.support.agency import KEY, MINUTE, Agency

NOTHING: tuple[dict[str, Json], ...] = (
    {},
    {"do": "go"},
    {"do": "go", "campaign": 7},
    {"do": "judge", "campaign": KEY, "run": "r", "page": "1"},
    {"do": "everything", "campaign": KEY},
)
NOWHERE: tuple[dict[str, Json], ...] = (
    {"do": "go", "campaign": ""},
    {"do": "go", "campaign": "x" * 9_000},
    {"do": "list", "campaign": KEY, "run": "of nobody"},
    {"do": "judge", "campaign": KEY, "run": "r", "page": -1},
    {"do": "judge", "campaign": KEY, "run": "r", "page": 10**30},
)


def test_whoever_presses_a_hundred_times_mails_everybody_once() -> None:
    office = Agency()
    office.crowd(20)
    office.campaigns.launch(KEY, by="kari")
    for _ in range(50):
        office.campaigns.pause(KEY)
        office.campaigns.resume(KEY)
    office.run()
    sent = [mail.to for mail in office.room.mails]
    print(f"paused and resumed 50 times: {len(sent)} mails to {len(set(sent))} people")
    assert len(set(sent)) == len(sent) == 20
    assert office.work.queue == []


@pytest.mark.parametrize(
    "told",
    [
        {"most_usd": float("nan")},
        {"most_usd": float("inf")},
        {"most_mails": 10**40},
        {"at": "9999-12-31T23:59:59-23:00"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"key": "../spring"},
        {"brand": "another"},
    ],
    ids=str,
)
def test_what_nobody_can_reckon_with_is_refused_when_it_is_saved(told: dict[str, object]) -> None:
    bundle = Agency().room.bundle
    [campaign] = bundle.campaigns
    with pytest.raises(EditError):
        edited(bundle, Save(what=msgspec.structs.replace(campaign, **told)), by="kari")


@pytest.mark.parametrize("message", NOTHING)
def test_a_message_that_says_nothing_is_refused(message: dict[str, Json]) -> None:
    office = Agency()
    with pytest.raises(PoisonError):
        office.drive.do(message, until=office.room.clock() + MINUTE)


@pytest.mark.parametrize("message", NOWHERE, ids=range(len(NOWHERE)))
def test_a_message_about_what_is_not_there_changes_nothing(message: dict[str, Json]) -> None:
    office = Agency()
    assert office.drive.do(message, until=office.room.clock() + MINUTE) is Came.GONE
    assert office.work.queue == []
    assert not office.room.launches.rows
