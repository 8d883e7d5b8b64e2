"""What somebody fills in on a form, with the words of consent that they ticked, as it is kept.

What was ticked is always proven: each yes has a row that nothing changes. Whether it counts before
the owner of the address has confirmed it is the form's `opt_in` to say, and it is said about the
address as it is written, so no two forms that meet can both find it unknown.

A browser is known to an address when what was ticked in it counted at once, or when the owner
confirmed what was asked for from it. What else a browser says of itself proves nothing: anybody can
name an address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from rapport.domain.address import AddressState, Consent, ConsentStatus
from rapport.domain.event import Event
from rapport.domain.granting import granted, own_no
from rapport.domain.identifiers import Namespace, Ref, namespace_of
from rapport.domain.occasions import Room
from rapport.forms import OPT_IN_ALWAYS, OPT_IN_NEVER

MAX_BROWSERS = 8
_BROWSER_CHARS = 8


@dataclass(frozen=True, kw_only=True)
class Signed:
    """One form as it was handed in. `words` by topic: what was ticked.

    `events` are stored in any case, the first of them stands for all. `proofs` by topic are the
    events of the words that count at once. `browser` as `browser_of` tells; empty: none is known.
    With a `room` a place in it, or a turn on its waiting list, is part of it; the first event tells
    which.
    """

    address: Ref
    opt_in: str
    browser: str
    words: Mapping[str, Consent]
    events: tuple[Event, ...]
    proofs: Mapping[str, Event]
    at: datetime
    room: Room | None = None


class Signatures(Protocol):
    """The store of what was handed in."""

    def sign(self, signed: Signed) -> bool:
        """Keep all of it in one transaction; False, and nothing changed, if it is there already.

        FullError if it is about a place and there is none. It takes as many calls whatever is known
        of the address.
        """
        ...


def browser_of(partition: Ref) -> str:
    """A browser by the log partition of its cookie, short; empty for any other partition."""
    if namespace_of(partition) is not Namespace.ANON:
        return ""
    return partition.partition("#")[2][:_BROWSER_CHARS]


def counting(state: AddressState, signed: Signed) -> tuple[str, ...]:
    """The topics whose words count at once; of the others the owner of the address is asked.

    A no that its owner said is never taken back by a form.
    """
    if not _trusted(state, signed) or own_no(state) is not None:
        return ()
    known = state.consents
    return tuple(
        topic
        for topic in signed.words
        if topic not in known or known[topic].status is not ConsentStatus.WITHDRAWN
    )


def signed_on(state: AddressState, signed: Signed) -> AddressState:
    """The address after a form was handed in for it."""
    topics = counting(state, signed)
    if not topics:
        return replace(state, version=state.version + 1)
    words = {t: granted(state.consents.get(t), signed.words[t]) for t in topics}
    return replace(
        state,
        version=state.version + 1,
        confirmed_at=state.confirmed_at or signed.at,
        consents={**state.consents, **words},
        browsers=with_browser(state, signed.browser),
    )


def with_browser(state: AddressState, browser: str) -> tuple[str, ...]:
    """The browsers known to an address, with one more: the latest of them, in order."""
    if not browser:
        return state.browsers
    others = [each for each in state.browsers if each != browser]
    return tuple([*others, browser][-MAX_BROWSERS:])


def _trusted(state: AddressState, signed: Signed) -> bool:
    if signed.opt_in == OPT_IN_NEVER:
        return True
    if signed.opt_in == OPT_IN_ALWAYS:
        return False
    nobodys = state.confirmed_at is None and not state.consents
    return nobodys or (bool(signed.browser) and signed.browser in state.browsers)
