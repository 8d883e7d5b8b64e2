"""The one row of `book` that stops mail, or lets it reach further."""

import msgspec

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import SendingRow, bind, store_errors
from rapport.brake import NOTHING_SWITCHED, Sending


class DynamoSendings:
    """The port `Sendings`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def sending(self) -> Sending:
        """The row, read strongly consistent; `NOTHING_SWITCHED` when there is none."""
        with store_errors():
            try:
                row = SendingRow.get(*keys.sending_key(), consistent_read=True)
            except SendingRow.DoesNotExist:
                return NOTHING_SWITCHED
        return msgspec.json.decode(row.sending, type=Sending)

    def put_sending(self, sending: Sending, *, after: Sending) -> None:
        """Let a row follow another; ConflictError when somebody else was faster."""
        row = SendingRow(
            *keys.sending_key(),
            version=sending.version,
            sending=msgspec.json.encode(sending, order="sorted").decode(),
        )
        before = (
            SendingRow.version == after.version
            if after.version
            else SendingRow.version.does_not_exist()
        )
        with store_errors():
            row.save(condition=before)
