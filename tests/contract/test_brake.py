"""The brake's row in both stores, and a trial of the way out on a real engine."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import pytest

from functions.engage.flow import Engage, Scope
from rapport.adapters.checks.trial import TrialMail
from rapport.adapters.dynamo.brake import DynamoSendings
from rapport.adapters.dynamo.models import BookTable
from rapport.adapters.dynamo.vault import TOKEN_RING
from rapport.adapters.dynamo.wishes import DynamoPreferences
from rapport.brake import NOTHING_SWITCHED, Brake, Sending, Sendings
from rapport.doctor import doors
from rapport.doctor.facts import Answered
from rapport.doctor.findings import Level
from rapport.domain.gates import SendMode
from rapport.domain.stopping import Stop
from rapport.errors import ConflictError
from tests.contract.conftest import Stores, create_tables
from tests.contract.test_races import together
from tests.contract.test_runs import bound_book
from tests.contract.test_send_on_the_engine import LIVE
from tests.support.braking import FakeSendings
from tests.support.fakes import FakeBundles
from tests.support.mailroom import TOPIC, shipped

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HANDS = 6


@pytest.fixture(params=["fake", "dynamo"])
def sendings(request: pytest.FixtureRequest) -> Sendings:
    if request.param == "fake":
        return FakeSendings()
    url = request.getfixturevalue("engine")
    return DynamoSendings(create_tables(url, uuid4().hex[:8])["book"])


def test_the_row_comes_back_as_it_was_put_and_an_old_one_takes_no_place(
    sendings: Sendings,
) -> None:
    assert sendings.sending() == NOTHING_SWITCHED
    first = Sending(
        stop=Stop(at=NOON, by="cli:kari", why="en feil lenke, æøå"),
        modes={"halden": SendMode.LIVE},
        first_days={"halden.example": "2026-11-23"},
        version=1,
    )
    sendings.put_sending(first, after=NOTHING_SWITCHED)
    assert sendings.sending() == first
    for late in (NOTHING_SWITCHED, Sending(version=2)):
        with pytest.raises(ConflictError):
            sendings.put_sending(Sending(version=late.version + 1), after=late)
    assert sendings.sending() == first


def test_of_many_hands_at_once_none_is_lost(dynamo: Stores) -> None:
    brake = Brake(sendings=DynamoSendings(bound_book()), now=lambda: NOON)

    def set_one(number: int) -> bool:
        try:
            brake.mode(f"brand-{number}", SendMode.OFF, domain="halden.example")
        except ConflictError:
            return False
        return True

    done = together([partial(set_one, number) for number in range(HANDS)])
    kept = brake.state()
    print(f"\n{HANDS} hands at once: {done.count(True)} done, {len(kept.modes)} kept")
    assert kept.version == len(kept.modes) == done.count(True) >= 1
    assert brake.stop(by="cli:kari").stop is not None
    assert brake.go().modes == kept.modes


@dataclass
class Engaged:
    """The public page as a web, over the flow of `engage`."""

    engage: Engage

    def get(self, url: str) -> Answered:
        known = self.engage.centre(url.rpartition("/")[2])
        return Answered(status=404 if known is None else 200)

    def post(self, url: str, form: str) -> Answered:
        self.engage.unsubscribe(url.rpartition("/")[2], Scope.TOPIC, method="one-click")
        return Answered(status=200)


def test_a_trial_of_the_way_out_leaves_nothing_in_the_book(dynamo: Stores) -> None:
    vault, now = dynamo.vault, lambda: NOON
    assert vault is not None
    engage = Engage(
        book=dynamo.book,
        log=dynamo.log,
        bundles=FakeBundles(**{LIVE: shipped()}),
        preferences=DynamoPreferences(dynamo.book, dynamo.log),  # type: ignore[arg-type]
        fates=dynamo.fates,
        ring=lambda: vault.ring(TOKEN_RING),
        live=lambda: LIVE,
        now=now,
    )
    for number in range(2):
        trial = TrialMail(
            book=dynamo.book,
            table=bound_book(),
            pseudonyms=dynamo.pseudonyms,
            rings=vault,
            ring=TOKEN_RING,
            bundle=LIVE,
            topic=TOPIC,
            send_key=f"{number:064x}",
            now=now,
        )
        found = doors.unsubscribing(Engaged(engage), trial, public_url="https://x.example")
        assert found[0] is Level.OK, found
        assert not trial.bounced()
    assert [*BookTable.scan()] == []
