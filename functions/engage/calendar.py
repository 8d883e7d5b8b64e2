"""An event as a calendar entry (RFC 5545): the same one however often it is fetched, and changed.

Its UID follows from the event's id and the brand's domain. Its SEQUENCE is what the form's file
says, so a calendar that has it takes a later one for a change of it; one that was called off is
told as cancelled. Times stand in the zone of the place, with the zone's own rules beside them, so
a change of clocks between now and then moves nothing.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from rapport.bundle import Brand
from rapport.forms import Form, Occasion, said
from rapport.occasions import begins

CALENDAR = "text/calendar; charset=utf-8"


def entry(form: Form, occasion: Occasion, brand: Brand, language: str, now: datetime) -> str:
    """The calendar with that one entry."""
    # Loaded where it is wanted: most pages show no calendar.
    from icalendar import Calendar, Event

    zone = ZoneInfo(occasion.zone)
    made = Event()
    made.add("uid", f"{occasion.id}@{brand.sender.rpartition('@')[2]}")
    made.add("sequence", occasion.sequence)
    made.add("dtstamp", now)
    made.add("dtstart", begins(occasion).astimezone(zone))
    made.add("dtend", datetime.fromisoformat(occasion.ends).astimezone(zone))
    made.add("summary", f"{said(occasion.title, language)} – {brand.name}")
    made.add("location", said(occasion.place, language))
    made.add("description", said(form.intro, language))
    made.add("status", "CANCELLED" if occasion.called_off else "CONFIRMED")
    made.add("transp", "OPAQUE")
    whole = Calendar()
    whole.add("prodid", "-//Rapport//Events//EN")
    whole.add("version", "2.0")
    whole.add("method", "CANCEL" if occasion.called_off else "PUBLISH")
    whole.add_component(made)
    whole.add_missing_timezones()
    body: bytes = whole.to_ical()
    return body.decode()
