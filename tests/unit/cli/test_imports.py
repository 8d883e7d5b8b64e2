"""`rapport imports undo`: profiles are as they would be if the import had never been."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import boto3
import pytest

from cli.importing import Room
from functions.sync.importing import Importing
from rapport.adapters.importing import Composed, Tables
from rapport.domain.identifiers import Namespace, person_id
from rapport.domain.profile import to_json
from rapport.importing.overdue import Overdue
from rapport.importing.ports import Stage
from rapport.importing.unmaking import Unmaking
from rapport.imports import Imports
from rapport.pool_files import PoolFiles
from tests.support import on_moto
from tests.support.fakes import Calls, CrashError
from tests.support.importing import BUNDLE, Dying, FakeWork, row, table
from tests.unit.cli.conftest import Desk

DROP = "rapport-drop"
KNOWN = "p1@pool.example"


@pytest.fixture
def imports(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Imports:
    """The class on moto, with the bundle in hand; the commands find it too."""
    from cli import clock

    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=DROP)
    tables = Tables(**on_moto.TABLES, bundles="rapport-bundle", drop=DROP)
    made = Composed(tables, FakeWork(), FakeWork(), now=clock.now).imports
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
    told = desk.run("imports", "undo", by, "--yes", "--here")
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


def test_the_queue_takes_an_import_back_however_often_its_worker_dies(
    desk: Desk, imports: Imports, tmp_path: Path
) -> None:
    path = tmp_path / "pool.csv"
    path.write_bytes(table([row(1, Phone="+4722334455"), row(2)]))
    desk.say(email=KNOWN, first_name="Anna")
    desk.enriching.run()
    before = profiles(desk)
    by = bring_in(desk, path)
    desk.enriching.run()
    assert profiles(desk) != before
    queue = FakeWork()
    imports.work.put = queue.put  # type: ignore[method-assign]
    assert imports.undo(by, by="kari").stage is Stage.UNDOING
    kills = 0
    while (message := queue.queue.pop(0) if queue.queue else None) is not None:
        calls = Calls(fail_after=1 + 6 * kills)
        try:
            worker(imports, calls, queue, desk).do(message, desk.clock())
        except CrashError:
            kills += 1
            # The queue delivers it again.
            queue.put(message)
    desk.enriching.run()
    assert imports.get(by).stage is Stage.UNDONE
    assert profiles(desk) == before
    print(f"workers killed: {kills}, profiles that differ: 0")
    assert kills > 8


def worker(imports: Imports, calls: Calls, queue: FakeWork, desk: Desk) -> Importing:
    """What `sync` has for imports, on stores that die."""
    undoing = imports.undoing
    log, rows = Dying(undoing.log, calls), Dying(undoing.rows, calls)
    unmaking = cast("Unmaking", undoing.mend.__self__)  # type: ignore[attr-defined]
    mending = unmaking.mending
    dying = replace(
        mending,
        log=log,
        people=Dying(mending.people, calls),
        clusters=Dying(mending.clusters, calls),
    )
    eraser = Dying(unmaking.eraser, calls)
    undoing = replace(
        undoing,
        log=log,
        rows=rows,
        shelf=Dying(undoing.shelf, calls),
        words=Dying(undoing.words, calls),
        mend=Unmaking(mending=dying, eraser=eraser).mend,
    )
    mortal = replace(imports, undoing=undoing, work=queue)
    overdue, files = cast("Overdue", None), cast("PoolFiles", None)
    return Importing(imports=mortal, overdue=overdue, files=files, work=queue, now=desk.clock)
