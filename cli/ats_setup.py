"""What to click in each applicant tracking system, which events to tick, who makes the secret.

The pages `docs/ats-….md` say the same with the reasons; a test holds the two against each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class SetUp:
    """How a vendor's webhooks are set up. `where`: the way there through its menus.

    `chosen`: the secret is chosen here and typed in there; else the vendor makes it. `needed` and
    `useful` are events by the vendor's own words. `api`: what reading its API needs.
    """

    page: str
    where: str
    how: tuple[str, ...] = ()
    chosen: bool = False
    needed: tuple[str, ...] = ()
    useful: tuple[str, ...] = ()
    api: tuple[str, ...] = field(default=())


_OTHERS = "docs/ats-others.md"

SET_UPS: Mapping[str, SetUp] = MappingProxyType(
    {
        "greenhouse": SetUp(
            page="docs/ats-greenhouse.md",
            where="Configure → Dev Center → Web Hooks → Web Hooks",
            how=(
                "Make one webhook for each event, all with this address and this secret key.",
                "Greenhouse tests it when it is saved, and saves it switched off if that fails.",
            ),
            chosen=True,
            needed=(
                "new_candidate_application",
                "new_prospect_application",
                "application_updated",
                "candidate_stage_change",
                "reject_candidate",
                "unreject_candidate",
                "hire_candidate",
                "unhire_candidate",
                "update_candidate",
                "merge_candidate",
                "delete_candidate",
                "delete_application",
                "candidate_anonymized",
            ),
            useful=(
                "job_created",
                "job_updated",
                "job_approved",
                "job_deleted",
                "job_post_created",
                "job_post_updated",
                "job_post_deleted",
                "offer_created",
                "offer_updated",
                "offer_approved",
                "offer_deleted",
                "interview_deleted",
            ),
            api=("client_id", "client_secret"),
        ),
        "ashby": SetUp(
            page="docs/ats-ashby.md",
            where="Admin → Integrations → Webhooks",
            how=("Make one webhook for each event, all with this address and this secret.",),
            chosen=True,
            needed=(
                "applicationSubmit",
                "applicationUpdate",
                "candidateStageChange",
                "candidateHire",
                "candidateMerge",
                "candidateDelete",
            ),
            useful=(
                "pushToHRIS",
                "jobCreate",
                "jobUpdate",
                "jobPostingPublish",
                "jobPostingUpdate",
                "jobPostingUnpublish",
                "offerCreate",
                "offerUpdate",
                "offerDelete",
                "interviewScheduleCreate",
                "interviewScheduleUpdate",
            ),
            api=("key",),
        ),
        "lever": SetUp(
            page="docs/ats-lever.md",
            where="Settings → Integrations and API → Webhooks",
            how=(
                "Only a Super Admin can turn the group on.",
                "Each event has a webhook and a signature token of its own.",
                "Put each token under `event_secrets` in the settings file, by its event's name.",
                "Without an API key nothing is learnt from these webhooks.",
            ),
            needed=(
                "applicationCreated",
                "candidateStageChange",
                "candidateArchiveChange",
                "candidateHired",
                "candidateDeleted",
                "interviewCreated",
                "interviewUpdated",
                "interviewDeleted",
                "contactCreated",
                "contactUpdated",
            ),
            api=("key",),
        ),
        "standard": SetUp(
            page="docs/ats-standard.md",
            where="wherever that system sends webhooks from",
            how=("It signs as Standard Webhooks describes, with this secret.",),
            chosen=True,
        ),
        "smartrecruiters": SetUp(
            page=_OTHERS,
            where="POST /webhooks-api/v201907/subscriptions",
            how=(
                "Make a subscription with this address as `callbackUrl`, and activate it.",
                "Then make a secret key for it, and hand it over: connect again with --secret -.",
            ),
            needed=(
                "application.created",
                "application.status.updated",
                "offer.created",
                "interview.created",
                "candidate.created",
                "candidate.updated",
                "candidate.deleted",
                "job.created",
                "job.status.updated",
            ),
        ),
        "teamtailor": SetUp(
            page=_OTHERS,
            where="Settings → Integrations → Webhooks → Add webhook",
            how=("Take the signature `TT-Signature` (v2); the older one is refused.",),
            needed=(
                "candidate.create",
                "candidate.update",
                "candidate.destroy",
                "job_application.create",
                "job_application.update",
                "job_application.destroy",
                "job.create",
                "job.update",
                "job.destroy",
            ),
        ),
        "kombo": SetUp(
            page=_OTHERS,
            where="Configuration → Webhooks",
            how=("Put the integration's id under `api.integration_id`.",),
            needed=("data-changed",),
        ),
        "merge": SetUp(
            page=_OTHERS,
            where="Advanced → Webhooks",
            how=("Put the id of the linked account under `api.linked_account_id`.",),
            needed=(
                "Candidate.synced",
                "Application.synced",
                "LinkedAccount.synced",
                "Candidate.changed",
                "Candidate.removed",
                "Application.changed",
                "Application.removed",
            ),
        ),
        "huntflow": SetUp(
            page=_OTHERS,
            where="Company settings → API → Webhooks",
            how=(
                "Give the webhook this secret key: without one Huntflow signs nothing.",
                "Huntflow tries a webhook out when it is saved.",
            ),
            chosen=True,
            needed=("APPLICANT", "VACANCY", "OFFER"),
        ),
    }
)
