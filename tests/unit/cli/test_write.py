"""A recruiter's own mail to one candidate: put into the log, told what else was sent lately."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from rapport.adapters.dynamo.book_rows import address_row
from rapport.domain.address import AddressState, LedgerEntry
from rapport.domain.identifiers import Namespace
from rapport.domain.names import MESSAGE_WRITTEN
from rapport.events import fact_of
from tests.support.mailroom import shipped
from tests.unit.cli.conftest import Desk

ANA = "ana@inbox.halden.example"
TEXT = "Dear Ana,\n\nwould you have coffee with us on Thursday?\n"
FROM = ("--subject", "Coffee?", "--from", "Kari Nordmann", "--owner", "Kari@Halden.example")


def _written(desk: Desk) -> list[dict[str, object]]:
    told = json.loads(desk.run("timeline", ANA, "--json").out)
    return [event for event in told if event["type"] == MESSAGE_WRITTEN]


@pytest.fixture
def ana(desk: Desk) -> Desk:
    desk.say(user="u-7", email=ANA, first_name="Ana")
    desk.enrich()
    return desk


def test_a_message_goes_into_the_log_of_the_person_and_becomes_a_fact(ana: Desk) -> None:
    said = ana.run("write", ANA, *FROM, "--text", TEXT, "--block", "how-we-hire", "--by", "kari")
    assert said.code == 0
    assert "was not mailed before" in said.out
    assert "Written as w_" in said.out
    [event] = [
        event
        for event in ana.stores.log.partition(ana.ref(Namespace.USER, "u-7"))
        if event.type == MESSAGE_WRITTEN
    ]
    assert event.body["properties"] == {
        "subject": "Coffee?",
        "text": TEXT.strip(),
        "block": "how-we-hire",
        "sender_name": "Kari Nordmann",
        "owner": "kari@halden.example",
        "by": "kari",
    }
    fact = fact_of(event.type)
    assert fact is not None
    assert fact.starts_playbooks


def test_the_same_message_twice_in_a_row_is_one(ana: Desk) -> None:
    ana.run("write", ANA, *FROM, "--text", TEXT)
    again = ana.run("write", ANA, *FROM, "--text", TEXT)
    assert "written a moment ago" in again.out
    ana.clock.forward(minutes=1)
    assert "Written as w_" in ana.run("write", ANA, *FROM, "--text", TEXT).out
    assert len(_written(ana)) == 2


def test_a_dry_run_tells_what_the_person_was_sent_and_writes_nothing(ana: Desk) -> None:
    entry = LedgerEntry(at=ana.clock() - timedelta(days=3), program="keep-in-touch", send_key="s")
    address = AddressState(ref=ana.ref(Namespace.EMAIL, ANA), version=1, ledger=(entry,))
    address_row(address).save()
    said = ana.run("write", ANA, *FROM, "--text", TEXT, "--dry-run")
    assert said.out.splitlines() == ["Mailed 3 days ago by keep-in-touch.", "Nothing was written."]
    assert not _written(ana)


def test_the_text_may_come_from_a_file(ana: Desk, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Hei Ana æøå", encoding="utf-8")
    assert ana.run("write", ANA, *FROM, "--file", str(letter)).code == 0
    assert len(_written(ana)) == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--subject", "Hi"], "--text, or in a file"),
        (["--subject", "Hi", "--text", "a", "--file", "b"], "--text, or in a file"),
        (["--subject", " ", "--text", "a"], "--subject has 0 characters"),
        (["--subject", "x" * 201, "--text", "a"], "--subject has 201 characters"),
        (["--subject", "Hi", "--text", "x" * 8_001], "The message has 8001 characters"),
        (["--subject", "Hi", "--text", "a", "--owner", "kari"], "is no e-mail address"),
        (["--subject", "Hi", "--file", "/nowhere/at.all"], "cannot be read as UTF-8 text"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_mend(
    ana: Desk, wrong: list[str], told: str
) -> None:
    said = ana.run("write", ANA, *wrong)
    assert said.code == 1
    assert told in said.err
    assert not _written(ana)


def test_a_block_that_is_not_live_is_told_before_anything_is_written(
    ana: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.consents.live", lambda *_: shipped())
    said = ana.run("write", ANA, *FROM, "--text", TEXT, "--block", "how-we-higher")
    assert said.code == 1
    assert "no block 'how-we-higher'" in said.err
    assert not _written(ana)
    assert ana.run("write", ANA, *FROM, "--text", TEXT, "--block", "how-we-hire").code == 0
