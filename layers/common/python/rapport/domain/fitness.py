"""The gates of what a mail tells: whether it was sent or told before, and whether it fits."""

from datetime import datetime

from rapport.domain.address import LedgerEntry, SendRecord, SendState, reclaimable
from rapport.domain.event import Json
from rapport.domain.gates import Case, Found, Gates, JobsWish, Terms, day, span
from rapport.domain.reasons import Reason


def _repeat(case: Case, terms: Terms, now: datetime) -> Found:
    earlier = case.earlier
    if earlier is not None and earlier.state is SendState.FAILED:
        detail = f"SES refused this mail for good on {day(earlier.claimed_at)}."
        return Found(detail=detail, reason=Reason.REJECTED)
    if earlier is not None and not reclaimable(earlier, now):
        detail = f"This mail to the address {_stand(earlier)}."
        return Found(detail=detail, reason=Reason.ALREADY_SENT)
    for record in case.elsewhere:
        if record.state is not SendState.FAILED and not reclaimable(record, now):
            detail = f"This mail to another address of the candidate {_stand(record)}."
            return Found(detail=detail, reason=Reason.ALREADY_SENT)
    if earlier is not None:
        return Found(
            detail="An earlier attempt ended before anything was submitted; it is taken up again."
        )
    whom = "any address of the candidate" if case.others else "the address"
    return Found(detail=f"This mail was not sent to {whom} before, for this occasion.")


def _stand(record: SendRecord) -> str:
    return f"was claimed on {day(record.claimed_at)} and stands at {record.state.value}"


def _content(case: Case, terms: Terms, now: datetime) -> Found:
    """The same blocks, or the same jobs, whichever program and address they went by.

    Jobs that a mail may have or not are left out of it one by one; a mail that must have some is
    not sent with old ones.
    """
    rule = terms.policy.relevance
    entries = case.ledger
    since = now - rule.block_again_after
    told = {block for entry in entries if entry.at > since for block in entry.blocks}
    again = sorted(told.intersection(case.blocks))
    if again:
        detail = f"The candidate was told {', '.join(again)} within {span(rule.block_again_after)}."
        return Found(detail=detail, reason=Reason.CONTENT_REPEATED, numbers={"blocks": [*again]})
    jobs = _jobs(case)
    if terms.jobs is JobsWish.REQUIRED and jobs:
        same = _same_jobs(entries, terms.program, jobs, now - rule.job_again_after)
        old = sorted(job for job in jobs if _shown(entries, job, case, terms, now))
        if same or old:
            detail = f"The candidate was shown {len(old) or len(jobs)} of {len(jobs)} jobs before."
            return Found(detail=detail, reason=Reason.JOBS_REPEATED, numbers={"jobs": [*old]})
    return Found(detail="The candidate was not told the same not long ago.")


def _jobs(case: Case) -> frozenset[str]:
    return frozenset() if case.slate is None else frozenset(m.job for m in case.slate.jobs)


def _same_jobs(
    entries: tuple[LedgerEntry, ...], program: str, jobs: frozenset[str], since: datetime
) -> bool:
    return any(
        entry.program == program and entry.at > since and frozenset(entry.jobs) == jobs
        for entry in entries
    )


def _shown(
    entries: tuple[LedgerEntry, ...], job: str, case: Case, terms: Terms, now: datetime
) -> bool:
    rule = terms.policy.relevance
    times = [entry.at for entry in entries if job in entry.jobs]
    return len(times) >= rule.job_showings or any(at > now - rule.job_again_after for at in times)


def _relevance(case: Case, terms: Terms, now: datetime) -> Found:
    rule = terms.policy.relevance
    scores = [] if case.slate is None else [match.score for match in case.slate.jobs]
    best = max(scores, default=0.0)
    good = sum(score >= rule.job_floor for score in scores)
    numbers: dict[str, Json] = {"jobs": len(scores), "good": good, "best": round(best, 3)}
    detail = (
        f"Of {len(scores)} jobs {good} fit at {rule.job_floor} or better, the best at {best:.2f};"
        f" wanted are {rule.min_jobs}, the best at {rule.best_floor}."
    )
    enough = best >= rule.best_floor and good >= rule.min_jobs
    reason = None if enough else Reason.NOT_RELEVANT_ENOUGH
    return Found(detail=detail, reason=reason, numbers=numbers)


def _mix(case: Case, terms: Terms, now: datetime) -> Found:
    """Somebody who is not looking for a job reads about working here rather than about openings."""
    if case.slate is None or case.slate.looking:
        return Found(detail="The candidate is looking for a job now.")
    if terms.asked:
        return Found(detail="The candidate asked for jobs.")
    rule = terms.policy.relevance
    most = int(rule.passive_jobs_share * rule.mix_over + 1e-9)
    counted = [entry for entry in case.ledger if entry.counted]
    before = sum(bool(e.jobs) and not e.blocks for e in counted[: rule.mix_over - 1])
    numbers: dict[str, Json] = {"about_jobs": before, "most": most, "over": rule.mix_over}
    detail = (
        f"Of the last mails {before} were about jobs; of any {rule.mix_over} at most {most} may be"
        " for somebody who is not looking."
    )
    reason = Reason.TOO_MANY_JOBS if before >= most else None
    return Found(detail=detail, reason=reason, numbers=numbers)


def _is_about_jobs(case: Case, terms: Terms) -> bool:
    return terms.jobs is not JobsWish.NONE and bool(_jobs(case)) and not case.blocks


REPEAT: Gates = (("repeat", _repeat),)


def fits(case: Case, terms: Terms) -> Gates:
    """The gates of what a mail tells, as far as it tells such a thing."""
    content: Gates = (("content", _content),) if case.blocks or _jobs(case) else ()
    relevance: Gates = (("relevance", _relevance),) if terms.jobs is JobsWish.REQUIRED else ()
    mix: Gates = (("mix", _mix),) if _is_about_jobs(case, terms) else ()
    return (*content, *relevance, *mix)
