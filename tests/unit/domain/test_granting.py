"""What a yes takes back, and what it leaves: cases that no single page or mail brings about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_ERASED,
    SCOPE_MARKETING,
    AddressState,
    Consent,
    ConsentStatus,
    Suppression,
)
from rapport.domain.decision import FactRef
from rapport.domain.granting import (
    OWN_NO,
    comes_back,
    expiry,
    granted,
    holds,
    lasting,
    lifted,
    raised,
)
from rapport.domain.identifiers import PersonId, Ref

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
YES = Consent(
    status=ConsentStatus.GRANTED,
    at=NOW,
    statement="events-1",
    statement_hash="h",
    event_id="c_1",
    source="confirmation",
)
BOUNCE = Suppression(reason="bounce", at=NOW, event_id="r_1")


def left(at: datetime, reason: str = OWN_NO) -> AddressState:
    """Somebody who asked for no marketing at all at that time."""
    word = Suppression(reason=reason, at=at, event_id="u_1")
    return AddressState(ref=Ref("email#a"), suppressions={SCOPE_MARKETING: word, SCOPE_ALL: BOUNCE})


def test_a_later_yes_of_the_owner_takes_back_their_own_no_alone() -> None:
    assert lifted(left(NOW - DAY), YES) == {SCOPE_ALL: BOUNCE}


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (left(NOW), YES),
        (left(NOW + DAY), YES),
        (left(NOW - DAY, "complaint"), YES),
        (left(NOW - DAY), replace(YES, source="import")),
        (left(NOW - DAY), replace(YES, source="")),
        (left(NOW - DAY), replace(YES, status=ConsentStatus.WITHDRAWN, source="preferences")),
        (AddressState(ref=Ref("email#a")), YES),
    ],
)
def test_nothing_else_takes_anything_back(state: AddressState, word: Consent) -> None:
    assert lifted(state, word) is None


def erased(at: datetime) -> AddressState:
    """Somebody who was erased at that time; their address bounced before."""
    word = Suppression(reason="erased at the person's request", at=at, event_id="e_1")
    return AddressState(ref=Ref("email#a"), suppressions={SCOPE_ERASED: word, SCOPE_ALL: BOUNCE})


def test_only_a_later_yes_of_their_own_opens_the_address_of_somebody_who_was_erased() -> None:
    assert lifted(erased(NOW - DAY), YES) == {SCOPE_ALL: BOUNCE}
    assert lifted(erased(NOW), YES) is None
    assert lifted(erased(NOW + DAY), YES) is None
    for source in ("import", "form", "ats-halden", ""):
        assert lifted(erased(NOW - DAY), replace(YES, source=source)) is None
    no = replace(YES, status=ConsentStatus.WITHDRAWN)
    assert lifted(erased(NOW - DAY), no) is None
    both = replace(
        erased(NOW - DAY),
        suppressions={**erased(NOW - DAY).suppressions, **left(NOW - DAY).suppressions},
    )
    assert lifted(both, YES) == {SCOPE_ALL: BOUNCE}


@pytest.mark.parametrize(
    ("name", "after", "back"),
    [
        ("TalentNetworkJoined", DAY, True),
        ("JobAlertCreated", DAY, True),
        ("TalentNetworkJoined", timedelta(), False),
        ("TalentNetworkJoined", -DAY, False),
        ("ApplicationStageChanged", DAY, False),
        ("CandidateRecorded", DAY, False),
    ],
)
def test_somebody_erased_comes_back_by_a_later_wish_to_be_mailed_alone(
    name: str, after: timedelta, *, back: bool
) -> None:
    fact = FactRef(
        name=name,
        event_id="m_1",
        person=PersonId("p_1"),
        origin="live",
        occurred_at=NOW + after,
        received_at=NOW + after,
        log_pk="anon#1",
        log_sk="x",
    )
    assert comes_back(erased(NOW), fact) is back
    assert not comes_back(left(NOW), fact)


def test_a_yes_that_was_received_before_a_no_changes_nothing_when_it_comes_late() -> None:
    no = replace(YES, status=ConsentStatus.WITHDRAWN, at=NOW)
    assert granted(no, replace(YES, at=NOW - DAY)) == no
    assert granted(no, YES) == no
    assert granted(no, replace(YES, at=NOW + DAY)).status is ConsentStatus.GRANTED
    assert granted(None, replace(YES, source="import")).status is ConsentStatus.GRANTED


def test_a_consent_ends_at_its_instant() -> None:
    word = replace(YES, expires_at=expiry(NOW, 86_400))
    assert holds(word, NOW + DAY - timedelta(milliseconds=1))
    assert not holds(word, NOW + DAY)
    assert holds(replace(YES, expires_at=expiry(NOW, 0)), NOW + 9_999 * DAY)


@pytest.mark.parametrize(
    ("held", "new", "stays"),
    [
        (None, NOW + DAY, "new"),
        (NOW + DAY, None, "new"),
        (NOW + 2 * DAY, NOW + DAY, "held"),
        (NOW + DAY, NOW + 2 * DAY, "new"),
        (NOW + DAY, NOW + DAY, "held"),
    ],
)
def test_of_two_suppressions_of_a_scope_the_longer_one_stays(
    held: datetime | None, new: datetime | None, stays: str
) -> None:
    words = {
        name: Suppression(reason=name, at=NOW, event_id=name, until=until)
        for name, until in (("held", held), ("new", new))
    }
    after = raised({SCOPE_ALL: words["held"]}, {SCOPE_ALL: words["new"]})
    assert after[SCOPE_ALL].reason == ("held" if held is None else stays)


def test_what_has_ended_is_told_from_what_lasts() -> None:
    state = left(NOW)
    ended = Suppression(reason="soft bounces", at=NOW, event_id="r_2", until=NOW + DAY)
    state = replace(state, suppressions={**state.suppressions, "events": ended})
    assert "events" in lasting(state, NOW)
    assert set(lasting(state, NOW + DAY)) == {SCOPE_ALL, SCOPE_MARKETING}
