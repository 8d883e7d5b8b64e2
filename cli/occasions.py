"""`rapport event`: what whoever runs an event needs of it."""

from collections import Counter
from typing import TYPE_CHECKING

from cli import clock
from cli.errors import CommandError
from rapport.domain.occasions import Standing
from rapport.domain.tokens import Purpose, issue
from rapport.occasions import door_of, form_of, over

if TYPE_CHECKING:
    from cli.config import Config
    from cli.store import Stores
    from rapport.bundle import Bundle
    from rapport.forms import Form, Occasion


def told(deployed: "Config", stores: "Stores", key: str) -> tuple[tuple[str, str], ...]:
    """An event by its id: how full it is, who came, and the link of its door while it is on."""
    from rapport.adapters.bundles import S3Bundles
    from rapport.adapters.dynamo.log import DynamoLog
    from rapport.adapters.dynamo.occasions import DynamoOccasions
    from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault

    live = stores.book.live_bundle()
    if live is None:
        msg = "Nothing is published yet; `rapport publish` does it."
        raise CommandError(msg)
    form, occasion = _named(S3Bundles(deployed.buckets["bundle"]).get(live), key)
    vault = DynamoVault(deployed.tables["vault"])
    log = DynamoLog(deployed.tables["log"], vault)
    places = DynamoOccasions(deployed.tables["book"], log).places(occasion.id)
    counts = Counter(place.standing for place in places)
    bound = str(occasion.capacity) if occasion.capacity else "any number"
    door = "its link is closed: the event is over"
    if not over(occasion, clock.now()):
        token = issue(vault.ring(TOKEN_RING), Purpose.DOOR, door_of(form.key, occasion))
        door = f"{deployed.api_url.rstrip('/')}/f/{form.key}/check-in?t={token}"
    return (
        ("form", form.key),
        ("starts", occasion.starts),
        ("places", f"{counts[Standing.SEATED]} of {bound}"),
        ("waiting", str(counts[Standing.WAITING])),
        ("gave up", str(counts[Standing.GIVEN_UP])),
        ("checked in", str(sum(place.arrived_at is not None for place in places))),
        ("check-in", door),
    )


def _named(bundle: "Bundle", key: str) -> "tuple[Form, Occasion]":
    form = form_of(bundle, key)
    if form is None or form.occasion is None:
        known = ", ".join(f.occasion.id for f in bundle.forms if f.occasion is not None) or "none"
        msg = f"There is no event {key!r}; there are {known}."
        raise CommandError(msg)
    return form, form.occasion
