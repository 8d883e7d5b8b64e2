"""The record of a mail that is claimed: what it is, who it is for, what was agreed to."""

from datetime import datetime

from rapport.domain.address import TRACKING, AddressState, SendRecord, SendState
from rapport.domain.decision import Decision, MailClass
from rapport.domain.event import Event
from rapport.domain.gates import Case, Terms
from rapport.domain.granting import holds
from rapport.mailing.snapshot import Snapshot
from rapport.records import decision_event


def record_of(
    snapshot: Snapshot, decision: Decision, *, now: datetime, lease: datetime
) -> tuple[SendRecord, Event]:
    """The record, and the event of the decision that it is claimed with.

    ValueError for a case without terms or address, on which nothing is ever decided to be sent.
    """
    case = snapshot.case
    if case.address is None or case.terms is None or case.aim is None:
        msg = "nothing is claimed without an address and the terms of a playbook"
        raise ValueError(msg)
    before = [r for r in (case.earlier, snapshot.mine) if r is not None]
    attempt = 1 + max((r.attempt for r in before), default=0)
    event = decision_event(decision, now=now, attempt=attempt)
    record = SendRecord(
        send_key=decision.send_key,
        send_id=decision.send_id,
        state=SendState.CLAIMED,
        attempt=attempt,
        lease=lease,
        person=case.intent.person,
        subject=case.subject,
        address=case.address.ref,
        program=case.aim.program,
        template=decision.template,
        topic=decision.topic,
        mail_class=decision.mail_class.value,
        bundle=decision.bundle,
        decision=event.key,
        claimed_at=now,
        intent=case.intent.id,
        cluster=snapshot.cluster.id,
        cluster_version=snapshot.cluster.version,
        delivery=decision.delivery,
        contents=decision.contents,
        asked=case.terms.asked,
        tracked=may_be_tracked(case, case.terms, case.address, decision, now),
        owner=snapshot.picked.owner,
        doubtful=any(r.doubtful for r in (*before, *case.elsewhere)),
    )
    return record, event


def may_be_tracked(
    case: Case, terms: Terms, address: AddressState, decision: Decision, now: datetime
) -> bool:
    """Whether the mail may tell on its reader: their word, or a country that wants none.

    A no is a no in any country. A request to confirm never does: nobody has agreed to anything yet.
    """
    if decision.mail_class is MailClass.CONFIRMATION:
        return False
    word = address.consents.get(TRACKING)
    if word is None:
        return bool(case.country) and case.country in terms.policy.untracked_countries
    return holds(word, now)
