"""What an employer allows itself: how often, when, how many, to how many of the asked.

A `Policy` is compiled from `playbooks/outreach.yaml` and travels in the bundle, so a decision's
bundle hash names the policy that it was made under.
"""

from dataclasses import dataclass
from datetime import time, timedelta

# Sunday; as `datetime.weekday()` counts.
_SUNDAY = 6
MAX_HOLDOUT = 10_000


@dataclass(frozen=True, kw_only=True)
class Window:
    """At most so many counted mails within any stretch of time of that length."""

    most: int
    within: timedelta


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """When nobody is mailed, on the wall clock of the candidate.

    From `starts` to `ends`, over midnight if `starts` is later; none if both are equal. On
    `days_off` (0 Monday … 6 Sunday) the whole day is quiet. `narrow_starts` and `narrow_ends` take
    their place when the zone is a guess: they must lie within what is not quiet.
    """

    starts: time = time(20)
    ends: time = time(8)
    days_off: frozenset[int] = frozenset({_SUNDAY})
    narrow_starts: time = time(17)
    narrow_ends: time = time(10)
    # Mails that a quiet time held leave within so long after it, spread by a hash.
    spread: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Frequency:
    """How often one person is mailed, all programs together; all rules hold at once.

    `windows` bound rolling stretches of time, `min_gap` the time between two mails, `yearly` any
    365 days. After `tired_after` counted mails in a row without a human sign the gap is multiplied
    by `tired_factor`; after `silent_after` nothing but the question whether to go on.
    """

    windows: tuple[Window, ...] = (
        Window(most=1, within=timedelta(days=7)),
        # 40 days: after three mails at once nobody waits longer than 90 - 40 days for the fourth.
        Window(most=2, within=timedelta(days=40)),
        Window(most=3, within=timedelta(days=90)),
    )
    min_gap: timedelta = timedelta(days=7)
    yearly: int = 12
    tired_after: int = 6
    tired_factor: int = 2
    # Two years: most people never agree that it is noted what they read, and are not silent.
    silent_after: int = 24
    # Mails that the person asked for (job alerts) are bounded by these instead.
    asked_windows: tuple[Window, ...] = (Window(most=1, within=timedelta(days=6)),)
    # A playbook of higher priority that is due within so long gets the last slot.
    reserve: timedelta = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Relevance:
    """When jobs fit well enough to be mailed, and how many of the mails may be about jobs.

    Of a slate the best job must reach `best_floor` and `min_jobs` must reach `job_floor` (0…1).
    `passive_jobs_share`: of the last `mix_over` mails to somebody who is not looking for a job now,
    at most this share may be about jobs.
    """

    best_floor: float = 0.55
    job_floor: float = 0.40
    min_jobs: int = 2
    max_jobs: int = 4
    radius_km: float = 40.0
    mix_over: int = 10
    passive_jobs_share: float = 0.3
    # The same job, and the same block, to the same person: not again before.
    job_again_after: timedelta = timedelta(days=30)
    job_showings: int = 2
    block_again_after: timedelta = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Ramp:
    """How many marketing mails a new sending domain may send on each of its first days.

    `first_day` mails on day one, `factor` times as many each day after, until `full` a day. Days
    are UTC days since `started` (ISO date; empty: warmed up, no ramp). Transactional mail is not
    counted.
    """

    started: str = ""
    first_day: int = 200
    factor: float = 1.5
    full: int = 50_000


@dataclass(frozen=True, kw_only=True)
class WeeklyReport:
    """To whom the report of the week is mailed, and when on the clock of the head office.

    `to`: addresses of the employer's own; none: to nobody. `weekday`: 0 is Monday.
    """

    to: tuple[str, ...] = ()
    weekday: int = 0
    hour: int = 8


@dataclass(frozen=True, kw_only=True)
class Policy:
    """All of it. `holdout`: of 10 000 people so many never get marketing mail, for comparison.

    `quota_reserve`: the share of SES's daily quota that is kept for transactional mail.
    `soft_bounces` within `soft_within` without a human sign close an address for `soft_closed_for`.
    """

    frequency: Frequency = Frequency()
    quiet: QuietHours = QuietHours()
    relevance: Relevance = Relevance()
    ramp: Ramp = Ramp()
    holdout: int = 0
    holdout_salt: str = "all"
    quota_reserve: float = 0.1
    soft_bounces: int = 3
    soft_within: timedelta = timedelta(days=30)
    soft_closed_for: timedelta = timedelta(days=30)
    # The zone of the employer's head office, the last step of the ladder; IANA name.
    home_zone: str = "UTC"
    # Countries (ISO 3166 alpha-2) in which opens and clicks of a person are noted without asking.
    untracked_countries: tuple[str, ...] = ()
    paused: bool = False
    # A campaign to more people than that goes out only when a second person agreed to it.
    approve_over: int = 500
    report: WeeklyReport = WeeklyReport()


USUAL = Policy()
