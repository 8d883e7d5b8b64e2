"""A visit to the career site itself, page by page, as a browser without script makes it."""

import time
from collections.abc import Mapping
from http.cookiejar import CookieJar
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

from local.consent import consent
from local.feed import Job
from local.inbox import RefusedError
from local.pages import Content

PATIENCE_SECONDS = 10


class SiteVisit:
    """One visitor; `events` counts what the site tells Rapport about this visit."""

    def __init__(self, site_url: str) -> None:
        self._site = site_url
        self._opener: OpenerDirector = build_opener(
            ProxyHandler({}), HTTPCookieProcessor(CookieJar())
        )
        self.events = 0

    def home(self) -> None:
        """The front page."""
        self._open("/?tracker=server", events=1)

    def job_list(self, category: str) -> None:
        """The jobs of one category."""
        self._open(f"/jobs?category={category}", events=1)

    def job(self, job: Job) -> None:
        """An open job: a page call and Job Viewed."""
        self._open(f"/jobs/{job.id}", events=2)

    def story(self, content: Content) -> None:
        """A content page: a page call and Content Viewed."""
        self._open(f"/content/{content.key}", events=2)

    def join(self, *, email: str, first_name: str, category: str) -> int:
        """Open the form, fill and send it, see the thanks; returns when it was sent, in ms."""
        self._open(f"/talent-network?category={category}", events=1)
        fields = {"email": email, "first_name": first_name, "category": category}
        clicked = time.time_ns() // 1_000_000
        self._open("/talent-network", events=2, form=fields | {"consent": consent().version})
        return clicked

    def _open(self, path: str, *, events: int, form: Mapping[str, str] | None = None) -> None:
        body = urlencode(form).encode() if form else None
        request = Request(f"{self._site}{path}", body, {"Accept-Language": "en-GB"})  # noqa: S310 - our own address
        try:
            with self._opener.open(request, timeout=PATIENCE_SECONDS) as answer:
                answer.read()
        except URLError as error:
            msg = f"the career site's {path} failed: {error}"
            raise RefusedError(msg) from error
        self.events += events
