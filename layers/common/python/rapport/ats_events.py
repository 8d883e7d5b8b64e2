"""What Rapport writes into the log of what an applicant tracking system told it.

The bodies are made by `rapport.intake` alone: `traits` and `context.externalIds` say who it is, as
in an identify call; `properties` say what happened. A property that is left out was not told.
"""

from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta

from rapport.domain import names
from rapport.vocabulary import Fact, Properties

Moment: TypeAlias = Annotated[int, Meta(description="Milliseconds since 1970.")]


class FromAts(Properties, frozen=True, kw_only=True):
    """What every event of an ATS carries.

    `clock` is the ATS's own time of the change, `told` where that was taken from. `candidate` names
    the ATS's candidate in the profile; `pulled`: read from its API, told by no delivery.
    `can_email`, `private`: the ATS's own marks of the candidate, wherever they are told.
    """

    engine_only: ClassVar[bool] = True
    connection: str
    vendor: str
    vendor_event: str
    told: str
    clock: Moment = 0
    candidate: str = ""
    pulled: bool = False
    can_email: bool | None = None
    private: bool | None = None


class CandidateRecorded(FromAts, frozen=True, kw_only=True):
    """A candidate as an ATS has them: new, or changed."""

    event = names.CANDIDATE_RECORDED


class CandidateMerged(FromAts, frozen=True, kw_only=True):
    """Two candidates of an ATS are one: `candidate` goes on as `into`."""

    event = names.CANDIDATE_MERGED
    into: str = ""


class CandidateDeleted(FromAts, frozen=True, kw_only=True):
    """A candidate is no longer in an ATS."""

    event = names.CANDIDATE_DELETED


class CandidateAnonymized(FromAts, frozen=True, kw_only=True):
    """An ATS forgot who a candidate was."""

    event = names.CANDIDATE_ANONYMIZED


class OfApplication(FromAts, frozen=True, kw_only=True):
    """What an event of an application carries.

    `application` names it in the profile, `application_id` in the ATS. `job_id` is what the career
    site calls the job, `requisition` what the ATS does. `stage` is where it is, as playbooks know
    stages; `stage_id` and `stage_name` are the ATS's. `from_source`: where it came from was told
    (`vendor`), found in its history (`derived`) or is `unknown`. `speaks`: who writes to the
    candidate.
    """

    application: str
    application_id: str = ""
    job_id: str = ""
    requisition: str = ""
    title: str = ""
    category: str = ""
    status: str = ""
    stage: str = ""
    stage_id: str = ""
    stage_name: str = ""
    from_id: str = ""
    from_name: str = ""
    from_source: str = ""
    reason: str = ""
    reason_by: str = ""
    came_from: str = ""
    speaks: str = ""
    prospect: bool = False
    applied_at: Moment = 0


class ApplicationReceived(OfApplication, frozen=True, kw_only=True):
    """An ATS has an application, or a prospect, that it did not have before."""

    event = names.APPLICATION_RECEIVED
    fact = Fact(
        name="ApplicationReceived",
        meaning="An applicant tracking system has a new application of a candidate.",
        starts_playbooks=True,
        ends_waits=True,
    )


class ApplicationUpdated(OfApplication, frozen=True, kw_only=True):
    """An application as an ATS has it, without that it went anywhere."""

    event = names.APPLICATION_UPDATED


class ApplicationStageChanged(OfApplication, frozen=True, kw_only=True):
    """An application went to another stage."""

    event = names.APPLICATION_STAGE_CHANGED
    fact = Fact(
        name="ApplicationStageChanged",
        meaning="An application went to another stage.",
        starts_playbooks=True,
    )


class ApplicationRejected(OfApplication, frozen=True, kw_only=True):
    """The employer rejected an application."""

    event = names.APPLICATION_REJECTED
    fact = Fact(
        name="ApplicationRejected",
        meaning="The employer rejected an application.",
        starts_playbooks=True,
        ends_waits=True,
    )


class ApplicationWithdrawn(OfApplication, frozen=True, kw_only=True):
    """A candidate withdrew an application."""

    event = names.APPLICATION_WITHDRAWN
    fact = Fact(
        name="ApplicationWithdrawn",
        meaning="A candidate withdrew an application.",
        starts_playbooks=True,
        ends_waits=True,
    )


class CandidateHired(OfApplication, frozen=True, kw_only=True):
    """A candidate was hired."""

    event = names.CANDIDATE_HIRED
    fact = Fact(
        name="CandidateHired",
        meaning="A candidate was hired.",
        starts_playbooks=True,
        ends_waits=True,
    )


class HireUndone(OfApplication, frozen=True, kw_only=True):
    """It was taken back that a candidate was hired."""

    event = names.HIRE_UNDONE


class ApplicationReopened(OfApplication, frozen=True, kw_only=True):
    """An application that had ended goes on."""

    event = names.APPLICATION_REOPENED


class ApplicationDeleted(OfApplication, frozen=True, kw_only=True):
    """An application is no longer in an ATS."""

    event = names.APPLICATION_DELETED


class RecruitingNoted(OfApplication, frozen=True, kw_only=True):
    """What else an ATS told: an offer, an interview. `what` says which, `status` how it stands."""

    event = names.RECRUITING_NOTED
    what: str = ""


class ErasureRequested(Properties, frozen=True, kw_only=True):
    """Somebody is to be forgotten: `by` says who asks, `because` what happened there.

    `not_before`: until then they may turn out to have been merged; 0: it is certain.
    """

    event = names.ERASURE_REQUESTED
    engine_only = True
    by: str
    because: str
    not_before: Moment = 0


class ProspectPushed(Properties, frozen=True, kw_only=True):
    """Rapport put a candidate into an ATS as `prospect`; `state` is what came of it."""

    event = names.PROSPECT_PUSHED
    engine_only = True
    connection: str
    state: str
    prospect: str = ""
    job_id: str = ""


OF_APPLICATIONS: tuple[type[OfApplication], ...] = (
    ApplicationReceived,
    ApplicationUpdated,
    ApplicationStageChanged,
    ApplicationRejected,
    ApplicationWithdrawn,
    CandidateHired,
    HireUndone,
    ApplicationReopened,
    ApplicationDeleted,
    RecruitingNoted,
)
FROM_ATS: tuple[type[FromAts], ...] = (
    CandidateRecorded,
    CandidateMerged,
    CandidateDeleted,
    CandidateAnonymized,
    *OF_APPLICATIONS,
)
WRITTEN: tuple[type[Properties], ...] = (*FROM_ATS, ErasureRequested, ProspectPushed)
