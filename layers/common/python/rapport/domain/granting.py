"""What a new word of consent changes for an address, and when its owner is asked for one again.

Only its owner can take a no back: by confirming the address, or on the page behind the link of a
mail. What an employer imports or enters never does. A bounce, a complaint and a no for reasons of
law are nobody's to take back here.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from rapport.domain.address import (
    SCOPE_ERASED,
    SCOPE_MARKETING,
    AddressState,
    Consent,
    ConsentStatus,
    Suppression,
    last_word,
)
from rapport.domain.decision import FactRef
from rapport.domain.event import Event, millis

# The reason of the one suppression that the owner of an address sets, and can take back.
OWN_NO = "asked for no marketing mail"
BY_CONFIRMATION = "confirmation"
BY_PREFERENCES = "preferences"
# How far the clocks of two servers may be apart.
CLOCKS_APART = timedelta(minutes=1)
OWNERS_WAYS = frozenset({BY_CONFIRMATION, BY_PREFERENCES})
# The facts by which somebody asks to be mailed. Others say nothing about mail.
_ASKS = frozenset({"TalentNetworkJoined", "JobAlertCreated"})


def no_of(topic: str, event: Event, at: datetime) -> Consent:
    """The word of no on one topic that an event is."""
    properties = event.body.get("properties")
    method = properties.get("method", "") if isinstance(properties, dict) else ""
    return Consent(
        status=ConsentStatus.WITHDRAWN,
        at=at,
        statement="",
        statement_hash="",
        event_id=f"{event.message_id}:{topic}",
        source=str(method),
    )


def withdrawn(known: Consent | None, word: Consent) -> Consent:
    """The word on a topic after a no.

    A yes that is there already was said before; if its clock tells otherwise by a little, the no
    was said at the same time, and wins.
    """
    if known is not None and word.at < known.at <= word.at + CLOCKS_APART:
        word = replace(word, at=known.at)
    return last_word(known, word)


def raised(
    held: Mapping[str, Suppression], new: Mapping[str, Suppression]
) -> dict[str, Suppression]:
    """Suppressions after more of them: per scope the one that lasts longer, of equals the first."""
    after = dict(held)
    for scope, word in new.items():
        mine = held.get(scope)
        if mine is None or (mine.until is not None and _outlasts(word, mine.until)):
            after[scope] = word
    return after


def _outlasts(word: Suppression, until: datetime) -> bool:
    return word.until is None or word.until > until


def holds(word: Consent | None, now: datetime) -> bool:
    """Whether a word is a yes that has not run out."""
    if word is None or word.status is not ConsentStatus.GRANTED:
        return False
    return word.expires_at is None or now < word.expires_at


def expiry(given_at: datetime, seconds: int) -> datetime | None:
    """When a consent to a statement that is good for so many seconds (0: for ever) runs out."""
    return given_at + timedelta(seconds=seconds) if seconds else None


def granted(known: Consent | None, word: Consent) -> Consent:
    """The word on a topic after a yes: a no stands unless its owner takes it back later."""
    withdrawn = known is not None and known.status is ConsentStatus.WITHDRAWN
    if known is not None and withdrawn and word.source not in OWNERS_WAYS:
        return known
    return last_word(known, word)


def lifted(state: AddressState, word: Consent) -> Mapping[str, Suppression] | None:
    """The suppressions left after a yes that holds; None: they stay as they are.

    The owner's later yes takes back their own no to all marketing, and ends what an erasure closed;
    nothing else.
    """
    theirs = word.status is ConsentStatus.GRANTED and word.source in OWNERS_WAYS
    own = {SCOPE_MARKETING: own_no(state), SCOPE_ERASED: state.suppressions.get(SCOPE_ERASED)}
    over = {scope for scope, no in own.items() if no is not None and no.at < word.at}
    if not theirs or not over:
        return None
    return {scope: s for scope, s in state.suppressions.items() if scope not in over}


def is_wish(fact: FactRef) -> bool:
    """Whether somebody asks to be mailed by a fact."""
    return fact.name in _ASKS


def must_ask(state: AddressState, topic: str, fact: FactRef) -> bool:
    """Whether the owner of a confirmed address is asked for consent before what a fact would start.

    So it is if the fact is their later wish to be mailed and no consent held then: it was withdrawn
    or never given, or had run out.
    """
    word = state.consents.get(topic)
    if own_no(state) is None and holds(word, fact.received_at):
        return False
    later = word is None or word.at < fact.received_at
    return later and is_wish(fact) and not no_stands(state, fact)


def no_stands(state: AddressState, fact: FactRef) -> bool:
    """Whether the owner's own no to all marketing stops even the question whether to go on.

    It does not stop the request to confirm that answers a later wish of theirs to be mailed.
    """
    own = own_no(state)
    return own is not None and (not is_wish(fact) or own.at >= fact.received_at)


def comes_back(state: AddressState, fact: FactRef) -> bool:
    """Whether a fact is the wish to be mailed of somebody who was erased before."""
    erased = state.suppressions.get(SCOPE_ERASED)
    return erased is not None and is_wish(fact) and erased.at < fact.received_at


def own_no(state: AddressState) -> Suppression | None:
    """The owner's own no to all marketing, if there is one."""
    word = state.suppressions.get(SCOPE_MARKETING)
    return word if word is not None and word.reason == OWN_NO else None


def changes_wishes(state: AddressState, event: Event) -> bool:
    """Whether an event that tells of wishes is later than what they were changed by."""
    since = state.wishes.changed_at
    return since is None or millis(event.received_at) > millis(since)


def lasting(state: AddressState, now: datetime) -> dict[str, Suppression]:
    """The suppressions of an address that have not ended."""
    return {
        scope: word
        for scope, word in state.suppressions.items()
        if word.until is None or now < word.until
    }
