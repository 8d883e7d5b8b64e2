"""Numbers of a report: sets of things, each with its person, so that they count and open alike.

A `Part` divides a step: the parts of one step add up to it without a rest. Parts of `TOGETHER` are
beside them, for several of these can hold of one mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from rapport.domain.identifiers import PersonId


class Step(StrEnum):
    """What a number counts: mails, then people and what they did."""

    INTENDED = "intended"
    SENT = "sent"
    HELD = "held now"
    DROPPED = "dropped"
    UNDERWAY = "underway"
    ACCEPTED = "accepted"
    UNCERTAIN = "nobody can tell"
    LOST = "given up: nobody can tell"
    DELIVERED = "delivered"
    HARD_BOUNCED = "bounced for good"
    REJECTED = "rejected"
    SOFT_BOUNCED = "not taken for now"
    NO_WORD = "no word yet"
    CLICKED = "clicked by a person"
    NOT_CLICKED = "not clicked"
    NOT_NOTED = "may not be noted"
    REPLIED = "replied"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    APPLIED_AFTER_CLICK = "applied after a click"
    APPLIED_AFTER_MAIL = "applied after a mail"
    HIRED_AFTER_CLICK = "hired after a click"
    HIRED_AFTER_MAIL = "hired after a mail"
    OPTED_IN = "opted in"
    TOUCHED = "touched"
    NOT_TOUCHED = "not touched"
    VISITORS = "visitors"
    BROUGHT_IN = "brought in"
    KNOWN = "known"
    NOT_KNOWN = "not known"
    APPLIED = "applied"
    NOT_APPLIED = "not applied"
    HIRED = "hired"
    NOT_HIRED = "not hired"


class Part(NamedTuple):
    """One number: part of the step `of`, as `name`; for a reason, where there are several.

    A step as a part of itself is the whole that the others divide.
    """

    of: Step
    name: Step
    reason: str = ""


TOGETHER = frozenset(
    {
        *(Step.REPLIED, Step.UNSUBSCRIBED, Step.COMPLAINED),
        *(Step.APPLIED_AFTER_CLICK, Step.APPLIED_AFTER_MAIL),
        *(Step.HIRED_AFTER_CLICK, Step.HIRED_AFTER_MAIL),
    }
)
_PLACES = {step: number for number, step in enumerate(Step)}


@dataclass(frozen=True, kw_only=True)
class Number:
    """`things` counted: mails, applications, hires, people; each with the person that it is of."""

    things: Mapping[str, PersonId] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many."""
        return len(self.things)

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Whose they are, each once, in order."""
        return tuple(sorted({*self.things.values()}))


# The numbers of one group, and of all groups by name.
Numbers = Mapping[Part, Number]
Table = Mapping[str, Numbers]


class Counting:
    """Things on their way into a table."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._found: dict[str, dict[Part, dict[str, PersonId]]] = {}

    def add(self, group: str, part: Part, thing: str, person: PersonId) -> None:
        """Count a thing, once however often it is told."""
        self._found.setdefault(group, {}).setdefault(part, {})[thing] = person

    def table(self) -> Table:
        """What was counted, groups and parts in order."""
        return {
            group: {part: Number(things=parts[part]) for part in sorted(parts, key=_place)}
            for group, parts in sorted(self._found.items())
        }


def of(numbers: Numbers, step: Step) -> int:
    """How many came to a step, for whatever reason."""
    found = [number.things for part, number in numbers.items() if part.name is step]
    return len({thing for things in found for thing in things})


def _place(part: Part) -> tuple[int, int, str]:
    return _PLACES[part.of], _PLACES[part.name], part.reason
