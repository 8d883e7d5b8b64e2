"""The in-memory twin of the port `Alerts`."""

from collections.abc import Mapping

from rapport.domain.alerts import AlertWord
from rapport.domain.identifiers import Ref


class FakeAlerts:
    """Words in a dict."""

    def __init__(self) -> None:
        self.words: dict[Ref, Mapping[str, AlertWord]] = {}

    def said(self, address: Ref) -> Mapping[str, AlertWord]:
        return self.words.get(address, {})

    def say(self, address: Ref, words: Mapping[str, AlertWord]) -> None:
        self.words[address] = words
