"""Who asks, by the claims of their token.

The gateway verified its signature; all else is looked at here again. It cannot tell an access
token from an ID token unless a route wants a scope (API Gateway developer guide, JWT authorizers),
so both are looked at: the scope, and what the token is for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.desk.answers import FORBIDDEN, UNAUTHORISED, ProblemError
from rapport.routes import READ_SCOPE, WRITE_SCOPE

# Clocks of the issuer and of ours may be apart by so many seconds.
_APART_S = 60
_MAX_SUBJECT_CHARS = 128
_READS = ("GET", "HEAD")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What every token says: its issuer, and the one client that it was made for."""

    issuer: str
    client: str


def subject_of(
    claims: Mapping[str, object],
    *,
    expected: Expected,
    method: str,
    authorization: str,
    now: datetime,
) -> str:
    """The subject of a token that counts here; ProblemError for any other."""
    scheme, _, token = authorization.partition(" ")
    one_token = scheme.lower() == "bearer" and token and not set(token) & {" ", ","}
    subject = claims.get("sub")
    named = isinstance(subject, str) and 0 < len(subject) <= _MAX_SUBJECT_CHARS
    if not (one_token and named and _is_ours(claims, expected) and _is_current(claims, now)):
        raise ProblemError(UNAUTHORISED)
    wanted = READ_SCOPE if method in _READS else WRITE_SCOPE
    if wanted not in str(claims.get("scope", "")).split():
        raise ProblemError(FORBIDDEN)
    return str(subject)


def _is_ours(claims: Mapping[str, object], expected: Expected) -> bool:
    """An access token for our client. Cognito names the client in `client_id`, others in `aud`."""
    audience = claims.get("aud")
    told = audience if isinstance(audience, list) else str(audience or "").strip("[]").split()
    client = str(claims.get("client_id", "") or claims.get("azp", ""))
    for_us = client == expected.client or (not client and expected.client in told)
    return (
        claims.get("iss") == expected.issuer
        and claims.get("token_use", "access") == "access"
        and for_us
    )


def _is_current(claims: Mapping[str, object], now: datetime) -> bool:
    ends, begins = _seconds(claims.get("exp")), _seconds(claims.get("nbf", 0))
    if ends is None or begins is None:
        return False
    return begins - _APART_S <= now.timestamp() < ends


def _seconds(told: object) -> int | None:
    """Seconds since 1970. The gateway hands every claim on as text."""
    text = str(told)
    most = 12
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most else None
