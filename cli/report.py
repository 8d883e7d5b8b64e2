"""What a deployment has come to: profiles, and mails by reason: sent, waiting, not sent.

It scans `people` and `log` whole and opens every decision. That is right after a demo day and too
dear for an employer's account: half a read unit per 4 KB stored, and two reads per decision.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypedDict

from cli.config import Config
from cli.store import Stores, open_stores
from rapport.domain.decision import Decision, Outcome
from rapport.domain.event import Event
from rapport.domain.identifiers import is_strong
from rapport.errors import ErasedError
from rapport.identity import groups_of
from rapport.viewing.decisions import decisions


class Summary(TypedDict):
    """Counts. `mails`, `waits` and `not_sent` are by the wire name of the reason.

    Of an intent that was held and judged again, what was decided last counts.
    """

    profiles: int
    identifiers: int
    mails: dict[str, int]
    waits: dict[str, int]
    not_sent: dict[str, int]


def summary(config: Config) -> Summary:
    """Count what is stored now. Profiles are those of people; browsers alone do not count."""
    stores = open_stores(config)
    made = [told.decision for told in decisions(_opened(stores))]
    # A mail that was held, or taken up again, has several decisions and is one mail.
    made.sort(key=lambda decision: (decision.outcome is Outcome.SEND, decision.decided_at))
    last = {decision.intent.id: decision for decision in made}
    profiles = stores.finder.profiles()
    people = [p.root for p in profiles if is_strong(p.root) and p.moved_to is None]
    groups = groups_of(stores.clusters, people)
    return Summary(
        profiles=len(people),
        identifiers=sum(len(group.members) for group in groups.values()),
        mails=_by_reason(last.values(), Outcome.SEND),
        waits=_by_reason(last.values(), Outcome.HOLD),
        not_sent=_by_reason(last.values(), Outcome.DROP),
    )


def _by_reason(made: Iterable[Decision], outcome: Outcome) -> dict[str, int]:
    return dict(Counter(d.reason.value for d in made if d.outcome is outcome))


def _opened(stores: Stores) -> Iterator[Event]:
    for key in stores.finder.decisions():
        try:
            event = stores.log.get(key)
        except ErasedError:
            continue  # about somebody who was forgotten: not counted any more
        if event is not None:
            yield event
