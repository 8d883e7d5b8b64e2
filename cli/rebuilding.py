"""`rapport rebuild`: a person folded from the log again, compared, and mended where it differs.

What differs is written as the log has it: counts of partitions at the stream position that they
stand at, identifiers, the profile. No mail comes of it: its facts have the origin `rebuild`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cli import output, workers
from cli.errors import CommandError
from cli.store import Stores
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId, Ref
from rapport.mending import Mending
from rapport.rebuild import Verdict
from rapport.viewing.finding import Found

TRIES = 3
SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One person. `mended`: what differed does so no more; None when nobody was asked to."""

    person: PersonId
    verdict: Verdict
    differences: tuple[str, ...]
    mended: bool | None = None


def one(stores: Stores, found: Found, *, check: bool) -> Compared:
    """The person who was asked for."""
    return _compare(workers.mending(stores), found.root, check=check)


def everybody(stores: Stores, *, check: bool) -> Iterator[Compared]:
    """Everybody whose events the log holds, or who has a profile, each once."""
    mending = workers.mending(stores)
    seen: set[PersonId] = set()
    profiles = (profile.root for profile in stores.finder.profiles() if profile.moved_to is None)
    for ref in (*stores.finder.places(), *profiles):
        person = mending.rebuild.group(ref).person
        if person not in seen:
            seen.add(person)
            yield _compare(mending, ref, check=check)


def _compare(mending: Mending, root: Ref, *, check: bool) -> Compared:
    rebuild = mending.rebuild
    rebuilt = rebuild.person(root)
    found = Compared(
        person=rebuilt.group.person, verdict=rebuilt.verdict, differences=rebuilt.differences
    )
    if check or rebuilt.verdict is not Verdict.DIFFERS:
        return found
    for _ in range(TRIES):
        mending.mend(rebuilt)
        rebuilt = rebuild.person(root)
        if rebuilt.verdict is not Verdict.DIFFERS:
            return replace(found, mended=True)
    return replace(found, mended=False)


def to_json(found: Compared) -> dict[str, Json]:
    """One person for programs."""
    return {
        "person": found.person,
        "verdict": found.verdict.value,
        "differences": list(found.differences),
        "mended": found.mended,
    }


def show(found: Sequence[Compared]) -> None:
    """What was compared, for people."""
    verdicts = [each.verdict for each in found]
    equal, differ = verdicts.count(Verdict.EQUAL), verdicts.count(Verdict.DIFFERS)
    output.line(
        f"{len(found)} folded from the log: {equal} equal, {differ} differ,"
        f" {verdicts.count(Verdict.BUSY)} with events of the last minutes.",
        "bold",
    )
    others = [each for each in found if each.differences]
    for each in others[:SHOWN]:
        state = {None: "", True: ": mended", False: ": still differs"}[each.mended]
        output.line(f"{each.person}{state}")
        for difference in each.differences[:SHOWN]:
            output.line(f"  {difference}")
    if len(others) > SHOWN:
        output.line(f"… and {len(others) - SHOWN} more; --json lists all.")


def judge(found: Sequence[Compared]) -> None:
    """CommandError if something differs still."""
    left = sum(each.verdict is Verdict.DIFFERS and each.mended is not True for each in found)
    if left:
        msg = f"{left} differ from the log; without --check they are mended."
        raise CommandError(msg)
