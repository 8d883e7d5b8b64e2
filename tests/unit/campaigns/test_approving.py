"""Who may send what, and what one would come to."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from rapport.campaign_work import CampaignError
from rapport.domain.launch import Launch, State, approve
from rapport.domain.person import Zone, ZoneSource
from rapport.launching import print_of, turn
from rapport.segments import Segment
from tests.support.agency import KEY, Agency


def large() -> Agency:
    """An audience of more people than one person may send to."""
    office = Agency()
    office.audiences.people = [office.room.confirmed()] * 501
    return office


def test_a_large_campaign_waits_for_a_second_person() -> None:
    office = large()
    with pytest.raises(CampaignError, match="second person"):
        office.campaigns.launch(KEY, by="per")
    with pytest.raises(CampaignError, match="somebody else"):
        office.campaigns.approve(KEY, by="kari.holm")
    assert office.campaigns.approve(KEY, by="ola").approved
    assert office.campaigns.launch(KEY, by="per").launch.state is State.WAITING


@pytest.mark.parametrize("edit", ["letter", "segment", "template", "statement"])
def test_any_edit_voids_the_approval(edit: str) -> None:
    office = large()
    bundle = office.room.bundle
    segment = Segment(key="all-nurses", name="Nurses", when="person.known_days > 1", brand="halden")
    office.room.publish(msgspec.structs.replace(bundle, segments=(segment,)))
    office.edit(KEY, list="", segment="all-nurses")
    office.campaigns.approve(KEY, by="ola")
    bundle = office.room.bundle
    [campaign] = bundle.campaigns
    match edit:
        case "letter":
            office.edit(KEY, name="Another name")
        case "segment":
            wider = msgspec.structs.replace(segment, when="true")
            office.room.publish(msgspec.structs.replace(bundle, segments=(wider,)))
        case "template":
            changed = tuple(
                msgspec.structs.replace(t, text=f"{t.text} ") if t.name == "campaign" else t
                for t in bundle.templates
            )
            office.room.publish(msgspec.structs.replace(bundle, templates=changed))
        case "statement":
            changed_too = tuple(
                msgspec.structs.replace(s, hash="0" * 64) if s.topic == campaign.topic else s
                for s in bundle.statements
            )
            office.room.publish(msgspec.structs.replace(bundle, statements=changed_too))
    with pytest.raises(CampaignError, match="second person"):
        office.campaigns.launch(KEY, by="per")


def test_nobody_agrees_to_what_was_changed_after_they_looked_at_it() -> None:
    office = large()
    seen = office.campaigns.show(KEY).fingerprint
    office.edit(KEY, name="Another name")
    with pytest.raises(CampaignError, match="look at it again"):
        office.campaigns.approve(KEY, by="ola", seen=seen)
    assert office.room.launches.get(KEY).approvals == ()
    now = office.campaigns.show(KEY).fingerprint
    assert office.campaigns.approve(KEY, by="ola", seen=now[:12]).approved


def test_authors_are_no_part_of_what_is_approved() -> None:
    office = large()
    office.campaigns.approve(KEY, by="ola")
    office.edit(KEY, authors=("kari.holm", "somebody"))
    assert office.campaigns.show(KEY).approved


def test_of_two_approvals_at_once_one_wins_and_the_other_changes_nothing() -> None:
    office = large()
    told, _ = print_of(office.room.bundle, office.room.bundle.campaigns[0])
    now, before = office.room.clock(), office.room.launches.get(KEY)
    first = approve(before, told, "ola", authors=(), now=now)
    second = approve(before, told, "liv", authors=(), now=now)
    assert office.room.launches.save(first)
    assert not office.room.launches.save(second)
    office.campaigns.approve(KEY, by="liv")
    assert [a.by for a in office.room.launches.get(KEY).approvals] == ["ola"]


def test_a_segment_of_everybody_wants_a_second_person_however_few_they_are() -> None:
    office = Agency()
    office.crowd(1)
    segment = Segment(key="all", name="All", when="true", brand="halden")
    office.room.publish(msgspec.structs.replace(office.room.bundle, segments=(segment,)))
    office.edit(KEY, list="", segment="all")
    with pytest.raises(CampaignError, match="second person"):
        office.campaigns.launch(KEY, by="per")


def test_an_empty_audience_and_a_second_launch_are_refused() -> None:
    office = Agency()
    with pytest.raises(CampaignError, match="Nobody is in the audience"):
        office.campaigns.launch(KEY, by="per")
    office.crowd(1)
    office.campaigns.launch(KEY, by="per")
    with pytest.raises(CampaignError, match="launched already"):
        office.campaigns.launch(KEY, by="per")
    with pytest.raises(CampaignError, match="No campaign"):
        office.campaigns.show("other")


def test_a_rehearsal_judges_everybody_and_mails_nobody() -> None:
    office = Agency()
    office.audiences.size_of_page = 4
    people = office.crowd(9)
    office.room.person("new@inbox.halden.example")
    office.room.state("p0@inbox.halden.example", lambda state: replace(state, consents={}))
    office.campaigns.rehearse(KEY, by="kari")
    while office.step():
        pass
    outlook = office.campaigns.outlook(KEY)
    assert outlook is not None
    told = outlook.to_json()
    assert (told["people"], told["now"], told["never"], told["complete"]) == (
        len(people),
        8,
        {"no_consent": 1},
        True,
    )
    assert office.room.mails == []
    assert office.room.decisions == []
    examples = office.campaigns.examples(KEY, most=3)
    assert {e.mail.subject[:10] for e in examples} == {"An evening"}


def test_seeds_get_a_test_that_counts_nowhere_and_ends_nobodys_consent() -> None:
    office = Agency()
    office.crowd(2)
    with pytest.raises(CampaignError, match="names no seeds"):
        office.campaigns.seed(KEY)
    office.edit(KEY, seeds=("tester@inbox.halden.example",))
    assert list(office.campaigns.seed(KEY)) == ["tester@inbox.halden.example"]
    [mail] = office.room.mails
    assert mail.subject.startswith("[test] ")
    own = "https://hello.halden.example/u/test-27"
    assert own in mail.text
    assert own in mail.html
    assert "/u/" not in mail.text.replace(own, "")
    assert office.room.book.sends == {}


@pytest.mark.parametrize(
    ("zone", "begins", "hour", "due"),
    [
        # Clocks go forward at 02:00 on 29 March 2026 in Oslo, and back at 03:00 on 25 October.
        ("Europe/Oslo", "2026-03-28T23:30+00:00", 2, "2026-03-29T01:00+00:00"),
        ("Europe/Oslo", "2026-10-24T23:30+00:00", 2, "2026-10-25T00:00+00:00"),
        ("Europe/Oslo", "2026-03-02T08:00+00:00", 9, "2026-03-02T08:00+00:00"),
        ("Europe/Oslo", "2026-03-02T08:00:01+00:00", 9, "2026-03-03T08:00+00:00"),
        ("Pacific/Kiritimati", "2026-03-02T23:59+00:00", 0, "2026-03-03T10:00+00:00"),
    ],
)
def test_the_hour_of_the_day_is_found_across_midnight_and_changes_of_clocks(
    zone: str, begins: str, hour: int, due: str
) -> None:
    where = Zone(names=(zone,), source=ZoneSource.STATED, sure=True)
    start = datetime.fromisoformat(begins).astimezone(UTC)
    assert turn(start, hour, where) == datetime.fromisoformat(due)


def test_of_several_zones_the_westernmost_counts() -> None:
    names = ("America/New_York", "America/Los_Angeles")
    where = Zone(names=names, source=ZoneSource.COUNTRY, sure=False)
    begins = datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert turn(begins, 9, where) == datetime(2026, 3, 2, 17, tzinfo=UTC)


def test_a_draft_that_nobody_touched_is_a_draft() -> None:
    assert Launch(campaign="x").state is State.DRAFT
