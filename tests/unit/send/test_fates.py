"""What SES says, as facts: closed addresses, opens and clicks of those who agreed, few writes."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from functions.send.feedback import Heard
from functions.send.reports import SesReport, read_report
from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_MARKETING,
    TRACKING,
    Consent,
    ConsentStatus,
    LedgerEntry,
)
from rapport.domain.fate import Fate, Said, fate_of
from rapport.domain.marks import rejudged
from rapport.domain.verdict import Who
from rapport.outcomes import Link
from tests.support.fakes import START
from tests.support.mailroom import ANA, Mailroom

SAMPLES = Path(__file__).parents[2] / "support" / "ses"
HARD = (
    *("General", "NoEmail", "Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList"),
    "EmailValidationSuppressed",
)
SOFT = (
    *("General", "MailboxFull", "MessageTooLarge", "CustomTimeoutExceeded", "ContentRejected"),
    "AttachmentRejected",
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
FAILED = {"emailAddress": "x@example.com", "action": "failed", "status": "4.2.2"}


def about(send_id: str, name: str, **inner: Mapping[str, object]) -> SesReport:
    raw: dict[str, Any] = json.loads((SAMPLES / f"awsdocs-sns-{name}-record.json").read_text())
    raw["mail"]["tags"]["send_id"] = [send_id]
    raw["mail"]["timestamp"] = START.isoformat()
    for part, fields in inner.items():
        raw[part] = {**raw[part], **fields}
    report = read_report(raw)
    assert report is not None
    return report


def at(after: timedelta) -> str:
    return (START + after).isoformat()


def mailed() -> tuple[Mailroom, str]:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    return room, room.record().send_key


def noticed_one(*, tracked: bool = True) -> tuple[Mailroom, str]:
    """A mail to somebody who agreed to be noticed."""
    room, key = mailed()
    room.book.sends[key] = replace(room.book.sends[key], tracked=tracked)
    room.fates.keep(
        key,
        (
            Link(url="https://careers.halden.example/how", block="how-we-hire"),
            Link(url="https://careers.halden.example/jobs/1"),
            Link(url="https://careers.halden.example", trap=True),
        ),
    )
    room.feedback.hear(about(key, "delivery", delivery={"timestamp": at(timedelta(seconds=2))}))
    return room, key


def bounce(key: str, kind: str, subtype: str, *, number: int = 0, **who: str) -> SesReport:
    told = {**FAILED, **who} if who.get("bare") is None else {"emailAddress": "x@example.com"}
    return about(
        key,
        "bounce",
        bounce={
            "bounceType": kind,
            "bounceSubType": subtype,
            "bouncedRecipients": [told],
            "feedbackId": f"feedback-{number}",
            "timestamp": at(timedelta(days=number)),
        },
    )


def click(key: str, link: str, after: timedelta, agent: str = IPHONE) -> SesReport:
    fields = {"link": link, "timestamp": at(after), "userAgent": agent}
    return about(key, "click", click=fields)


@pytest.mark.parametrize("subtype", HARD)
def test_every_permanent_bounce_closes_the_address_for_all_mail(subtype: str) -> None:
    room, key = mailed()
    assert room.feedback.hear(bounce(key, "Permanent", subtype)) is Heard.CLOSED
    assert room.book.addresses[room.ref(ANA)].suppressions[SCOPE_ALL].until is None
    assert room.fates.fate(key).bounce == f"Permanent/{subtype}"


@pytest.mark.parametrize("subtype", SOFT)
def test_one_passing_bounce_is_a_fact_and_closes_nothing(subtype: str) -> None:
    room, key = mailed()
    assert room.feedback.hear(bounce(key, "Transient", subtype)) is Heard.RECORDED
    assert room.fates.fate(key).shown is Said.SOFT_BOUNCED
    assert not room.book.addresses[room.ref(ANA)].suppressions


@pytest.mark.parametrize("kind", ["Transient/General", "Undetermined/Undetermined"])
def test_an_answer_of_somebody_out_of_office_is_no_bounce(kind: str) -> None:
    room, key = mailed()
    for number in range(5):
        room.feedback.hear(bounce(key, *kind.split("/"), number=number, bare="yes"))
    assert set(room.fates.fate(key).at) == {Said.ACCEPTED}
    assert not room.book.addresses[room.ref(ANA)].suppressions


def test_a_complaint_names_everybody_at_the_domain_and_only_ours_counts() -> None:
    room, key = mailed()
    others = [{"emailAddress": f"other{n}@example.com"} for n in range(3)]
    foreign = about(key, "complaint", complaint={"complainedRecipients": others})
    assert room.feedback.hear(foreign) is Heard.RECORDED
    assert not room.book.addresses[room.ref(ANA)].suppressions
    ours = [*others, {"emailAddress": "Recipient@Example.com"}]
    told = {"complainedRecipients": ours, "feedbackId": "another"}
    assert room.feedback.hear(about(key, "complaint", complaint=told)) is Heard.CLOSED


def several(room: Mailroom, key: str, mails: int) -> list[str]:
    """Earlier mails to the same address, each with a record of its own."""
    keys = [f"{n:064x}" for n in range(mails)]
    record = room.book.sends[key]
    for each in keys:
        room.book.sends[each] = replace(record, send_key=each, send_id=each)
    entries = tuple(LedgerEntry(at=START, program="p", send_key=each) for each in keys)
    room.state(ANA, lambda state: replace(state, ledger=entries))
    return keys


def soft_days(room: Mailroom, keys: list[str], first: int) -> list[float]:
    """For how many days each of the bounces, one a day, closes the address."""
    closed = []
    for number, key in enumerate(keys, start=first):
        room.clock.moment = START + timedelta(days=number)
        room.feedback.hear(bounce(key, "Transient", "MailboxFull", number=number))
        held = room.book.addresses[room.ref(ANA)].suppressions.get(SCOPE_MARKETING)
        ends = room.clock() if held is None or held.until is None else held.until
        closed.append((ends - room.clock()) / timedelta(days=1))
    return closed


def test_soft_bounces_close_for_a_while_and_the_while_doubles() -> None:
    room, key = mailed()
    keys = several(room, key, 9)
    assert soft_days(room, keys, 1) == [0, 0, 30, 30, 30, 60, 60, 60, 120]


def test_a_sign_of_a_person_lets_soft_bounces_be_forgotten() -> None:
    room, key = mailed()
    keys = several(room, key, 5)
    soft_days(room, keys[:2], 1)
    room.fates.learn(keys[1], Fate(at={Said.CLICKED: START + timedelta(days=3)}))
    assert soft_days(room, keys[2:], 4) == [0, 0, 30]


def test_what_is_known_is_not_written_again() -> None:
    room, key = mailed()
    for _ in range(8):
        room.feedback.hear(about(key, "delivery"))
    assert room.fates.writes == 1


@pytest.mark.parametrize("name", ["open", "click"])
def test_signs_of_somebody_who_did_not_agree_are_dropped(name: str) -> None:
    room, key = noticed_one(tracked=False)
    before = dict(room.log.rows)
    assert room.feedback.hear(about(key, name)) is Heard.DROPPED
    assert (room.log.rows, room.fates.noted) == (before, {})


@pytest.mark.parametrize("name", ["open", "click"])
def test_signs_that_come_after_a_withdrawal_are_dropped(name: str) -> None:
    room, key = noticed_one()
    no = Consent(
        status=ConsentStatus.WITHDRAWN,
        at=room.clock(),
        statement="",
        statement_hash="",
        event_id="u_1",
    )
    room.state(ANA, lambda state: replace(state, consents={**state.consents, TRACKING: no}))
    assert room.feedback.hear(about(key, name)) is Heard.DROPPED
    assert room.noticing.judge(key) == ()


def test_a_person_s_click_is_a_fact_an_event_and_a_mark_in_the_ledger() -> None:
    room, key = noticed_one()
    seen = click(key, "https://careers.halden.example/how", timedelta(minutes=5))
    for _ in range(3):
        assert room.feedback.hear(seen) is Heard.NOTICED
    assert not room.logged("Mail Clicked")
    assert room.judgements.mails == [key] * 3
    for _ in range(2):
        [(_, verdict)] = room.noticing.judge(key)
        assert verdict.who is Who.HUMAN
    [event] = room.logged("Mail Clicked")
    assert event.body["properties"] == {
        "send_id": key,
        "rules": "1",
        "block": "how-we-hire",
        "link": 0,
    }
    fate = room.fates.fate(key)
    assert fate.at[Said.CLICKED] == START + timedelta(minutes=5)
    assert fate.clicked_blocks == {"how-we-hire"}
    assert [e.human for e in room.book.addresses[room.ref(ANA)].ledger] == [True]


def test_of_what_was_seen_neither_network_nor_agent_is_kept() -> None:
    room, key = noticed_one()
    room.feedback.hear(click(key, "https://careers.halden.example/how", timedelta(minutes=5)))
    room.noticing.judge(key)
    kept = json.dumps([event.body for event in room.log.rows.values()]) + repr(room.fates.noted)
    for secret in ("192.0.2", IPHONE, "iPhone", "careers.halden.example/how"):
        assert secret not in kept


def test_a_scanner_that_follows_every_link_changes_nothing_but_what_machines_did() -> None:
    room, key = noticed_one()
    for n, link in enumerate(room.fates.links(key)):
        room.feedback.hear(click(key, link.url, timedelta(minutes=5, seconds=n)))
    judged = room.noticing.judge(key)
    assert {verdict.who for _, verdict in judged} == {Who.MACHINE}
    fate = room.fates.fate(key)
    assert fate.machine_clicks
    assert Said.CLICKED not in fate.at
    assert not room.logged("Mail Clicked")
    assert [e.human for e in room.book.addresses[room.ref(ANA)].ledger] == [False]


def test_clicks_in_three_mails_from_one_network_are_a_machine_s() -> None:
    room, key = noticed_one()
    keys = [key, "1" * 64, "2" * 64]
    for each in keys[1:]:
        room.book.sends[each] = replace(room.book.sends[key], send_key=each, send_id=each)
        room.fates.keep(each, room.fates.links(key))
    for n, each in enumerate(keys):
        seen = click(each, "https://careers.halden.example/how", timedelta(minutes=5, seconds=n))
        room.feedback.hear(seen)
    [(_, verdict)] = room.noticing.judge(key)
    assert verdict.reasons == ("many_people_from_one_network",)


def test_an_open_of_a_person_counts_and_marks_nobody_s_ledger() -> None:
    room, key = noticed_one()
    fields = {"timestamp": at(timedelta(minutes=5)), "userAgent": IPHONE}
    room.feedback.hear(about(key, "open", open=fields))
    room.noticing.judge(key)
    assert Said.OPENED in room.fates.fate(key).at
    assert len(room.logged("Mail Opened")) == 1
    assert [e.human for e in room.book.addresses[room.ref(ANA)].ledger] == [False]


def test_what_the_book_knows_of_a_mail_is_what_its_events_say() -> None:
    histories = 60
    for seed in range(histories):
        room, key = noticed_one()
        random = Random(seed)
        urls = [link.url for link in room.fates.links(key)]
        for n in range(random.randrange(1, 8)):
            after = timedelta(seconds=random.choice((3, 15, 400, 405, 9_000)) + n)
            report = random.choice(
                (
                    click(key, random.choice(urls), after),
                    bounce(key, "Transient", "MailboxFull", number=n),
                    about(key, "deliverydelay"),
                    about(key, "complaint"),
                    about(key, "open", open={"timestamp": at(after), "userAgent": IPHONE}),
                )
            )
            for _ in range(random.randrange(1, 3)):
                room.feedback.hear(report)
        room.noticing.judge(key)
        events = [*room.log.rows.values()]
        random.shuffle(events)
        known = room.fates.fate(key)
        told = fate_of(events, key)
        assert told == replace(known, machine_opens=False, machine_clicks=False)
        assert rejudged(events, key, links=2) == known
    print(f"fates that their events tell, and tell again when judged anew: {histories}")
