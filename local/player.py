"""Plays visitors with the unmodified `segment-analytics-python`; see players.py for the protocol.

`python -m local.player API_URL`
"""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from segment.analytics.client import Client

AT_ONCE = 8


class Player:
    """One SDK client per visitor and write key, as each browser and server has its own."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._clients: dict[tuple[str, str], Client] = {}
        self._failed: dict[tuple[str, str], list[str]] = {}
        self._lock = threading.Lock()
        self._out = threading.Lock()

    def play(self, command: dict[str, Any]) -> None:
        """Play one burst of calls and report it when the API has answered."""
        whose = (command["visitor"], command["writeKey"])
        client = self._client(whose)
        clicked_at = time.time_ns() // 1_000_000
        for call in command["calls"]:
            _call(client, dict(call))
        client.flush()
        with self._lock:
            failed, self._failed[whose] = self._failed[whose], []
        line = json.dumps({"id": command["id"], "clickedAt": clicked_at, "failed": failed})
        with self._out:
            print(line, flush=True)

    def _client(self, whose: tuple[str, str]) -> Client:
        with self._lock:
            if whose not in self._clients:
                self._failed[whose] = []
                self._clients[whose] = Client(
                    whose[1],
                    host=self._host,
                    # A burst is queued within a millisecond and leaves as one request.
                    upload_interval=0.02,
                    max_retries=3,
                    on_error=lambda error, batch: self._note(whose, error, len(batch)),
                )
            return self._clients[whose]

    def _note(self, whose: tuple[str, str], error: Exception, events: int) -> None:
        with self._lock:
            self._failed[whose] += [str(error)] * events


def _call(client: Client, call: dict[str, Any]) -> None:
    moment = call.pop("timestamp", None)
    client_call = getattr(client, call.pop("kind"))
    renamed = {"anonymousId": "anonymous_id", "userId": "user_id", "messageId": "message_id"}
    arguments = {renamed.get(name, name): value for name, value in call.items()}
    if moment is not None:
        arguments["timestamp"] = datetime.fromtimestamp(moment / 1000, UTC)
    client_call(**arguments)


def main() -> None:
    """Play every command of standard input, several visitors at once."""
    player = Player(sys.argv[1])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for line in sys.stdin:
            pool.submit(player.play, json.loads(line)).add_done_callback(lambda done: done.result())


if __name__ == "__main__":
    main()
