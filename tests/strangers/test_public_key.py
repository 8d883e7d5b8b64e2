"""A public key proves nothing: what everybody can post mails nobody twice and agrees to nothing."""

import pickle
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from random import Random
from typing import Any

from functions.engage.flow import Scope
from rapport.bundle import Bundle
from rapport.domain.event import Json, Trust
from rapport.domain.gates import ASK_WHO_LEFT_AFTER
from rapport.domain.identifiers import normalise_email
from rapport.domain.reasons import Reason
from rapport.domain.tokens import Purpose, issue
from rapport.profiles import person_of
from tests.support.depth import rounds
from tests.support.town import Town

SEQUENCES = rounds(5_000)
WEEKS = rounds(60)
# Of fifty sign-ups each.
BATCHES = rounds(200)
DAY = timedelta(hours=24)
ANA, BO = "ana@inbox.halden.example", "bo@inbox.halden.example"
OWNED = (ANA, BO)
VICTIMS = tuple(f"{name}@inbox.halden.example" for name in ("cy", "di", "ed"))
OWN = "eve@inbox.halden.example"
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
JOINED = "Talent Network Joined"
EVENTS = (
    *(JOINED,) * 12,
    *("Address Confirmed", "Unsubscribed", "Decision", "Mail Submitted", "Mail Reported"),
    *("Job Viewed", "Content Viewed", "Something Else"),
)
CALLS = (*("track",) * 6, "identify", "page", "screen", "alias", "group")
RECENT = f"_{Reason.CONFIRMATION_RECENT.value}"
KINDS = (*CALLS, *("batch",) * 3)
IDS = ("u-ana", "u-bo", "u-eve", ANA, VICTIMS[0], "null", "d_1_consented")

CLAIMS: dict[str, Json] = {
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


@dataclass(kw_only=True)
class Stranger:
    """Somebody who has the public key, and one address in mind more than others."""

    random: Random
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mark = self.random.choice((*OWNED, *VICTIMS, OWN))

    def address(self) -> str:
        random = self.random
        plain = self.mark if random.random() < 0.7 else random.choice((*OWNED, *VICTIMS, OWN))
        return random.choice(SPELLINGS)(plain) if random.random() < 0.2 else plain

    def properties(self) -> dict[str, Json]:
        """What a stranger may say of somebody, some of it as if it were ours to say."""
        said: dict[str, Json] = {"email": self.address(), "category": "nursing"}
        claims = {name: value for name, value in CLAIMS.items() if self.random.random() < 0.2}
        return said | claims

    def message(self, kind: str, moment: str) -> dict[str, Any]:
        random, serial = self.random, len(self.said)
        message: dict[str, Any] = {
            "type": kind,
            "messageId": f"m-{serial}" if random.random() < 0.9 else "m-again",
            "anonymousId": f"browser-{serial // 2}" if random.random() < 0.8 else "kiosk",
            "timestamp": moment,
            "origin": "live",
            "trust": "verified",
            "context": {"traits": {"email": self.address()}},
        }
        if random.random() < 0.4:
            message["userId"] = random.choice(IDS)
        match kind:
            case "track":
                message |= {"event": random.choice(EVENTS), "properties": self.properties()}
            case "identify":
                message |= {"traits": self.properties()}
            case "alias":
                message |= {"previousId": random.choice(IDS), "userId": random.choice(IDS)}
            case "group":
                message |= {"groupId": "g", "traits": self.properties()}
        return message

    def call(self, town: Town) -> None:
        """One call at the tracking door, now."""
        moment = town.room.clock().isoformat()
        kind = self.random.choice(KINDS)
        if kind == "batch":
            kinds = self.random.choices(CALLS, k=2)
            document: dict[str, Any] = {"batch": [self.message(each, moment) for each in kinds]}
        else:
            document = self.message(kind, moment)
        self.said.append((kind, document))
        town.post(f"/v1/{kind}", document)

    @property
    def kinds(self) -> Counter[str]:
        """How many calls there were of each kind, and how many wishes to join among them."""
        kinds = Counter(kind for kind, _ in self.said)
        messages = [m for _, document in self.said for m in document.get("batch", [document])]
        kinds["join"] = sum(message.get("event") == JOINED for message in messages)
        kinds["join with a confirmed address"] = sum(
            message.get("event") == JOINED and message["properties"]["email"] in OWNED
            for message in messages
        )
        return kinds


def founded() -> Town:
    """A town where Ana and Bo confirmed and were welcomed, and Bo unsubscribed since."""
    town = Town(random=Random(7))
    room = town.room
    room.send_mode("live")
    town.join("j1", userId="u-ana", properties={"email": ANA, "category": "nursing"})
    town.press_confirm()
    town.join("j2", anonymousId="bo", properties={"email": BO, "category": "nursing"})
    town.press_confirm()
    assert room.reasons.count("consented") == 2
    token = issue(room.rings.ring("tokens"), Purpose.UNSUBSCRIBE, room.mails[-1].tags["send_id"])
    room.engage.unsubscribe(token, Scope.TOPIC, method="page")
    town.settle()
    assert room.mails[-1].to == BO
    room.clock.forward(days=3)
    town.mailed.clear()
    return town


class Image:
    """A town as bytes, to be founded anew as often as one likes.

    All of them share the bundles, which nobody can change.
    """

    def __init__(self, town: Town) -> None:
        self._shared: list[object] = []
        bytes_of = BytesIO()
        pickler = pickle.Pickler(bytes_of)
        pickler.persistent_id = self._place  # type: ignore[method-assign]
        pickler.dump(town)
        self._bytes = bytes_of.getvalue()

    def town(self) -> Town:
        """The town as it was."""
        unpickler = pickle.Unpickler(BytesIO(self._bytes))  # noqa: S301  (bytes of our own)
        unpickler.persistent_load = self._shared.__getitem__  # type: ignore[method-assign]
        town: Town = unpickler.load()
        return town

    def _place(self, part: object) -> int | None:
        if not isinstance(part, Bundle):
            return None
        self._shared.append(part)
        return len(self._shared) - 1


class Proof:
    """A founded town to begin with, as often as one likes, and what must be left of it."""

    def __init__(self) -> None:
        town = founded()
        room = town.room
        self._image = Image(town)
        self._owners = {room.ref(email): room.book.addresses[room.ref(email)] for email in OWNED}
        self._people = {record.person for record in room.book.sends.values()}
        self._words = len(room.logged("Address Confirmed")) + len(room.logged("Unsubscribed"))
        self._mails, self._decisions = len(room.mails), len(room.logged("Decision"))
        self.mails = 0
        self.recent = 0

    def town(self, random: Random) -> Town:
        """The founded town, with everybody as they were."""
        town = self._image.town()
        town.random = random
        return town

    def no_harm(self, town: Town, told: object) -> None:
        """No consent came of it, and whoever confirmed an address keeps it and hardly hears of it.

        Who left, or never agreed to a kind of mail, may be asked whether they want it: once a week.
        """
        room = town.room
        mails = room.mails[self._mails :]
        assert all(mail.tags["class"] == "confirmation" for mail in mails), told
        assert all(mail.to == normalise_email(mail.to) for mail in mails), told
        assert not any("spam.example" in m.text + m.html + m.subject for m in mails), told
        for ref, state in room.book.addresses.items():
            if ref in self._owners:
                before = self._owners[ref]
                asked = replace(
                    before,
                    version=state.version,
                    confirmation_asked_at=state.confirmation_asked_at,
                    ledger=state.ledger,
                )
                assert state == asked, told
            else:
                assert not state.consents, told
                assert state.confirmed_at is None, told
                assert not state.suppressions, told
        words = len(room.logged("Address Confirmed")) + len(room.logged("Unsubscribed"))
        assert words == self._words, told
        for owned in OWNED:
            times = town.mailed.get(owned, [])
            gaps = [later - sooner for sooner, later in pairwise(times)]
            assert all(gap >= ASK_WHO_LEFT_AFTER for gap in gaps), told
        for person in self._people:
            found = person_of(room.people, room.clusters, person)
            assert found is not None, told
            kept = found.profile.attributes["email"]
            assert (kept.value in OWNED, kept.trust) == (True, Trust.VERIFIED), told
        self.mails += len(mails)
        made = room.logged("Decision")[self._decisions :]
        self.recent += sum(event.message_id.endswith(RECENT) for event in made)


def test_thousands_of_sequences_of_calls_with_the_public_key_do_no_harm() -> None:
    proof, seen = Proof(), Counter[str]()
    for number in range(SEQUENCES):
        random = Random(number)
        town, stranger = proof.town(random), Stranger(random=random)
        start = town.room.clock()
        for moment in sorted(random.random() for _ in range(random.randrange(2, 4))):
            town.room.clock.moment = start + moment * DAY
            for _ in range(random.choice((1, 1, 1, 2))):
                stranger.call(town)
            town.settle()
        told = f"sequence {number}: {stranger.said}"
        proof.no_harm(town, told)
        assert max(map(len, town.mailed.values()), default=0) <= 1, told
        seen += stranger.kinds
    calls = sum(seen[kind] for kind in set(KINDS))
    print(
        f"{SEQUENCES} sequences, {calls} calls, {seen['join']} joins: {proof.mails} requests to"
        f" confirm, {proof.recent} more held within the day; 0 consents,"
        " 0 confirmed addresses changed"
    )
    assert calls > 3 * SEQUENCES
    assert proof.mails > SEQUENCES * 0.4
    assert proof.recent > SEQUENCES // 20
    kinds = {*KINDS, "join", "join with a confirmed address"}
    assert min(seen[kind] for kind in kinds) > SEQUENCES // 10, seen


def test_over_weeks_an_address_is_asked_to_confirm_at_most_once_a_day() -> None:
    proof, again = Proof(), 0
    for number in range(WEEKS):
        random = Random(f"week {number}")
        town, stranger = proof.town(random), Stranger(random=random)
        for _ in range(30):
            town.room.clock.forward(minutes=random.choice((0, 1, 20, 120, 900)))
            stranger.call(town)
            town.settle()
        proof.no_harm(town, stranger.said)
        for times in town.mailed.values():
            assert all(later - sooner >= DAY for sooner, later in pairwise(times)), stranger.said
            again += len(times) - 1
    print(f"{WEEKS} weeks: {proof.mails} requests to confirm, {again} of them on a later day")
    assert again > WEEKS // 2


def test_thousands_of_sign_ups_of_one_address_within_a_day_are_one_mail() -> None:
    town = Town(random=Random(1))
    town.room.send_mode("live")
    for number in range(BATCHES):
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
        town.room.clock.forward(minutes=1_400 / BATCHES)
    print(f"{BATCHES * 50} sign-ups of one address within a day: {len(town.room.mails)} mail")
    assert len(town.room.mails) == 1
