"""Where a message of a tracking SDK belongs: its cookie, and the identifier that it hangs on."""

from collections.abc import Mapping

from rapport.domain.event import Json
from rapport.domain.identifiers import Identifier, Namespace, identifier
from rapport.domain.names import REFERRAL_MADE


def given(value: Json) -> bool:
    """Whether a field holds anything at all."""
    return bool(value.strip()) if isinstance(value, str) else value is not None


def cookie_of(kind: str, raw: Mapping[str, Json]) -> Identifier | None:
    """The cookie that a message names. An alias to oneself tells of none."""
    told = raw.get("anonymousId")
    previous = raw.get("previousId")
    if kind == "alias" and not given(told) and previous != raw.get("userId"):
        told = previous
    return identifier(Namespace.ANON, told)


def home_of(kind: str, raw: Mapping[str, Json], anon: Identifier | None) -> Identifier | None:
    """The best-ranked identifier. An alias is about its userId and nobody else."""
    user = identifier(Namespace.USER, raw.get("userId"))
    if user is not None or kind == "alias":
        return user
    for value in _addresses(kind, raw):
        email = identifier(Namespace.EMAIL, value)
        if email is not None:
            return email
    return anon


def _addresses(kind: str, raw: Mapping[str, Json]) -> list[Json]:
    """Where the person's e-mail address may stand, best first.

    The traits of a group call describe the group, the properties of a page or screen the page,
    those of a referral somebody else.
    """
    context = raw.get("context")
    referral = raw.get("event") == REFERRAL_MADE
    places = [
        None if kind == "group" else raw.get("traits"),
        context.get("traits") if isinstance(context, dict) else None,
        raw.get("properties") if kind == "track" and not referral else None,
    ]
    return [place.get("email") for place in places if isinstance(place, dict)]
