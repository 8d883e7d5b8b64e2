"""The port of mail that came in, beside those of `rapport.ports`; same rules."""

from typing import Protocol


class Inbox(Protocol):
    """Messages as they came in, by the names that SES gave them."""

    def read(self, name: str, *, most: int) -> bytes | None:
        """The first `most` bytes of a message; None when it is there no more."""
        ...

    def drop(self, name: str) -> None:
        """Take a message away for good; harmless to repeat."""
        ...
