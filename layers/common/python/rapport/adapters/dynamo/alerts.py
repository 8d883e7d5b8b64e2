"""Job alerts in DynamoDB: the port `Alerts`, a row beside that of the address."""

import json
from contextlib import suppress

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import AlertRow, bind, store_errors
from rapport.alerts import Alert
from rapport.domain.event import from_millis, millis
from rapport.domain.identifiers import Ref
from rapport.errors import ConflictError


class DynamoAlerts:
    """The port `Alerts`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def get(self, address: Ref) -> Alert | None:
        """The alert of an address."""
        with store_errors():
            try:
                row = AlertRow.get(*keys.alert_key(address), consistent_read=True)
            except AlertRow.DoesNotExist:
                return None
        return Alert(values=json.loads(row.values), at=from_millis(int(row.at)), own=bool(row.own))

    def begin(self, address: Ref, alert: Alert) -> None:
        """Keep what a form stated, unless its owner said something themselves."""
        with suppress(ConflictError), store_errors():
            _row(address, alert).save(condition=AlertRow.own.does_not_exist())

    def change(self, address: Ref, alert: Alert) -> None:
        """Keep what its owner said."""
        with store_errors():
            _row(address, alert).save()

    def remove(self, address: Ref) -> None:
        """There is none any more; harmless to repeat."""
        with store_errors():
            AlertRow(*keys.alert_key(address)).delete()


def _row(address: Ref, alert: Alert) -> AlertRow:
    return AlertRow(
        *keys.alert_key(address),
        values=json.dumps(dict(alert.values), sort_keys=True, ensure_ascii=False),
        at=millis(alert.at),
        own=True if alert.own else None,
    )
