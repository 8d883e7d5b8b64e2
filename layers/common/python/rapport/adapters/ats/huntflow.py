"""Huntflow's webhooks: rich bodies, in two versions, signed over the raw body.

Version 2 has `meta` and, of applicants, an `applicant_log`; version 1 has the log's fields in
`event` itself. What kind of body it is is seen from its shape, for no header is signed.

A candidacy has no id here: it is called `<applicant>/<vacancy>`. A body names the stage by id and
not its kind; whether a stage ends a candidacy is known from the stage's `type` where it is sent,
from a reason for a rejection or a place that was filled, or because the connection maps the stage
to `rejected`, `withdrawn` or `hired`.

When duplicates are joined, DOUBLE names the one that ended in `source`, and REMOVED comes for it,
too: a removal alone may be half of that. An applicant who refuses that their data be kept
(AGREEMENT, `declined`) is not to be mailed.

Source: github.com/huntflow/api, webhooks, and the answers of its maintainers in issues 189 and 541.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from rapport.adapters.ats import huntflow_body as body
from rapport.adapters.ats import huntflow_reading as read
from rapport.adapters.ats import reading, signatures
from rapport.adapters.ats.hints import bare, hint
from rapport.adapters.ats.huntflow_body import Delivery
from rapport.ats import Adapter, Connection, Reply, Verdict
from rapport.domain.ats import AtsApplication, AtsCandidate, AtsEvent, Kind
from rapport.domain.event import Json

# Tries after 10, 100 and 1000 seconds; then the webhook is switched off.
_RETRIES = timedelta(seconds=1110)
_OF_VACANCIES: Mapping[str, Kind] = {"CREATED": Kind.JOB_CREATED, "CLOSED": Kind.JOB_CLOSED}


def _added(delivery: Delivery) -> list[AtsEvent]:
    """Somebody is new; with a vacancy, so is a candidacy."""
    return [delivery.event(Kind.CANDIDATE_CREATED), *_applied(delivery)]


def _applied(delivery: Delivery) -> list[AtsEvent]:
    return [delivery.of_application(Kind.APPLICATION_CREATED)] if delivery.application else []


def _moved(delivery: Delivery) -> list[AtsEvent]:
    if not delivery.application:
        return _said(delivery)
    return [delivery.of_application(body.transition(delivery))]


def _said(delivery: Delivery) -> list[AtsEvent]:
    """A comment tells how the candidacy stands at that moment; its text is not kept."""
    if not delivery.application:
        return [delivery.event(Kind.CANDIDATE_UPDATED)]
    told = [delivery.of_application(Kind.APPLICATION_UPDATED)]
    if delivery.log.get("calendar_event"):
        told.append(delivery.noted(Kind.INTERVIEW, read.interview(delivery.log)))
    return told


def _updated(delivery: Delivery) -> list[AtsEvent]:
    return [delivery.event(Kind.CANDIDATE_UPDATED)]


def _joined(delivery: Delivery) -> list[AtsEvent]:
    """`source` was joined into the applicant. It has been missing at times: then, read again."""
    loser = reading.text(delivery.log.get("source"))
    if not loser or loser == delivery.applicant:
        return [delivery.event(Kind.CANDIDATE_UPDATED, needs_refetch=True)]
    ended = AtsCandidate(id=loser, merged_into=delivery.applicant)
    return [
        delivery.event(Kind.CANDIDATE_MERGED, candidate=ended, carried=False),
        delivery.event(Kind.CANDIDATE_UPDATED),
    ]


def _removed(delivery: Delivery) -> list[AtsEvent]:
    who = AtsCandidate(id=delivery.applicant)
    return [
        delivery.event(Kind.CANDIDATE_DELETED, candidate=who, carried=False, needs_refetch=True)
    ]


_OF_APPLICANTS: Mapping[str, Callable[[Delivery], list[AtsEvent]]] = {
    "ADD": _added,
    "VACANCY-ADD": _applied,
    "STATUS": _moved,
    "COMMENT": _said,
    "AGREEMENT": _updated,
    "DOUBLE": _joined,
    "REMOVED": _removed,
    "REMOVE": _removed,
}


class Huntflow:
    """The adapter; see `rapport.ats.Adapter` and the module."""

    vendor = "huntflow"
    retries_for_s = int(_RETRIES.total_seconds())

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        """`X-Huntflow-Signature: <hex>`, which a webhook without a secret does not send."""
        del now  # no time is signed
        if not any(connection.secrets):
            return signatures.unproven()
        told = headers.get("x-huntflow-signature", "")
        if not told:
            return signatures.forged("no_signature")
        return signatures.judge((key.encode() for key in connection.secrets), raw, (told,))

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        """One event, or two where somebody is new with a candidacy, or two became one."""
        delivery = body.delivery(payload, headers, connection)
        if delivery.shape == body.PING:
            return [bare(Kind.PING, delivery.name, delivery.ident)]
        if delivery.shape == body.OFFER and delivery.application:
            return [delivery.noted(Kind.OFFER, body.offer(delivery))]
        if delivery.shape == body.VACANCY:
            return [_of_vacancy(delivery)]
        if delivery.shape == body.APPLICANT and (reader := _OF_APPLICANTS.get(delivery.action)):
            reading.wanted(delivery.applicant, "applicant")
            if delivery.rewritten:
                return [_again(delivery)]
            return reader(delivery) or [bare(Kind.UNKNOWN, delivery.name, delivery.ident)]
        return [bare(Kind.UNKNOWN, delivery.name, delivery.ident)]

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        """200; three other answers in a row switch the webhook off."""
        del verdict, headers, raw
        return Reply(status=200)


def _of_vacancy(delivery: Delivery) -> AtsEvent:
    job = read.job(delivery.vacancy, closed_at=delivery.clock)
    reading.wanted(job.id, "vacancy")
    kind = _OF_VACANCIES.get(delivery.action, Kind.JOB_UPDATED)
    return delivery.event(kind, jobs=(job,), carried=False, pointers=("/jobs",))


def _again(delivery: Delivery) -> AtsEvent:
    """An entry of the log was taken out or put right: what holds now is not in the body."""
    of = AtsApplication(id=delivery.application) if delivery.application else None
    return hint(
        Kind.APPLICATION_UPDATED if of else Kind.CANDIDATE_UPDATED,
        delivery.name,
        ident=delivery.ident,
        candidate=AtsCandidate(id=delivery.applicant),
        application=of,
    )


ADAPTER: Adapter = Huntflow()
