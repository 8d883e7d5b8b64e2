"""docs/ats-unproven.md and the pages of other vendors say what the adapters do, one by one."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rapport.adapters.ats import VENDORS, adapter_for
from rapport.ats import READABLE
from rapport.domain.ats import Kind
from rapport.domain.event import Json
from tests.support.ats.huntflow import VACANCY, second
from tests.support.ats.signing import connection

DOCS = Path(__file__).resolve().parents[3] / "docs"
UNPROVEN = (DOCS / "ats-unproven.md").read_text("utf-8")
OTHERS = (DOCS / "ats-others.md").read_text("utf-8")
SECTIONS = {
    part.partition("\n")[0].lower(): part
    for part in re.split(r"^## ", OTHERS.partition("## Sources")[0], flags=re.MULTILINE)[1:]
} | {"lever": (DOCS / "ats-lever.md").read_text("utf-8")}
LISTED = [
    (vendor, event)
    for vendor, section in SECTIONS.items()
    for event in re.findall(r"^\| `([\w.-]+)` \|", section, re.MULTILINE)
]


def _lever(event: str) -> dict[str, Json]:
    return {"event": event, "data": {"opportunityId": "op-1", "contactId": "co-1"}}


def _smartrecruiters(event: str) -> dict[str, Json]:
    both: dict[str, Json] = {"candidate_id": "ca-1", "job_id": "jo-1"}
    return {"id": "id-1"} if event.startswith(("candidate", "job")) else both


def _teamtailor(event: str) -> dict[str, Json]:
    return {"event_name": event, "data": {"id": "17"}}


def _kombo(event: str) -> dict[str, Json]:
    models: Json = [{"name": "ats_candidates"}]
    return {"type": event, "data": {"integration_id": "in-1", "changed_models": models}}


def _merge(event: str) -> dict[str, Json]:
    return {"hook": {"event": event}, "linked_account": {"id": "ac-1"}, "data": {"id": "me-1"}}


def _huntflow(action: str) -> dict[str, Json]:
    return second(action, vacancy=VACANCY, source=40)


BODIES: Mapping[str, Callable[[str], dict[str, Json]]] = {
    "lever": _lever,
    "smartrecruiters": _smartrecruiters,
    "teamtailor": _teamtailor,
    "kombo": _kombo,
    "merge": _merge,
    "huntflow": _huntflow,
}


@pytest.mark.parametrize(("vendor", "event"), LISTED)
def test_every_event_that_is_to_be_ticked_is_understood(vendor: str, event: str) -> None:
    body = BODIES[vendor](event)

    events = adapter_for(vendor).normalise(body, {"event-name": event}, connection(vendor))

    assert events
    assert all(told.kind not in {Kind.UNKNOWN, Kind.PING} for told in events)
    is_hint = all(told.needs_refetch and not told.present for told in events)
    says_so = re.search(rf"^\| `{re.escape(event)}` \| (.*) \|", SECTIONS[vendor], re.MULTILINE)
    assert says_so is not None
    if "hint" in says_so[1]:
        assert is_hint


def test_all_these_vendors_have_a_section_and_an_event() -> None:
    assert {vendor for vendor, _ in LISTED} == {*BODIES} == {*SECTIONS}
    assert {*BODIES} == {*VENDORS} - {"greenhouse", "ashby", "standard"}


def test_the_page_of_what_is_proven_lists_every_adapter_and_which_api_is_read() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", UNPROVEN, re.MULTILINE))

    assert sorted(rows) == sorted(VENDORS)
    assert {vendor for vendor, api in rows.items() if api not in {"not read", "none"}} == {
        *READABLE
    }


def test_no_system_that_is_said_to_have_no_adapter_has_one() -> None:
    without = UNPROVEN.partition("## The systems without an adapter")[2]
    named = re.findall(r"^\| (\w+)", without, re.MULTILINE)

    assert len(named) > 5
    assert not {name.lower() for name in named if name != "Teamtailor"} & {*VENDORS}
