"""DynamoDB stream records, as Lambda hands them over, in Rapport's terms.

Positions (sequence numbers) are decimal text of differing length; padded to one width they compare
as text. Source: the Lambda guide's DynamoDB event shape; sequence numbers have up to 40 digits.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from rapport.adapters.dynamo.models import ViewRow, from_stream
from rapport.adapters.dynamo.view_rows import NO_ROW, occurrences_from_json
from rapport.domain.decision import ABOUT, FactRef
from rapport.domain.event import LogKey, from_millis
from rapport.domain.identifiers import PersonId
from rapport.ports import FinderChange, SealedEvent

SEQUENCE_DIGITS = 40
RECEIVED_AT = "tr"


def position(record: Mapping[str, Any]) -> str:
    """The record's padded position in the stream."""
    return str(record["dynamodb"]["SequenceNumber"]).zfill(SEQUENCE_DIGITS)


def raw_position(record: Mapping[str, Any]) -> str:
    """The record's position as Lambda wants it back in `batchItemFailures`."""
    return str(record["dynamodb"]["SequenceNumber"])


def sealed_events(records: Sequence[Mapping[str, Any]]) -> list[SealedEvent]:
    """The rows that were put into the log; removals are left out."""
    found = []
    for record in records:
        image = record["dynamodb"].get("NewImage")
        if record["eventName"] != "INSERT" or image is None:
            continue
        found.append(
            SealedEvent(
                key=LogKey(image["pk"]["S"], image["sk"]["S"]),
                sequence=position(record),
                received_at=from_millis(int(image[RECEIVED_AT]["N"])),
                row=image,
            )
        )
    return found


def view_occurrences(record: Mapping[str, Any]) -> list[tuple[FactRef, int]]:
    """The facts that a view write carries, each with the view's version."""
    row = _view(record)
    if row is None:
        return []
    person = _person(record)
    return [
        (
            FactRef(
                name=o.name,
                event_id=o.event_id,
                person=person,
                origin=o.origin.value,
                occurred_at=o.occurred_at,
                received_at=o.received_at,
                log_pk=o.log_pk,
                log_sk=o.log_sk,
                **{name: getattr(o, name) for name in ABOUT},
            ),
            int(row.version),
        )
        for o in occurrences_from_json(row.facts or "[]")
    ]


def finder_change(record: Mapping[str, Any]) -> FinderChange | None:
    """What a view write says of the person's row of the finder; None: it stays as it is."""
    row = _view(record)
    if row is None:
        return FinderChange(person=_person(record), version=None, row=None)
    told = bytes(row.finder or b"")
    if not told:
        return None
    return FinderChange(
        person=_person(record), version=int(row.version), row=None if told == NO_ROW else told
    )


def _view(record: Mapping[str, Any]) -> ViewRow | None:
    """The view that was written; None of one that was erased."""
    image = record["dynamodb"].get("NewImage")
    if record["eventName"] == "REMOVE" or image is None:
        return None
    return cast("ViewRow", from_stream(ViewRow, image))


def _person(record: Mapping[str, Any]) -> PersonId:
    told = record["dynamodb"].get("NewImage") or record["dynamodb"]["Keys"]
    return PersonId(told["pk"]["S"].partition("#")[2])
