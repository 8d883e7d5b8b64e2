"""Published editions of blocks in memory."""

from dataclasses import dataclass, field

from rapport.content import Told


@dataclass(kw_only=True)
class FakeEditions:
    """The port `Editions`."""

    kept: dict[str, Told] = field(default_factory=dict)

    def get(self, version: str) -> Told | None:
        return self.kept.get(version)

    def put(self, edition: Told) -> None:
        self.kept[edition.version] = edition
