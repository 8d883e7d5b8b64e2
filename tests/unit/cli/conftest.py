"""A deployment on moto with a few people in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
import typer.main

from cli import main
from cli.store import Stores, open_stores
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import Namespace, Ref
from tests.support import on_moto
from tests.support.compiling_once import compiles_once
from tests.support.fakes import Clock
from tests.unit.cli.enriching import Enriching, enriching

__all__ = ["compiles_once"]

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def _the_command_is_put_together_once() -> Iterator[None]:
    """Typer does it for each call, out of the signatures of all commands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", cache(typer.main.get_command))
        yield


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
    enriching: Enriching

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
        return event

    def say(
        self,
        *,
        minute: int = 0,
        kind: str = "identify",
        user: str = "",
        trust: Trust = Trust.ASSERTED,
        **stated: Json,
    ) -> Event:
        """Store an event whose body names somebody; it hangs on the best identifier in it."""
        where = "traits" if kind == "identify" else "properties"
        body: dict[str, Json] = {where: stated, **({"userId": user} if user else {})}
        named = {
            Namespace.USER: user,
            Namespace.EMAIL: stated.get("email"),
            Namespace.PHONE: stated.get("phone"),
        }
        ns, value = next((ns, str(value)) for ns, value in named.items() if value)
        return self.tell(self.ref(ns, value), kind=kind, minute=minute, trust=trust, body=body)

    def forget(self, home: Ref) -> None:
        """Destroy the key of whatever hangs on an identifier."""
        DynamoVault(on_moto.TABLES["vault"]).destroy(home)

    def enrich(self) -> None:
        """Bring identifiers, partitions and profiles up to date with the log."""
        self.enriching.run()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    clock = Clock(START + timedelta(hours=1))
    with on_moto.tables():
        monkeypatch.setattr("cli.config.load", lambda: on_moto.CONFIG)
        monkeypatch.setattr("cli.clock.now", clock)
        stores, work = open_stores(on_moto.CONFIG), enriching(monkeypatch)
        # Whoever waits for the profiles gives `enrich` the time to bring them up to date.
        monkeypatch.setattr("cli.clock.pause", lambda _: work.run())
        yield Desk(stores=stores, capsys=capsys, clock=clock, enriching=work)
