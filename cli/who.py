"""`rapport who ID`: a person's profile, their address, what waits for them, the last decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cli import output
from cli import waits as waiting
from cli.decisions import Told, decisions
from cli.finding import Found, partitions
from cli.store import Stores
from rapport.domain.address import AddressState
from rapport.domain.event import Json
from rapport.domain.identifiers import Namespace, Ref, identifier, namespace_of
from rapport.domain.jobs import Application
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.tally import fold_partition

LAST = 5


@dataclass(frozen=True, kw_only=True)
class Who:
    """What is known of one person. `version` 0: folded just now, for no view is stored yet."""

    found: Found
    profile: Profile
    version: int
    address: AddressState | None
    waits: waiting.Waits
    decisions: tuple[Told, ...]


def who(stores: Stores, found: Found, *, now: datetime) -> Who:
    """The stored profile; what the log gives where `enrich` has not written one yet."""
    view = stores.people.view(found.person)
    if view is None:
        folds = [fold_partition(ref, rows) for ref, rows in partitions(stores, found.root)]
        profile, version = fold_profile(found.root, folds), 0
    else:
        profile, version = view.profile, view.version
    ref = _address_of(stores, profile)
    return Who(
        found=found,
        profile=profile,
        version=version,
        address=None if ref is None else stores.book.address(ref),
        waits=waiting.waits(stores, found.root, now=now),
        decisions=tuple(decisions(stores.log.partition(found.root))[-LAST:]),
    )


def _address_of(stores: Stores, profile: Profile) -> Ref | None:
    if namespace_of(profile.root) is Namespace.EMAIL:
        return profile.root
    address = identifier(Namespace.EMAIL, profile.attribute("email"))
    return None if address is None else stores.pseudonyms.ref(Namespace.EMAIL, address.value)


def to_json(answer: Who) -> dict[str, Json]:
    """The answer for programs."""
    profile = answer.profile
    return {
        "person": answer.found.person,
        "known_as": answer.found.asked,
        "root": answer.found.root,
        "version": answer.version,
        "first_seen": _iso(profile.first),
        "last_seen": _iso(profile.last),
        "attributes": {
            name: {"value": r.value, "trust": r.trust.value, "at": output.iso(r.at)}
            for name, r in sorted(profile.attributes.items())
        },
        "totals": dict(profile.totals),
        "interests": dict(profile.interests),
        "applications": {
            job: {"started": _iso(a.started), "step": a.step, "submitted": _iso(a.submitted)}
            for job, a in sorted(profile.applications.items())
        },
        "cookies": list[Json](profile.cookies),
        "address": None if answer.address is None else _address_json(answer.address),
        **waiting.to_json(answer.waits),
        "decisions": [told.summary() for told in answer.decisions],
    }


def _address_json(state: AddressState) -> dict[str, Json]:
    return {
        "ref": state.ref,
        "confirmed_at": _iso(state.confirmed_at),
        "confirmation_asked_at": _iso(state.confirmation_asked_at),
        "consents": {
            topic: {
                "status": c.status.value,
                "at": output.iso(c.at),
                "statement": c.statement,
                "event_id": c.event_id,
            }
            for topic, c in sorted(state.consents.items())
        },
        "suppressions": {
            scope: {"reason": s.reason, "at": output.iso(s.at)}
            for scope, s in sorted(state.suppressions.items())
        },
        "mails": len(state.ledger),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else output.iso(moment)


def show(answer: Who) -> None:
    """The answer for people."""
    profile, found = answer.profile, answer.found
    output.line(f"{found.person}, known as {found.asked}", "bold")
    output.line(f"seen {output.clock(profile.first)} to {output.clock(profile.last)} UTC")
    if answer.version == 0:
        output.line("The profile is not stored yet; this is what the log gives now.")
    if profile.attributes:
        output.heading("Attributes")
        output.rows(
            ("", "trust", "since (UTC)", ""),
            [
                (name, r.trust.value, output.clock(r.at), r.value)
                for name, r in sorted(profile.attributes.items())
            ],
        )
    _show_counts("Events", profile.totals)
    _show_counts("Interests", profile.interests)
    _show_applications(profile.applications)
    if profile.cookies:
        output.heading("Browsers")
        for cookie in profile.cookies:
            output.line(cookie)
    _show_address(answer.address)
    waiting.show(answer.waits)
    output.heading("Last decisions")
    if not answer.decisions:
        output.line("None was made.")
    for told in answer.decisions:
        output.line(told.headline)


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


def _show_address(state: AddressState | None) -> None:
    output.heading("Address")
    if state is None:
        output.line("No e-mail address is known.")
        return
    if state.confirmed_at is not None:
        output.line(f"Confirmed {output.clock(state.confirmed_at)}.")
    elif state.confirmation_asked_at is not None:
        asked = output.clock(state.confirmation_asked_at)
        output.line(f"Not confirmed; it was asked to confirm {asked}.")
    else:
        output.line("Not confirmed, and never asked to confirm.")
    for topic, consent in sorted(state.consents.items()):
        output.line(f"Consent to {topic}: {consent.status.value} {output.clock(consent.at)}.")
    for scope, stop in sorted(state.suppressions.items()):
        output.line(f"Suppressed for {scope}: {stop.reason}, {output.clock(stop.at)}.")
    output.line(f"{len(state.ledger)} mails count in its ledger.")
