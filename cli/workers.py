"""What `enrich` does to clusters and profiles, done by the person at the keyboard."""

from random import Random

from cli import clock
from cli.store import Stores
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.domain.event import Event
from rapport.domain.observation import Observation
from rapport.extraction import observe
from rapport.mending import Mending


def mending(stores: Stores) -> Mending:
    """What writes of persons what the log says."""

    def observed(event: Event) -> Observation:
        return observe(event, stores.pseudonyms)

    return Mending(
        log=stores.log,
        people=stores.people,
        clusters=stores.clusters,
        observe=observed,
        rules=stores.rules,
        alike=stores.alike,
        random=Random(),  # noqa: S311  (it spreads retries)
        now=clock.now,
        finder=DynamoFinder(TABLE_NAMES["people"]).row,
    )
