"""SmartRecruiters' webhooks: the body has ids and nothing else, the headers say what happened.

Signed are the time, the body and those headers together, with every key that is valid (up to 16, an
old one for 24 hours). What happened is read from the API, at the address in the header `link`.
A subscription is activated before anybody knows its secret: what comes in `X-Hook-Secret` has to be
sent back.

Source: SmartRecruiters' developer documentation, Webhooks.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from rapport.adapters.ats import reading, signatures
from rapport.adapters.ats.hints import bare, hint
from rapport.ats import Adapter, Connection, Outcome, Reply, Verdict
from rapport.domain.ats import AtsApplication, AtsCandidate, AtsEvent, AtsJob, Kind
from rapport.domain.event import Json

_SECRET = "x-hook-secret"  # noqa: S105  (the name of a header)
_SIGNED = ("event-id", "event-name", "event-version", "link")
_MOST_KEYS = 16
_LONGEST_SECRET = 256
# Ten tries, of which the last comes a day after the one before it.
_RETRIES = timedelta(days=3)
_AHEAD = timedelta(minutes=5)
# What an event's name begins with → of what it tells.
_CANDIDACIES = frozenset({"application", "offer", "interview"})
_JOBS = frozenset({"job", "position"})


class SmartRecruiters:
    """The adapter; see `rapport.ats.Adapter` and the module."""

    vendor = "smartrecruiters"
    retries_for_s = int(_RETRIES.total_seconds())

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        """`v1=<hex>;v1=<hex>` over time, body and four headers; a missing one counts as ""."""
        if _echo(headers):
            return Verdict(outcome=Outcome.HANDSHAKE)
        if not any(connection.secrets):
            return signatures.unproven()
        # A gateway joins headers of one name with commas.
        told = headers.get("smartrecruiters-signature", "").replace(",", ";")
        given = [
            digest
            for entry in told.split(";")[:_MOST_KEYS]
            for scheme, _, digest in [entry.strip().partition("=")]
            if scheme == "v1"
        ]
        if not given:
            return signatures.forged("no_signature")
        time = headers.get("smartrecruiters-timestamp", "")
        names = (headers.get(name, "").encode("utf-8", "replace") for name in _SIGNED)
        signed = b".".join((time.encode("utf-8", "replace"), raw, *names))
        verdict = signatures.judge((key.encode() for key in connection.secrets), signed, given)
        if verdict.outcome is not Outcome.GENUINE:
            return verdict
        seconds = reading.number(time)
        at = reading.moment_ms(seconds * 1000) if seconds is not None else None
        if at is None or not -_AHEAD <= now.astimezone(UTC) - at <= _RETRIES:
            return signatures.forged("stale")
        return verdict

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        """One hint, with the address to read from among its notes.

        A candidacy has no id of its own here: it is called `<candidate>/<job>`, as in the address.
        """
        del connection
        event = reading.event_name(headers.get("event-name", ""))
        ident, entity = reading.text(headers.get("event-id", "")), event.partition(".")[0]
        link = reading.text(headers.get("link", "")).partition(";")[0].strip("<> ")
        notes = {"link": link} if link else {}
        candidate = reading.first_text(payload, "candidate_id", *_own(entity, "candidate"))
        job = reading.first_text(payload, "job_id", *_own(entity, *_JOBS))
        who, jobs = AtsCandidate(id=candidate) if candidate else None, [AtsJob(id=job)]
        if entity in _CANDIDACIES and candidate and job:
            return [
                hint(
                    Kind.APPLICATION_UPDATED,
                    event,
                    ident=ident,
                    candidate=who,
                    application=AtsApplication(id=f"{candidate}/{job}"),
                    jobs=jobs,
                    notes=notes,
                )
            ]
        if entity in {"candidate", *_CANDIDACIES} and who:
            gone = event == "candidate.deleted"
            kind = Kind.CANDIDATE_DELETED if gone else Kind.CANDIDATE_UPDATED
            return [hint(kind, event, ident=ident, candidate=who, notes=notes)]
        if entity in _JOBS and job:
            return [hint(Kind.JOB_UPDATED, event, ident=ident, jobs=jobs, notes=notes)]
        return [bare(Kind.UNKNOWN, event, ident)]

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        """202 and nothing else; to an activation 200, with its secret sent back."""
        del raw
        if verdict.outcome is Outcome.HANDSHAKE:
            return Reply(status=200, headers={"X-Hook-Secret": _echo(headers)})
        return Reply(status=202)


def _own(entity: str, *entities: str) -> tuple[str, ...]:
    """`id` is the id of what the event is named after."""
    return ("id",) if entity in entities else ()


def _echo(headers: Mapping[str, str]) -> str:
    """What an activation wants to hear again; empty for what is none, or fits no header."""
    said = headers.get(_SECRET, "").strip()
    fits = said.isascii() and said.isprintable() and len(said) <= _LONGEST_SECRET
    return said if fits else ""


ADAPTER: Adapter = SmartRecruiters()
