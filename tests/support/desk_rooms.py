"""What the operators' API works on besides people: bundles, campaigns, files, requests, reports."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from itertools import chain
from typing import BinaryIO

import msgspec

from functions.desk.requests import Privacy
from rapport.bundle import Bundle, encode
from rapport.campaigning import Campaigns
from rapport.domain.identifiers import Ref
from rapport.errors import ConflictError
from rapport.imports import Imports
from rapport.pool_files import Address, PoolFiles
from rapport.reports import Reports
from rapport.saving import Saving
from rapport.uploads import Resume
from tests.support.agency import KEY, Agency
from tests.support.fakes import Calls, Clock, FakeBundles, FakePeople
from tests.support.forgetting import FakeErasures
from tests.support.importing import FakeShelf, FakeWork, ImportDesk, row, table
from tests.support.mailroom import Mailroom
from tests.support.report_histories import Rows
from tests.support.waits import FakeWakes


class SavedBundles(FakeBundles):
    """The ports `KeptBundles` and `Pointer`, over the bundles of a mailroom."""

    def __init__(self, kept: FakeBundles) -> None:
        super().__init__()
        self.bundles = kept.bundles
        self.live: str | None = None

    def put(self, compiled: Bundle) -> str:
        bundle_hash, _ = encode(compiled)
        self.bundles[bundle_hash] = compiled
        return bundle_hash

    def live_bundle(self) -> str | None:
        return self.live

    def follow_live_bundle(self, bundle_hash: str, *, after: str, now: datetime) -> None:
        if self.live != after:
            raise ConflictError(after)
        self.live = bundle_hash


@dataclass
class FakeFiles:
    """The port `Files` in a dict; a test puts files there itself."""

    now: Callable[[], datetime]
    held: dict[str, bytes] = field(default_factory=dict)

    def address(self, upload: str, size: int) -> Address:
        url, ends = f"https://files.example/{upload}?{size}", self.now() + timedelta(minutes=15)
        return Address(url=url, headers={"content-type": "text/csv"}, expires_at=ends)

    def open(self, upload: str) -> BinaryIO | None:
        return BytesIO(self.held[upload]) if upload in self.held else None

    def remove(self, upload: str) -> None:
        self.held.pop(upload, None)


@dataclass
class FakeExports:
    """Exports that are there."""

    there: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    noted: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def put(self, name: str, body: bytes, told: Mapping[str, str] | None = None) -> None:
        self.there.add(name)
        self.files[name], self.noted[name] = body, told or {}

    def told(self, name: str) -> Mapping[str, str] | None:
        return self.noted.get(name)

    def link(self, name: str) -> str | None:
        return f"https://files.example/{name}" if name in self.there else None


@dataclass
class FakeHandedIn:
    """The port `HandedIn`; a test hands files in itself."""

    held: dict[Ref, list[Resume]] = field(default_factory=dict)

    def of(self, members: Sequence[Ref], forms: Iterable[str]) -> list[Resume]:
        found = chain.from_iterable(self.held.get(ref, []) for ref in {*members})
        mine = [each for each in found if each.form in forms]
        return sorted(mine, key=lambda each: each.at, reverse=True)

    def link(self, resume: Resume) -> str | None:
        return f"https://files.example/{resume.key}" if resume.clean else None


class Rooms:
    """All of it, over one clock."""

    def __init__(self, clock: Clock, people: FakePeople, bundle: Bundle) -> None:
        self.people = people
        self.agency = Agency(room=Mailroom(clock=clock))
        self.agency.crowd(1)
        self.bundles = SavedBundles(self.agency.room.bundles)
        self.bundles.live = self.bundles.put(bundle)
        self.saving = Saving(
            bundles=self.bundles,
            pointer=self.bundles,
            launches=self.agency.room.launches,
            wakes=FakeWakes(),
            now=clock,
        )
        self.pool = ImportDesk()
        self.files = FakeFiles(now=clock)
        self.asked_of_sync, self.asked_of_privacy = FakeWork(), FakeWork()
        self.shelf = FakeShelf()
        self.pool_files = PoolFiles(
            files=self.files, shelf=self.shelf, work=self.asked_of_sync, now=clock
        )
        self.erasures, self.exports = FakeErasures(Calls()), FakeExports()
        self.privacy = Privacy(
            work=self.asked_of_privacy, erasures=self.erasures, exports=self.exports
        )
        self.resumes = FakeHandedIn()
        self.clock = clock

    def campaigns(self) -> Campaigns:
        return replace(self.agency.campaigns, live=self.saving.live)

    def imports(self) -> Imports:
        return self.pool.imports

    def reports(self) -> Reports:
        views = {person: view.profile for person, view in self.people.views.items()}
        return Reports(
            funnel=self.agency.room.fates,
            reported=Rows(views=views),
            clusters=self.agency.room.clusters,
            bundles=self.bundles,
            now=self.clock,
        )

    def furnish(self) -> dict[str, str]:
        """Something for every route to be about; how its path and body name it."""
        live = self.saving.live()[0]
        seeded = tuple(
            msgspec.structs.replace(each, seeds=("seed@halden.example",)) for each in live.campaigns
        )
        self.bundles.live = self.bundles.put(msgspec.structs.replace(live, campaigns=seeded))
        made = self.pool.apply(table([row(1)]))
        return {
            "segment": live.segments[0].key,
            "form": live.forms[0].key,
            "list": "nurses",
            "campaign": KEY,
            "import": made.id,
            "upload": f"u_{0:032x}",
        }

    def settle(self) -> None:
        """What `begin` goes back to."""
        self._live = self.bundles.live
        self._imports = dict(self.pool.rows.rows)

    def begin(self, key: str) -> None:
        """As it was at the beginning; under way, if the route is about a campaign that is."""
        launches, rooms = self.agency.room.launches, self.agency
        launches.rows.clear()
        self.bundles.live = self._live
        self.pool.rows.rows.clear()
        self.pool.rows.rows.update(self._imports)
        if key.endswith(("/pause", "/resume", "/cancel", "/result")):
            self.campaigns().launch(KEY, by="liv")
        for queue in (rooms.work.queue, self.asked_of_sync.queue, self.asked_of_privacy.queue):
            queue.clear()
        self.shelf.objects.clear()
        self.agency.room.mailer.accepted.clear()

    def state(self) -> tuple[object, ...]:
        """Whatever a call can change of it."""
        return (
            self.bundles.live,
            str(self.agency.room.launches.rows),
            len(self.agency.work.queue),
            len(self.asked_of_sync.queue),
            len(self.asked_of_privacy.queue),
            len(self.shelf.objects),
            len(self.agency.room.mailer.accepted),
        )
