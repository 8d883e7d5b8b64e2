"""From an intent to at most one mail."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from functions.send.flow import LEASE, Done, Send
from rapport.bundle import CONFIRM_PROGRAM
from rapport.domain.address import (
    SCOPE_MARKETING,
    ConsentStatus,
    SendState,
    Suppression,
)
from rapport.domain.decision import Outcome
from rapport.domain.identifiers import Namespace, person_id
from rapport.domain.profile import Profile
from rapport.errors import RetryableError
from rapport.ports import Accepted, NotSent, Unknown, View
from rapport.sending import Refusal
from tests.support.mailroom import ANA, TOPIC, WELCOME, Mailroom

THROTTLED = NotSent(code="TooManyRequestsException", again=True, why=Refusal.THROTTLED)


def test_a_candidate_who_consented_gets_the_mail_and_everything_is_on_record() -> None:
    room = Mailroom()
    result = room.send.deliver(room.intent(room.confirmed()))
    assert result.done is Done.ACCEPTED
    [mail] = room.mails
    record = room.record()
    assert mail.to == ANA
    assert (record.state, record.message_id) == (SendState.ACCEPTED, "ses-1")
    assert mail.tags["send_id"] == record.send_id == record.send_key
    assert room.reasons == ["consented"]
    assert [e.body["properties"] for e in room.logged("Mail Submitted")] == [
        {"send_id": record.send_id, "state": "accepted", "message_id": "ses-1"}
    ]
    assert [entry.program for entry in room.book.addresses[room.ref(ANA)].ledger] == [WELCOME]


def test_an_address_that_nobody_confirmed_is_asked_and_nothing_else() -> None:
    room = Mailroom()
    assert room.send.deliver(room.intent(room.person())).done is Done.ACCEPTED
    [mail] = room.mails
    assert mail.tags["class"] == "confirmation"
    state = room.book.addresses[room.ref(ANA)]
    assert state.confirmation_asked_at == room.clock()
    assert state.confirmed_at is None
    assert not state.consents
    [record] = room.book.sends.values()
    assert (record.program, record.mail_class) == (CONFIRM_PROGRAM, "confirmation")


def test_an_address_is_asked_once_a_day_however_often_it_is_signed_up() -> None:
    room = Mailroom()
    person = room.person()
    for _ in range(24):
        room.send.deliver(room.intent(person))
        room.clock.forward(minutes=59)
    assert len(room.mails) == 1
    assert room.reasons.count("confirmation_recent") == 23
    room.clock.forward(minutes=24)
    room.send.deliver(room.intent(person))
    assert len(room.mails) == 2


def test_two_people_with_one_address_share_its_day() -> None:
    room = Mailroom()
    room.send.deliver(room.intent(room.person()))
    other = Profile(
        root=room.ref("u-1", Namespace.USER),
        members=(room.ref("u-1", Namespace.USER),),
        attributes=room.people.views[person_id(room.ref(ANA))].profile.attributes,
    )
    room.one_person(other.root)
    room.people.views[other.person] = View(profile=other, version=1)
    result = room.send.deliver(room.intent(other.person))
    assert (result.done, len(room.mails)) == (Done.DROPPED, 1)


def test_the_same_intent_delivered_again_sends_nothing_and_stores_nothing() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    room.send.deliver(intent)
    stored = dict(room.log.rows)
    room.clock.forward(minutes=5)
    assert room.send.deliver(intent).done is Done.NOTHING
    assert len(room.mails) == 1
    assert room.log.rows == stored


def test_another_event_does_not_repeat_a_mail_that_goes_out_once_in_a_lifetime() -> None:
    room = Mailroom()
    person = room.confirmed()
    room.send.deliver(room.intent(person))
    result = room.send.deliver(room.intent(person))
    assert result.done is Done.DROPPED
    assert room.reasons == ["consented", "already_sent"]


def test_a_drop_is_stored_once_however_often_the_intent_comes() -> None:
    room = Mailroom()
    room.send_mode("off")
    intent = room.intent(room.confirmed())
    for _ in range(3):
        assert room.send.deliver(intent).done is Done.DROPPED
        room.clock.forward(minutes=1)
    assert room.reasons == ["sending_off"]
    assert not room.mails


def test_an_unsubscribe_between_decision_and_claim_refuses_the_claim() -> None:
    room = Mailroom()
    person = room.confirmed()

    def unsubscribe() -> None:
        def withdrawn(state):  # type: ignore[no-untyped-def]
            word = replace(state.consents[TOPIC], status=ConsentStatus.WITHDRAWN)
            return replace(state, version=state.version + 1, consents={TOPIC: word})

        room.state(ANA, withdrawn)

    room.book.before_claim = unsubscribe
    assert room.send.deliver(room.intent(person)).done is Done.DROPPED
    assert room.reasons == ["consent_withdrawn"]
    assert not room.mails
    assert not room.book.sends


def test_a_suppression_between_decision_and_claim_refuses_the_claim() -> None:
    room = Mailroom()
    person = room.confirmed()
    word = Suppression(reason="complaint", at=room.clock(), event_id="r_1")
    room.book.before_claim = lambda: room.state(
        ANA,
        lambda state: replace(state, suppression_version=1, suppressions={SCOPE_MARKETING: word}),
    )
    room.send.deliver(room.intent(person))
    assert room.reasons == ["suppressed"]
    assert not room.mails


def test_a_lost_race_is_decided_again_and_the_mail_still_goes_out() -> None:
    room = Mailroom()
    person = room.confirmed()
    room.book.before_claim = lambda: room.state(
        ANA, lambda state: replace(state, version=state.version + 1)
    )
    assert room.send.deliver(room.intent(person)).done is Done.ACCEPTED
    assert room.calls.count("book.claim") == 2
    assert room.reasons == ["consented"]


def test_an_address_that_changes_under_every_claim_comes_back_later() -> None:
    room = Mailroom()
    person = room.confirmed()

    def again() -> None:
        room.state(ANA, lambda state: replace(state, version=state.version + 1))
        room.book.before_claim = again

    room.book.before_claim = again
    with pytest.raises(RetryableError):
        room.send.deliver(room.intent(person))
    assert room.calls.count("book.claim") == 3
    assert not room.mails


def test_two_workers_with_one_intent_send_one_mail() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())

    def other_worker() -> None:
        room.send.deliver(intent)

    room.book.before_claim = other_worker
    room.send.deliver(intent)
    assert len(room.mails) == 1


def test_content_with_a_gap_is_dropped_and_never_half_a_mail() -> None:
    room = Mailroom()
    person = room.confirmed()
    templates = tuple(
        msgspec.structs.replace(t, text="Hello {{ person.middle_name }}")
        for t in room.bundle.templates
    )
    room.publish(msgspec.structs.replace(room.bundle, templates=templates))
    result = room.send.deliver(room.intent(person))
    assert (result.done, room.reasons) == (Done.DROPPED, ["render_failed"])
    [held] = room.decisions
    assert held.outcome is Outcome.DROP
    assert held.gates[-1].detail == ("The content was not whole: person.middle_name is undefined.")
    assert not room.mails
    assert not room.book.sends


def test_a_job_with_a_hostile_link_is_dropped() -> None:
    room = Mailroom()
    person = room.confirmed()
    room.jobs("Nurse")
    room.book.jobs[0] = replace(room.book.jobs[0], url="javascript:alert(1)")
    room.send.deliver(room.intent(person))
    assert room.reasons == ["render_failed"]


def test_a_throttled_mail_is_tried_again_and_counts_its_attempts() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    room.mailer.answers = [THROTTLED]
    assert room.send.deliver(intent).done is Done.THROTTLED
    assert room.intents.queue == [intent]
    assert room.record().state is SendState.RETRY
    room.clock.forward(seconds=5)
    assert room.send.deliver(intent).done is Done.ACCEPTED
    assert (room.record().attempt, len(room.mails)) == (2, 1)
    assert len(room.book.addresses[room.ref(ANA)].ledger) == 1


def test_a_throttled_request_to_confirm_is_tried_again_too() -> None:
    room = Mailroom()
    intent = room.intent(room.person())
    room.mailer.answers = [THROTTLED]
    assert room.send.deliver(intent).done is Done.THROTTLED
    assert room.intents.queue == [intent]
    room.clock.forward(seconds=5)
    assert room.send.deliver(intent).done is Done.ACCEPTED
    assert len(room.mails) == 1


def test_a_mail_that_ses_refuses_for_good_is_told_and_not_tried_again() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    room.mailer.answers = [NotSent(code="MessageRejected", again=False)]
    assert room.send.deliver(intent).done is Done.FAILED
    assert room.record().state is SendState.FAILED
    assert room.reasons == ["consented", "rejected"]
    assert room.decisions[-1].gates[-1].detail == "SES refused the mail for good: MessageRejected."
    room.clock.forward(minutes=5)
    assert room.send.deliver(intent).done is Done.DROPPED
    assert room.calls.count("mailer.submit") == 1


def test_a_lost_answer_is_uncertain_and_the_mail_is_never_sent_again() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    room.mailer.answers = [Unknown(detail="ReadTimeoutError")]
    assert room.send.deliver(intent).done is Done.UNCERTAIN
    assert room.record().state is SendState.UNCERTAIN
    room.clock.forward(hours=1)
    assert room.send.deliver(intent).done is Done.NOTHING
    assert room.calls.count("mailer.submit") == 1


def test_a_worker_who_finds_the_lease_running_comes_back_later() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    room.calls.fail_after = None
    room.send.deliver(intent)
    record = room.record()
    room.book.sends[record.send_key] = replace(record, state=SendState.SUBMITTING)
    with pytest.raises(RetryableError):
        room.send.deliver(intent)
    room.clock.forward(seconds=LEASE.total_seconds() + 1)
    assert room.send.deliver(intent).done is Done.UNCERTAIN
    assert len(room.mails) == 1


def test_a_slow_worker_whose_lease_ended_submits_nothing() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    room.book.before_claim = lambda: room.clock.forward(seconds=LEASE.total_seconds())
    with pytest.raises(RetryableError):
        room.send.deliver(intent)
    assert not room.mails


def test_evidence_that_comes_before_the_answer_stands() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    send = room.send
    room.mailer.answers = [Accepted(message_id="ses-7")]
    submit = room.mailer.submit

    class Fast:
        def submit(self, mail):  # type: ignore[no-untyped-def]
            answer = submit(mail)
            record = room.record()
            room.book.sends[record.send_key] = replace(
                record, state=SendState.ACCEPTED, message_id="ses-7"
            )
            return answer

    assert replace(send, mailer=Fast()).deliver(intent).done is Done.ACCEPTED
    assert room.record().state is SendState.ACCEPTED


def test_a_cookie_that_became_a_person_is_followed_to_the_person() -> None:
    room = Mailroom()
    room.confirmed()
    cookie = Profile(root=room.ref("browser", Namespace.ANON), moved_to=room.ref(ANA))
    room.people.views[cookie.person] = View(profile=cookie, version=2)
    assert room.send.deliver(room.intent(cookie.person)).done is Done.ACCEPTED
    assert room.decisions[0].subject == room.ref(ANA)


def test_somebody_of_whom_nothing_is_stored_any_more_is_not_mailed() -> None:
    room = Mailroom()
    person = room.confirmed()
    del room.people.views[person]
    room.send.deliver(room.intent(person))
    assert room.reasons == ["address_missing"]


def test_an_intent_of_an_older_bundle_is_decided_by_the_playbooks_of_now() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    room.publish(msgspec.structs.replace(room.bundle, playbooks=()))
    room.send.deliver(intent)
    assert room.reasons == ["program_unknown"]
    assert room.decisions[0].bundle == room.live != intent.bundle


def test_a_condition_is_asked_again_when_the_mail_is_due() -> None:
    room = Mailroom()
    room.playbook(lambda p: msgspec.structs.replace(p, when='person.totals["Job Viewed"] >= 2'))
    room.send.deliver(room.intent(room.confirmed()))
    assert room.reasons == ["condition_not_met"]


def test_a_stale_intent_is_dropped() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    room.clock.forward(days=2, seconds=1)
    room.send.deliver(intent)
    assert room.reasons == ["stale"]
    assert timedelta(days=2) < room.clock() - intent.fact.occurred_at


def lagging(room: Mailroom, before: str) -> Send:
    """A `send` that read the live bundle seconds ago, when it was another."""
    send = room.send
    return replace(send, reader=replace(send.reader, live=lambda: before, anew=lambda: room.live))


def test_a_playbook_that_was_published_a_second_ago_is_known() -> None:
    room = Mailroom()
    person = room.confirmed()
    whole, lacking = room.bundle, msgspec.structs.replace(room.bundle, playbooks=())
    room.publish(lacking)
    before = room.live
    room.publish(whole)
    assert lagging(room, before).deliver(room.intent(person)).done is Done.ACCEPTED
    room.publish(lacking)
    other = room.intent(room.confirmed("bo@inbox.halden.example"))
    assert lagging(room, before).deliver(other).done is Done.DROPPED
