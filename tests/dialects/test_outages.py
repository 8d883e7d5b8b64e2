"""A store that is out of reach while SDKs deliver: nothing is lost, nothing comes twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from rapport.domain.event import Trust
from tests.dialects.browsers import Site, given, wait
from tests.dialects.conftest import open_doors
from tests.dialects.world import MARKS, World, built, cases_of, play
from tests.support.browser import PageOf
from tests.support.door_server import Asked, Reply, opened
from tests.support.faults import NONE


@dataclass(kw_only=True)
class Switch:
    """The engine; what concerns a table that is down meets a connection that breaks."""

    engine: str
    down: set[str] = field(default_factory=set)

    def __call__(self, asked: Asked) -> Reply | None:
        if any(table.encode() in asked.body for table in self.down):
            return None
        connection = HTTPConnection(urlsplit(self.engine).netloc, timeout=30)
        path = f"{asked.path}?{asked.query}" if asked.query else asked.path
        connection.request(asked.method, path, body=asked.body, headers=dict(asked.headers))
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        hops = {"connection", "transfer-encoding", "content-length", "date", "server"}
        headers = {name: value for name, value in told.items() if name not in hops}
        reply = Reply(status=answer.status, headers=headers, body=answer.read())
        connection.close()
        return reply


@pytest.fixture
def outage(engine: str) -> Iterator[tuple[World, Switch]]:
    """A door of its own, whose way to the engine can be cut table by table."""
    switch = Switch(engine=engine)
    with opened([switch]) as [url], built(engine, via=url) as world:
        yield world, switch


SDKS = ("segment-python", "segment-node", "rudder-node")


def test_while_the_log_is_down_the_door_says_503_and_when_and_everything_arrives_once(
    outage: tuple[World, Switch], site: Site, page_of: PageOf
) -> None:
    world, switch = outage
    servers = cases_of(world, SDKS, trust=Trust.VERIFIED, faults=[NONE])
    [browser] = cases_of(world, ["segment-next"], trust=Trust.ASSERTED, faults=[NONE])
    everybody = [*servers, browser]
    switch.down = {world.tables["log"]}
    with open_doors(everybody), ThreadPoolExecutor() as pool:
        played = [pool.submit(play, case.sdk, [case]) for case in servers]
        page = page_of()
        page.context.add_init_script(given(browser))
        page.goto(site.address(browser.sdk))
        wait(lambda: all(case.door.arrivals for case in everybody), seconds=60)
        switch.down = set()
        assert [each.result() for each in played] == [{case.name: []} for case in servers]
        wait(lambda: {a.status for a in browser.door.arrivals[-len(MARKS) :]} == {200}, seconds=60)
    for case in everybody:
        first = case.door.arrivals[0]
        assert (first.status, int(first.retry_after) > 0) == (503, True)
    world.read(everybody)
    assert [dict(case.rows) for case in everybody] == [dict.fromkeys(MARKS, 1)] * len(everybody)


def test_while_the_book_is_down_a_key_that_was_seen_before_still_opens_the_door(
    outage: tuple[World, Switch],
) -> None:
    world, switch = outage
    first, second = cases_of(world, ["segment-python"] * 2, trust=Trust.VERIFIED, faults=[NONE])
    second.key = first.key
    with open_doors([first, second]):
        play(first.sdk, [first])
        switch.down = {world.tables["book"]}
        play(second.sdk, [second])
    assert {a.status for case in (first, second) for a in case.door.arrivals} == {200}
    world.read([first])
    assert dict(first.rows) == dict.fromkeys(MARKS, 2)


def test_while_the_book_is_down_a_key_that_nobody_remembers_costs_no_event(
    outage: tuple[World, Switch],
) -> None:
    """What cannot be checked is laid aside, and the sender is told that it is safe."""
    world, switch = outage
    [case] = cases_of(world, ["segment-node"], trust=Trust.VERIFIED, faults=[NONE])
    switch.down = {world.tables["book"]}
    with open_doors([case]):
        play(case.sdk, [case])
    assert {arrival.status for arrival in case.door.arrivals} == {200}
    assert len(world.kept()) == len(case.door.arrivals)
    assert all("key_unchecked" in name for name in world.kept())
