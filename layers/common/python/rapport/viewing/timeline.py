"""Everything that happened to a person, ordered by corrected time.

The rows are merged from the log partitions of the person's identifiers. Whose a row of a shared
browser is follows the rules of `rapport.domain.tally`, so that a timeline shows exactly the events
that the profile counts.
"""

from rapport.domain.event import Event, Json
from rapport.domain.names import DECISION, IDENTITY_DECREED
from rapport.domain.tally import Partition, fold_partition, keeps, owned, takes
from rapport.identity import groups_of
from rapport.viewing import candidacies
from rapport.viewing.decisions import properties
from rapport.viewing.decisions import told as told_decision
from rapport.viewing.finding import Found, partitions
from rapport.viewing.moments import iso
from rapport.viewing.stores import Stores

# What tells most about an event, looked for in its properties in this order.
_TELLING = (
    "step_name",
    "title",
    "block",
    "query",
    "job_id",
    "url",
    "path",
    "category",
    "state",
    "kind",
    "scope",
    "topic",
    "subject",
)


def timeline(stores: Stores, found: Found) -> list[Event]:
    """The person's events, the oldest first."""
    mine: list[Event] = []
    for ref, rows in partitions(stores, found.members):
        labels = _labels(stores, found, fold_partition(ref, rows))
        mine += [event for event, label in owned(rows) if label in labels]
    return sorted(mine, key=lambda event: (event.at, event.key))


def _labels(stores: Stores, found: Found, partition: Partition) -> frozenset[str]:
    """Under which labels the person's events stand in a partition."""
    if found.group.members:
        return takes(found.members, partition)
    owners = groups_of(stores.clusters, partition.strongs)
    return keeps({strong: group.root for strong, group in owners.items()}, partition)


def to_json(event: Event) -> dict[str, Json]:
    """An event for programs. Times in ISO 8601, UTC."""
    return {
        "at": iso(event.at),
        "received_at": iso(event.received_at),
        "original_at": None if event.original_at is None else iso(event.original_at),
        "type": event.type,
        "source": event.source,
        "trust": event.trust.value,
        "origin": event.origin.value,
        "message_id": event.message_id,
        "partition": event.partition,
        "home": event.home,
        "labels": labels(event),
        "body": dict(event.body),
    }


def told(event: Event) -> str:
    """The event in a few words."""
    if event.type == DECISION:
        decision = told_decision(event).decision
        return f"{decision.outcome}: {decision.reason.meaning}"
    if event.type == IDENTITY_DECREED:
        said = properties(event)
        why = f" ({said['reason']})" if said.get("reason") else ""
        return f"{said.get('ruling', '')}, says {said.get('by', '')}{why}"
    if event.type == "track":
        return str(event.body.get("event", ""))
    if event.type == "identify":
        traits = event.body.get("traits")
        return "stated: " + ", ".join(sorted(traits)) if isinstance(traits, dict) else ""
    if of_ats := candidacies.told(event):
        return of_ats
    stated = properties(event)
    found = (stated.get(name) for name in _TELLING)
    return next((str(value) for value in found if value), str(event.body.get("name") or ""))


def labels(event: Event) -> str:
    """What the door noted beside an event: signs of a machine, what the visitor's browser asked."""
    notes = []
    bot = event.body.get("bot")
    if isinstance(bot, dict):
        because = bot.get("because")
        notes.append(f"bot: {', '.join(map(str, because if isinstance(because, list) else []))}")
    privacy = event.body.get("privacy")
    if isinstance(privacy, dict):
        signals = [name.upper() for name in ("gpc", "dnt") if privacy.get(name) is True]
        word = privacy.get("analytics")
        notes += [*signals, *([f"analytics {word}"] if word else [])]
    if event.body.get("unbelievable_time"):
        notes.append("its time cannot be believed")
    return "; ".join(notes)
