"""The decision about one mail: a pure function of a snapshot, the same whenever it is asked.

`decide` walks these gates in order; the first that fails ends it. If time opens that gate the mail
is held until then and judged afresh; else, and if the playbook's patience ends before, it is
dropped, with the same reason.

 1. program       the playbook is still part of the published bundle
 2. switches      nobody stopped all mail (asked again after 15 minutes); neither the brand, nor all
                  outreach, nor the playbook is switched off
    SES           SES takes mail from this account; asked again after 15 minutes
    campaign      of a campaign's mail: it goes on, as what was agreed to, and has mails left;
                  asked again after 15 minutes
 3. live          the event happened now: no import, rebuild or rules change
    fresh         the event, of a rhythm its period, is no older than the playbook allows
    ATS           if a connection says who writes about it: it is not the ATS alone
    condition     the playbook's condition holds for the candidate as they are known now
    halted        if anything was looked up: nothing stops mail to the person altogether
    stage         for a fact of an ATS: the application is still where it went
    exit          for a playbook that an event can end: it did not happen meanwhile
    job           for a playbook about a job: the job is open
    identity      where the rules of identity stop mail for doubts: nothing open says that this
                  person and another may be one. Asked last of what needs no address, so that what
                  stops the mail anyway is told by its own name
 4. address       an e-mail address is known
    allow-list    the brand sends to everybody, or to this address
    confirmation  splits the way: an address that its owner has not confirmed gets the request to
                  confirm instead of the playbook's mail, or this mail with the request in it

Marketing then goes through

 5. consent       the last word on its topic was yes, is in force, is proven where proof is wanted,
                  and the topic is not switched off
    wishes        the person did not ask for a pause; held until its end
 6. suppression   the address is not closed for this topic, for marketing or for all mail; held if
                  that ends by itself
 7. holdout       the person is not among those who are held out for comparison
 8. pause         for a playbook about a job: it did not mail the person within 7 days, at whichever
                  address
    silence       the person showed a sign of life in one of the last mails
    frequency     every rule of the budget allows one more; held until all do
    priority      it takes no slot of what matters more and is due soon; held until after that
    ramp, quota   the domain and the account may send one more of this kind today
 9. quiet hours   it is day where the person lives; held until it is, and a little spread
10. repeat        it did not go to any address of the person before, for this occasion
    content       the same blocks or jobs were not in another mail
11. relevance     for a mail of jobs: enough of them fit well enough
    mix           for a mail about jobs: not too many of the last ones were, unless they are looking

Transactional mail goes through suppression for all mail, quota (all of it) and repeat; a request to
confirm, and a mail that carries it, through suppression, quota, repeat, `asked` (the address was
not asked within 24 hours, a known one not about this topic within 7 days; a wish waits until the
day of another topic's request is over) and pause.

What is held until a quiet time is held until after it; what went out before is not held at all.
Rendering and its checks follow when the mail is put together (`refused`), and the claim judges all
that may have changed again. Every gate that was reached leaves a sentence. `foresee` walks 1-3 for
whoever does not look at the address yet. To add a gate: write
its function, list it, name its reason in `reasons`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from rapport.domain import eligibility, fitness, frequency, permission, quiet
from rapport.domain.candidacy import RECEIVED
from rapport.domain.decision import (
    NO_CONTENTS,
    Contents,
    Decision,
    Delivery,
    GateResult,
    MailClass,
    Outcome,
)
from rapport.domain.gates import Case, Found, Gates, Target, Terms, day, target
from rapport.domain.reasons import Reason

__all__ = ["Target", "begun", "crowded", "decide", "ended", "foresee", "refused", "target"]

_SENT = {
    MailClass.MARKETING: Reason.CONSENTED,
    MailClass.TRANSACTIONAL: Reason.TRANSACTIONAL,
    MailClass.CONFIRMATION: Reason.CONFIRMATION,
}


def decide(case: Case, *, now: datetime) -> Decision:
    """Send, hold or drop, with every gate's verdict. See the procedure above."""
    first = eligibility.program(case)
    if case.terms is None:
        return _decision(case, [("program", first)], now)
    terms = case.terms
    found = [("program", first)]
    before = (
        *eligibility.SWITCHES,
        *eligibility.of_campaign(case),
        *eligibility.early(case, terms),
        *eligibility.of_job(terms),
        *eligibility.of_identity(case),
        *permission.ADDRESSED,
    )
    if _walk(before, case, terms, now, found):
        _walk(_of_class(case, terms), case, terms, now, found)
        if found[-1][1].until is not None:
            # What went out already is not kept until it may.
            again = [(name, gate(case, terms, now)) for name, gate in fitness.REPEAT]
            found += [each for each in again if each[1].reason is not None]
    return _decision(case, found, now)


def foresee(case: Case, *, due: bool, now: datetime) -> Decision | None:
    """The decision that needs no address to be known, or None: then `send` decides.

    Before the mail is `due` nobody asks what is switched off, and for a job only if the event names
    none.
    """
    found = [("program", eligibility.program(case))]
    if case.terms is not None:
        terms = case.terms
        job = eligibility.of_job(terms) if due or not case.intent.fact.job else ()
        switches = (*eligibility.SWITCHES, *eligibility.of_campaign(case)) if due else ()
        _walk((*switches, *eligibility.early(case, terms), *job), case, terms, now, found)
    return None if found[-1][1].reason is None else _decision(case, found, now)


def ended(case: Case, *, now: datetime, went: str = "", gave_up: bool = False) -> Decision:
    """The drop of a wait that an event has ended; `went`: where an application went by it."""
    found = [("program", eligibility.program(case))]
    if case.terms is not None:
        _walk((("exit", eligibility.exit_gate),), case, case.terms, now, found)
    if found[-1][1].reason is None:
        about_job = case.terms is None or case.terms.about_job
        detail = "What the mail would have asked for was done."
        reason = Reason.APPLICATION_SUBMITTED
        if gave_up:
            detail, reason = "The candidate cannot come to the event.", Reason.PLACE_GIVEN_UP
        elif went not in {"", RECEIVED}:
            detail, reason = f"The application went to {went}.", Reason.STAGE_MOVED_ON
        elif not (about_job or went):
            # Only an answer ends what is about no job.
            detail, reason = "The candidate answered to a mail.", Reason.REPLIED
        found.append(("exit", Found(detail=detail, reason=reason)))
    return _decision(case, found, now)


def crowded(case: Case, *, most: int, now: datetime) -> Decision:
    """The drop of a wait that would be one too many."""
    detail = f"{most} mails wait for this person already."
    found = [("waiting", Found(detail=detail, reason=Reason.TOO_MANY_WAITING))]
    return _decision(case, found, now)


def begun(case: Case, *, began: datetime, now: datetime) -> Decision:
    """The drop of a reminder of an event that has begun: its start was moved."""
    detail = f"The event began at {day(began.astimezone(UTC))}."
    found = [("exit", Found(detail=detail, reason=Reason.EVENT_BEGUN))]
    return _decision(case, found, now)


def unkept(decision: Decision, *, ended: bool, most: int) -> Decision:
    """The drop of a hold that cannot wait: an event has `ended` its wait, or too many wait."""
    reason, gate, detail = Reason.TOO_MANY_WAITING, "waiting", f"{most} of its kind wait already."
    if ended:
        fact = decision.intent.fact
        reason = Reason.APPLICATION_SUBMITTED if fact.job else Reason.REPLIED
        reason = Reason.STAGE_MOVED_ON if fact.application else reason
        gate, detail = "exit", "Meanwhile an event ended the wait for it."
    return refused(decision, reason=reason, gate=gate, detail=detail)


def refused(
    decision: Decision,
    *,
    reason: Reason,
    gate: str,
    detail: str,
    outcome: Outcome = Outcome.DROP,
    until: datetime | None = None,
) -> Decision:
    """What takes the place of a decision to send which could not be carried out.

    A hold wants `until`, when it is judged afresh.
    """
    gates = (*decision.gates, GateResult(gate=gate, passed=False, detail=detail, until=until))
    return replace(decision, outcome=outcome, reason=reason, gates=gates, until=until)


def _of_class(case: Case, terms: Terms) -> Gates:
    if case.aim is None:
        return ()
    match case.aim.mail_class:
        case MailClass.MARKETING:
            return (
                *permission.CONSENT,
                *permission.SUPPRESSION,
                *permission.HOLDOUT,
                *frequency.pause(terms),
                *frequency.FREQUENCY,
                *quiet.QUIET,
                *fitness.REPEAT,
                *fitness.fits(case, terms),
            )
        case MailClass.TRANSACTIONAL:
            return (
                *permission.BASIS,
                *permission.SUPPRESSION,
                *frequency.WHOLE_QUOTA,
                *fitness.REPEAT,
            )
        case MailClass.CONFIRMATION:
            return (
                *permission.SUPPRESSION,
                *frequency.WHOLE_QUOTA,
                *fitness.REPEAT,
                *permission.ASKED,
                *frequency.pause(terms),
            )


def _walk(
    gates: Gates, case: Case, terms: Terms, now: datetime, found: list[tuple[str, Found]]
) -> bool:
    """Add each gate's answer until one fails; whether all let the mail pass."""
    for name, gate in gates:
        found.append((name, gate(case, terms, now)))
        if found[-1][1].reason is not None:
            return False
    return True


def _decision(case: Case, found: list[tuple[str, Found]], now: datetime) -> Decision:
    terms, aim, last = case.terms, case.aim, found[-1][1]
    mail_class = MailClass.MARKETING if terms is None else terms.mail_class
    if aim is not None:
        mail_class = aim.mail_class
    until = _until(case, last, mail_class)
    key = "" if aim is None else aim.send_key
    confirming = aim is not None and terms is not None and aim.program != terms.program
    return Decision(
        outcome=_outcome(last, until),
        reason=last.reason or _SENT[mail_class],
        intent=case.intent,
        bundle=case.bundle,
        template=aim.template if aim else "" if terms is None else terms.template,
        mail_class=mail_class,
        topic="" if terms is None else terms.topic,
        gates=tuple(_told(case, found, held=until is not None)),
        decided_at=now,
        subject=case.subject,
        address=None if case.address is None else case.address.ref,
        to=case.to,
        send_key=key,
        # One name for one mail: the send id in tags and headers is the send key itself, so that
        # whatever comes back from outside finds its record by one read.
        send_id=key,
        playbook={} if terms is None else {"program": terms.program, "meaning": terms.meaning},
        until=until,
        priority=0 if terms is None else terms.priority,
        # The request to confirm may always be asked for again.
        delivery=Delivery.STRICT if terms is None or confirming else terms.delivery,
        contents=_contents(case, last, mail_class),
    )


def _outcome(last: Found, until: datetime | None) -> Outcome:
    if last.reason is None:
        return Outcome.SEND
    return Outcome.DROP if until is None else Outcome.HOLD


def _until(case: Case, last: Found, mail_class: MailClass) -> datetime | None:
    """When the mail is judged afresh; None if never, or not before it is too old."""
    until, terms = last.until, case.terms
    if until is None or terms is None:
        return None
    if mail_class is MailClass.MARKETING:
        until = quiet.next_awake(case, terms, until)
    patience = case.intent.fact.occurred_at + terms.stale_after
    return None if until is None or until > patience else until


def _told(case: Case, found: Iterable[tuple[str, Found]], *, held: bool) -> Iterable[GateResult]:
    for name, each in found:
        numbers, detail = each.numbers, each.detail
        if each.until is not None and case.terms is not None:
            # Whoever is told when, is told so by their own clock.
            numbers = {**numbers, **quiet.zone_numbers(quiet.zone_in_force(case, case.terms))}
            if not held:
                detail = f"{detail} It would open later than the playbook waits."
        yield GateResult(
            gate=name,
            passed=each.reason is None,
            detail=detail,
            numbers=numbers,
            until=each.until,
        )


def _contents(case: Case, last: Found, mail_class: MailClass) -> Contents:
    """Where its reader lives, and the consent that a mail goes out under.

    What it tells is known when it is put together.
    """
    if last.reason is not None or case.terms is None or case.address is None:
        return NO_CONTENTS
    if mail_class is not MailClass.MARKETING:
        return Contents(country=case.country)
    word = case.address.consents[case.terms.topic]
    return Contents(consent=word.event_id, statement=word.statement, country=case.country)
