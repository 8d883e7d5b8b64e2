"""The doors as the world sees them, and the one click that ends a mail, end to end."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from functions.engage.flow import Scope
from rapport.doctor import doors
from rapport.doctor.facts import UNREACHED, Answered
from rapport.doctor.findings import CannotTellError, Finding, Level, in_the_way, looked
from rapport.domain.address import ConsentStatus, SendRecord
from rapport.domain.tokens import Purpose, issue
from tests.support.door import Door
from tests.support.gateway import posted
from tests.support.mailroom import ANA, Mailroom

PUBLIC, API = "https://hello.halden.example", "https://api.halden.example"


@dataclass
class Site:
    """The port `Web` over answers by method and path."""

    answers: dict[str, Answered]
    asked: list[str] = field(default_factory=list)

    def get(self, url: str) -> Answered:
        return self._answer(f"GET {url}")

    def post(self, url: str, form: str) -> Answered:
        return self._answer(f"POST {url}")

    def _answer(self, asked: str) -> Answered:
        self.asked.append(asked)
        return self.answers[asked]


GOOD = {
    f"GET {PUBLIC}/f/confirm?t=none": Answered(status=404),
    f"POST {API}/v1/batch": Answered(status=401),
}


@pytest.mark.parametrize(
    ("changed", "level"),
    [
        ({}, Level.OK),
        ({f"GET {PUBLIC}/f/confirm?t=none": Answered(status=502)}, Level.FAIL),
        ({f"GET {PUBLIC}/f/confirm?t=none": Answered(status=UNREACHED, text="SSL")}, Level.FAIL),
        ({f"POST {API}/v1/batch": Answered(status=200)}, Level.FAIL),
        ({f"POST {API}/v1/batch": Answered(status=403)}, Level.FAIL),
    ],
)
def test_both_doors_answer_as_they_should(changed: dict[str, Answered], level: Level) -> None:
    site = Site(GOOD | changed)
    found = doors.doors(site, public_url=PUBLIC, api_url=API, here_only=False)
    assert found[0] is level, found


def test_a_door_without_tls_is_one_of_a_laptop_alone() -> None:
    plain = {name.replace("https", "http"): answer for name, answer in GOOD.items()}
    public, api = PUBLIC.replace("https", "http"), API.replace("https", "http")
    here = doors.doors(Site(plain), public_url=public, api_url=api, here_only=True)
    world = doors.doors(Site(plain), public_url=public, api_url=api, here_only=False)
    assert (here[0], world[0]) == (Level.OK, Level.FAIL)


@dataclass
class Engaged:
    """The ports `Web` and `TestMail` over the real flow of `engage`, and what may be broken."""

    room: Mailroom
    record: SendRecord
    looking: Callable[["Engaged", str], None] = lambda *_: None
    status: int = 200
    deaf: bool = False
    cleared: int = 0

    def place(self) -> str:
        self.record = replace(self.record, send_key=f"{self.cleared:064x}")
        self.room.book.sends[self.record.send_key] = self.record
        ring = dict(self.room.rings.ring("tokens"))
        return issue(ring, Purpose.UNSUBSCRIBE, self.record.send_key)

    def withdrawn(self) -> bool:
        word = self.room.book.address(self.record.address).consents.get(self.record.topic)
        return word is not None and word.status is ConsentStatus.WITHDRAWN

    def clear(self) -> None:
        self.cleared += 1
        self.room.book.sends.pop(self.record.send_key, None)
        self.room.book.addresses.pop(self.record.address, None)

    def get(self, url: str) -> Answered:
        token = url.rpartition("/")[2]
        self.looking(self, token)
        return Answered(status=404 if self.room.engage.centre(token) is None else 200)

    def post(self, url: str, form: str) -> Answered:
        assert form == "List-Unsubscribe=One-Click"
        if not self.deaf:
            token = url.rpartition("/")[2]
            self.room.engage.unsubscribe(token, Scope.TOPIC, method="one-click")
        return Answered(status=self.status)


@pytest.fixture
def engaged() -> Engaged:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    nobody = room.ref("unsubscribe-check@rapport.invalid")
    return Engaged(room, replace(room.record(), send_key="ab" * 32, address=nobody))


def test_one_click_closes_the_topic_and_nothing_is_left_of_the_trial(engaged: Engaged) -> None:
    before = dict(engaged.room.book.addresses)
    for _ in range(2):
        found = doors.unsubscribing(engaged, engaged, public_url=PUBLIC)
        assert found[0] is Level.OK, found
    assert engaged.room.book.addresses == before
    assert engaged.room.ref(ANA) in before


def by_looking(engaged: Engaged, token: str) -> None:
    engaged.room.engage.unsubscribe(token, Scope.TOPIC, method="page")


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"looking": by_looking}, "Looking at the page unsubscribes"),
        ({"status": 302}, "answers 302"),
        ({"deaf": True}, "is not closed"),
    ],
)
def test_a_way_out_that_does_not_work_is_told_and_taken_back(
    engaged: Engaged, broken: dict[str, object], told: str
) -> None:
    found = doors.unsubscribing(replace(engaged, **broken), engaged, public_url=PUBLIC)  # type: ignore[arg-type]
    assert (found[0], told in found[1]) == (Level.FAIL, True), found
    assert engaged.record.address not in engaged.room.book.addresses


def test_what_cannot_be_told_is_unknown_and_in_the_way_until_somebody_accepts_it() -> None:
    def unheard() -> tuple[Level, str]:
        msg = "Nobody answers."
        raise CannotTellError(msg)

    found = looked(
        [
            ("fine", lambda: (Level.OK, "It is.")),
            ("better", lambda: (Level.WARN, "It could be.", "Do it.")),
            ("unheard", unheard),
            ("broken", lambda: (Level.FAIL, "It is not.", "Mend it.")),
        ]
    )
    assert [each.level for each in found] == ["ok", "warn", "unknown", "fail"]

    def names(findings: tuple[Finding, ...]) -> list[str]:
        return [each.name for each in findings]

    assert names(in_the_way(found, ())) == ["unheard", "broken"]
    assert names(in_the_way(found, ("unheard", "broken"))) == ["broken"]


def test_a_bounce_that_nobody_tried_is_unknown() -> None:
    with pytest.raises(CannotTellError, match="--send"):
        doors.bounced(seen=None)
    assert doors.bounced(seen=True)[0] is Level.OK
    assert doors.bounced(seen=False)[0] is Level.FAIL


def test_what_the_check_posts_is_refused_for_want_of_a_key_and_not_kept() -> None:
    door = Door()
    form = {"content-type": "application/x-www-form-urlencoded"}
    outcome = door.receive(posted("/v1/batch", body=doors.NOTHING, headers=form))
    assert outcome.problem is not None
    assert outcome.problem.status == doors.REFUSED
    assert not door.log.rows
