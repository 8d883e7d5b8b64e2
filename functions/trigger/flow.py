"""A fact → the playbooks that listen to it → an intent each, a wait, or a hold that is stored.

1. Read which bundle is live; every playbook that lists the fact has its say.
2. End what waits for this fact not to happen.
3. Judge what needs no address: is the event live, is it fresh, does the condition hold, is what the
   mail would ask for not done already.
4. Hold: the decision goes to the log. No wait: the intent goes to the queue, and `send` decides
   afresh when it arrives. A wait: a run is stored, and a schedule wakes the person when it is due.

A wake-up may come early, late or twice: it judges afresh the runs that are due, whatever it came
for, and aims the schedule at the next. What matters most goes first, the rest some seconds later,
so that of several mails for one person the best has the last slot. A rhythm that was due waits
for its next time at once, whatever becomes of this one.

Everything is named by what it is about: a fact or wake-up that is delivered twice makes the same
run, the same intent and the same decision again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.trigger.waits import Waits
from rapport.bundle import Bundle, Playbook
from rapport.domain.candidacy import RECEIVED
from rapport.domain.decide import begun, crowded, ended, foresee
from rapport.domain.decision import Decision, FactRef, Intent
from rapport.domain.gates import Case
from rapport.domain.identifiers import Ref
from rapport.domain.reasons import Reason
from rapport.domain.run import MAX_WAITING, RHYTHM, Run, RunState, of_period, waiting
from rapport.identity import Clusters
from rapport.occasions import begins, form_of, remind_at, reminder_at
from rapport.outcomes import Funnel
from rapport.playbooks import case_of, occurrence_at, occurrence_of, waits_for
from rapport.ports import Bundles, Intents, Log, People
from rapport.profiles import Found, profile_of
from rapport.records import decision_event
from rapport.waiting import Holds, Jobs

# Seconds between the intents of one wake-up, so few that even the third leaves within five of the
# instant at which it may, and the longest that a queue keeps one back.
APART_S = 2
MAX_AFTER_S = 900


@dataclass(frozen=True, kw_only=True)
class Started:
    """What a fact or a wake-up came to; `held`: judged again later, by a run that waits for it."""

    intents: tuple[Intent, ...] = ()
    waits: tuple[Run, ...] = ()
    holds: tuple[Reason, ...] = ()
    held: bool = False


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """A fact, whose it is, and the rules that are live."""

    fact: FactRef
    found: Found
    bundle: Bundle
    bundle_hash: str

    @property
    def root(self) -> Ref:
        """The identifier that the person is named by now."""
        return self.found.group.root

    @property
    def places(self) -> tuple[Ref, ...]:
        """Under which identifiers this person may have begun to wait."""
        group, profile = self.found.group, self.found.profile
        return (*group.members, *profile.cookies, Ref(self.fact.log_pk))


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """The flow. `live` tells the hash of the live bundle; `now` is the clock."""

    people: People
    clusters: Clusters
    log: Log
    bundles: Bundles
    jobs: Jobs
    intents: Intents
    waits: Waits
    funnel: Funnel
    live: Callable[[], str]
    now: Callable[[], datetime]
    wait_divisor: int = 1

    def start(self, fact: FactRef) -> Started:
        """Let every playbook that listens to the fact answer it."""
        bundle_hash = self.live()
        bundle = self.bundles.get(bundle_hash)
        listening = [p for p in bundle.playbooks if p.listens(fact.name, fact.stage)]
        ending = [p for p in bundle.playbooks if fact.name in p.exits_on]
        if not listening and not ending:
            return Started()
        found = profile_of(self.people, self.clusters, fact)
        heard = _Heard(fact=fact, found=found, bundle=bundle, bundle_hash=bundle_hash)
        return _together(
            [
                *(self._end(playbook, heard) for playbook in ending),
                *(self._answer(playbook, heard) for playbook in listening),
            ]
        )

    def wake(self, subject: Ref, *, again: bool = False) -> Started:
        """Judge the subject's runs that are due, and let the others wait on.

        `again` marks the second look that follows a wake-up.
        """
        bundle_hash = self.live()
        bundle = self.bundles.get(bundle_hash)
        self._follow(subject, bundle)
        due = self.waits.due(subject, self.now())
        answers: list[Started] = []
        for run in sorted(due, key=lambda run: -_priority(bundle, run)):
            ahead = sum(len(answer.intents) for answer in answers)
            answers.append(self._due(run, bundle, bundle_hash, min(ahead * APART_S, MAX_AFTER_S)))
        if self.waits.aim(subject) and not again:
            self.waits.schedules.again(subject)
        return _together(answers)

    def _follow(self, subject: Ref, bundle: Bundle) -> None:
        """Let reminders of events wait for the time that these have now."""
        until = {playbook.program for playbook in bundle.playbooks if playbook.until}
        for run in waiting(self.waits.runs.of(subject)) if until else ():
            form = form_of(bundle, run.fact.occasion) if run.program in until else None
            if form is not None and form.occasion is not None:
                due = remind_at(form.occasion, run.due, self.now())
                if due != run.due:
                    self.waits.runs.move_on(run, due, period=run.period)

    def _due(self, run: Run, bundle: Bundle, bundle_hash: str, after_s: int) -> Started:
        """Judge one run that is due, and let it wait on or end it."""
        found = profile_of(self.people, self.clusters, run.fact)
        playbook, rhythm = bundle.playbook(run.program), run.occurrence == RHYTHM
        # The occasion of a rhythm is its period, not the fact that once began it.
        fact = replace(run.fact, occurred_at=run.due) if rhythm else run.fact
        heard = _Heard(fact=fact, found=found, bundle=bundle, bundle_hash=bundle_hash)
        leads, period = self.waits.turn(run, heard.places) if rhythm else (True, run.period)
        answer = Started()
        if leads:
            occurrence = occurrence_at(playbook, replace(run, period=period))
            case = self._case(heard, run.program, occurrence)
            began = self._began(playbook, heard)
            if began is None:
                answer = self._settle(case, due=True, after_s=after_s)
            else:
                answer = self._hold(begun(case, began=began, now=self.now()))
        # Not before: whoever dies in between is woken again.
        if rhythm and playbook is not None and playbook.every_seconds:
            every = timedelta(seconds=playbook.every_seconds) / self.wait_divisor
            self.waits.go_on(run, every, self.now(), period + leads)
        elif not answer.held:
            self.waits.runs.end(run, RunState.WOKEN)
        return answer

    def _answer(self, playbook: Playbook, heard: _Heard) -> Started:
        fact = heard.fact
        case = self._case(heard, playbook.program, occurrence_of(playbook, fact))
        if not playbook.waits:
            return self._settle(case, due=False)
        return self._wait(playbook, heard, case)

    def _wait(self, playbook: Playbook, heard: _Heard, case: Case) -> Started:
        fact, due = heard.fact, self._due_at(playbook, heard)
        if due is None:
            return Started()
        hold = foresee(case, due=False, now=self.now())
        if hold is not None:
            return self._hold(hold)
        run = self.waits.begin(
            Run(
                subject=heard.root,
                program=playbook.program,
                occurrence=waits_for(playbook, fact),
                fact=fact,
                due=due,
            ),
            heard.places,
        )
        if run is None:
            return self._hold(crowded(case, most=MAX_WAITING, now=self.now()))
        if run.state is RunState.WAITING:
            return self._begun(run, playbook, heard, due)
        return Started()

    def _begun(self, run: Run, playbook: Playbook, heard: _Heard, due: datetime) -> Started:
        """Let a run wait, or judge it if it is due. `due` is when this very fact's wait is over."""
        if playbook.every_seconds and due <= self.now() and _came_before(run.fact, heard.fact):
            return self._wished_again(run, heard)
        if run.due <= self.now():
            return self.wake(run.subject)
        self.waits.aim(run.subject)
        return Started(waits=(run,))

    def _wished_again(self, run: Run, heard: _Heard) -> Started:
        """Judge a later wish of somebody whose rhythm goes on, in the period that it has come to.

        So nothing is mailed twice, and whoever has to be asked again is asked.
        """
        period = of_period(max(run.period - 1, 0))
        return self._settle(self._case(heard, run.program, period), due=True)

    def _due_at(self, playbook: Playbook, heard: _Heard) -> datetime | None:
        """When a wait is over; None where there is nothing to wait for, or it is past."""
        fact = heard.fact
        if not playbook.until:
            wait = timedelta(seconds=playbook.wait_seconds)
            return fact.occurred_at + wait / self.wait_divisor
        form = form_of(heard.bundle, fact.occasion)
        due = None if form is None or form.occasion is None else reminder_at(form.occasion)
        # Whoever signs up in the last hours need not be reminded of it.
        return due if due is not None and due > fact.occurred_at else None

    def _began(self, playbook: Playbook | None, heard: _Heard) -> datetime | None:
        """When the event of a reminder began, if it has."""
        if playbook is None or not playbook.until:
            return None
        form = form_of(heard.bundle, heard.fact.occasion)
        began = None if form is None or form.occasion is None else begins(form.occasion)
        return began if began is not None and began <= self.now() else None

    def _end(self, playbook: Playbook, heard: _Heard) -> Started:
        """Hold the mails that this fact has made needless."""
        fact = heard.fact
        answers = []
        for run in self.waits.cancel(
            playbook.program,
            occurrence_of(playbook, fact) if playbook.about_job else "",
            whose=heard.root,
            places=heard.places,
            by=fact.event_id,
            about=fact.application,
            occasion=fact.occasion,
        ):
            about = replace(heard, fact=run.fact)
            case = self._case(about, run.program, run.occurrence)
            if playbook.about_job and fact.stage in {"", RECEIVED}:
                case = replace(case, submitted_at=fact.occurred_at)
            gone = bool(fact.occasion)
            stopped = ended(case, now=self.now(), went=fact.stage, gave_up=gone)
            answers.append(self._hold(stopped))
            self.waits.aim(run.subject)
        return _together(answers)

    def _case(self, heard: _Heard, program: str, occurrence: str) -> Case:
        fact = heard.fact
        intent = Intent(
            program=program,
            occurrence=occurrence,
            person=fact.person,
            fact=fact,
            bundle=heard.bundle_hash,
            decided_at=self.now(),
        )
        job = self.jobs.job(fact.job) if fact.job else None
        return case_of(heard.bundle, heard.bundle_hash, intent, heard.found.profile, job)

    def _settle(self, case: Case, *, due: bool, after_s: int = 0) -> Started:
        """The intent, or the hold that can be told already."""
        hold = foresee(case, due=due, now=self.now())
        if hold is not None:
            return self._hold(hold)
        self.intents.put(case.intent, after_s=after_s)
        return Started(intents=(case.intent,))

    def _hold(self, decision: Decision) -> Started:
        decision = Holds(runs=self.waits.runs, schedules=self.waits.schedules).hold(decision)
        self.funnel.tell(decision)
        self.log.append([decision_event(decision, now=self.now())])
        return Started(holds=(decision.reason,), held=decision.until is not None)


def _came_before(first: FactRef, fact: FactRef) -> bool:
    return first.event_id != fact.event_id and first.received_at < fact.received_at


def _priority(bundle: Bundle, run: Run) -> int:
    playbook = bundle.playbook(run.program)
    return 0 if playbook is None else playbook.priority


def _together(answers: Iterable[Started]) -> Started:
    found = list(answers)
    return Started(
        intents=tuple(intent for each in found for intent in each.intents),
        waits=tuple(run for each in found for run in each.waits),
        holds=tuple(reason for each in found for reason in each.holds),
    )
