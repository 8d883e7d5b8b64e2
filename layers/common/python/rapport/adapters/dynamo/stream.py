"""DynamoDB stream records, as Lambda hands them over, in Rapport's terms.

Positions (sequence numbers) are decimal text of differing length; padded to one width they compare
as text. Source: the Lambda guide's DynamoDB event shape; sequence numbers have up to 40 digits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rapport.adapters.dynamo.models import ViewRow, from_stream
from rapport.adapters.dynamo.view_rows import occurrences_from_json
from rapport.domain.decision import ABOUT, FactRef
from rapport.domain.event import LogKey, from_millis
from rapport.domain.identifiers import PersonId
from rapport.ports import SealedEvent

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
    image = record["dynamodb"].get("NewImage")
    if record["eventName"] == "REMOVE" or image is None:
        return []
    row: ViewRow = from_stream(ViewRow, image)
    person = PersonId(row.pk.partition("#")[2])
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
