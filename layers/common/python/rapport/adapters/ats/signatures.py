"""Whether a signature is the one that a secret makes.

Which bytes are signed, in which header the signature stands and how it is written differs by
vendor, so that each adapter says all of it; here is only what must not be written twice.
"""

import hmac
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import TypeAlias

from rapport.ats import Outcome, Verdict

# How a vendor writes the 32 bytes: as hex, as base64 …
Form: TypeAlias = Callable[[bytes], str]

GENUINE = Verdict(outcome=Outcome.GENUINE)


def forged(reason: str) -> Verdict:
    """A delivery that is proven not to be the vendor's."""
    return Verdict(outcome=Outcome.FORGED, reason=reason)


def unproven(reason: str = "no_secret") -> Verdict:
    """A delivery that cannot be looked at yet."""
    return Verdict(outcome=Outcome.UNPROVEN, reason=reason)


def hexed(digest: bytes) -> str:
    """The bytes as lower-case hex, as most vendors write them."""
    return digest.hex()


def made(key: bytes, message: bytes, form: Form = hexed) -> str:
    """The HMAC-SHA256 of a message, as the vendor writes it."""
    return form(hmac.new(key, message, sha256).digest())


def judge(
    keys: Iterable[bytes], message: bytes, given: Iterable[str], form: Form = hexed
) -> Verdict:
    """Whether any key (the current, the previous) makes any of the signatures that were given.

    Every pair is compared, so that the time taken tells nothing. As bytes: a header may hold signs
    that are not ASCII, over which a comparison of texts fails.
    """
    expected = [made(key, message, form).encode() for key in keys if key]
    if not expected:
        return unproven()
    signatures = [signature.encode("utf-8", "replace") for signature in given]
    hits = [hmac.compare_digest(one, other) for one in expected for other in signatures]
    return GENUINE if any(hits) else forged("wrong_signature")
