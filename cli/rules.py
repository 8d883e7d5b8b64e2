"""`rapport identity`: what other rules would make of everything that happened, and using them.

`diff` reads the whole log, which costs a read of every row, and changes nothing. `apply` puts the
rules in force, waits until every worker has them, resolves every cluster again and writes the
profiles that are others now. A worker that was slow is found by looking again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

from cli import clock, output, workers
from cli.errors import CommandError
from cli.store import Stores
from cli.strict_yaml import load
from rapport.absorb import Absorb
from rapport.domain.decision import Decision
from rapport.domain.event import Json, Origin
from rapport.domain.identifiers import Ref, is_strong, person_id
from rapport.domain.run import waiting
from rapport.extraction import observe
from rapport.identity import Cluster
from rapport.identity_rules import READ_SECONDS, LiveRules, RulesFile, parse
from rapport.replay import Difference, MailDiffers, Persons, Regrouping, Replay, difference
from rapport.viewing.decisions import decisions
from rapport.viewing.identities import in_words

EXAMPLES = 10
PASSES = 5
TRIES = 8


class Keeper(Protocol):
    """Where the rules in force are kept."""

    def put_identity_rules(self, text: str, *, now: datetime) -> None:
        """Put rules in force."""
        ...


def read(path: Path) -> RulesFile:
    """The rules in a file; CommandError when there is none, MisconfiguredError when it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"{path}: {error.strerror}; give a file as playbooks/identity.yaml is one."
        raise CommandError(msg) from error
    return parse(load(text))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the rules change. `waits`: reminders that wait for somebody who changes."""

    events: int
    before: Persons
    after: Persons
    change: Difference
    waits: int
    words: dict[Ref, str]


def diff(stores: Stores, new: RulesFile) -> Answer:
    """The log under the rules in force and under others."""
    replay, made, count = _replayed(stores)
    before = replay.persons(stores.rules(), stores.alike)
    after = replay.persons(new.rules(stores.pseudonyms), stores.alike)
    change = difference(before, after, made)
    concerned = {ref for root in change.touched for ref in (*_of(before, root), *_of(after, root))}
    told = {ref for each in _examples(change) for ref in (each.one, *each.several)}
    return Answer(
        events=count,
        before=before,
        after=after,
        change=change,
        waits=sum(len(waiting(stores.runs.of(ref))) for ref in sorted(concerned)),
        words=in_words(stores, sorted(told)),
    )


def _replayed(stores: Stores) -> tuple[Replay, list[Decision], int]:
    replay, made, count = Replay(), list[Decision](), 0
    for place in stores.finder.places():
        rows = stores.log.partition(place)
        count += len(rows)
        made += [told.decision for told in decisions(rows)]
        for event in rows:
            replay.add(observe(event, stores.pseudonyms))
    return replay, made, count


def _of(persons: Persons, root: Ref) -> tuple[Ref, ...]:
    return persons.groups.get(root, ())


def _examples(change: Difference) -> tuple[Regrouping, ...]:
    return (*change.merged[:EXAMPLES], *change.split[:EXAMPLES])


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What putting rules in force came to: clusters with other persons, profiles written."""

    hash: str
    clusters: int
    regrouped: int
    profiles: int


def apply(stores: Stores, new: RulesFile) -> Applied:
    """Put rules in force. May be repeated, also after it was stopped half-way."""
    rules = cast("LiveRules", stores.rules)
    if rules.file().hash != new.hash:
        cast("Keeper", stores.book).put_identity_rules(new.to_json(), now=clock.now())
        # Whoever read the rules before has them for that long.
        clock.pause(READ_SECONDS)
    stores = _with(stores, new)
    mending = workers.mending(stores)
    profiles = seen = 0
    regrouped: set[str] = set()
    for _ in range(PASSES):
        seen, changed = 0, 0
        for cluster in stores.clusters.every():
            seen += 1
            touched = _resolved(mending.absorb, stores, cluster)
            if not touched:
                continue
            changed += 1
            regrouped.add(cluster.id)
            profiles += mending.refresh(
                touched, origin=Origin.RULES, cause="Identity Rules Applied"
            )
        if not changed:
            return Applied(
                hash=new.hash, clusters=seen, regrouped=len(regrouped), profiles=profiles
            )
    msg = f"Persons kept changing in {PASSES} passes; run it again when fewer events come."
    raise CommandError(msg)


def _with(stores: Stores, new: RulesFile) -> Stores:
    rules = new.rules(stores.pseudonyms)
    return replace(stores, rules=lambda: rules)


def _resolved(absorb: Absorb, stores: Stores, cluster: Cluster) -> frozenset[Ref]:
    """Whose profiles to look at after a cluster was resolved again; nobody's if nothing changed.

    A cluster that is unsettled was left by somebody who did not come to the end.
    """
    for _ in range(TRIES):
        change = absorb.again(cluster)
        after = cluster if change is None else change.write[0][0]
        if (after.groups, after.roots) == (cluster.groups, cluster.roots):
            return frozenset(cluster.roots) if cluster.unsettled else frozenset()
        if change is not None and stores.clusters.commit(change):
            return frozenset({*cluster.roots, *after.roots})
        found = stores.clusters.clusters([cluster.id]).get(cluster.id)
        if found is None:
            return frozenset()
        cluster = found
    msg = f"The cluster {cluster.id} was written by others {TRIES} times in a row; run it again."
    raise CommandError(msg)


def to_json(answer: Answer) -> dict[str, Json]:
    """The answer for programs."""
    change = answer.change
    return {
        "events": answer.events,
        "people": {"now": len(answer.before.groups), "then": len(answer.after.groups)},
        "merges_gained": change.merges_gained,
        "merges_lost": change.merges_lost,
        "merged": [_regrouped_json(each) for each in change.merged],
        "split": [_regrouped_json(each) for each in change.split],
        "mails": [_mail_json(each) for each in change.mails],
        "waiting": answer.waits,
    }


def _regrouped_json(each: Regrouping) -> Json:
    several: list[Json] = [person_id(root) for root in each.several]
    return {"one": person_id(each.one), "several": several}


def _mail_json(mail: MailDiffers) -> Json:
    return {
        "program": mail.decision.intent.program,
        "send_id": mail.decision.send_id,
        "at": output.iso(mail.decision.decided_at),
        "was": "sent" if mail.sent else "not sent",
        "would_be": "not sent" if mail.sent else "sent",
        "because_of": mail.because.send_id,
    }


def show(answer: Answer) -> None:
    """The answer for people."""
    change = answer.change
    now, then = len(answer.before.groups), len(answer.after.groups)
    output.line(f"{answer.events} events read: {now} people now, {then} under these rules.", "bold")
    output.line(f"+{change.merges_gained} merges, -{change.merges_lost} merges.")
    for title, found in (("One person then", change.merged), ("Several then", change.split)):
        if found:
            output.heading(f"{title}: {len(found)}")
            for line in _lines(answer, found[:EXAMPLES], merged=title.startswith("One")):
                output.line(line)
            if len(found) > EXAMPLES:
                output.line(f"… and {len(found) - EXAMPLES} more; --json lists all.")
    fewer = sum(mail.sent for mail in change.mails)
    output.heading("Mails")
    output.line(f"{fewer} that were sent would not have been: the person had had them already.")
    output.line(f"{len(change.mails) - fewer} that were not sent would have been.")
    output.line(f"{answer.waits} wait for somebody who changes; each is judged when it is due.")


def _lines(answer: Answer, found: Iterable[Regrouping], *, merged: bool) -> Iterator[str]:
    side = answer.after if merged else answer.before
    for each in found:
        parts = " | ".join(answer.words.get(root, root) for root in each.several)
        why = _why(side, each) if merged else _stopped(answer.after, each)
        yield f"{person_id(each.one)}: {parts}{why}"


def _why(side: Persons, each: Regrouping) -> str:
    """What ties them."""
    joins = side.resolutions[each.one].joins
    group = set(side.groups[each.one])
    rules = sorted({join.rule for join in joins if group.issuperset(join.pair)})
    return f" ({', '.join(rules)})"


def _stopped(after: Persons, each: Regrouping) -> str:
    """What keeps them apart."""
    guards = {
        refused.guard
        for root in each.several
        if is_strong(root) and root in after.resolutions
        for refused in after.resolutions[root].refused
        if {after.roots.get(ref) for ref in refused.pair} & set(each.several)
    }
    return f" ({', '.join(sorted(guards))})" if guards else ""
