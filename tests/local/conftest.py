"""Servers for the tests of the local stack: ours on a free port, and a stand-in behind them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from local.exchange import Exchange, Server
from tests.support.web import Recorded, Serve


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a reply function on a free port until the test ends."""
    with ExitStack() as stack:

        def start(reply: Callable[[Exchange], None]) -> int:
            server = Server(0, reply)
            stack.callback(server.server_close)
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return int(server.server_address[1])

        yield start


@pytest.fixture
def behind(serve: Serve) -> Recorded:
    """The stand-in for what our server talks to."""
    recorded = Recorded()
    recorded.port = serve(recorded.reply)
    return recorded
