"""`rapport who ID --why`: how the identifiers of a person came to be one person, and what did not.

Joins and refusals are those of the live rules over what was observed. What was stored when persons
became one, or two, stands beside them: it does not depend on the rules of today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from cli import output
from cli.store import Stores
from rapport.domain import names
from rapport.domain.cluster import Pair, State, standing
from rapport.domain.event import Event, Json, LogKey
from rapport.domain.identifiers import PersonId, Ref, person_id
from rapport.domain.observation import Ruling
from rapport.domain.resolve import Join, Refused, Resolution, resolve
from rapport.viewing.decisions import properties
from rapport.viewing.finding import Found, state_of
from rapport.viewing.identities import event_at, in_words, told
from rapport.viewing.people import folded

RECEIPTS = (names.PROFILE_MERGED, names.PROFILE_SPLIT)
_OPERATOR = "operator"


@dataclass(frozen=True, kw_only=True)
class Brought:
    """An attribute of which a join had to choose, or that only one side had."""

    name: str
    left: str
    right: str
    won: str


@dataclass(frozen=True, kw_only=True)
class Joined:
    """One join: `event` showed it (None: it is not kept), `because` tells it in a sentence."""

    join: Join
    event: Event | None
    because: str
    brought: tuple[Brought, ...]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Two identifiers that stayed two persons' although something ties them, and why."""

    pair: Pair
    guard: str
    because: str
    people: tuple[PersonId, ...]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What was stored when persons became one, or one became several."""

    event: Event
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Joins:
    """Everything that made a person, or was kept from it; receipts by time."""

    joins: tuple[Joined, ...]
    kept: tuple[Kept, ...]
    receipts: tuple[Receipt, ...]
    quarantined: bool


def joins(stores: Stores, found: Found) -> Joins:
    """How the person came to be, under the live rules."""
    state = state_of(stores, found.members)
    made = resolve(state, stores.rules(), stores.alike)
    mine = set(found.members)
    ours = [join for join in made.joins if mine.issuperset(join.pair)]
    refused = {r.pair: r for r in (*made.refused, *_declared(state))}
    theirs = [r for pair, r in sorted(refused.items()) if len(mine.intersection(pair)) == 1]
    named = {*mine, *(ref for each in theirs for ref in each.pair)}
    words = in_words(stores, sorted(named))
    return Joins(
        joins=tuple(_joined(stores, join, state, words) for join in ours),
        kept=tuple(_kept(stores, each, state, made, words) for each in theirs),
        receipts=tuple(_receipts(stores, found.members)),
        quarantined=not mine.isdisjoint(made.quarantined),
    )


def _declared(state: State) -> list[Refused]:
    """Those whom an operator keeps apart, whether or not anything else ties them."""
    return [
        Refused(pair=(a, b), guard="apart", detail=f"{a} and {b} were declared two people")
        for a, b in standing(state, Ruling.APART)
    ]


def _joined(stores: Stores, join: Join, state: State, words: dict[Ref, str]) -> Joined:
    a, b = (words[ref] for ref in join.pair)
    decree = state.decrees.get(join.pair) if join.rule == _OPERATOR else None
    if decree is not None:
        event = _decreed(stores, join.pair, decree.id)
        because = f"{a} and {b}: {_by_whom(event)}"
    else:
        event = None if join.witness is None else _witness(stores, join)
        how = "declared one by" if join.rule == "alias" else "named together by"
        because = f"{a} and {b}: {how} {_which(event)}, {_trust(join)}"
    return Joined(join=join, event=event, because=because, brought=_brought(stores, join))


def _witness(stores: Stores, join: Join) -> Event | None:
    witness = join.witness
    return None if witness is None else event_at(stores, LogKey(witness.pk, witness.sk))


def _decreed(stores: Stores, pair: Pair, message_id: str) -> Event | None:
    rows = (event for ref in pair for event in stores.log.partition(ref))
    return next((event for event in rows if event.message_id == message_id), None)


def _by_whom(event: Event | None) -> str:
    if event is None:
        return "an operator said so; when and why is not kept"
    stated = properties(event)
    why = f" (“{stated['reason']}”)" if stated.get("reason") else ""
    return f"{stated.get('by') or 'an operator'} said so on {output.clock(event.at)} UTC{why}"


def _which(event: Event | None) -> str:
    if event is None:
        return "an event that is not kept"
    return f"“{event.type}” of {event.source} on {output.clock(event.at)} UTC"


def _trust(join: Join) -> str:
    return "verified by a secret key" if join.verified else "asserted only, as by a browser"


def _brought(stores: Stores, join: Join) -> tuple[Brought, ...]:
    """The attributes of the two sides as if they were two, and of both together."""
    sides = [
        {name: r.value for name, r in folded(stores, min(side), sorted(side)).attributes.items()}
        for side in (join.left, join.right, join.left | join.right)
    ]
    left, right, both = sides
    return tuple(
        Brought(
            name=name, left=left.get(name, ""), right=right.get(name, ""), won=both.get(name, "")
        )
        for name in sorted({*left, *right})
    )


def _kept(
    stores: Stores, refused: Refused, state: State, made: Resolution, words: dict[Ref, str]
) -> Kept:
    a, b = (words[ref] for ref in refused.pair)
    decree = state.decrees.get(refused.pair)
    because = f"{a} and {b}: {told(refused.detail, words)}"
    if decree is not None and decree.ruling is Ruling.APART:
        event = _decreed(stores, refused.pair, decree.id)
        because = f"{a} and {b} were declared two people: {_by_whom(event)}"
    return Kept(
        pair=refused.pair,
        guard=refused.guard,
        because=because,
        people=tuple(person_id(made.roots[ref]) for ref in refused.pair),
    )


def _receipts(stores: Stores, members: Sequence[Ref]) -> list[Receipt]:
    rows = [event for ref in members for event in stores.log.partition(ref)]
    stored = sorted((e for e in rows if e.type in RECEIPTS), key=lambda e: (e.at, e.key))
    groups = [_groups(event, side) for event in stored for side in ("before", "after")]
    words = in_words(stores, sorted({ref for people in groups for who in people for ref in who}))
    return [Receipt(event=event, sentence=_sentence(event, words)) for event in stored]


def _sentence(event: Event, words: Mapping[Ref, str]) -> str:
    """Who became whom, and whose attributes stand."""
    before, after = (
        " and ".join(f"({', '.join(words[ref] for ref in who)})" for who in _groups(event, side))
        for side in ("before", "after")
    )
    stated = properties(event)
    won, brought = _texts(stated.get("won")), stated.get("brought")
    sides = brought if isinstance(brought, dict) else {}
    stands = [
        f"{name} “{_texts(sides.get(root)).get(name, '')}” of {person_id(Ref(root))}"
        for name, root in sorted(won.items())
    ]
    return f"{before} became {after}{'; what stands: ' if stands else ''}{', '.join(stands)}"


def _groups(event: Event, side: str) -> list[list[Ref]]:
    people = cast("list[list[str]]", properties(event).get(side) or [])
    return [[Ref(ref) for ref in who] for who in people]


def _texts(raw: Json) -> dict[str, str]:
    return {name: str(value) for name, value in raw.items()} if isinstance(raw, dict) else {}


def to_json(found: Joins) -> dict[str, Json]:
    """The joins for programs."""
    return {
        "quarantined": found.quarantined,
        "joins": [_join_json(each) for each in found.joins],
        "refused": [
            {
                "pair": list[Json](kept.pair),
                "guard": kept.guard,
                "because": kept.because,
                "people": list[Json](kept.people),
            }
            for kept in found.kept
        ],
        "receipts": [
            {
                "type": receipt.event.type,
                "at": output.iso(receipt.event.at),
                "message_id": receipt.event.message_id,
                **properties(receipt.event),
            }
            for receipt in found.receipts
        ],
    }


def _join_json(joined: Joined) -> dict[str, Json]:
    event, join = joined.event, joined.join
    return {
        "pair": list[Json](join.pair),
        "rule": join.rule,
        "verified": join.verified,
        "because": joined.because,
        "left": list[Json](sorted(join.left)),
        "right": list[Json](sorted(join.right)),
        "event": None
        if event is None
        else {
            "type": event.type,
            "at": output.iso(event.at),
            "source": event.source,
            "trust": event.trust.value,
            "message_id": event.message_id,
            "partition": event.partition,
        },
        "brought": [
            {"name": b.name, "left": b.left, "right": b.right, "won": b.won} for b in joined.brought
        ],
    }


def show(found: Joins) -> None:
    """The joins for people."""
    output.heading("Why these are one person")
    if found.quarantined:
        output.line("They hang together with too many others, so nobody among them is joined.")
    elif not found.joins:
        output.line("There is nothing to join: one identifier is known.")
    for joined in found.joins:
        output.line(f"{joined.because}.")
        if joined.brought:
            output.rows(
                ("", "one side", "the other", "stands"),
                [(b.name, b.left or "–", b.right or "–", b.won or "–") for b in joined.brought],
            )
    if found.kept:
        output.heading("What did not join them to others")
        for kept in found.kept:
            output.line(f"{kept.because}.")
    if found.receipts:
        output.heading("When it happened")
        for receipt in found.receipts:
            output.line(f"{output.clock(receipt.event.at)}  {receipt.sentence}.")
