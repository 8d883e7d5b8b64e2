"""What mail that comes in needs from the world: ports beside those of `rapport.ports`."""

from datetime import datetime
from typing import Protocol


class Inbox(Protocol):
    """Messages as they came in, by the names that SES gave them."""

    def read(self, name: str, *, most: int) -> bytes | None:
        """The first `most` bytes of a message; None when it is there no more."""
        ...

    def drop(self, name: str) -> None:
        """Take a message away for good; harmless to repeat."""
        ...


class Forwards(Protocol):
    """Which answers were passed on to whoever they are for."""

    def claim(self, answer: str, now: datetime) -> bool:
        """Take it on to pass an answer on; False when somebody did."""
        ...

    def give_back(self, answer: str, now: datetime) -> None:
        """It certainly was not passed on; somebody may take it on again."""
        ...
