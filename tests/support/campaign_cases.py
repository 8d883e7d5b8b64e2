"""One case for every way in which a campaign stands in the way of its own mails."""

from dataclasses import replace
from datetime import timedelta

from rapport.domain.eligibility import ASK_CAMPAIGN_AGAIN, ASK_PAUSED_AGAIN
from rapport.domain.gates import Case
from rapport.domain.launch import Launch, Stand, State
from rapport.domain.reasons import Reason
from tests.support.cases import CASE, STRANGER, Row, with_terms
from tests.support.fakes import START

AGREED = "a" * 64
RUNNING = Launch(campaign="spring", version=3, state=State.RUNNING, agreed=AGREED)


def of_campaign(launch: Launch = RUNNING, **told: object) -> Case:
    stand = Stand(launch=launch, **{"fingerprint": AGREED, **told})  # type: ignore[arg-type]
    return replace(CASE, campaign=stand)


def stands(state: State, why: str = "") -> Case:
    return of_campaign(replace(RUNNING, state=state, why=why))


def paused(lasted: timedelta) -> Case:
    return of_campaign(
        replace(RUNNING, state=State.PAUSED, why="a wrong date", paused=START - lasted)
    )


PAUSED, CHANGED, SPENT = (
    Reason.CAMPAIGN_PAUSED,
    Reason.CAMPAIGN_CHANGED,
    Reason.CAMPAIGN_SPENT,
)
OVER = Reason.CAMPAIGN_CANCELLED
CAMPAIGN_ROWS = (
    Row("a campaign on its way mails", of_campaign(), Reason.CONSENTED, "repeat"),
    Row(
        "a campaign whose intents are all put mails",
        stands(State.DONE),
        Reason.CONSENTED,
        "repeat",
    ),
    Row("a draft mails nobody", stands(State.DRAFT), OVER, "campaign"),
    Row("what was cancelled is over", stands(State.CANCELLED), OVER, "campaign"),
    Row(
        "one that was just paused waits a moment",
        paused(timedelta(seconds=10)),
        PAUSED,
        "campaign",
        ASK_PAUSED_AGAIN,
    ),
    Row(
        "one that is paused waits as long again",
        paused(timedelta(minutes=4)),
        PAUSED,
        "campaign",
        timedelta(minutes=4),
    ),
    Row(
        "one that is paused for days is asked after as seldom as any",
        paused(timedelta(days=2)),
        PAUSED,
        "campaign",
        ASK_CAMPAIGN_AGAIN,
    ),
    Row(
        "an edited one waits",
        of_campaign(fingerprint="b" * 64),
        CHANGED,
        "campaign",
        ASK_CAMPAIGN_AGAIN,
    ),
    Row(
        "one that lacks its template waits",
        of_campaign(fingerprint="", lacking="The template campaign is not published."),
        CHANGED,
        "campaign",
        ASK_CAMPAIGN_AGAIN,
    ),
    Row(
        "the last mail that it may",
        of_campaign(spent=6, most=7),
        Reason.CONSENTED,
        "repeat",
    ),
    Row(
        "one mail more than it may",
        of_campaign(spent=7, most=7),
        SPENT,
        "campaign",
        ASK_CAMPAIGN_AGAIN,
    ),
    Row(
        "a campaign asks nobody to confirm an address",
        replace(with_terms(confirms=False), address=STRANGER),
        Reason.ADDRESS_UNCONFIRMED,
        "confirmation",
    ),
)
