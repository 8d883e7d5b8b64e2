"""The numbers in docs/limits.md are those of the code."""

import re
from pathlib import Path

from functions.track import bodies
from rapport.domain import event, identifiers, limits, wire
from rapport.sealing import MAX_BODY_BYTES, MAX_BODY_DEPTH, MAX_SEALED_BYTES

REPO = Path(__file__).resolve().parents[3]
PAGE = (REPO / "docs" / "limits.md").read_text(encoding="utf-8")
SECTION = PAGE.split("## Numbers\n", 1)[1].split("\n## ", 1)[0]
ROWS = {
    what: (value, where)
    for what, value, where in re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", SECTION, re.MULTILINE)
}


def test_the_limits_of_tracking_are_told_as_they_are() -> None:
    sealed = f"{MAX_SEALED_BYTES:,}".replace(",", " ")
    sent, unpacked = limits.MAX_REQUEST_BYTES >> 10, limits.MAX_UNPACKED_BYTES >> 20
    expected = {
        "a request to the tracking door": f"{sent} KB as sent, {unpacked} MB unpacked",
        "commas and opening brackets of a request": f"{bodies.MAX_MARKS:,}".replace(",", " "),
        "messages of a batch": f"{wire.MAX_BATCH:,}".replace(",", " "),
        "a tracked message": f"{wire.MAX_MESSAGE_BYTES >> 10} KB",
        "nesting of a tracked message": f"{wire.MAX_DEPTH} levels",
        "a `messageId` kept as it is": f"{wire.MAX_MESSAGE_ID_CHARS} characters",
        "a wait that a browser's clock may tell": f"{event.LONGEST_WAIT.days} days",
        "a body in the log": f"{MAX_BODY_BYTES >> 20} MiB, {MAX_BODY_DEPTH} levels, {sealed} bytes",
        "identifier": f"{identifiers.MAX_VALUE_BYTES} bytes",
    }
    told = {what: ROWS[what][0] for what in expected}
    assert {w: t for w, t in told.items() if not t.startswith(expected[w])} == {}


def test_every_file_that_sets_a_limit_exists() -> None:
    files = [name for _, where in ROWS.values() for name in re.findall(r"`([\w/]+\.py)`", where)]
    assert files
    rooms = (REPO, REPO / "layers/common/python")
    assert [name for name in files if not any((room / name).exists() for room in rooms)] == []
