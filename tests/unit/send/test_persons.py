"""Mail to people as resolution has them: with several addresses, merged, split, in doubt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.send.flow import LEASE, Done
from rapport.domain.address import SendState
from rapport.domain.identifiers import PersonId, Ref, person_id
from rapport.domain.reasons import Reason
from rapport.errors import RetryableError
from rapport.ports import NotSent, View
from rapport.rules_form import Review
from rapport.suggestions import Suggestion
from tests.support.mailroom import ANA, Mailroom

SECOND = "ana.second@inbox.halden.example"
LATER = NotSent(code="TooManyRequestsException", again=True)


def two_addresses(room: Mailroom) -> tuple[PersonId, PersonId]:
    """Two people so far: both confirmed their address and consented."""
    return room.confirmed(ANA), room.confirmed(SECOND)


def merge(room: Mailroom, *, stated: str = SECOND) -> None:
    """Let both be one person, rooted at the first address, who last stated this one."""
    members = (room.ref(ANA), room.ref(SECOND))
    room.one_person(*members)
    known = room.people.views[person_id(room.ref(stated))].profile.attributes
    show(room, room.ref(ANA), members=tuple(sorted(members)), attributes=known)
    show(room, room.ref(SECOND), members=(), attributes={}, moved_to=members[0])


def show(room: Mailroom, root: Ref, **changes: object) -> None:
    view = room.people.views[person_id(root)]
    profile = replace(view.profile, **changes)  # type: ignore[arg-type]
    room.people.views[person_id(root)] = View(profile=profile, version=view.version + 1)


def test_whoever_was_welcomed_at_one_address_is_not_welcomed_at_another() -> None:
    room = Mailroom()
    first, second = two_addresses(room)
    room.send.deliver(room.intent(first))
    merge(room)
    assert room.send.deliver(room.intent(second)).done is Done.DROPPED
    assert room.reasons == ["consented", "already_sent"]
    assert "another address of the candidate" in room.decisions[-1].gates[-1].detail
    assert [mail.to for mail in room.mails] == [ANA]


def test_a_merge_between_decision_and_claim_refuses_the_claim() -> None:
    room = Mailroom()
    first, second = two_addresses(room)
    room.send.deliver(room.intent(second))
    room.book.before_claim = lambda: merge(room, stated=ANA)
    assert room.send.deliver(room.intent(first)).done is Done.DROPPED
    assert room.reasons == ["consented", "already_sent"]


def test_a_profile_that_is_behind_its_group_is_waited_for() -> None:
    room = Mailroom()
    first, _ = two_addresses(room)
    room.one_person(room.ref(ANA), room.ref(SECOND))
    with pytest.raises(RetryableError):
        room.send.deliver(room.intent(first))
    assert not room.decisions
    merge(room)
    assert room.send.deliver(room.intent(first)).done is Done.ACCEPTED
    assert [mail.to for mail in room.mails] == [SECOND]


def test_a_mail_at_another_address_meanwhile_refuses_the_claim() -> None:
    room = Mailroom()
    two_addresses(room)
    merge(room)
    mine, theirs = (room.intent(person_id(room.ref(each))) for each in (ANA, SECOND))

    def stated_anew() -> None:
        show(room, room.ref(ANA), attributes=room.people.views[mine.person].profile.attributes)
        room.send.deliver(theirs)

    room.book.before_claim = stated_anew
    assert room.send.deliver(mine).done is Done.DROPPED
    assert len(room.mails) == 1


def test_an_intent_that_comes_again_after_a_split_mails_nobody_else() -> None:
    room = Mailroom()
    first, _ = two_addresses(room)
    merge(room)
    intent = room.intent(first)
    assert room.send.deliver(intent).done is Done.ACCEPTED
    two_addresses(room)
    assert room.send.deliver(intent).done is Done.NOTHING
    assert [mail.to for mail in room.mails] == [SECOND]


def test_a_mail_that_never_left_goes_to_the_address_that_is_stated_now() -> None:
    room = Mailroom()
    first, _ = two_addresses(room)
    intent = room.intent(first)
    room.mailer.answers = [LATER]
    with pytest.raises(RetryableError):
        room.send.deliver(intent)
    merge(room)
    assert room.send.deliver(intent).done is Done.ACCEPTED
    assert [mail.to for mail in room.mails] == [SECOND]
    assert room.reasons == ["consented", "consented"]
    assert room.send.deliver(intent).done is Done.NOTHING


def test_a_slow_worker_whose_mail_went_to_another_address_submits_nothing() -> None:
    room = Mailroom()
    first, _ = two_addresses(room)
    intent = room.intent(first)
    slow = room.send
    looked_at = room.clock()
    advance = room.book.advance

    def stalls(*args, **more):  # type: ignore[no-untyped-def]
        """It has looked at the clock, and then stands still until its lease is over."""
        room.book.advance = advance  # type: ignore[method-assign]
        room.clock.forward(seconds=LEASE.total_seconds() + 1)
        merge(room)
        assert room.send.deliver(intent).done is Done.ACCEPTED
        return advance(*args, **{**more, "now": looked_at})

    room.book.advance = stalls  # type: ignore[method-assign]
    with pytest.raises(RetryableError):
        slow.deliver(intent)
    assert [mail.to for mail in room.mails] == [SECOND]


def test_of_whose_identifiers_nothing_is_left_is_not_mailed() -> None:
    room = Mailroom()
    first, _ = two_addresses(room)
    room.clusters.nodes.clear()
    room.send.deliver(room.intent(first))
    assert room.reasons == ["address_missing"]


# Whoever may be somebody else


def doubted(room: Mailroom, score: int) -> PersonId:
    first, _ = two_addresses(room)
    pair = (room.ref(ANA), room.ref(SECOND))
    room.suggestions.put(
        [Suggestion(pair=pair, score=score, evidence=("the same name",), at=room.clock())]
    )
    return first


@pytest.mark.parametrize(("score", "reason"), [(80, "identity_in_doubt"), (79, "consented")])
def test_a_doubt_holds_mail_from_the_score_on_that_the_rules_say(score: int, reason: str) -> None:
    room = Mailroom(review=Review(hold_sends=True))
    room.send.deliver(room.intent(doubted(room, score)))
    assert room.reasons == [reason]
    [gate] = [gate for gate in room.decisions[0].gates if gate.gate == "identity"]
    assert f"score {score}" in gate.detail
    assert len(room.mails) == (reason == "consented")


def test_a_doubt_that_was_settled_holds_nothing() -> None:
    room = Mailroom(review=Review(hold_sends=True))
    person = doubted(room, 99)
    room.suggestions.close((room.ref(ANA), room.ref(SECOND)))
    assert room.send.deliver(room.intent(person)).done is Done.ACCEPTED


def test_nobody_asks_for_doubts_while_the_rules_hold_no_mail_for_them() -> None:
    room = Mailroom()
    assert room.send.deliver(room.intent(doubted(room, 99))).done is Done.ACCEPTED
    assert room.calls.count("suggestions.of") == 0
    assert all(gate.gate != "identity" for gate in room.decisions[0].gates)
    assert room.record().state is SendState.ACCEPTED
    assert room.record().claimed_at - room.clock() == timedelta()


def test_an_address_that_ses_cannot_serve_is_told_from_none_at_all() -> None:
    room = Mailroom()
    for email, reason in (
        ("ånå@inbox.halden.example", Reason.ADDRESS_UNSUPPORTED),
        ("", Reason.ADDRESS_MISSING),
    ):
        person = room.person(email)
        assert room.send.deliver(room.intent(person)).reason is reason
