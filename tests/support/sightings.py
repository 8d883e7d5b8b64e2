"""From messages at the tracking door to persons, by the real parts all the way."""

from collections.abc import Callable, Iterable
from typing import Any

from rapport.domain.cluster import State, contribution, joined
from rapport.domain.event import Event
from rapport.domain.identifiers import Namespace, Ref, identifier
from rapport.domain.observation import Observation
from rapport.domain.resolve import Resolution, resolve
from rapport.domain.rules import Rules
from rapport.extraction import observe, phone
from rapport.likeness import alike
from tests.support.door import REFS, Door


def named(ns: Namespace, value: object) -> Ref:
    """The ref of a value as people write it."""
    who = phone(value) if ns is Namespace.PHONE else identifier(ns, value)
    assert who is not None, value
    return REFS.ref(who.ns, who.value)


def user(value: object) -> Ref:
    return named(Namespace.USER, value)


def email(value: str) -> Ref:
    return named(Namespace.EMAIL, value)


def number(value: str) -> Ref:
    return named(Namespace.PHONE, value)


class Sightings:
    """What a deployment came to know, event by event, a minute apart."""

    def __init__(self) -> None:
        self.door = Door()
        self._told = 0

    def tell(self, *messages: dict[str, Any], server: bool = False) -> "Sightings":
        """Messages from a page, or from one of the employer's servers."""
        for message in messages:
            self._told += 1
            self.door.clock.forward(minutes=1)
            self.door.batch(
                {"messageId": f"m-{self._told}", **message}, key="sk" if server else "wk"
            )
        return self

    def add(self, *events: Event) -> "Sightings":
        """Events that the engine wrote."""
        self.door.log.append(events)
        return self

    @property
    def observations(self) -> list[Observation]:
        return [observe(event, REFS) for event in self.door.events]

    @property
    def state(self) -> State:
        return joined(map(contribution, self.observations))

    def resolution(self, rules: Rules | None = None) -> Resolution:
        return resolve(self.state, rules or Rules(), alike)

    def person(self, node: Ref, rules: Rules | None = None) -> set[Ref]:
        return set(self.resolution(rules).group_of(node))


def together(found: Resolution, nodes: Iterable[Ref]) -> bool:
    """Whether all of them are one person."""
    return len({found.roots[node] for node in nodes}) == 1


def false_merges(found: Resolution, owner: Callable[[Ref], str]) -> list[tuple[str, ...]]:
    """The persons that hold identifiers of several people, as the people who were mixed up."""
    mixed = [tuple(sorted({owner(ref) for ref in group} - {""})) for group in found.groups]
    return [people for people in mixed if len(people) > 1]
