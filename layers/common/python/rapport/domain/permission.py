"""The gates of the address and of what its owner allows: confirmation, consent, wishes, no's.

Consent is judged by the topic of the mail. A word that names no statement proves nothing: it counts
only where the law asks for no consent beforehand (`WITHOUT_PROOF`), and a person whose country is
not known is taken to live where it does. A consent that was given under another country's law than
the one that the person lives in now still counts.
"""

import hashlib
from datetime import datetime

from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_ATS,
    SCOPE_EMPLOYER,
    SCOPE_ERASED,
    SCOPE_MARKETING,
    Consent,
    ConsentStatus,
    Suppression,
)
from rapport.domain.decision import MailClass
from rapport.domain.gates import (
    ASK_AGAIN_AFTER,
    ASK_WHO_LEFT_AFTER,
    Case,
    Found,
    Gates,
    SendMode,
    Terms,
    day,
    span,
)
from rapport.domain.granting import comes_back, is_wish, no_stands, own_no
from rapport.domain.policy import MAX_HOLDOUT, Policy
from rapport.domain.reasons import Reason

# Countries (ISO 3166 alpha-2) where commercial mail needs no consent beforehand: the CAN-SPAM Act.
WITHOUT_PROOF = frozenset({"US"})


def _address(case: Case, terms: Terms, now: datetime) -> Found:
    if case.unsupported:
        # SES sends to ASCII before the `@` alone (SES API reference, Destination).
        detail = "An address is stated, and it is none that SES can send to."
        return Found(detail=detail, reason=Reason.ADDRESS_UNSUPPORTED)
    if case.address is None or not case.to:
        detail = "No e-mail address that mail can be sent to is known."
        return Found(detail=detail, reason=Reason.ADDRESS_MISSING)
    return Found(detail="An e-mail address is known.")


def _allow_list(case: Case, terms: Terms, now: datetime) -> Found:
    if terms.send_mode is SendMode.LIVE:
        return Found(detail="The brand sends to everybody.")
    address = case.to.lower()
    domain = address.rpartition("@")[2]
    if {address, domain} & {entry.lower() for entry in terms.allow_list}:
        return Found(detail="The brand sends to its allow-list, and the address is on it.")
    detail = "The brand sends to its allow-list only, and the address is not on it."
    return Found(detail=detail, reason=Reason.TEST_MODE)


def _confirmation(case: Case, terms: Terms, now: datetime) -> Found:
    at = None if case.address is None else case.address.confirmed_at
    if at is None and case.aim is not None and case.aim.mail_class is MailClass.TRANSACTIONAL:
        return Found(detail="The applicant tracking system that tells of it states the address.")
    if at is None and not terms.confirms:
        detail = "Nobody confirmed the address, and a campaign asks nobody to."
        return Found(detail=detail, reason=Reason.ADDRESS_UNCONFIRMED)
    if at is None:
        may = "a mail that carries the request" if terms.carries else "a request"
        detail = f"Nobody confirmed the address yet: only {may} to confirm may go to it."
        return Found(detail=detail)
    return Found(detail=f"The owner confirmed the address on {day(at)}.")


def _consent(case: Case, terms: Terms, now: datetime) -> Found:
    topic = terms.topic
    word = None if case.address is None else case.address.consents.get(topic)
    if word is None:
        detail = f"No consent to {_scope(topic)} is recorded."
        return Found(detail=detail, reason=Reason.NO_CONSENT)
    if word.status is ConsentStatus.WITHDRAWN:
        detail = f"Consent to {_scope(topic)} was withdrawn on {day(word.at)}."
        return Found(detail=detail, reason=Reason.CONSENT_WITHDRAWN)
    if word.expires_at is not None and word.expires_at <= now:
        detail = f"Consent to {_scope(topic)} ended on {day(word.expires_at)}."
        return Found(detail=detail, reason=Reason.CONSENT_EXPIRED)
    if not word.statement and _wants_proof(case, word):
        where = case.country or "a country that is not known"
        detail = f"Consent to {_scope(topic)} names no statement; proof is wanted in {where}."
        return Found(detail=detail, reason=Reason.CONSENT_UNPROVEN)
    if topic in case.wishes.topics_off:
        detail = f"The candidate switched {_scope(topic)} off."
        return Found(detail=detail, reason=Reason.TOPIC_OFF)
    said = word.statement or "no statement"
    detail = f"Consent to {_scope(topic)} was given on {day(word.at)} ({said})."
    return Found(detail=detail)


def _wants_proof(case: Case, word: Consent) -> bool:
    return case.country not in WITHOUT_PROOF or word.jurisdiction not in {"", *WITHOUT_PROOF}


def _basis(case: Case, terms: Terms, now: datetime) -> Found:
    return Found(detail="A mail about what the candidate set going themselves needs no consent.")


def _wishes(case: Case, terms: Terms, now: datetime) -> Found:
    until = case.wishes.paused_until
    if until is not None and until > now:
        detail = f"The candidate asked for no mail until {day(until)}."
        return Found(detail=detail, reason=Reason.PAUSED_BY_CANDIDATE, until=until)
    return Found(detail="The candidate did not ask for a pause.")


def _suppression(case: Case, terms: Terms, now: datetime) -> Found:
    """What closes the address for this mail.

    An unsubscribe closes no transactional mail, and no request to confirm that its owner asked for
    afterwards; nor does an erasure close such a request.
    """
    words = {} if case.address is None else dict(case.address.suppressions)
    for other in case.others:
        # The employer's word is about the person, so also about an address known since.
        if SCOPE_EMPLOYER in other.suppressions:
            words.setdefault(SCOPE_EMPLOYER, other.suppressions[SCOPE_EMPLOYER])
    mail_class = _mail_class(case, terms)
    transactional = mail_class is MailClass.TRANSACTIONAL
    if case.address is not None and mail_class is MailClass.CONFIRMATION:
        asks_again = own_no(case.address) and not no_stands(case.address, case.intent.fact)
        words = {s: w for s, w in words.items() if not (asks_again and s == SCOPE_MARKETING)}
        if comes_back(case.address, case.intent.fact):
            words.pop(SCOPE_ERASED, None)
    of_ats = sorted(scope for scope in words if scope.startswith(SCOPE_ATS))
    marketing = (SCOPE_MARKETING, terms.topic, *of_ats)
    scopes = (SCOPE_ALL, SCOPE_EMPLOYER, SCOPE_ERASED, *(() if transactional else marketing))
    closed = [(words[s], s) for s in scopes if s in words and _in_force(words[s], now)]
    if not closed:
        return Found(detail="The address is not suppressed.")
    ends = [word.until for word, _ in closed if word.until is not None]
    until = max(ends) if len(ends) == len(closed) else None
    word, scope = next(each for each in closed if each[0].until == until)
    ending = "" if until is None else f", until {day(until)}"
    detail = (
        f"The address is closed for {_scope(scope)} since {day(word.at)}: {word.reason}{ending}."
    )
    return Found(detail=detail, reason=Reason.SUPPRESSED, until=until)


def _in_force(word: Suppression, now: datetime) -> bool:
    return word.until is None or word.until > now


def _mail_class(case: Case, terms: Terms) -> MailClass:
    return terms.mail_class if case.aim is None else case.aim.mail_class


def bucket(subject: str, policy: Policy) -> int:
    """Where a person stands among 10 000, the same for one salt whoever asks."""
    digest = hashlib.sha256(f"{policy.holdout_salt}|{subject}".encode()).hexdigest()
    return int(digest[:8], 16) % MAX_HOLDOUT


def _holdout(case: Case, terms: Terms, now: datetime) -> Found:
    size = terms.policy.holdout
    if not size:
        return Found(detail="Nobody is held out for comparison.")
    at = bucket(case.subject, terms.policy)
    detail = f"The candidate is number {at} of {MAX_HOLDOUT}; those below {size} get no marketing."
    reason = Reason.HOLDOUT if at < size else None
    return Found(detail=detail, reason=reason, numbers={"bucket": at, "holdout": size})


def _asked(case: Case, terms: Terms, now: datetime) -> Found:
    asked = None if case.address is None else case.address.confirmation_asked_at
    if case.address is None or asked is None:
        return Found(detail="The address was not asked to confirm before.")
    if case.earlier is not None and asked <= case.earlier.claimed_at:
        return Found(detail="The request that counts for this address is this one; it never left.")
    detail = f"The address was last asked to confirm {span(now - asked)} ago."
    requests = [e for e in case.address.ledger if e.program == terms.confirm_program]
    if all(entry.at != asked for entry in requests):
        # A mail that carried the request, or one that the ledger has no room for: about anything.
        mine: datetime | None = asked
    else:
        mine = max((e.at for e in requests if e.topic == terms.topic), default=None)
    again = ASK_AGAIN_AFTER if case.address.confirmed_at is None else ASK_WHO_LEFT_AFTER
    if mine is not None and now - mine < again:
        return Found(detail=detail, reason=Reason.CONFIRMATION_RECENT)
    if now - asked >= ASK_AGAIN_AFTER:
        return Found(detail=detail)
    # Whoever wishes for two topics at once is asked about both, each on a day of its own.
    until = asked + ASK_AGAIN_AFTER if is_wish(case.intent.fact) else None
    return Found(detail=detail, reason=Reason.CONFIRMATION_RECENT, until=until)


def _scope(scope: str) -> str:
    if scope.startswith(SCOPE_ATS):
        scope = SCOPE_MARKETING
    words = {
        SCOPE_ALL: "all mail",
        SCOPE_EMPLOYER: "all mail",
        SCOPE_ERASED: "all mail",
        SCOPE_MARKETING: "all marketing mail",
    }
    return words.get(scope, f"the topic {scope}")


ADDRESSED: Gates = (
    ("address", _address),
    ("allow-list", _allow_list),
    ("confirmation", _confirmation),
)
CONSENT: Gates = (("consent", _consent), ("wishes", _wishes))
BASIS: Gates = (("basis", _basis),)
SUPPRESSION: Gates = (("suppression", _suppression),)
HOLDOUT: Gates = (("holdout", _holdout),)
ASKED: Gates = (("asked", _asked),)
