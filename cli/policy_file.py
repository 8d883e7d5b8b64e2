"""`playbooks/outreach.yaml` → the policy and the topics.

Every key may be left out: what is not said is as `rapport.domain.policy` has it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import UNSET, Meta, UnsetType

from cli.errors import CommandError
from cli.files import FileOf, read, seconds
from rapport.bundle import Brand, Topic
from rapport.domain.policy import MAX_HOLDOUT, USUAL, Policy, Window
from rapport.report_mail import strangers

FILE = "outreach.yaml"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Count = Annotated[int, Meta(ge=0)]
_Some = Annotated[int, Meta(ge=1)]
_Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
_Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]


class WindowFile(FileOf, frozen=True, kw_only=True):
    """So many mails within so long."""

    most: _Some
    within: str


class FrequencyFile(FileOf, frozen=True, kw_only=True):
    """How often one person is mailed."""

    windows: tuple[WindowFile, ...] | UnsetType = UNSET
    min_gap: str | UnsetType = UNSET
    yearly: _Count | UnsetType = UNSET
    tired_after: _Some | UnsetType = UNSET
    tired_factor: _Some | UnsetType = UNSET
    silent_after: _Some | UnsetType = UNSET
    asked_windows: tuple[WindowFile, ...] | UnsetType = UNSET
    reserve: str | UnsetType = UNSET


class QuietFile(FileOf, frozen=True, kw_only=True):
    """When nobody is mailed."""

    starts: _Clock | UnsetType = UNSET
    ends: _Clock | UnsetType = UNSET
    days_off: tuple[_Day, ...] | UnsetType = UNSET
    narrow_starts: _Clock | UnsetType = UNSET
    narrow_ends: _Clock | UnsetType = UNSET
    spread: str | UnsetType = UNSET


class RelevanceFile(FileOf, frozen=True, kw_only=True):
    """When jobs fit well enough."""

    best_floor: _Share | UnsetType = UNSET
    job_floor: _Share | UnsetType = UNSET
    min_jobs: _Some | UnsetType = UNSET
    max_jobs: _Some | UnsetType = UNSET
    radius_km: Annotated[float, Meta(gt=0)] | UnsetType = UNSET
    mix_over: _Some | UnsetType = UNSET
    passive_jobs_share: _Share | UnsetType = UNSET
    job_again_after: str | UnsetType = UNSET
    job_showings: _Some | UnsetType = UNSET
    block_again_after: str | UnsetType = UNSET


class RampFile(FileOf, frozen=True, kw_only=True):
    """How many mails a new sending domain may send."""

    started: Annotated[str, Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] | UnsetType = UNSET
    first_day: _Some | UnsetType = UNSET
    factor: Annotated[float, Meta(ge=1)] | UnsetType = UNSET
    full: _Some | UnsetType = UNSET


class TopicFile(FileOf, frozen=True, kw_only=True):
    """A kind of mail."""

    key: str
    name: dict[str, str]
    meaning: dict[str, str]


class ReportFile(FileOf, frozen=True, kw_only=True):
    """Who gets the report of the week, and when."""

    to: tuple[str, ...] | UnsetType = UNSET
    weekday: _Day | UnsetType = UNSET
    hour: Annotated[int, Meta(ge=0, le=23)] | UnsetType = UNSET


class OutreachFile(FileOf, frozen=True, kw_only=True):
    """All of it."""

    topics: tuple[TopicFile, ...] = ()
    frequency: FrequencyFile = FrequencyFile()
    quiet: QuietFile = QuietFile()
    relevance: RelevanceFile = RelevanceFile()
    ramp: RampFile = RampFile()
    holdout: Annotated[int, Meta(ge=0, le=MAX_HOLDOUT)] | UnsetType = UNSET
    holdout_salt: str | UnsetType = UNSET
    quota_reserve: _Share | UnsetType = UNSET
    soft_bounces: _Some | UnsetType = UNSET
    soft_within: str | UnsetType = UNSET
    soft_closed_for: str | UnsetType = UNSET
    home_zone: str | UnsetType = UNSET
    untracked_countries: tuple[_Country, ...] | UnsetType = UNSET
    paused: bool | UnsetType = UNSET
    approve_over: _Count | UnsetType = UNSET
    report: ReportFile = ReportFile()


def policy_of(path: Path) -> tuple[Policy, tuple[Topic, ...]]:
    """The policy and the topics of a file; what is usual when it is not there."""
    raw = read(path, OutreachFile) if path.is_file() else OutreachFile()
    parts = {
        name: _over(getattr(USUAL, name), getattr(raw, name), path)
        for name in ("frequency", "quiet", "relevance", "ramp", "report")
    }
    policy: Policy = replace(_over(USUAL, raw, path), **parts)
    complaints = list(_of_policy(policy))
    if complaints:
        raise CommandError("\n".join(f"{path.name}: {line}" for line in complaints))
    topics = (Topic(key=t.key, name=t.name, meaning=t.meaning) for t in raw.topics)
    return policy, tuple(topics)


def _over(usual: Any, said: FileOf, path: Path) -> Any:
    told = {
        name: _as(getattr(usual, name), value, path)
        for name in said.__struct_fields__
        if (value := getattr(said, name)) is not UNSET
        and not isinstance(value, FileOf)
        and hasattr(usual, name)
    }
    return replace(usual, **told)


def _as(usual: object, value: Any, path: Path) -> object:
    """A value of the file as the policy has it: a length, a time of day, days, windows."""
    if isinstance(usual, timedelta):
        return _length(value, path)
    if isinstance(usual, time):
        return time.fromisoformat(value)
    if isinstance(usual, int) and value in _DAYS:
        return _DAYS.index(value)
    if isinstance(usual, frozenset):
        return frozenset(_DAYS.index(day) for day in value)
    if isinstance(value, tuple) and value and isinstance(value[0], WindowFile):
        return tuple(Window(most=w.most, within=_length(w.within, path)) for w in value)
    return value


def _length(text: str, path: Path) -> timedelta:
    return timedelta(seconds=seconds(text, path))


def _of_policy(policy: Policy) -> Iterator[str]:
    try:
        ZoneInfo(policy.home_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"home_zone {policy.home_zone!r} is no time zone such as Europe/Oslo."
    if len(policy.quiet.days_off) == len(_DAYS):
        yield "quiet.days_off names every day; nobody would ever be mailed."
    if policy.relevance.job_floor > policy.relevance.best_floor:
        yield "relevance.job_floor is above best_floor, so the best job would decide nothing."
    if policy.relevance.min_jobs > policy.relevance.max_jobs:
        yield "relevance.min_jobs is above max_jobs; no mail about jobs could go out."
    for window in (*policy.frequency.windows, *policy.frequency.asked_windows):
        if not window.within:
            yield "frequency: a window of no length bounds nothing."
    if policy.ramp.started:
        try:
            datetime.strptime(policy.ramp.started, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            yield f"ramp.started {policy.ramp.started!r} is no day such as 2026-11-23."


def of_topics(topics: tuple[Topic, ...], languages: tuple[str, ...]) -> Iterator[str]:
    """Complaints about the topics: each has a name of its own, in every language."""
    keys = [topic.key for topic in topics]
    for topic in topics:
        here = f"{FILE}: topic {topic.key!r}"
        if keys.count(topic.key) > 1:
            yield f"{here} stands there twice."
        for told, words in (("name", topic.name), ("meaning", topic.meaning)):
            for language in languages:
                if not words.get(language, "").strip():
                    yield f"{here} has no {told} in {language}."


def of_report(policy: Policy, brand: Brand) -> Iterator[str]:
    """Complaints about who gets the report of the week."""
    others = strangers(policy.report.to, brand)
    if others:
        yield (
            f"{FILE}: report.to: {len(others)} of the addresses are neither of the brand's sending"
            " domain nor on its allow_list; reports go nowhere else."
        )
