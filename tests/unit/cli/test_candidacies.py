"""What the screens tell of somebody in an applicant tracking system."""

import json

from cli import output
from rapport.ats_rows import KnownApplication
from rapport.domain.event import Event, Json, Trust, millis
from rapport.domain.identifiers import Namespace, person_id
from rapport.domain.names import ERASURE_REQUESTED, PROSPECT_PUSHED
from rapport.records import engine_event
from tests.unit.cli.conftest import START, Desk

APPLICATION, CANDIDATE = "p" * 22, "c" * 22
ANA = "ana@inbox.halden.example"
IDS: list[Json] = [{"type": "ats:greenhouse:halden", "id": "4711"}]
PHONE: dict[str, Json] = {"stage": "phone", "stage_id": "2", "stage_name": "Phone screen"}
TALK: dict[str, Json] = {"stage": "interview", "stage_id": "3", "stage_name": "Interview"}


def tell(desk: Desk, kind: str, minute: int, *, traits: Json = None, **said: Json) -> Event:
    """Store an event of an ATS about its candidate 4711."""
    properties: dict[str, Json] = {
        "connection": "halden",
        "application": APPLICATION,
        "candidate": CANDIDATE,
        "title": "Ward Nurse",
        "job_id": "4105",
        "clock": millis(START) + minute * 60_000,
        **said,
    }
    body: dict[str, Json] = {"context": {"externalIds": IDS}, "properties": properties}
    if traits is not None:
        body["traits"] = traits
    home = desk.ref(Namespace.ATS, "greenhouse:halden:4711")
    return desk.tell(home, kind=kind, minute=minute, body=body, trust=Trust.VERIFIED)


def a_way(desk: Desk) -> None:
    """Ana applied, was screened and invited to an interview; the ATS says not to mail her."""
    traits: dict[str, Json] = {"emails": [ANA], "first_name": "Ana", "headline": "Nurse"}
    tell(desk, "Candidate Recorded", 0, traits=traits, can_email=False)
    tell(desk, "Application Received", 1, stage_id="1", stage_name="Applied", came_from="Indeed")
    tell(desk, "Application Stage Changed", 2, **PHONE)
    came: dict[str, Json] = {"from_id": "2", "from_name": "Phone screen", "from_source": "vendor"}
    tell(desk, "Application Stage Changed", 3, **TALK, **came)
    tell(desk, "Candidate Recorded", 4, traits={"headline": None})
    desk.enrich()


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_who_tells_where_an_application_stands_and_how_it_came_there(desk: Desk) -> None:
    a_way(desk)
    desk.clock.forward(minutes=3 * 24 * 60)
    said = lines(desk.run("who", ANA).out)
    assert "job from status stage since (UTC) days" in said
    assert "Ward Nurse Indeed active Interview 2026-11-23 09:03:00 3 pppppp" in said
    start = said.index("Stages of Ward Nurse (pppppp)")
    assert said[start + 1 : start + 5] == [
        "since (UTC) from to",
        "2026-11-23 09:01:00 – Applied unknown",
        "2026-11-23 09:02:00 Applied Phone screen derived",
        "2026-11-23 09:03:00 Phone screen Interview vendor",
    ]
    assert "halden cccccc must not be mailed" in said
    assert "first_name verified 2026-11-23 09:00:00 Ana" in said
    # The ATS has none any more.
    assert not any(line.startswith("headline") for line in said)


def test_who_as_json_tells_the_same(desk: Desk) -> None:
    a_way(desk)
    answer = json.loads(desk.run("who", "ats:greenhouse:halden:4711", "--json").out)
    found = answer["candidacies"][APPLICATION]
    assert (found["stage"], found["days"], found["source"]) == ("Interview", 0, "Indeed")
    assert [move["from_source"] for move in found["history"]] == ["unknown", "derived", "vendor"]
    assert answer["ats_records"][CANDIDATE]["can_email"] is False
    assert answer["applications"]["4105"]["submitted"] == "2026-11-23T09:01:00.000Z"
    assert "headline" not in answer["attributes"]


def test_whoever_was_never_in_an_ats_is_told_nothing_of_it(desk: Desk) -> None:
    desk.say(email=ANA, first_name="Ana")
    desk.enrich()
    assert "applicant tracking" not in desk.run("who", ANA).out


def test_a_timeline_has_a_line_for_every_event_of_an_ats(desk: Desk) -> None:
    a_way(desk)
    last = {"reason": "Too few years", "stage_name": "Interview"}
    tell(desk, "Application Rejected", 10, **last)
    tell(desk, "Application Reopened", 11)
    tell(desk, "Recruiting Noted", 12, what="offer", status="sent")
    tell(desk, "Candidate Hired", 13)
    tell(desk, "Candidate Anonymized", 14)
    home = desk.ref(Namespace.ATS, "greenhouse:halden:4711")
    written: tuple[tuple[str, dict[str, Json]], ...] = (
        (
            ERASURE_REQUESTED,
            {"by": "ats-halden", "because": "deleted", "not_before": millis(START)},
        ),
        (PROSPECT_PUSHED, {"connection": "halden", "state": "done"}),
    )
    for kind, properties in written:
        event = engine_event(
            kind,
            subject=home,
            message_id=f"x_{kind}",
            cause_at=START,
            now=desk.clock(),
            properties=properties,
        )
        desk.stores.log.append([event])
    said = lines(desk.run("timeline", ANA).out)[2:]
    late = output.clock(START)
    told = [line.partition("verified ")[2] for line in said]
    assert told == [
        "stated: emails, first_name, headline, must not be mailed",
        "applied, Ward Nurse, Applied",
        "Ward Nurse, Phone screen",
        "Ward Nurse, Phone screen → Interview",
        "stated: headline",
        "rejected, Ward Nurse, Too few years",
        "goes on, Ward Nurse",
        "offer, sent, Ward Nurse",
        "hired, Ward Nurse",
        "anonymised in the ATS, Ward Nurse",
        f"ats-halden asks to forget them, deleted, not before {late}: it may have been a merge",
        "put into halden, done",
    ]


def test_two_records_that_an_ats_made_one_are_one_person(desk: Desk) -> None:
    a_way(desk)
    other = desk.ref(Namespace.ATS, "greenhouse:halden:99")
    ids: list[Json] = [*IDS, {"type": "ats:greenhouse:halden", "id": "99"}]
    body: dict[str, Json] = {
        "context": {"externalIds": ids},
        "properties": {"candidate": CANDIDATE, "into": "w" * 22},
    }
    home = desk.ref(Namespace.ATS, "greenhouse:halden:4711")
    desk.tell(home, kind="Candidate Merged", minute=20, body=body, trust=Trust.VERIFIED)
    desk.enrich()
    answer = json.loads(desk.run("who", "greenhouse:halden:99", "--json").out)
    assert {other, home} <= {each["ref"] for each in answer["identities"]}
    assert answer["person"] in {person_id(other), person_id(home)}
    # On a merge the no wins.
    assert answer["ats_records"][CANDIDATE]["can_email"] is False


def test_the_id_of_an_application_leads_to_whose_it_is(desk: Desk) -> None:
    a_way(desk)
    asked = "ats:greenhouse:halden:application/77"
    assert desk.run("who", asked).code == 1
    home = desk.ref(Namespace.ATS, "greenhouse:halden:4711")
    row = KnownApplication(
        ref=desk.ref(Namespace.ATS, "greenhouse:halden:application/77"), version=1, candidate=home
    )
    desk.stores.ats_rows.settle([row], [], [])
    assert json.loads(desk.run("who", asked, "--json").out)["person"] == person_id(home)


def test_whom_an_ats_anonymised_is_named_by_the_id_alone(desk: Desk) -> None:
    tell(desk, "Candidate Anonymized", 0, traits={"emails": [ANA]})
    desk.enrich()
    assert desk.run("who", ANA).code == 1
    assert desk.run("who", "greenhouse:halden:4711").code == 0
