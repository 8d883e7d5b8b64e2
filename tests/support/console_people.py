"""A candidate of whom everything is known that the console shows, each word chosen by the test."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from rapport.domain.address import Consent, ConsentStatus
from rapport.domain.decision import Decision, FactRef, GateResult, Intent, MailClass, Outcome
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.finder import finder_row
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.occasions import Room
from rapport.domain.profile import Profile
from rapport.domain.reasons import Reason
from rapport.ports import FinderChange, View
from rapport.records import decision_event
from tests.support.definition import everybody
from tests.support.operating import BRAND, Office, Somebody

_NUMBERS = count(1)
# One of the forms that are published.
EVENT = "open-day-2027"


def event(ref: Ref, kind: str, at: datetime, body: Json, *, trust: Trust = Trust.ASSERTED) -> Event:
    """One thing that happened to somebody."""
    return Event(
        partition=ref,
        home=ref,
        type=kind,
        source="site",
        message_id=f"m-{next(_NUMBERS)}",
        trust=trust,
        origin=Origin.LIVE,
        original_at=at,
        sent_at=at,
        received_at=at,
        at=at,
        body=body if isinstance(body, dict) else {},
    )


def candidate(
    office: Office, mark: str = "kari", said: str = "Kari", *, days: int = 60
) -> Somebody:
    """Somebody who typed `said` wherever one can type, and did a few things on each of `days`."""
    somebody = office.add(mark, country="NO", pool=True)
    ref, now = somebody.ref, office.clock()
    traits: dict[str, Json] = {
        "first_name": said,
        "last_name": "Nordmann",
        "city": said,
        "country": "NO",
    }
    office.log.append(
        [
            event(ref, "identify", now - timedelta(days=days), {"traits": traits}),
            *(_day(ref, said, now - timedelta(days=n, hours=2)) for n in range(1, days)),
            event(
                ref,
                "Talent Network Joined",
                now - timedelta(days=5),
                {"properties": {"email": f"{mark}@people.example", **traits}},
            ),
            event(
                ref,
                "Job Alert Created",
                now - timedelta(days=4),
                {"properties": {"job_category": "nursing", "city": said, "alert_name": said}},
            ),
            event(ref, "Mail Replied", now - timedelta(days=3), {"properties": {"text": said}}),
            event(
                ref,
                "Note Written",
                now - timedelta(days=2),
                {"properties": {"text": said, "by": said, "brand": BRAND}},
                trust=Trust.VERIFIED,
            ),
            *(_decision(ref, somebody.id, now, outcome) for outcome in Outcome),
        ]
    )
    _agreed(office, ref, said, now - timedelta(days=5))
    comes = event(ref, "Event Registered", now, {"properties": {"event_id": EVENT}})
    office.log.append([comes])
    office.occasions.take(Room(occasion=EVENT, capacity=20), ref, comes)
    folded: Profile = everybody(office.log.rows.values()).profile(ref)
    stood = office.people.views[somebody.id].profile
    whole = replace(folded, attributes={**stood.attributes, **folded.attributes}, lists=stood.lists)
    office.people.views[somebody.id] = View(profile=whole, version=2)
    office.finder.put(FinderChange(person=somebody.id, version=2, row=finder_row(whole)))
    return somebody


def _day(ref: Ref, said: str, at: datetime) -> Event:
    about: Json = {"title": said, "job_id": "j-1", "category": "nursing", "query": said}
    return event(ref, "Job Viewed", at, {"properties": about})


def _agreed(office: Office, ref: Ref, said: str, at: datetime) -> None:
    word = Consent(
        status=ConsentStatus.GRANTED,
        at=at,
        statement="talent-network/1",
        statement_hash="1" * 64,
        language="nb",
        event_id="e-agreed",
        source=f"form:{said}",
    )
    fact = event(ref, "Consent Given", at, {"properties": {"topic": "talent-network"}})
    office.book.grant(ref, "talent-network", word, fact, confirmed_at=at)


def _decision(ref: Ref, person: PersonId, now: datetime, outcome: Outcome) -> Event:
    at = now - timedelta(days=1)
    fact = FactRef(
        name="talent_network.joined",
        event_id="e",
        person=person,
        origin="live",
        occurred_at=at,
        received_at=at,
        log_pk=ref,
        log_sk="x",
    )
    intent = Intent(
        program="talent-network-welcome",
        occurrence=outcome.value,
        person=person,
        fact=fact,
        bundle="a" * 64,
        decided_at=at,
    )
    reason = {
        Outcome.SEND: Reason.CONSENTED,
        Outcome.HOLD: Reason.CAMPAIGN_PAUSED,
        Outcome.DROP: Reason.CONSENT_WITHDRAWN,
    }[outcome]
    gates = (
        GateResult(gate="address", passed=True, detail="confirmed"),
        GateResult(gate="consent", passed=outcome is Outcome.SEND, detail=reason.meaning),
    )
    decided = Decision(
        outcome=outcome,
        reason=reason,
        intent=intent,
        bundle="a" * 64,
        template="welcome",
        mail_class=MailClass.MARKETING,
        topic="talent-network",
        gates=gates,
        decided_at=at,
        subject=ref,
        until=now + timedelta(days=1) if outcome is Outcome.HOLD else None,
    )
    return decision_event(decided, now=at)
