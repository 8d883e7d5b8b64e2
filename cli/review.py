"""`rapport review`: people who may be one person, and an operator's answer.

Nobody is joined because of a likeness: an answer is an operator's word like any other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cli import output, rulings
from cli.errors import CommandError
from cli.rulings import Answer, Manner, Verb, Word
from cli.store import Stores
from rapport.domain.event import Json
from rapport.domain.profile import Profile
from rapport.identity import Group, groups_of
from rapport.suggestions import Suggestion
from rapport.viewing.finding import find
from rapport.viewing.identities import Identity, identities
from rapport.viewing.people import folded

MOST = 100


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two people of now who may be one, and the suggestion that says so."""

    left: Group
    right: Group
    suggestion: Suggestion


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two, for a look."""

    group: Group
    profile: Profile
    identities: tuple[Identity, ...]


def queue(stores: Stores) -> list[Pair]:
    """What waits for an answer, the likeliest first; those who are one person by now left out."""
    open_ones = stores.suggestions.queue(limit=MOST)
    groups = groups_of(stores.clusters, {ref for each in open_ones for ref in each.pair})
    return [
        Pair(left=groups[a], right=groups[b], suggestion=each)
        for each in open_ones
        for a, b in [each.pair]
        if groups[a].root != groups[b].root
    ]


def pair_of(stores: Stores, one: str, other: str) -> Pair:
    """Two people with the best open suggestion about them; CommandError when there is none."""
    best, *_ = _open(stores, one, other)
    left, right = find(stores, one), find(stores, other)
    return Pair(left=left.group, right=right.group, suggestion=best)


def _open(stores: Stores, one: str, other: str) -> list[Suggestion]:
    mine, theirs = set(find(stores, one).members), set(find(stores, other).members)
    about = [
        each
        for each in stores.suggestions.of(mine)
        if not mine.isdisjoint(each.pair) and not theirs.isdisjoint(each.pair)
    ]
    if about and mine != theirs:
        return about
    msg = (
        f"Nothing suggests that {one} and {other} are one person; rapport review lists what waits."
    )
    raise CommandError(msg)


def same(stores: Stores, one: str, other: str, manner: Manner) -> Answer:
    """The two are one person: a link, and the suggestion is answered."""
    return _answered(
        stores, one, other, lambda asked: rulings.word(stores, Verb.LINK, asked), manner
    )


def different(stores: Stores, one: str, other: str, manner: Manner) -> Answer:
    """The two are two people, whatever will ever name them together."""
    return _answered(stores, one, other, lambda asked: rulings.apart(stores, asked), manner)


def _answered(
    stores: Stores,
    one: str,
    other: str,
    word: Callable[[Sequence[str]], Word],
    manner: Manner,
) -> Answer:
    """Say it, then take whatever suggested the opposite out of the queue."""
    open_ones = _open(stores, one, other)
    answer = rulings.say(stores, word([one, other]), manner)
    for suggestion in open_ones:
        stores.suggestions.close(suggestion.pair)
    return answer


def sides(stores: Stores, found: Pair) -> tuple[Side, Side]:
    """Both people as they are now."""
    left, right = (
        Side(
            group=group,
            profile=folded(stores, group.root, group.members),
            identities=tuple(identities(stores, group.members)),
        )
        for group in (found.left, found.right)
    )
    return left, right


def to_json(found: Pair) -> dict[str, Json]:
    """A pair for programs."""
    return {
        "people": [found.left.person, found.right.person],
        "pair": list[Json](found.suggestion.pair),
        "score": found.suggestion.score,
        "evidence": list[Json](found.suggestion.evidence),
        "at": output.iso(found.suggestion.at),
    }


def side_json(side: Side) -> dict[str, Json]:
    """One of the two for programs."""
    return {
        "person": side.group.person,
        "identities": [{"ref": each.ref, "value": each.value} for each in side.identities],
        "attributes": {name: r.value for name, r in sorted(side.profile.attributes.items())},
        "totals": dict(side.profile.totals),
    }


def show_queue(pairs: list[Pair]) -> None:
    """One line per pair."""
    if not pairs:
        output.line("Nobody waits for an answer.")
        return
    output.rows(
        ("score", "one", "the other", "evidence"),
        [
            (
                pair.suggestion.score,
                pair.left.person,
                pair.right.person,
                " ".join(pair.suggestion.evidence),
            )
            for pair in pairs
        ],
    )
    output.line("Answer with rapport review same ID ID, or rapport review different ID ID.")


def show(found: Pair, left: Side, right: Side) -> None:
    """Both people side by side."""
    output.line(f"score {found.suggestion.score} of 100", "bold")
    for sentence in found.suggestion.evidence:
        output.line(f"· {sentence}")
    output.heading("Side by side")
    lines = [("identifiers", _known(left), _known(right))]
    lines += _lines(_attributes(left.profile), _attributes(right.profile))
    lines.append(("seen", _seen(left.profile), _seen(right.profile)))
    output.rows(("", left.group.person, right.group.person), lines)


def _known(side: Side) -> str:
    return ", ".join(each.words for each in side.identities)


def _seen(profile: Profile) -> str:
    return f"{output.clock(profile.first)} to {output.clock(profile.last)}"


def _attributes(profile: Profile) -> dict[str, str]:
    return {name: r.value for name, r in profile.attributes.items()}


def _lines(left: Mapping[str, str], right: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [
        (name, left.get(name) or "–", right.get(name) or "–") for name in sorted({*left, *right})
    ]
