"""Events of a few browsers and the people who share them, for properties of folds."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from rapport.domain.event import Event, Json, Trust
from rapport.domain.identifiers import Ref
from tests.support.histories import COOKIES, OF_AN_ATS, USERS, event, of_an_ats

# Kinds of event whose contents a tally reads.
_KINDS = (
    "page",
    "identify",
    "Job Viewed",
    "Talent Network Joined",
    "Application Started",
    "Application Step Completed",
    "Application Submitted",
    "Address Confirmed",
    "Unsubscribed",
    "Mail Reported",
    *OF_AN_ATS,
)
_CONTEXTS: tuple[dict[str, Json], ...] = (
    {},
    {},
    {"campaign": {"source": "newsletter", "medium": "email", "name": "spring"}},
    {
        "page": {
            "url": "https://careers.halden.example/jobs?utm_source=LinkedIn&utm_campaign=é",
            "path": "/jobs",
            "referrer": "https://www.linkedin.example/feed",
        }
    },
)


@st.composite
def events(draw: st.DrawFn, cookies: Sequence[Ref], users: Sequence[Ref]) -> Event:
    """Any event; many at once, and around the half hour after a login."""
    cookie = draw(st.sampled_from([*cookies, *cookies, None]))
    kind = draw(st.sampled_from(_KINDS))
    # No browser sends what an ATS tells.
    cookie = None if kind in OF_AN_ATS else cookie
    user = draw(st.sampled_from([None, None, *users] if cookie else list(users)))
    word = draw(st.sampled_from(["nursing", "laboratory", "physiotherapy"]))
    value = f"{word}@inbox.halden.example"
    applying: dict[str, Json] = {
        # More jobs than a profile keeps, one of them in a spelling that may not stand in clear.
        "job_id": draw(st.one_of(st.integers(1, 40), st.just("Ward nurse, nights"))),
        "step": draw(st.sampled_from([1, 2, "3", 0, None])),
        "category": word,
    }
    bodies: dict[str, dict[str, Json]] = {
        "identify": {"traits": {"email": value, "firstName": word, "city": "Halden"}},
        "Job Viewed": {"properties": {"category": word}},
        "Talent Network Joined": {"properties": {"email": value, "category": word}},
        "Application Started": {"properties": {**applying, "email": value}},
        "Application Step Completed": {"properties": applying},
        "Application Submitted": {"properties": applying},
        "Address Confirmed": {"properties": {"topic": word}},
        "Unsubscribed": {"properties": {"scope": draw(st.sampled_from([word, "marketing"]))}},
        "Mail Reported": {"properties": {"kind": draw(st.sampled_from(["Delivery", "Bounce"]))}},
    }
    if kind in OF_AN_ATS:
        minute, n = draw(st.tuples(st.integers(0, 60), st.integers(0, 60)))
        emails = draw(st.sampled_from([list[Json]([value]), None, list[Json]()]))
        traits: dict[str, Json] = {"emails": emails}
        bodies[kind] = {"traits": traits, "properties": {**applying, **of_an_ats(minute, n)}}
    signs: dict[str, Json] = {"bot": {"because": ["the user agent is a crawler's"]}}
    bot = draw(st.sampled_from([{}, {}, {}, signs]))
    told = event(
        draw(st.one_of(st.sampled_from([0, 30, 245]), st.integers(0, 90), st.integers(0, 3000))),
        cookie=cookie,
        user=user,
        kind=kind,
        body={**bodies.get(kind, {}), **bot, "context": draw(st.sampled_from(_CONTEXTS))},
        # Some ids come again, under another timestamp, as another kind, hours and months apart.
        message_id=draw(st.one_of(st.sampled_from("abc"), st.uuids().map(str))),
        trust=draw(st.sampled_from(Trust)),
        late=draw(st.integers(0, 120)),
    )
    return replace(told, source=draw(st.sampled_from(["site", "site", "server"])))


@st.composite
def histories(draw: st.DrawFn, max_size: int = 14) -> list[Event]:
    """What 1 to 3 cookies and 1 to 3 users sent, in order of arrival; each log key once."""
    cookies = COOKIES[: draw(st.integers(1, len(COOKIES)))]
    users = USERS[: draw(st.integers(1, len(USERS)))]
    return draw(
        st.lists(events(cookies, users), min_size=1, max_size=max_size, unique_by=lambda e: e.key)
    )
