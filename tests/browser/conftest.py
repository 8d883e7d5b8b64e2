"""What every test in a real browser needs: Chromium, and servers of ours on this machine."""

from tests.support.browser import browser, page_of

__all__ = ["browser", "page_of"]
