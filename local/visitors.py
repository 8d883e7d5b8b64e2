"""Who comes by on the demo day, and what each of them does: pure data, nothing is sent here."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from local.feed import CATEGORIES, Job
from local.pages import Content
from local.players import Sdk
from local.policy import ASLEEP
from local.tracking import content_properties, job_properties, joined_properties

INBOX: Final = "inbox.halden.example"
ELSEWHERE: Final = "mail.elsewhere.example"
AGENTS: Final = {
    "python": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "node": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15",
}
SIGN_UPS: Final = 10
JOBS_SEEN: Final = 4
# What becomes of an application in the ATS.
HIRED: Final = "hired"
REJECTED: Final = "rejected"

Burst = Sequence[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """One visitor; what is not set does not happen.

    `joins` counts sign-ups one after another. `applies` begins an application, `submits` sends it.
    With `repeats`, the SDK delivers so many first batches of each visit, and the first sign-up,
    twice. Somebody `known_to_server` has a user id with the employer. `through_site` clicks
    through the career site itself instead of being played by an SDK here. A browser may tell its
    `timezone`.

    After the welcome: `chooses` is set on the page of preferences, `wants_alerts` names a field of
    work to be told of jobs in, whose first mail is clicked. A recruiter writes `messages`; whoever
    `answers` is no longer mailed by a clock, who `is_away` still is. A `scanned` mailbox has a
    machine that follows all links. `ats`: what the ATS tells of whoever applied: after an interview
    they were hired, or they were rejected; empty: nothing.
    """

    name: str
    sdk: Sdk
    email: str = ""
    category: str = ""
    joins: int = 0
    applies: bool = False
    submits: bool = False
    confirms: bool = False
    unsubscribes: bool = False
    repeats: int = 0
    known_to_server: bool = False
    through_site: bool = False
    timezone: str = ""
    chooses: Mapping[str, str] = field(default_factory=dict)
    wants_alerts: str = ""
    messages: int = 0
    answers: bool = False
    is_away: bool = False
    scanned: bool = False
    ats: str = ""

    @property
    def is_asleep(self) -> bool:
        """Whether it is night where they live, so that nothing but the request to confirm comes."""
        return self.timezone == ASLEEP

    @property
    def is_paused(self) -> bool:
        """Whether they asked for no mail for a while."""
        return "pause" in self.chooses

    @property
    def is_nurtured(self) -> bool:
        """Whether a mail of the program that comes back by itself reaches them today."""
        quiet = self.is_asleep or self.is_paused or self.unsubscribes
        return self.confirms and not quiet

    @property
    def is_reminded(self) -> bool:
        """Whether an application of theirs was begun and left."""
        return self.applies and not self.submits

    @property
    def may_get_mail(self) -> bool:
        """Whether the demo's allow-list has the address."""
        return self.joins > 0 and self.email.endswith(f"@{INBOX}")


def cast() -> tuple[Visitor, ...]:
    """The sixteen visitors of the day, in the order in which they arrive."""
    nursing, physiotherapy, laboratory, administration = CATEGORIES
    return (
        _joiner(
            "Ana",
            "python",
            nursing,
            confirms=True,
            chooses=_ticks("tracking", "job-alerts"),
            wants_alerts=administration,
        ),
        _applicant("Mona", "python", nursing, submits=False),
        _applicant("Nils", "node", laboratory, submits=True, ats=REJECTED),
        Visitor(name="Jonas", sdk="python"),
        Visitor(name="Kaia", sdk="node", repeats=1),
        _joiner(
            "Bram",
            "node",
            physiotherapy,
            confirms=True,
            known_to_server=True,
            messages=1,
            answers=True,
        ),
        _joiner(
            "Chidi",
            "node",
            laboratory,
            confirms=True,
            repeats=2,
            chooses={"often": "12", "pause": "1"},
            is_away=True,
        ),
        _joiner(
            "Dana",
            "python",
            administration,
            confirms=True,
            through_site=True,
            chooses=_ticks("tracking"),
            scanned=True,
            messages=3,
        ),
        _joiner("Kiri", "node", nursing, confirms=True, timezone=ASLEEP),
        _joiner("Elif", "python", nursing, repeats=2),
        _joiner("Finn", "node", physiotherapy),
        _joiner("Greta", "python", laboratory, joins=SIGN_UPS),
        Visitor(
            name="Hugo",
            sdk="node",
            email=f"hugo@{ELSEWHERE}",
            category=administration,
            joins=1,
        ),
        _joiner("Iris", "python", nursing, confirms=True, unsubscribes=True),
        _joiner("Nora", "node", nursing, confirms=True, applies=True, submits=True, ats=HIRED),
        Visitor(name="Liv", sdk="python", category=laboratory, known_to_server=True),
    )


def _ticks(*topics: str) -> Mapping[str, str]:
    return {f"topic.{topic}": "on" for topic in topics}


def _joiner(name: str, sdk: Sdk, category: str, *, joins: int = 1, **does: Any) -> Visitor:
    email = f"{name.lower()}@{INBOX}"
    return Visitor(name=name, sdk=sdk, email=email, category=category, joins=joins, **does)


def _applicant(name: str, sdk: Sdk, category: str, *, submits: bool, **does: Any) -> Visitor:
    return _joiner(name, sdk, category, joins=0, applies=True, submits=submits, **does)


class Browsing:
    """One visitor's calls, as a career site makes them: a page call each, and what was opened."""

    def __init__(
        self, visitor: Visitor, *, site_url: str, jobs: Sequence[Job], stories: Sequence[Content]
    ) -> None:
        """The same visitor looks at the same jobs every day."""
        chance = random.Random(visitor.name)  # noqa: S311 - a repeatable choice, not a secret
        mine = [job for job in jobs if visitor.category in {"", job.category}]
        self.jobs = chance.sample(mine, k=min(JOBS_SEEN, len(mine)))
        self.story = chance.choice(stories)
        self._visitor = visitor
        self._site = site_url
        self._cookie = str(_uuid(chance))
        self._referrer = ""

    def before(self) -> list[Burst]:
        """From the front page over some jobs and a story to the talent-network form."""
        bursts: list[Burst] = [[self._page("/", "Home")], [self._page("/jobs", "Jobs")]]
        bursts += [self._job(job) for job in self.jobs]
        bursts.append(self._read(self.story))
        if self._visitor.joins:
            bursts.append(self.form())
        return bursts

    def after(self) -> list[Burst]:
        """Coming back: the list, and two jobs again."""
        return [[self._page("/jobs", "Jobs")], *(self._job(job) for job in self.jobs[:2])]

    def form(self) -> Burst:
        """The talent-network form was opened."""
        return [self._page("/talent-network", "Talent Network")]

    def join(self) -> dict[str, Any]:
        """The form was sent."""
        visitor = self._visitor
        properties = joined_properties(visitor.email, visitor.name, visitor.category)
        return self._track("Talent Network Joined", properties)

    def alert(self) -> dict[str, Any]:
        """Jobs of a field were asked for by mail."""
        visitor = self._visitor
        properties = {"email": visitor.email, "category": visitor.wants_alerts}
        return self._track("Job Alert Created", properties)

    def application(self) -> list[Burst]:
        """The first step of an application for the first job looked at, and perhaps the last."""
        job = self.jobs[0]
        about: dict[str, object] = dict(job_properties(job))
        person = {"email": self._visitor.email, "first_name": self._visitor.name}
        step = {"step": 1, "step_name": "contact", "steps": 2}
        bursts: list[Burst] = [
            [
                self._page(f"/jobs/{job.id}/apply", "Apply"),
                self._track("Application Started", about),
            ],
            [self._track("Application Step Completed", about | person | step)],
        ]
        if self._visitor.submits:
            bursts.append([self._track("Application Submitted", about | person)])
        return bursts

    def identify(self) -> dict[str, Any]:
        """The employer's own system names a person by its user id, and the address if there is one.

        Then the two are one person's, whose profile takes in that of the address.
        """
        traits = {"first_name": self._visitor.name, "category": self._visitor.category}
        if self._visitor.email:
            traits["email"] = self._visitor.email
        return {
            "kind": "identify",
            "userId": f"halden-{self._visitor.name.lower()}",
            "traits": traits,
        }

    def _job(self, job: Job) -> Burst:
        page = self._page(f"/jobs/{job.id}", "Job")
        return [page, self._track("Job Viewed", job_properties(job))]

    def _read(self, story: Content) -> Burst:
        page = self._page(f"/content/{story.key}", "Story")
        return [page, self._track("Content Viewed", content_properties(story))]

    def _page(self, path: str, name: str) -> dict[str, Any]:
        url = f"{self._site}{path}"
        properties = {"url": url, "path": path, "title": name, "referrer": self._referrer}
        context: dict[str, Any] = {
            "page": properties,
            "userAgent": AGENTS[self._visitor.sdk],
            "locale": "en-GB",
        }
        if self._visitor.timezone:
            context["timezone"] = self._visitor.timezone
        self._referrer, self._context = url, context
        call = {"kind": "page", "name": name, "properties": properties}
        return call | {"anonymousId": self._cookie, "context": context}

    def _track(self, event: str, properties: object) -> dict[str, Any]:
        call = {"kind": "track", "event": event, "properties": properties}
        return call | {"anonymousId": self._cookie, "context": self._context}


def _uuid(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
