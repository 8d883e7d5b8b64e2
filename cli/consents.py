"""`rapport consent ID`: what somebody agreed to and took back, with the proofs; what they wish."""

from datetime import datetime
from typing import Annotated

import typer

from cli import clock, config, output
from cli.store import Stores, open_stores
from rapport.bundle import Bundle
from rapport.domain.address import Consent, ConsentStatus
from rapport.domain.granting import holds
from rapport.domain.person import NOTHING_WISHED, Wishes
from rapport.viewing.consents import Kept, kept, to_json
from rapport.viewing.finding import find

commands = typer.Typer()


# Before the key of a form, in the source of what was ticked on it.
FORM = "form:"
_WAYS = {
    "confirmation": "by confirming the address",
    "preferences": "on the page of preferences",
    "import": "by an import, as its evidence says",
    "one-click": "by the one click of a mail program",
    "page": "on the page behind a mail's link",
    "mail": "by a mail to the address in the header",
}


@commands.command()
def consent(
    asked: Annotated[
        str, typer.Argument(metavar="ID", help="E-mail address, person id, send id, user id …")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    proof: Annotated[
        bool, typer.Option("--proof", help="The same, with the texts that were agreed to.")
    ] = False,
) -> None:
    """Show what somebody agreed to and took back, with the proofs, and what they wish."""
    deployment = config.load()
    stores = open_stores(deployment)
    found = find(stores, asked)
    known = kept(stores, found)
    if not (as_json or proof):
        show(known, now=clock.now())
        return
    bundle = live(stores, deployment) if proof else None
    told = [to_json(each, bundle=bundle) for each in known]
    output.print_json({"person": found.person, "addresses": [*told]})


def live(stores: Stores, deployment: config.Config) -> Bundle | None:
    """The live bundle; None when nothing was published."""
    from rapport.adapters.bundles import S3Bundles

    live = stores.book.live_bundle()
    return None if live is None else S3Bundles(deployment.buckets["bundle"]).get(live)


def show(found: list[Kept], *, now: datetime) -> None:
    """The addresses for people."""
    if not found:
        output.line("No e-mail address of this person is known.")
    for each in found:
        _show(each, now)


def _show(each: Kept, now: datetime) -> None:
    state = each.state
    output.heading(f"Address {state.ref}")
    confirmed = state.confirmed_at
    output.line("Not confirmed." if confirmed is None else f"Confirmed {output.clock(confirmed)}.")
    output.heading("In force")
    if not state.consents:
        output.line("Nothing was ever agreed to.")
    for topic, word in sorted(state.consents.items()):
        output.line(f"{topic}: {_standing(word, now)}.")
    for scope, stop in sorted(state.suppressions.items()):
        end = "for good" if stop.until is None else f"until {output.clock(stop.until)}"
        since = output.clock(stop.at)
        output.line(f"No mail ({scope}) since {since}, {end}: {stop.reason}.")
    for line in _wished(state.wishes, now):
        output.line(line)
    output.heading("What was said")
    output.rows(
        ("when (UTC)", "topic", "said", "how, and the proof"),
        [
            (output.clock(word.at), topic, _yes_or_no(word), _how(word))
            for topic, word in each.words
        ],
    )


def _standing(word: Consent, now: datetime) -> str:
    if word.status is ConsentStatus.WITHDRAWN:
        return f"withdrawn since {output.clock(word.at)}"
    if not holds(word, now):
        return f"ran out {output.clock(word.expires_at)}"
    end = "" if word.expires_at is None else f", until {output.clock(word.expires_at)}"
    return f"agreed since {output.clock(word.at)}{end}"


def _wished(wishes: Wishes, now: datetime) -> list[str]:
    if wishes == NOTHING_WISHED:
        return []
    said = []
    if wishes.per_year is not None:
        said.append(f"Wishes at most {wishes.per_year} mails a year.")
    if wishes.paused_until is not None and wishes.paused_until > now:
        said.append(f"Wishes no mail until {output.clock(wishes.paused_until)}.")
    if wishes.topics_off:
        said.append(f"Switched off: {', '.join(sorted(wishes.topics_off))}.")
    if wishes.language:
        said.append(f"Wishes to be written to in {wishes.language}.")
    return said


def _yes_or_no(word: Consent) -> str:
    return "yes" if word.status is ConsentStatus.GRANTED else "no"


def _way(source: str) -> str:
    if source.startswith(FORM):
        return f"on the form {source.removeprefix(FORM)}"
    return _WAYS.get(source, source or "in a way that was not recorded")


def _how(word: Consent) -> str:
    parts = [_way(word.source)]
    if word.statement:
        spoken = f", in {word.language}" if word.language else ""
        parts.append(f"statement {word.statement} ({word.statement_hash[:12]}{spoken})")
    if word.jurisdiction:
        parts.append(f"law of {word.jurisdiction}")
    if word.expires_at is not None:
        parts.append(f"until {output.clock(word.expires_at)}")
    return "; ".join([*parts, f"event {word.event_id}"])
