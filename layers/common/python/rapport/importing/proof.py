"""What an employer may do with somebody, and how they can prove it.

Consent needs all five: the basis, the text that was agreed to, when, through what source, and the
evidence. A batch may tell what its rows do not. Who comes without is kept, and never mailed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from rapport.bundle import Bundle, Statement
from rapport.domain.address import Consent, ConsentStatus
from rapport.domain.granting import expiry
from rapport.errors import MisconfiguredError
from rapport.importing.columns import (
    BASIS,
    CONSENT_SOURCE,
    EVIDENCE,
    LANGUAGE,
    STATEMENT,
    TEXT,
    TOPIC,
)
from rapport.importing.people import Candidate

BY_IMPORT = "import"
# Begins the name of a statement that is not one of the bundle: its text stands with the import.
TEXT_STATEMENT = "text:"
_TEXT_CHARS = 16


class Basis(StrEnum):
    """On which ground somebody is in the pool."""

    CONSENT = "consent"
    # One mail may ask them for it, where somebody chooses to.
    LEGITIMATE_INTEREST = "legitimate-interest"
    EXISTING_RELATIONSHIP = "existing-relationship"
    NONE = "none"


ASKABLE = frozenset({Basis.LEGITIMATE_INTEREST, Basis.EXISTING_RELATIONSHIP})


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What is told of one person's consent: by the batch, where the row says nothing.

    `text` is the text that was agreed to where no statement of the bundle is meant. `evidence` is
    the SHA-256 of the batch's file in hex, or the row's own reference.
    """

    basis: Basis = Basis.NONE
    statement: str = ""
    text: str = ""
    topic: str = ""
    language: str = ""
    given_at: datetime | None = None
    source: str = ""
    evidence: str = ""

    def of(self, who: Candidate) -> "Claim":
        """The claim of one row of the batch."""
        told = who.told
        return replace(
            self,
            basis=_basis(told[BASIS]) if BASIS in told else self.basis,
            statement=told.get(STATEMENT, self.statement),
            text=told.get(TEXT, "" if STATEMENT in told else self.text),
            topic=told.get(TOPIC, self.topic),
            language=told.get(LANGUAGE, self.language),
            given_at=who.given_at or self.given_at,
            source=told.get(CONSENT_SOURCE, self.source),
            evidence=told.get(EVIDENCE, self.evidence),
        )


def _basis(told: str) -> Basis:
    """What a cell says; what is no basis is none."""
    word = "-".join(told.casefold().replace("_", " ").replace("-", " ").split())
    return Basis(word) if word in {*Basis} else Basis.NONE


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """A claim of consent with all its proof: on which topic, to which words."""

    topic: str
    statement: str
    statement_hash: str
    language: str
    given_at: datetime
    expires_after_seconds: int
    jurisdictions: tuple[str, ...]
    source: str
    evidence: str

    def consent(self, event_id: str, country: str) -> Consent:
        """The word, as old as it is. It may have run out."""
        lands = self.jurisdictions
        fits = country if country and (not lands or country in lands) else ""
        return Consent(
            status=ConsentStatus.GRANTED,
            at=self.given_at,
            statement=self.statement,
            statement_hash=self.statement_hash,
            event_id=event_id,
            source=BY_IMPORT,
            jurisdiction=fits or (lands[0] if lands else ""),
            expires_at=expiry(self.given_at, self.expires_after_seconds),
            language=self.language,
        )


def agreed(claim: Claim, bundle: Bundle, now: datetime) -> Agreed | tuple[str, ...]:
    """The consent that a claim proves, or what it lacks for that (`text`, `date` …)."""
    statement = _statement(claim, bundle)
    topic = claim.topic if statement is None else statement.topic
    given_at = claim.given_at
    lacks = {
        "basis": claim.basis is not Basis.CONSENT,
        "text": statement is None and not claim.text,
        "topic": topic not in {each.topic for each in bundle.statements},
        # What will be agreed to tomorrow was not.
        "date": given_at is None or given_at > now,
        "source": not claim.source,
        "evidence": not claim.evidence,
    }
    if given_at is None or any(lacks.values()):
        return tuple(name for name, lacking in lacks.items() if lacking)
    # A text of somebody's own runs out as the statement on its topic does.
    like = statement or bundle.statement(topic)
    named, hashed, language = _words(claim, statement)
    return Agreed(
        topic=topic,
        statement=named,
        statement_hash=hashed,
        language=language,
        given_at=given_at,
        expires_after_seconds=like.expires_after_seconds,
        jurisdictions=like.jurisdictions,
        source=claim.source,
        evidence=claim.evidence,
    )


def _words(claim: Claim, statement: Statement | None) -> tuple[str, str, str]:
    """The name of what was agreed to, its hash, its language."""
    if statement is None:
        hashed = sha256(claim.text.encode()).hexdigest()
        return f"{TEXT_STATEMENT}{hashed[:_TEXT_CHARS]}", hashed, claim.language
    said = statement.said(claim.language)
    return statement.id, said.hash, said.language


def _statement(claim: Claim, bundle: Bundle) -> Statement | None:
    return next((each for each in bundle.statements if each.id == claim.statement), None)


def checked(claim: Claim, bundle: Bundle) -> Claim:
    """The claim of a batch; MisconfiguredError when it names what the bundle does not have."""
    if claim.statement and _statement(claim, bundle) is None:
        known = ", ".join(sorted(each.id for each in bundle.statements))
        msg = f"There is no consent statement {claim.statement}; known: {known}."
        raise MisconfiguredError(msg)
    topics = {each.topic for each in bundle.statements}
    if claim.topic and claim.topic not in topics:
        msg = f"There is no topic {claim.topic}; known: {', '.join(sorted(topics))}."
        raise MisconfiguredError(msg)
    return claim
