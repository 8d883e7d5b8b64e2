"""Applications can be started in anybody's name: what that mails, to whom, and how often."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

from rapport.domain.gates import ASK_WHO_LEFT_AFTER, REMIND_AGAIN_AFTER
from tests.support.depth import rounds
from tests.support.town import Town

TOWNS = rounds(100)
CALLS = 25
DAY = timedelta(hours=24)
ANA, BO, CY = (f"{name}@inbox.halden.example" for name in ("ana", "bo", "cy"))
EVENTS = (*("Application Started",) * 8, "Application Submitted", "Talent Network Joined")


def _founded(random: Random) -> Town:
    """A town where Ana confirmed and agreed; Bo did, and took it back; nobody knows Cy."""
    town = Town(random=random)
    town.room.send_mode("live")
    town.room.jobs(*(f"Nurse {number}" for number in range(12)))
    town.join("j1", userId="u-ana", properties={"email": ANA, "category": "nursing"})
    town.press_confirm()
    town.join("j2", anonymousId="bo", properties={"email": BO, "category": "nursing"})
    town.press_confirm()
    town.leave()
    town.room.clock.forward(days=3)
    town.mailed.clear()
    return town


def _messages(random: Random, town: Town) -> Iterator[dict[str, Any]]:
    for serial in range(random.randrange(1, 4)):
        yield {
            "type": "track",
            "event": random.choice(EVENTS),
            "messageId": f"{len(town.room.log.rows)}-{serial}",
            "anonymousId": f"browser-{random.randrange(6)}" if random.random() < 0.8 else "kiosk",
            "timestamp": (town.room.clock() - random.choice((0, 0, 5, 30)) * DAY / 24).isoformat(),
            "properties": {
                "email": random.choice((ANA, BO, CY)),
                "first_name": "Buy at spam.example",
                "job_id": random.choice((*range(1, 13), "made-up", "")),
                "title": "Free riches at spam.example",
            },
        }


def test_whatever_is_started_in_anybodys_name_mails_rarely_and_repeats_nothing() -> None:
    reminders = {ANA: 0, BO: 0, CY: 0}
    for number in range(TOWNS):
        random = Random(number)
        town = _founded(random)
        known, before = len(town.room.logged("Address Confirmed")), len(town.room.mails)
        for _ in range(CALLS):
            town.room.clock.forward(hours=random.choice((0, 1, 6, 20, 31)))
            town.wake()
            town.post("/v1/batch", {"batch": list(_messages(random, town))})
            town.settle()
        told = f"town {number}"
        for whom, apart in ((CY, DAY), (BO, ASK_WHO_LEFT_AFTER), (ANA, REMIND_AGAIN_AFTER)):
            times = town.mailed.get(whom, [])
            assert all(later - sooner >= apart for sooner, later in pairwise(times)), told
            reminders[whom] += len(times)
        mails = town.room.mails[before:]
        assert not any("spam" in mail.text + mail.html + mail.subject for mail in mails), told
        classes = {(mail.to, mail.tags["class"]) for mail in mails}
        asked = {(BO, "confirmation"), (CY, "confirmation")}
        assert classes <= {(ANA, "marketing"), *asked}, told
        assert len(town.room.logged("Address Confirmed")) == known, told
        assert town.waits_are_woken_for(), told
    print(
        f"\n{TOWNS} towns of {CALLS} calls: {reminders[CY]} mails to a stranger, never two a day;"
        f" {reminders[ANA]} to whoever agreed, never two a week; {reminders[BO]} to whoever left"
    )
    assert reminders[ANA] > TOWNS // 2
    assert reminders[CY] > TOWNS
