"""Applying for a job, in two steps: `/jobs/{id}/apply`, `/jobs/{id}/apply/{draft}`, `…/thanks`.

What was typed in the first step waits in memory under a random name, so that the back button and a
reload do what one expects of them; an application that is left lying is forgotten.
"""

import uuid
from collections import OrderedDict
from collections.abc import Mapping

from local.feed import Job
from local.markup import text
from local.site_forms import EMPTY, Entry, field, summary, wrong
from local.site_pages import Sheet, packed, told
from local.tracking import job_properties

MOST_DRAFTS = 500
STEPS = ("contact", "questions")


class Drafts:
    """First steps that wait for their second; the oldest goes when there are too many."""

    def __init__(self) -> None:
        """None yet."""
        self._kept: OrderedDict[str, Mapping[str, str]] = OrderedDict()

    def keep(self, values: Mapping[str, str]) -> str:
        """Keep what was typed; returns the name under which it waits."""
        name = uuid.uuid4().hex
        self._kept[name] = values
        while len(self._kept) > MOST_DRAFTS:
            self._kept.popitem(last=False)
        return name

    def get(self, name: str) -> Mapping[str, str] | None:
        """What was typed, or None if it is not known any more."""
        return self._kept.get(name)

    def drop(self, name: str) -> None:
        """It was sent."""
        self._kept.pop(name, None)


def first_step(job: Job, entry: Entry = EMPTY) -> Sheet:
    """Who applies."""
    body = f"""{_head(job, 1)}{summary(entry)}
<form class="card" method="post" action="/jobs/{job.id}/apply" data-told="{_completed(job)}">
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
<button class="button">Continue</button></form></div>"""
    head = told("Application Started", job_properties(job) | {"steps": len(STEPS)})
    return Sheet(title=f"Apply: {job.title}", here="/jobs", body=body, head=head)


def second_step(job: Job, draft: str, entry: Entry = EMPTY) -> Sheet:
    """Why they apply."""
    why = text(entry.values.get("why", ""))
    body = f"""{_head(job, 2)}{summary(entry)}
<form class="card" method="post" action="/jobs/{job.id}/apply/{draft}">
<input type="hidden" name="anonymous_id">
<div class="field"><label for="why">What draws you to this job?</label>
<textarea id="why" name="why" rows="6" maxlength="2000" required>{why}</textarea>
{wrong(entry, "why")}</div>
<p class="actions"><button class="button">Send the application</button>
<a class="button ghost" href="/jobs/{job.id}/apply">Back</a></p></form></div>"""
    return Sheet(title=f"Apply: {job.title}", here="/jobs", body=body)


def sent(job: Job) -> Sheet:
    """After applying."""
    body = f"""<div class="narrow"><p class="eyebrow">Application</p>
<h1>Thank you, it has arrived</h1>
<p class="lead">A person reads your application for {text(job.title)} within a week, and you get an
answer either way.</p>
<p class="actions"><a class="button ghost" href="/content/how-we-hire">How we hire</a></p></div>"""
    return Sheet(title="Application sent", here="/jobs", body=body)


def _head(job: Job, step: int) -> str:
    return f"""<div class="narrow"><p class="eyebrow">Step {step} of {len(STEPS)}</p>
<h1>Apply: {text(job.title)}</h1>
<p class="lead">{text(job.location)} · {text(job.employment)}</p>"""


def _completed(job: Job) -> str:
    """The event that the page's script tells when the first step is sent, with what was typed."""
    step = {"step": 1, "step_name": STEPS[0], "steps": len(STEPS)}
    return packed("Application Step Completed", job_properties(job) | step)
