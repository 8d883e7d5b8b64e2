"""What a bundle says about a program, in the words that decisions use."""

from datetime import timedelta

from rapport.bundle import (
    CONFIRM_PROGRAM,
    EDUCATION,
    OCCURRENCE_EVER,
    OCCURRENCE_OCCASION,
    OCCURRENCE_STAGE,
    PERMISSION,
    Bundle,
    Playbook,
)
from rapport.campaigns import Campaign, key_of
from rapport.conditions import judge
from rapport.domain.decision import Delivery, FactRef, Intent, MailClass
from rapport.domain.gates import ALWAYS, Case, JobsWish, SendMode, Standing, Terms, Verdict
from rapport.domain.jobs import Job
from rapport.domain.profile import Profile
from rapport.domain.run import RHYTHM, Run, of_period
from rapport.reach import halted, still

CONFIRM_TEMPLATE = "confirm"
# The request of a campaign that asks: nobody asked for anything before.
ASK_TEMPLATE = "ask"
IN_AUDIENCE = Verdict(holds=True, detail="The candidate was in the audience at the launch.")


def occurrence_of(playbook: Playbook, fact: FactRef) -> str:
    """The occasion of a fact, by which a mail goes out once."""
    if playbook.every_seconds:
        return of_period(0)
    if playbook.about_job:
        return f"{playbook.occurrence}:{fact.job}"
    if playbook.occurrence == OCCURRENCE_STAGE:
        return f"{OCCURRENCE_STAGE}:{fact.application}:{fact.stage}"
    if playbook.occurrence == OCCURRENCE_OCCASION:
        return f"{OCCURRENCE_OCCASION}:{fact.occasion}"
    return OCCURRENCE_EVER if playbook.occurrence == OCCURRENCE_EVER else fact.event_id


def waits_for(playbook: Playbook, fact: FactRef) -> str:
    """The occasion that a playbook waits for once.

    What may be mailed once in a lifetime, or in a stage, waits per fact: a first wait may have come
    to nothing, or to the request to confirm, and `send` sees to the once. Of a rhythm a person has
    one.
    """
    if playbook.every_seconds:
        return RHYTHM
    return occurrence_of(playbook, fact) if playbook.about_job else fact.event_id


def occurrence_at(playbook: Playbook | None, run: Run) -> str:
    """The occasion that a run which is due mails about."""
    if run.occurrence == RHYTHM:
        return of_period(run.period)
    if playbook is None or playbook.every_seconds:
        return run.occurrence
    return occurrence_of(playbook, run.fact)


def case_of(
    bundle: Bundle, bundle_hash: str, intent: Intent, profile: Profile, job: Job | None
) -> Case:
    """The case of an intent as far as it needs no address. `job` is that of the intent's fact."""
    playbook = bundle.playbook(intent.program)
    condition = IN_AUDIENCE if key_of(intent.program) else ALWAYS
    application, about = profile.applications.get(intent.fact.job), intent.fact.application
    return Case(
        intent=intent,
        bundle=bundle_hash,
        subject=profile.root,
        terms=terms(bundle, intent.program),
        condition=condition if playbook is None else judge(playbook.when, profile, intent.fact),
        # What an ATS tells of an application is told of one that was submitted.
        submitted_at=None if application is None or about else application.submitted,
        job=_standing(job),
        halted=halted(profile, intent.fact),
        still=still(profile, intent.fact),
    )


def _standing(job: Job | None) -> Standing:
    if job is None:
        return Standing.UNKNOWN
    return Standing.OPEN if job.open else Standing.CLOSED


def terms(bundle: Bundle, program: str) -> Terms | None:
    """The terms of a program; None when the bundle has none of that name."""
    playbook = bundle.playbook(program)
    if playbook is None:
        campaign = bundle.campaign(key_of(program))
        return None if campaign is None else _of_campaign(bundle, campaign)
    template = bundle.template(playbook.template)
    return Terms(
        program=playbook.program,
        meaning=playbook.meaning,
        template=template.name,
        topic=template.topic,
        stale_after=timedelta(seconds=playbook.stale_after_seconds),
        confirm_program=CONFIRM_PROGRAM,
        confirm_template=CONFIRM_TEMPLATE,
        send_mode=SendMode(bundle.brand.send_mode),
        allow_list=bundle.brand.allow_list,
        ends=playbook.exits_on,
        about_job=playbook.about_job,
        carries=playbook.carries,
        mail_class=MailClass(template.mail_class),
        delivery=Delivery(template.delivery),
        priority=playbook.priority,
        asked=playbook.asked,
        jobs=JobsWish(playbook.jobs),
        education=playbook.content == EDUCATION,
        policy=bundle.policy,
        paused=playbook.paused,
        asks_to_go_on=playbook.content == PERMISSION,
        every=timedelta(seconds=playbook.every_seconds),
    )


def _of_campaign(bundle: Bundle, campaign: Campaign) -> Terms:
    """A campaign mails whoever agreed, and asks nobody to but those it was made to ask.

    What it names may be unpublished: then its gate holds it, and says so.
    """
    named = [t for t in bundle.templates if t.name == campaign.template]
    return Terms(
        program=campaign.program,
        meaning=campaign.name,
        template=campaign.template,
        topic=campaign.topic,
        stale_after=timedelta(seconds=campaign.stale_after_seconds),
        confirm_program=CONFIRM_PROGRAM,
        confirm_template=ASK_TEMPLATE,
        send_mode=SendMode(bundle.brand.send_mode),
        allow_list=bundle.brand.allow_list,
        delivery=Delivery(named[0].delivery) if named else Delivery.STRICT,
        priority=campaign.priority,
        jobs=JobsWish(campaign.jobs),
        policy=bundle.policy,
        confirms=campaign.asks,
    )
