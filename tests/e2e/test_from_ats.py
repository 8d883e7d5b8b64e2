"""What an ATS tells, from a signed delivery to the profile and the mail, on the deployed whole."""

import csv
import io
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from local import ats
from local.ats import Applicant
from local.feed import jobs
from rapport.adapters.ats.connections import SecretConnections
from rapport.ats import Connection
from rapport.domain.address import SCOPE_ATS
from rapport.domain.candidacy import Candidacy
from rapport.domain.decision import Decision, MailClass, from_body
from rapport.domain.names import CANDIDATE_MERGED, DECISION
from rapport.domain.reasons import Reason
from rapport.errors import BehindError
from rapport.identity import groups_of
from rapport.settings import DROP_PREFIX, secrets_prefix
from rapport.viewing.finding import NobodyError, find
from tests.e2e.conftest import Live
from tests.e2e.visits import member, ref_of, stopped, until

ARRIVED, INTERVIEW = "application-arrived", "before-interview"
OPEN = [job for job in jobs() if job.open]


@pytest.fixture(scope="module")
def connected(live: Live) -> Connection:
    """The connection that the stack has had since it started."""
    found = ats.connection(live.described)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def vera(live: Live) -> str:
    """Somebody whose address is confirmed, and who applies for two jobs."""
    return member(live, "vera")


def applicant(email: str, *, same: Applicant | None = None, **more: Any) -> Applicant:
    """An applicant, or another application of the `same` one."""
    return Applicant(
        first="Vera",
        last="Vik",
        email=email,
        job=OPEN[0] if same is None else OPEN[1],
        candidate=uuid4().int % 10**9 if same is None else same.candidate,
        application=uuid4().int % 10**9,
        applied_at=datetime.now(UTC),
        **more,
    )


def told(live: Live, connected: Connection, action: str, payload: Mapping[str, Any]) -> int:
    return ats.post(live.place, ats.delivery(connected, action, payload))


def candidacies(live: Live, address: str) -> list[Candidacy]:
    """The applications that the stored profile shows."""
    try:
        view = live.stores.people.view(find(live.stores, address).person)
    except BehindError:
        return []
    return [] if view is None else [*view.profile.recruiting.candidacies.values()]


def one_person(live: Live, *addresses: str) -> bool:
    """Whether all of them are somebody's by now, and the same person's."""
    try:
        return len({find(live.stores, address).root for address in addresses}) == 1
    except NobodyError:
        return False


def in_stage(live: Live, address: str, stage: str) -> bool:
    known = candidacies(live, address)
    return any(each.stage is not None and each.stage.stage == stage for each in known)


def of_program(live: Live, address: str, program: str) -> list[Decision]:
    """What was decided about mails of a program, under whichever identifier it stands."""
    found = [
        from_body(event.body["properties"])  # type: ignore[arg-type]
        for ref in find(live.stores, address).members
        for event in live.stores.log.partition(ref)
        if event.type == DECISION
    ]
    return [each for each in found if each.intent.program == program]


def about_applying(live: Live, address: str) -> list[Mapping[str, Any]]:
    """The mails about what somebody set going themselves."""
    mails = live.inbox.mails(address)
    return [mail for mail in mails if mail["tags"]["class"] == MailClass.TRANSACTIONAL]


def test_a_signed_delivery_ends_in_the_profile_and_in_one_mail(
    live: Live, connected: Connection, vera: str
) -> None:
    who = applicant(vera)
    assert told(live, connected, "new_candidate_application", who.told(ats.REVIEW)) == 200
    invited = ats.delivery(connected, "candidate_stage_change", who.told(ats.INTERVIEW))
    began = time.monotonic()
    assert ats.post(live.place, invited) == 200
    [mail] = until(lambda: about_applying(live, vera), what="the mail about the interview")
    print(f"\nfrom the delivery to the mail: {time.monotonic() - began:.1f} s")
    for part in ("text", "html"):
        assert "Half a day with us" in mail[part]
    until(lambda: in_stage(live, vera, "interview"), what="the stage on the profile")
    # Greenhouse says itself that the application arrived.
    held = until(lambda: of_program(live, vera, ARRIVED), what="why nothing else was sent")
    assert [each.reason for each in held] == [Reason.ATS_SPEAKS]
    # Told again, and told by somebody who has no secret: nothing comes of either.
    assert ats.post(live.place, invited) == 200
    forger = replace(connected, secrets=("of somebody else",))
    assert told(live, forger, "candidate_stage_change", who.told(ats.OFFER)) == 401
    altered = replace(invited, body=invited.body.replace(b"Interview", b"interview"))
    assert ats.post(live.place, altered) == 401
    assert told(live, connected, "candidate_stage_change", who.told(ats.REVIEW)) == 200
    until(lambda: in_stage(live, vera, "review"), what="the step back")
    assert len(about_applying(live, vera)) == 1
    assert not in_stage(live, vera, "offer")


def test_whoever_has_moved_on_before_the_mail_is_not_mailed(
    live: Live, connected: Connection
) -> None:
    address = member(live, "viggo")
    who = applicant(address)
    assert told(live, connected, "new_candidate_application", who.told(ats.REVIEW)) == 200
    with stopped(live, "send"):
        assert told(live, connected, "candidate_stage_change", who.told(ats.INTERVIEW)) == 200
        until(lambda: in_stage(live, address, "interview"), what="the interview on the profile")
        assert told(live, connected, "candidate_stage_change", who.told(ats.OFFER)) == 200
        until(lambda: in_stage(live, address, "offer"), what="the offer on the profile")
    made = until(lambda: of_program(live, address, INTERVIEW), what="the decision")
    assert [each.reason for each in made] == [Reason.STAGE_MOVED_ON]
    assert about_applying(live, address) == []


def test_a_no_to_mail_closes_the_address_before_the_delivery_is_answered(
    live: Live, connected: Connection
) -> None:
    address = f"ingrid-{uuid4().hex[:8]}@inbox.halden.example"
    who = applicant(address)
    assert told(live, connected, "new_candidate_application", who.told(ats.REVIEW)) == 200
    assert closed(live, address) == []
    no = replace(who, can_email=False).told(ats.REVIEW)
    assert told(live, connected, "application_updated", no) == 200
    assert len(closed(live, address)) == 1


def test_on_a_merge_two_candidates_are_one_person_and_the_no_wins(
    live: Live, connected: Connection
) -> None:
    stays, goes = (f"{name}-{uuid4().hex[:8]}@inbox.halden.example" for name in ("ole", "ola"))
    winner, loser = applicant(stays), applicant(goes, can_email=False)
    for who in (winner, loser):
        assert told(live, connected, "new_candidate_application", who.told(ats.REVIEW)) == 200
    assert (len(closed(live, stays)), len(closed(live, goes))) == (0, 1)
    merged = {"id": loser.candidate, "can_email": False, "new_candidate_id": winner.candidate}
    assert told(live, connected, "merge_candidate", {"person": merged}) == 200
    assert len(closed(live, stays)) >= 1
    until(lambda: one_person(live, stays, goes), what="one person for both candidates")
    events = [
        event
        for ref in find(live.stores, stays).members
        for event in live.stores.log.partition(ref)
        if event.type == CANDIDATE_MERGED
    ]
    assert len(events) == 1


def test_the_jobs_of_the_board_are_served_to_the_career_site(live: Live) -> None:
    status, mark, body = asked(live, "/jobs/v1?limit=100")
    assert status == 200
    assert {job["id"] for job in body["jobs"]} == {job.id for job in OPEN}
    assert {job["source"] for job in body["jobs"]} == {"careers"}
    status, _, _ = asked(live, "/jobs/v1?limit=100", mark)
    assert status == 304
    nursing = asked(live, "/jobs/v1?category=nursing&limit=100")[2]["jobs"]
    assert {job["id"] for job in nursing} == {job.id for job in OPEN if job.category == "nursing"}


@pytest.fixture
def works(live: Live) -> Iterator[Connection]:
    """An ATS that exports files and has no webhooks."""
    columns = {"Name": "candidate.full", "E-mail": "candidate.emails"}
    files = {
        "name": "candidates_*.csv",
        "kind": "candidates",
        "format": "csv",
        "full": True,
        "id": "Candidate ID",
        "columns": columns,
    }
    made = Connection(name="works", vendor="workday", mapping={"files": [files]})
    prefix = secrets_prefix(live.described["stage"])
    kept = SecretConnections(prefix, lambda: live.client("secretsmanager"))
    kept.put(made)
    yield made
    kept.delete(made.name)


def test_a_file_that_is_dropped_becomes_candidates(live: Live, works: Connection) -> None:
    addresses = [f"{name}-{uuid4().hex[:8]}@mail.example" for name in ("siri", "sverre")]
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(("Candidate ID", "Name", "E-mail"))
    rows.writerows((f"W-{number}", "Siri Sand", each) for number, each in enumerate(addresses))
    bucket, key = live.described["buckets"]["drop"], f"{DROP_PREFIX}{works.name}/candidates_1.csv"
    s3 = live.client("s3")
    s3.put_object(Bucket=bucket, Key=key, Body=out.getvalue().encode())
    until(
        lambda: all(is_candidate(live, address) for address in addresses),
        what="the candidates of the file",
    )
    until(lambda: "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix=key), what="its end")


def is_candidate(live: Live, address: str) -> bool:
    """Whether an ATS's id and the address are one person's."""
    ref = ref_of(live, address)
    return len(groups_of(live.stores.clusters, [ref])[ref].members) > 1


def closed(live: Live, address: str) -> list[str]:
    """By which candidates of an ATS an address is closed."""
    state = live.stores.book.address(ref_of(live, address))
    return [scope for scope in state.suppressions if scope.startswith(SCOPE_ATS)]


def asked(live: Live, path: str, mark: str = "") -> tuple[int, str, Any]:
    """GET at the public door; status, ETag, and JSON if there is any."""
    where = urlsplit(live.described["api_url"])
    connection = HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        connection.request("GET", path, headers={"If-None-Match": mark} if mark else {})
        answer = connection.getresponse()
        raw = answer.read()
        return answer.status, answer.headers.get("ETag", ""), json.loads(raw) if raw else None
    finally:
        connection.close()
