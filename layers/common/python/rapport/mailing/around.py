"""What a decision has to know beside the person: SES and the domain, what else waits, where it is.

Asked only for mail that nothing has stopped so far, and only as far as its class is judged by it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from rapport.bundle import Bundle
from rapport.domain.decide import foresee
from rapport.domain.decision import Intent, MailClass
from rapport.domain.gates import Case, Terms
from rapport.domain.person import Account, Rival
from rapport.domain.run import waiting
from rapport.profiles import Found
from rapport.sending import Accounts, Counts, day_of, ramp_cap
from rapport.slates import NOTHING_PICKED, Picked, Picker
from rapport.waiting import Runs
from rapport.zones import country_of, zone_of


@dataclass(frozen=True, kw_only=True)
class Around:
    """Looks around on its ports."""

    accounts: Accounts
    counts: Counts
    runs: Runs
    picker: Picker
    now: Callable[[], datetime]

    def seen(self, case: Case, bundle: Bundle, found: Found) -> tuple[Case, Picked]:
        """The case with what stands around it, and what its mail would be made of."""
        now, terms = self.now(), case.terms
        if terms is None or case.address is None or foresee(case, due=True, now=now) is not None:
            return case, NOTHING_PICKED
        marketing = case.aim is not None and case.aim.mail_class is MailClass.MARKETING
        case = replace(
            case,
            account=self.accounts.account(),
            zone=zone_of(found.profile, bundle),
            country=country_of(found.profile, bundle),
        )
        picked = self.picker.pick(case, bundle, found.profile)
        case = replace(case, slate=picked.slate, blocks=(picked.block,) if picked.block else ())
        if not marketing:
            return case, picked
        case = replace(
            case,
            account=self._ramped(case.account, bundle, now),
            rivals=self._rivals(case.intent, terms, bundle, found),
        )
        return case, picked

    def _ramped(self, account: Account, bundle: Bundle, now: datetime) -> Account:
        cap = ramp_cap(bundle.policy.ramp, now)
        if cap is None:
            return account
        used = self.counts.used(sending_domain(bundle), day_of(now))
        return replace(account, ramp_cap=cap, ramp_used=used)

    def _rivals(
        self, intent: Intent, terms: Terms, bundle: Bundle, found: Found
    ) -> tuple[Rival, ...]:
        """What waits for the person and matters more; nobody is asked if nothing could."""
        more = {
            p.program: p.priority
            for p in bundle.playbooks
            if p.priority > terms.priority and not p.paused
        }
        if not more:
            return ()
        places = dict.fromkeys((found.group.root, *found.group.members))
        return tuple(
            Rival(program=run.program, priority=more[run.program], due=run.due)
            for place in places
            for run in waiting(self.runs.of(place))
            if run.program in more and run.fact.event_id != intent.fact.event_id
        )


def sending_domain(bundle: Bundle) -> str:
    """The domain that the brand's mail comes from."""
    return bundle.brand.sender.rpartition("@")[2].lower()
