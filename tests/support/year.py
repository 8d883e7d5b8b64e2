"""A year of outreach to made-up people: the real decision and its ledger, the rest played.

Real: `decide` with the policy, the playbooks and the blocks of `playbooks/`, the ledger of an
address as a claim writes it, when a rhythm is due again, as what a held mail waits. Played, one
person after the other because nobody's mail depends on somebody else's: the clock, which jumps from
one event to the next; the wake-ups of `trigger`, best priority first and some seconds apart; SES,
which takes everything; matching, which finds jobs or not by chance; the people themselves; and a
few programs that employers add to the playbooks (news, openings, mails of an ATS). What the queue,
the claim and two workers at a time do is tested where they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from functions.trigger.flow import APART_S
from rapport.domain.address import ConsentStatus, SendRecord, SendState, claimed_on
from rapport.domain.decide import decide
from rapport.domain.decision import Decision, FactRef, Intent, Outcome
from rapport.domain.event import LogKey
from rapport.domain.gates import Case, JobsWish, Standing, Terms
from rapport.domain.identifiers import PersonId
from rapport.domain.person import JobMatch, Rival, Slate, Wishes
from rapport.domain.run import ONCE, RHYTHM, held_as, next_due, of_period
from tests.support.members import (
    ALERT,
    ASK,
    ATS,
    DAY,
    KEEP,
    LETTER,
    NEWS,
    OPENINGS,
    REMINDER,
    TOPICS,
    WELCOME,
    YEAR,
    Mail,
    Person,
    Rules,
    born,
)

APART = timedelta(seconds=APART_S)
# When the employer tells everybody something, in days from the start of a person's year.
CAMPAIGNS = ((70, NEWS), (160, OPENINGS), (230, NEWS), (310, OPENINGS))
# Shares of people, and in how many weeks there are jobs that fit.
ALERTED, LEAVING, FEWER, PAUSING, JOBS_FOUND = 0.5, 0.02, 0.015, 0.01, 0.4
NOW_AND_THEN = ((REMINDER, 0.1), (LETTER, 0.1), (LETTER, 0.05), (ATS, 0.15), (ATS, 0.1))
# Every so manyth hold is asked again right before it ends.
PROBED = 50


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A run, as `trigger` keeps it. `fact` is what it is about, `period` counts a rhythm's."""

    program: str
    occurrence: str
    fact: FactRef
    due: datetime
    period: int = 0


def people(count: int, *, seed: int, rules: Rules, part: slice = slice(None)) -> Iterator[Person]:
    """So many people with their year lived; the same for the same seed, whatever `part`."""
    for number in range(count)[part]:
        chance = Random(f"{seed}:{number}")
        person = born(number, chance, rules)
        Life(person=person, rules=rules, chance=chance, waits={}).live()
        yield person


@dataclass(frozen=True, kw_only=True)
class Life:
    """One person's year: what happens, what waits for them, and what comes of it."""

    person: Person
    rules: Rules
    chance: Random
    waits: dict[tuple[str, str], Wait]

    def live(self) -> None:
        """From one event or wake-up to the next, until the year is over."""
        facts = self._facts()
        self._begin()
        end = self.person.began + YEAR
        while (now := min(wait.due for wait in self.waits.values())) < end or facts:
            if facts and facts[0][0] <= now:
                at, name = facts.pop(0)
                self._happen(name, at)
            else:
                self._wake(now)

    def _facts(self) -> list[tuple[datetime, str]]:
        """What happens to the person in the year, the earliest first."""
        person, chance = self.person, self.chance
        found = list(CAMPAIGNS)
        if person.looking and chance.random() < ALERTED:
            found.append((chance.randrange(300), ALERT))
        found += [
            (chance.randrange(364), name) for name, at in NOW_AND_THEN if chance.random() < at
        ]
        said = chance.random()
        person.consents = said >= LEAVING
        person.wishes_less = LEAVING <= said < LEAVING + FEWER + PAUSING
        if said < LEAVING + FEWER + PAUSING:
            what = "leave" if said < LEAVING else "fewer" if said < LEAVING + FEWER else "pause"
            found.append((chance.randrange(300), what))
        if not person.before:
            found.append((0, WELCOME))
        hours = timedelta(hours=4 * chance.random())
        return sorted(
            (person.began + days * DAY + (hours if days else 0 * DAY), n) for days, n in found
        )

    def _begin(self) -> None:
        began = self.person.began
        joined = self.person.before[0].at if self.person.before else began
        for program in (KEEP, ASK):
            due = joined + self.rules.waits[program]
            if due <= began:
                due = next_due(due, self.rules.programs[program].every, began)
            period = len(self.person.before)
            fact = self._fact(program, joined)
            wait = Wait(program=program, occurrence=RHYTHM, fact=fact, due=due, period=period)
            self.waits[program, RHYTHM] = wait

    def _happen(self, name: str, at: datetime) -> None:
        person, state = self.person, self.person.state
        if name in {"leave", "fewer", "pause"}:
            person.said_at = at
        if name == "leave":
            word = replace(state.consents[TOPICS[0]], status=ConsentStatus.WITHDRAWN, at=at)
            person.state = replace(state, consents=dict.fromkeys(TOPICS, word))
        elif name == "fewer":
            wishes = Wishes(per_year=self.chance.choice((3, 4, 6)))
            person.state = replace(state, wishes=wishes)
        elif name == "pause":
            until = at + self.chance.choice((60, 90)) * DAY
            person.state = replace(state, wishes=Wishes(paused_until=until))
        else:
            self._start(name, at)

    def _start(self, name: str, at: datetime) -> None:
        """As `trigger` answers a fact: an intent, or a wait."""
        fact, rule = self._fact(name, at), self.rules.programs[name]
        occurrence = f"application:{fact.job}" if rule.about_job else fact.event_id
        if name == WELCOME:
            occurrence = ONCE
        wait = self.rules.waits.get(name, timedelta())
        if not rule.every and not wait:
            self._judge(_intent(name, occurrence, fact), at, at)
            return
        occurrence = RHYTHM if rule.every else occurrence
        run = Wait(program=name, occurrence=occurrence, fact=fact, due=at + wait)
        self.waits[name, occurrence] = run

    def _wake(self, now: datetime) -> None:
        due = [wait for wait in self.waits.values() if wait.due <= now]
        due.sort(key=lambda wait: -self.rules.programs[wait.program].priority)
        for place, wait in enumerate(due):
            key, fact, occurrence = (wait.program, wait.occurrence), wait.fact, wait.occurrence
            if occurrence == RHYTHM:
                # The occasion of a rhythm is its period, not the fact that once began it.
                fact, occurrence = replace(fact, occurred_at=wait.due), of_period(wait.period)
                again = next_due(wait.due, self.rules.programs[wait.program].every, now)
                self.waits[key] = replace(wait, due=again, period=wait.period + 1)
            else:
                del self.waits[key]
            self._judge(_intent(wait.program, occurrence, fact), now + place * APART, wait.due)

    def _judge(self, intent: Intent, now: datetime, allowed: datetime) -> None:
        person, rule = self.person, self.rules.programs[intent.program]
        case = self._case(intent, rule, now)
        if rule.education and not case.blocks:
            person.dropped.append("no block is left")
            return
        decision = decide(case, now=now)
        person.decided += 1
        if decision.outcome is Outcome.SEND:
            self._send(rule, case, decision, late=now - allowed)
        elif decision.until is None:
            person.dropped.append(decision.reason.value)
        else:
            if person.decided % PROBED == 0:
                person.probed += 1
                person.opened_early += self._open_before(case, rule, decision.until, now)
            occurrence, until = held_as(intent), decision.until
            self.waits[intent.program, occurrence] = Wait(
                program=intent.program, occurrence=occurrence, fact=intent.fact, due=until
            )

    def _open_before(self, case: Case, rule: Terms, until: datetime, now: datetime) -> bool:
        """Whether a mail might have left earlier than it is held, but for how mails are spread."""
        before = until - rule.policy.quiet.spread - timedelta(seconds=1)
        return before > now and decide(case, now=before).outcome is Outcome.SEND

    def _send(self, rule: Terms, case: Case, decision: Decision, *, late: timedelta) -> None:
        """SES takes it, and the ledger has it as a claim writes it; sometimes somebody answers."""
        person = self.person
        jobs = () if case.slate is None else tuple(match.job for match in case.slate.jobs)
        record = SendRecord(
            send_key=decision.send_key,
            send_id=decision.send_id,
            state=SendState.ACCEPTED,
            attempt=1,
            lease=decision.decided_at,
            person=decision.intent.person,
            subject=decision.subject,
            address=decision.subject,
            program=rule.program,
            template=rule.template,
            topic=rule.topic,
            mail_class=decision.mail_class.value,
            bundle=case.bundle,
            decision=LogKey(pk="", sk=""),
            claimed_at=decision.decided_at,
            contents=replace(decision.contents, blocks=case.blocks, jobs=jobs),
            asked=rule.asked,
        )
        after = claimed_on(person.state, record)
        human = self.chance.random() < person.answers
        entry = replace(after.ledger[-1], human=human)
        person.state = replace(after, ledger=(*after.ledger[:-1], entry))
        person.mails.append(
            Mail(entry=entry, education=rule.education, mail_class=decision.mail_class, late=late)
        )

    def _case(self, intent: Intent, rule: Terms, now: datetime) -> Case:
        person, programs = self.person, self.rules.programs
        above = (w for w in self.waits.values() if programs[w.program].priority > rule.priority)
        rivals = [
            Rival(program=w.program, priority=programs[w.program].priority, due=w.due)
            for w in above
            if w.fact.event_id != intent.fact.event_id
        ]
        return Case(
            intent=intent,
            bundle=intent.bundle,
            subject=person.state.ref,
            terms=rule,
            job=Standing.OPEN if rule.about_job else Standing.UNKNOWN,
            to=f"{person.number}@year.example",
            address=person.state,
            zone=person.zone,
            rivals=tuple(rivals),
            slate=self._slate(rule, now) if rule.jobs is not JobsWish.NONE else None,
            blocks=self.rules.next_block(person, now) if rule.education else (),
        )

    def _slate(self, rule: Terms, now: datetime) -> Slate:
        """New jobs that fit, in some weeks; the same ones however often it is asked that day."""
        day = f"{now:%Y-%m-%d}"
        found = Random(f"{self.person.number}:{rule.program}:{day}").random() < JOBS_FOUND
        jobs = [JobMatch(job=f"{day}-{i}", score=0.8, reasons=()) for i in range(3 * found)]
        return Slate(jobs=tuple(jobs), looking=self.person.looking)

    def _fact(self, name: str, at: datetime) -> FactRef:
        whose = str(self.person.number)
        return FactRef(
            name=name,
            event_id=f"{whose}:{name}:{at:%Y%m%d%H%M%S}",
            person=PersonId(whose),
            origin="live",
            occurred_at=at,
            received_at=at,
            log_pk="",
            log_sk="",
            job=f"{at:%Y%m%d}" if name == REMINDER else "",
        )


def _intent(program: str, occurrence: str, fact: FactRef) -> Intent:
    return Intent(
        program=program,
        occurrence=occurrence,
        person=fact.person,
        fact=fact,
        bundle="",
        decided_at=fact.occurred_at,
    )
