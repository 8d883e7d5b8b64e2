"""What somebody signed up for stands in their view."""

from dataclasses import replace
from typing import Any

from rapport.domain import names
from rapport.domain.alerts import JobAlert
from rapport.domain.event import Event
from rapport.domain.occasions import Room
from rapport.domain.operators import Grant, Role
from rapport.records import engine_event
from tests.support.desk_calls import PERSON
from tests.support.fakes import START
from tests.support.operating import BRAND, Office, Somebody, document


def registered(who: Somebody, occasion: str) -> Event:
    return engine_event(
        names.EVENT_REGISTERED,
        subject=who.ref,
        message_id=f"r-{who.mark}-{occasion}",
        cause_at=START,
        now=START,
        properties={"event_id": occasion},
    )


def view(office: Office, who: Somebody) -> Any:
    return document(office.ask("viewer", f"GET {PERSON}", person=who.id))


def test_places_and_alerts_are_of_the_person_and_of_nobody_else() -> None:
    office = Office()
    office.hire("viewer", Grant(role=Role.VIEWER, brand=BRAND))
    kari, ola, siv = (office.add(name) for name in ("kari", "ola", "siv"))
    small = Room(occasion="spring-evening", capacity=1)
    for who in (kari, ola):
        event = registered(who, small.occasion)
        office.log.append([event])
        office.occasions.take(small, who.ref, event)
    known = office.people.views[ola.id]
    alert = JobAlert(values={"job_category": ("nursing",)}, at=START)
    profile = replace(known.profile, alerts={"a1": alert})
    office.people.views[ola.id] = replace(known, profile=profile)
    shown = {who.mark: view(office, who) for who in (kari, ola, siv)}
    assert shown["kari"]["places"][0]["title"] == {}, "it is not published"
    standing = {mark: [p["standing"] for p in each["places"]] for mark, each in shown.items()}
    assert standing == {"kari": ["seated"], "ola": ["waiting"], "siv": []}
    asked = {
        "id": "a1",
        "name": "",
        "values": {"job_category": ["nursing"]},
        "state": "on",
        "at": "2026-03-02T09:00:00.000Z",
        "own": False,
    }
    alerts = {mark: each["alerts"] for mark, each in shown.items()}
    assert alerts == {"kari": [], "ola": [asked], "siv": []}
    office.occasions.give_up(small, kari.ref, START)
    assert [view(office, who)["places"][0]["standing"] for who in (kari, ola)] == [
        "given-up",
        "seated",
    ]
