"""Whom nothing is mailed to at all, whatever they agreed to: the employer's own systems say so.

Only a verified word counts (a server's key, an applicant tracking system): what a browser says of
somebody may be said by anybody. As with every attribute the latest word holds, so a later one takes
it back. `contact`: `never`. `status`: one of `_OUT_OF_REACH`. Of what applicant tracking systems
note any note is enough: not to be mailed, private, deleted, anonymised, hired. Where
not all notes are kept, nobody can tell that there is none.
"""

from rapport.domain.ats import Status
from rapport.domain.candidacy import HIRED
from rapport.domain.decision import FactRef
from rapport.domain.event import Trust
from rapport.domain.gates import Verdict
from rapport.domain.profile import Profile
from rapport.domain.recruiting import RECORDS

_NEVER = "never"
_OUT_OF_REACH = {
    "hired": "The candidate was hired.",
    "employee": "The candidate works here.",
    "anonymised": "The candidate was anonymised.",
    "anonymized": "The candidate was anonymised.",
}


def halted(profile: Profile, fact: FactRef) -> Verdict | None:
    """Whether anything stops mail to the person; None when nobody who may say so said anything.

    What tells of the hire itself is not stopped by it.
    """
    contact, status = _word(profile, "contact"), _word(profile, "status")
    if not (contact or status or profile.recruiting):
        return None
    stops = "The employer's systems say never to contact them." if contact == _NEVER else ""
    stops = stops or _OUT_OF_REACH.get(status, "") or _by_an_ats(profile, fact)
    if stops:
        return Verdict(holds=False, detail=stops)
    return Verdict(holds=True, detail="The employer's systems say nothing against writing to them.")


def _by_an_ats(profile: Profile, fact: FactRef) -> str:
    """What stops mail of all that is noted in applicant tracking systems; of one note is enough."""
    records = profile.recruiting.records.values()
    if any(record.can_email is False for record in records):
        return "The applicant tracking system says not to mail them."
    if any(record.is_private for record in records):
        return "The candidate is private in the applicant tracking system."
    if any(record.anonymized for record in records):
        return _OUT_OF_REACH["anonymised"]
    if any(record.gone for record in records):
        return "The candidate was deleted in the applicant tracking system."
    if RECORDS in profile.recruiting.fewer:
        return "The applicant tracking systems note more of them than is kept."
    hired = (each.status == HIRED for each in profile.recruiting.candidacies.values())
    return _OUT_OF_REACH["hired"] if fact.stage != HIRED and any(hired) else ""


def still(profile: Profile, fact: FactRef) -> Verdict | None:
    """Whether the application of a fact is where it went by the fact; None for any other fact.

    Of what nothing is known any more nothing is told.
    """
    if not fact.application:
        return None
    candidacy = profile.recruiting.candidacies.get(fact.application)
    if candidacy is None:
        return Verdict(holds=False, detail="The application is not known any more.")
    if candidacy.still(fact.stage):
        told = f"is still where it went: {fact.stage or 'a stage without a name'}"
        return Verdict(holds=True, detail=f"The application {told}.")
    now = candidacy.status
    if now in {"", Status.ACTIVE} and candidacy.stage is not None:
        now = candidacy.stage.stage or "another stage"
    return Verdict(holds=False, detail=f"The application has moved on to {now}.")


def _word(profile: Profile, name: str) -> str:
    """What was stated by somebody who may, in lower case; an empty string for all else."""
    register = profile.attributes.get(name)
    stated = register is not None and register.trust is Trust.VERIFIED
    return register.value.strip().lower() if register is not None and stated else ""
