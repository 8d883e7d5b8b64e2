"""The pages of the career site, as functions from what they show to HTML."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from local.consent import consent
from local.feed import CATEGORIES, Job
from local.markup import document, text
from local.pages import Content
from local.site_art import drawing
from local.site_forms import Entry, field, marks, summary, wrong
from local.tracking import content_properties, job_properties

EMPLOYER = "Halden Clinics"
POSTAL = "Halden Clinics, 12 Quay Street, Halden 1771, Norway"
MENU = (
    ("/jobs", "Jobs"),
    ("/content/a-day-on-the-ward", "A day on the ward"),
    ("/content/how-we-hire", "How we hire"),
)
BLURBS = {
    "nursing": "Wards, theatres and homes in four towns.",
    "physiotherapy": "From the first steps to the finish line.",
    "laboratory": "Answers that change what happens next.",
    "administration": "The people who keep care on time.",
}
NEWEST = 4
OPEN_DAYS = 60
NOT_FOUND = "We cannot find that page"


def home(jobs: Sequence[Job], stories: Sequence[Content]) -> tuple[str, bytes]:
    """The front page."""
    cards = "".join(_category_card(name, jobs) for name in CATEGORIES)
    newest = "".join(_job_row(job, "h3") for job in jobs[:NEWEST])
    told = "".join(
        f'<li class="card"><h3><a href="/content/{s.slug}">{text(s.title)}</a></h3>'
        f"<p>{text(s.summary)}</p></li>"
        for s in stories
    )
    body = f"""<section class="hero"><div class="wrap"><div>
<p class="eyebrow">Careers at {EMPLOYER}</p>
<h1>Work where people get better. You included.</h1>
<p>Four clinics by the water, eleven hundred colleagues, and rotas that leave room for a life.</p>
<div class="actions"><a class="button" href="/jobs">See {len(jobs)} open jobs</a>
<a class="button ghost" href="/talent-network">Join the talent network</a></div>
</div>{drawing("hero")}</div></section>
<section class="wrap" aria-labelledby="fields"><h2 id="fields">Find your field</h2>
<ul class="grid">{cards}</ul></section>
<section class="wrap" aria-labelledby="newest"><h2 id="newest">Newest jobs</h2>
<ul class="jobs">{newest}</ul></section>
<section class="wrap" aria-labelledby="stories"><h2 id="stories">Get to know us</h2>
<ul class="grid">{told}</ul></section>
{_BAND}"""
    return page("Careers", "/", body)


def job_list(jobs: Sequence[Job], category: str, query: str = "") -> tuple[str, bytes]:
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
    body = f"""<div class="wrap"><h1>{title}</h1>
<form class="search" action="/jobs" role="search">{kept}
<label for="q">Search by title or town</label>
<input id="q" name="q" type="search" value="{text(query)}" maxlength="80">
<button class="button">Search</button></form>
<nav aria-label="Fields of work"><ul class="filter">{links}</ul></nav>
<p>{len(shown)} open job{"" if len(shown) == 1 else "s"}, the newest first.</p>
<ul class="jobs">{rows}</ul></div>{_BAND}"""
    searched = {"query": query, "category": category, "results": len(shown)}
    return page(title, "/jobs", body, head=told("Job Searched", searched) if query else "")


def job_page(job: Job, site_url: str) -> tuple[str, bytes]:
    """One job; a closed one says so and is no longer offered to search engines."""
    closed = (
        ""
        if job.open
        else '<div class="notice"><p>This job is filled. <a href="/jobs?category='
        f'{job.category}">See open {job.category} jobs</a>.</p></div>'
    )
    join = f"/talent-network?category={job.category}"
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
{apply}<a class="button ghost" href="{join}">Hear about jobs like this</a></aside></div></div>"""
    viewed = told("Job Viewed", job_properties(job), found_by_tracker=True)
    head = _posting(job, site_url) + viewed if job.open else ""
    return page(job.title, "/jobs", body, head=head)


def story(content: Content) -> tuple[str, bytes]:
    """One content page."""
    body = f"""<article class="narrow prose" data-rapport-block="{content.slug}"
data-rapport-version="{content.version}" data-rapport-category="{content.category}"
data-rapport-title="{text(content.title)}">
<p class="eyebrow">{content.minutes} minutes to read</p>
<h1>{text(content.title)}</h1>{content.html}</article>{_BAND}"""
    viewed = told("Content Viewed", content_properties(content), found_by_tracker=True)
    return page(content.title, f"/content/{content.slug}", body, head=viewed)


def join(entry: Entry) -> tuple[str, bytes]:
    """The talent-network form, empty or with what has to be mended."""
    chosen = entry.values.get("category", "")
    options = "".join(
        f'<option value="{name}"{" selected" if name == chosen else ""}>{name.title()}</option>'
        for name in CATEGORIES
    )
    ticked = " checked" if entry.values.get("consent") else ""
    body = f"""<div class="narrow"><p class="eyebrow">Talent network</p>
<h1>Let us write when it fits</h1>
<p class="lead">Leave an address, and hear from us when a job in your field opens. About once a
month, and never without your yes.</p>{summary(entry)}
<form class="card" method="post" action="/talent-network">
<input type="hidden" name="anonymous_id">
{field(entry, "first_name", "First name", 'autocomplete="given-name" maxlength="60" required')}
{
        field(
            entry,
            "email",
            "E-mail",
            'type="email" autocomplete="email" maxlength="254" required',
            hint="In this demo only addresses at inbox.halden.example receive mail.",
        )
    }
<div class="field"><label for="category">Field of work</label>
<select id="category" name="category" required{marks(entry, "category")}>
<option value="">Please choose</option>{options}</select>{wrong(entry, "category")}</div>
<div class="field"><div class="consent"><input type="checkbox" id="consent" name="consent"
value="{consent().version}" required{ticked}{marks(entry, "consent")}>
<label for="consent">{text(consent().text)} <a href="/content/your-data">Your data and your
choices</a></label></div>{wrong(entry, "consent")}</div>
<button class="button">Join the talent network</button></form></div>"""
    return page("Join the talent network", "/talent-network", body)


def thanks(mailbox_url: str) -> tuple[str, bytes]:
    """After joining."""
    body = f"""<div class="narrow"><p class="eyebrow">Talent network</p><h1>One more step</h1>
<p class="lead">We have sent you a mail. Please confirm with the link in it that the address is
yours; nothing else is sent before that.</p>
<div class="notice"><p>You are looking at a demo on your own machine: the mail is in the
<a href="{text(mailbox_url)}" target="_blank" rel="noopener">mailbox</a>.</p></div>
<p class="actions"><a class="button ghost" href="/jobs">Back to the jobs</a></p></div>"""
    return page("One more step", "/talent-network", body)


def missing() -> tuple[str, bytes]:
    """There is no such page."""
    body = f"""<div class="narrow"><h1>{NOT_FOUND}</h1><p>It may have moved, or the job is gone.
<a href="/jobs">See all open jobs</a>.</p></div>"""
    return page(NOT_FOUND, "", body)


_CURRENT = ' aria-current="page"'
_BAND = """<section class="band"><div class="wrap"><div><h2>Nothing for you today?</h2>
<p>Join the talent network, and we write when a job in your field opens.</p></div>
<a class="button light" href="/talent-network">Join the talent network</a></div></section>"""


def page(title: str, here: str, body: str, head: str = "") -> tuple[str, bytes]:
    """The title as shown in the tab, and the whole document."""
    links = "".join(
        f'<li><a href="{path}"{_CURRENT if path == here else ""}>{label}</a></li>'
        for path, label in MENU
    )
    full = f"{title} · {EMPLOYER}"
    frame = f"""<a class="skip" href="#content">Skip to content</a>
<header class="masthead"><div class="wrap"><a class="brand" href="/">{drawing("logo")}{EMPLOYER}</a>
<nav aria-label="Main"><ul>{links}<li><a href="/talent-network"
{_CURRENT if here == "/talent-network" else ""}>Talent network</a></li></ul></nav></div></header>
<main id="content">{body}</main>
<footer class="foot"><div class="wrap"><p>{POSTAL}</p>
<p><a href="/content/your-data">Your data and your choices</a> · <a href="/feed.json">Job feed</a>
</p></div></footer>"""
    return full, document(title=full, body=frame, style="/site.css", head=head)


def told(event: str, properties: Mapping[str, object], *, found_by_tracker: bool = False) -> str:
    """What the page's script tells of it; `rapport.js` finds some of it in the page by itself."""
    by_itself = ' data-found-by="rapport"' if found_by_tracker else ""
    return f'<meta name="told" content="{packed(event, properties)}"{by_itself}>\n'


def packed(event: str, properties: Mapping[str, object]) -> str:
    """An event as an attribute holds it."""
    return text(json.dumps({"event": event, "properties": properties}, ensure_ascii=False))


def _category_card(name: str, jobs: Sequence[Job]) -> str:
    count = sum(job.category == name for job in jobs)
    return (
        f'<li class="card">{drawing(name)}'
        f'<h3><a href="/jobs?category={name}">{name.title()}</a></h3>'
        f"<p>{BLURBS[name]}</p><p><strong>{count} open</strong></p></li>"
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


def _posting(job: Job, site_url: str) -> str:
    """The job as schema.org's JobPosting, for search engines."""
    town, _, country = job.location.partition(", ")
    posted = datetime.fromisoformat(job.published)
    data = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": job.title,
        "description": job.content,
        "identifier": {"@type": "PropertyValue", "name": EMPLOYER, "value": job.id},
        "occupationalCategory": job.category,
        "url": f"{site_url}/jobs/{job.id}",
        "datePosted": f"{posted:%Y-%m-%d}",
        "validThrough": (posted + timedelta(days=OPEN_DAYS)).isoformat(),
        "employmentType": job.employment.upper().replace("-", "_"),
        "hiringOrganization": {"@type": "Organization", "name": EMPLOYER, "sameAs": site_url},
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
