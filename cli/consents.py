"""`rapport consent ID`: what somebody agreed to and took back, with the proofs; what they wish."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from cli import clock, config, output
from cli.finding import Found, find
from cli.store import Stores, open_stores
from rapport.bundle import Bundle
from rapport.domain.address import AddressState, Consent, ConsentStatus
from rapport.domain.event import Json
from rapport.domain.granting import holds
from rapport.domain.identifiers import Namespace, Ref, namespace_of
from rapport.domain.person import NOTHING_WISHED, Wishes

commands = typer.Typer()
_WAYS = {
    "confirmation": "by confirming the address",
    "preferences": "on the page of preferences",
    "one-click": "by the one click of a mail program",
    "page": "on the page behind a mail's link",
    "mail": "by a mail to the address in the header",
}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One address: its state, and every word of consent, the oldest first."""

    state: AddressState
    words: tuple[tuple[str, Consent], ...]


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


def kept(stores: Stores, found: Found) -> list[Kept]:
    """What is kept of each address of a person."""
    refs = [ref for ref in found.group.members if namespace_of(ref) is Namespace.EMAIL]
    return [_kept(stores, ref) for ref in refs]


def _kept(stores: Stores, ref: Ref) -> Kept:
    return Kept(state=stores.book.address(ref), words=tuple(stores.preferences.history(ref)))


def to_json(each: Kept, *, bundle: Bundle | None = None) -> dict[str, Json]:
    """An address for programs. With a bundle the words carry the text that was agreed to."""
    state = each.state
    return {
        "ref": state.ref,
        "confirmed_at": output.iso_or_none(state.confirmed_at),
        "words": [
            {**_word_json(topic, word), **({} if bundle is None else _text(bundle, word))}
            for topic, word in each.words
        ],
        "holds": {topic: _word_json(topic, word) for topic, word in sorted(state.consents.items())},
        "suppressions": {
            scope: {
                "reason": stop.reason,
                "at": output.iso(stop.at),
                "until": output.iso_or_none(stop.until),
                "event_id": stop.event_id,
            }
            for scope, stop in sorted(state.suppressions.items())
        },
        "wishes": _wishes_json(state.wishes),
    }


def _word_json(topic: str, word: Consent) -> dict[str, Json]:
    return {
        "topic": topic,
        "status": word.status.value,
        "at": output.iso(word.at),
        "statement": word.statement or None,
        "statement_hash": word.statement_hash or None,
        "source": word.source or None,
        "jurisdiction": word.jurisdiction or None,
        "language": word.language or None,
        "expires_at": output.iso_or_none(word.expires_at),
        "event_id": word.event_id,
    }


def _text(bundle: Bundle, word: Consent) -> Mapping[str, Json]:
    """The text of the statement if it is still kept, and whether it is the one agreed to."""
    found = (s for s in bundle.statements if s.id == word.statement)
    text = next((s.said(word.language).text for s in found), None)
    if text is None:
        return {"text": None, "text_matches_hash": None}
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"text": text, "text_matches_hash": digest == word.statement_hash}


def _wishes_json(wishes: Wishes) -> dict[str, Json]:
    return {
        "per_year": wishes.per_year,
        "paused_until": output.iso_or_none(wishes.paused_until),
        "topics_off": [*sorted(wishes.topics_off)],
        "language": wishes.language or None,
        "changed_at": output.iso_or_none(wishes.changed_at),
    }


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


def _how(word: Consent) -> str:
    parts = [_WAYS.get(word.source, word.source or "in a way that was not recorded")]
    if word.statement:
        spoken = f", in {word.language}" if word.language else ""
        parts.append(f"statement {word.statement} ({word.statement_hash[:12]}{spoken})")
    if word.jurisdiction:
        parts.append(f"law of {word.jurisdiction}")
    if word.expires_at is not None:
        parts.append(f"until {output.clock(word.expires_at)}")
    return "; ".join([*parts, f"event {word.event_id}"])
