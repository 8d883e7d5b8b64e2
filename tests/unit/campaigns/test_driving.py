"""From a launch to the last mail, with the real `send` behind the queue."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from functions.campaign.flow import Came
from rapport.bundle import Bundle
from rapport.campaign_work import CampaignError, going
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId
from rapport.domain.launch import State
from rapport.launching import LiveStands
from rapport.ports import Mail
from rapport.segments import Segment
from tests.support.agency import KEY, MINUTE, Agency
from tests.support.fakes import CrashError
from tests.support.mailroom import Mailroom

BLOCK = "six-weeks-ahead"


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


def test_a_pause_ends_the_mail_within_ten_seconds_and_what_was_put_waits() -> None:
    """In the time of the workers: they read how it stands every 10 s, and mail 14 a second."""
    office = agency(700)
    campaigns, room = office.campaigns, office.room
    room.publish(_approve_over(room, 2_000))
    campaigns.launch(KEY, by="kari")
    office.step()
    office.step()
    office.mail(30)
    paused_at, put, mailed = room.clock(), len(office.put), len(room.mails)
    campaigns.pause(KEY, why="a wrong date")
    last = paused_at
    for _ in range(1_000):
        before = len(room.mails)
        office.mail(1)
        office.step()
        last = room.clock() if len(room.mails) > before else last
    took = (last - paused_at).total_seconds()
    late = sum(count for at, count in office.batches if at > paused_at)
    print(
        f"after the pause {len(room.mails) - mailed} mails left, the last after {took:.1f} s; later"
        f" than 60 s: {int(took > 60)}; intents put after it: {late}; waiting: {len(room.reasons)}"
    )
    assert len(office.put) == put
    assert 0 < took <= 10 + 1 / 14
    assert late == 0
    assert sum(reason == "campaign_paused" for reason in room.reasons) == put - len(room.mails)
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


def _without(bundle: Bundle, what: str) -> Bundle:
    topic = bundle.campaigns[0].topic
    match what:
        case "template":
            kept = tuple(t for t in bundle.templates if t.name != "campaign")
            return msgspec.structs.replace(bundle, templates=kept)
        case "block":
            left = tuple(each for each in bundle.blocks if each.key != BLOCK)
            return msgspec.structs.replace(bundle, blocks=left)
        case _:
            words = tuple(each for each in bundle.statements if each.topic != topic)
            return msgspec.structs.replace(bundle, statements=words)


@pytest.mark.parametrize("what", ["template", "block", "statement"])
def test_what_it_names_is_unpublished_midway_it_stops_and_goes_on_by_itself(what: str) -> None:
    office = agency(5)
    room = office.room
    office.edit(KEY, block=BLOCK)
    office.campaigns.launch(KEY, by="kari")
    office.step()
    office.step()
    office.mail(1)
    whole = room.bundle
    room.publish(_without(whole, what))
    room.clock.forward(seconds=10)
    office.mail()
    assert room.reasons.count("campaign_changed") == 4
    [lacking] = {d.gates[-1].detail for d in room.decisions[1:]}
    assert what in lacking
    assert "published" in lacking
    assert office.campaigns.show(KEY).lacking == lacking
    with pytest.raises(CampaignError, match=what):
        office.campaigns.resume(KEY)
    room.publish(whole)
    room.clock.forward(minutes=16)
    for run in [*room.runs.rows.values()]:
        room.trigger.wake(run.subject)
    office.run()
    assert len(room.mails) == 5


@pytest.mark.parametrize("leap", [timedelta(minutes=2), timedelta(hours=-1), timedelta(hours=25)])
def test_a_clock_that_moves_during_a_launch_neither_skips_nor_doubles_anybody(
    leap: timedelta,
) -> None:
    """Over midnight, back by an hour as in autumn, and over a whole day."""
    office = agency(9)
    clock = office.room.clock
    clock.forward(seconds=(timedelta(hours=14, minutes=59)).total_seconds())
    office.audiences.size_of_page = 3
    office.edit(KEY, local_hour=1, stale_after_seconds=5 * 86_400)
    real = office.audiences.page

    def page(of: Segment | str, *, cursor: str) -> tuple[Sequence[PersonId], str]:
        clock.forward(seconds=leap.total_seconds())
        return real(of, cursor=cursor)

    office.audiences.page = page  # type: ignore[method-assign]
    begins = office.campaigns.launch(KEY, by="kari").launch.begins
    assert begins == clock()
    while not office.room.launches.get(KEY).frozen:
        office.step()
    assert office.room.launches.get(KEY).pages == 3
    dues = {chunk.due for chunk in office.room.launches.kept[KEY].values()}
    assert len(dues) == 1
    office.run()
    sent = mails_to(office.room.mails)
    assert (len(sent), set(sent.values())) == (9, {1})


def test_messages_that_come_out_of_the_dead_letters_change_nothing() -> None:
    office = agency(6)
    told: list[Mapping[str, Json]] = []
    real = office.work.put

    def put(message: Mapping[str, Json], *, after_s: float = 0) -> None:
        told.append(message)
        real(message, after_s=after_s)

    office.work.put = put  # type: ignore[method-assign]
    office.campaigns.rehearse(KEY, by="kari")
    office.campaigns.launch(KEY, by="kari")
    office.run()
    before = office.campaigns.outlook(KEY), office.room.launches.get(KEY), len(office.put)
    assert {message["do"] for message in told} == {"go", "list", "judge"}
    redriven = [*told, *told]
    for message in redriven:
        office.drive.do(message, until=office.room.clock() + MINUTE)
    office.run()
    after = office.campaigns.outlook(KEY), office.room.launches.get(KEY), len(office.put)
    print(f"{len(redriven)} messages redriven; intents put by them: {after[2] - before[2]}")
    assert after[1:] == before[1:]
    assert before[0] is not None
    assert after[0] is not None
    assert after[0].people == before[0].people
    office.campaigns.cancel(KEY)
    office.drive.do(going(KEY), until=office.room.clock() + MINUTE)
    assert set(mails_to(office.room.mails).values()) == {1}


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
