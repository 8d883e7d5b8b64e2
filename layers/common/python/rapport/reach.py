"""Whom nothing is mailed to at all, whatever they agreed to: the employer's own systems say so.

Only a verified word counts (a server's key, an applicant tracking system): what a browser says of
somebody may be said by anybody. As with every attribute the latest word holds, so a later one takes
it back. `contact`: `never`. `status`: one of `_OUT_OF_REACH`.
"""

from rapport.domain.event import Trust
from rapport.domain.gates import Verdict
from rapport.domain.profile import Profile

_NEVER = "never"
_OUT_OF_REACH = {
    "hired": "The candidate was hired.",
    "employee": "The candidate works here.",
    "anonymised": "The candidate was anonymised.",
    "anonymized": "The candidate was anonymised.",
}


def halted(profile: Profile) -> Verdict | None:
    """Whether anything stops mail to the person; None when nobody who may say so said anything."""
    contact, status = _word(profile, "contact"), _word(profile, "status")
    if not (contact or status):
        return None
    if contact == _NEVER:
        return Verdict(holds=False, detail="The employer's systems say never to contact them.")
    stops = _OUT_OF_REACH.get(status)
    if stops is not None:
        return Verdict(holds=False, detail=stops)
    return Verdict(holds=True, detail="The employer's systems say nothing against writing to them.")


def _word(profile: Profile, name: str) -> str:
    """What was stated by somebody who may, in lower case; an empty string for all else."""
    register = profile.attributes.get(name)
    stated = register is not None and register.trust is Trust.VERIFIED
    return register.value.strip().lower() if register is not None and stated else ""
