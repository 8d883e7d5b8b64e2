"""Who is one person, from the door to the profile, on the deployed whole."""

import json
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from cli import rebuilding
from cli.main import commands
from rapport.domain.identifiers import Namespace
from rapport.identity import groups_of
from rapport.rebuild import Verdict
from tests.e2e.conftest import Live
from tests.e2e.visits import joined, mail, member, post, ref_of, until


@pytest.fixture(scope="module")
def mira(live: Live) -> tuple[str, str]:
    """A member of the talent network who logs in: her address and her user id."""
    address, user = member(live, "mira"), f"u-{uuid4().hex[:8]}"
    visit = joined(address) | {"userId": user, "type": "identify", "traits": {"email": address}}
    assert post(live, "/v1/identify", visit) == (200, {"success": True})
    until(lambda: people(live, address, user) == 1, what="one person for both identifiers")
    # The last mail that comes by itself during these tests.
    mail(live, address, 3)
    return address, user


def people(live: Live, address: str, user: str) -> int:
    refs = [ref_of(live, address), live.stores.pseudonyms.ref(Namespace.USER, user)]
    return len({group.root for group in groups_of(live.stores.clusters, refs).values()})


def told(live: Live, *args: str) -> Any:
    """What a command answers, as JSON."""
    where = {"RAPPORT_CONFIG": str(live.place.local_json)}
    answer = CliRunner().invoke(commands, [*args, "--json"], env=where)
    assert answer.exit_code == 0, "the command failed"
    return json.loads(answer.output)


def test_two_identifiers_are_parted_and_joined_again_and_nobody_is_mailed(
    live: Live, mira: tuple[str, str]
) -> None:
    address, user = mira
    before = len(live.inbox.mails(address))
    foreseen = told(live, "unmerge", address, user, "--dry-run")
    assert people(live, address, user) == 1
    assert foreseen
    told(live, "unmerge", address, user, "--reason", "a test")
    assert people(live, address, user) == 2
    told(live, "unmerge", address, user, "--undo")
    assert people(live, address, user) == 1
    receipts = told(live, "who", user, "--why")
    kinds = Counter(event["type"] for event in told(live, "timeline", user))
    assert kinds["Profile Merged"] == 2
    assert kinds["Profile Split"] == 1
    assert receipts["joins"]
    assert len(live.inbox.mails(address)) == before


def test_every_stored_profile_is_the_fold_of_the_log(live: Live, mira: tuple[str, str]) -> None:
    def compared() -> list[rebuilding.Compared] | None:
        found = list(rebuilding.everybody(live.stores, check=True))
        return found if all(each.verdict is Verdict.EQUAL for each in found) else None

    found = until(compared, what="profiles that the log folds to")
    assert len(found) > 1
    print(f"profiles folded from the log: {len(found)}, differing: 0")
