"""Positions: up to which record of the stream a month is counted, and which write of it that is.

A position is a sequence number, as text of one width; that of a month which was written once more
without a later record has the number of the write behind it: `7`, `7.1`, `7.2`. So it still comes
after the record and before every later one, and no two writes of a month have the same: whoever
folded it while the log held less does not write over it.
"""


def written_anew(sequence: str, stored: str | None) -> str:
    """The position of a month that is written up to `sequence`; `stored` is the one that it has."""
    if stored is None or sequence > stored:
        return sequence
    record, _, write = stored.partition(".")
    return f"{record}.{int(write or 0) + 1}"
