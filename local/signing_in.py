"""An access token of the local pool, by the code flow with PKCE (RFC 7636), without a browser.

python -m local.signing_in recruiter      prints the token of that role's operator
"""

import base64
import hashlib
import secrets
import sys
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from local.description import Description, read
from local.faults import LocalError, command
from local.layout import Place
from local.operators import PASSWORD, email_of
from rapport.domain.operators import Role
from rapport.routes import READ_SCOPE, WRITE_SCOPE

# As the client of the stage `local` allows; nothing listens there, for the code is read on the way.
BACK: Final = "http://localhost:8976/signed-in"
SCOPE: Final = f"openid {READ_SCOPE} {WRITE_SCOPE}"
TIMEOUT_S: Final = 10


def access_token(stack: Description, email: str, *, scope: str = SCOPE) -> str:
    """A token for somebody with the demo's password; LocalError when the sign-in fails."""
    base, client = stack["emulator_url"], stack["sign_in"]["client"]
    verifier = secrets.token_urlsafe(48)
    challenge = _unpadded(hashlib.sha256(verifier.encode()).digest())
    asked = {
        "client_id": client,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": scope,
        "state": secrets.token_urlsafe(16),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    page = requests.get(f"{base}/oauth2/authorize?{urlencode(asked)}", timeout=TIMEOUT_S)
    form = {**asked, "username": email, "password": PASSWORD}
    signed = requests.post(f"{base}/login", data=form, allow_redirects=False, timeout=TIMEOUT_S)
    back = parse_qs(urlsplit(signed.headers.get("location", "")).query)
    if not page.ok or back.get("state") != [asked["state"]] or "code" not in back:
        msg = f"The local pool let nobody sign in ({page.status_code}, {signed.status_code})."
        raise LocalError(msg)
    taken = requests.post(
        f"{base}/oauth2/token",
        data={
            "grant_type": "authorization_code",
            "client_id": client,
            "redirect_uri": BACK,
            "code": back["code"][0],
            "code_verifier": verifier,
        },
        timeout=TIMEOUT_S,
    )
    if not taken.ok:
        msg = f"The local pool gave no token ({taken.status_code})."
        raise LocalError(msg)
    return str(taken.json()["access_token"])


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def main() -> int:
    """Print one token."""
    role = Role(sys.argv[1]) if len(sys.argv) > 1 else Role.RECRUITER
    sys.stdout.write(access_token(read(Place.from_env()), email_of(role)) + "\n")
    return 0


if __name__ == "__main__":
    command(main)
