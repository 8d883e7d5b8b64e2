"""The review queue, and under what people are filed, in DynamoDB.

A suggestion stands three times: beside either person, and in the queue. The row beside the smaller
root is the one that the others follow: all three change in one transaction, on its condition.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pynamodb.expressions.condition import Condition, size

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.calls import TABLE_NAMES, ThroughModels, get_many
from rapport.adapters.dynamo.models import (
    AlikeRow,
    FiledRow,
    PeopleTable,
    SuggestionRow,
    bind,
    store_errors,
    transaction,
)
from rapport.domain.event import LogKey, from_millis, millis
from rapport.domain.identifiers import Ref
from rapport.errors import ConflictError
from rapport.suggestions import MAX_SHARING, Suggestion

_TRIES = 8


class DynamoSuggestions:
    """The ports `Suggestions` and `Files`."""

    def __init__(self, table: str) -> None:
        """Work on the people table of that name."""
        bind(people=table)

    def of(self, members: Iterable[Ref]) -> list[Suggestion]:
        """The open suggestions about a person's identifiers, best first."""
        found = {s.pair: s for member in members for s in self._beside(member)}
        return sorted(found.values(), key=lambda s: (-s.score, s.pair))

    def queue(self, *, limit: int) -> list[Suggestion]:
        """The open suggestions of the deployment, best first."""
        with store_errors():
            rows = SuggestionRow.query(keys.SUGGESTED, consistent_read=True, limit=limit)
            return [_suggestion(row) for row in rows]

    def put(self, found: Sequence[Suggestion]) -> None:
        """Note suggestions; one about the same two replaces the other, unless it says the same."""
        for suggestion in found:
            self._replace(suggestion.pair, suggestion)

    def close(self, pair: tuple[Ref, Ref]) -> None:
        """Take a suggestion out of the queue; harmless when there is none."""
        self._replace(pair, None)

    def file(self, root: Ref, keys_: Sequence[str]) -> frozenset[Ref]:
        """File a person under these keys and no others; whoever else is there."""
        filed = FiledRow(*keys.filed_key(root))
        place = {keys.alike_key(key): key for key in keys_}
        stored, rows = self._filed(root, place)
        gone = stored - set(keys_)
        if set(keys_) - stored:
            # Before the keys: one that was noted and not used costs nothing, the reverse is lost.
            with store_errors():
                filed.update(actions=[FiledRow.keys.add(set(keys_)), FiledRow.kind.set(FiledRow)])
        others: set[Ref] = set()
        for key in keys_:
            row = rows.get(key)
            there = set() if row is None else {*(row.roots or ())}
            if row is not None and row.common:
                continue
            others |= {Ref(each) for each in (there if root in there else self._add(key, root))}
        for key in sorted(gone):
            self._remove(key, root)
        if gone:
            with store_errors():
                filed.update(actions=[FiledRow.keys.delete(gone)])
        return frozenset(others - {root})

    def forget(self, root: Ref) -> None:
        """Take a person out of every key, and what suggests anything of them out of the queue."""
        stored, _ = self._filed(root, {})
        for suggestion in self._beside(root):
            self.close(suggestion.pair)
        for key in sorted(stored):
            self._remove(key, root)
        if stored:
            with store_errors():
                FiledRow(*keys.filed_key(root)).delete()

    def _filed(self, root: Ref, place: dict[LogKey, str]) -> tuple[set[str], dict[str, Any]]:
        """The keys that a person is filed under, and the rows of others that were asked for."""
        found = get_many(
            ThroughModels(),
            TABLE_NAMES[PeopleTable.table],
            [keys.filed_key(root), *place],
            consistent=True,
        )
        rows = [PeopleTable.from_raw_data(item) for item in found]
        stored = next((set(row.keys or ()) for row in rows if isinstance(row, FiledRow)), set())
        return stored, {
            place[LogKey(row.pk, row.sk)]: row for row in rows if isinstance(row, AlikeRow)
        }

    def _add(self, key: str, root: Ref) -> set[str]:
        """Who is there once this one is; nobody if they are too many."""
        row = AlikeRow(*keys.alike_key(key))
        room: Condition = AlikeRow.common.does_not_exist()
        room &= (
            AlikeRow.roots.does_not_exist()
            | (size(AlikeRow.roots) < MAX_SHARING)  # type: ignore[no-untyped-call]
            | AlikeRow.roots.contains(root)
        )
        try:
            with store_errors():
                row.update(
                    actions=[AlikeRow.roots.add({root}), AlikeRow.kind.set(AlikeRow)],
                    condition=room,
                )
        except ConflictError:
            with store_errors():
                row.update(
                    actions=[
                        AlikeRow.common.set(True),
                        AlikeRow.roots.remove(),
                        AlikeRow.kind.set(AlikeRow),
                    ]
                )
            return set()
        return {*(row.roots or ())}

    def _remove(self, key: str, root: Ref) -> None:
        with store_errors():
            AlikeRow(*keys.alike_key(key)).update(
                actions=[AlikeRow.roots.delete({root}), AlikeRow.kind.set(AlikeRow)]
            )

    def _beside(self, root: Ref) -> list[Suggestion]:
        with store_errors():
            rows = SuggestionRow.query(
                keys.filed_key(root).pk,
                SuggestionRow.sk.startswith(keys.SUGGESTION_PREFIX),
                consistent_read=True,
            )
            return [_suggestion(row) for row in rows]

    def _replace(self, pair: tuple[Ref, Ref], after: Suggestion | None) -> None:
        for _ in range(_TRIES):
            before = self._stored(pair)
            if _says(before) == _says(after):
                return
            try:
                self._write(pair, before, after)
            except ConflictError:
                continue
            return
        msg = f"the suggestion about {pair[0]} and {pair[1]} was written again and again"
        raise ConflictError(msg)

    def _stored(self, pair: tuple[Ref, Ref]) -> Suggestion | None:
        with store_errors():
            try:
                row = SuggestionRow.get(*keys.suggestion_key(*pair), consistent_read=True)
            except SuggestionRow.DoesNotExist:
                return None
        return _suggestion(row)

    def _write(
        self, pair: tuple[Ref, Ref], before: Suggestion | None, after: Suggestion | None
    ) -> None:
        unchanged = SuggestionRow.pk.does_not_exist()
        if before is not None:
            same = (SuggestionRow.score == before.score) & (SuggestionRow.at == millis(before.at))
            unchanged = same & (SuggestionRow.evidence == list(before.evidence))
        first, second = keys.suggestion_key(*pair), keys.suggestion_key(*pair[::-1])
        old = None if before is None else keys.queued_key(before.score, pair)
        with store_errors(), transaction() as write:
            if after is None:
                write.delete(SuggestionRow(*first), condition=unchanged)
                write.delete(SuggestionRow(*second))
            else:
                new = keys.queued_key(after.score, pair)
                write.save(_row(first, after), condition=unchanged)
                write.save(_row(second, after))
                write.save(_row(new, after))
                old = None if old == new else old
            if old is not None:
                write.delete(SuggestionRow(*old))


def _says(suggestion: Suggestion | None) -> tuple[object, ...] | None:
    return None if suggestion is None else (suggestion.score, suggestion.evidence)


def _row(place: LogKey, suggestion: Suggestion) -> SuggestionRow:
    return SuggestionRow(
        *place,
        pair=list(suggestion.pair),
        score=suggestion.score,
        evidence=list(suggestion.evidence),
        at=millis(suggestion.at),
    )


def _suggestion(row: Any) -> Suggestion:
    a, b = row.pair
    return Suggestion(
        pair=(Ref(a), Ref(b)),
        score=int(row.score),
        evidence=tuple(row.evidence),
        at=from_millis(int(row.at)),
    )
