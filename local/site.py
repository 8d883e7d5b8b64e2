"""The demo career site of Halden Clinics: server-rendered, no script, one cookie of its own.

    GET  /  /jobs?category=  /jobs/{id}  /content/{slug}  /talent-network  /feed.json
    POST /talent-network      e-mail, first name, category, consent → 303 to /talent-network/thanks

Each page shown to a person is told to Rapport by the tracking SDK, in the background. A visitor is
known by the cookie `hc_anon`, a random number.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from local import markup, site_pages
from local.consent import consent
from local.exchange import Exchange
from local.feed import CATEGORIES, feed, jobs
from local.markup import CSS, HTML, PAGE_HEADERS
from local.pages import FOLDER, contents
from local.site_pages import Entry
from local.tracking import Tracker, Visit

COOKIE = "hc_anon"
COOKIE_SECONDS = 365 * 24 * 3600
ADDRESS = re.compile(r"[^@\s\"<>]+@[^@\s\"<>]+\.[^@\s\"<>]+")
LONGEST_FORM = 16 * 1024
LONGEST = {"email": 254, "first_name": 60}


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a path answers; `name` is the page call's name, empty if nothing is to be told."""

    name: str
    title: str
    html: bytes
    status: int = HTTPStatus.OK


class Site:
    """Answers requests of the career site."""

    def __init__(self, *, site_url: str, mailbox_url: str, tracker: Tracker) -> None:
        """Jobs and content are read once; they do not change while it runs."""
        self._url = site_url
        self._mailbox_url = mailbox_url
        self._tracker = tracker
        self._jobs = jobs()
        self._open = [job for job in self._jobs if job.open]
        self._contents = {content.slug: content for content in contents()}

    def reply(self, exchange: Exchange) -> None:
        """Answer one request."""
        match exchange.command, exchange.route:
            case (("GET" | "HEAD"), "/site.css"):
                exchange.answer(HTTPStatus.OK, (FOLDER / "site.css").read_bytes(), CSS)
            case (("GET" | "HEAD"), "/feed.json"):
                exchange.answer_json(feed(self._url))
            case (("GET" | "HEAD"), _):
                self._show(exchange)
            case "POST", "/talent-network":
                self._join(exchange)
            case _:
                exchange.close_connection = True
                exchange.answer(HTTPStatus.METHOD_NOT_ALLOWED, b"", HTML)

    def _show(self, exchange: Exchange) -> None:
        query = parse_qs(urlsplit(exchange.path).query)
        page = self._page(exchange.route, {name: values[0] for name, values in query.items()})
        visit, cookie = self._visit(exchange, page.title)
        exchange.answer(page.status, page.html, HTML, PAGE_HEADERS + cookie)
        if exchange.command == "GET" and page.name:
            self._tell(exchange.route, page, visit)

    def _page(self, path: str, query: Mapping[str, str]) -> Page:
        kind, _, key = path.removeprefix("/").partition("/")
        shown = query.get("category", "")
        category = shown if shown in CATEGORIES else ""
        page = _missing()
        match kind, key:
            case "", "":
                page = _found("Home", site_pages.home(self._open, [*self._contents.values()]))
            case "jobs", "":
                page = _found("Jobs", site_pages.job_list(self._open, category))
            case "jobs", _ if job := next((job for job in self._jobs if job.id == key), None):
                page = _found("Job", site_pages.job_page(job, self._url))
            case "content", _ if content := self._contents.get(key):
                page = _found("Story", site_pages.story(content))
            case "talent-network", "":
                empty = Entry(values={"category": category}, wrong={})
                page = _found("Talent Network", site_pages.join(empty))
            case "talent-network", "thanks":
                page = _found("Talent Network Thanks", site_pages.thanks(self._mailbox_url))
        return page

    def _tell(self, path: str, page: Page, visit: Visit) -> None:
        self._tracker.page(visit, page.name)
        key = path.rpartition("/")[2]
        if page.name == "Job":
            for job in self._open:
                if job.id == key:
                    self._tracker.job_viewed(visit, job)
        elif page.name == "Story":
            self._tracker.content_viewed(visit, self._contents[key])

    def _join(self, exchange: Exchange) -> None:
        length = int(exchange.headers.get("Content-Length") or 0)
        if length > LONGEST_FORM:
            exchange.close_connection = True
            exchange.answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"", HTML)
            return
        values = markup.form(b"".join(exchange.request_body()))
        entry = check(values)
        if entry.wrong:
            title, page = site_pages.join(entry)
            _, cookie = self._visit(exchange, title)
            exchange.answer(HTTPStatus.UNPROCESSABLE_ENTITY, page, HTML, PAGE_HEADERS + cookie)
            return
        visit, cookie = self._visit(exchange, "Join the talent network")
        # Queued before the answer: the click counts even if the browser goes away.
        self._tracker.joined(
            replace(visit, referrer=visit.url),
            email=values["email"],
            first_name=values["first_name"],
            category=values["category"],
        )
        headers = (("Location", "/talent-network/thanks"), *cookie)
        exchange.answer(HTTPStatus.SEE_OTHER, b"", HTML, headers)

    def _visit(self, exchange: Exchange, title: str) -> tuple[Visit, tuple[tuple[str, str], ...]]:
        """Who is here, and the cookie to set for somebody new."""
        known = _cookie(exchange.headers.get("Cookie", ""))
        anonymous_id = known or str(uuid.uuid4())
        visit = Visit(
            anonymous_id=anonymous_id,
            url=f"{self._url}{exchange.path}",
            path=exchange.route,
            title=title,
            referrer=exchange.headers.get("Referer", ""),
            user_agent=exchange.headers.get("User-Agent", ""),
            locale=exchange.headers.get("Accept-Language", "en").split(",")[0].split(";")[0],
        )
        value = f"{COOKIE}={anonymous_id}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax"
        return visit, () if known else (("Set-Cookie", value),)


def check(values: Mapping[str, str]) -> Entry:
    """What is wrong with a filled form, in words that help."""
    wrong: dict[str, str] = {}
    if not values.get("first_name"):
        wrong["first_name"] = "Please tell us how to address you."
    if not ADDRESS.fullmatch(values.get("email", "")):
        wrong["email"] = "This does not look like an e-mail address."
    wrong |= {
        name: f"Please keep it below {longest + 1} characters."
        for name, longest in LONGEST.items()
        if len(values.get(name, "")) > longest
    }
    if values.get("category") not in CATEGORIES:
        wrong["category"] = "Please choose a field of work."
    if values.get("consent") != consent().version:
        wrong["consent"] = "We may only write to you if you agree."
    return Entry(values=values, wrong=wrong)


def _found(name: str, titled: tuple[str, bytes]) -> Page:
    return Page(name=name, title=titled[0], html=titled[1])


def _missing() -> Page:
    title, html = site_pages.missing()
    return Page(name="", title=title, html=html, status=HTTPStatus.NOT_FOUND)


def _cookie(header: str) -> str:
    """The visitor's id; empty for somebody new or a cookie that is not ours."""
    try:
        morsel = SimpleCookie(header).get(COOKIE)
        return str(uuid.UUID(morsel.value)) if morsel else ""
    except (CookieError, ValueError):
        return ""
