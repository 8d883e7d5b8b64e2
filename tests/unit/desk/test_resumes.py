"""Résumés: who gets a link to one, for how long, and what is told of those not found harmless."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from rapport.adapters.uploads import S3HandedIn, S3Shelf
from rapport.domain.identifiers import Ref
from rapport.domain.operators import ANY, Grant, Role
from rapport.uploads import CLEAN, MEDIA_TYPES, NEW, Resume
from tests.support.fakes import START
from tests.support.operating import Office, document, status

LOOK = "GET /desk/v1/people/{person}/resumes"
ADDRESS = Ref("email#" + "a" * 22)
OTHER = Ref("email#" + "b" * 22)
BUCKET = "drop"
PDF = b"%PDF-1.7 a life"


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Shelf]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3", "us-east-1").create_bucket(Bucket=BUCKET)
        yield S3Shelf(BUCKET)


def test_only_of_one_that_was_found_harmless_there_is_a_link_and_the_look_is_written_down() -> None:
    office = Office()
    kari = office.add("kari")
    form = office.desk.whole.forms[0].key
    ref = office.desk.person(kari.id).root
    office.rooms.resumes.held[ref] = [
        Resume(
            key=f"{place}{form}/x/{number:032x}",
            form=form,
            clean=place == CLEAN,
            size=1000,
            at=START + timedelta(hours=number),
            media_type=MEDIA_TYPES["pdf"] if place == CLEAN else "",
        )
        for number, place in enumerate((CLEAN, NEW))
    ]
    rita = office.hire("rita", Grant(role=Role.RECRUITER, brand=ANY))
    answer = office.ask(rita, LOOK, path={"person": kari.id})
    assert status(answer) == 200
    told: Any = document(answer)
    assert [(each["verdict"], bool(each["url"])) for each in told["items"]] == [
        ("none", False),
        ("harmless", True),
    ]
    assert told["items"][1]["name"] == "resume-00000000.pdf"
    assert told["items"][0]["name"] == "resume-00000000"
    [entry] = office.audits.of(kari.id).entries
    assert (entry.action, entry.fields) == ("resumes:GET", ("resumes",))


def test_files_are_listed_by_form_and_address_and_no_other_form_or_person_is_seen(
    shelf: S3Shelf,
) -> None:
    own, more = ADDRESS.partition("#")[2], OTHER.partition("#")[2]
    shelf.keep(f"{CLEAN}join/{own}/{1:032x}", PDF, "pdf")
    shelf.keep(f"{NEW}join/{own}/{2:032x}", PDF, "txt")
    shelf.keep(f"{CLEAN}join/{more}/{3:032x}", PDF, "pdf")
    shelf.keep(f"{CLEAN}joiner/{own}/{4:032x}", PDF, "pdf")
    held = S3HandedIn(BUCKET, seconds=300).of([ADDRESS, Ref("phone#x")], ["join", "gone"])
    assert sorted((each.clean, each.media_type, each.size) for each in held) == [
        (False, "", len(PDF)),
        (True, "application/pdf", len(PDF)),
    ]
    assert S3HandedIn(BUCKET, seconds=300).of([Ref("phone#x")], ["join"]) == []


def test_a_link_saves_the_file_as_what_it_is_for_five_minutes_and_opens_nothing_else(
    shelf: S3Shelf,
) -> None:
    own = ADDRESS.partition("#")[2]
    shelf.keep(f"{CLEAN}join/{own}/{1:032x}", PDF, "pdf")
    shelf.keep(f"{NEW}join/{own}/{2:032x}", PDF, "pdf")
    # Whoever wrote this one said that a browser may show it.
    boto3.client("s3", "us-east-1").put_object(
        Bucket=BUCKET, Key=f"{CLEAN}join/{own}/{3:032x}", Body=b"<b>", ContentType="text/html"
    )
    store = S3HandedIn(BUCKET, seconds=300)
    links = {each.media_type: store.link(each) for each in store.of([ADDRESS], ["join"])}
    assert links[""] is None
    for media_type, shown in (
        ("application/pdf", "application/pdf"),
        ("text/html", "application/octet-stream"),
    ):
        asked = parse_qs(urlsplit(str(links[media_type])).query)
        assert asked["X-Amz-Expires"] == ["300"]
        assert asked["response-content-type"] == [shown]
        assert asked["response-content-disposition"][0].startswith('attachment; filename="resume-')
