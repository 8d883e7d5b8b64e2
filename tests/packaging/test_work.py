"""What handlers import only when there is work also has to be in the layers."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.packaging import bare
from tests.packaging.bare import Layers
from tests.support.mailroom import shipped

DATA = {
    "brand": msgspec.to_builtins(shipped().brand),
    "person": {"first_name": "Ana", "category": "nursing"},
    "job": {"title": "Ward nurse", "location": "Halden", "url": "https://h.example/jobs/2"},
    "jobs": [
        {
            "title": "Night nurse",
            "location": "Halden",
            "url": "https://h.example/jobs/1",
            "reasons": ["12 km from you"],
        }
    ],
    "block": {
        "key": "how-we-hire",
        "title": "How we hire",
        "summary": "Step by step.",
        "html": "<p>First</p>",
        "text": "First",
        "url": "https://h.example/content/how-we-hire",
    },
    "message": {"subject": "Coffee?", "text": "On Thursday?", "sender_name": "Kari"},
    "letter": {"subject": "Come and see us", "paragraphs": ["We open our doors."]},
    "occasion": {
        "title": "Open day",
        "place": "12 Quay Street",
        "when": "4 March 2027, 16:00",
        "code": "ABCD2345",
        "calendar": "https://h.example/f/open-day/event.ics",
        "places": "https://h.example/u/t",
    },
    "links": {"unsubscribe": "https://h.example/u/t", "confirm": "https://h.example/f/confirm?t=t"},
    "statement": "You agree.",
}

RENDER = """
import os
os.environ["TZ"] = ZONE
from rapport.bundle import Template
from rapport.render import render
told = {}
with open(TEMPLATES, encoding="utf-8") as templates:
    known = json.load(templates)
for each in known:
    content = render(Template(**each), json.loads(DATA))
    told[each["name"]] = [content.subject, content.html, content.text]
"""

JUDGE = """
from datetime import UTC, datetime
from rapport import conditions
from rapport.domain.decision import FactRef
from rapport.domain.identifiers import Ref
from rapport.domain.profile import fold_profile
now = datetime(2026, 11, 23, tzinfo=UTC)
fact = FactRef(
    name="TalentNetworkJoined", event_id="e", person="p_x", origin="live",
    occurred_at=now, received_at=now, log_pk="", log_sk="",
)
profile = fold_profile(Ref("email#e"), [])
told = [conditions.judge(f'fact.origin == "{o}"', profile, fact).holds for o in ("live", "import")]
"""

SEAL = """
from rapport.domain.event import LogKey
from rapport.sealing import seal, unseal
at = LogKey(pk="email#e", sk="2026-11-23T09#site#m-1")
told = unseal(seal({"a": "b"}, key=bytes(32), at=at, nonce=bytes), key=bytes(32), at=at)
"""


# Lambda says `:UTC`; a laptop may say anything, and the layers hold no time zones.
@pytest.mark.parametrize("zone", ["", ":UTC", "Europe/Oslo", "CET-1CEST"])
def test_every_mail_can_be_put_together_from_the_packed_layers(
    native: Layers, zone: str, tmp_path: Path
) -> None:
    # In a file: a command line holds no more than 128 KB.
    templates = tmp_path / "templates.json"
    templates.write_text(json.dumps(msgspec.to_builtins(shipped().templates)), encoding="utf-8")
    given = f"ZONE, TEMPLATES, DATA = {zone!r}, {str(templates)!r}, {json.dumps(DATA)!r}\n"
    told = bare.run(given + RENDER, *native.both)
    assert set(told) == {template.name for template in shipped().templates}
    assert all(part for parts in told.values() for part in parts)
    assert "Night nurse" in told["welcome"][1]
    assert "Ward nurse" in told["application-reminder"][0]


def test_a_condition_is_judged_from_the_packed_layers(native: Layers) -> None:
    assert bare.run(JUDGE, *native.both) == [True, False]


def test_a_body_is_sealed_and_opened_from_the_packed_layers(native: Layers) -> None:
    assert bare.run(SEAL, *native.both) == {"a": "b"}
