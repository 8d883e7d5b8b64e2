"""Servers for the tests of the local stack: ours on a free port, and a stand-in behind them."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.web import Recorded, Serve, serving


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a reply function on a free port until the test ends."""
    with ExitStack() as stack:
        yield lambda reply: stack.enter_context(serving(reply))


@pytest.fixture
def behind(serve: Serve) -> Recorded:
    """The stand-in for what our server talks to."""
    recorded = Recorded()
    recorded.port = serve(recorded.reply)
    return recorded
