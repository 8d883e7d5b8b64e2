"""What a deployment has come to: profiles, and mails and holds by reason.

It scans `people` and `log` whole and opens every decision. That is right after a demo day and too
dear for an employer's account: half a read unit per 4 KB stored, and two reads per decision.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TypedDict

from cli.config import Config
from cli.decisions import decisions
from cli.store import Stores, open_stores
from rapport.domain.decision import Outcome
from rapport.domain.event import Event
from rapport.domain.identifiers import is_strong
from rapport.errors import ErasedError
from rapport.identity import groups_of


class Summary(TypedDict):
    """Counts. `mails` and `holds` are by the wire name of the reason."""

    profiles: int
    identifiers: int
    mails: dict[str, int]
    holds: dict[str, int]


def summary(config: Config) -> Summary:
    """Count what is stored now. Profiles are those of people; browsers alone do not count."""
    stores = open_stores(config)
    made = [told.decision for told in decisions(_opened(stores))]
    # A mail that was taken up again has several decisions and is one mail.
    mails = {d.send_key: d.reason.value for d in made if d.outcome is Outcome.SEND}
    holds = Counter(d.reason.value for d in made if d.outcome is not Outcome.SEND)
    profiles = stores.finder.profiles()
    people = [p.root for p in profiles if is_strong(p.root) and p.moved_to is None]
    groups = groups_of(stores.clusters, people)
    return Summary(
        profiles=len(people),
        identifiers=sum(len(group.members) for group in groups.values()),
        mails=dict(Counter(mails.values())),
        holds=dict(holds),
    )


def _opened(stores: Stores) -> Iterator[Event]:
    for key in stores.finder.decisions():
        try:
            event = stores.log.get(key)
        except ErasedError:
            continue  # about somebody who was forgotten: not counted any more
        if event is not None:
            yield event
