"""The names of static lists, in one partition of `book`: the port `ListNames`."""

from contextlib import suppress

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import ListRow, bind, store_errors
from rapport.errors import ConflictError


class DynamoListNames:
    """The port `ListNames`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def note(self, key: str) -> None:
        """Keep a name; harmless to repeat."""
        with suppress(ConflictError), store_errors():
            ListRow(*keys.list_key(key)).save(condition=ListRow.pk.does_not_exist())

    def all(self) -> list[str]:
        """Every name that is kept, in order."""
        with store_errors():
            return [str(row.sk) for row in ListRow.query(keys.LISTS, consistent_read=True)]
