"""Nobody approves through the API what they changed, nor what they did not look at."""

from typing import Any

import msgspec
import pytest

from rapport.domain.event import Json
from rapport.domain.operators import Grant, Role
from rapport.errors import ConflictError
from tests.support.agency import KEY
from tests.support.desk_calls import CAMPAIGN, D, body_of, seen_of
from tests.support.operating import BRAND, Office, document, status

APPROVE = f"POST {CAMPAIGN}/approve"
NURSES: dict[str, Json] = {"name": "Nurses", "when": "person.known_days > 1"}


@pytest.fixture
def office() -> Office:
    made = Office()
    both = [Grant(role=role, brand=BRAND) for role in (Role.MARKETER, Role.APPROVER)]
    for subject in ("kari", "ola", "liv"):
        made.hire(subject, *both)
    asked(made, "kari", f"PUT {D}/segments/{{segment}}", NURSES, segment="spring-nurses")
    campaign = body_of(f"PUT {CAMPAIGN}", "", live(made))
    assert isinstance(campaign, dict)
    asked(made, "kari", f"PUT {CAMPAIGN}", {**campaign, "list": "", "segment": "spring-nurses"})
    return made


def live(office: Office) -> Any:
    return office.rooms.saving.live()[0]


def asked(
    office: Office,
    who: str,
    key: str,
    body: Json,
    *,
    code: int = 200,
    segment: str = "",
    form: str = "",
) -> Any:
    found = office.ask(
        who, key, body=body, path={"campaign": KEY, "segment": segment, "form": form}
    )
    assert status(found) == code, document(found)
    return document(found)


def approve(office: Office, who: str, *, code: int = 200) -> Any:
    return asked(office, who, APPROVE, {"seen": seen_of(live(office))}, code=code)


def to_approve(office: Office) -> dict[str, list[str]]:
    """By operator the campaigns that wait for their word."""
    return {
        who: [
            each["campaign"]
            for each in asked(office, who, f"GET {D}/campaigns", None)["items"]
            if each["yours_to_approve"]
        ]
        for who in ("kari", "ola", "liv", "look")
    }


def test_whoever_may_approve_is_told_until_somebody_did_or_it_is_another(office: Office) -> None:
    office.hire("look", Grant(role=Role.VIEWER, brand=BRAND))
    nobody: dict[str, list[str]] = {"kari": [], "ola": [], "liv": [], "look": []}
    assert to_approve(office) == nobody
    ask = f"POST {CAMPAIGN}/ask"
    told = asked(office, "kari", ask, None)["asked"]
    assert (told["by"], told["by_name"]) == ("kari", "name of kari")
    assert asked(office, "ola", ask, None)["asked"] == told, "it was asked for already"
    assert to_approve(office) == {**nobody, "ola": [KEY], "liv": [KEY]}
    approve(office, "liv")
    assert to_approve(office) == nobody
    wider: Json = {**NURSES, "when": "true"}
    asked(office, "ola", f"PUT {D}/segments/{{segment}}", wider, segment="spring-nurses")
    assert to_approve(office) == nobody, "nobody asked for a word to what it is now"
    asked(office, "ola", ask, None)
    assert to_approve(office) == {**nobody, "liv": [KEY]}


def test_who_edits_only_the_segment_cannot_approve_the_campaign_to_it(office: Office) -> None:
    wider: Json = {**NURSES, "when": "true"}
    asked(office, "ola", f"PUT {D}/segments/{{segment}}", wider, segment="spring-nurses")
    refused = approve(office, "ola", code=409)
    assert "somebody else" in refused["detail"]
    assert approve(office, "liv")["approved"]


def test_who_edits_the_campaign_cannot_approve_it_even_if_it_is_as_it_was(office: Office) -> None:
    before = body_of(f"PUT {CAMPAIGN}", "", live(office))
    assert isinstance(before, dict)
    for body in ({**before, "name": "Another name"}, before):
        saved = asked(office, "ola", f"PUT {CAMPAIGN}", body)
        assert saved["content"]["authors"][-1] == "ola"
    assert "somebody else" in approve(office, "ola", code=409)["detail"]
    assert approve(office, "liv")["approvals"][0]["by_name"] == "name of liv"


def test_what_changes_no_campaign_keeps_nobody_from_approving(office: Office) -> None:
    other: Json = {**NURSES, "when": "person.known_days > 9"}
    asked(office, "ola", f"PUT {D}/segments/{{segment}}", NURSES, segment="spring-nurses")
    asked(office, "ola", f"PUT {D}/segments/{{segment}}", other, segment="others")
    form = body_of(f"PUT {D}/forms/{{form}}", "", live(office))
    asked(office, "ola", f"PUT {D}/forms/{{form}}", form, form=live(office).forms[0].key)
    assert approve(office, "ola")["approved"]


def test_nobody_agrees_to_what_was_changed_since_they_looked(office: Office) -> None:
    seen: Json = {"seen": seen_of(live(office))}
    wider: Json = {**NURSES, "when": "true"}
    asked(office, "liv", f"PUT {D}/segments/{{segment}}", wider, segment="spring-nurses")
    assert "look at it again" in asked(office, "ola", APPROVE, seen, code=409)["detail"]
    unfit: tuple[Json, ...] = ({}, {"seen": ""}, {"seen": "0" * 12})
    for body in unfit:
        asked(office, "ola", APPROVE, body, code=400)
    assert approve(office, "ola")["approved"]


def test_the_mark_is_there_before_the_change_is_live(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[bool] = []

    def follow(*_: object, **__: object) -> None:
        row = office.rooms.agency.room.launches.get(KEY)
        marked.append("ola" in row.changers)
        raise ConflictError

    monkeypatch.setattr(office.rooms.bundles, "follow_live_bundle", follow)
    wider = msgspec.json.encode({**NURSES, "when": "true"})
    found = office.ask("ola", f"PUT {D}/segments/{{segment}}", raw=wider, segment="spring-nurses")
    assert status(found) in {409, 503}
    assert marked
    assert all(marked)
