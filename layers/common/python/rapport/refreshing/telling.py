"""What a view write tells: the news of its person, and what became of the profile itself."""

from collections.abc import Iterable, Mapping

from rapport.domain.decision import digest
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.domain.occurrence import Occurrence
from rapport.domain.profile import Profile
from rapport.events import PROFILE_CHANGED, PROFILE_CREATED
from rapport.ports import View
from rapport.records import ID_CHARS
from rapport.refreshing.partitions import News
from rapport.vocabulary import Fact

MAX_SEEN = 8


def unseen(news: Iterable[News], view: View | None) -> list[News]:
    """The news that a view did not publish before, in order."""
    seen = {} if view is None else view.seen
    left = (n for n in news if not n.certain or n.sequence > seen.get(n.partition, ""))
    return sorted(left, key=lambda n: n.sequence)


def seen_with(view: View | None, news: Iterable[News]) -> dict[Ref, str]:
    """The positions published up to, of the partitions with the latest news.

    A partition that is dropped costs a repetition at most, and only if its batch is repeated.
    """
    seen = {} if view is None else dict(view.seen)
    for item in news:
        seen[item.partition] = max(item.sequence, seen.get(item.partition, ""))
    latest = sorted(seen.items(), key=lambda entry: entry[1], reverse=True)[:MAX_SEEN]
    return dict(latest)


def becoming(
    profile: Profile, version: int, before: Profile | None, *, known: bool, cause: Event
) -> list[Occurrence]:
    """That a person is known now, or that one of their attributes has another value.

    `before` is the profile of the view as it was; `known`: somebody with other identifiers of the
    person had a view.
    """
    if before is None:
        return [] if known else [_occurrence(PROFILE_CREATED, profile, version, cause)]
    if before.moved_to is not None or _values(before) == _values(profile):
        return []
    return [_occurrence(PROFILE_CHANGED, profile, version, cause)]


def differs(profile: Profile, before: Profile | None) -> bool:
    """Whether what is known of a person by name is other than before."""
    return (
        before is None or _values(before) != _values(profile) or before.members != profile.members
    )


def _values(profile: Profile) -> Mapping[str, str]:
    return {name: told.value for name, told in profile.attributes.items() if told.value}


def _occurrence(fact: Fact, profile: Profile, version: int, cause: Event) -> Occurrence:
    return Occurrence(
        name=fact.name,
        event_id=f"p_{digest(fact.name, profile.person, str(version))[:ID_CHARS]}",
        origin=cause.origin,
        occurred_at=cause.at,
        received_at=cause.received_at,
        log_pk=cause.key.pk,
        log_sk=cause.key.sk,
    )
