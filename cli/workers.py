"""What `enrich` does to clusters and profiles, done by the person at the keyboard.

Its facts have the origin of what it was asked for, so that they start nothing.
"""

from collections.abc import Iterable
from datetime import datetime
from random import Random

from cli import clock
from cli.errors import CommandError
from cli.store import Stores
from rapport.absorb import Absorb
from rapport.domain.event import Event, Origin, Trust
from rapport.domain.identifiers import Ref
from rapport.domain.profile import Profile
from rapport.events import ENGINE_SOURCE
from rapport.refreshing.partitions import Record
from rapport.refreshing.persons import Persons
from rapport.refreshing.receipts import Receipts, Regrouping
from rapport.refreshing.views import Look, Views


def absorb(stores: Stores) -> Absorb:
    """What adds observations to clusters, and resolves them again."""
    return Absorb(
        clusters=stores.clusters,
        rules=stores.rules,
        alike=stores.alike,
        random=Random(),  # noqa: S311  (it spreads retries)
    )


class _NoReceipts(Receipts):
    """The log keeps nothing of profiles that come apart because they should never have been one."""

    def of(self, regrouping: Regrouping, cause: Event) -> list[Event]:
        """None."""
        return []


def refresh(
    stores: Stores, refs: Iterable[Ref], *, origin: Origin, cause: str, receipts: bool = True
) -> int:
    """Bring the profiles of identifiers and cookies up to date; how many were written.

    With `receipts` the log tells of profiles that became one, or came apart.
    """
    kind = Receipts if receipts else _NoReceipts
    views = Views(
        log=stores.log,
        people=stores.people,
        clusters=stores.clusters,
        receipts=kind(clusters=stores.clusters, rules=stores.rules, alike=stores.alike),
        suggest=_nobody,
        now=clock.now,
    )
    now = clock.now()
    looks = {
        ref: Look(
            cause=Record(sequence="", event=_cause(ref, origin, cause, now)),
            thorough=True,
            # A row of the finder may be wrong where the view is right.
            anyway=origin is Origin.REBUILD,
        )
        for ref in refs
    }
    done = Persons(views=views, clusters=stores.clusters).refresh(looks)
    if done.failures:
        first = done.failures[0]
        msg = f"The profile of {first.subject} could not be written ({first.error}); run it again."
        raise CommandError(msg)
    return done.views


def _nobody(profile: Profile) -> None:
    """Nobody is suggested here: what is known of the person did not change."""


def _cause(ref: Ref, origin: Origin, cause: str, now: datetime) -> Event:
    """What the facts are told to come from; it stands in no log."""
    return Event(
        partition=ref,
        home=ref,
        type=cause,
        source=ENGINE_SOURCE,
        message_id=f"{origin}-{now:%Y%m%dT%H%M%S}",
        trust=Trust.VERIFIED,
        origin=origin,
        original_at=None,
        sent_at=None,
        received_at=now,
        at=now,
        body={},
    )
