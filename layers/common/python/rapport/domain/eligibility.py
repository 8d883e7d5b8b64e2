"""The gates that need no address: what is switched off, and whether there is anything to tell."""

from datetime import datetime, timedelta

from rapport.domain.ats import Speaks
from rapport.domain.decision import MailClass
from rapport.domain.event import Origin
from rapport.domain.gates import (
    Case,
    Found,
    Gates,
    SendMode,
    Standing,
    Terms,
    day,
    span,
)
from rapport.domain.launch import State
from rapport.domain.reasons import Reason

# SES says when it stopped, not when it goes on; nor does a hand on the brake.
ASK_SES_AGAIN = timedelta(minutes=15)
# Nor does whoever paused a campaign, or has to agree to what it is now.
ASK_CAMPAIGN_AGAIN = timedelta(minutes=15)
# A pause is mostly short: what waits for its end is asked after as long again as it has lasted.
ASK_PAUSED_AGAIN = timedelta(minutes=1)
ASK_BRAKE_AGAIN = timedelta(minutes=15)


def program(case: Case) -> Found:
    """The first gate; it stands apart because without terms there is nothing to ask the others."""
    name = case.intent.program
    if case.terms is None:
        detail = f"The published bundle has no playbook {name}."
        return Found(detail=detail, reason=Reason.PROGRAM_UNKNOWN)
    return Found(detail=f"The playbook {name} is part of the published bundle.")


def _switches(case: Case, terms: Terms, now: datetime) -> Found:
    """The brake and the brand's switch stop all; a pause of outreach leaves what is needed."""
    if case.stop is not None:
        why = f": {case.stop.why}" if case.stop.why else ""
        return Found(
            detail=f"All mail was stopped on {day(case.stop.at)}{why}.",
            reason=Reason.STOPPED,
            until=now + ASK_BRAKE_AGAIN,
        )
    if terms.send_mode is SendMode.OFF:
        return Found(detail="The brand's send mode is off.", reason=Reason.SENDING_OFF)
    if terms.policy.paused and terms.mail_class is not MailClass.TRANSACTIONAL:
        return Found(detail="The policy pauses all outreach.", reason=Reason.OUTREACH_PAUSED)
    if terms.paused:
        return Found(detail="The playbook is paused.", reason=Reason.PLAYBOOK_PAUSED)
    return Found(detail="Neither all mail, nor the brand, outreach or playbook is switched off.")


def _ses(case: Case, terms: Terms, now: datetime) -> Found:
    if case.account.paused:
        return Found(
            detail=f"SES takes no mail: {case.account.paused}.",
            reason=Reason.SES_PAUSED,
            until=now + ASK_SES_AGAIN,
        )
    return Found(detail="SES is not known to refuse mail.")


def _campaign(case: Case, terms: Terms, now: datetime) -> Found:
    """Whether the campaign goes on, as what was agreed to; what it waits for, no clock knows."""
    stand, until = case.campaign, now + ASK_CAMPAIGN_AGAIN
    if stand is None:
        return Found(detail="The mail is part of no campaign.")
    launch = stand.launch
    if launch.state in {State.DRAFT, State.CANCELLED}:
        return Found(detail=f"The campaign is {launch.state}.", reason=Reason.CAMPAIGN_CANCELLED)
    if launch.state is State.PAUSED:
        why = f": {launch.why}" if launch.why else ""
        detail = f"The campaign is paused{why}."
        lasted = now - (launch.paused or launch.at or now)
        again = min(max(lasted, ASK_PAUSED_AGAIN), ASK_CAMPAIGN_AGAIN)
        return Found(detail=detail, reason=Reason.CAMPAIGN_PAUSED, until=now + again)
    if stand.changed:
        detail = stand.lacking or "The campaign is other than what was agreed to."
        return Found(detail=detail, reason=Reason.CAMPAIGN_CHANGED, until=until)
    if stand.used_up:
        detail = f"The campaign has sent the {stand.most} mails that it may."
        return Found(detail=detail, reason=Reason.CAMPAIGN_SPENT, until=until)
    return Found(detail="The campaign is on its way, as it was agreed to.")


def _live(case: Case, terms: Terms, now: datetime) -> Found:
    origin = case.intent.fact.origin
    if origin == Origin.LIVE:
        return Found(detail="The event happened now.")
    detail = f"The event's origin is {origin}; only live events start a mail."
    return Found(detail=detail, reason=Reason.NOT_LIVE)


def _fresh(case: Case, terms: Terms, now: datetime) -> Found:
    age = max(now - case.intent.fact.occurred_at, timedelta())
    # The fact of a rhythm's intent happened when its period came.
    what, most = "period" if terms.every else "event", span(terms.stale_after)
    detail = f"The {what} is {span(age)} old; the playbook takes {what}s up to {most}."
    return Found(detail=detail, reason=None if age <= terms.stale_after else Reason.STALE)


def _condition(case: Case, terms: Terms, now: datetime) -> Found:
    verdict = case.condition
    reason = None if verdict.holds else Reason.CONDITION_NOT_MET
    return Found(detail=verdict.detail, reason=reason)


def _halted(case: Case, terms: Terms, now: datetime) -> Found:
    if case.halted is None:
        return Found(detail="Nothing stops mail to the candidate altogether.")
    reason = None if case.halted.holds else Reason.HALTED
    return Found(detail=case.halted.detail, reason=reason)


def _speaks(case: Case, terms: Terms, now: datetime) -> Found:
    who = case.intent.fact.speaks
    if who == Speaks.ATS:
        detail = "The connection says that the ATS writes to the candidate about this."
        return Found(detail=detail, reason=Reason.ATS_SPEAKS)
    return Found(detail=f"The connection lets Rapport write about this ({who}).")


def _stage(case: Case, terms: Terms, now: datetime) -> Found:
    if case.still is None:
        return Found(detail="The event is about no application in an ATS.")
    reason = None if case.still.holds else Reason.STAGE_MOVED_ON
    return Found(detail=case.still.detail, reason=reason)


def exit_gate(case: Case, terms: Terms, now: datetime) -> Found:
    """Whether what the mail would ask for was done meanwhile."""
    if case.submitted_at is None:
        return Found(detail="No submission of this application is known.")
    detail = f"It was submitted on {day(case.submitted_at)}."
    return Found(detail=detail, reason=Reason.APPLICATION_SUBMITTED)


def _job(case: Case, terms: Terms, now: datetime) -> Found:
    job = case.intent.fact.job
    if case.job is Standing.OPEN:
        return Found(detail=f"The job {job} is open.")
    if case.job is Standing.CLOSED:
        return Found(detail=f"The job {job} is closed.", reason=Reason.JOB_CLOSED)
    told = f"No feed had the job {job}." if job else "The event does not say for which job."
    return Found(detail=told, reason=Reason.JOB_UNKNOWN)


def _identity(case: Case, terms: Terms, now: datetime) -> Found:
    if case.identity is None:
        return Found(detail="The rules stop no mail for a doubt about who somebody is.")
    reason = None if case.identity.holds else Reason.IDENTITY_IN_DOUBT
    return Found(detail=case.identity.detail, reason=reason)


SWITCHES: Gates = (("switches", _switches), ("SES", _ses))


def early(case: Case, terms: Terms) -> Gates:
    """The gates that time does not open: what fails here fails for good.

    A rhythm that an event of an ATS began tells nothing of that event.
    """
    of_ats = not terms.every
    speaks: Gates = (("ATS", _speaks),) if of_ats and case.intent.fact.speaks else ()
    stage: Gates = (("stage", _stage),) if of_ats and case.still is not None else ()
    halted: Gates = () if case.halted is None else (("halted", _halted),)
    ending: Gates = (("exit", exit_gate),) if terms.ends else ()
    first: Gates = (("live", _live), ("fresh", _fresh), *speaks, ("condition", _condition))
    return (*first, *halted, *stage, *ending)


def of_campaign(case: Case) -> Gates:
    """The gate that is asked of a campaign's mail when it is due."""
    return () if case.campaign is None else (("campaign", _campaign),)


def of_job(terms: Terms) -> Gates:
    """The gate that is asked when the mail is due: a job may be loaded, or closed, until then."""
    return (("job", _job),) if terms.about_job else ()


def of_identity(case: Case) -> Gates:
    """The gate that is asked when the mail is due, if the rules want it: doubts may be settled."""
    return () if case.identity is None else (("identity", _identity),)
