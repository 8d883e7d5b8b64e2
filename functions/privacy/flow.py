"""What a message asks for: an erasure, going on with one, a second look after it, an export.

An erasure that does not end within a call puts itself into the queue again. A quarter of an hour
after it ended somebody looks once more, for what was on its way then.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId, Ref
from rapport.errors import PoisonError
from rapport.exporting import Exporting
from rapport.exporting import page as as_page
from rapport.forgetting import Erasure, Forgetting, HeldError, State
from rapport.identity import Clusters, Group, groups_of
from rapport.ports import People
from rapport.tasks import ERASURE, Tasks
from rapport.tracing import Tracing

LOOK_AGAIN_SECONDS = 900


class Queue(Protocol):
    """The queue that this function works off."""

    def put(self, message: Mapping[str, Json], *, after_s: int = 0) -> None:
        """Ask for something, now or later."""
        ...


class Exports(Protocol):
    """Where exports wait for those who asked for them."""

    def put(self, name: str, body: bytes) -> None:
        """Keep one under a name."""
        ...


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """The flow, on its ports."""

    people: People
    clusters: Clusters
    tracing: Tracing
    forgetting: Forgetting
    exporting: Exporting
    exports: Exports
    tasks: Tasks
    queue: Queue
    now: Callable[[], datetime]

    def do(self, message: Mapping[str, Json], *, until: datetime) -> str:
        """Do what a message asks; what came of it. PoisonError for what nobody can do."""
        match message:
            case {"do": "erase", "person": str(person), "by": str(by)}:
                return self.erase(PersonId(person), str(message.get("why") or ""), by, until)
            case {"do": "run", "erasure": str(erasure)}:
                return self._told(self.forgetting.run(erasure, until=until))
            case {"do": "again", "erasure": str(erasure)}:
                self.forgetting.again(erasure)
                return "looked again"
            case {"do": "export", "person": str(person), "name": str(name)}:
                return self._export(PersonId(person), name)
            case {"do": "due"}:
                return self.due(until)
        msg = "this message asks for nothing that can be done"
        raise PoisonError(msg)

    def erase(self, person: PersonId, why: str, by: str, until: datetime) -> str:
        """Begin an erasure and go as far as time allows; "held" if it may not be now."""
        plan = self.tracing.plan(self.group(person))
        try:
            begun = self.forgetting.begin(plan, why=why, by=by)
        except HeldError:
            return "held"
        return self._told(self.forgetting.run(begun.id, until=until))

    def due(self, until: datetime) -> str:
        """Erase those whom the ATS asked to be forgotten, as soon as that is sure."""
        done = 0
        for task in self.tasks.all():
            if task.kind != ERASURE or self.now() >= until:
                continue
            found = groups_of(self.clusters, [Ref(task.opened.pk)])
            for group in found.values():
                plan = self.tracing.plan(group)
                try:
                    begun = self.forgetting.begin(plan, why="", by="clock")
                except HeldError:
                    continue
                self._told(self.forgetting.run(begun.id, until=until))
                done += 1
        return f"{done} due"

    def group(self, person: PersonId) -> Group:
        """Who has that id now."""
        root = self.people.root_of(person)
        if root is None:
            msg = f"nobody is known as {person}"
            raise PoisonError(msg)
        return groups_of(self.clusters, [root])[root]

    def _told(self, erasure: Erasure) -> str:
        if erasure.state is State.RUNNING:
            self.queue.put({"do": "run", "erasure": erasure.id})
            return "going on"
        self.queue.put({"do": "again", "erasure": erasure.id}, after_s=LOOK_AGAIN_SECONDS)
        return "erased"

    def _export(self, person: PersonId, name: str) -> str:
        found = self.exporting.export(self.group(person))
        text = json.dumps(found, ensure_ascii=False, indent=1)
        self.exports.put(f"{name}.json", text.encode())
        self.exports.put(f"{name}.html", as_page(found).encode())
        return "exported"
