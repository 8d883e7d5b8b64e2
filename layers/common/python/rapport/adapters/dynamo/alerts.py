"""What owners said of their job alerts a moment ago: the port `Alerts`, a row beside the address.

The log has it and the profile learns it within seconds; this is for the page that is shown at once.
"""

import json
from collections.abc import Mapping

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import AlertRow, bind, store_errors
from rapport.domain.alert_rows import word_from_json
from rapport.domain.alerts import AlertWord, dumps, word_to_json
from rapport.domain.identifiers import Ref


class DynamoAlerts:
    """The port `Alerts`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def said(self, address: Ref) -> dict[str, AlertWord]:
        """The last words said from an address, by alert."""
        with store_errors():
            try:
                row = AlertRow.get(*keys.alert_key(address), consistent_read=True)
            except AlertRow.DoesNotExist:
                return {}
        told = json.loads(row.words or "{}")
        return {key: word_from_json(word) for key, word in told.items()}

    def say(self, address: Ref, words: Mapping[str, AlertWord]) -> None:
        """Keep these instead of the ones before."""
        said = dumps({key: word_to_json(word) for key, word in words.items()})
        with store_errors():
            AlertRow(*keys.alert_key(address), words=said).save()
