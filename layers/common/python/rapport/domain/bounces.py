"""When an address that keeps failing for a while gets no marketing mail for some time."""

from collections.abc import Iterable
from datetime import datetime

from rapport.domain.address import LedgerEntry
from rapport.domain.fate import Fate, Said
from rapport.domain.policy import Policy

# 64 times the first length: more than five years of the usual month.
_MOST_DOUBLINGS = 6


def closed_until(
    mails: Iterable[tuple[LedgerEntry, Fate]], policy: Policy, *, now: datetime
) -> datetime | None:
    """Until when soft bounces close an address for marketing; None when they do not.

    Counted are the mails that failed for a passing reason and were not delivered after all, since
    the last sign of a person. Each time that as many have come again the time doubles.
    """
    known = list(mails)
    shown = [at for entry, fate in known if (at := _human_at(entry, fate)) is not None]
    since = max(shown, default=None)
    failed = sorted(
        fate.at[Said.SOFT_BOUNCED]
        for _, fate in known
        if Said.SOFT_BOUNCED in fate.at and Said.DELIVERED not in fate.at
    )
    failed = [at for at in failed if since is None or at > since]
    recent = [at for at in failed if at > now - policy.soft_within]
    if len(recent) < policy.soft_bounces:
        return None
    doublings = min(len(failed) // policy.soft_bounces - 1, _MOST_DOUBLINGS)
    factor: int = 2 ** max(doublings, 0)
    return failed[-1] + policy.soft_closed_for * factor


def _human_at(entry: LedgerEntry, fate: Fate) -> datetime | None:
    return fate.human_at or (entry.at if entry.human else None)
