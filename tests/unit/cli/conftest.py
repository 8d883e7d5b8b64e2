"""A deployment on moto with a few people in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from cli import main
from cli.store import Stores, open_stores
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import Namespace, Ref, is_strong
from rapport.domain.profile import fold_profile
from rapport.domain.tally import fold_partition
from rapport.ports import View
from tests.support import on_moto
from tests.support.fakes import Clock

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a command line answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Somebody at a terminal, and the stores of the deployment that the terminal asks."""

    stores: Stores
    capsys: pytest.CaptureFixture[str]
    clock: Clock

    def run(self, *args: str) -> Told:
        with pytest.raises(SystemExit) as ended:
            main.app(list(args))
        said = self.capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Told(code=code, out=said.out, err=said.err)

    def ref(self, ns: Namespace, value: str) -> Ref:
        return self.stores.pseudonyms.ref(ns, value)

    def tell(
        self,
        home: Ref,
        *,
        kind: str = "page",
        partition: Ref | None = None,
        minute: int = 0,
        body: dict[str, Json] | None = None,
        received_minute: int | None = None,
        trust: Trust = Trust.ASSERTED,
    ) -> Event:
        """Store one event, as `track` would."""
        at = START + timedelta(minutes=minute)
        event = Event(
            partition=partition or home,
            home=home,
            type=kind,
            source="site",
            message_id=f"{kind}-{minute}-{home[-4:]}",
            trust=trust,
            origin=Origin.LIVE,
            original_at=at,
            sent_at=None,
            received_at=START
            + timedelta(minutes=minute if received_minute is None else received_minute),
            at=at,
            body=body or {},
        )
        self.stores.log.append([event])
        if is_strong(home):
            self.stores.people.add_strong(event.partition, home, event.at)
        return event

    def fold(self, root: Ref) -> None:
        """Store the profile of the person rooted there, as `enrich` would."""
        people, log = self.stores.people, self.stores.log
        folds = [fold_partition(ref, log.partition(ref)) for ref in people.partitions_of(root)]
        view = View(profile=fold_profile(root, folds), version=1)
        assert people.save_view(view, [], now=START)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    clock = Clock(START + timedelta(hours=1))
    with on_moto.tables():
        monkeypatch.setattr("cli.config.load", lambda: on_moto.CONFIG)
        monkeypatch.setattr("cli.main.now", clock)
        yield Desk(stores=open_stores(on_moto.CONFIG), capsys=capsys, clock=clock)
