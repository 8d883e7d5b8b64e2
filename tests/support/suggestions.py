"""The in-memory twin of the review queue and of the files that fill it."""

from collections.abc import Iterable, Sequence

from rapport.domain.identifiers import Ref
from rapport.suggestions import MAX_SHARING, Suggestion
from tests.support.fakes import Calls


class FakeSuggestions:
    """The ports `Suggestions` and `Files`, in dicts."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.open: dict[tuple[Ref, Ref], Suggestion] = {}
        self.keys: dict[str, set[Ref]] = {}
        self.common: set[str] = set()

    def of(self, members: Iterable[Ref]) -> list[Suggestion]:
        self.calls.touch("suggestions.of")
        about = set(members)
        return [each for each in self._best_first() if about & {*each.pair}]

    def queue(self, *, limit: int) -> list[Suggestion]:
        self.calls.touch("suggestions.queue")
        return self._best_first()[:limit]

    def _best_first(self) -> list[Suggestion]:
        return sorted(self.open.values(), key=lambda each: (-each.score, each.pair))

    def put(self, found: Sequence[Suggestion]) -> None:
        for each in found:
            self.calls.touch("suggestions.put")
            stands = self.open.get(each.pair)
            if stands is None or (stands.score, stands.evidence) != (each.score, each.evidence):
                self.open[each.pair] = each

    def close(self, pair: tuple[Ref, Ref]) -> None:
        self.calls.touch("suggestions.close")
        self.open.pop(pair, None)

    def file(self, root: Ref, keys: Sequence[str]) -> frozenset[Ref]:
        self.calls.touch("suggestions.file")
        for key, roots in self.keys.items():
            if key not in keys:
                roots.discard(root)
        others: set[Ref] = set()
        for key in keys:
            roots = self.keys.setdefault(key, set()) | {root}
            if len(roots) > MAX_SHARING:
                self.common.add(key)
            self.keys[key] = set() if key in self.common else roots
            others |= self.keys[key]
        return frozenset(others - {root})

    def forget(self, root: Ref) -> None:
        self.calls.touch("suggestions.forget")
        for roots in self.keys.values():
            roots.discard(root)
        self.open = {pair: each for pair, each in self.open.items() if root not in pair}
