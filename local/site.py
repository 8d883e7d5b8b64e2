"""The demo career site of Halden Clinics: server-rendered, and works without script.

    GET  /  /jobs?category=&q=  /jobs/{id}  /content  /content/{key}  /talent-network  /job-alert
         /stay-in-touch?lang=  (the talent network as a form of Rapport's, by its one-line embed)
         /feed.json  /v1/boards/halden/jobs  (the same, where Greenhouse's board answers)
    POST /talent-network         e-mail, first name, category, wishes, consent → 303 to …/thanks
    POST /job-alert              the same, and words of the title
    GET, POST /jobs/{id}/apply   first step → 303 to …/apply/{draft}, the second → 303 to …/thanks

What is looked at is told to Rapport by the tracker in the page (site_scripts.py); what is sent, by
the site's server through `segment-analytics-python`, in the background. Where no script runs, the
server tells the pages too.

What the employer says (value proposition, colours, stories) comes from the content door alone
(site_content.py). Until that told it once, every page is 503.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from local import (
    markup,
    site_apply,
    site_check,
    site_colours,
    site_pages,
    site_scripts,
    site_wishes,
)
from local.exchange import Exchange
from local.feed import BOARD_PATH, CATEGORIES, Job, feed, jobs
from local.markup import CSS, HTML, PAGE_HEADERS
from local.pages import FOLDER, Content
from local.site_content import AwayError, Door
from local.site_forms import Entry
from local.site_pages import Sheet
from local.site_scripts import Scripts
from local.site_visitor import Visitor, query, visit, visitor
from local.tracking import Person, Tracker, Visit

LONGEST_FORM = 16 * 1024
FEEDS = frozenset({"/feed.json", BOARD_PATH})
FORMS = ("/talent-network", "/job-alert")
RETRY_SECONDS = "2"


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a path answers; `name` is the page call's name, empty if nothing is to be told.

    `job` or `content` is what it shows, if it shows one.
    """

    name: str
    sheet: Sheet
    status: int = HTTPStatus.OK
    job: Job | None = None
    content: Content | None = None


class Site:
    """Answers requests of the career site."""

    def __init__(
        self, *, site_url: str, mailbox_url: str, tracker: Tracker, scripts: Scripts, door: Door
    ) -> None:
        """Jobs are read once; they do not change while it runs."""
        self._url = site_url
        self._mailbox_url = mailbox_url
        self._tracker = tracker
        self._scripts = scripts
        self._jobs = {job.id: job for job in jobs()}
        self._open = [job for job in self._jobs.values() if job.open]
        self._door = door
        self._drafts = site_apply.Drafts()

    def reply(self, exchange: Exchange) -> None:
        """Answer one request."""
        try:
            self._reply(exchange)
        except AwayError:
            exchange.close_connection = True
            later = (("Retry-After", RETRY_SECONDS), *PAGE_HEADERS)
            exchange.answer(HTTPStatus.SERVICE_UNAVAILABLE, b"", HTML, later)

    def _reply(self, exchange: Exchange) -> None:
        match exchange.command, exchange.route:
            case (("GET" | "HEAD"), "/site.css"):
                style = site_colours.style(self._door.brand().colours).encode()
                exchange.answer(HTTPStatus.OK, style + (FOLDER / "site.css").read_bytes(), CSS)
            case (("GET" | "HEAD"), path) if path in FEEDS:
                exchange.answer_json(feed(self._url))
            case (("GET" | "HEAD"), _):
                if not site_scripts.serve(exchange):
                    self._show(exchange)
            case "POST", path if path in FORMS or path.startswith("/jobs/"):
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
        _, whole = site_pages.page(self._door.brand(), page.sheet)
        html = self._scripts.dress(whole, who.tracker)
        headers = dict(PAGE_HEADERS) | dict(self._scripts.headers())
        exchange.answer(page.status, html, HTML, (*headers.items(), *who.new_cookies))

    def _page(self, path: str, asked: Mapping[str, str]) -> Page:
        kind, *keys = path.removeprefix("/").split("/")
        category = asked.get("category", "")
        category = category if category in CATEGORIES else ""
        page, empty = _missing(), Entry(values={**asked, "category": category}, wrong={})
        match kind, keys:
            case "", []:
                shown = site_pages.home(self._door.brand(), self._open, self._door.stories())
                page = Page(name="Home", sheet=shown)
            case "jobs", []:
                words = asked.get("q", "").strip()[:80]
                page = Page(name="Jobs", sheet=site_pages.job_list(self._open, category, words))
            case "jobs", [key] if job := self._jobs.get(key):
                shown = site_pages.job_page(self._door.brand(), job, self._url)
                page = Page(name="Job", sheet=shown, job=job)
            case "jobs", [key, "apply", *step] if (job := self._jobs.get(key)) and job.open:
                page = self._step(job, step)
            case "content", []:
                page = Page(name="Stories", sheet=site_pages.stories(self._door.stories()))
            case "content", [key] if content := self._door.story(key):
                page = Page(name="Story", sheet=site_pages.story(content), content=content)
            case (("talent-network" | "job-alert" | "stay-in-touch"), []):
                page = self._asking(kind, asked.get("lang", "en"), empty)
            case (("talent-network" | "job-alert"), ["thanks"]):
                name = "Talent Network Thanks" if kind == "talent-network" else "Job Alert Thanks"
                page = Page(name=name, sheet=site_pages.thanks(self._mailbox_url))
        return page

    def _asking(self, kind: str, language: str, empty: Entry) -> Page:
        match kind:
            case "talent-network":
                return Page(name="Talent Network", sheet=site_pages.join(empty))
            case "job-alert":
                return Page(name="Job Alert", sheet=site_pages.alert(empty))
            case _:
                shown = site_pages.embedded(self._scripts.api_url, language)
                return Page(name="Stay In Touch", sheet=shown)

    def _step(self, job: Job, step: list[str]) -> Page:
        match step:
            case []:
                return Page(name="Apply", sheet=site_apply.first_step(job))
            case ["thanks"]:
                return Page(name="Application Thanks", sheet=site_apply.sent(job))
            case [draft] if self._drafts.get(draft) is not None:
                return Page(name="Apply", sheet=site_apply.second_step(job, draft))
            case _:
                return _missing()

    def _tell(self, exchange: Exchange, page: Page, who: Visitor) -> None:
        title, _ = site_pages.page(self._door.brand(), page.sheet)
        shown = visit(exchange, who, site_url=self._url, title=title)
        self._tracker.page(shown, page.name)
        if page.job is not None and page.job.open:
            self._tracker.job_viewed(shown, page.job)
        if page.content is not None:
            self._tracker.content_viewed(shown, page.content)

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
                entry, form = site_check.joining(values), site_pages.join
                self._ask(exchange, entry, form, self._tracker.joined, who)
            case ["job-alert"]:
                entry, form = site_check.alerting(values), site_pages.alert
                self._ask(exchange, entry, form, self._tracker.alerted, who)
            case ["jobs", key, "apply"] if (job := self._jobs.get(key)) and job.open:
                self._begin(exchange, job, values, who)
            case ["jobs", key, "apply", draft] if (job := self._jobs.get(key)) and job.open:
                self._apply(exchange, job, draft, values, who)
            case _:
                self._answer(exchange, _missing(), who)

    def _ask(
        self,
        exchange: Exchange,
        entry: Entry,
        form: Callable[[Entry], Sheet],
        tell: Callable[[Visit, Person, Mapping[str, object]], None],
        who: Visitor,
    ) -> None:
        """Somebody left an address, and wishes."""
        values, sheet = entry.values, form(entry)
        if entry.wrong:
            self._again(exchange, sheet, who)
            return
        sent = visit(exchange, who, site_url=self._url, title=sheet.title)
        person = Person(
            email=values["email"], first_name=values["first_name"], category=values["category"]
        )
        # Queued before the answer: the click counts even if the browser goes away.
        tell(replace(sent, referrer=sent.url), person, site_wishes.wished(values))
        _go(exchange, f"{exchange.route}/thanks", who)

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

    def _again(self, exchange: Exchange, sheet: Sheet, who: Visitor) -> None:
        """The same form once more, with what has to be mended."""
        page = Page(name="", sheet=sheet, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        self._answer(exchange, page, who)


def _go(exchange: Exchange, path: str, who: Visitor) -> None:
    exchange.answer(HTTPStatus.SEE_OTHER, b"", HTML, (("Location", path), *who.new_cookies))


def _missing() -> Page:
    return Page(name="", sheet=site_pages.missing(), status=HTTPStatus.NOT_FOUND)
