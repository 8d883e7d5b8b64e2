"""Somebody who applies for a job, on the mailroom's fakes: what they do, and what waits."""

from dataclasses import replace
from datetime import datetime

from functions.trigger.flow import Started
from rapport.domain.decision import FactRef
from rapport.domain.event import Trust
from rapport.domain.identifiers import Namespace, PersonId, Ref, person_id
from rapport.domain.jobs import Application
from rapport.domain.profile import Profile
from rapport.ports import Mail, View
from tests.support.mailroom import ANA, Mailroom

REMINDER = "application-reminder"
JOB = "1"
WAIT_HOURS = 20


class Applicant:
    """Ana, whom the employer knows by her address, or by a browser alone."""

    def __init__(self, room: Mailroom | None = None, *, confirmed: bool = False) -> None:
        self.room = room or Mailroom()
        if not self.room.book.jobs:
            self.room.jobs("Ward Nurse", "Midwife", "Porter")
        self.person = self.room.confirmed() if confirmed else self.room.person(ANA)
        self.root = self.room.ref(ANA)

    # What happens

    def browse_as(self, cookie: str) -> Ref:
        """Be known by a browser alone from now on; the facts are about it."""
        self.root = self.room.ref(cookie, Namespace.ANON)
        self.person = person_id(self.root)
        self.room.people.views[self.person] = View(profile=Profile(root=self.root), version=1)
        return self.root

    def say_who(self) -> None:
        """The browser's history goes to the address."""
        cookie = self.root
        self.root, person = self.room.ref(ANA), self.room.person(ANA)
        view = self.room.people.views[person]
        self.room.people.views[person] = replace(
            view, profile=replace(view.profile, cookies=(cookie,))
        )
        moved = Profile(root=cookie, moved_to=self.root)
        self.room.people.views[person_id(cookie)] = View(profile=moved, version=2)

    def started(self, job: str = JOB, *, origin: str = "live") -> FactRef:
        self._note(job, Application(started=self.room.clock()))
        return self._fact("ApplicationStarted", job, origin)

    def submitted(self, job: str = JOB, *, origin: str = "live") -> FactRef:
        self._note(job, Application(submitted=self.room.clock()))
        return self._fact("ApplicationSubmitted", job, origin)

    def start(self, job: str = JOB) -> Started:
        return self.room.trigger.start(self.started(job))

    def submit(self, job: str = JOB) -> Started:
        return self.room.trigger.start(self.submitted(job))

    def wake(self) -> Started:
        return self.room.trigger.wake(self.root)

    def wait(self, hours: float = WAIT_HOURS) -> Started:
        """Let the time pass, and be woken as the schedule says."""
        self.room.clock.forward(hours=hours)
        return self.wake()

    def deliver(self) -> list[Mail]:
        """Let `send` work off the queue; the mails of it."""
        before = len(self.room.mails)
        while self.room.intents.queue:
            self.room.send.deliver(self.room.intents.queue.pop(0))
        return self.room.mails[before:]

    # What is left of it

    @property
    def states(self) -> list[str]:
        return [run.state.value for run in self.room.runs.rows.values()]

    @property
    def alarm(self) -> datetime | None:
        return self.room.schedules.at.get(self.root)

    def _fact(self, name: str, job: str, origin: str) -> FactRef:
        fact = self.room.fact(self.person, name=name, origin=origin, job=job)
        cookies = self._profile.cookies
        return replace(fact, log_pk=cookies[0] if cookies else self.root)

    def _note(self, job: str, application: Application) -> None:
        known = self._profile.applications
        noted = {**known, job: known.get(job, Application()) | application}
        view = self.room.people.views[person_id(self.root)]
        self.room.people.views[person_id(self.root)] = replace(
            view, profile=replace(view.profile, applications=noted)
        )

    @property
    def _profile(self) -> Profile:
        return self.room.people.views[person_id(self.root)].profile


def stranger(email: str, room: Mailroom) -> PersonId:
    """Somebody else, of whom only a browser told the address."""
    return room.person(email, trust=Trust.ASSERTED)
