"""Rules are tried on the whole log, put in force, and taken back; profiles are made again."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from rapport.adapters.dynamo.models import ClusterRow, MonthRow, ViewRow
from rapport.adapters.dynamo.packing import packed, unpacked
from rapport.domain.event import Trust
from rapport.domain.identifiers import Namespace, Ref
from rapport.identity import Change, groups_of
from tests.unit.cli.conftest import Desk

ANA = "ana@inbox.halden.example"
BERG = "ana.berg@inbox.halden.example"
PHONE = "+46701234567"


@pytest.fixture
def without_phones(tmp_path: Path) -> str:
    rules = tmp_path / "rules.yaml"
    rules.write_text("link_on: [user, ats, linkedin, email]\n", encoding="utf-8")
    return str(rules)


@pytest.fixture
def as_shipped(tmp_path: Path) -> str:
    rules = tmp_path / "shipped.yaml"
    rules.write_text("names: {veto: true}\n", encoding="utf-8")
    return str(rules)


def two_addresses_and_a_phone(desk: Desk) -> None:
    desk.say(minute=1, email=ANA, phone=PHONE, firstName="Ana", lastName="Berg")
    desk.say(minute=2, email=BERG, phone=PHONE, firstName="Ana", lastName="Berg")
    desk.enrich()


def people(desk: Desk) -> int:
    refs = [desk.ref(Namespace.EMAIL, value) for value in (ANA, BERG)]
    return len({group.root for group in groups_of(desk.stores.clusters, refs).values()})


def told(desk: Desk, *args: str) -> dict[str, object]:
    answer = desk.run(*args, "--json")
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)
    assert isinstance(found, dict)
    return found


def test_rules_are_tried_put_in_force_and_taken_back(
    desk: Desk, without_phones: str, as_shipped: str
) -> None:
    two_addresses_and_a_phone(desk)
    assert people(desk) == 1
    tried = told(desk, "identity", "diff", "--rules", without_phones)
    assert tried["merges_lost"] == 2, "the phone stands alone, and each address for itself"
    assert tried["merges_gained"] == 0
    assert people(desk) == 1, "trying changes nothing"
    shown = desk.run("identity", "diff", "--rules", without_phones).out
    assert "+0 merges, -2 merges" in shown
    assert "Several then: 1" in shown

    done = told(desk, "identity", "apply", "--rules", without_phones)
    assert done["regrouped"] == 1
    assert people(desk) == 2
    assert told(desk, "identity", "apply", "--rules", without_phones)["profiles"] == 0
    assert told(desk, "identity", "diff", "--rules", as_shipped)["merges_gained"] == 2

    told(desk, "identity", "apply", "--rules", as_shipped)
    desk.enrich()
    assert people(desk) == 1
    found = told(desk, "who", BERG)
    assert isinstance(found["attributes"], dict)
    assert found["attributes"]["email"]["value"] == BERG


def test_what_rules_change_starts_nothing(desk: Desk, without_phones: str) -> None:
    two_addresses_and_a_phone(desk)
    before = len(desk.stores.log.partition(desk.ref(Namespace.EMAIL, ANA)))
    told(desk, "identity", "apply", "--rules", without_phones)
    desk.enrich()
    refs = [desk.ref(Namespace.EMAIL, value) for value in (ANA, BERG)]
    rows = [event for ref in refs for event in desk.stores.log.partition(ref)]
    receipts = [event for event in rows if event.source == "engine"]
    assert {event.origin.value for event in receipts} == {"rules"}
    assert len(rows) > before
    facts = [f for row in ViewRow.scan() for f in json.loads(row.facts or "[]")]
    regrouped = [fact for fact in facts if fact[0] in {"ProfileSplit", "ProfileMerged"}]
    assert regrouped
    assert {fact[2] for fact in regrouped} == {"rules"}


def test_a_file_that_is_no_rules_is_told_with_the_mend(desk: Desk, tmp_path: Path) -> None:
    absent = desk.run("identity", "diff", "--rules", str(tmp_path / "none.yaml"))
    assert (absent.code, absent.out) == (1, "")
    assert "give a file" in absent.err
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("max_identifiers: many\n", encoding="utf-8")
    refused = desk.run("identity", "apply", "--rules", str(wrong))
    assert refused.code == 1
    assert "max_identifiers" in refused.err


def later(desk: Desk) -> None:
    """When what came is old enough that whatever differs is a fault."""
    desk.enriching.publish()
    desk.clock.moment += timedelta(hours=2)


def test_a_profile_is_what_the_log_says_and_is_mended_where_it_is_not(desk: Desk) -> None:
    two_addresses_and_a_phone(desk)
    later(desk)
    assert "equal" in desk.run("rebuild", ANA, "--check").out
    everybody = desk.run("rebuild", "--all", "--check", "--json")
    assert everybody.code == 0, everybody.err
    assert {each["verdict"] for each in json.loads(everybody.out)} == {"equal"}

    _spoil_counts(desk.ref(Namespace.EMAIL, ANA))
    checked = desk.run("rebuild", ANA, "--check")
    assert checked.code == 1
    assert "1 differ from the log" in checked.err
    mended = desk.run("rebuild", ANA)
    assert mended.code == 0, mended.err
    assert ": mended" in mended.out
    desk.enriching.publish()
    assert "1 equal" in desk.run("rebuild", ANA, "--check").out


def test_an_invented_join_is_found_and_taken_out(desk: Desk) -> None:
    desk.say(minute=1, email=ANA, trust=Trust.VERIFIED)
    desk.say(minute=2, email=BERG, user="u-1")
    desk.enrich()
    later(desk)
    _invent_a_name(desk, desk.ref(Namespace.EMAIL, BERG))
    checked = desk.run("rebuild", BERG, "--check", "--json")
    assert checked.code == 1
    [compared] = json.loads(checked.out)
    assert any("identifier" in difference for difference in compared["differences"])
    assert desk.run("rebuild", BERG).code == 0
    desk.enriching.publish()
    assert desk.run("rebuild", "--all", "--check").code == 0


def test_somebody_must_be_named_or_everybody(desk: Desk) -> None:
    assert "Say whom" in desk.run("rebuild").err
    assert "Say whom" in desk.run("rebuild", ANA, "--all").err


def _spoil_counts(ref: Ref) -> None:
    [row] = MonthRow.query(f"H#{ref}", MonthRow.sk.startswith("M#"))
    counted = unpacked(row.tallies)
    spoiled = counted.replace('"first_name":"Ana"', '"first_name":"Eva"')
    assert spoiled != counted
    row.tallies = packed(spoiled)
    row.save()


def _invent_a_name(desk: Desk, ref: Ref) -> None:
    mark = groups_of(desk.stores.clusters, [ref])[ref].cluster
    [stored] = desk.stores.clusters.clusters([mark.id]).values()
    assert ClusterRow.count(f"C#{mark.id}") == 1
    node = replace(stored.state.nodes[ref], names=frozenset({"somebody else"}))
    state = replace(stored.state, nodes={**stored.state.nodes, ref: node})
    after = replace(stored, version=stored.version + 1, state=state)
    assert desk.stores.clusters.commit(Change(write=((after, stored.version),)))
