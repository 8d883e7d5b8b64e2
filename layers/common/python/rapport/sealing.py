"""Sealed bodies: how an event's body is packed small and encrypted for the log.

Form of a sealed body, format 2: one byte 0x02, 4 bytes that mark the key (of its SHA-256), 12 bytes
nonce, then AES-256-GCM over the zlib stream (preset dictionary) of the body's JSON. The mark tells
a body whose key was destroyed, and another made since, from one that is damaged. The associated
data is the row's key, so a body cannot be moved to another row. Format 1 has no mark and is only
read. The dictionary belongs to both for ever: changing a byte of it makes stored bodies unreadable.
It halves an ordinary event, which keeps a row under one write unit.

What could not be opened again is not sealed: the limits hold on both sides.
"""

import hashlib
import zlib
from collections.abc import Callable, Mapping

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rapport.domain.event import Json, LogKey
from rapport.domain.size import excess
from rapport.errors import ErasedError, PoisonError

FORMAT_1 = b"\x01"
FORMAT = b"\x02"
MARK_BYTES = 4
KEY_BYTES = 32
NONCE_BYTES = 12
MAX_BODY_BYTES = 1_048_576
# Far below where the decoder gives up, which depends on how deep its caller stands.
MAX_BODY_DEPTH = 64
# A row of DynamoDB holds 409 600 bytes; its key and other attributes take a few hundred.
MAX_SEALED_BYTES = 400_000

# The most common strings of tracking requests; zlib wants the likeliest ones last.
_DICTIONARY = (
    b'"screen":{"width":1920,"height":1080,"density":1},"os":{"name":"","version":""},"device":'
    b'"app":{"build":"","name":"","namespace":"","version":""},"network":{"carrier":"","wifi":true'
    b'"groupId":"previousId":"address":{"city":"country":"postalCode":"state":"street":'
    b'"company":"createdAt":"description":"lastName":"last_name":"username":"website":"linkedinUrl"'
    b'"salary":{"min":"max":"currency":"EUR"},"remote":true,"remote":false,"tags":['
    b'"utm_campaign="utm_medium="utm_source="gclid":"term":"content":'
    b'"statement":"consent":{"version":"statement_hash":"topic":"talent-network"'
    b'"outcome":"send","hold","reason":"bundle":"template":"class":"marketing","decided_at":'
    b'"gates":[{"gate":"passed":true,"detail":"intent":{"program":"occurrence":"person":"fact":'
    b'"event_id":"origin":"live","occurred_at":"received_at":"log_pk":"log_sk":"send_key":"send_id"'
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"
    b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/ Safari/"
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 Safari/604.1"
    b"https://www.linkedin.com/https://www.google.com/https://www.indeed.com/https://careers."
    b'"library":{"name":"@segment/analytics-node","version":"library":{"name":"analytics-python"'
    b'"library":{"name":"analytics.js","version":"npm:next-'
    b'"locale":"de-DE","timezone":"Europe/Berlin","locale":"en-US","timezone":"America/New_York"'
    b'"campaign":{"source":"newsletter","medium":"email","name":'
    b'"page":{"path":"/jobs/","referrer":"https://","search":"","title":"","url":"https://'
    b'"context":{"ip":"userAgent":"Mozilla/5.0 (","direct":true'
    b'"traits":{"email":"firstName":"first_name":"phone":"@example.com"'
    b'"properties":{"url":"https://","path":"/content/","title":"","job_id":"category":"location":'
    b'"block":"version":"Content Viewed","Talent Network Joined","Job Viewed",'
    b'{"call":"identify","call":"page","name":"call":"track","event":"'
    b'"anonymousId":"userId":null,"userId":"'
)


def seal(
    body: Mapping[str, Json], *, key: bytes, at: LogKey, nonce: Callable[[int], bytes]
) -> bytes:
    """Pack and encrypt a body for the row at a log key; PoisonError when it fits no row."""
    plain = _plain(body)
    packer = zlib.compressobj(level=6, wbits=-15, zdict=_DICTIONARY)
    packed = packer.compress(plain) + packer.flush()
    salt = nonce(NONCE_BYTES)
    sealed = FORMAT + mark(key) + salt + AESGCM(key).encrypt(salt, packed, _bound_to(at))
    if len(plain) > MAX_BODY_BYTES or len(sealed) > MAX_SEALED_BYTES:
        msg = f"a body of {len(plain)} bytes, {len(sealed)} sealed, is too large for a row"
        raise PoisonError(msg)
    return sealed


def _plain(body: Mapping[str, Json]) -> bytes:
    """The body as JSON, if it is of a size and depth that is opened again."""
    try:
        plain = msgspec.json.encode(body)
        # Fewer brackets than levels: nothing to look for. So it is with what the door has taken.
        if plain.count(b"{") + plain.count(b"[") <= MAX_BODY_DEPTH:
            return plain
    except RecursionError:
        plain = b""
    broken = excess(body, depth=MAX_BODY_DEPTH, size=MAX_BODY_BYTES)
    if broken is not None:
        msg = f"a body is {broken} to be sealed"
        raise PoisonError(msg)
    return plain


def mark(key: bytes) -> bytes:
    """A few bytes by which a key is known again, and which tell nothing of it."""
    return hashlib.sha256(b"mark of a seal key" + key).digest()[:MARK_BYTES]


def unseal(sealed: bytes, *, key: bytes, at: LogKey) -> dict[str, Json]:
    """The body again; PoisonError when it was not sealed with this key for this row.

    ErasedError, which is one, when it was sealed with another key, which no longer exists.
    """
    start = 1
    if sealed[:1] == FORMAT:
        start += MARK_BYTES
        if sealed[1:start] != mark(key):
            msg = f"the key of row {at.sk} was destroyed"
            raise ErasedError(msg)
    elif sealed[:1] != FORMAT_1:
        msg = f"row {at.sk} is sealed in a format that this version does not know"
        raise PoisonError(msg)
    salt, secret = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
    try:
        packed = AESGCM(key).decrypt(salt, secret, _bound_to(at))
        unpacker = zlib.decompressobj(wbits=-15, zdict=_DICTIONARY)
        body = unpacker.decompress(packed, MAX_BODY_BYTES)
        decoded: dict[str, Json] = msgspec.json.decode(body, type=dict)
    except Exception as error:  # cryptography, zlib and msgspec each have their own
        msg = f"row {at.sk} cannot be unsealed: {type(error).__name__}"
        raise PoisonError(msg) from error
    return decoded


def _bound_to(at: LogKey) -> bytes:
    return f"{at.pk}\x00{at.sk}".encode()
