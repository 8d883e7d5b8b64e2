"""An operator's word on who is one person, as an event of the engine.

It stands in the log like everything else that is known of people, and takes effect through the
stream: resolution reads it as it reads what sites and servers say.
"""

from collections.abc import Sequence
from datetime import datetime

from rapport.domain import names
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Ruling
from rapport.records import ID_CHARS, engine_event


def decreed_event(
    about: Sequence[tuple[Ref, ...]], ruling: Ruling, *, reason: str, by: str, now: datetime
) -> Event:
    """The word of `by` on pairs of identifiers, or on single ones, at `now`.

    Its id follows from what is said and the second in which it is said, so that saying it twice in
    a row says it once.
    """
    words = sorted(tuple(sorted(nodes)) for nodes in about)
    second = now.replace(microsecond=0)
    said = [str(node) for nodes in words for node in (*nodes, "")]
    told = digest("decree", ruling, reason, by, second.isoformat(), *said)
    spoken: list[Json] = [list[Json](nodes) for nodes in words]
    return engine_event(
        names.IDENTITY_DECREED,
        subject=words[0][0],
        message_id=f"i_{told[:ID_CHARS]}",
        cause_at=second,
        now=now,
        properties={"about": spoken, "ruling": ruling.value, "reason": reason, "by": by},
    )
