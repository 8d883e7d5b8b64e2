"""Find a person, and everything that is known of one."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from functions.desk.answers import UNFIT, Answer, ProblemError
from functions.desk.calls import MAX_QUERY_CHARS, Call, Desk, Over, Served, page
from functions.desk.summaries import nobody_known, summary
from rapport.bundle import Bundle
from rapport.domain import names
from rapport.domain.event import Event, Json
from rapport.domain.identifiers import PersonId
from rapport.domain.operators import ANY, Action, brands_of
from rapport.viewing import consents, timeline, waits, who, why
from rapport.viewing.decisions import properties
from rapport.viewing.finding import Found, NobodyError, find
from rapport.viewing.moments import iso

# The groups of a person's data that the whole view shows, as the trail names them.
GROUPS = (
    *("identities", "attributes", "behaviour", "applications", "consents", "lists"),
    *("mails", "waits", "decisions", "stop", "places", "alerts"),
)
# Of these events the words themselves are shown: an answer, a note, a mail by hand.
_WORDS = {
    names.MAIL_REPLIED: ("subject", "text"),
    names.MESSAGE_WRITTEN: ("subject", "text", "by"),
    names.NOTE_WRITTEN: ("text", "by"),
    names.CONTACT_STOPPED: ("why", "by"),
    names.CONTACT_ALLOWED: ("by",),
}


def found_people(desk: Desk, call: Call) -> Answer:
    """Whoever has exactly that address, number or id, as far as the operator may see them."""
    asked = call.request.query.get("q", "").strip()
    if not 0 < len(asked) <= MAX_QUERY_CHARS:
        raise ProblemError(UNFIT, f"q is 1 to {MAX_QUERY_CHARS} characters.")
    seen = [each for each in _found(desk, asked) if call.sees(desk.about(each))]
    return Answer(
        body={"items": [_summary(desk, each, call.now) for each in seen], "next": None},
        about=seen[0].person if len(seen) == 1 else "",
        fields=("summary",) if seen else (),
    )


def _found(desk: Desk, asked: str) -> list[Found]:
    try:
        return [find(desk.stores, asked)]
    except NobodyError as nobody:
        return list(chain.from_iterable(_one(desk, each) for each in nobody.people))


def _one(desk: Desk, person: PersonId) -> list[Found]:
    try:
        return [find(desk.stores, person)]
    except NobodyError:
        return []


def _summary(desk: Desk, found: Found, now: datetime) -> Json:
    view = desk.stores.people.view(found.person)
    return nobody_known(found.person) if view is None else summary(view.profile, now)


def one_person(desk: Desk, call: Call) -> Answer:
    """The whole view: attributes with where they come from, consents with their proofs, and so on.

    A person whose merge or split is a moment old is told as the log has them.
    """
    found = call.person
    told = who.who(desk.stores, found, now=call.now)
    bundle = desk.bundle()
    stopped = desk.contact.stopped(found.members)
    titles = {} if bundle is None else _titles(bundle)
    whole = who.to_json(told)
    body: dict[str, Json] = {
        **whole,
        "places": [
            {**place, "title": titles.get(str(place["event"]), {})}
            for place in _documents(whole["places"])
        ],
        "lists": {name: iso(at) for name, at in sorted(told.profile.lists.items())},
        "proofs": [
            consents.to_json(each, bundle=bundle) for each in consents.kept(desk.stores, found)
        ],
        "stop": None if stopped is None else {"reason": stopped.reason, "at": iso(stopped.at)},
    }
    return Answer(body=body, fields=GROUPS)


def _titles(bundle: Bundle) -> dict[str, dict[str, Json]]:
    """What events are called, by language."""
    held = [form.occasion for form in bundle.forms if form.occasion is not None]
    return {occasion.id: {**occasion.title} for occasion in held}


def _documents(told: Json) -> list[dict[str, Json]]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def what_happened(desk: Desk, call: Call) -> Answer:
    """The events of a person, the newest first; notes only for operators of their brand."""
    found, brands = call.person, brands_of(call.operator, call.action)
    events = [
        event
        for event in reversed(timeline.timeline(desk.stores, found))
        if event.type != names.NOTE_WRITTEN
        or ANY in brands
        or str(properties(event).get("brand", "")) in brands
    ]
    return Answer(
        body=page(desk, call, events, place=_place, told=_event_json), fields=("timeline",)
    )


def _place(event: Event) -> str:
    return f"{iso(event.at)} {event.message_id}"


def _event_json(event: Event) -> Json:
    said = properties(event)
    return {
        "id": event.message_id,
        "at": iso(event.at),
        "received_at": iso(event.received_at),
        "type": event.type,
        "source": event.source,
        "trust": event.trust.value,
        "origin": event.origin.value,
        "labels": timeline.labels(event),
        "told": timeline.told(event),
        "words": {name: str(said.get(name, "")) for name in _WORDS.get(event.type, ())},
    }


def why_mailed(desk: Desk, call: Call) -> Answer:
    """Every decision about a person with its gates, the newest first; then what waits."""
    found = call.person
    told: Sequence[why.Story] = why.stories(desk.stores, found)[::-1]
    shown = page(desk, call, told, place=lambda story: story.told.event.message_id, told=_story)
    waiting = why.still_waiting(desk.stores, found, now=call.now)
    return Answer(
        body={**shown, "waiting": [waits.story_json(wait, found.person) for wait in waiting]},
        fields=("decisions", "waits"),
    )


def _story(story: why.Story) -> Json:
    return why.to_json(story)


SERVED = (
    Served(
        key="GET /desk/v1/people/{person}", action=Action.VIEW, over=Over.PERSON, run=one_person
    ),
    Served(
        key="GET /desk/v1/people/{person}/timeline",
        action=Action.VIEW,
        over=Over.PERSON,
        run=what_happened,
    ),
    Served(
        key="GET /desk/v1/people/{person}/why",
        action=Action.WHY,
        over=Over.PERSON,
        run=why_mailed,
    ),
)
