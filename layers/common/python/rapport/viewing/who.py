"""One person, by everything that is known of them.

Identities, attributes, what brought them, how interested they are, where their applications stand,
consents, what waits for them, who else they may be, the last decisions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.address import AddressState
from rapport.domain.engagement import score
from rapport.domain.event import Json
from rapport.domain.identifiers import (
    Namespace,
    PersonId,
    Ref,
    identifier,
    is_strong,
    namespace_of,
)
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.tally import fold_partition
from rapport.domain.touch import Touch
from rapport.identity import groups_of
from rapport.suggestions import Suggestion
from rapport.viewing import addresses, candidacies
from rapport.viewing import waits as waiting
from rapport.viewing.decisions import Told, decisions
from rapport.viewing.finding import Found, partitions
from rapport.viewing.identities import Identity, identities
from rapport.viewing.moments import iso, iso_or_none
from rapport.viewing.signups import Signups, signups
from rapport.viewing.signups import to_json as signups_json
from rapport.viewing.stores import Stores
from rapport.viewing.why import own_events

LAST = 5


@dataclass(frozen=True, kw_only=True)
class Maybe:
    """Somebody who may be the same person."""

    person: PersonId
    suggestion: Suggestion


@dataclass(frozen=True, kw_only=True)
class Who:
    """What is known of one person. `version` 0: folded just now, for no view is stored yet.

    `score` is in hours of interest that are left; `addresses` are those that mail can go to.
    """

    found: Found
    profile: Profile
    version: int
    score: int
    now: datetime
    identities: tuple[Identity, ...]
    addresses: tuple[AddressState, ...]
    waits: waiting.Waits
    signups: Signups
    maybe: tuple[Maybe, ...]
    decisions: tuple[Told, ...]

    @property
    def address(self) -> AddressState | None:
        """The address that mail goes to: the one that the profile states, else the first."""
        return next(iter(self.addresses), None)


def who(stores: Stores, found: Found, *, now: datetime) -> Who:
    """The stored profile; what the log gives where `enrich` has not brought it up to date yet."""
    view = stores.people.view(found.person)
    if view is None or view.profile.members != found.group.members:
        folds = [fold_partition(ref, rows) for ref, rows in partitions(stores, found.members)]
        owners = {strong for fold in folds for strong in fold.strongs}
        roots = {ref: group.root for ref, group in groups_of(stores.clusters, owners).items()}
        profile = fold_profile(found.root, folds, members=found.group.members, roots=roots)
        version = 0
    else:
        profile, version = view.profile, view.version
    own, mailed = own_events(stores, found), _addresses(stores, found, profile)
    return Who(
        found=found,
        profile=profile,
        version=version,
        score=score(profile.score_zero_at, now),
        now=now,
        identities=tuple(identities(stores, found.group.members)),
        addresses=tuple(stores.book.address(ref) for ref in mailed),
        waits=waiting.waits(stores, found, now=now),
        signups=signups(stores.occasions, profile.alerts, mailed, own),
        maybe=tuple(_maybe(stores, found)),
        decisions=tuple(decisions(own)[-LAST:]),
    )


def _addresses(stores: Stores, found: Found, profile: Profile) -> list[Ref]:
    """The address that the profile states first, then the person's others."""
    stated = identifier(Namespace.EMAIL, profile.attribute("email"))
    first = [] if stated is None else [stores.pseudonyms.ref(Namespace.EMAIL, stated.value)]
    others = [ref for ref in found.members if namespace_of(ref) is Namespace.EMAIL]
    return list(dict.fromkeys([*first, *others]))


def _maybe(stores: Stores, found: Found) -> Iterator[Maybe]:
    if not is_strong(found.root):
        return
    open_ones = stores.suggestions.of(found.members)
    groups = groups_of(stores.clusters, {ref for each in open_ones for ref in each.pair})
    for each in open_ones:
        others = [groups[ref] for ref in each.pair if groups[ref].root != found.root]
        if others:
            yield Maybe(person=others[0].person, suggestion=each)


def to_json(answer: Who) -> dict[str, Json]:
    """The answer for programs."""
    profile = answer.profile
    return {
        "person": answer.found.person,
        "known_as": answer.found.asked,
        "root": answer.found.root,
        "version": answer.version,
        "first_seen": iso_or_none(profile.first),
        "last_seen": iso_or_none(profile.last),
        "identities": [
            {
                "ref": each.ref,
                "namespace": namespace_of(each.ref).value,
                "value": each.value or None,
                "trust": each.trust.value,
                "since": iso_or_none(each.since),
            }
            for each in answer.identities
        ],
        "attributes": {
            name: {"value": r.value, "trust": r.trust.value, "at": iso(r.at)}
            for name, r in sorted(profile.attributes.items())
            if r.value
        },
        "first_touch": _touch_json(profile.first_touch),
        "last_touch": _touch_json(profile.last_touch),
        "score": answer.score,
        "score_zero_at": iso_or_none(profile.score_zero_at),
        "totals": dict(profile.totals),
        "mails": dict(profile.engagement),
        "interests": dict(profile.interests),
        "applications": {
            job: {
                "started": iso_or_none(a.started),
                "step": a.step,
                "submitted": iso_or_none(a.submitted),
            }
            for job, a in sorted(profile.applications.items())
        },
        **candidacies.to_json(profile.recruiting, now=answer.now),
        "consents": {
            topic: {"status": word.status.value, "at": iso(word.at)}
            for topic, word in sorted(profile.consents.items())
        },
        "cookies": list[Json](profile.cookies),
        "address": None if answer.address is None else addresses.to_json(answer.address),
        "addresses": [addresses.to_json(state) for state in answer.addresses],
        **waiting.to_json(answer.waits),
        **signups_json(answer.signups),
        "suggestions": [
            {
                "person": each.person,
                "score": each.suggestion.score,
                "evidence": list[Json](each.suggestion.evidence),
            }
            for each in answer.maybe
        ],
        "decisions": [told.summary() for told in answer.decisions],
    }


def _touch_json(touch: Touch | None) -> dict[str, Json] | None:
    if touch is None:
        return None
    return {**touch._asdict(), "at": iso(touch.at)}
