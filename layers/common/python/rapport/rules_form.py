"""The shape of playbooks/identity.yaml, key by key; `rapport.identity_rules` reads it."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from rapport.domain.cluster import MAX_COMPONENT
from rapport.domain.identifiers import Namespace

Space: TypeAlias = Literal["user", "ats", "linkedin", "email", "phone"]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_COMPONENT)] | None
Score: TypeAlias = Annotated[int, Meta(ge=0, le=100)]
Spaces: TypeAlias = tuple[Space, ...]


class PerKind(msgspec.Struct, frozen=True, kw_only=True):
    """A number for each kind of identifier; None for no limit."""

    user: Limit
    ats: Limit
    linkedin: Limit
    email: Limit
    phone: Limit

    def limits(self) -> dict[Namespace, int]:
        """Those that limit something."""
        told = msgspec.structs.asdict(self).items()
        return {Namespace(kind): most for kind, most in told if most is not None}


class Hubs(msgspec.Struct, frozen=True, kw_only=True):
    """For each kind of identifier, how many of each other kind it may be tied to."""

    user: PerKind
    ats: PerKind
    linkedin: PerKind
    email: PerKind
    phone: PerKind

    def limits(self) -> dict[Namespace, dict[Namespace, int]]:
        """Those that limit something."""
        told = msgspec.structs.asdict(self).items()
        return {Namespace(kind): most for kind, near in told if (most := near.limits())}


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Whether names that cannot be one person's stop a join, and on links of what."""

    veto: bool = True
    links: Spaces = ("email", "phone")


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """What joins nobody: `email:<address>` and the like, domains of addresses, kinds of mailbox."""

    identifiers: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ("role",)


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """From which score on two people are shown as maybe one, and may not be mailed meanwhile."""

    suggest_at: Score = 60
    hold_sends: bool = False
    hold_at: Score = 80

    def __post_init__(self) -> None:
        """Refuse a hold that could never happen."""
        if self.hold_at < self.suggest_at:
            msg = "hold_at is below suggest_at, and nothing is suggested there"
            raise ValueError(msg)
