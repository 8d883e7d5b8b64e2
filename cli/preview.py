"""What an operator's word would change: computed from what is stored, nothing is written.

The stored clusters of everybody concerned are resolved twice, as they are and with the word said;
whoever is not the same set of identifiers both times is folded twice as well. A person keeps their
id as long as their root is the same; so the two sides are compared by it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cli import output
from rapport.domain.address import SendRecord
from rapport.domain.cluster import State, join
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId, Ref, person_id, rank
from rapport.domain.jobs import Application
from rapport.domain.profile import Profile
from rapport.domain.resolve import Alike, Resolution, resolve
from rapport.domain.rules import Rules
from rapport.domain.run import Run

GAINS, LOSES, CHANGES = "gains", "loses", "changes"


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person before or after: identifiers, profile, what waits for them, mails on the way."""

    root: Ref
    members: tuple[Ref, ...]
    profile: Profile
    waits: tuple[Run, ...] = ()
    mails: tuple[SendRecord, ...] = ()

    @property
    def id(self) -> PersonId:
        """The public id."""
        return person_id(self.root)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The persons that would not stay as they are, before and after; both by their ids.

    `whole` is everybody that the word could have concerned, as they would be.
    """

    before: tuple[Person, ...]
    after: tuple[Person, ...]
    whole: Resolution

    @property
    def gone(self) -> tuple[Person, ...]:
        """Those whose identifiers would all be others': their ids lead to them from then on."""
        roots = {person.root for person in self.after}
        return tuple(person for person in self.before if person.root not in roots)

    def former(self, person: Person) -> Person | None:
        """A person of afterwards as they are now; None for one who would be new."""
        return next((each for each in self.before if each.root == person.root), None)

    def heir(self, person: Person) -> Person:
        """Whom the id of somebody who is gone leads to."""
        return next(each for each in self.after if person.root in each.members)


class Difference(NamedTuple):
    """One thing about a person that would be otherwise: an empty text stands for nothing."""

    what: str
    name: str
    before: str
    after: str

    @property
    def verb(self) -> str:
        """Whether it is gained, lost or changed."""
        return GAINS if not self.before else LOSES if not self.after else CHANGES


def outcomes(
    state: State, said: State, rules: Rules, alike: Alike
) -> tuple[Resolution, Resolution]:
    """Who is one person now, and who would be with something more said."""
    return resolve(state, rules, alike), resolve(join(state, said), rules, alike)


def preview(
    now: Resolution, then: Resolution, describe: Callable[[Resolution, tuple[Ref, ...]], Person]
) -> Preview:
    """The persons that differ, each described as of its own side."""
    kept = set(now.groups) & set(then.groups)
    return Preview(
        before=_people(now, [g for g in now.groups if g not in kept], describe),
        after=_people(then, [g for g in then.groups if g not in kept], describe),
        whole=then,
    )


def _people(
    side: Resolution,
    groups: Iterable[tuple[Ref, ...]],
    describe: Callable[[Resolution, tuple[Ref, ...]], Person],
) -> tuple[Person, ...]:
    return tuple(sorted((describe(side, group) for group in groups), key=lambda p: p.id))


def differences(before: Person | None, after: Person) -> list[Difference]:
    """What would be otherwise about a person: attributes, then what they belong to, then mails."""
    was = {} if before is None else _facets(before)
    return [
        Difference(what, name, old, new)
        for what, names in _facets(after).items()
        for name in sorted({*was.get(what, {}), *names})
        if (old := was.get(what, {}).get(name, "")) != (new := names.get(name, ""))
    ]


def _facets(person: Person) -> dict[str, dict[str, str]]:
    profile = person.profile
    return {
        "attribute": {name: r.value for name, r in profile.attributes.items()},
        "interest": {name: f"{count}×" for name, count in profile.interests.items()},
        "application": {job: _stage(a) for job, a in profile.applications.items()},
        "consent": {topic: str(word.status) for topic, word in profile.consents.items()},
        "browser": dict.fromkeys(profile.cookies, "theirs"),
        "wait": {
            f"{run.program} {run.fact.job or run.occurrence}": f"due {output.clock(run.due)}"
            for run in person.waits
        },
        "mail": {f"{mail.program} {mail.send_id}": mail.state.value for mail in person.mails},
    }


def _stage(application: Application) -> str:
    if application.submitted is not None:
        return f"submitted {output.clock(application.submitted)}"
    return f"step {application.step}" if application.step else "started"


def to_json(found: Preview) -> dict[str, Json]:
    """The preview for programs."""
    return {
        "before": [_person_json(person) for person in found.before],
        "after": [
            {
                **_person_json(person),
                "new": found.former(person) is None,
                "changes": [
                    {"what": d.what, "name": d.name, "before": d.before, "after": d.after}
                    for d in differences(found.former(person), person)
                ],
            }
            for person in found.after
        ],
        "gone": [{"person": person.id, "leads_to": found.heir(person).id} for person in found.gone],
    }


def _person_json(person: Person) -> dict[str, Json]:
    return {"person": person.id, "root": person.root, "identifiers": list[Json](person.members)}


def show(found: Preview, names: Mapping[Ref, str]) -> None:
    """The preview for people; `names` are identifiers in words."""
    if not found.after:
        output.line("Nobody would be another person than now.")
    for person in found.after:
        former = found.former(person)
        output.heading(f"{person.id}{' (a person of their own)' if former is None else ''}")
        known = sorted(person.members, key=lambda ref: (rank(ref), ref))
        output.line(f"identifiers: {', '.join(names.get(ref, ref) for ref in known)}")
        changed = differences(former, person)
        if changed:
            output.rows(
                ("", "", "", "before", "after"),
                [(d.verb, d.what, d.name, d.before or "–", d.after or "–") for d in changed],
            )
    for person in found.gone:
        output.line(
            f"{person.id} is nobody of their own then; the id leads to {found.heir(person).id}."
        )
