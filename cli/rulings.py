"""`rapport unmerge`, `link` and `block`: an operator's word on who is one person.

The word is an event in the log. It takes effect through the stream like everything else, and what
it would change is computed beforehand from what is stored. Taking it back is another word: then
everything is as it would be without the first, with all that happened in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from cli import clock, output
from cli.errors import CommandError
from cli.people import described
from cli.preview import Preview, outcomes, preview
from cli.preview import show as show_preview
from cli.preview import to_json as preview_json
from cli.store import Stores
from rapport.domain.cluster import State, contribution, pair, standing
from rapport.domain.event import Event, Json
from rapport.domain.identifiers import Ref, is_strong
from rapport.domain.observation import Ruling
from rapport.domain.resolve import Resolution
from rapport.extraction import observe
from rapport.identity import groups_of
from rapport.ruling import decreed_event
from rapport.viewing.finding import Found, find, state_of
from rapport.viewing.identities import in_words, told

PATIENCE_SECONDS = 20.0
STEP_SECONDS = 0.5
# Times of events are kept in milliseconds.
_TICK = timedelta(milliseconds=1)


class Verb(Enum):
    """What an operator can say, and how it is told when it was never said."""

    UNMERGE = (Ruling.APART, "were never declared two people")
    LINK = (Ruling.TOGETHER, "were never declared one person")
    BLOCK = (Ruling.BLOCKED, "was never blocked")

    @property
    def ruling(self) -> Ruling:
        """The ruling that stands for it."""
        return self.value[0]

    @property
    def never(self) -> str:
        """What to tell whoever takes back what was not said."""
        return self.value[1]


@dataclass(frozen=True, kw_only=True)
class Word:
    """What is about to be said of which identifiers, each a pair or one alone."""

    about: tuple[tuple[Ref, ...], ...]
    ruling: Ruling

    @property
    def nodes(self) -> tuple[Ref, ...]:
        """The identifiers."""
        return tuple(sorted({node for nodes in self.about for node in nodes}))


def word(stores: Stores, verb: Verb, asked: Sequence[str], *, undo: bool = False) -> Word:
    """The word that a command line says; CommandError when there is nothing to say."""
    found = [_of_person(find(stores, each), verb) for each in asked]
    nodes = [_node(each) for each in found]
    if len(set(nodes)) < len(nodes):
        msg = f"{asked[0]} and {asked[1]} are the same identifier; give two."
        raise CommandError(msg)
    state = state_of(stores, nodes)
    if undo:
        return Word(about=_said(stores, verb, state, found, nodes), ruling=Ruling.NONE)
    about = tuple(sorted(nodes))
    if about in standing(state, verb.ruling):
        msg = f"{' and '.join(asked)}: that was said before and stands; --undo takes it back."
        raise CommandError(msg)
    one = len(set(groups_of(stores.clusters, nodes).values())) == 1
    if verb is Verb.UNMERGE and not one:
        msg = f"{asked[0]} and {asked[1]} are not one person, so there is nothing to part."
        raise CommandError(msg)
    if verb is Verb.LINK and one:
        msg = f"{asked[0]} and {asked[1]} are one person already ({found[0].person})."
        raise CommandError(msg)
    return Word(about=(about,), ruling=verb.ruling)


def apart(stores: Stores, asked: Sequence[str]) -> Word:
    """The word that two persons, who are two now, shall stay two."""
    found = [_of_person(find(stores, each), Verb.UNMERGE) for each in asked]
    nodes = [_node(each) for each in found]
    if len(set(groups_of(stores.clusters, nodes).values())) == 1:
        msg = (
            f"{asked[0]} and {asked[1]} are one person ({found[0].person});"
            f" rapport unmerge {asked[0]} {asked[1]} parts them."
        )
        raise CommandError(msg)
    return Word(about=(pair(*nodes),), ruling=Ruling.APART)


def _of_person(found: Found, verb: Verb) -> Found:
    if not is_strong(found.root):
        what = "joins nobody" if verb is Verb.BLOCK else "joins nobody and is parted from nobody"
        msg = f"{found.asked} is a browser, which {what}; give an identifier of a person."
        raise CommandError(msg)
    if verb is Verb.BLOCK and (found.named is None or found.asked.startswith("p_")):
        msg = f"{found.asked} is a person; say which of their identifiers shall join nobody."
        raise CommandError(msg)
    return found


def _node(found: Found) -> Ref:
    named = found.named
    return named if named is not None and is_strong(named) else found.root


def _said(
    stores: Stores, verb: Verb, state: State, found: Sequence[Found], nodes: Sequence[Ref]
) -> tuple[tuple[Ref, ...], ...]:
    """What was said of exactly these, else of the persons that they belong to."""
    stand = standing(state, verb.ruling)
    exact = tuple(sorted(nodes))
    if exact in stand:
        return (exact,)
    if verb is not Verb.BLOCK:
        members = [set(each.members) for each in found]
        between = tuple(on for on in stand if _spans(on, *members))
        if between:
            return between
    asked = " and ".join(each.asked for each in found)
    msg = f"{asked} {verb.never}; there is nothing to take back."
    raise CommandError(msg)


def _spans(on: tuple[Ref, ...], left: set[Ref], right: set[Ref]) -> bool:
    return any(a in left and b in right for a, b in (on, on[::-1]))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a word. `event_id` is empty when nothing was written.

    `followed`: whether the profiles are as foreseen by now; None when nobody waited for them.
    """

    foreseen: Preview
    names: Mapping[Ref, str]
    event_id: str = ""
    followed: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a word is said: by whom and why, only to see what it would do, waiting for the effect."""

    reason: str = ""
    by: str = ""
    dry: bool = False
    wait: bool = True


def say(stores: Stores, said: Word, manner: Manner) -> Answer:
    """Write a word into the log and wait for what it does; or only foresee that."""
    event = decreed_event(
        said.about,
        said.ruling,
        reason=manner.reason,
        by=manner.by,
        now=_after_what_stands(stores, said),
    )
    then = foreseen(stores, said, event)
    people = (*then.before, *then.after)
    concerned = {ref for person in people for ref in person.members} | {*said.nodes}
    answer = Answer(foreseen=then, names=in_words(stores, sorted(concerned)))
    if manner.dry:
        return answer
    stores.log.append([event])
    followed = _follow(stores, said, event, then) if manner.wait else None
    return replace(answer, event_id=event.message_id, followed=followed)


def _after_what_stands(stores: Stores, said: Word) -> datetime:
    """Now; but later than what was said of the same before, by whatever clock that was."""
    decrees = state_of(stores, said.nodes).decrees
    before = [decrees[on].at + _TICK for on in said.about if on in decrees]
    return max([clock.now(), *before])


def _follow(stores: Stores, said: Word, event: Event, then: Preview) -> bool:
    """Whether everybody's profile came to be of their identifiers of now, within 20 s."""
    for step in range(int(PATIENCE_SECONDS / STEP_SECONDS) + 1):
        if step:
            clock.pause(STEP_SECONDS)
        if _heard(stores, said, event) and _settled(stores, then):
            return True
    return False


def _heard(stores: Stores, said: Word, event: Event) -> bool:
    """Whether the word, or one that was said later, stands."""
    decrees = state_of(stores, said.nodes).decrees
    return all(
        on in decrees and (decrees[on].id == event.message_id or decrees[on].at > event.at)
        for on in said.about
    )


def _settled(stores: Stores, then: Preview) -> bool:
    nodes = [ref for person in then.after for ref in person.members]
    groups = {group.root: group for group in groups_of(stores.clusters, nodes).values()}
    for root, group in groups.items():
        view = stores.people.view(group.person)
        # Who never did anything has no profile, before as after.
        idle = any(each.root == root and not each.profile.totals for each in then.after)
        if not idle and (view is None or view.profile.members != group.members):
            return False
    views = [stores.people.view(person.id) for person in then.gone if person.root not in groups]
    return all(view is None or view.profile.moved_to is not None for view in views)


def foreseen(stores: Stores, said: Word, event: Event) -> Preview:
    """What the word would change; CommandError when something stands in the way of a link."""
    state = state_of(stores, said.nodes)
    added = contribution(observe(event, stores.pseudonyms))
    now, then = outcomes(state, added, stores.rules(), stores.alike)
    if said.ruling is Ruling.TOGETHER:
        _must_join(stores, said.about[0], then)
    return preview(now, then, described(stores))


def _must_join(stores: Stores, wanted: tuple[Ref, ...], then: Resolution) -> None:
    """A link that would join nobody is refused, with what stands in its way."""
    if len({then.roots[ref] for ref in wanted}) == 1:
        return
    words = in_words(stores, sorted(then.roots))
    stopped = next((r for r in then.refused if r.pair == wanted), None)
    why = told(stopped.detail, words) if stopped else "they hang together with too many others"
    msg = f"They would stay two people: {why}; rapport unmerge --undo takes such a word back."
    raise CommandError(msg)


def to_json(answer: Answer) -> dict[str, Json]:
    """What came of it, for programs."""
    return {
        "event_id": answer.event_id or None,
        "followed": answer.followed,
        **preview_json(answer.foreseen),
    }


def show(answer: Answer) -> None:
    """What came of it, for people."""
    if not answer.event_id:
        output.line("Nothing is written. What it would change:")
    elif answer.followed:
        output.line("Done. What changed:")
    elif answer.followed is None:
        output.line("Said; the profiles follow within seconds. What will change:")
    else:
        output.line(
            f"Said, but the profiles have not followed within {PATIENCE_SECONDS:.0f} s; ask again"
            " later with rapport who. What will change:"
        )
    show_preview(answer.foreseen, answer.names)
