"""The résumés that one person handed in, for those who read them."""

from functions.desk.answers import Answer
from functions.desk.calls import Call, Desk, Over, Served
from functions.desk.requests import LINK_SECONDS
from rapport import events
from rapport.domain.event import Json, from_millis, millis
from rapport.domain.operators import Action
from rapport.uploads import Resume
from rapport.viewing import timeline
from rapport.viewing.decisions import properties
from rapport.viewing.moments import iso


def resumes(desk: Desk, call: Call) -> Answer:
    """Each with its verdict; with a link that has it saved, if a scanner found it harmless.

    Of the others there is nothing but that they came: nobody looked into them.
    """
    found = call.person
    told = [
        *(form.key for form in desk.whole.forms),
        # Of forms that are no longer published.
        *(
            str(properties(event).get("form", ""))
            for event in timeline.timeline(desk.stores, found)
            if event.type == events.ResumeReceived.event
        ),
    ]
    forms = {form for form in told if form}
    held = desk.resumes.of((found.root, *found.members), forms)
    items: list[Json] = [_resume(desk, each) for each in held]
    ends = iso(from_millis(millis(call.now) + LINK_SECONDS * 1000))
    return Answer(body={"items": items, "expires_at": ends}, fields=("resumes",) if items else ())


def _resume(desk: Desk, resume: Resume) -> Json:
    return {
        "name": resume.name,
        "form": resume.form,
        "at": iso(resume.at),
        "bytes": resume.size,
        "verdict": "harmless" if resume.clean else "none",
        "url": desk.resumes.link(resume) if resume.clean else None,
    }


SERVED = (
    Served(
        key="GET /desk/v1/people/{person}/resumes",
        action=Action.RESUMES,
        over=Over.PERSON,
        run=resumes,
    ),
)
