"""Whose views a batch has to look at, each once.

Identifiers lead to persons through their clusters. A person who changed holds one of the
identifiers of the records that changed them, or the cluster says that it is unsettled; then all its
persons are looked at, and it is settled when all went well.

A batch that may have been here before looks at everybody in the clusters that it touches, and at
all that their identifiers had for views: whoever died may have left any of them behind.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rapport.domain.identifiers import Ref, is_strong
from rapport.domain.labels import taken
from rapport.errors import RapportError
from rapport.identity import Cluster, Clusters, Group, Mark
from rapport.refreshing.ahead import Ahead
from rapport.refreshing.partitions import News
from rapport.refreshing.views import Look, Views


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Work to be delivered again from a position on; `subject` is a ref or a log key's part."""

    sequence: str
    subject: str
    error: RapportError


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """How many views were written, and what has to be done again."""

    views: int
    failures: tuple[Failure, ...]


def _parted(news: Iterable[News], group: Group) -> tuple[list[News], list[News]]:
    """What is news of a person, and what stays with the cookie that it came from."""
    theirs: list[News] = []
    others: list[News] = []
    for item in news:
        mine = item.label in taken(group.members, item.strongs)
        (theirs if mine else others).append(item)
    return theirs, others


class Todo:
    """Who is still to be looked at: people before cookies, each for all reasons at once."""

    def __init__(self) -> None:
        self._people: dict[Ref, Look] = {}
        self._cookies: dict[Ref, Look] = {}

    def add(self, ref: Ref, look: Look) -> None:
        """Somebody has to be looked at, for one more reason."""
        queue = self._people if is_strong(ref) else self._cookies
        if ref in queue:
            queue[ref].add(look)
        else:
            queue[ref] = replace(look, news=list(look.news))

    def __bool__(self) -> bool:
        """Whether anybody is left."""
        return bool(self._people or self._cookies)

    def pop(self) -> tuple[Ref, Look]:
        """The next one."""
        queue = self._people or self._cookies
        ref = next(iter(queue))
        return ref, queue.pop(ref)


@dataclass(frozen=True, kw_only=True)
class Persons:
    """Refreshes the views of everybody whom a batch touched."""

    views: Views
    clusters: Clusters

    def refresh(self, touched: Mapping[Ref, Look], ahead: Ahead | None = None) -> Refreshed:
        """Look at the persons of identifiers and at cookies. Store errors become failures."""
        ahead = Ahead() if ahead is None else ahead
        todo, unsettled = Todo(), set[Mark]()
        written = 0
        failures: list[Failure] = []
        try:
            unsettled = self._plan(touched, todo, ahead)
        except RapportError as error:
            first = min(touched, key=lambda ref: touched[ref].cause.sequence)
            at = touched[first].cause.sequence
            return Refreshed(views=0, failures=(Failure(sequence=at, subject=first, error=error),))
        while todo:
            ref, look = todo.pop()
            try:
                looked = self.views.look(ref, look, ahead.take(ref))
            except RapportError as error:
                at = look.cause.sequence
                failures.append(Failure(sequence=at, subject=ref, error=error))
                continue
            written += looked.written
            for other, why in looked.next.items():
                if looked.anew or is_strong(other):
                    ahead.forget(other)
                todo.add(other, why)
        for mark in sorted(unsettled) if not failures else ():
            self.clusters.settle(mark)
        return Refreshed(views=written, failures=tuple(failures))

    def _plan(self, touched: Mapping[Ref, Look], todo: Todo, ahead: Ahead) -> set[Mark]:
        """Fill in whom to look at; returns the clusters that are unsettled."""
        unknown = [ref for ref in touched if is_strong(ref) and ref not in ahead.clusters]
        ahead.note(self._clusters(unknown).values())
        unsettled = set()
        for ref, look in touched.items():
            cluster = ahead.clusters.get(ref)
            if cluster is None:
                todo.add(ref, look)
                continue
            group = cluster.group_of(ref)
            theirs, others = _parted(look.news, group)
            todo.add(group.root, replace(look, news=theirs))
            for news in others:
                todo.add(news.partition, Look(cause=look.cause, news=[news]))
            if cluster.unsettled:
                unsettled.add(Mark(cluster.id, cluster.version))
            if cluster.unsettled or look.thorough:
                for root in set(cluster.roots):
                    anyway = cluster.unsettled
                    todo.add(root, Look(cause=look.cause, thorough=True, anyway=anyway))
        return unsettled

    def _clusters(self, refs: list[Ref]) -> dict[Ref, Cluster]:
        if not refs:
            return {}
        pointers = self.clusters.pointers(refs)
        stored = self.clusters.clusters({p.cluster for p in pointers.values() if p.cluster})
        return {
            ref: stored[pointer.cluster]
            for ref, pointer in pointers.items()
            if pointer.cluster in stored
        }
