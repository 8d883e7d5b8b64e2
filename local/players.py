"""Two real SDKs, each in a process of its own, told what to play line by line.

    → {"id": 7, "visitor": "Ana", "writeKey": "wk_…", "calls": [call, …]}
    ← {"id": 7, "clickedAt": 1764000000123, "failed": ["why", …]}

A call is {"kind": "page" | "track" | "identify", …} with the fields of the message that the SDK
puts on the wire; `timestamp` (milliseconds) and `messageId` only where a delivery is repeated.
The calls of one command leave as one request. The answer comes when the API has answered; `failed`
has one text per event that the SDK gave up on.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from local import layout, processes
from local.faults import LocalError
from local.layout import REPO, Place

Sdk = Literal["python", "node"]
Call = Mapping[str, Any]
PATIENCE_SECONDS = 60.0
CLOSING_SECONDS = 2.0
NODE_SCRIPT = Path(__file__).with_name("day.mjs")


@dataclass(frozen=True, kw_only=True)
class Played:
    """One burst as the API took it; `clicked_at` is in milliseconds since 1970."""

    clicked_at: int
    failed: Sequence[str]


class Player:
    """One SDK's process."""

    def __init__(self, sdk: Sdk, argv: Sequence[str], *, env: Mapping[str, str], log: Path) -> None:
        """Start it."""
        self._sdk = sdk
        self._log = log
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[Played]] = {}
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                argv,
                env=dict(env),
                cwd=REPO,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def play(self, visitor: str, write_key: str, calls: Sequence[Call]) -> Played:
        """Play one burst and wait for the API's answer."""
        future: Future[Played] = Future()
        with self._lock:
            number = len(self._waiting) + 1
            self._waiting[number] = future
            command = {"id": number, "visitor": visitor, "writeKey": write_key, "calls": calls}
            try:
                _open(self._process.stdin).write(json.dumps(command) + "\n")
                _open(self._process.stdin).flush()
            except OSError:
                """It died; the reader has noticed or will, and tells why."""
        try:
            return future.result(PATIENCE_SECONDS)
        except TimeoutError as error:
            msg = (
                f"The {self._sdk} SDK got no answer for {PATIENCE_SECONDS:.0f} s; see {self._log}."
            )
            raise LocalError(msg) from error

    def close(self) -> None:
        """End the process; it has nothing left to send."""
        with suppress(BrokenPipeError):
            # The end of its input ends it; a command may still be on its way to a dead process.
            _open(self._process.stdin).close()
        try:
            self._process.wait(CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            # The group: `node` of the wheel is a small Python program that starts the real one.
            processes.stop_group(self._process.pid)
            self._process.wait()
        self._reader.join()
        _open(self._process.stdout).close()

    def _read(self) -> None:
        for line in _open(self._process.stdout):
            answer = json.loads(line)
            with self._lock:
                future = self._waiting[answer["id"]]
            future.set_result(Played(clicked_at=answer["clickedAt"], failed=answer["failed"]))
        with self._lock:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(self._ended())

    def _ended(self) -> LocalError:
        return LocalError(f"The {self._sdk} SDK's process ended; its output is in {self._log}.")


class Players:
    """Both SDKs; a context manager that ends their processes."""

    def __init__(self, place: Place) -> None:
        """Start both."""
        layout.node_module("@segment/analytics-node")
        env = layout.aws_env(place.emulator_url)
        api = place.api_url
        self._players: dict[Sdk, Player] = {
            "python": Player(
                "python",
                [sys.executable, "-m", "local.player", api],
                env=env,
                log=place.log("sdk-python"),
            ),
            "node": Player(
                "node",
                [layout.node(), str(NODE_SCRIPT), api],
                env=env,
                log=place.log("sdk-node"),
            ),
        }

    def play(self, sdk: Sdk, visitor: str, write_key: str, calls: Sequence[Call]) -> Played:
        """Play one burst with one of the SDKs."""
        return self._players[sdk].play(visitor, write_key, calls)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for player in self._players.values():
            player.close()


def _open(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        msg = "the process was started without pipes"
        raise AssertionError(msg)
    return stream
