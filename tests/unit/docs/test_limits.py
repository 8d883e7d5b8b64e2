"""The numbers in docs/limits.md are those of the code."""

import re
from pathlib import Path

from cli.bundle_lint import MAX_WAIT_SECONDS
from functions.ats.flow import BEYOND_RETRIES
from functions.audit.flow import SAMPLE
from functions.track import bodies
from functions.track.aside import CUT_BYTES
from functions.track.flow import NETWORK_RATE
from functions.track.keys import TIDE_OVER
from rapport.adapters.ats import connections
from rapport.adapters.dynamo.runs import KEPT
from rapport.adapters.quarantine import BYTES_A_MINUTE, OBJECTS_A_MINUTE
from rapport.domain import cluster, event, identifiers, limits, wire
from rapport.domain.copies import MAX_SEARCHED
from rapport.domain.gates import REMIND_AGAIN_AFTER
from rapport.domain.observation import MAX_STRONG
from rapport.domain.rate import Rate
from rapport.domain.rules import Rules
from rapport.domain.run import MAX_WAITING
from rapport.door import ORDINARY_RATE
from rapport.identity_rules import READ_SECONDS
from rapport.sealing import MAX_BODY_BYTES, MAX_BODY_DEPTH, MAX_SEALED_BYTES
from rapport.suggestions import MAX_SHARING

REPO = Path(__file__).resolve().parents[3]
PAGE = (REPO / "docs" / "limits.md").read_text(encoding="utf-8")
SECTION = PAGE.split("## Numbers\n", 1)[1].split("\n## ", 1)[0]
ROWS = {
    what: (value, where)
    for what, value, where in re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", SECTION, re.MULTILINE)
}


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _told(rate: Rate) -> str:
    return f"{_spaced(int(rate.per_second))} a second, {_spaced(rate.burst)} at once"


def test_the_limits_of_identity_are_told_as_they_are() -> None:
    expected = {
        "strong identifiers of one event": f"{MAX_STRONG},",
        "neighbours that one identifier keeps": f"{cluster.MAX_NEIGHBOURS};",
        "identifiers of one person": f"{Rules().max_identifiers},",
        "identifiers that hang together": f"{_spaced(cluster.MAX_COMPONENT)};",
        "rules of identity are seen": f"within {READ_SECONDS:.0f} s",
        "people filed under one key of suggestions": f"{MAX_SHARING};",
        "profiles compared with the log each night": str(SAMPLE),
    }
    assert [what for what, value in expected.items() if not ROWS[what][0].startswith(value)] == []


def test_the_limits_of_tracking_are_told_as_they_are() -> None:
    sealed = f"{MAX_SEALED_BYTES:,}".replace(",", " ")
    sent, unpacked = limits.MAX_REQUEST_BYTES >> 10, limits.MAX_UNPACKED_BYTES >> 20
    expected = {
        "a request to the tracking door": f"{sent} KB as sent, {unpacked} MB unpacked",
        "commas and opening brackets of a request": f"{bodies.MAX_MARKS:,}".replace(",", " "),
        "messages of a batch": f"{wire.MAX_BATCH:,}".replace(",", " "),
        "a tracked message": f"{wire.MAX_MESSAGE_BYTES >> 10} KB",
        "keys of a tracked message": _spaced(wire.MAX_KEYS),
        "a text or key of a tracked message": f"{_spaced(wire.MAX_STRING_CHARS)} characters",
        "messages with a write key, unless `sources.yaml` says otherwise": _told(ORDINARY_RATE),
        "messages from one network (/24, /48) with a browser's key": _told(NETWORK_RATE),
        "a write key while `book` is out of reach": f"{TIDE_OVER.seconds // 60} minutes",
        "refused messages kept by a worker": (
            f"{OBJECTS_A_MINUTE} requests and {BYTES_A_MINUTE >> 20} MB a minute"
        ),
        "of a message that can never be taken": f"the first {CUT_BYTES >> 10} KB",
        "nesting of a tracked message": f"{wire.MAX_DEPTH} levels",
        "a `messageId` kept as it is": f"{wire.MAX_MESSAGE_ID_CHARS} characters",
        "a wait that a browser's clock may tell": f"{event.LONGEST_WAIT.days} days",
        "a body in the log": f"{MAX_BODY_BYTES >> 20} MiB, {MAX_BODY_DEPTH} levels, {sealed} bytes",
        "identifier": f"{identifiers.MAX_VALUE_BYTES} bytes",
    }
    told = {what: ROWS[what][0] for what in expected}
    assert {w: t for w, t in told.items() if not t.startswith(expected[w])} == {}


def test_the_limits_of_deliveries_are_told_as_they_are() -> None:
    fresh, many = connections.FRESH.seconds, connections.MISSES_IN.seconds
    expected = {
        "a delivery of an ATS": f"{limits.MAX_DELIVERY_BYTES >> 20} MB",
        "a connection to an ATS is remembered": (
            f"for {connections.REMEMBERED.seconds} s, and read afresh every {fresh} s at most"
        ),
        "names of connections that are nobody's": f"{connections.MISSES} in {many} s by a worker",
        "a token that is good for one delivery": f"for {BEYOND_RETRIES.days} days longer",
    }
    assert [what for what, value in expected.items() if not ROWS[what][0].startswith(value)] == []


def test_how_far_copies_are_looked_for_is_told() -> None:
    what = "events of one browser among which copies under another time are looked for"
    assert ROWS[what][0].startswith(_spaced(MAX_SEARCHED))


def test_the_limits_of_waiting_are_told_as_they_are() -> None:
    assert ROWS["a playbook's wait"][0] == f"{MAX_WAIT_SECONDS // 86_400} days"
    assert ROWS["reminders to one address"][0] == f"one in {REMIND_AGAIN_AFTER.days} days"
    assert ROWS["reminders that wait for one person"][0] == str(MAX_WAITING)
    assert ROWS["a run that is over keeps its occasion"][0].startswith(f"{KEPT.days} days")


def test_every_file_that_sets_a_limit_exists() -> None:
    files = [name for _, where in ROWS.values() for name in re.findall(r"`([\w/]+\.py)`", where)]
    assert files
    rooms = (REPO, REPO / "layers/common/python")
    assert [name for name in files if not any((room / name).exists() for room in rooms)] == []
