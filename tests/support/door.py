"""The tracking door on fakes, with a browser's key, a server's, and a revoked one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.track.flow import Outcome, Track
from functions.track.keys import RememberedKeys
from functions.track.problems import Problem
from rapport.domain.event import Event, Trust
from rapport.door import WriteKey
from tests.support import gateway
from tests.support.doorkeeping import FakeAllowance, FakeQuarantine
from tests.support.fakes import Clock, FakeBook, FakeLog, FakePseudonyms
from tests.support.gateway import posted, read_request

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BROWSER = WriteKey(key="wk", source="site", brand="halden", trust=Trust.ASSERTED)
SERVER = WriteKey(key="sk", source="server", brand="halden", trust=Trust.VERIFIED)
OLD = WriteKey(key="old", source="site", brand="halden", trust=Trust.ASSERTED, enabled=False)
SDK = WriteKey(key=gateway.RECORDED_KEY, source="careers", brand="halden", trust=Trust.VERIFIED)
REFS = FakePseudonyms()


class Door:
    """The tracking door on fakes."""

    def __init__(self, log: FakeLog | None = None) -> None:
        self.clock = Clock(NOON)
        self.log = log or FakeLog()
        self.book = FakeBook(self.log)
        self.book.write_keys = {key.key: key for key in (BROWSER, SERVER, OLD, SDK)}
        self.quarantine = FakeQuarantine()
        self.track = Track(
            keys=RememberedKeys(self.book, now=self.clock),
            log=self.log,
            refs=REFS,
            quarantine=self.quarantine,
            allowance=FakeAllowance(),
            now=self.clock,
        )

    def receive(self, event: dict[str, Any]) -> Outcome:
        request = read_request(event)
        assert not isinstance(request, Problem), request
        return self.track.receive(request)

    def batch(
        self,
        *messages: Any,
        key: str = "wk",
        headers: Mapping[str, str] | None = None,
        **around: Any,
    ) -> Outcome:
        document = {"batch": [*messages], **around}
        return self.receive(posted("/v1/batch", document, key=key, headers=headers))

    def knows(self, key: WriteKey) -> None:
        self.book.write_keys[key.key] = key

    @property
    def events(self) -> list[Event]:
        return list(self.log.rows.values())


def page(message_id: str = "m-1", **fields: Any) -> dict[str, Any]:
    return {"type": "page", "messageId": message_id, "anonymousId": "a-1", **fields}
