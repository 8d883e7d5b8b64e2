"""One person's view: folded from what is stored, written only when there is something to say.

The view is read before its inputs and written on the condition that nobody wrote it since; so of
two shards that work on one person at the same time, the one that writes later has read both.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from functions.enrich.partitions import ATTEMPTS, News
from rapport.domain.identifiers import Ref, is_strong, person_id
from rapport.domain.profile import fold_profile
from rapport.errors import ConflictError
from rapport.ports import People, View

MAX_SEEN = 8


def refresh(
    root: Ref, news: Sequence[News], *, people: People, now: Callable[[], datetime]
) -> bool:
    """Bring the view of the person rooted there up to date, with the news in it; True if written.

    News that this view published before are left out, so a repeated batch writes nothing. News
    whose owner may have changed since are published again: consumers know them by their key.
    Raises ConflictError when others kept writing the same view.
    """
    person = person_id(root)
    for _ in range(ATTEMPTS):
        view = people.view(person)
        profile = fold_profile(root, [people.partition(r)[0] for r in people.partitions_of(root)])
        seen = {} if view is None else view.seen
        unseen = sorted(
            (n for n in news if not n.certain or n.sequence > seen.get(n.partition, "")),
            key=lambda n: n.sequence,
        )
        # A cookie whose history went to somebody gets a view even so: a late twin of this
        # invocation may be about to write the one from before, and only a version stops it. A
        # strong identifier without events was erased, and stays without a view.
        gone = is_strong(root) and not profile.totals
        stands = gone if view is None else view.profile == profile
        if stands and not unseen:
            return False
        after = View(
            profile=profile,
            version=1 if view is None else view.version + 1,
            seen=_seen(seen, unseen),
        )
        if people.save_view(after, [n.occurrence for n in unseen], now=now()):
            return True
    msg = f"the view of {person} was written by others {ATTEMPTS} times in a row"
    raise ConflictError(msg)


def _seen(before: Mapping[Ref, str], news: Sequence[News]) -> dict[Ref, str]:
    """The positions published up to, of the partitions with the latest news.

    A partition that is dropped costs a repetition at most, and only if its batch is repeated.
    """
    seen = dict(before)
    for item in news:
        seen[item.partition] = max(item.sequence, seen.get(item.partition, ""))
    latest = sorted(seen.items(), key=lambda entry: entry[1], reverse=True)[:MAX_SEEN]
    return dict(latest)
