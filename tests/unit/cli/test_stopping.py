"""The hand on the brake at a terminal, and going live only when nothing is in the way."""

import json

import pytest

from rapport.adapters.dynamo.audits import DynamoAudits
from rapport.auditing import Ended, Entry
from rapport.doctor.findings import Finding, Level
from rapport.domain.gates import SendMode
from tests.support import on_moto
from tests.unit.cli.conftest import Desk

BRAND, DOMAIN = "halden", "careers.halden.example"


def trail(desk: Desk) -> list[Entry]:
    day = desk.clock().date().isoformat()
    return [*reversed(DynamoAudits(on_moto.TABLES["book"]).of(day).entries)]


def state(desk: Desk) -> dict[str, object]:
    told = desk.run("mode", "--json")
    assert told.code == 0
    found: dict[str, object] = json.loads(told.out)
    return found


def findings(**levels: Level) -> tuple[Finding, ...]:
    return tuple(
        Finding(name=name, level=level, what="So it is.", mend="Do it.")
        for name, level in levels.items()
    )


@pytest.fixture
def published(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for room in ("cli.stopping", "cli.golive"):
        monkeypatch.setattr(f"{room}.published", lambda *_: (BRAND, DOMAIN))
    return desk


def test_stop_and_go_are_one_command_each_and_tell_who_and_why(desk: Desk) -> None:
    assert "Mail goes." in desk.run("mode").out
    stopped = desk.run("stop", "--why", "a wrong link")
    assert stopped.code == 0
    assert "a wrong link" in stopped.out
    assert "rapport go" in stopped.out
    assert json.loads(desk.run("stop", "--json", "--why", "again").out)["stopped"]["why"] == (
        "a wrong link"
    )
    assert "Mail goes." in desk.run("go").out
    assert sorted((e.action, e.about, e.ended) for e in trail(desk)) == [
        ("go", "sending:all", Ended.DONE),
        *[("stop", "sending:all", Ended.DONE)] * 2,
    ]
    assert all(entry.who.startswith("cli:") for entry in trail(desk))


def test_a_mode_is_set_and_live_takes_going_live(published: Desk) -> None:
    assert published.run("mode", "allow-list").code == 0
    assert state(published)["modes"] == {BRAND: "allow-list"}
    refused = published.run("mode", "live")
    assert (refused.code, "rapport golive" in refused.err) == (1, True)
    odd = published.run("mode", "everybody")
    assert (odd.code, "off, allow-list, live" in odd.err) == (1, True)
    assert state(published)["modes"] == {BRAND: "allow-list"}


@pytest.mark.parametrize(
    ("levels", "args", "live", "told"),
    [
        ({"spf": Level.OK, "dmarc": Level.WARN}, (), True, "halden is live"),
        ({"spf": Level.FAIL}, (), False, "in the way: spf"),
        ({"spf": Level.FAIL}, ("--accept", "spf", "--why", "so"), False, "in the way: spf"),
        ({"spf": Level.UNKNOWN}, (), False, "--accept spf"),
        ({"spf": Level.UNKNOWN}, ("--accept", "spf"), False, "Say why"),
        ({"spf": Level.UNKNOWN}, ("--accept", "spt", "--why", "so"), False, "no check 'spt'"),
        ({"spf": Level.UNKNOWN}, ("--accept", "spf", "--why", "seen"), True, "halden is live"),
    ],
)
def test_nobody_goes_live_past_what_is_in_the_way(
    published: Desk,
    monkeypatch: pytest.MonkeyPatch,
    levels: dict[str, Level],
    args: tuple[str, ...],
    *,
    live: bool,
    told: str,
) -> None:
    monkeypatch.setattr("cli.doctor.examined", lambda *_, **__: findings(**levels))
    answer = published.run("golive", *args)
    assert (answer.code == 0) is live
    assert told in answer.out + answer.err
    modes = {BRAND: SendMode.LIVE.value} if live else {}
    days = {DOMAIN: published.clock().date().isoformat()} if live else {}
    assert (state(published)["modes"], state(published)["first_days"]) == (modes, days)
    if live:
        [entry] = trail(published)
        assert (entry.action, entry.about, entry.ended) == ("golive", "brand:halden", Ended.DONE)
        assert ("accepted spf: seen" in entry.why) is bool(args)
    elif "in the way" in told:
        assert [entry.ended for entry in trail(published)] == [Ended.REFUSED]


def test_the_doctor_ends_with_a_failure_if_it_finds_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level, code in ((Level.WARN, 0), (Level.UNKNOWN, 0), (Level.FAIL, 1)):
        monkeypatch.setattr("cli.doctor.examined", lambda *_, at=level, **__: findings(spf=at))
        text, document = desk.run("doctor"), desk.run("doctor", "--json")
        assert (text.code, document.code) == (code, code)
        assert "spf" in text.out
        assert json.loads(document.out)[0]["level"] == level.value
