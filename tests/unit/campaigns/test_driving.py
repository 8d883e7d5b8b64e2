"""From a launch to the last mail, with the real `send` behind the queue."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from functions.campaign.flow import Came
from rapport.bundle import Bundle
from rapport.campaign_work import going
from rapport.domain.launch import State
from rapport.launching import LiveStands
from rapport.ports import Mail
from tests.support.agency import KEY, MINUTE, Agency
from tests.support.fakes import CrashError
from tests.support.mailroom import Mailroom


def agency(people: int) -> Agency:
    office = Agency()
    office.crowd(people)
    return office


def mails_to(mails: list[Mail]) -> Counter[str]:
    return Counter(mail.to for mail in mails)


def test_everybody_of_the_audience_is_mailed_once_and_the_campaign_is_done() -> None:
    office = agency(60)
    assert office.campaigns.launch(KEY, by="kari").launch.state is State.WAITING
    office.run()
    shown = office.campaigns.show(KEY)
    assert shown.launch.state is State.DONE
    assert (shown.launch.audience, shown.launch.put) == (60, 60)
    assert shown.counts == {"sent": 60}
    assert set(mails_to(office.room.mails).values()) == {1}
    [mail] = office.room.mails[:1]
    assert mail.subject.startswith("An evening about rotas")
    assert "There is soup, and it is over by eight." in mail.text
    assert mail.tags["campaign"] == f"campaign-{KEY}"
    assert {"List-Unsubscribe", "List-Id", "Precedence"} <= {name for name, _ in mail.headers}


def test_a_launch_that_dies_after_any_call_mails_everybody_once() -> None:
    """Crash after each store call of the driver, then let the queue deliver the message again."""
    people, crashes, doubled, lost = 12, 0, 0, 0
    for fail_after in range(200):
        office = agency(people)
        office.audiences.size_of_page = 5
        office.campaigns.launch(KEY, by="kari")
        died = _die(office, fail_after)
        crashes += died
        office.run()
        sent = mails_to(office.room.mails)
        doubled += sum(count - 1 for count in sent.values())
        lost += people - len(sent)
        launch = office.room.launches.get(KEY)
        assert (launch.state, launch.audience) == (State.DONE, people)
        if not died:
            break
    print(f"crashes of the driver {crashes}, doubled {doubled}, lost {lost}")
    assert crashes > 10
    assert (doubled, lost) == (0, 0)


def _die(office: Agency, fail_after: int) -> bool:
    """Let the driver die after so many calls on its stores and queue; whether it did."""
    left = [fail_after]

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **told: Any) -> Any:
            if not left[0]:
                raise CrashError
            left[0] -= 1
            return call(*args, **told)

        return called

    launches, drive = office.room.launches, office.drive
    for name in ("get", "save", "chunks", "next_due"):
        setattr(launches, name, dying(getattr(launches, name)))
    office.put_all = dying(office.put_all)  # type: ignore[method-assign]
    try:
        for _ in range(20):
            if not office.work.queue:
                return False
            message, after_s = office.work.queue[0]
            office.room.clock.forward(seconds=after_s)
            drive.do(message, until=office.room.clock() + MINUTE)
            office.work.queue.pop(0)
            office.mail(3)
    except CrashError:
        return True
    finally:
        for name in ("get", "save", "chunks", "next_due"):
            delattr(launches, name)
        del office.put_all
    return False


def test_killed_at_forty_percent_and_resumed_all_of_the_audience_is_accounted_for() -> None:
    office = agency(300)
    # Some may not be mailed at all, and some not now.
    for n in range(0, 300, 10):
        office.room.state(f"p{n}@inbox.halden.example", lambda state: replace(state, consents={}))
    office.room.accounts.known = replace(office.room.accounts.known, per_second=2.0)
    office.campaigns.launch(KEY, by="kari")
    office.step()
    office.step()
    assert 0.3 < office.room.launches.get(KEY).put / 300 < 0.5
    office.mail(50)
    office.campaigns.pause(KEY)
    office.mail()
    put, mailed = len(office.put), len(office.room.mails)
    assert 0.1 < mailed / 300 < 0.4
    # What was in the queue when it was paused: held, and judged again when it goes on.
    held = [run for run in office.room.runs.rows.values() if run.program.endswith(KEY)]
    office.campaigns.resume(KEY)
    office.run()
    office.room.clock.forward(minutes=16)
    for run in held:
        office.room.trigger.wake(run.subject)
    office.mail()
    counts = office.campaigns.show(KEY).counts
    sent = mails_to(office.room.mails)
    print(
        f"killed at {put} of 300 intents, {mailed} mails; held meanwhile {len(held)};"
        f" then {dict(counts)}; doubled {sum(sent.values()) - len(sent)}"
    )
    assert held
    assert sum(counts.values()) == 300
    assert counts == {"sent": 270, "dropped no_consent": 30}
    assert set(sent.values()) == {1}


def test_nothing_is_put_once_it_is_paused_and_what_was_waits() -> None:
    office = agency(700)
    campaigns, room = office.campaigns, office.room
    room.publish(_approve_over(room, 2_000))
    campaigns.launch(KEY, by="kari")
    office.step()
    office.step()
    assert office.put
    paused_at = room.clock()
    campaigns.pause(KEY, why="a wrong date")
    before = len(office.put)
    room.clock.forward(seconds=60)
    for _ in range(20):
        office.mail()
        office.step()
    late = sum(count for at, count in office.batches if at > paused_at)
    print(f"intents put after the pause: {late}; mails that left later than 60 s after it: 0")
    assert (late, len(office.put)) == (0, before)
    assert room.mails == []
    assert set(room.reasons) == {"campaign_paused"}
    assert campaigns.show(KEY).launch.why == "a wrong date"


def _approve_over(room: Mailroom, most: int) -> Bundle:
    bundle = room.bundle
    return msgspec.structs.replace(bundle, policy=replace(bundle.policy, approve_over=most))


def test_the_queue_is_never_filled_further_ahead_than_a_minute() -> None:
    office = agency(400)
    office.room.accounts.known = replace(office.room.accounts.known, per_second=2.0)
    office.campaigns.launch(KEY, by="kari")
    office.step()
    office.step()
    office.step()
    assert office.waiting() == 120


def test_a_worker_sees_a_pause_within_ten_seconds() -> None:
    office = agency(3)
    office.campaigns.launch(KEY, by="kari")
    office.step()
    office.step()
    office.mail(1)
    office.campaigns.pause(KEY)
    office.mail(1)
    office.room.clock.forward(seconds=10)
    office.mail(1)
    assert len(office.room.mails) == 2
    assert office.room.reasons[-1] == "campaign_paused"


def test_what_was_cancelled_is_dropped() -> None:
    office = agency(4)
    office.campaigns.launch(KEY, by="kari")
    office.step()
    office.step()
    office.campaigns.cancel(KEY)
    office.run()
    assert office.room.mails == []
    assert set(office.room.reasons) == {"campaign_cancelled"}
    assert office.campaigns.show(KEY).counts == {"dropped campaign_cancelled": 4}


def test_an_edit_stops_what_has_not_left_until_somebody_agrees_to_the_new_text() -> None:
    office = agency(6)
    campaigns, room = office.campaigns, office.room
    campaigns.launch(KEY, by="kari")
    office.step()
    office.step()
    office.mail(2)
    letters = dict(room.bundle.campaigns[0].letters)
    told = msgspec.structs.replace(letters["en"], subject="It is on Wednesday")
    office.edit(KEY, letters={**letters, "en": told})
    room.clock.forward(seconds=10)
    office.mail()
    assert room.reasons.count("campaign_changed") == 4
    assert campaigns.show(KEY).to_json()["changed"] is True
    campaigns.resume(KEY)
    room.clock.forward(minutes=16)
    for run in [*room.runs.rows.values()]:
        room.trigger.wake(run.subject)
    office.run()
    assert [mail.subject for mail in room.mails][2:] == ["It is on Wednesday"] * 4


def test_a_template_that_is_unpublished_midway_stops_it_and_it_goes_on_by_itself() -> None:
    office = agency(5)
    room = office.room
    office.campaigns.launch(KEY, by="kari")
    office.step()
    office.step()
    office.mail(1)
    whole = room.bundle
    left = tuple(t for t in whole.templates if t.name != "campaign")
    room.publish(msgspec.structs.replace(whole, templates=left))
    room.clock.forward(seconds=10)
    office.mail()
    assert room.reasons.count("campaign_changed") == 4
    lacking = "The template campaign is not published."
    assert {d.gates[-1].detail for d in room.decisions[1:]} == {lacking}
    assert office.campaigns.show(KEY).lacking == lacking
    room.publish(whole)
    room.clock.forward(minutes=16)
    for run in [*room.runs.rows.values()]:
        room.trigger.wake(run.subject)
    office.run()
    assert len(room.mails) == 5


@pytest.mark.parametrize("bound", [{"most_mails": 7}, {"most_usd": 7.5 * 0.00012}])
def test_no_more_leave_than_the_bound_and_the_campaign_says_so(bound: dict[str, float]) -> None:
    office = agency(20)
    office.edit(KEY, **bound)
    office.campaigns.launch(KEY, by="kari")
    office.run()
    shown = office.campaigns.show(KEY)
    assert len(office.room.mails) == 7 == shown.spent
    assert (shown.launch.state, shown.launch.why) == (
        State.PAUSED,
        "it has sent as many mails as it may",
    )
    assert sum(shown.counts.values()) == shown.launch.put
    office.edit(KEY, most_mails=0, most_usd=0.0)
    office.campaigns.resume(KEY)
    office.run()
    assert office.room.launches.get(KEY).put == 20


def test_two_workers_at_once_put_nobody_twice_into_the_mail() -> None:
    office = agency(90)
    office.campaigns.launch(KEY, by="kari")
    office.step()
    now = office.room.clock()
    first, second = office.drive, office.drive
    stale = office.room.launches.get(KEY)
    assert first.do(going(KEY), until=now + MINUTE) is Came.DONE
    # The other read the launch before the first wrote.
    real, office.room.launches.get = office.room.launches.get, lambda _: stale  # type: ignore[assignment,method-assign]
    assert second.do(going(KEY), until=now + MINUTE) is Came.OVERTAKEN
    office.room.launches.get = real  # type: ignore[method-assign]
    office.run()
    assert len(office.room.mails) == 90
    assert len(office.put) > 90


def test_people_who_are_one_by_now_and_share_an_address_get_one_mail() -> None:
    office = agency(3)
    office.audiences.people *= 2
    office.campaigns.launch(KEY, by="kari")
    office.run()
    assert set(mails_to(office.room.mails).values()) == {1}


def test_an_address_that_nobody_confirmed_is_not_asked_to_be() -> None:
    office = agency(0)
    office.audiences.people = [office.room.person("new@inbox.halden.example")]
    office.campaigns.launch(KEY, by="kari")
    office.run()
    assert office.room.mails == []
    assert office.room.reasons == ["address_unconfirmed"]


def test_somebody_who_was_erased_meanwhile_is_dropped_without_a_word_of_them() -> None:
    office = agency(2)
    office.campaigns.launch(KEY, by="kari")
    office.step()
    office.room.people.views.clear()
    office.room.people.root_of = lambda _: None  # type: ignore[assignment,method-assign]
    office.run()
    assert office.room.mails == []
    assert set(office.room.reasons) == {"address_missing"}


def test_it_begins_no_earlier_than_the_time_that_it_names() -> None:
    office = agency(2)
    at = office.room.clock() + timedelta(hours=30)
    office.edit(KEY, at=at.isoformat())
    office.campaigns.launch(KEY, by="kari")
    while office.step() and not office.put:
        pass
    assert office.room.clock() >= at
    office.run()
    assert len(office.room.mails) == 2


def test_playbooks_ask_for_no_campaign() -> None:
    office = agency(1)
    reads = office.room.launches.reads
    room = office.room
    stands = LiveStands(room.launches)
    assert stands.of("talent-network-welcome", room.bundle, room.live) is None
    assert room.launches.reads == reads
