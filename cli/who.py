"""`rapport who ID`: one person, by everything that is known of them."""

from collections.abc import Mapping

from cli import addresses, candidacies, output
from cli import waits as waiting
from rapport.domain.jobs import Application
from rapport.viewing.identities import Identity
from rapport.viewing.signups import Signups
from rapport.viewing.who import Maybe, Who


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
    show_signups(answer.signups)
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


def show_signups(told: Signups) -> None:
    """Places at events, and job alerts, if there are any."""
    if told.places:
        output.heading("Places at events")
        output.rows(
            ("event", "", "since (UTC)", "was there (UTC)"),
            [
                (p.occasion, p.standing.value, output.clock(p.since), output.clock(p.arrived_at))
                for p in told.places
            ],
        )
    for key, alert in told.alerts:
        output.heading(f"Job alert {alert.name}".rstrip())
        whose = "said by its owner" if alert.own else "asked for"
        paused = ", paused" if alert.paused else ""
        output.line(f"{key}: {whose} {output.clock(alert.at)} UTC{paused}")
        output.rows(("", ""), [(name, ", ".join(v)) for name, v in sorted(alert.values.items())])


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
