"""The demo career site of Halden Clinics: server-rendered, and works without script.

    GET  /  /jobs?category=&q=  /jobs/{id}  /content/{slug}  /talent-network  /feed.json
    POST /talent-network         e-mail, first name, category, consent → 303 to …/thanks
    GET, POST /jobs/{id}/apply   first step → 303 to …/apply/{draft}, the second → 303 to …/thanks

What is looked at is told to Rapport by the tracker in the page (site_scripts.py); what is sent, by
the site's server through `segment-analytics-python`, in the background. Where no script runs, the
server tells the pages too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from local import markup, site_apply, site_check, site_pages, site_scripts
from local.exchange import Exchange
from local.feed import CATEGORIES, Job, feed, jobs
from local.markup import CSS, HTML, PAGE_HEADERS
from local.pages import FOLDER, contents
from local.site_forms import Entry
from local.site_scripts import Scripts
from local.site_visitor import Visitor, query, visit, visitor
from local.tracking import Tracker

LONGEST_FORM = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a path answers; `name` is the page call's name, empty if nothing is to be told."""

    name: str
    title: str
    html: bytes
    status: int = HTTPStatus.OK


class Site:
    """Answers requests of the career site."""

    def __init__(
        self, *, site_url: str, mailbox_url: str, tracker: Tracker, scripts: Scripts
    ) -> None:
        """Jobs and content are read once; they do not change while it runs."""
        self._url = site_url
        self._mailbox_url = mailbox_url
        self._tracker = tracker
        self._scripts = scripts
        self._jobs = {job.id: job for job in jobs()}
        self._open = [job for job in self._jobs.values() if job.open]
        self._contents = {content.slug: content for content in contents()}
        self._drafts = site_apply.Drafts()

    def reply(self, exchange: Exchange) -> None:
        """Answer one request."""
        match exchange.command, exchange.route:
            case (("GET" | "HEAD"), "/site.css"):
                exchange.answer(HTTPStatus.OK, (FOLDER / "site.css").read_bytes(), CSS)
            case (("GET" | "HEAD"), "/feed.json"):
                exchange.answer_json(feed(self._url))
            case (("GET" | "HEAD"), _):
                if not site_scripts.serve(exchange):
                    self._show(exchange)
            case "POST", path if path == "/talent-network" or path.startswith("/jobs/"):
                self._take(exchange)
            case _:
                exchange.close_connection = True
                exchange.answer(HTTPStatus.METHOD_NOT_ALLOWED, b"", HTML)

    def _show(self, exchange: Exchange) -> None:
        page, who = self._page(exchange.route, query(exchange)), visitor(exchange)
        self._answer(exchange, page, who)
        if exchange.command == "GET" and page.name and who.told_by_server:
            self._tell(exchange, page, who)

    def _answer(self, exchange: Exchange, page: Page, who: Visitor) -> None:
        html = self._scripts.dress(page.html, who.tracker)
        headers = dict(PAGE_HEADERS) | dict(self._scripts.headers())
        exchange.answer(page.status, html, HTML, (*headers.items(), *who.new_cookies))

    def _page(self, path: str, asked: Mapping[str, str]) -> Page:
        kind, *keys = path.removeprefix("/").split("/")
        shown = asked.get("category", "")
        category = shown if shown in CATEGORIES else ""
        page = _missing()
        match kind, keys:
            case "", []:
                page = _found("Home", site_pages.home(self._open, [*self._contents.values()]))
            case "jobs", []:
                found = site_pages.job_list(self._open, category, asked.get("q", "").strip()[:80])
                page = _found("Jobs", found)
            case "jobs", [key] if job := self._jobs.get(key):
                page = _found("Job", site_pages.job_page(job, self._url))
            case "jobs", [key, "apply", *step] if (job := self._jobs.get(key)) and job.open:
                page = self._step(job, step)
            case "content", [slug] if content := self._contents.get(slug):
                page = _found("Story", site_pages.story(content))
            case "talent-network", []:
                empty = Entry(values={"category": category}, wrong={})
                page = _found("Talent Network", site_pages.join(empty))
            case "talent-network", ["thanks"]:
                page = _found("Talent Network Thanks", site_pages.thanks(self._mailbox_url))
        return page

    def _step(self, job: Job, step: list[str]) -> Page:
        match step:
            case []:
                return _found("Apply", site_apply.first_step(job))
            case ["thanks"]:
                return _found("Application Thanks", site_apply.sent(job))
            case [draft] if self._drafts.get(draft) is not None:
                return _found("Apply", site_apply.second_step(job, draft))
            case _:
                return _missing()

    def _tell(self, exchange: Exchange, page: Page, who: Visitor) -> None:
        shown = visit(exchange, who, site_url=self._url, title=page.title)
        self._tracker.page(shown, page.name)
        key = exchange.route.rpartition("/")[2]
        if page.name == "Job" and self._jobs[key].open:
            self._tracker.job_viewed(shown, self._jobs[key])
        elif page.name == "Story":
            self._tracker.content_viewed(shown, self._contents[key])

    def _take(self, exchange: Exchange) -> None:
        """A form was sent."""
        length = int(exchange.headers.get("Content-Length") or 0)
        if length > LONGEST_FORM:
            exchange.close_connection = True
            exchange.answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"", HTML)
            return
        values = markup.form(b"".join(exchange.request_body()))
        who = visitor(exchange, typed=values)
        match exchange.route.removeprefix("/").split("/"):
            case ["talent-network"]:
                self._join(exchange, values, who)
            case ["jobs", key, "apply"] if (job := self._jobs.get(key)) and job.open:
                self._begin(exchange, job, values, who)
            case ["jobs", key, "apply", draft] if (job := self._jobs.get(key)) and job.open:
                self._apply(exchange, job, draft, values, who)
            case _:
                self._answer(exchange, _missing(), who)

    def _join(self, exchange: Exchange, values: Mapping[str, str], who: Visitor) -> None:
        entry = site_check.joining(values)
        if entry.wrong:
            self._again(exchange, site_pages.join(entry), who)
            return
        sent = visit(exchange, who, site_url=self._url, title="Join the talent network")
        # Queued before the answer: the click counts even if the browser goes away.
        self._tracker.joined(
            replace(sent, referrer=sent.url),
            email=values["email"],
            first_name=values["first_name"],
            category=values["category"],
        )
        _go(exchange, "/talent-network/thanks", who)

    def _begin(self, exchange: Exchange, job: Job, values: Mapping[str, str], who: Visitor) -> None:
        entry = site_check.contact(values)
        if entry.wrong:
            self._again(exchange, site_apply.first_step(job, entry), who)
            return
        draft = self._drafts.keep({name: values[name] for name in ("email", "first_name")})
        _go(exchange, f"/jobs/{job.id}/apply/{draft}", who)

    def _apply(
        self, exchange: Exchange, job: Job, draft: str, values: Mapping[str, str], who: Visitor
    ) -> None:
        kept, entry = self._drafts.get(draft), site_check.questions(values)
        if kept is None:
            _go(exchange, f"/jobs/{job.id}/apply", who)
            return
        if entry.wrong:
            self._again(exchange, site_apply.second_step(job, draft, entry), who)
            return
        sent = visit(exchange, who, site_url=self._url, title=f"Apply: {job.title}")
        self._tracker.applied(
            replace(sent, referrer=sent.url),
            job,
            email=kept["email"],
            first_name=kept["first_name"],
        )
        self._drafts.drop(draft)
        _go(exchange, f"/jobs/{job.id}/apply/thanks", who)

    def _again(self, exchange: Exchange, titled: tuple[str, bytes], who: Visitor) -> None:
        """The same form once more, with what has to be mended."""
        title, html = titled
        page = Page(name="", title=title, html=html, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        self._answer(exchange, page, who)


def _go(exchange: Exchange, path: str, who: Visitor) -> None:
    exchange.answer(HTTPStatus.SEE_OTHER, b"", HTML, (("Location", path), *who.new_cookies))


def _found(name: str, titled: tuple[str, bytes]) -> Page:
    return Page(name=name, title=titled[0], html=titled[1])


def _missing() -> Page:
    title, html = site_pages.missing()
    return Page(name="", title=title, html=html, status=HTTPStatus.NOT_FOUND)
