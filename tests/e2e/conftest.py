"""One stack for the whole suite: a real `cdk deploy` on the emulator, stopped by pid at the end."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from cli import config
from cli.store import Stores, open_stores
from local import layout
from local.description import Description
from local.inbox import Inbox
from local.layout import Place, Ports
from local.progress import Teller
from local.stack import running
from tests.support.browser import browser, page_of

__all__ = ["browser", "page_of"]


@dataclass(frozen=True, kw_only=True)
class Live:
    """The running stack, and the doors through which tests look into it."""

    place: Place
    described: Description
    stores: Stores
    inbox: Inbox

    def client(self, service: str) -> Any:
        """A client of the local AWS."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=self.described["region"],
            endpoint_url=self.described["emulator_url"],
        )


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Start everything from nothing on ports of its own."""
    place = Place(ports=Ports.ephemeral(), state=tmp_path_factory.mktemp("stack"))
    before = dict(os.environ)
    with running(place, Teller()) as described:
        os.environ.update(layout.aws_env(place.emulator_url))
        yield Live(
            place=place,
            described=described,
            stores=open_stores(config.load(place.local_json)),
            inbox=Inbox(place.mailbox_url),
        )
    os.environ.clear()
    os.environ.update(before)
