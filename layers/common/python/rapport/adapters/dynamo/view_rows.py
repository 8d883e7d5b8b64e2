"""A view as its rows: all in one while that is small, else a hot one and the detail beside it.

Most events change counters and times, which stand in the hot row; the detail is written when it
changed. Both are written in one transaction, and the hot row names the version of its detail.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import DetailRow, ViewRow
from rapport.adapters.dynamo.packing import dumps, packed, unpacked
from rapport.domain.decision import ABOUT
from rapport.domain.event import Json, Origin, from_millis, millis
from rapport.domain.finder import finder_row
from rapport.domain.identifiers import Ref
from rapport.domain.occurrence import Occurrence
from rapport.domain.profile import detail_to_json, from_json, hot_to_json
from rapport.ports import View

# With keys, times and the names of attributes a row of so much is within one write unit.
_ONE_ROW = 880
# Instead of a row of the finder: there is none any more.
NO_ROW = b"\0"


class Rows(NamedTuple):
    """What a view is written as. `gone`: the detail that stands may not stay."""

    hot: ViewRow
    detail: DetailRow | None = None
    gone: DetailRow | None = None


def rows_of(view: View, occurrences: Sequence[Occurrence], *, now: datetime) -> Rows:
    """The rows to write for a view, by what is stored of it."""
    person = view.profile.person
    hot, text = hot_to_json(view.profile), detail_to_json(view.profile)
    rest = packed(text)
    row = ViewRow(
        *keys.view_key(person),
        version=view.version,
        profile=hot,
        seen=dumps(dict(view.seen)) if view.seen else None,
        facts=dumps(occurrences_to_json(occurrences)) if occurrences else None,
        finder=_finder(view),
        written_at=millis(now),
    )
    detail = DetailRow(*keys.detail_key(person), version=view.version, detail=rest)
    known, stored = view.detail_version, view.stored
    if known and stored is not None and detail_to_json(stored) == text:
        row.detail_version = known
        return Rows(row)
    if len(hot.encode()) + len(rest) + len(row.seen or "") <= _ONE_ROW:
        row.detail = rest
        clean = not known and (stored is not None or view.version == 1)
        return Rows(row, gone=None if clean else detail)
    row.detail_version = view.version
    return Rows(row, detail)


def read_view(hot: ViewRow, detail: DetailRow | None) -> View | None:
    """The view of two rows; None when they were not written together."""
    version = int(hot.detail_version or 0)
    if version and (detail is None or int(detail.version) != version):
        return None
    rest = detail.detail if version and detail is not None else hot.detail
    profile = from_json(hot.profile, unpacked(bytes(rest or b"{}")))
    return View(
        profile=profile,
        version=int(hot.version),
        seen=cast("dict[Ref, str]", json.loads(hot.seen or "{}")),
        stored=profile,
        detail_version=version,
    )


def _finder(view: View) -> bytes | None:
    """What becomes of the person's row of the finder; None: it stays as it is."""
    row = finder_row(view.profile)
    before = None if view.stored is None else finder_row(view.stored)
    if view.finder_anew or row != before:
        return NO_ROW if row is None else row
    return None


def occurrences_to_json(occurrences: Sequence[Occurrence]) -> list[Json]:
    """Occurrences as they stand in a view's row.

    Nothing is written twice: no id that a place in the log ends with, and no partition and time of
    receipt that are those of the occurrence before.
    """
    before = [None, *occurrences]
    return [
        [
            each.name,
            "" if each.log_sk.rpartition("#")[2] == each.event_id else each.event_id,
            each.origin.value,
            millis(each.occurred_at),
            0 if last and last.received_at == each.received_at else millis(each.received_at),
            "" if last and last.log_pk == each.log_pk else each.log_pk,
            each.log_sk,
            *_about(each),
        ]
        for last, each in zip(before, occurrences, strict=False)
    ]


def occurrences_from_json(text: str) -> list[Occurrence]:
    """The occurrences that a view write carries."""
    raw = cast("list[tuple[str, str, str, int, int, str, str, *tuple[str, ...]]]", json.loads(text))
    found: list[Occurrence] = []
    for name, event_id, origin, occurred, received, pk, sk, *about in raw:
        last = found[-1] if found else None
        found.append(
            Occurrence(
                name=name,
                event_id=event_id or sk.rpartition("#")[2],
                origin=Origin(origin),
                occurred_at=from_millis(occurred),
                received_at=last.received_at if last and not received else from_millis(received),
                log_pk=last.log_pk if last and not pk else pk,
                log_sk=sk,
                **dict(zip(ABOUT, about, strict=False)),
            )
        )
    return found


def _about(occurrence: Occurrence) -> list[Json]:
    """What it is about, without the empty end."""
    told: list[Json] = [getattr(occurrence, name) for name in ABOUT]
    while told and not told[-1]:
        told.pop()
    return told
