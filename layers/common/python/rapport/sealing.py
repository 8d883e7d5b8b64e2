"""Sealed bodies: how an event's body is packed small and encrypted for the log.

Form of a sealed body, formats 2 and 3: one byte 0x02 or 0x03, 4 bytes that mark the key (of its
SHA-256), 12 bytes nonce, then AES-256-GCM over the zlib stream (preset dictionary) of the body's
JSON. The mark tells a body whose key was destroyed, and another made since, from one that is
damaged. The associated data is the row's key, so a body cannot be moved to another row. Format 1
has no mark and is only read. Format 3 is for decisions; its dictionary also has the sentences of
their gates. A dictionary belongs to its formats for ever: changing a byte of it makes stored bodies
unreadable. It halves an ordinary event and makes a seventh of a decision, which keeps either row
under one write unit.

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
FORMAT_3 = b"\x03"
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
# Of a decision as it is stored; where words follow that change, nothing stands.
_DECISION = (
    b'{"properties":{"outcome":"send","reason":"consented","bundle":"","template":"",'
    b'"class":"marketing","topic":"","decided_at":17,"subject":"email#","address":"email#",'
    b'"to":"","send_key":"","send_id":"","playbook":{"program":"","meaning":""},"gates":['
    b'{"gate":"program","passed":true,"detail":"The playbook  is part of the published '
    b'bundle."},'
    b'{"gate":"switches","passed":true,"detail":"Neither the brand, nor outreach, nor the '
    b'playbook is switched off."},'
    b'{"gate":"SES","passed":true,"detail":"SES is not known to refuse mail."},'
    b'{"gate":"live","passed":true,"detail":"The event happened now."},'
    b'{"gate":"fresh","passed":true,"detail":"The event is  seconds old; the playbook takes '
    b'events up to  days."},'
    b'{"gate":"condition","passed":true,"detail":"The playbook has no condition."},'
    b'{"gate":"address","passed":true,"detail":"An e-mail address is known."},'
    b'{"gate":"allow-list","passed":true,"detail":"The brand sends to all addresses. The '
    b'brand sends to its allow-list, and the address is on it."},'
    b'{"gate":"confirmation","passed":true,"detail":"The owner confirmed the address on 20 '
    b'UTC."},'
    b'{"gate":"consent","passed":true,"detail":"Consent to the topic  was given on 20 UTC '
    b'()."},'
    b'{"gate":"wishes","passed":true,"detail":"The candidate did not ask for a pause."},'
    b'{"gate":"suppression","passed":true,"detail":"The address is not suppressed."},'
    b'{"gate":"holdout","passed":true,"detail":"Nobody is held out for comparison."},'
    b'{"gate":"silence","passed":true,"detail":"Of the last mails  in a row were not '
    b'answered;  are too many.","numbers":{"unanswered":0,"silent_after":24}},'
    b'{"gate":"frequency","passed":true,"detail":"The candidate had  mails within a year, the '
    b'last on ; every rule allows one more.","numbers":{"in_7_days":0,"in_30_days":0,'
    b'"in_90_days":0,"in_365_days":0,"unanswered":0}},'
    b'{"gate":"priority","passed":true,"detail":"Nothing that matters more is due to the '
    b'candidate soon."},'
    b'{"gate":"ramp","passed":true,"detail":"No ramp bounds the sending domain."},'
    b'{"gate":"quota","passed":true,"detail":"SES took  mails in 24 hours; this kind of mail '
    b"may go up to . SES's quota is not known.\"},"
    b'{"gate":"quiet hours","passed":true,"detail":"It is  in Europe/ (known by a guess by ), '
    b'a time to write.","numbers":{"zones":["Europe/"],"source":"employer","sure":false}},'
    b'{"gate":"repeat","passed":true,"detail":"This mail was not sent to the address before, '
    b'for this occasion."},'
    b'{"gate":"content","passed":true,"detail":"The candidate was not told the same not long '
    b'ago."},'
    b'{"gate":"relevance","passed":true,"detail":"Of  jobs  fit at 0.4 or better, the best at '
    b'0.; wanted are 2, the best at 0.55."},'
    b'{"gate":"mix","passed":true,"detail":"Of the last mails  were about jobs; of any 10 at '
    b'most 3 may be for somebody who is not looking.","numbers":{"about_jobs":0,"most":3,'
    b'"over":10}}],'
    b'"until":null,"priority":5,"delivery":"strict","contents":{"template_version":"",'
    b'"language":"en","blocks":[""],"versions":[""],"jobs":[""],"consent":"","statement":"'
)
_DICTIONARIES = {FORMAT_1: _DICTIONARY, FORMAT: _DICTIONARY, FORMAT_3: _DICTIONARY + _DECISION}
_GATES = b'"gates":[{"gate":'


def seal(
    body: Mapping[str, Json], *, key: bytes, at: LogKey, nonce: Callable[[int], bytes]
) -> bytes:
    """Pack and encrypt a body for the row at a log key; PoisonError when it fits no row."""
    plain = _plain(body)
    form = FORMAT_3 if _GATES in plain else FORMAT
    packer = zlib.compressobj(level=6, wbits=-15, zdict=_DICTIONARIES[form])
    packed = packer.compress(plain) + packer.flush()
    salt = nonce(NONCE_BYTES)
    sealed = form + mark(key) + salt + AESGCM(key).encrypt(salt, packed, _bound_to(at))
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
    form = sealed[:1]
    if form in {FORMAT, FORMAT_3}:
        start += MARK_BYTES
        if sealed[1:start] != mark(key):
            msg = f"the key of row {at.sk} was destroyed"
            raise ErasedError(msg)
    elif form != FORMAT_1:
        msg = f"row {at.sk} is sealed in a format that this version does not know"
        raise PoisonError(msg)
    salt, secret = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
    try:
        packed = AESGCM(key).decrypt(salt, secret, _bound_to(at))
        unpacker = zlib.decompressobj(wbits=-15, zdict=_DICTIONARIES[form])
        body = unpacker.decompress(packed, MAX_BODY_BYTES)
        decoded: dict[str, Json] = msgspec.json.decode(body, type=dict)
    except Exception as error:  # cryptography, zlib and msgspec each have their own
        msg = f"row {at.sk} cannot be unsealed: {type(error).__name__}"
        raise PoisonError(msg) from error
    return decoded


def _bound_to(at: LogKey) -> bytes:
    return f"{at.pk}\x00{at.sk}".encode()
