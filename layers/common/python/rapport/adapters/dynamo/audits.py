"""The trail of what operators did: a row under its day, and one more under whom it was about."""

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import AuditRow, bind, store_errors, transaction
from rapport.auditing import MAX_PAGE, Ended, Entry, Page
from rapport.domain.event import from_millis, millis
from rapport.errors import ConflictError


class DynamoAudits:
    """The port `Audits`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def put(self, entry: Entry) -> None:
        """Keep an entry, for good; harmless to repeat."""
        try:
            with store_errors(), transaction() as write:
                for place in entry.places:
                    write.save(_row(place, entry), condition=AuditRow.pk.does_not_exist())
        except ConflictError:
            # It is there already: rows are written once, both or none.
            return

    def of(self, place: str, *, after: str = "", limit: int = MAX_PAGE) -> Page:
        """The entries of a UTC day (`2026-11-23`) or of a person (`p_…`), the newest first."""
        pk = keys.audit_key(place, "").pk
        with store_errors():
            rows = [
                *AuditRow.query(
                    pk,
                    AuditRow.sk < after if after else None,
                    scan_index_forward=False,
                    consistent_read=True,
                    limit=limit + 1,
                )
            ]
        more = rows[limit - 1].sk if len(rows) > limit else ""
        return Page(entries=[_read(row) for row in rows[:limit]], after=more)


def _row(place: str, entry: Entry) -> AuditRow:
    return AuditRow(
        *keys.audit_key(place, entry.position),
        at=millis(entry.at),
        id=entry.id,
        who=entry.who,
        action=entry.action,
        ended=entry.ended.value,
        about=entry.about or None,
        groups=[*entry.fields] or None,
        why=entry.why or None,
        request=entry.request or None,
        status=entry.status or None,
        people=entry.people or None,
    )


def _read(row: AuditRow) -> Entry:
    return Entry(
        id=row.id,
        at=from_millis(int(row.at)),
        who=row.who,
        action=row.action,
        ended=Ended(row.ended),
        about=row.about or "",
        fields=tuple(row.groups or ()),
        why=row.why or "",
        request=row.request or "",
        status=int(row.status or 0),
        people=int(row.people or 0),
    )
