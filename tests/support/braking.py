"""The in-memory twin of the row that stops mail."""

from dataclasses import dataclass, field

from rapport.brake import NOTHING_SWITCHED, Sending
from rapport.errors import ConflictError
from tests.support.fakes import Calls


@dataclass
class FakeSendings:
    """The row; `row` may be looked at."""

    calls: Calls = field(default_factory=Calls)
    row: Sending = NOTHING_SWITCHED

    def sending(self) -> Sending:
        self.calls.touch("sendings.sending")
        return self.row

    def put_sending(self, sending: Sending, *, after: Sending) -> None:
        self.calls.touch("sendings.put_sending")
        if self.row.version != after.version:
            msg = "somebody else was faster"
            raise ConflictError(msg)
        self.row = sending
