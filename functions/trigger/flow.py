"""A fact → the playbooks that listen to it → an intent each, or a hold that is stored.

1. Read which bundle is live; every playbook that lists the fact has its say.
2. Judge what needs no address: is the event live, is it fresh, does the condition hold.
3. Hold: the decision goes to the log. Otherwise the intent goes to the queue after the playbook's
   wait, and `send` decides afresh when it arrives.

Everything is named by what it is about: a fact that is delivered twice makes the same intent and
the same decision again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rapport.bundle import OCCURRENCE_EVER, Bundle, Playbook
from rapport.conditions import judge
from rapport.domain.decide import foresee
from rapport.domain.decision import FactRef, Intent
from rapport.domain.gates import Case
from rapport.domain.profile import Profile
from rapport.domain.reasons import Reason
from rapport.playbooks import terms
from rapport.ports import Bundles, Intents, Log, People
from rapport.profiles import profile_of
from rapport.records import decision_event

# The queue delays a message by at most 15 minutes; publishing refuses playbooks that wait longer.
MAX_DELAY_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class Started:
    """What a fact came to."""

    intents: tuple[Intent, ...] = ()
    holds: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """The flow. `live` tells the hash of the live bundle; `now` is the clock."""

    people: People
    log: Log
    bundles: Bundles
    intents: Intents
    live: Callable[[], str]
    now: Callable[[], datetime]
    wait_divisor: int = 1

    def start(self, fact: FactRef) -> Started:
        """Let every playbook that listens to the fact answer it."""
        bundle_hash = self.live()
        bundle = self.bundles.get(bundle_hash)
        listening = [p for p in bundle.playbooks if fact.name in p.facts]
        if not listening:
            return Started()
        profile = profile_of(self.people, fact)
        queued: list[Intent] = []
        held: list[Reason] = []
        for playbook in listening:
            intent = self._intent(playbook, fact, bundle_hash)
            reason = self._hold(bundle, playbook, intent, profile)
            if reason is None:
                self.intents.put(intent, delay_seconds=self._delay(playbook))
                queued.append(intent)
            else:
                held.append(reason)
        return Started(intents=tuple(queued), holds=tuple(held))

    def _intent(self, playbook: Playbook, fact: FactRef, bundle_hash: str) -> Intent:
        ever = playbook.occurrence == OCCURRENCE_EVER
        return Intent(
            program=playbook.program,
            occurrence=OCCURRENCE_EVER if ever else fact.event_id,
            person=fact.person,
            fact=fact,
            bundle=bundle_hash,
            decided_at=self.now(),
        )

    def _hold(
        self, bundle: Bundle, playbook: Playbook, intent: Intent, profile: Profile
    ) -> Reason | None:
        now = self.now()
        case = Case(
            intent=intent,
            bundle=intent.bundle,
            subject=profile.root,
            terms=terms(bundle, playbook.program),
            condition=judge(playbook.when, profile, intent.fact),
        )
        decision = foresee(case, now=now)
        if decision is None:
            return None
        self.log.append([decision_event(decision, now=now)])
        return decision.reason

    def _delay(self, playbook: Playbook) -> int:
        return min(playbook.wait_seconds // self.wait_divisor, MAX_DELAY_SECONDS)
