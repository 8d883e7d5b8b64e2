"""`rapport imports undo`: profiles are as they would be if the import had never been."""

from pathlib import Path

import boto3
import pytest

from cli.importing import Room
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.importing import Composed, Tables
from rapport.domain.identifiers import Namespace, person_id
from rapport.domain.profile import to_json
from rapport.imports import Imports
from tests.support import on_moto
from tests.support.importing import BUNDLE, FakeWork, row, table
from tests.unit.cli.conftest import Desk

DROP = "rapport-drop"
KNOWN = "p1@pool.example"


@pytest.fixture
def imports(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Imports:
    """The class on moto, with the bundle in hand; the commands find it too."""
    from cli import clock, import_undoing

    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=DROP)
    names = on_moto.TABLES
    people = DynamoPeople(names["people"])
    made = Composed(
        Tables(**names, bundles="rapport-bundle", drop=DROP),
        FakeWork(),
        now=clock.now,
        mend=lambda refs: import_undoing.mend(desk.stores, people, refs),
    ).imports
    object.__setattr__(made.applying.judge, "bundle", lambda: BUNDLE)
    monkeypatch.setattr(Room, "imports", made)
    return made


def profiles(desk: Desk) -> dict[str, str]:
    """Everybody's whole profile, byte for byte; browsers are nobody."""
    found: dict[str, str] = {}
    for first in desk.stores.finder.profiles():
        view = desk.stores.people.view(first.person)
        assert view is not None
        if view.profile.totals:
            found[first.person] = to_json(view.profile)
    return found


def bring_in(desk: Desk, path: Path) -> str:
    options = ["--source", "fair", "--basis", "consent", "--statement", "talent-network-1"]
    proof = ["--consent-source", "a stand", "--evidence", "box 7", "--list", "spring"]
    told = desk.run("import", str(path), *options, *proof, "--yes", "--here")
    assert told.code == 0, told.err
    assert "people who were not known" in told.out
    return told.out.split()[1]


def test_a_whole_import_taken_back_leaves_every_profile_as_if_it_had_never_been(
    desk: Desk, imports: Imports, tmp_path: Path
) -> None:
    path = tmp_path / "pool.csv"
    phone = "+4722334455"
    rows = [row(1, Phone=phone), row(2), row(3, Consent_date=""), row(4, Phone="+4722334466")]
    path.write_bytes(table(rows))
    desk.say(email=KNOWN, first_name="Anna")
    desk.say(minute=1, phone=phone, last_name="Nobody-Knows")
    desk.enriching.run()
    before = profiles(desk)
    by = bring_in(desk, path)
    desk.enriching.run()
    during = profiles(desk)
    assert len(during) == 4
    assert during.keys() != before.keys()
    # What they do meanwhile stays.
    desk.clock.forward(seconds=5)
    desk.say(minute=30, kind="Talent Network Joined", email="p2@pool.example")
    desk.enriching.run()
    told = desk.run("imports", "undo", by, "--yes")
    assert "undone" in told.out, told.err
    desk.enriching.run()
    after = profiles(desk)
    stayed = desk.stores.pseudonyms.ref(Namespace.EMAIL, "p2@pool.example")
    left = {person: each for person, each in after.items() if stayed not in each}
    assert left == before
    view = desk.stores.people.view(person_id(stayed))
    assert view is not None
    assert view.profile.totals == {"Talent Network Joined": 1}
    assert after.keys() - left.keys() == {view.profile.person}
    for number in range(1, 5):
        ref = desk.stores.pseudonyms.ref(Namespace.EMAIL, f"p{number}@pool.example")
        assert not desk.stores.book.address(ref).consents
        assert desk.stores.book.address(ref).confirmed_at is None
    print(f"profiles before {len(before)}, during {len(during)}, equal after: {len(left)}")


def test_a_dry_run_prints_what_would_come_of_a_file_and_how_its_columns_would_be_read(
    desk: Desk, imports: Imports, tmp_path: Path
) -> None:
    path = tmp_path / "pool.csv"
    path.write_bytes(table([row(1), row(2, Email="none")]))
    told = desk.run("import", str(path), "--source", "fair", "--dry-run")
    assert told.code == 0, told.err
    assert "without proof" in told.out
    assert "Consent date: consent_date" in told.out
    refused = desk.run("import", str(path), "--source", "fair")
    assert refused.code == 1
    assert "--mapping" in refused.err
