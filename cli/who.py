"""`rapport who ID`: one person, by everything that is known of them.

Identities, attributes, what brought them, how interested they are, where their applications stand,
consents, what waits for them, who else they may be, the last decisions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cli import addresses, candidacies, output
from cli import waits as waiting
from cli.decisions import Told, decisions
from cli.finding import Found, partitions
from cli.identities import Identity, identities
from cli.store import Stores
from cli.why import own_events
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
from rapport.domain.jobs import Application
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.tally import fold_partition
from rapport.domain.touch import Touch
from rapport.identity import groups_of
from rapport.suggestions import Suggestion

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
    return Who(
        found=found,
        profile=profile,
        version=version,
        score=score(profile.score_zero_at, now),
        now=now,
        identities=tuple(identities(stores, found.group.members)),
        addresses=tuple(stores.book.address(ref) for ref in _addresses(stores, found, profile)),
        waits=waiting.waits(stores, found, now=now),
        maybe=tuple(_maybe(stores, found)),
        decisions=tuple(decisions(own_events(stores, found))[-LAST:]),
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
        "first_seen": output.iso_or_none(profile.first),
        "last_seen": output.iso_or_none(profile.last),
        "identities": [
            {
                "ref": each.ref,
                "namespace": namespace_of(each.ref).value,
                "value": each.value or None,
                "trust": each.trust.value,
                "since": output.iso_or_none(each.since),
            }
            for each in answer.identities
        ],
        "attributes": {
            name: {"value": r.value, "trust": r.trust.value, "at": output.iso(r.at)}
            for name, r in sorted(profile.attributes.items())
            if r.value
        },
        "first_touch": _touch_json(profile.first_touch),
        "last_touch": _touch_json(profile.last_touch),
        "score": answer.score,
        "score_zero_at": output.iso_or_none(profile.score_zero_at),
        "totals": dict(profile.totals),
        "mails": dict(profile.engagement),
        "interests": dict(profile.interests),
        "applications": {
            job: {
                "started": output.iso_or_none(a.started),
                "step": a.step,
                "submitted": output.iso_or_none(a.submitted),
            }
            for job, a in sorted(profile.applications.items())
        },
        **candidacies.to_json(profile.recruiting, now=answer.now),
        "consents": {
            topic: {"status": word.status.value, "at": output.iso(word.at)}
            for topic, word in sorted(profile.consents.items())
        },
        "cookies": list[Json](profile.cookies),
        "address": None if answer.address is None else addresses.to_json(answer.address),
        "addresses": [addresses.to_json(state) for state in answer.addresses],
        **waiting.to_json(answer.waits),
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
    return {**touch._asdict(), "at": output.iso(touch.at)}


def show(answer: Who) -> None:
    """The answer for people."""
    profile, found = answer.profile, answer.found
    output.line(f"{found.person}, known as {found.asked}", "bold")
    output.line(f"seen {output.clock(profile.first)} to {output.clock(profile.last)} UTC")
    if answer.version == 0:
        output.line("The profile is not stored yet; this is what the log gives now.")
    _show_identities(answer.identities)
    if any(r.value for r in profile.attributes.values()):
        output.heading("Attributes")
        output.rows(
            ("", "trust", "since (UTC)", ""),
            [
                (name, r.trust.value, output.clock(r.at), r.value)
                for name, r in sorted(profile.attributes.items())
                if r.value
            ],
        )
    _show_counts("Events", profile.totals)
    _show_interest(answer)
    _show_applications(profile.applications)
    candidacies.show(profile.recruiting, now=answer.now)
    if profile.cookies:
        output.heading("Browsers")
        for cookie in profile.cookies:
            output.line(cookie)
    addresses.show(answer.addresses)
    waiting.show(answer.waits)
    _show_maybe(answer.maybe)
    output.heading("Last decisions")
    if not answer.decisions:
        output.line("None was made.")
    for told in answer.decisions:
        output.line(told.headline)


def _show_identities(known: tuple[Identity, ...]) -> None:
    if known:
        output.heading("Identities")
        output.rows(
            ("", "trust", "since (UTC)", ""),
            [
                (each.kind, each.trust.value, output.clock(each.since), each.value or each.ref)
                for each in known
            ],
        )


def _show_interest(answer: Who) -> None:
    profile = answer.profile
    output.heading("Interest")
    if profile.score_zero_at is None:
        output.line("None was shown.")
    else:
        output.line(f"score {answer.score}, run out {output.clock(profile.score_zero_at)} UTC")
    for name, touch in (("first", profile.first_touch), ("last", profile.last_touch)):
        if touch is not None:
            words = (touch.source, touch.medium, touch.campaign, touch.referrer, touch.path)
            told = ", ".join(filter(None, words))
            output.line(f"{name} touch {output.clock(touch.at)}: {told}")
    _show_counts("Interests", profile.interests)
    _show_counts("Mails", profile.engagement)
    if profile.consents:
        output.heading("Consents")
        output.rows(
            ("topic", "", "since (UTC)"),
            [(t, w.status.value, output.clock(w.at)) for t, w in sorted(profile.consents.items())],
        )


def _show_maybe(maybe: tuple[Maybe, ...]) -> None:
    if maybe:
        output.heading("May be the same person")
        output.rows(
            ("score", "person", ""),
            [(m.suggestion.score, m.person, "; ".join(m.suggestion.evidence)) for m in maybe],
        )
        output.line("Look with rapport review show ID ID.")


def _show_counts(title: str, counts: Mapping[str, int]) -> None:
    if counts:
        output.heading(title)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        output.rows(("", ""), [(name, count) for name, count in ordered])


def _show_applications(applications: Mapping[str, Application]) -> None:
    if applications:
        output.heading("Applications")
        output.rows(
            ("job", "started (UTC)", "step", "submitted (UTC)"),
            [
                (job, output.clock(a.started), a.step or "–", output.clock(a.submitted))
                for job, a in sorted(applications.items())
            ],
        )
