"""What somebody agreed to and took back, with the proofs; what they wish."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from rapport.bundle import Bundle
from rapport.domain.address import AddressState, Consent
from rapport.domain.event import Json
from rapport.domain.identifiers import Namespace, Ref, namespace_of
from rapport.domain.person import Wishes
from rapport.viewing.finding import Found
from rapport.viewing.moments import iso, iso_or_none
from rapport.viewing.stores import Stores


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One address: its state, and every word of consent, the oldest first."""

    state: AddressState
    words: tuple[tuple[str, Consent], ...]


def kept(stores: Stores, found: Found) -> list[Kept]:
    """What is kept of each address of a person."""
    refs = [ref for ref in found.group.members if namespace_of(ref) is Namespace.EMAIL]
    return [_kept(stores, ref) for ref in refs]


def _kept(stores: Stores, ref: Ref) -> Kept:
    return Kept(state=stores.book.address(ref), words=tuple(stores.preferences.history(ref)))


def to_json(each: Kept, *, bundle: Bundle | None = None) -> dict[str, Json]:
    """An address for programs. With a bundle the words carry the text that was agreed to."""
    state = each.state
    return {
        "ref": state.ref,
        "confirmed_at": iso_or_none(state.confirmed_at),
        "words": [
            {**_word_json(topic, word), **({} if bundle is None else _text(bundle, word))}
            for topic, word in each.words
        ],
        "holds": {topic: _word_json(topic, word) for topic, word in sorted(state.consents.items())},
        "suppressions": {
            scope: {
                "reason": stop.reason,
                "at": iso(stop.at),
                "until": iso_or_none(stop.until),
                "event_id": stop.event_id,
            }
            for scope, stop in sorted(state.suppressions.items())
        },
        "wishes": _wishes_json(state.wishes),
    }


def _word_json(topic: str, word: Consent) -> dict[str, Json]:
    return {
        "topic": topic,
        "status": word.status.value,
        "at": iso(word.at),
        "statement": word.statement or None,
        "statement_hash": word.statement_hash or None,
        "source": word.source or None,
        "jurisdiction": word.jurisdiction or None,
        "language": word.language or None,
        "expires_at": iso_or_none(word.expires_at),
        "event_id": word.event_id,
    }


def _text(bundle: Bundle, word: Consent) -> Mapping[str, Json]:
    """The text of the statement if it is still kept, and whether it is the one agreed to."""
    found = (s for s in bundle.statements if s.id == word.statement)
    text = next((s.said(word.language).text for s in found), None)
    if text is None:
        return {"text": None, "text_matches_hash": None}
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"text": text, "text_matches_hash": digest == word.statement_hash}


def _wishes_json(wishes: Wishes) -> dict[str, Json]:
    return {
        "per_year": wishes.per_year,
        "paused_until": iso_or_none(wishes.paused_until),
        "topics_off": [*sorted(wishes.topics_off)],
        "language": wishes.language or None,
        "changed_at": iso_or_none(wishes.changed_at),
    }
