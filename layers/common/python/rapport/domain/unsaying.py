"""A word of consent that was never rightly said, taken out of what an address is known by.

It is for an import that is taken back. What the owner of the address said since stands.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from rapport.domain.address import AddressState, Consent, ConsentStatus, last_word


def unsaid(
    state: AddressState, topic: str, event_id: str, said: Iterable[tuple[str, Consent]]
) -> AddressState | None:
    """The address without the word of an event; None when that word does not hold.

    `said` is every word of the address. Of those left on the topic the last one holds again. The
    address is confirmed no longer if this word alone confirmed it.
    """
    held = state.consents.get(topic)
    if held is None or held.event_id != event_id:
        return None
    others = [(about, word) for about, word in said if word.event_id != event_id]
    mine = [word for about, word in others if about == topic]
    consents = {name: word for name, word in state.consents.items() if name != topic}
    if mine:
        consents[topic] = reduce(last_word, mine[1:], mine[0])
    confirmed_at = state.confirmed_at
    if confirmed_at == held.at:
        yes = [word.at for _, word in others if word.status is ConsentStatus.GRANTED]
        confirmed_at = min(yes, default=None)
    return replace(state, version=state.version + 1, consents=consents, confirmed_at=confirmed_at)
