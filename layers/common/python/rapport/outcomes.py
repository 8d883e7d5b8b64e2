"""How mails fare: the port that keeps the facts of each mail, beside those of `rapport.ports`."""

from typing import Protocol

from rapport.domain.fate import Fate


class Fates(Protocol):
    """What is known of each mail after it left, by send key."""

    def fate(self, send_key: str) -> Fate:
        """What is known; an empty `Fate` when nothing is."""
        ...

    def learn(self, send_key: str, news: Fate) -> Fate:
        """Join `news` into what is known, and what is known then.

        In any order and with any repeats the result is the same.
        """
        ...
