"""The in-memory twin of the port `Resumes`."""

from collections.abc import Sequence

from rapport.domain.identifiers import Ref
from rapport.uploads import Resume


class FakeResumes:
    """Files in a dict, by where they stand; what was read is noted."""

    def __init__(self) -> None:
        self.files: dict[Resume, bytes] = {}
        self.was_read: list[str] = []

    def of(self, members: Sequence[Ref]) -> list[Resume]:
        ends = {ref.partition("#")[2] for ref in members}
        theirs = [each for each in self.files if each.key.split("/")[-2] in ends]
        return sorted(theirs, key=lambda each: (each.at, each.key))

    def read(self, resume: Resume) -> bytes | None:
        self.was_read.append(resume.key)
        return self.files[resume]
