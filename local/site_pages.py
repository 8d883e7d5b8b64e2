"""The pages of the career site, as functions from what they show to HTML.

What the employer says of itself comes from the content door; here are the words of forms and lists.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from local.consent import ALERTS, JOINING, consent
from local.feed import CATEGORIES, Job
from local.markup import document, text
from local.pages import Brand, Content
from local.site_art import drawing
from local.site_forms import Entry, agreement, field, summary
from local.site_wishes import person, wishes
from local.tracking import content_properties, job_properties

MENU = (
    ("/jobs", "Jobs"),
    ("/content", "Get to know us"),
    ("/content/how-we-hire", "How we hire"),
    ("/talent-network", "Talent network"),
)
NEWEST = 4
STORIES = 6
OPEN_DAYS = 60
NOT_FOUND = "We cannot find that page"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What stands between masthead and foot; `title` is plain text, `here` the menu's entry."""

    title: str
    here: str
    body: str
    head: str = ""


def home(brand: Brand, jobs: Sequence[Job], stories: Sequence[Content]) -> Sheet:
    """The front page."""
    cards = "".join(_category_card(name, jobs) for name in CATEGORIES)
    newest = "".join(_job_row(job, "h3") for job in jobs[:NEWEST])
    body = f"""<section class="hero"><div class="wrap"><div>
<p class="eyebrow">Careers at {text(brand.name)}</p>{_promise(brand)}
<div class="actions"><a class="button" href="/jobs">See {len(jobs)} open jobs</a>
<a class="button ghost" href="/talent-network">Join the talent network</a></div>
</div>{drawing("hero")}</div></section>{_points(brand)}
<section class="wrap" aria-labelledby="fields"><h2 id="fields">Find your field</h2>
<ul class="grid">{cards}</ul></section>
<section class="wrap" aria-labelledby="newest"><h2 id="newest">Newest jobs</h2>
<ul class="jobs">{newest}</ul></section>
<section class="wrap" aria-labelledby="stories"><h2 id="stories">Get to know us</h2>
<ul class="grid wide">{_cards(stories[:STORIES])}</ul>
<p class="actions"><a class="button ghost" href="/content">All {len(stories)} stories</a></p>
</section>
{_BAND}"""
    return Sheet(title="Careers", here="/", body=body)


def stories(told: Sequence[Content]) -> Sheet:
    """All texts that are listed."""
    body = f"""<div class="wrap"><h1>Get to know us</h1>
<ul class="grid wide">{_cards(told, "h2")}</ul></div>{_BAND}"""
    return Sheet(title="Get to know us", here="/content", body=body)


def embedded(api_url: str, language: str) -> Sheet:
    """A form of Rapport's within a page of the site, as an employer puts it there: by one line."""
    form, spoken = text(f"{api_url}/f/join"), text(language)
    body = f"""<div class="wrap">
<script async src="{form}/embed.js" data-lang="{spoken}" data-title="Join us"></script>
<noscript><p><a href="{form}?lang={spoken}">Join us</a></p></noscript></div>"""
    return Sheet(title="Stay in touch", here="/talent-network", body=body)


def job_list(jobs: Sequence[Job], category: str, query: str = "") -> Sheet:
    """The open jobs, all of them or those of one category, or with a word in their title."""
    shown = [
        job
        for job in jobs
        if category in {"", job.category} and query.lower() in f"{job.title} {job.location}".lower()
    ]
    links = "".join(
        f'<li><a href="/jobs{f"?category={name}" if name else ""}"'
        f"{_CURRENT if name == category else ''}>{label}</a></li>"
        for name, label in (("", "All fields"), *((name, name.title()) for name in CATEGORIES))
    )
    rows = "".join(_job_row(job, "h2") for job in shown)
    title = f"{category.title()} jobs" if category else "Open jobs"
    kept = f'<input type="hidden" name="category" value="{category}">' if category else ""
    alert = urlencode({"category": category, "query": query})
    body = f"""<div class="wrap"><h1>{title}</h1>
<form class="search" action="/jobs" role="search">{kept}
<label for="q">Search by title or town</label>
<input id="q" name="q" type="search" value="{text(query)}" maxlength="80">
<button class="button">Search</button></form>
<nav aria-label="Fields of work"><ul class="filter">{links}</ul></nav>
<p>{len(shown)} open job{"" if len(shown) == 1 else "s"}, the newest first.
<a href="/job-alert?{text(alert)}">Have new ones sent to you</a>.</p>
<ul class="jobs">{rows}</ul></div>{_BAND}"""
    searched = {"query": query, "category": category, "results": len(shown)}
    head = told("Job Searched", searched) if query else ""
    return Sheet(title=title, here="/jobs", body=body, head=head)


def job_page(brand: Brand, job: Job, site_url: str) -> Sheet:
    """One job; a closed one says so and is no longer offered to search engines."""
    closed = (
        ""
        if job.open
        else '<div class="notice"><p>This job is filled. <a href="/jobs?category='
        f'{job.category}">See open {job.category} jobs</a>.</p></div>'
    )
    alert = f"/job-alert?category={job.category}"
    apply = f'<a class="button" href="/jobs/{job.id}/apply" data-told="Apply Clicked">Apply now</a>'
    apply = apply if job.open else ""
    body = f"""<div class="wrap"><p class="crumbs"><a href="/jobs">Jobs</a> ›
<a href="/jobs?category={job.category}">{job.category.title()}</a></p>
<h1>{text(job.title)}</h1>{closed}
<div class="split"><div class="prose">{job.content}</div>
<aside class="aside" aria-label="The job in short"><dl>
<dt>Where</dt><dd>{text(job.location)}</dd><dt>How much</dt><dd>{text(job.employment)}</dd>
<dt>When</dt><dd>{text(job.hours)}</dd><dt>Published</dt><dd>{_day(job.published)}</dd>
<dt>Reference</dt><dd>HC-{job.id}</dd></dl>
{apply}<a class="button ghost" href="{alert}">Hear about jobs like this</a></aside></div></div>"""
    viewed = told("Job Viewed", job_properties(job), found_by_tracker=True)
    head = _posting(brand, job, site_url) + viewed if job.open else ""
    return Sheet(title=job.title, here="/jobs", body=body, head=head)


def story(content: Content) -> Sheet:
    """One content page: the text as it is published, and which edition of it this is."""
    minutes = f'<p class="eyebrow">{content.minutes} minutes to read</p>' if content.minutes else ""
    body = f"""<article class="narrow prose" lang="{text(content.language)}"
data-rapport-block="{text(content.key)}" data-rapport-version="{text(content.version)}"
data-rapport-category="{text(content.category)}" data-rapport-title="{text(content.title)}">
{minutes}<h1>{text(content.title)}</h1>{content.html}</article>{_BAND}"""
    viewed = told("Content Viewed", content_properties(content), found_by_tracker=True)
    return Sheet(title=content.title, here=f"/content/{content.key}", body=body, head=viewed)


def join(entry: Entry) -> Sheet:
    """The talent-network form, empty or with what has to be mended."""
    body = f"""<div class="narrow"><p class="eyebrow">Talent network</p>
<h1>Let us write when it fits</h1>
<p class="lead">Leave an address, and hear from us when a job in your field opens. About once a
month, and never without your yes.</p>{summary(entry)}
<form class="card" method="post" action="/talent-network">
<input type="hidden" name="anonymous_id">{person(entry)}{wishes(entry)}
{agreement(entry, consent(JOINING).text, consent(JOINING).version)}
<button class="button">Join the talent network</button></form></div>"""
    return Sheet(title="Join the talent network", here="/talent-network", body=body)


def alert(entry: Entry) -> Sheet:
    """The form for new jobs by mail, empty or with what has to be mended."""
    hint = "As in: night nurse. Leave it empty for all jobs of the field."
    words = field(entry, "query", "Words in the title", 'maxlength="80"', hint=hint)
    body = f"""<div class="narrow"><p class="eyebrow">Job alert</p>
<h1>New jobs, as soon as they fit</h1>
<p class="lead">Say what you look for. Once a week at most we send what is new and fits, with the
reason beside each job; when nothing fits, nothing comes.</p>{summary(entry)}
<form class="card" method="post" action="/job-alert">
<input type="hidden" name="anonymous_id">{person(entry)}{words}{wishes(entry)}
{agreement(entry, consent(ALERTS).text, consent(ALERTS).version)}
<button class="button">Send me new jobs</button></form></div>"""
    return Sheet(title="New jobs by mail", here="/jobs", body=body)


def thanks(mailbox_url: str) -> Sheet:
    """After leaving an address."""
    body = f"""<div class="narrow"><p class="eyebrow">Almost done</p><h1>One more step</h1>
<p class="lead">We have sent you a mail. Please confirm with the link in it that the address is
yours; nothing else is sent before that.</p>
<div class="notice"><p>You are looking at a demo on your own machine: the mail is in the
<a href="{text(mailbox_url)}" target="_blank" rel="noopener">mailbox</a>.</p></div>
<p class="actions"><a class="button ghost" href="/jobs">Back to the jobs</a></p></div>"""
    return Sheet(title="One more step", here="", body=body)


def missing() -> Sheet:
    """There is no such page."""
    body = f"""<div class="narrow"><h1>{NOT_FOUND}</h1><p>It may have moved, or the job is gone.
<a href="/jobs">See all open jobs</a>.</p></div>"""
    return Sheet(title=NOT_FOUND, here="", body=body)


_CURRENT = ' aria-current="page"'
_BAND = """<section class="band"><div class="wrap"><div><h2>Nothing for you today?</h2>
<p>Join the talent network, and we write when a job in your field opens.</p></div>
<a class="button" href="/talent-network">Join the talent network</a></div></section>"""


def page(brand: Brand, sheet: Sheet) -> tuple[str, bytes]:
    """The title as shown in the tab, and the whole document."""
    links = "".join(
        f'<li><a href="{path}"{_CURRENT if path == sheet.here else ""}>{label}</a></li>'
        for path, label in MENU
    )
    name = text(brand.name)
    full = f"{sheet.title} · {brand.name}"
    frame = f"""<a class="skip" href="#content">Skip to content</a>
<header class="masthead"><div class="wrap"><a class="brand" href="/">{drawing("logo")}{name}</a>
<nav aria-label="Main"><ul>{links}</ul></nav></div></header>
<main id="content">{sheet.body}</main>
<footer class="foot"><div class="wrap"><p>{text(brand.postal_address)}</p>
<p><a href="/content/your-data">Your data and your choices</a> · <a href="/feed.json">Job feed</a>
</p></div></footer>"""
    return full, document(title=full, body=frame, style="/site.css", head=sheet.head)


def told(event: str, properties: Mapping[str, object], *, found_by_tracker: bool = False) -> str:
    """What the page's script tells of it; `rapport.js` finds some of it in the page by itself."""
    by_itself = ' data-found-by="rapport"' if found_by_tracker else ""
    return f'<meta name="told" content="{packed(event, properties)}"{by_itself}>\n'


def packed(event: str, properties: Mapping[str, object]) -> str:
    """An event as an attribute holds it."""
    return text(json.dumps({"event": event, "properties": properties}, ensure_ascii=False))


def _promise(brand: Brand) -> str:
    """The value proposition in its own words; who has none is named, and that is all."""
    said = brand.value_proposition
    if said is None:
        return f"<h1>{text(brand.name)}</h1>"
    return f"<h1>{text(said.headline)}</h1><p>{text(said.text)}</p>"


def _points(brand: Brand) -> str:
    points = () if brand.value_proposition is None else brand.value_proposition.points
    told = "".join(f"<li>{text(point)}</li>" for point in points)
    return f'<section class="wrap"><ul class="points">{told}</ul></section>' if told else ""


def _cards(stories: Sequence[Content], level: str = "h3") -> str:
    return "".join(
        f'<li class="card" lang="{text(s.language)}"><{level}><a href="/content/{text(s.key)}">'
        f"{text(s.title)}</a></{level}><p>{text(s.summary)}</p></li>"
        for s in stories
    )


def _category_card(name: str, jobs: Sequence[Job]) -> str:
    count = sum(job.category == name for job in jobs)
    return (
        f'<li class="card">{drawing(name)}'
        f'<h3><a href="/jobs?category={name}">{name.title()}</a></h3>'
        f"<p><strong>{count} open</strong></p></li>"
    )


def _job_row(job: Job, level: str) -> str:
    return (
        f'<li class="card"><div><{level}><a href="/jobs/{job.id}">{text(job.title)}</a></{level}>'
        f'<ul class="facts"><li>{text(job.location)}</li><li>{text(job.employment)}</li>'
        f"<li>{_day(job.published)}</li></ul></div>"
        f'<span class="pill">{job.category.title()}</span></li>'
    )


def _day(moment: str) -> str:
    at = datetime.fromisoformat(moment)
    return f'<time datetime="{at:%Y-%m-%d}">{at.day} {at:%B %Y}</time>'


def _posting(brand: Brand, job: Job, site_url: str) -> str:
    """The job as schema.org's JobPosting, for search engines."""
    town, _, country = job.location.partition(", ")
    posted = datetime.fromisoformat(job.published)
    data = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": job.title,
        "description": job.content,
        "identifier": {"@type": "PropertyValue", "name": brand.name, "value": job.id},
        "occupationalCategory": job.category,
        "url": f"{site_url}/jobs/{job.id}",
        "datePosted": f"{posted:%Y-%m-%d}",
        "validThrough": (posted + timedelta(days=OPEN_DAYS)).isoformat(),
        "employmentType": job.employment.upper().replace("-", "_"),
        "hiringOrganization": {"@type": "Organization", "name": brand.name, "sameAs": site_url},
        "jobLocation": {
            "@type": "Place",
            "address": {
                "@type": "PostalAddress",
                "addressLocality": town,
                "addressCountry": country,
            },
        },
        "directApply": True,
    }
    # "<" would end the script element; JSON may write it as an escape.
    packed = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{packed}</script>\n'
