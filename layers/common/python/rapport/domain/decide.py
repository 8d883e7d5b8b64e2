"""The decision about one mail: a pure function of a snapshot, the same whenever it is asked.

`decide` walks these gates in order; the first that fails ends in a hold with its reason.

 1. program       the playbook is still part of the published bundle
 2. live          the event happened now: no import, rebuild or rules change
 3. fresh         the event is no older than the playbook allows
 4. condition     the playbook's condition holds for the candidate as they are known now
 5. exit          for a playbook that an event can end: it did not happen meanwhile
 6. job           for a playbook about a job: the job is open
 7. identity      where the rules of identity hold mail for doubts: nothing open says that this
                  person and another may be one. Asked last of what needs no address, so that what
                  holds the mail anyway is told by its own name
 8. address       an e-mail address is known
 9. send mode     the brand sends, to everybody or to this address on its allow-list
10. suppression   the address did not bounce, complain or ask for no mail
11. confirmation  splits the way: an address that its owner has not confirmed gets the request to
                  confirm instead of the playbook's mail, or this mail with the request in it
12. for the playbook's own mail
    consent       the last word on its topic was yes
    repeat        it did not go to any address of the person before, for this occasion
13. for the request to confirm, and for a mail that carries it
    repeat        as above; the occasion of a request alone is the event that asks for it
    asked         the address was not asked within 24 hours; other addresses are other mailboxes
14. pause         for a playbook about a job: it did not mail the person within 7 days, at whichever
                  address

Every gate that was reached leaves a sentence. `foresee` walks 1-5, and 6 when the mail is due, for
whoever does not look at the address yet. To add a gate: write its function, list it, name its
reason in `reasons`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from rapport.domain.address import AddressState
from rapport.domain.decision import (
    Decision,
    GateResult,
    Intent,
    MailClass,
    Outcome,
    send_key,
)
from rapport.domain.gates import (
    ADDRESSED,
    MAIL,
    REQUEST,
    Case,
    Gate,
    Terms,
    early,
    exit_gate,
    of_identity,
    of_job,
    pause,
    program,
)
from rapport.domain.identifiers import Ref
from rapport.domain.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which mail a case comes to: the playbook's own, or the request to confirm before it.

    The two have keys of their own. A mail that carries the request has the playbook's: whoever
    confirms later does not get it a second time.
    """

    program: str
    occurrence: str
    template: str
    mail_class: MailClass
    send_key: str

    def key_to(self, address: Ref) -> str:
        """The key of the same mail to another address."""
        return send_key(self.program, self.occurrence, address)


def target(intent: Intent, terms: Terms, address: AddressState) -> Target:
    """The mail to judge, named by the key under which it can go out once."""
    if address.confirmed_at is None and not terms.carries:
        return Target(
            program=terms.confirm_program,
            occurrence=intent.fact.event_id,
            template=terms.confirm_template,
            mail_class=MailClass.CONFIRMATION,
            send_key=send_key(terms.confirm_program, intent.fact.event_id, address.ref),
        )
    return Target(
        program=terms.program,
        occurrence=intent.occurrence,
        template=terms.template,
        mail_class=(
            MailClass.CONFIRMATION if address.confirmed_at is None else MailClass.MARKETING
        ),
        send_key=send_key(terms.program, intent.occurrence, address.ref),
    )


def decide(case: Case, *, now: datetime) -> Decision:
    """Send or hold, with every gate's verdict. See the procedure above."""
    gates: list[GateResult] = []
    reason = program(case, gates)
    if reason is None and case.terms is not None:
        terms = case.terms
        reason = _walk(
            (*early(terms), *of_job(terms), *of_identity(case), *ADDRESSED), case, now, gates
        )
        if reason is None and case.address is not None:
            confirmed = case.address.confirmed_at is not None
            last = (*(MAIL if confirmed else REQUEST), *pause(terms))
            reason = _walk(last, case, now, gates)
    return _decision(case, reason, gates, now)


def foresee(case: Case, *, due: bool, now: datetime) -> Decision | None:
    """The hold that needs no address to be known, or None: then `send` decides.

    Before the mail is `due` a job is asked for only if the event names none.
    """
    gates: list[GateResult] = []
    reason = program(case, gates)
    if reason is None and case.terms is not None:
        job = of_job(case.terms) if due or not case.intent.fact.job else ()
        reason = _walk((*early(case.terms), *job), case, now, gates)
    return None if reason is None else _decision(case, reason, gates, now)


def ended(case: Case, *, now: datetime) -> Decision:
    """The hold of a wait that an event has ended."""
    gates: list[GateResult] = []
    reason = program(case, gates)
    if reason is None and case.terms is not None:
        reason = _walk((("exit", exit_gate),), case, now, gates)
    return _decision(case, reason or Reason.APPLICATION_SUBMITTED, gates, now)


def crowded(case: Case, *, most: int, now: datetime) -> Decision:
    """The hold of a wait that would be one too many."""
    detail = f"{most} mails wait for this person already."
    gates = [GateResult(gate="waiting", passed=False, detail=detail)]
    return _decision(case, Reason.TOO_MANY_WAITING, gates, now)


def refused(decision: Decision, *, reason: Reason, gate: str, detail: str) -> Decision:
    """The hold that takes the place of a decision to send which could not be carried out."""
    gates = (*decision.gates, GateResult(gate=gate, passed=False, detail=detail))
    return replace(decision, outcome=Outcome.HOLD, reason=reason, gates=gates)


def _walk(
    gates: Iterable[tuple[str, Gate]], case: Case, now: datetime, passed: list[GateResult]
) -> Reason | None:
    if case.terms is None:
        return None
    for name, gate in gates:
        reason, detail = gate(case, case.terms, now)
        passed.append(GateResult(gate=name, passed=reason is None, detail=detail))
        if reason is not None:
            return reason
    return None


def _decision(
    case: Case, reason: Reason | None, gates: list[GateResult], now: datetime
) -> Decision:
    terms = case.terms
    aim = (
        None if terms is None or case.address is None else target(case.intent, terms, case.address)
    )
    confirming = aim is not None and aim.mail_class is MailClass.CONFIRMATION
    key = "" if aim is None else aim.send_key
    return Decision(
        outcome=Outcome.SEND if reason is None else Outcome.HOLD,
        reason=reason or (Reason.CONFIRMATION if confirming else Reason.CONSENTED),
        intent=case.intent,
        bundle=case.bundle,
        template=aim.template if aim else "" if terms is None else terms.template,
        mail_class=aim.mail_class if aim else MailClass.MARKETING,
        topic="" if terms is None else terms.topic,
        gates=tuple(gates),
        decided_at=now,
        subject=case.subject,
        address=None if case.address is None else case.address.ref,
        to=case.to,
        send_key=key,
        # One name for one mail: the send id in tags and headers is the send key itself, so that
        # whatever comes back from outside finds its record by one read.
        send_id=key,
        playbook={} if terms is None else {"program": terms.program, "meaning": terms.meaning},
    )
