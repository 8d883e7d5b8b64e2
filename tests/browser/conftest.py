"""What every test in a real browser needs: Chromium, and servers of ours on this machine."""

from collections.abc import Iterator

import pytest

from tests.support.browser import browser, page_of
from tests.support.tracked import Api, Site
from tests.support.web import serving

__all__ = ["browser", "page_of"]


@pytest.fixture
def api() -> Iterator[Api]:
    """The API, of an origin of its own."""
    api = Api()
    with serving(api.reply) as port:
        api.port = port
        yield api


@pytest.fixture
def site(api: Api) -> Iterator[Site]:
    """The career site, with the tracker in every page."""
    site = Site(api_url=api.url)
    with serving(site.reply) as port:
        site.port = port
        yield site
