"""Whom an operator sees of many: by rows of the finder where those can tell, else by views."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapport.bundle import Bundle
from rapport.domain.finder import Row, hash_of
from rapport.domain.operators import ALLOWED, ANY, About, Action, Grant, Operator, may
from rapport.domain.profile import Profile
from rapport.zones import country_code, country_of

_LISTS = "lists"


def sight_of(operator: Operator, action: Action, bundle: Bundle) -> "OwnPeople | None":
    """Whom an action of an operator may be about; None: everybody of the brand."""
    if may(operator, action, About(brands=frozenset({bundle.brand.key}))):
        return None
    return OwnPeople(operator=operator, action=action, bundle=bundle)


@dataclass(frozen=True, kw_only=True)
class OwnPeople:
    """The people that one action of one operator may be about. The port `Sight`."""

    operator: Operator
    action: Action
    bundle: Bundle

    def of_row(self, row: Row) -> bool | None:
        """Whether they see whose row it is; None when the row cannot tell."""
        found = [_covers(grant, row) for grant in self._grants]
        if any(found):
            return True
        return None if None in found else False

    def of_profile(self, profile: Profile) -> bool:
        """The same, by the view."""
        about = About(
            brands=frozenset({self.bundle.brand.key}),
            person=profile.person,
            country=country_of(profile, self.bundle),
            lists=frozenset(profile.lists),
        )
        return may(self.operator, self.action, about)

    @property
    def _grants(self) -> Sequence[Grant]:
        return [
            grant
            for grant in self.operator.grants
            if self.action in ALLOWED[grant.role] and grant.brand in {ANY, self.bundle.brand.key}
        ]


def _covers(grant: Grant, row: Row) -> bool | None:
    """Whether a grant covers whose row it is; None when the row cannot tell."""
    both = (_is_of(grant.country, row), _is_on(grant.pool, row))
    if False in both:
        return False
    return None if None in both else True


def _is_of(country: str, row: Row) -> bool | None:
    """Where no country is stated, town or telephone number may tell it, which rows do not have."""
    if country == ANY:
        return True
    stated = country_code(row.country or "")
    return stated == country if stated else None


def _is_on(pool: str, row: Row) -> bool | None:
    if pool == ANY or hash_of(_LISTS, pool) in row.sets[_LISTS]:
        return True
    return None if _LISTS in row.more else False
