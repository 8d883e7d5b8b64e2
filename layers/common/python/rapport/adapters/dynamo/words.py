"""The consent ledger: a row for every word of yes or no, beside the last word in the address's row.

Rows are written in the transaction that changes the last word, and never again: what is shown as
proof is what was recorded when it happened.
"""

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import WordRow
from rapport.domain.address import Consent, ConsentStatus
from rapport.domain.event import from_millis, millis
from rapport.domain.identifiers import Ref


def word_row(address: Ref, topic: str, word: Consent) -> WordRow:
    """The row of a word on a topic."""
    return WordRow(
        *keys.word_key(address, word.at, word.event_id),
        topic=topic,
        status=word.status.value,
        at=millis(word.at),
        event_id=word.event_id,
        statement=word.statement or None,
        statement_hash=word.statement_hash or None,
        source=word.source or None,
        jurisdiction=word.jurisdiction or None,
        expires_at=None if word.expires_at is None else millis(word.expires_at),
        language=word.language or None,
    )


def read_word(row: WordRow) -> tuple[str, Consent]:
    """The inverse of `word_row`: topic and word."""
    expires: float | None = row.expires_at
    return row.topic, Consent(
        status=ConsentStatus(row.status),
        at=from_millis(int(row.at)),
        statement=row.statement or "",
        statement_hash=row.statement_hash or "",
        event_id=row.event_id,
        source=row.source or "",
        jurisdiction=row.jurisdiction or "",
        expires_at=None if expires is None else from_millis(int(expires)),
        language=row.language or "",
    )
