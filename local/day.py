"""A short day: sixteen visitors, two real SDKs, the public endpoints, and what comes back by mail.

Each visitor goes through `before` (browse), perhaps `join`, wait for the confirmation, confirm,
wait for the welcome, choose what they want, `after` (come back), perhaps unsubscribe and join
again. Several do so at the same time; then comes the afternoon, and what an ATS tells. What was
sent is counted here; what came of it is read from the stack afterwards.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from local import inbox
from local.afternoon import Afternoon
from local.description import BROWSER_KEY, SERVER_KEY, Description
from local.feed import Job, jobs
from local.inbox import Inbox, RefusedError
from local.layout import Place
from local.players import Call, Players
from local.recruiting import Recruiting
from local.site_content import Door
from local.site_visit import SiteVisit
from local.visitors import Browsing, Burst, Visitor, cast

AT_ONCE = 2
# Far more than it takes; a machine that is busy with other things starts functions slowly.
MAIL_SECONDS = 45.0
# A reminder waits as long as its playbook says, over the divisor of this demo.
REMINDER_SECONDS = 90.0
CONFIRMATION, WELCOME = 1, 2
STEPS_EACH = 13


def steps() -> int:
    """About how many things are done in a day, for a progress bar."""
    return sum(STEPS_EACH + visitor.repeats + visitor.joins for visitor in cast())


@dataclass(kw_only=True)
class Day:
    """What was done and seen. `clicks` are milliseconds from a click to its mail."""

    sent: int = 0
    repeated: int = 0
    clicks: list[int] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    visitors: Sequence[Visitor] = ()


class Player:
    """Plays the day; `advance` is called with a visitor's name after each thing done."""

    def __init__(
        self,
        place: Place,
        stack: Description,
        players: Players,
        advance: Callable[[str], None],
    ) -> None:
        self._place = place
        self._stack = stack
        self._players = players
        self._advance = advance
        self._inbox = Inbox(place.mailbox_url)
        self._jobs = [job for job in jobs() if job.open]
        self._stories = Door(place.api_url).stories()
        self._applied: dict[str, Job] = {}
        self._lock = threading.Lock()
        self.day = Day(visitors=cast())

    def play(self) -> Day:
        """Play the whole day; a visitor's trouble is noted and does not end the others' day."""
        # In the first group one alone joins, and meets every function cold: were all to join now,
        # each request that finds its function still starting would start one more copy of it.
        first, *others = (visitor for visitor in self.day.visitors if visitor.joins)
        browsers = [visitor for visitor in self.day.visitors if not visitor.joins]
        for group in ([first, *browsers], others):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for future in [pool.submit(self._live, visitor) for visitor in group]:
                    future.result()
        Afternoon(
            place=self._place,
            stack=self._stack,
            box=self._inbox,
            trouble=self._trouble,
            advance=self._advance,
        ).play(self.day.visitors)
        Recruiting(
            place=self._place,
            stack=self._stack,
            box=self._inbox,
            applied=self._applied,
            trouble=self._trouble,
            advance=self._advance,
        ).play(self.day.visitors)
        for visitor in self.day.visitors:
            if visitor.is_reminded:
                self._await_reminder(visitor)
        return self.day

    def _live(self, visitor: Visitor) -> None:
        try:
            if visitor.through_site:
                self._through_site(visitor)
            else:
                self._through_sdk(visitor)
        except RefusedError as error:
            self._trouble(visitor, str(error))

    def _through_sdk(self, visitor: Visitor) -> None:
        browsing = Browsing(
            visitor, site_url=self._place.site_url, jobs=self._jobs, stories=self._stories
        )
        self._bursts(visitor, browsing.before())
        if visitor.applies:
            self._bursts(visitor, browsing.application())
            self._applied[visitor.name] = browsing.jobs[0]
        if visitor.joins:
            clicked = self._deliver(visitor, [browsing.join()], again=visitor.repeats > 0)
            self._answer_mails(visitor, clicked)
            if visitor.wants_alerts:
                self._send(visitor, [browsing.alert()])
            for _ in range(visitor.joins - 1):
                self._bursts(visitor, [browsing.form(), [browsing.join()]])
        self._bursts(visitor, browsing.after())
        if visitor.known_to_server:
            self._send(visitor, [browsing.identify()], key=SERVER_KEY)
        if visitor.unsubscribes:
            self._leave_and_return(visitor, browsing)

    def _through_site(self, visitor: Visitor) -> None:
        visit = SiteVisit(self._place.site_url)
        category = visitor.category
        mine = [job for job in self._jobs if job.category == category]
        visit.home()
        visit.job_list(category)
        for job in mine[:3]:
            visit.job(job)
            self._advance(visitor.name)
        visit.story(self._stories[0])
        clicked = visit.join(email=visitor.email, first_name=visitor.name, category=category)
        with self._lock:
            self.day.sent += visit.events
        self._answer_mails(visitor, clicked)

    def _bursts(self, visitor: Visitor, bursts: Sequence[Burst]) -> None:
        for number, burst in enumerate(bursts):
            self._deliver(visitor, burst, again=number < visitor.repeats)

    def _deliver(self, visitor: Visitor, burst: Burst, *, again: bool) -> int:
        """Send a burst, perhaps once more as after a lost answer; when it was first sent, in ms."""
        if not again:
            return self._send(visitor, burst)
        now = time.time_ns() // 1_000_000
        same = [call | {"messageId": str(uuid.uuid4()), "timestamp": now} for call in burst]
        clicked = self._send(visitor, same)
        self._send(visitor, same, repeated=True)
        return clicked

    def _send(
        self,
        visitor: Visitor,
        calls: Sequence[Call],
        *,
        key: str = BROWSER_KEY,
        repeated: bool = False,
    ) -> int:
        """Send one burst; returns when, in milliseconds since 1970."""
        played = self._players.play(visitor.sdk, visitor.name, key, calls)
        with self._lock:
            if repeated:
                self.day.repeated += len(calls)
            else:
                self.day.sent += len(calls)
        if played.failed:
            self._trouble(visitor, f"{len(played.failed)} events lost: {played.failed[0]}")
        self._advance(visitor.name)
        return played.clicked_at

    def _answer_mails(self, visitor: Visitor, clicked: int) -> None:
        """Wait for the confirmation; whoever confirms waits for the welcome too."""
        if not visitor.may_get_mail:
            return
        mail = self._mail(visitor, CONFIRMATION, clicked)
        if mail is not None and visitor.confirms:
            pressed = inbox.confirm(mail)
            self._advance(visitor.name)
            welcome = None if visitor.is_asleep else self._mail(visitor, WELCOME, pressed)
            if welcome is not None and visitor.chooses:
                inbox.choose(welcome, visitor.chooses)
                self._advance(visitor.name)

    def _mail(self, visitor: Visitor, number: int, clicked: int) -> dict[str, object] | None:
        mail = self._inbox.wait(visitor.email, number, seconds=MAIL_SECONDS)
        if mail is None:
            name = "confirmation" if number == CONFIRMATION else "welcome"
            self._trouble(visitor, f"no {name} within {MAIL_SECONDS:.0f} s")
        else:
            with self._lock:
                self.day.clicks.append(inbox.received_ms(mail) - clicked)
            self._advance(visitor.name)
        return mail

    def _await_reminder(self, visitor: Visitor) -> None:
        if self._inbox.wait(visitor.email, 1, seconds=REMINDER_SECONDS) is None:
            self._trouble(visitor, f"no reminder within {REMINDER_SECONDS:.0f} s")
        self._advance(visitor.name)

    def _leave_and_return(self, visitor: Visitor, browsing: Browsing) -> None:
        welcome = self._inbox.wait(visitor.email, WELCOME, seconds=0)
        if welcome is not None:
            inbox.unsubscribe(welcome)
            self._advance(visitor.name)
            self._send(visitor, [browsing.join()])

    def _trouble(self, visitor: Visitor, what: str) -> None:
        with self._lock:
            self.day.troubles.append(f"{visitor.name}: {what}")
