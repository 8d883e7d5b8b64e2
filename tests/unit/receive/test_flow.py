"""What follows from mail that comes in: timeline, task, fate, forwarding, and words of no."""

from dataclasses import dataclass, field, replace

import msgspec
import pytest

from functions.receive.flow import ANSWER_WITHIN, Came
from rapport.domain import names
from rapport.domain.address import ConsentStatus
from rapport.domain.event import Event, millis
from rapport.domain.fate import Said
from rapport.domain.tokens import Purpose
from rapport.errors import RetryableError
from rapport.ports import Mail, NotSent, Unknown
from tests.support.answers import FakeInbox, address, answering, receive
from tests.support.fakes import CrashError
from tests.support.mailbox.shapes import mime
from tests.support.mailroom import ANA, TOPIC, Mailroom

NAME = "inbox/1"


@dataclass
class Office:
    """A room that has mailed somebody, and its inbox."""

    room: Mailroom = field(default_factory=Mailroom)
    inbox: FakeInbox = field(default_factory=FakeInbox)

    def __post_init__(self) -> None:
        answering(self.room)
        self.person = self.room.confirmed()
        self.room.send.deliver(self.room.intent(self.person))
        [self.mail] = self.room.mails
        self.key = self.mail.tags["send_id"]

    def comes(self, raw: bytes, name: str = NAME) -> Came:
        self.inbox.objects[name] = raw
        return receive(self.room, self.inbox).take(name)

    def answer(self, words: str = "Yes, please.", headers: str = "") -> bytes:
        return mime(words, headers=headers, to=self.mail.reply_to)

    def events(self, kind: str) -> list[Event]:
        return [event for event in self.room.log.rows.values() if event.type == kind]

    @property
    def forwarded(self) -> list[Mail]:
        return [mail for mail in self.room.mails if mail.tags["class"] == "forward"]


def told(event: Event) -> dict[str, object]:
    properties = event.body["properties"]
    assert isinstance(properties, dict)
    return dict(properties)


def test_a_mail_asks_to_be_answered_where_we_read_it() -> None:
    office = Office()
    assert office.mail.reply_to == address(office.room, Purpose.REPLY, office.key)
    assert len(office.mail.reply_to.partition("@")[0]) <= 64


def test_an_answer_is_on_the_timeline_opens_a_task_and_goes_on_once() -> None:
    office = Office()
    raw = office.answer("Yes, Tuesday.\n\nSent from my iPhone")
    assert office.comes(raw) is Came.REPLY
    assert office.comes(raw, "inbox/again") is Came.REPLY
    [reply] = office.events(names.MAIL_REPLIED)
    assert told(reply) == {
        "send_id": office.key,
        "subject": "Re: Working at Halden",
        "text": "Yes, Tuesday.",
        "attachments": 0,
    }
    [task] = office.events(names.TASK_OPENED)
    assert told(task)["kind"] == "reply"
    assert told(task)["due"] == millis(office.room.clock() + ANSWER_WITHIN)
    assert [each.id for each in office.room.tasks.all()] == [task.message_id]
    assert Said.REPLIED in office.room.fates.fate(office.key).at
    [mail] = office.forwarded
    assert "Yes, Tuesday." in mail.text
    assert mail.to == office.room.bundle.brand.reply_to
    assert mail.reply_to == ANA
    assert "halden.example>" in mail.sender
    assert not office.inbox.objects


def test_an_answer_that_is_delivered_again_does_not_open_what_was_done() -> None:
    office = Office()
    raw = office.answer()
    office.comes(raw)
    [task] = office.room.tasks.all()
    office.room.tasks.remove(task)
    office.comes(raw, "inbox/again")
    assert not office.room.tasks.all()
    office.comes(office.answer("And Thursday?"), "inbox/next")
    assert len(office.room.tasks.all()) == 1


def test_the_answer_counts_as_a_human_sign_in_the_ledger() -> None:
    office = Office()
    office.comes(office.answer())
    [entry] = office.room.book.addresses[office.room.ref(ANA)].ledger
    assert entry.human


def test_who_answers_may_write_from_any_address_and_that_address_is_not_trusted() -> None:
    office = Office()
    office.comes(office.answer(headers="From: Somebody <else@elsewhere.example>"))
    [mail] = office.forwarded
    assert mail.reply_to == ANA
    assert "elsewhere" not in mail.sender + mail.text


def test_what_a_candidate_wrote_is_text_in_the_forwarded_mail_and_no_header() -> None:
    office = Office()
    subject = "=?utf-8?Q?Hi=0D=0ABcc:_x@elsewhere.example?="
    office.comes(office.answer("<script>alert(1)</script>", headers=f"Subject: {subject}"))
    [mail] = office.forwarded
    assert "<script" not in mail.html
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert mail.tracking is False


def test_an_answer_to_a_recruiters_mail_goes_to_the_recruiter() -> None:
    office = Office()
    sends = office.room.book.sends
    sends[office.key] = replace(sends[office.key], owner="kari@halden.example")
    office.comes(office.answer())
    assert [mail.to for mail in office.forwarded] == ["kari@halden.example"]


def test_nothing_is_forwarded_to_where_it_would_come_in_again() -> None:
    office = Office()
    brand = msgspec.structs.replace(office.room.bundle.brand, reply_to="jobs@Reply.halden.example")
    office.room.publish(msgspec.structs.replace(office.room.bundle, brand=brand))
    assert office.comes(office.answer()) is Came.REPLY
    assert not office.forwarded
    assert office.events(names.TASK_OPENED)


def test_an_automatic_answer_is_told_and_nothing_follows_from_it() -> None:
    office = Office()
    raw = office.answer("I am away.", headers="Auto-Submitted: auto-replied")
    assert office.comes(raw) is Came.AUTO_REPLY
    assert len(office.events(names.AUTO_REPLY_RECEIVED)) == 1
    assert not office.events(names.MAIL_REPLIED)
    assert not office.events(names.TASK_OPENED)
    assert not office.forwarded
    assert not office.room.fates.known.get(office.key)
    assert not office.inbox.objects


def test_a_mail_to_the_address_for_leaving_ends_the_consent_to_that_topic() -> None:
    office = Office()
    to = address(office.room, Purpose.UNSUBSCRIBE, office.key)
    assert office.comes(mime("", to=to, headers="Auto-Submitted: auto-generated")) is Came.LEFT
    assert office.comes(mime("", to=to), "inbox/again") is Came.LEFT
    state = office.room.book.addresses[office.room.ref(ANA)]
    assert state.consents[TOPIC].status is ConsentStatus.WITHDRAWN
    [event] = office.events(names.UNSUBSCRIBED)
    assert told(event)["method"] == "mail"
    office.room.clock.forward(days=40)
    office.room.send.deliver(office.room.intent(office.person))
    assert [mail.tags["class"] for mail in office.room.mails] == ["marketing", "confirmation"]


def test_the_address_for_leaving_is_heard_even_in_what_is_taken_for_spam() -> None:
    office = Office()
    to = address(office.room, Purpose.UNSUBSCRIBE, office.key)
    raw = mime("", to=to, received="X-SES-Spam-Verdict: FAIL\r\n")
    assert office.comes(raw) is Came.LEFT


def test_an_answer_that_is_spam_or_a_virus_changes_nothing_and_stays_to_expire() -> None:
    office = Office()
    before = dict(office.room.log.rows)
    raw = mime("Buy", to=office.mail.reply_to, received="X-SES-Virus-Verdict: FAIL\r\n")
    assert office.comes(raw) is Came.UNSAFE
    assert office.room.log.rows == before
    assert office.inbox.objects


def test_a_tag_that_is_changed_in_any_place_is_nobodys() -> None:
    office = Office()
    before = dict(office.room.log.rows)
    local, _, domain = office.mail.reply_to.partition("@")
    tag = local.partition("+")[2]
    changed = [f"{tag[:n]}{'a' if tag[n] != 'a' else 'b'}{tag[n + 1 :]}" for n in range(len(tag))]
    addresses = [f"r+{each}@{domain}" for each in changed]
    addresses += [f"unsub+{tag}@{domain}", f"r+{tag}@elsewhere.example", f"r+{tag}x@{domain}"]
    came = [office.comes(mime("Hi", to=to)) for to in addresses]
    print(f"addresses that are not ours: nobody's {came.count(Came.NOBODYS)}/{len(addresses)}")
    assert set(came) == {Came.NOBODYS}
    assert office.room.log.rows == before
    assert office.inbox.objects


def test_capitals_in_the_address_do_not_matter() -> None:
    office = Office()
    assert office.comes(mime("Hi", to=office.mail.reply_to.upper())) is Came.REPLY


def test_a_forward_that_ses_wants_later_is_tried_again_and_goes_once() -> None:
    office = Office()
    office.room.mailer.answers.append(NotSent(code="TooManyRequestsException", again=True))
    with pytest.raises(RetryableError):
        office.comes(office.answer())
    assert office.inbox.objects
    assert receive(office.room, office.inbox).take(NAME) is Came.REPLY
    assert len(office.events(names.MAIL_REPLIED)) == 1
    assert not office.inbox.objects


def test_a_forward_of_which_nobody_can_tell_is_not_sent_again() -> None:
    office = Office()
    office.room.mailer.answers.append(Unknown(detail="ReadTimeoutError"))
    assert office.comes(office.answer()) is Came.REPLY
    sent = len(office.room.mails)
    assert office.comes(office.answer(), "inbox/again") is Came.REPLY
    assert len(office.room.mails) == sent


def test_a_worker_that_dies_anywhere_leaves_one_answer_one_task_and_one_mail_at_most() -> None:
    deaths = 0
    for after in range(1, 12):
        office = Office()
        calls = office.room.calls
        office.inbox.objects[NAME] = office.answer()
        calls.fail_after = len(calls.names) + after
        try:
            receive(office.room, office.inbox).take(NAME)
        except CrashError:
            deaths += 1
        calls.fail_after = None
        receive(office.room, office.inbox).take(NAME)
        assert len(office.events(names.MAIL_REPLIED)) == 1
        assert len(office.events(names.TASK_OPENED)) == 1
        assert len(office.forwarded) <= 1
    assert deaths > 1


def test_what_was_erased_is_nobodys_and_what_came_is_gone_is_done() -> None:
    office = Office()
    raw = office.answer()
    office.room.book.sends.clear()
    assert office.comes(raw) is Came.NOBODYS
    assert receive(office.room, office.inbox).take("inbox/none") is Came.GONE


def test_without_a_domain_for_replies_mail_is_answered_at_the_brands_own_address() -> None:
    room = Mailroom()
    brand = msgspec.structs.replace(room.bundle.brand, reply_domain="")
    room.publish(msgspec.structs.replace(room.bundle, brand=brand))
    room.send.deliver(room.intent(room.confirmed()))
    [mail] = room.mails
    assert mail.reply_to == brand.reply_to
    assert "mailto" not in dict(mail.headers)["List-Unsubscribe"]
