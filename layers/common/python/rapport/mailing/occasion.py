"""What a mail tells of an event that its reader signed up for."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from rapport.bundle import Bundle
from rapport.domain.decision import Decision
from rapport.domain.occasions import code_of
from rapport.forms import Occasion, said
from rapport.occasions import form_of


def occasion_of(
    decision: Decision, bundle: Bundle, public_url: str, language: str, places: str
) -> Mapping[str, object]:
    """`occasion` for the template: nothing for a mail about no event that is published.

    `places` is the link by which its reader gives their place up.
    """
    named = decision.intent.fact.occasion
    form = form_of(bundle, named) if named else None
    if form is None or form.occasion is None or decision.address is None:
        return {}
    told = language or bundle.brand.language
    return {
        "occasion": {
            "title": said(form.occasion.title, told),
            "place": said(form.occasion.place, told),
            "when": when(form.occasion, told),
            "code": code_of(form.occasion.id, decision.address),
            "calendar": f"{public_url}/f/{form.key}/event.ics?lang={told}",
            "places": places,
        }
    }


def when(occasion: Occasion, language: str) -> str:
    """`4 March 2027, 16:00-19:00` on the clock of its place, with a dash."""
    # Its data take a while to load, and few mails want them.
    from babel.dates import format_datetime

    zone = ZoneInfo(occasion.zone)
    starts, ends = (
        datetime.fromisoformat(t).astimezone(zone) for t in (occasion.starts, occasion.ends)
    )
    first = format_datetime(starts, "d MMMM yyyy, HH:mm", locale=language)
    until = "HH:mm" if ends.date() == starts.date() else "d MMMM yyyy, HH:mm"
    return f"{first}\u2013{format_datetime(ends, until, locale=language)}"
