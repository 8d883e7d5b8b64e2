"""The hands of a pilot: commands, HTTP routes of operators, and what a mail server says."""

import contextlib
import io
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from local import layout, outside
from local.description import Description
from local.faults import LocalError
from local.inbox import Inbox, ask
from local.layout import Place
from local.operators import email_of
from local.signing_in import access_token
from rapport.domain.operators import Role

POLL_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 120.0
_T = TypeVar("_T")


class ShortError(LocalError):
    """The pilot did not come to what it should; the text says what was missing."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    text: str

    @property
    def json(self) -> Any:
        """The JSON document that it printed."""
        return json.loads(self.text)


@dataclass(frozen=True, kw_only=True)
class Hands:
    """The doors of one stack. `folder` is for files that commands read and write."""

    place: Place
    stack: Description
    folder: Path

    @cached_property
    def box(self) -> Inbox:
        """Every mail that was handed to SES."""
        return Inbox(self.place.mailbox_url)

    def command(self, *words: str, by: str, fails: bool = False) -> Said:
        """Run `rapport …` as somebody; ShortError if it ends otherwise than it should."""
        from cli.main import app

        printed = io.StringIO()
        with (
            self._as(by),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            try:
                app(list(words))
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            else:
                code = 0
        said = Said(code=code, text=printed.getvalue())
        if bool(code) is not fails:
            msg = f"`rapport {' '.join(words)}` ended with {code}: {said.text.strip()[-600:]}"
            raise ShortError(msg)
        return said

    @contextlib.contextmanager
    def _as(self, by: str) -> Iterator[None]:
        """The environment of somebody at a keyboard of this machine."""
        theirs = layout.aws_env(self.place.emulator_url) | {
            "RAPPORT_CONFIG": str(self.place.local_json),
            "LOGNAME": by,
        }
        before = dict(os.environ)
        os.environ.update(theirs)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def desk(
        self, role: Role, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, Any]:
        """A call of the operators' API as the demo's operator of a role; status and JSON."""
        token = access_token(self.stack, email_of(role))
        raw = None if body is None else json.dumps(body).encode()
        url = f"{self.place.api_url}/desk/v1{path}"
        headers = {"Authorization": f"Bearer {token}"}
        answer = ask(method, url, raw, "application/json", headers=headers)
        return answer.status, json.loads(answer.body) if answer.body else None

    def reported(
        self,
        kind: str,
        mails: Sequence[Mapping[str, Any]],
        told: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    ) -> None:
        """Let SES say something of mails: its reports are put where its rule would put them."""
        queue = outside.client(self.stack, "sqs")
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(
                    outside.by_bus(outside.report(mail, kind, at, told(mail) if told else None))
                ),
            }
            for number, mail in enumerate(mails)
        ]
        for first in range(0, len(entries), outside.AT_ONCE):
            queue.send_message_batch(
                QueueUrl=self.stack["queues"]["feedback"],
                Entries=entries[first : first + outside.AT_ONCE],
            )


def until(look: Callable[[], _T | None], what: str, *, seconds: float = PATIENCE_SECONDS) -> _T:
    """Look until there is something; ShortError when it does not come in time."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            msg = f"{what} did not come within {seconds:.0f} s"
            raise ShortError(msg)
        time.sleep(POLL_SECONDS)
    return found


def expect(what: str, got: object, wanted: object) -> None:
    """Nothing, or ShortError with both."""
    if got != wanted:
        msg = f"{what}: {got}, not {wanted}"
        raise ShortError(msg)


def expect_words(what: str, said: Said, words: str) -> None:
    """Nothing, or ShortError when a command did not say so."""
    if words not in said.text:
        msg = f"{what}: it said {said.text.strip()[-300:]!r}, not {words!r}"
        raise ShortError(msg)


def expect_that(what: str, *, holds: bool) -> None:
    """Nothing, or ShortError when it does not hold."""
    if not holds:
        msg = f"{what}: it is not so"
        raise ShortError(msg)
