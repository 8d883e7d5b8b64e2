"""A public key proves nothing: what everybody can post mails nobody twice and agrees to nothing."""

from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

from rapport.domain.event import Trust

from tests.support.mailroom import WELCOME
from tests.support.town import Town

SEQUENCES = 10_000
PER_TOWN = 40
ANA, BO = "ana@inbox.halden.example", "bo@inbox.halden.example"
VICTIMS = tuple(f"{name}@inbox.halden.example" for name in ("cy", "di", "ed"))
SPELLINGS = (
    str.upper,
    str.title,
    lambda a: f" {a} ",
    lambda a: a.replace("@", "+x@"),
    lambda a: f"{a}, {ANA}",
    lambda a: f"{a}\r\nBcc: {ANA}",
    lambda a: f"Ana <{a}>",
    lambda a: a.replace("inbox", "ｉｎｂｏｘ"),
)
EVENTS = (
    *("Talent Network Joined",) * 4,
    *("Address Confirmed", "Unsubscribed", "Decision", "Mail Submitted", "Mail Reported"),
    *("Job Viewed", "Content Viewed", "Something Else"),
)
IDS = ("u-ana", "u-bo", "u-eve", ANA, VICTIMS[0], "null", "d_1_consented")

CLAIMS: dict[str, Any] = {
    "first_name": "Buy at spam.example",
    "consent": True,
    "confirmed": True,
    "can_email": True,
    "topic": "talent-network",
    "statement": "talent-network-1",
    "statement_hash": "h",
    "scope": "marketing",
    "method": "one-click",
    "origin": "live",
    "trust": "verified",
}


def address(random: Random) -> str:
    plain = random.choice((ANA, BO, *VICTIMS))
    return random.choice(SPELLINGS)(plain) if random.random() < 0.3 else plain


def properties(random: Random) -> dict[str, Any]:
    """What a stranger may say of somebody, some of it as if it were ours to say."""
    said: dict[str, Any] = {"email": address(random), "category": "nursing"}
    return said | {name: value for name, value in CLAIMS.items() if random.random() < 0.2}


def call(random: Random, serial: int, moment: str) -> tuple[str, dict[str, Any]]:
    kind = random.choice(("track", "track", "track", "identify", "page", "alias", "group"))
    message: dict[str, Any] = {
        "type": kind,
        "messageId": f"m-{serial}" if random.random() < 0.9 else "m-again",
        "anonymousId": f"browser-{serial // 4}" if random.random() < 0.8 else "kiosk",
        "timestamp": moment,
        "origin": "live",
        "trust": "verified",
        "context": {"traits": {"email": address(random)}},
    }
    if random.random() < 0.5:
        message["userId"] = random.choice(IDS)
    match kind:
        case "track":
            message |= {"event": random.choice(EVENTS), "properties": properties(random)}
        case "identify":
            message |= {"traits": properties(random)}
        case "alias":
            message |= {"previousId": random.choice(IDS), "userId": random.choice(IDS)}
        case "group":
            message |= {"groupId": "g", "traits": properties(random)}
    if random.random() < 0.3:
        return "/v1/batch", {"batch": [message, {**message, "messageId": f"b-{serial}"}]}
    return f"/v1/{kind}", message


def founded(random: Random) -> Town:
    """A town where Ana and Bo confirmed and were welcomed, and Bo unsubscribed since."""
    town = Town(random=random)
    town.room.send_mode("live")
    town.join("j1", userId="u-ana", properties={"email": ANA, "category": "nursing"})
    town.press_confirm()
    town.join("j2", anonymousId="bo", properties={"email": BO, "category": "nursing"})
    town.press_confirm()
    assert town.room.reasons.count("consented") == 2
    return town


def test_ten_thousand_sequences_of_calls_with_the_public_key_do_no_harm() -> None:
    random = Random(20261123)
    serial, mails, refused = 0, 0, 0
    for _ in range(SEQUENCES // PER_TOWN):
        town = founded(random)
        room = town.room
        owners = {email: room.ref(email) for email in (ANA, BO)}
        before = {email: room.book.addresses[ref] for email, ref in owners.items()}
        known = {record.person for record in room.book.sends.values()}
        town.mailed.clear()
        for _ in range(PER_TOWN):
            room.clock.forward(minutes=random.choice((0, 0, 1, 20, 120)))
            for _ in range(random.randrange(1, 4)):
                serial += 1
                town.post(*call(random, serial, room.clock().isoformat()))
            town.settle()

        # At most one mail a day to an address, and it is the request to confirm.
        for email, times in town.mailed.items():
            gaps = [later - sooner for sooner, later in pairwise(times)]
            assert all(gap >= timedelta(hours=24) for gap in gaps), email
        strangers = [m for m in room.mails if m.to not in owners]
        assert {m.tags["class"] for m in strangers} <= {"confirmation"}
        assert not any("spam.example" in m.text + m.html + m.subject for m in room.mails)

        # No consent, no confirmation, no suppression came of it.
        for ref, state in room.book.addresses.items():
            if ref not in owners.values():
                assert not state.consents
                assert state.confirmed_at is None
                assert not state.suppressions

        # Who confirmed an address keeps it, and hears nothing.
        assert {email: room.book.addresses[ref] for email, ref in owners.items()} == before
        assert not set(owners) & set(town.mailed)
        for person in known:
            kept = room.people.views[person].profile.attributes["email"]
            assert (kept.value in owners, kept.trust) == (True, Trust.VERIFIED)
        mails += sum(len(times) for times in town.mailed.values())
        refused += len(room.decisions) - len(room.mails)
    assert mails > SEQUENCES // PER_TOWN
    assert refused > SEQUENCES // PER_TOWN
    print(f"{SEQUENCES} sequences, {serial} calls: {mails} requests, {refused} holds of {WELCOME}")


def test_ten_thousand_sign_ups_of_one_address_are_one_mail() -> None:
    town = Town(random=Random(1))
    town.room.send_mode("live")
    for number in range(200):
        batch: list[Any] = [
            {
                "type": "track",
                "event": "Talent Network Joined",
                "messageId": f"m-{number}-{each}",
                "anonymousId": f"browser-{number}",
                "properties": {"email": VICTIMS[0]},
            }
            for each in range(50)
        ]
        town.post("/v1/batch", {"batch": batch})
        town.settle()
        town.room.clock.forward(minutes=7)
    assert len(town.room.mails) == 1
