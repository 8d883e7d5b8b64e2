"""What a message asks for: an erasure, going on with it, a second look, an export, a table.

An erasure that does not end within a call puts itself into the queue again. A quarter of an hour
after it began, or ended, somebody looks once more: for what was on its way then, and to go on where
somebody died. Whoever is to be erased and is held is told as a task: somebody has to answer those
who asked.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from rapport.domain.decision import digest
from rapport.domain.event import Json, millis
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.tombstones import Hold
from rapport.errors import PoisonError
from rapport.exporting import Exporting
from rapport.exporting import page as as_page
from rapport.forgetting import Erasure, Forgetting, HeldError, State
from rapport.identity import Clusters, Group, groups_of
from rapport.people_files import PeopleFiles, asked_of
from rapport.ports import Log, People
from rapport.tasks import ERASURE, HELD, Task, Tasks, task_event
from rapport.tracing import Plan, Tracing

LOOK_AGAIN_SECONDS = 900
# By when somebody has to tell those who asked that they cannot be erased yet, and why: a month is
# what the law gives (GDPR, article 12(3) and (4)).
TELL_WITHIN = timedelta(days=14)
_ID_CHARS = 32


class Queue(Protocol):
    """The queue that this function works off."""

    def put(self, message: Mapping[str, Json], *, after_s: int = 0) -> None:
        """Ask for something, now or later."""
        ...


class Exports(Protocol):
    """Where exports wait for those who asked for them."""

    def put(self, name: str, body: bytes, told: Mapping[str, str] | None = None) -> None:
        """Keep one under a name, with what is told of it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came of a message, in a word; how many people it erased, and found held."""

    said: str
    erased: int = 0
    held: int = 0


NOBODY, ERASED = Came(said="nobody"), Came(said="erased", erased=1)


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """The flow, on its ports."""

    people: People
    log: Log
    clusters: Clusters
    tracing: Tracing
    forgetting: Forgetting
    exporting: Exporting
    exports: Exports
    people_files: PeopleFiles
    tasks: Tasks
    queue: Queue
    now: Callable[[], datetime]

    def do(self, message: Mapping[str, Json], *, until: datetime) -> Came:
        """Do what a message asks; what came of it. PoisonError for what nobody can do."""
        match message:
            case {"do": "erase", "person": str(person), "by": str(by)}:
                return self.erase(PersonId(person), str(message.get("why") or ""), by, until)
            case {"do": "run", "erasure": str(erasure)}:
                return self._told(self.forgetting.run(erasure, until=until))
            case {"do": "again", "erasure": str(erasure)}:
                return self._again(erasure, until)
            case {"do": "export", "person": str(person), "name": str(name)}:
                return self._export(PersonId(person), name)
            case {"do": "table"}:
                made = self.people_files.make(asked_of(message))
                return NOBODY if made is None else Came(said=f"{made.people} in a table")
            case {"do": "due"}:
                return self.due(until)
        msg = "this message asks for nothing that can be done"
        raise PoisonError(msg)

    def erase(self, person: PersonId, why: str, by: str, until: datetime) -> Came:
        """Begin an erasure and go as far as time allows; "held" if it may not be now.

        "nobody" if they are gone, as when two ask for the same.
        """
        group = self.group(person)
        return NOBODY if group is None else self._erase(group, why, by, until)

    def due(self, until: datetime) -> Came:
        """Erase those who are due to be forgotten, as soon as that is sure.

        Whom time does not suffice for is due tomorrow too: their tasks stay.
        """
        erased = held = 0
        for task in self.tasks.all():
            if task.kind != ERASURE or self.now() >= until:
                continue
            for group in groups_of(self.clusters, [Ref(task.opened.pk)]).values():
                came = self._erase(group, "", "clock", until)
                erased, held = erased + came.erased, held + came.held
        return Came(said=f"{erased} due", erased=erased, held=held)

    def _erase(self, group: Group, why: str, by: str, until: datetime) -> Came:
        plan = self.tracing.plan(group)
        try:
            begun = self.forgetting.begin(plan, why=why, by=by)
        except HeldError:
            if plan.hold is None:
                return Came(said="not yet")
            self._tell(plan, plan.hold, group)
            return Came(said="held", held=1)
        # Before anything goes: whoever dies at it has taken away by what they are found.
        self._look_again(begun)
        erasure = self.forgetting.run(begun.id, until=until)
        return self._going_on(erasure) if erasure.state is State.RUNNING else ERASED

    def _tell(self, plan: Plan, hold: Hold, group: Group) -> None:
        """Somebody has to tell them why they cannot be erased yet; once per hold."""
        now = self.now()
        about = digest("held", plan.traces.person, str(millis(hold.at)))[:_ID_CHARS]
        due = now + TELL_WITHIN
        event = task_event(group.root, HELD, about, cause_at=hold.at, due=due, now=now)
        if self.log.get(event.key) is None:
            id_ = event.message_id
            self.tasks.add(Task(id=id_, kind=HELD, send_id="", due=due, opened=event.key))
            self.log.append([event])

    def group(self, person: PersonId) -> Group | None:
        """Who has that id now; None when nobody has."""
        root = self.people.root_of(person)
        return None if root is None else groups_of(self.clusters, [root])[root]

    def _again(self, erasure: str, until: datetime) -> Came:
        """Look once more; go on with one that nobody brought to its end."""
        begun = self.forgetting.erasures.get(erasure)
        if begun is None or begun.state is State.RUNNING:
            return self._told(self.forgetting.run(erasure, until=until))
        self.forgetting.again(erasure)
        return Came(said="looked again")

    def _told(self, erasure: Erasure) -> Came:
        if erasure.state is State.RUNNING:
            return self._going_on(erasure)
        self._look_again(erasure)
        return ERASED

    def _going_on(self, erasure: Erasure) -> Came:
        self.queue.put({"do": "run", "erasure": erasure.id})
        return Came(said="going on")

    def _look_again(self, erasure: Erasure) -> None:
        self.queue.put({"do": "again", "erasure": erasure.id}, after_s=LOOK_AGAIN_SECONDS)

    def _export(self, person: PersonId, name: str) -> Came:
        group = self.group(person)
        if group is None:
            return NOBODY
        found = self.exporting.export(group)
        text = json.dumps(found, ensure_ascii=False, indent=1)
        self.exports.put(f"{name}.json", text.encode())
        self.exports.put(f"{name}.html", as_page(found).encode())
        return Came(said="exported")
