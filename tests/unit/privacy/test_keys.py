"""A key that was destroyed opens nothing, whoever used it a moment before."""

from collections.abc import Iterator

import pytest

from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.vault import SEALER_SECONDS, DynamoVault, Pseudonymiser
from rapport.domain.identifiers import Namespace
from rapport.errors import ErasedError
from rapport.extraction import owner_of
from tests.contract.examples import event
from tests.support import on_moto


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def tables() -> Iterator[dict[str, str]]:
    with on_moto.tables():
        yield on_moto.TABLES


def test_what_a_door_seals_with_a_key_it_remembers_opens_for_nobody(
    tables: dict[str, str],
) -> None:
    watch = Watch()
    at_the_door = DynamoVault(tables["vault"], sealer_seconds=SEALER_SECONDS, clock=watch)
    elsewhere = DynamoVault(tables["vault"], clock=watch)
    refs = Pseudonymiser(elsewhere)
    door = DynamoLog(tables["log"], at_the_door, owner_of=owner_of(refs))
    reader = DynamoLog(tables["log"], elsewhere, owner_of=owner_of(refs))
    ana = refs.ref(Namespace.EMAIL, "ana@inbox.halden.example")
    before, meanwhile, later = (event(ana, home=ana, message_id=f"m-{n}") for n in range(3))
    door.append([before])
    assert reader.get(before.key) == before
    assert door.get(before.key) == before
    elsewhere.destroy(ana)
    for log in (reader, door):
        with pytest.raises(ErasedError):
            log.get(before.key)
    # Within its minute the door seals with the key that it remembers ...
    watch.seconds = SEALER_SECONDS - 1
    door.append([meanwhile])
    for log in (reader, door):
        with pytest.raises(ErasedError):
            log.get(meanwhile.key)
    # ... and then makes a new one, which opens nothing of before.
    watch.seconds = 2 * SEALER_SECONDS
    door.append([later])
    assert reader.get(later.key) == later
    for each in (before, meanwhile):
        with pytest.raises(ErasedError):
            reader.get(each.key)
