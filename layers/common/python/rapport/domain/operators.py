"""Who of the employer may do what, and about whom: role × brand × country × pool.

What no grant allows nobody may do. What is about one person takes a grant that covers them: their
brand, their country (of whom no country is known only `*` covers), and the pool, a static list
that they are on. What is about nobody in particular, such as the switch that stops all mail, takes
a grant without bounds of country and pool.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

ANY = "*"
MAX_GRANTS = 50


class Action(StrEnum):
    """What an operator can ask for. Each route of the operators' API names one."""

    ME = "me"
    FIND = "find"
    VIEW = "view"
    WHY = "why"
    STOP = "stop"
    NOTE = "note"
    WRITE = "write"
    TASKS_SEE = "tasks_see"
    TASKS_DO = "tasks_do"
    AUDIT = "audit"
    SENDING_SEE = "sending_see"
    SENDING_SET = "sending_set"
    LISTS_SEE = "lists_see"
    LISTS_CHANGE = "lists_change"
    EXPORT_PEOPLE = "export_people"
    SEGMENTS_SEE = "segments_see"
    SEGMENTS_CHANGE = "segments_change"
    FORMS_SEE = "forms_see"
    FORMS_CHANGE = "forms_change"
    CAMPAIGNS_SEE = "campaigns_see"
    CAMPAIGNS_CHANGE = "campaigns_change"
    CAMPAIGNS_APPROVE = "campaigns_approve"
    CAMPAIGNS_LAUNCH = "campaigns_launch"
    IMPORT = "import"
    REPORT = "report"
    ERASE = "erase"
    EXPORT = "export"
    RESUMES = "resumes"
    OPERATORS = "operators"


class Role(StrEnum):
    """What somebody does for the employer."""

    VIEWER = "viewer"
    RECRUITER = "recruiter"
    MARKETER = "marketer"
    APPROVER = "approver"
    PRIVACY = "privacy"
    ADMIN = "admin"


_LOOK = frozenset({Action.FIND, Action.VIEW, Action.WHY})
_PLANS = frozenset({Action.SEGMENTS_SEE, Action.CAMPAIGNS_SEE, Action.FORMS_SEE, Action.REPORT})
_LISTS = frozenset({Action.LISTS_SEE, Action.LISTS_CHANGE})
ALLOWED: Mapping[Role, frozenset[Action]] = MappingProxyType(
    {
        Role.VIEWER: _LOOK | _PLANS | {Action.LISTS_SEE, Action.SENDING_SEE},
        Role.RECRUITER: _LOOK
        | _LISTS
        | {Action.STOP, Action.NOTE, Action.WRITE, Action.TASKS_SEE, Action.TASKS_DO}
        | {Action.EXPORT_PEOPLE, Action.SEGMENTS_SEE, Action.SENDING_SEE, Action.RESUMES},
        Role.MARKETER: _LOOK
        | _PLANS
        | _LISTS
        | {Action.STOP, Action.IMPORT, Action.SEGMENTS_CHANGE, Action.FORMS_CHANGE}
        | {Action.CAMPAIGNS_CHANGE, Action.CAMPAIGNS_LAUNCH, Action.SENDING_SEE}
        | {Action.EXPORT_PEOPLE},
        Role.APPROVER: _PLANS | {Action.LISTS_SEE, Action.CAMPAIGNS_APPROVE, Action.SENDING_SEE},
        Role.PRIVACY: _LOOK
        | {Action.STOP, Action.ERASE, Action.EXPORT, Action.AUDIT}
        | {Action.TASKS_SEE, Action.TASKS_DO},
        # Switches, people and proofs. Whoever also writes to candidates has that grant as well.
        Role.ADMIN: frozenset(
            {Action.SENDING_SEE, Action.SENDING_SET, Action.OPERATORS, Action.AUDIT, Action.RESUMES}
        ),
    }
)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One role for people of a brand, a country (ISO 3166 alpha-2) and a pool (a static list).

    `*` bounds nothing.
    """

    role: Role
    brand: str
    country: str = ANY
    pool: str = ANY

    @property
    def text(self) -> str:
        """`recruiter:acme:NO:*`, as it is stored and typed."""
        return f"{self.role.value}:{self.brand}:{self.country}:{self.pool}"


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Somebody of the employer. `subject`: what the sign-in names them by; `name`: for people."""

    subject: str
    name: str
    grants: tuple[Grant, ...] = ()
    added_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class About:
    """Whom or what an action is about. `brands`: theirs; an action about nobody has no `person`."""

    brands: frozenset[str]
    person: str = ""
    country: str = ""
    lists: frozenset[str] = field(default_factory=frozenset)


def may(operator: Operator, action: Action, about: About | None = None) -> bool:
    """Whether an operator may do something; without `about`: whether for anybody at all."""
    return any(_allows(grant, action, about) for grant in operator.grants)


def brands_of(operator: Operator, action: Action) -> frozenset[str]:
    """The brands for which an operator may do something; `*` among them: all."""
    return frozenset(g.brand for g in operator.grants if _allows(g, action, None))


def parse(text: str) -> Grant | None:
    """The inverse of `Grant.text`; country and pool may be left out. None for anything else."""
    role, *bounds = text.split(":")
    most = 3
    if role not in {*Role} or not 1 <= len(bounds) <= most or not all(map(_is_bound, bounds)):
        return None
    brand, country, pool = (*bounds, ANY, ANY)[:most]
    if country != ANY and not (len(country) == 2 and country.isalpha()):  # noqa: PLR2004  (ISO)
        return None
    return Grant(role=Role(role), brand=brand, country=country.upper(), pool=pool)


def merged(held: Iterable[Grant], more: Iterable[Grant]) -> tuple[Grant, ...]:
    """Grants together, each once, in order."""
    return tuple(sorted({*held, *more}, key=lambda grant: grant.text))


def _is_bound(text: str) -> bool:
    most = 64
    return text == ANY or (
        0 < len(text) <= most and all(c.isascii() and (c.isalnum() or c in "-_") for c in text)
    )


def _allows(grant: Grant, action: Action, about: About | None) -> bool:
    if action is Action.ME:
        return True
    if action not in ALLOWED[grant.role]:
        return False
    if about is None:
        return True
    if grant.brand != ANY and grant.brand not in about.brands:
        return False
    if not about.person:
        return grant.country == grant.pool == ANY
    here = grant.country in {ANY, about.country}
    return here and (grant.pool == ANY or grant.pool in about.lists)
